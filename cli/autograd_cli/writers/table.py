"""Cells in columns below titles and a rule: one table of rich, whose cells are never wrapped or cut."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from rich.box import Box
from rich.console import Console
from rich.segment import Segment
from rich.table import Table as RichTable
from rich.tree import Tree

from autograd_cli.document.blocks import Display
from autograd_cli.document.columns import columns
from autograd_cli.document.signs import shown
from autograd_cli.writers.styled import Column, Line, line_columns, render

WIDEST = 10_000_000
"""Columns that no table has."""

GAP = 2
"""Columns of white space between two columns."""

_UNICODE = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
_ASCII = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)

Cell = list[Line]


def grid_width(titles: Sequence[str], rows: Sequence[Sequence[Cell]], places: Sequence[int]) -> int:
    """The width of a table of the columns at ``places``."""
    widths = [columns(titles[place]) for place in places]
    for row in rows:
        for number, place in enumerate(places):
            for line in row[place]:
                widths[number] = max(widths[number], line_columns(line))
    return sum(widths) + GAP * (len(widths) - 1)


def grid(
    titles: Sequence[str], rows: Sequence[Sequence[Cell]], places: Sequence[int], display: Display, indent: int = 0
) -> list[list[Segment]]:
    """The lines of a table of the columns at ``places``; rows of several lines have air between them."""
    airy = any(len(cell) > 1 for row in rows for cell in row)
    cells: list[list[Line]] = [[] for _ in places]
    for number, row in enumerate(rows):
        height = max(len(row[place]) for place in places)
        for cell, place in zip(cells, places, strict=True):
            if airy and number:
                cell.append([])
            cell += [*row[place], *([[]] * (height - len(row[place])))]
    found = columns_table([titles[place] for place in places], list(map(Column, cells)), display)
    return [[Segment(" " * indent), *line] for line in found] if indent else found


def columns_table(titles: Sequence[str], found: Sequence[Column | Tree], display: Display) -> list[list[Segment]]:
    """Columns that are laid out already, below their titles and a rule."""
    table = RichTable(
        box=_ASCII if display.ascii else _UNICODE,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        header_style="",
    )
    for title in titles:
        table.add_column(Column([[(shown(title, ascii=display.ascii, symbol=True), "")]]), no_wrap=True)
    table.add_row(*found)
    width = Console(width=WIDEST, file=StringIO()).measure(table).maximum
    return render(table, display, width)
