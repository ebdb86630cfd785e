"""Every limit in one place: what is refused, so that no input can hang the program or fill the memory.

Each limit has its own message where it is checked, and the ones that are safe to raise can be raised there.
"""

MAX_CHARACTERS = 200_000
"""Length of an expression's text."""

MAX_DEPTH = 1_000
"""Nesting of an expression: ``x+x+x`` nests three deep."""

MAX_BRACKETS = 180
"""Nesting of brackets (Python's own grammar stops at 200)."""

MAX_NODES = 20_000
"""Operations, names and numbers of one expression."""

MAX_STATEMENTS = 1_000
"""Statements of one expression."""

MAX_NAME = 200
"""Characters of a name."""

MAX_ELEMENTS = 20_000_000
"""Elements of any array, given, intermediate or resulting (160 MB in float64)."""

MAX_DIMENSIONS = 32
"""Dimensions of an array."""

MAX_INTEGER = 2**31
"""Size of an integer that is used as an axis, a length or an index."""
