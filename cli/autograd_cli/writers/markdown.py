"""A document as Markdown: tables and code in the dialect of GitHub, formulas between dollar signs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from typing import TextIO

from autograd_cli.document import (
    CODE,
    FORMULA,
    FUNCTION,
    NAME,
    Block,
    Chart,
    Code,
    Derivation,
    Display,
    Document,
    Equation,
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
from autograd_cli.document.numbers import Array, display_texts
from autograd_cli.document.signs import shown
from autograd_cli.writers.latex import equation_text
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.visible import visible

_ROOM = 60
"""Characters of an array in a cell."""

_CODE = (NAME, FUNCTION, FORMULA, CODE)


def write_markdown(document: Document, display: Display, stream: TextIO) -> None:
    """Write the blocks, without a title for the whole."""
    started = False
    for part in document.blocks:
        for block in [part] if isinstance(part, Block) else part:
            for paragraph in paragraphs(block, display):
                text = ("\n" if started else "") + "\n".join(paragraph) + "\n"
                stream.write(text.encode("ascii", "backslashreplace").decode() if display.ascii else text)
                started = True


@singledispatch
def paragraphs(block: Block, display: Display) -> Iterable[Sequence[str]]:
    """The paragraphs of a block, each as its lines."""
    raise TypeError(f"no such block: {block!r}")


@paragraphs.register
def _title(block: Title, display: Display) -> Iterator[list[str]]:
    yield ["#" * block.level + " " + plain(shown(block.text, ascii=display.ascii, symbol=True))]


@paragraphs.register
def _lines(block: Lines, display: Display) -> Iterator[list[str]]:
    if block.rows:
        yield [words(row, display).strip() + ("  " if len(block.rows) > 1 else "") for row in block.rows]


@paragraphs.register
def _result(block: Result, display: Display) -> Iterator[list[str]]:
    yield list(fenced(typed_text(block.expression).strip()))
    read = read_text(block.expression)
    if read is not None:
        yield [f"Read as {code(read)}"]
    yield [f"Result: {array(block.value, display)}, shape {code(arrays.shape_label(block.value))}"]


@paragraphs.register
def _fields(block: Fields, display: Display) -> Iterator[list[str]]:
    found = []
    for label, content in block.rows:
        name = piece(label, display).strip().removesuffix("=").strip()
        several = len(content) > 1 and all(isinstance(part, Text) for part in content) and block.column
        text = "; ".join(piece(part, display).strip() for part in content) if several else words(content, display)
        found.append(f"- {name}: {text.strip()}" if name else f"- {text.strip()}")
    if found:
        yield found


@paragraphs.register
def _table(block: Table, display: Display) -> Iterator[list[str]]:
    """The table, and the equations that are shown."""
    yield table(map(plain, block.titles), [[cell(part, display) for part in row] for row in block.rows])
    yield from displayed(block.equations(), display)


@paragraphs.register
def _matrix(block: Matrix, display: Display) -> Iterator[list[str]]:
    texts = display_texts(block.entries, display.precision)
    width = len(block.columns)
    if not texts or (max(len(block.rows), width) > arrays.MOST and not display.full):
        if block.parts:
            yield [f"{plain(label + ': ') if label else ''}{array(data, display)}  " for label, data in block.parts]
        yield from displayed(block.equations(), display)
        return
    rows = [[code(name), *texts[at * width : (at + 1) * width]] for at, name in enumerate(block.rows)]
    titles = ["", *map(code, block.columns)]
    if labels := [label for label, _ in block.parts if label]:
        yield [plain(", ".join(labels))]
    if block.lead is not None:
        title, numbers = block.lead
        lead = [*display_texts(numbers, display.precision), *[""] * len(rows)]
        rows = [[first, *row] for first, row in zip(lead, rows, strict=False)]
        titles = [code(title), *titles]
    yield table(titles, rows)
    yield from displayed(block.equations(), display)


@paragraphs.register
def _derivation(block: Derivation, display: Display) -> Iterator[list[str]]:
    for group in block.groups:
        if group.title:
            yield [words(group.title, display).strip()]
        rows = [
            [plain(e.label), code(e.formula.text), code(arrays.shape_label(e.value)), array(e.value, display)]
            for e in group.entries
        ]
        if rows:
            yield table(["", "rule", "shape", "number"], rows)


@paragraphs.register
def _tree(block: Tree, display: Display) -> Iterator[list[str]]:
    if not block.aside:
        from autograd_cli.writers.terminal import drawn

        yield list(fenced("\n".join(drawn(block, display))))


@paragraphs.register
def _chart(block: Chart, display: Display) -> Iterator[list[str]]:
    from autograd_cli.writers.terminal import drawn

    yield list(fenced("\n".join(drawn(block, display))))


@paragraphs.register
def _code(block: Code, display: Display) -> Iterator[list[str]]:
    yield list(fenced(block.text, block.language))


def displayed(equations: Sequence[Equation], display: Display) -> Iterator[list[str]]:
    """Equations on lines of their own, each with those that stand before it as its helpers."""
    before = ""
    for each in equations:
        if each.shown and len(each.right) == 1 and isinstance(each.right[0], str):
            before += rf"{equation_text(each, display)} \qquad "
        elif each.shown:
            yield ["$$", before + equation_text(each, display), "$$"]
            before = ""


def words(parts: Parts, display: Display) -> str:
    """Inline parts in a sentence."""
    return "".join(piece(part, display) for part in parts)


def cell(parts: Parts, display: Display) -> str:
    """Inline parts in a cell of a table."""
    return words(parts, display)


def piece(part: Part, display: Display) -> str:
    """An inline part: code for what is of the language, else words letter for letter."""
    if isinstance(part, Numbers):
        return array(part.array, display)
    text = shown(part.text, ascii=display.ascii, symbol=part.symbol)
    return code(text) if part.role in _CODE and text else plain(text)


def table(titles: Iterable[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; the cells are Markdown already, with their bars escaped."""
    heads = list(titles)
    return [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads), *(f"| {' | '.join(row)} |" for row in rows)]


def array(value: Array, display: Display) -> str:
    """An array as code, on one line."""
    return code(arrays.inline(value, display, None if display.full else _ROOM))


def fenced(text: str, language: str = "") -> Iterator[str]:
    """A block of code; its fence is longer than any row of backticks in it."""
    fence = "`" * max(3, _longest_run(text) + 1)
    yield from [fence + language, *map(visible, text.split("\n")), fence]


def code(text: str) -> str:
    """Code within a line, also within a cell of a table."""
    text = visible(text)
    fence = "`" * (_longest_run(text) + 1)
    space = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", r"\|")


def plain(text: str) -> str:
    """Words letter for letter."""
    return "".join(f"\\{each}" if each in r"\`*_{}[]<>#|$~" else each for each in text)


def _longest_run(text: str) -> int:
    """The length of the longest row of backticks."""
    return max((len(run) for run in "".join(c if c == "`" else " " for c in text).split()), default=0)
