"""Lines of styled text and tables of them: how wide they are, how they are broken, and what rich makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import zip_longest
from typing import TypeAlias

from rich.box import Box
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style
from rich.table import Table as RichTable
from rich.tree import Tree

from autograd_cli.document import BAD, CODE, FORMULA, FUNCTION, GOOD, NAME, STRONG, UNSURE, Display
from autograd_core.escape import columns, shown

Piece: TypeAlias = tuple[str, str]  # a text and its role

Line: TypeAlias = list[Piece]

STYLES = {
    "": Style.null(),
    STRONG: Style(bold=True),
    CODE: Style.null(),
    NAME: Style(bold=True),
    GOOD: Style(bold=True, color="color(29)"),
    BAD: Style(bold=True, color="color(131)"),
    UNSURE: Style(bold=True, color="color(163)"),
    FUNCTION: Style(color="color(63)"),
    FORMULA: Style(color="color(63)"),
    "value": Style(color="color(63)"),
    "level": Style(color="color(63)"),
    "slope": Style(color="color(131)"),
    "mark": Style(bold=True, color="color(163)"),
    "axis": Style.null(),
}
"""The style of each role. The colours have a contrast of 4.5 with black and with white: of the 256, six have."""

_ROLES = {style: role for role, style in STYLES.items()}  # a role of each style, to read what rich has drawn
WIDEST = 10_000_000  # columns that no table has
GAP = 2  # columns of white space between two columns
_UNICODE = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
_ASCII = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)

Cell = list[Line]


class Column:
    """Lines as something that rich puts into tables and trees; it is never wrapped or cut."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = list(lines)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.lines:
            yield from (Segment(text, STYLES[role]) for text, role in line)
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(self.width, self.width)

    @property
    def width(self) -> int:
        """The columns that rich counts for the widest line."""
        return max((sum(cell_len(text) for text, _ in line) for line in self.lines), default=0)


def render(renderable: RenderableType, display: Display, width: int) -> list[Line]:
    """The lines of a table or a tree of rich."""
    console = Console(file=StringIO(), width=width, color_system=None, legacy_windows=False, force_terminal=False)
    options = console.options.update(width=width)
    options.encoding = "ascii" if display.ascii else "utf-8"
    found = console.render_lines(renderable, options, pad=False)
    return [[(each.text, _ROLES.get(each.style, "") if each.style else "") for each in line] for line in found]


def line_columns(line: Line) -> int:
    """How many columns of a terminal the line takes."""
    return sum(columns(text) for text, _ in line)


def folded(line: Line, room: int | None, indent: int = 0) -> list[Line]:
    """A line broken between words, the following lines indented."""
    if room is None or line_columns(line) <= room:
        return [line]
    found: list[Line] = []
    current: Line = []
    for text, role in line:
        for position, word in enumerate(text.split(" ")):
            spaced = (" " if position else "") + word
            before = line_columns(current)
            if before and before + columns(spaced) > room and word:
                found.append(current)
                current, spaced = [(" " * indent, "")], word
            current.append((spaced, role))
    return [*found, current]


def painted(lines: Iterable[Line], color: bool) -> Iterator[str]:
    """The lines as text; without colour there is not a single escape code, and no line ends with blanks."""
    style = ColorSystem.EIGHT_BIT if color else None
    for line in lines:
        pieces = [piece for piece in line if piece[0]]
        while pieces and not pieces[-1][0].strip(" "):
            pieces.pop()
        yield "".join(STYLES[role].render(text, color_system=style) for text, role in pieces).rstrip(" ")


def beside(label: Line, rows: Iterable[Line], start: int) -> Iterator[Line]:
    """Rows that begin at the column ``start``, a label before the first."""
    for row in rows:
        yield [*label, (" " * (start - line_columns(label)), ""), *row]
        label = []


def stacked(rows: Iterable[Sequence[Cell]], *, airy: bool = False) -> list[list[Line]]:
    """The columns of rows of cells, each cell as high as the highest of its row; ``airy`` puts a line between rows."""
    lines: list[Sequence[Line]] = []
    for row in rows:
        lines += [[[] for _ in row]] * (airy and bool(lines))
        lines += zip_longest(*row, fillvalue=[])
    return [list(column) for column in zip(*lines, strict=True)]


def grid(
    titles: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    places: Sequence[int],
    display: Display,
    limit: int | None,
    indent: int = 0,
) -> list[Line] | None:
    """The lines of a table of the columns at ``places``, or None where it is wider than ``limit``.

    Rows of several lines have air between them.
    """
    airy = any(titles) and any(len(cell) > 1 for row in rows for cell in row)
    found = stacked(([row[place] for place in places] for row in rows), airy=airy) or [[] for _ in places]
    titles = [titles[place] for place in places]
    widths = [max([columns(title), *map(line_columns, column)]) for title, column in zip(titles, found, strict=True)]
    if limit is not None and indent + sum(widths) + GAP * (len(widths) - 1) > limit:
        return None
    lines = columns_table(titles, list(map(Column, found)), display)
    return [[(" " * indent, ""), *line] for line in lines] if indent else lines


def columns_table(titles: Sequence[str], found: Sequence[Column | Tree], display: Display) -> list[Line]:
    """Columns that are laid out already, below their titles and a rule."""
    table = RichTable(
        box=_ASCII if display.ascii else _UNICODE,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        show_header=any(titles),
        header_style="",
    )
    for title in titles:
        table.add_column(Column([[(shown(title, ascii=display.ascii, symbol=True), "")]]), no_wrap=True)
    table.add_row(*found)
    return render(table, display, WIDEST)
