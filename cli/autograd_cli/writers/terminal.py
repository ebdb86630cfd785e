"""A document as a terminal shows it, in the layout that fits the width; tables and trees are drawn by rich."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TextIO

from autograd_cli import document as doc
from autograd_cli.writers import Writer
from autograd_cli.writers.styled import Line, beside, folded, grid, line_columns, painted
from autograd_cli.writers.tree import tree_lines
from autograd_core.array_text import array_lines, inline
from autograd_core.escape import columns, fold, sign
from autograd_core.expr.read_text import notes_of, read_text, typed_text

UNLIMITED_TABLE = 160  # columns of a table where nothing limits them

CHART_WIDTH, WIDEST_CHART, CHART_HEIGHT = 80, 120, 20
"""Columns of a drawing where nothing limits them and at most, and its rows where the terminal has them."""

BESIDE_CHART = 4  # lines of a terminal for what is typed, the legend, a remark, and the next prompt

NARROWEST = 30  # columns below which texts are no longer broken
LEAST_ROOM = 20  # columns that a text beside its label has at least; where there are fewer, it stands below

_NO_SIDE = frozenset("=<>;#\n")
"""Signs of statements, comparisons and comments, behind which ``= value`` would be misread."""

_WIDEST_LABEL = 28


def write_table(document: doc.Document, display: doc.Display, stream: TextIO) -> None:
    """Write a document, coloured if the display says so."""
    painting = painted(document_lines(document, display), display.color)
    while batch := list(islice(painting, 1000)):
        stream.write("\n".join(batch) + "\n")


def document_lines(document: doc.Document, display: doc.Display) -> Iterator[Line]:
    """The lines of all blocks, with air between those that have any."""
    started = False
    if document.widest is not None:
        width = max(min(display.width or document.widest, document.widest), NARROWEST)
        display = replace(display, width=width)
    writer = Terminal(display)
    for part in document.blocks:
        first = True
        for block in [part] if isinstance(part, doc.Block) else part:
            for line in writer.pieces(block):
                if first and started:
                    yield []
                first, started = False, True
                yield line


def drawn(block: doc.Block, display: doc.Display) -> list[str]:
    """The lines of a block as text without colour, as code in other documents."""
    return list(painted(document_lines(doc.Document("", [block]), display), color=False))


class Terminal(Writer):
    """The lines of each block, in the layout that fits the width."""

    def room(self, indent: int) -> int | None:
        """The columns beside an indent, None where nothing limits them."""
        return None if self.width is None else max(self.width - indent, 1)

    def text(self, part: doc.Text) -> tuple[str, str]:
        """A styled text."""
        return self.shown(part.text, symbol=part.symbol), part.role

    def numbers(self, part: doc.Numbers) -> tuple[str, str]:
        """A number or an array on one line."""
        return inline(part.array, self.display), part.role

    def line_of(self, parts: doc.Parts) -> Line:
        """Inline parts as one line."""
        return [self.piece(part) for part in parts]

    def content_lines(self, parts: doc.Parts, room: int | None) -> list[Line]:
        """Inline parts below each other where they stand alone: an array on its rows, a text broken at ``room``."""
        if len(parts) != 1:
            return folded(self.line_of(parts), room)
        if isinstance(parts[0], doc.Numbers):
            return [[(row, parts[0].role)] for row in array_lines(parts[0].array, self.display, room)]
        text, role = self.piece(parts[0])
        return [[(row, role)] for row in fold(text, room)]

    def _title(self, block: doc.Title) -> Iterator[Line]:
        yield from folded([(self.shown(block.text, symbol=True), doc.STRONG)], self.width)

    def _lines(self, block: doc.Lines) -> Iterator[Line]:
        for parts in block.rows:
            line = [(" " * block.indent, ""), *self.line_of(parts)]
            yield from folded(line, self.width, block.indent + block.hang)

    def _result(self, block: doc.Result) -> Iterator[Line]:
        """The expression and its value, on one line if that fits and is easy to read."""
        read = read_text(block.expression)
        lost = any(code == "AG418" for code, _ in notes_of(block.expression))  # d/dx x^2 is not what has the value
        text = read if read is not None and lost else typed_text(block.expression).strip()
        room = self.room(3)
        value = array_lines(block.value, self.display, room)
        line: Line = [(self.shown(text), ""), (" = ", ""), (value[0], doc.STRONG)]
        fits = self.width is None or line_columns(line) <= self.width
        if len(value) == 1 and fits and not _NO_SIDE & set(text):
            yield line
            return
        for row in text.splitlines():
            yield from ([(each, "")] for each in fold(self.shown(row), self.width))
        arrow = sign("→", self.display.ascii) + " "
        yield from beside([(arrow, "")], ([(row, doc.STRONG)] for row in value), columns(arrow))

    def _fields(self, block: doc.Fields) -> Iterator[Line]:
        """Labels with contents beside them, or, where there is little room, above them."""
        labels = [self.piece(label) for label, _ in block.rows]
        widths = [columns(text) for text, _ in labels]
        widest = max((width for width in widths if width <= _WIDEST_LABEL), default=0)
        if block.column and self.width is not None and self.width - block.indent - widest - 2 < LEAST_ROOM:
            widest = 2
        for label, width, (_, content) in zip(labels, widths, block.rows, strict=True):
            start = block.indent + (widest + 2 if block.column else width)
            room = self.room(start)
            head: Line = [(" " * block.indent, ""), label]
            if block.column and width > widest:
                yield from folded(head, self.width, block.indent + 2)
                head = []
            parts = [[one] for one in content] if self.apart(content, block) else [content]
            yield from beside(head, (row for part in parts for row in self.content_lines(part, room)), start)

    def _table(self, block: doc.Table) -> Iterator[Line]:
        """The first layout that fits: a table, a table with one column below it, a block for each row."""
        limit = UNLIMITED_TABLE if self.width is None else self.width
        rows = [[self.content_lines(cell, None) for cell in row] for row in block.rows]
        every = list(range(len(block.titles)))
        for places in (every, [place for place in every if place != block.below]):
            if (found := grid(block.titles, rows, places, self.display, limit, block.indent)) is not None:
                yield from found
                if block.below is not None and block.below not in places:
                    yield from self._below(block, block.below)
                return
        yield from self._stacked(block)

    def _below(self, block: doc.Table, place: int) -> Iterator[Line]:
        """The column that has no room in a table, below it."""
        said = [row for row in block.rows if any(getattr(part, "text", part) not in ("", "–") for part in row[place])]
        yield from ([], [(block.below_title, "")])
        yield from self._fields(doc.Fields([(row[0][0], row[place]) for row in said]))

    def _stacked(self, block: doc.Table) -> Iterator[Line]:
        """A block for each row, for long contents and narrow terminals.

        A shape stands beside the first cell; where there are no titles, all do but the last.
        """
        first = 1 + (block.titles[1:2] == ["shape"]) if any(block.titles) else len(block.titles) - 1
        for number, row in enumerate(block.rows):
            yield from [[]] if number and any(block.titles) else []
            head = [part for cell in row[:first] for part in (*cell, "  ") if cell != [""]]
            yield from folded([(" " * block.indent, ""), *self.line_of(head)], self.width, block.indent + 2)
            contents = list(zip(block.titles[first:], row[first:], strict=True))
            yield from self._fields(doc.Fields(contents, indent=block.indent + 2))

    def _matrix(self, block: doc.Matrix) -> Iterable[Line]:
        """The entries with the names of their rows and columns, or the bare array where there is no room for names."""
        if not block.named:
            return self._parts(block)
        titles, rows = self.named(block)
        table = [[self.shown(text) for text in row] for row in (titles, *rows)]
        wide = [0, *(max(map(columns, column)) for column in list(zip(*table, strict=True))[1:])]
        titles, *rows = [[text.rjust(size) for text, size in zip(row, wide, strict=True)] for row in table]
        cells = [[[[(text, "" if place else doc.STRONG)]] for place, text in enumerate(row)] for row in rows]
        return grid(titles, cells, range(len(titles)), self.display, self.width) or self._parts(block)

    def _parts(self, block: doc.Matrix) -> Iterator[Line]:
        """The arrays of a matrix below each other."""
        for label, array in block.parts:
            indent = 2 if label else 0
            if label:
                yield [(self.shown(label), doc.STRONG)]
            rows = array_lines(array, self.display, self.room(indent))
            yield from beside([], ([(row, "")] for row in rows), indent)

    def _steps(self, block: doc.Steps) -> Iterator[Line]:
        if block.heading:
            yield from folded(self.line_of(block.heading), self.width, 4)
        yield from self._table(replace(block, titles=[""] * len(block.titles)))

    def _tree(self, block: doc.Tree) -> Iterator[Line]:
        yield from tree_lines(block.graph, self.display)

    def _chart(self, block: doc.Chart) -> Iterator[Line]:
        """Each drawing in dots of Braille, below it what its lines are."""
        from autograd_cli.document.charts import draw, legend

        width = min(self.width or CHART_WIDTH, WIDEST_CHART)
        height = min(CHART_HEIGHT, (self.display.height or 2 * CHART_HEIGHT) - BESIDE_CHART)
        for one in block.drawing:
            yield from ([*row] for row in draw(one, width, height, ascii=self.display.ascii))
            yield legend(one, ascii=self.display.ascii)

    def _code(self, block: doc.Code) -> Iterator[Line]:
        for row in block.text.splitlines():
            yield [(" " * block.indent + self.shown(row), block.role)] if row else []
