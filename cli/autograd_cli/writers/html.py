"""A document as a page: its blocks in HTML, its formulas in MathML, its graph as SVG that can be stepped through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from typing import TextIO

import numpy as np

from autograd_cli import __version__
from autograd_cli.document import (
    BAD,
    CODE,
    FORMULA,
    FUNCTION,
    GOOD,
    NAME,
    STRONG,
    UNSURE,
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
    Title,
    Tree,
    arrays,
)
from autograd_cli.document.numbers import Array, display_texts
from autograd_cli.drawing.curve_svg import STYLE, embedded
from autograd_cli.writers.latex import equation_text
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.page.html import graph_section, page
from autograd_core.page.markup import escape
from autograd_core.page.mathml import mathml
from autograd_core.page.numbers import lines_of

_CODE = (NAME, FUNCTION, FORMULA, CODE)
_CLASS = {STRONG: "strong", GOOD: "good", BAD: "bad", UNSURE: "unsure"}
_WHOLE = 64
"""Entries of a matrix up to which its cell shows it whole."""


def write_html(document: Document, display: Display, stream: TextIO) -> None:
    """Write one file that needs no other."""
    blocks = [block for part in document.blocks for block in ([part] if isinstance(part, Block) else part)]
    if any(isinstance(block, Tree) and block.steps is not None for block in blocks):
        blocks = [block for block in blocks if not isinstance(block, Derivation)]  # the steps stand below the graph
    body = "\n".join(piece for block in blocks for piece in section(block, display))
    stream.write(page(document.title, body, f"autograd-cli {__version__}", STYLE))


@singledispatch
def section(block: Block, display: Display) -> Iterable[str]:
    """The HTML of a block."""
    raise TypeError(f"no such block: {block!r}")


@section.register
def _title(block: Title, display: Display) -> Iterator[str]:
    yield f"<h{block.level}>{escape(block.text)}</h{block.level}>"


@section.register
def _lines(block: Lines, display: Display) -> Iterator[str]:
    for row in block.rows:
        yield f"<p>{words(row, display)}</p>"


@section.register
def _result(block: Result, display: Display) -> Iterator[str]:
    yield f"<h1><code>{escape(typed_text(block.expression).strip())}</code></h1>"
    if (read := read_text(block.expression)) is not None:
        yield f"<p>read as <code>{escape(read)}</code></p>"
    yield from displayed(block.equations())


@section.register
def _fields(block: Fields, display: Display) -> Iterator[str]:
    rows = [
        f"<tr><th scope=row>{piece(label, display)}</th><td>{words(content, display)}</td></tr>"
        for label, content in block.rows
    ]
    yield f'<div class="scroll"><table>{"".join(rows)}</table></div>'


@section.register
def _table(block: Table, display: Display) -> Iterator[str]:
    head = "".join(f"<th scope=col>{escape(title)}</th>" for title in block.titles)
    rows = ["".join(f"<td>{words(cell, display)}</td>" for cell in row) for row in block.rows]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    yield f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    yield from displayed([each for each in block.equations() if each.shown])


@section.register
def _matrix(block: Matrix, display: Display) -> Iterator[str]:
    if not block.entries.size or (max(len(block.rows), len(block.columns)) > arrays.MOST and not display.full):
        for label, data in block.parts:
            yield f"<p>{escape(label)} {number(data, display)}</p>"
        yield from displayed([each for each in block.equations() if each.shown])
        return
    yield f'<div class="scroll"><table>{"".join(heat_rows(block, display))}</table></div>'
    yield from displayed([each for each in block.equations() if each.shown])


def heat_rows(block: Matrix, display: Display) -> Iterator[str]:
    """The rows of a matrix with names, each entry on a ground that says how large it is."""
    lead = f"<th>{escape(block.lead[0])}</th>" if block.lead is not None else ""
    names = "".join(f"<th scope=col>{escape(name)}</th>" for name in block.columns)
    yield f"<tr>{lead}<th></th>{names}</tr>"
    texts = display_texts(block.entries, display.precision)
    first = display_texts(block.lead[1], display.precision) if block.lead is not None else []
    known = np.abs(block.entries[np.isfinite(block.entries)])
    largest = float(known.max()) if known.size else 0.0
    width = len(block.columns)
    for at, name in enumerate(block.rows):
        cells = [
            f'<td class="heat {heat(float(entry), largest)}">{escape(text)}</td>'
            for entry, text in zip(block.entries[at], texts[at * width : (at + 1) * width], strict=True)
        ]
        beside = f"<td>{escape(first[at]) if at < len(first) else ''}</td>" if block.lead is not None else ""
        yield f"<tr>{beside}<th scope=row>{escape(name)}</th>{''.join(cells)}</tr>"


def heat(entry: float, largest: float) -> str:
    """The class of an entry: its sign, and a fifth of the largest size for each step."""
    if not np.isfinite(entry):
        return "odd"
    if not entry or not largest:
        return "zero"
    return f"{'plus' if entry > 0 else 'minus'}{min(4, int(abs(entry) / largest * 5))}"


@section.register
def _derivation(block: Derivation, display: Display) -> Iterator[str]:
    for group in block.groups:
        if group.title:
            yield f"<p>{words(group.title, display)}</p>"
        for entry in group.entries:
            if entry.equation is not None:
                yield from displayed([entry.equation])
            else:
                yield f"<p>{escape(entry.label)} {piece(entry.formula, display)} = {number(entry.value, display)}</p>"


@section.register
def _tree(block: Tree, display: Display) -> Iterator[str]:
    yield graph_section(block.graph, block.steps, "the computation graph", across=block.across)


@section.register
def _chart(block: Chart, display: Display) -> Iterator[str]:
    yield f"<figure>{embedded(block.drawing, block.title)}</figure>"


@section.register
def _code(block: Code, display: Display) -> Iterator[str]:
    yield f"<pre><code>{escape(block.text)}</code></pre>"


def displayed(equations: Sequence[Equation]) -> Iterator[str]:
    """Equations in MathML, each on a line of its own."""
    for each in equations:
        yield f'<div class="scroll">{mathml(equation_text(each, Display()), block=True)}</div>'


def words(parts: Parts, display: Display) -> str:
    """Inline parts one after the other."""
    return "".join(piece(part, display) for part in parts)


def piece(part: Part, display: Display) -> str:
    """One inline part."""
    if isinstance(part, Numbers):
        text = number(part.array, display)
        return f'<span class="strong">{text}</span>' if part.role else text
    if part.latex is not None:
        return mathml(part.latex)
    if part.role in _CODE:
        return f"<code>{escape(part.text)}</code>"
    kind = _CLASS.get(part.role)
    return f'<span class="{kind}">{escape(part.text)}</span>' if kind else escape(part.text)


def number(array: Array, display: Display) -> str:
    """A number or an array; a matrix has a line for each row."""
    rows = lines_of(array, array.size if display.full else _WHOLE)
    return f'<span class="number">{"<br>".join(map(escape, rows))}</span>'
