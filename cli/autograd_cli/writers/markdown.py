"""A document as Markdown: tables and code in the dialect of GitHub, formulas between dollar signs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from autograd_cli import document as doc
from autograd_cli.writers import Writer
from autograd_cli.writers.latex import equation_text
from autograd_core.array_text import inline
from autograd_core.escape import escape_unprintable
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.number_text import Array
from autograd_core.report import shape_label

_ROOM = 60
"""Characters of an array in a cell."""


def write(document: doc.Document, display: doc.Display, stream: TextIO) -> None:
    """Write the blocks, without a title for the whole."""
    before = ""
    for paragraph in Markdown(display).document(document):
        text = before + "\n".join(paragraph) + "\n"
        stream.write(text.encode("ascii", "backslashreplace").decode() if display.ascii else text)
        before = "\n"


def table(titles: Iterable[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; the cells are Markdown already, with their bars escaped."""
    heads = list(titles)
    return [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads), *(f"| {' | '.join(row)} |" for row in rows)]


def fenced(text: str, language: str = "") -> Iterator[str]:
    """A block of code; its fence is longer than any row of backticks in it."""
    fence = "`" * max(3, _longest_run(text) + 1)
    yield from [fence + language, *map(escape_unprintable, text.split("\n")), fence]


def code(text: str) -> str:
    """Code within a line, also within a cell of a table."""
    text = escape_unprintable(text)
    fence = "`" * (_longest_run(text) + 1)
    space = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", r"\|")


def plain(text: str) -> str:
    """Words letter for letter."""
    return "".join(f"\\{each}" if each in r"\`*_{}[]<>#|$~" else each for each in text)


def _longest_run(text: str) -> int:
    """The length of the longest row of backticks."""
    return max((len(run) for run in "".join(c if c == "`" else " " for c in text).split()), default=0)


class Markdown(Writer):
    """The paragraphs of each block, each as its lines."""

    def pieces(self, block: doc.Block) -> Iterator[list[str]]:
        """What a block is; what a table or a matrix says in mathematics stands below it."""
        yield from super().pieces(block)
        if isinstance(block, doc.Table | doc.Matrix):
            yield from self.displayed(block.equations())

    def _title(self, block: doc.Title) -> Iterator[list[str]]:
        yield ["#" * block.level + " " + plain(self.shown(block.text, symbol=True))]

    def _lines(self, block: doc.Lines) -> Iterator[list[str]]:
        if block.rows:
            yield [self.words(row).strip() + ("  " if len(block.rows) > 1 else "") for row in block.rows]

    def _result(self, block: doc.Result) -> Iterator[list[str]]:
        yield list(fenced(typed_text(block.expression).strip()))
        read = read_text(block.expression)
        if read is not None:
            yield [f"Read as {code(read)}"]
        yield [f"Result: {self.array(block.value)}, shape {code(shape_label(block.value))}"]

    def _fields(self, block: doc.Fields) -> Iterator[list[str]]:
        found = []
        for label, content in block.rows:
            name = self.piece(label).strip().removesuffix("=").strip()
            text = ("; " if self.apart(content, block) else "").join(map(self.piece, content))
            found.append(f"- {name}: {text.strip()}" if name else f"- {text.strip()}")
        if found:
            yield found

    def _table(self, block: doc.Table) -> Iterator[list[str]]:
        yield table(map(plain, block.titles), [[self.words(part) for part in row] for row in block.rows])

    def _matrix(self, block: doc.Matrix) -> Iterator[list[str]]:
        labels = [label for label, _ in block.parts if label]
        if not self.too_large(block):
            titles, rows = self.named(block)
            name = titles.index("")
            if labels:
                yield [plain(", ".join(labels))]
            for row in rows:
                row[name] = code(row[name])
            yield table([code(title) if title else "" for title in titles], rows)
        elif block.parts:
            yield [f"{plain(label + ': ') if label else ''}{self.array(data)}  " for label, data in block.parts]

    def _derivation(self, block: doc.Derivation) -> Iterator[list[str]]:
        for group in block.groups:
            if group.title:
                yield [self.words(group.title).strip()]
            rows = [
                [plain(each.label), code(each.formula.text), code(shape_label(each.value)), self.array(each.value)]
                for each in group.entries
            ]
            if rows:
                yield table(["", "rule", "shape", "number"], rows)

    def _tree(self, block: doc.Tree) -> Iterator[list[str]]:
        if not block.aside:
            yield from self._chart(block)

    def _chart(self, block: doc.Chart | doc.Tree) -> Iterator[list[str]]:
        from autograd_cli.writers.terminal import drawn

        yield list(fenced("\n".join(drawn(block, self.display))))

    def _code(self, block: doc.Code) -> Iterator[list[str]]:
        yield list(fenced(block.text, block.language))

    def displayed(self, equations: Sequence[doc.Equation]) -> Iterator[list[str]]:
        """Equations on lines of their own, each with those that stand before it as its helpers."""
        before = ""
        for each in equations:
            if each.shown and len(each.right) == 1 and isinstance(each.right[0], str):
                before += rf"{equation_text(each, self.display)} \qquad "
            elif each.shown:
                yield ["$$", before + equation_text(each, self.display), "$$"]
                before = ""

    def text(self, part: doc.Text) -> str:
        """Code for what is of the language, else words letter for letter."""
        text = self.shown(part.text, symbol=part.symbol)
        return code(text) if part.role in doc.LANGUAGE and text else plain(text)

    def numbers(self, part: doc.Numbers) -> str:
        """A number or an array."""
        return self.array(part.array)

    def array(self, value: Array) -> str:
        """An array as code, on one line."""
        return code(inline(value, self.display, None if self.display.full else _ROOM))
