"""What an answer for people begins with: the expression and its value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_cli.columns import columns, fold
from autograd_cli.render.ink import STRONG, Line, clean, glyphs, line_columns
from autograd_cli.render.view import View
from autograd_core.expr.read_text import read_text, typed_text

_NO_SIDE = frozenset("=<>;#\n")
"""Signs of statements, comparisons and comments, behind which ``= value`` would be misread."""


def value_room(view: View) -> int | None:
    """The columns that the rows of a value may take below the expression."""
    return None if view.width is None else max(view.width - 3, 1)


def heading(expression: str, value: Sequence[str], view: View) -> Iterator[Line]:
    """The expression and the rows of its value, on one line if that fits and is easy to read."""
    read = read_text(expression)
    if read is not None:
        yield from ([(each, "")] for each in fold(f"read as  {clean(read, view)}", view.width))
    text = typed_text(expression).strip()
    line: Line = [(clean(text, view), ""), (" = ", ""), (value[0], STRONG)]
    if len(value) == 1 and not _NO_SIDE & set(text) and (view.width is None or line_columns(line) <= view.width):
        yield line
        return
    for row in text.splitlines():
        yield from ([(each, "")] for each in fold(clean(row, view), view.width))
    arrow = glyphs(view).right + " "
    for number, row in enumerate(value):
        yield [(arrow if number == 0 else " " * columns(arrow), ""), (row, STRONG)]
