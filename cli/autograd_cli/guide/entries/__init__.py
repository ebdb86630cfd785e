"""The entries of the guide, by subject."""
