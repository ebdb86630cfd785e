"""The limits on what is read from the command line and from files; the limits of the mathematics are the core's."""

MAX_INPUTS = 1_000
"""Variables of one command."""

MAX_ARRAY_FILE = 400_000_000
"""Bytes of an .npy file, and of the array taken from an .npz file."""

MAX_TEXT_FILE = 100_000_000
"""Bytes of a .csv, .tsv, .txt or .json file, and of standard input."""

MAX_WRITTEN = 1_000_000
"""Characters of a value with arithmetic in it; what is longer is numbers only."""

MAX_NESTING = 32
"""Nesting of lists in a value."""

MAX_ECHO = 40
"""Characters of a file or a value that a message repeats."""
