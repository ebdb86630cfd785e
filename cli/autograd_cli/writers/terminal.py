"""A document as a terminal shows it, in the layout that fits the width; tables and trees are drawn by rich."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import singledispatch
from itertools import islice
from typing import TextIO

from rich.segment import Segment

from autograd_cli.columns import columns, fold
from autograd_cli.document import (
    STRONG,
    Block,
    Chart,
    Code,
    Derivation,
    Display,
    Document,
    Fields,
    Lines,
    Matrix,
    Numbers,
    Part,
    Parts,
    Result,
    Table,
    Text,
    Title,
    Tree,
    arrays,
)
from autograd_cli.document.numbers import display_texts
from autograd_cli.document.signs import shown, signs
from autograd_cli.writers.derivation import derivation_lines
from autograd_cli.writers.styled import STYLES, Line, folded, line_columns, painted
from autograd_cli.writers.table import grid, grid_width
from autograd_cli.writers.tree import tree_lines
from autograd_core.expr.read_text import read_text, typed_text

UNLIMITED_TABLE = 160
"""Columns of a table where nothing limits them."""

CHART_WIDTH, WIDEST_CHART, CHART_HEIGHT = 80, 120, 20
"""Columns of a drawing where nothing limits them and at most, and its rows."""
NARROWEST = 30
"""Columns below which texts are no longer broken."""

LEAST_ROOM = 24
"""Columns that a text beside its label has at least; where there are fewer, it stands below."""

_NARROW = 40
_NO_SIDE = frozenset("=<>;#\n")
"""Signs of statements, comparisons and comments, behind which ``= value`` would be misread."""


def write_terminal(document: Document, display: Display, stream: TextIO) -> None:
    """Write a document, coloured if the display says so."""
    painting = painted(document_lines(document, display), display.color)
    while batch := list(islice(painting, 1000)):
        stream.write("\n".join(batch) + "\n")


def document_lines(document: Document, display: Display) -> Iterator[list[Segment]]:
    """The lines of all blocks, with air between those that have any."""
    started = False
    if document.widest is not None:
        width = max(min(display.width or document.widest, document.widest), NARROWEST)
        display = replace(display, width=width)
    for part in document.blocks:
        blocks = [part] if isinstance(part, Block) else part
        first = True
        for block in blocks:
            for line in block_lines(block, display):
                if first and started:
                    yield []
                first, started = False, True
                yield _segments(line)


def _segments(line: Line | list[Segment]) -> list[Segment]:
    """A line as rich writes it, whoever made it."""
    return [one if isinstance(one, Segment) else Segment(one[0], STYLES[one[1]]) for one in line]


def piece(part: Part, display: Display, room: int | None = None) -> tuple[str, str]:
    """An inline part as a styled text on one line."""
    if isinstance(part, Numbers):
        return arrays.inline(part.array, display, room), part.role
    return shown(part.text, ascii=display.ascii, symbol=part.symbol), part.role


def line_of(parts: Parts, display: Display) -> Line:
    """Inline parts as one line."""
    return [piece(part, display) for part in parts]


def content_lines(parts: Parts, display: Display, room: int | None) -> list[Line]:
    """Inline parts below each other where they stand alone: an array on its rows, a text broken at ``room``."""
    if len(parts) == 1 and isinstance(parts[0], Numbers):
        return [[(row, parts[0].role)] for row in arrays.lines(parts[0].array, display, room)]
    if len(parts) == 1 and isinstance(parts[0], Text):
        text, role = piece(parts[0], display)
        return [[(row, role)] for row in fold(text, room)]
    return folded(line_of(parts, display), room)


@singledispatch
def block_lines(block: Block, display: Display) -> Iterable[Line | list[Segment]]:
    """The lines of a block."""
    raise TypeError(f"no such block: {block!r}")


@block_lines.register
def _title(block: Title, display: Display) -> Iterator[Line]:
    yield from folded([(shown(block.text, ascii=display.ascii, symbol=True), STRONG)], display.width)


@block_lines.register
def _lines(block: Lines, display: Display) -> Iterator[Line]:
    for parts in block.rows:
        line = line_of(parts, display)
        if block.indent:
            line.insert(0, (" " * block.indent, ""))
        yield from folded(line, display.width, block.indent + block.hang)


@block_lines.register
def _result(block: Result, display: Display) -> Iterator[Line]:
    """The expression and its value, on one line if that fits and is easy to read."""
    read = read_text(block.expression)
    if read is not None:
        yield from ([(each, "")] for each in fold(f"read as  {shown(read, ascii=display.ascii)}", display.width))
    text = typed_text(block.expression).strip()
    room = None if display.width is None else max(display.width - 3, 1)
    value = arrays.lines(block.value, display, room)
    line: Line = [(shown(text, ascii=display.ascii), ""), (" = ", ""), (value[0], STRONG)]
    fits = display.width is None or line_columns(line) <= display.width
    if len(value) == 1 and fits and not _NO_SIDE & set(text):
        yield line
        return
    for row in text.splitlines():
        yield from ([(each, "")] for each in fold(shown(row, ascii=display.ascii), display.width))
    arrow = signs(display.ascii).right + " "
    for number, row in enumerate(value):
        yield [(arrow if number == 0 else " " * columns(arrow), ""), (row, STRONG)]


@block_lines.register
def _fields(block: Fields, display: Display) -> Iterator[Line]:
    """Labels with contents beside them, or, where there is little room, above them."""
    labels = [piece(label, display) for label, _ in block.rows]
    widths = [columns(text) for text, _ in labels]
    widest = max((width for width in widths if width <= block.widest), default=0)
    above = block.column and display.width is not None and display.width - block.indent - widest - 2 < LEAST_ROOM
    if above:
        widest = 2
    for (text, role), width, (_, content) in zip(labels, widths, block.rows, strict=True):
        start = block.indent + (widest + 2 if block.column else width)
        room = None if display.width is None else max(display.width - start, 1)
        head: Line = [(" " * block.indent, ""), (text, role)] if block.indent else [(text, role)]
        if block.column and width > widest:
            yield from folded(head, display.width, block.indent + 2)
            head = []
        several = len(content) > 1 and all(isinstance(part, Text) for part in content)
        for part in [[one] for one in content] if several and block.column else [content]:
            for row in content_lines(part, display, room):
                yield [*head, (" " * (start - line_columns(head)), ""), *row]
                head = []


@block_lines.register
def _table(block: Table, display: Display) -> Iterator[Line | list[Segment]]:
    """The first layout that fits: a table, a table with one column below it, a block for each row."""
    limit = UNLIMITED_TABLE if display.width is None else display.width - block.indent
    rows = [[content_lines(cell, display, None) for cell in row] for row in block.rows]
    places = list(range(len(block.titles)))
    if grid_width(block.titles, rows, places) <= limit:
        yield from grid(block.titles, rows, places, display, block.indent)
        return
    if block.below is not None:
        places.remove(block.below)
    if grid_width(block.titles, rows, places) <= limit:
        yield from grid(block.titles, rows, places, display, block.indent)
        if block.below is not None:
            yield from _below(block, block.below, display)
        return
    yield from _stacked(block, display)


def _below(block: Table, place: int, display: Display) -> Iterator[Line]:
    """The column that has no room in a table, below it."""
    yield []
    yield [(block.below_title, "")]
    named = [(piece(row[0][0], display), row[place]) for row in block.rows if _says_something(row[place])]
    indent = max((columns(text) for (text, _), _ in named), default=0) + 2
    for (text, role), content in named:
        head: Line = [(text, role), (" " * (indent - columns(text)), "")]
        for line in content_lines(content, display, None if display.width is None else display.width - indent):
            yield [*head, *line]
            head = [(" " * indent, "")]


def _says_something(content: Parts) -> bool:
    return any(isinstance(part, Numbers) or part.text not in ("", "–") for part in content)


def _stacked(block: Table, display: Display) -> Iterator[Line]:
    """A block for each row, for long contents and narrow terminals."""
    narrow = display.width is not None and display.width < _NARROW
    indent = block.indent + (2 if narrow else max(map(columns, block.titles[1:])) + 4)
    room = None if display.width is None else max(display.width - indent, 1)
    shape = len(block.titles) > 1 and block.titles[1] == "shape"
    for number, row in enumerate(block.rows):
        if number:
            yield []
        head = [*row[0], Text("  "), *row[1]] if shape else row[0]
        yield [(" " * block.indent, ""), *line_of(head, display)]
        contents = [*row[:-1], block.long[number]] if block.long else row
        for title, content in list(zip(block.titles, contents, strict=True))[2 if shape else 1 :]:
            if narrow:
                yield [(" " * block.indent + title, "")]
            start = "" if narrow else " " * block.indent + f"  {title}"
            for line in content_lines(content, display, room):
                yield [(start.ljust(indent), ""), *line]
                start = ""


@block_lines.register
def _matrix(block: Matrix, display: Display) -> Iterable[Line | list[Segment]]:
    """The entries with the names of their rows and columns, or the bare array where there is no room for names."""
    texts = display_texts(block.entries, display.precision)
    if not texts:
        return _parts(block, display)
    width = max(len(block.columns), 1)
    named = [shown(name, ascii=display.ascii) for name in block.rows]
    titles = ["", *(shown(name, ascii=display.ascii) for name in block.columns)]
    wide = [max((len(text) for text in texts[place::width]), default=0) for place in range(width)]
    rows: list[list[list[Line]]] = []
    for number, name in enumerate(named):
        row = texts[number * width : (number + 1) * width]
        rows.append([[[(name, STRONG)]], *([[(text.rjust(size), "")]] for text, size in zip(row, wide, strict=True))])
    if block.lead is not None:
        title, numbers = block.lead
        lead = [*display_texts(numbers, display.precision), *[""] * len(rows)]
        rows = [[[[(text, "")]], *row] for text, row in zip(lead, rows, strict=False)]
        titles = [title, "J", *titles[1:]]
    places = list(range(len(titles)))
    if display.width is None or grid_width(titles, rows, places) <= display.width:
        return grid(titles, rows, places, display)
    return _parts(block, display)


def _parts(block: Matrix, display: Display) -> Iterator[Line]:
    """The arrays of a matrix below each other."""
    for label, array in block.parts:
        indent = 2 if label else 0
        if label:
            yield [(shown(label, ascii=display.ascii), STRONG)]
        for row in arrays.lines(array, display, None if display.width is None else max(display.width - indent, 1)):
            yield [(" " * indent + row, "")]


@block_lines.register
def _derivation(block: Derivation, display: Display) -> Iterator[Line]:
    yield from derivation_lines(block, display)


@block_lines.register
def _tree(block: Tree, display: Display) -> Iterator[Line | list[Segment]]:
    yield from tree_lines(block.graph, display)


@block_lines.register
def _chart(block: Chart, display: Display) -> Iterator[Line]:
    """Each drawing in dots of Braille, below it what its lines are."""
    from autograd_cli.drawing.braille import draw, legend

    width = min(display.width or CHART_WIDTH, WIDEST_CHART)
    for one in block.drawing:
        yield from ([*row] for row in draw(one, width, CHART_HEIGHT, ascii=display.ascii))
        yield legend(one, ascii=display.ascii)


@block_lines.register
def _code(block: Code, display: Display) -> Iterator[Line]:
    for row in block.text.splitlines():
        yield [(" " * block.indent + shown(row, ascii=display.ascii), block.role)] if row else []


def drawn(block: Block, display: Display) -> list[str]:
    """The lines of a block as text without colour, as code in other documents."""
    return list(painted(document_lines(Document("", [block]), display), color=False))
