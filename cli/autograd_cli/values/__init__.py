"""From the text of a value, or a file, to an array."""
