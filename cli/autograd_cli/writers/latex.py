"""A document as a fragment of LaTeX that needs nothing but amsmath."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
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
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.report import shape_text
from autograd_core.visible import visible

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
}
_MARKS = ("✓", "✗", "◐", "–")
_TITLES = {1: "section*", 2: "subsection*", 3: "paragraph"}
_ROW = 10
"""Columns of a matrix that is written with its numbers, as many as amsmath allows without being told."""

WHOLE = (
    "\\documentclass{article}\n\\usepackage{amsmath}\n\\allowdisplaybreaks\n\\begin{document}\n",
    "\\end{document}\n",
)
"""What makes a document of a fragment."""


def write_latex(document: Document, display: Display, stream: TextIO) -> None:
    """Write a fragment to be put between ``\\begin{document}`` and ``\\end{document}``."""
    stream.write("% needs \\usepackage{amsmath}\n")
    for part in document.blocks:
        for block in [part] if isinstance(part, Block) else part:
            for line in block_lines(block, display):
                stream.write(line + "\n")


@singledispatch
def block_lines(block: Block, display: Display) -> Iterable[str]:
    """The lines of a block."""
    raise TypeError(f"no such block: {block!r}")


@block_lines.register
def _title(block: Title, display: Display) -> Iterator[str]:
    yield f"\\{_TITLES[min(block.level, 3)]}{{{words([Text(block.text.capitalize(), symbol=True)], display)}}}"


@block_lines.register
def _lines(block: Lines, display: Display) -> Iterator[str]:
    for row in block.rows:
        if row and isinstance(row[0], Text) and row[0].text in _MARKS:
            row = row[1:]
        yield f"\\noindent {words(row, display).strip()}\\par"


@block_lines.register
def _result(block: Result, display: Display) -> Iterable[str]:
    read = read_text(block.expression)
    before = [] if read is None else [rf"\noindent read as \texttt{{{text(read)}}}\par"]
    return before + (equations(block.equations(), display) or verbatim(typed_text(block.expression).strip()))


@block_lines.register
def _fields(block: Fields, display: Display) -> Iterator[str]:
    found = block.equations()
    if found or not block.mathematics:
        yield from equations(found, display)
        return
    for label, content in block.rows:
        several = len(content) > 1 and block.column
        text = "; ".join(piece(part, display) for part in content) if several else words(content, display)
        yield f"\\noindent {words([label], display).strip()} {text.strip()}\\par"


@block_lines.register
def _table(block: Table, display: Display) -> Iterator[str]:
    found = block.equations()
    if found:
        yield from equations(found, display)
        return
    yield f"\\noindent\\begin{{tabular}}{{{'l' * len(block.titles)}}}"
    yield " & ".join(words([Text(title, symbol=True)], display) for title in block.titles) + r" \\ \hline"
    for row in block.rows:
        yield " & ".join(words(cell, display) for cell in row) + r" \\"
    yield "\\end{tabular}\\par"


@block_lines.register
def _matrix(block: Matrix, display: Display) -> Iterable[str]:
    found = block.equations()
    return equations(found or [Equation("", [array]) for _, array in block.parts], display)


@block_lines.register
def _derivation(block: Derivation, display: Display) -> Iterator[str]:
    for group in block.groups:
        if group.title:
            yield f"\\noindent {words(group.title, display).strip()}"
        yield from equations([entry.equation for entry in group.entries if entry.equation is not None], display)


@block_lines.register
def _tree(block: Tree, display: Display) -> Iterable[str]:
    if block.aside:
        return []
    from dataclasses import replace

    from autograd_cli.writers.terminal import drawn

    return verbatim("\n".join(drawn(block, replace(display, ascii=True, color=False))))


@block_lines.register
def _chart(block: Chart, display: Display) -> Iterable[str]:
    from autograd_cli.writers.terminal import drawn

    return verbatim("\n".join(drawn(block, replace(display, ascii=True))))


@block_lines.register
def _code(block: Code, display: Display) -> Iterable[str]:
    return verbatim(block.text)


def words(parts: Parts, display: Display) -> str:
    """Inline parts in a sentence: mathematics between dollar signs, the language in the letters of a typewriter."""
    return "".join(piece(part, display) for part in parts)


def piece(part: Part, display: Display) -> str:
    """An inline part outside of math mode."""
    if isinstance(part, Numbers):
        return f"${value(part.array, display)}$"
    if part.latex is not None:
        return f"${part.latex}$"
    found = text(shown(part.text, ascii=True, symbol=part.symbol))
    return rf"\texttt{{{found}}}" if part.role in (NAME, FUNCTION, FORMULA, CODE) and found else found


def verbatim(content: str) -> list[str]:
    """Lines letter for letter; what is not ASCII is written as an escape."""
    rows = "\n".join(visible(row, ascii=True) for row in content.split("\n")).replace(
        "\\end{verbatim}", "\\end {verbatim}"
    )
    return ["\\begin{verbatim}", *rows.splitlines(), "\\end{verbatim}"]


def equation_text(equation: Equation, display: Display) -> str:
    """An equation on one line."""
    return " = ".join([equation.left, *_sides(equation, display)] if equation.left else _sides(equation, display))


def _sides(equation: Equation, display: Display) -> list[str]:
    sides = [side if isinstance(side, str) else value(side, display) for side in equation.right]
    return list(dict.fromkeys(sides))  # of 0 = 0 one is enough


def equations(found: Iterable[Equation], display: Display) -> list[str]:
    """Equations below each other, aligned at their signs; nothing where there are none."""
    rows = []
    for each in found:
        right = " = ".join(_sides(each, display))
        rows.append(rf"  {each.left} &= {right}" if each.left else rf"  & {right}")
    return ["\\begin{align*}", " \\\\\n".join(rows), "\\end{align*}"] if rows else []


def value(array: Array, display: Display) -> str:
    """An array for math mode: vectors as transposed rows, matrices as they are, large ones by shape and range."""
    if array.ndim == 0:
        return number(display_texts(array, display.precision)[0])
    if array.size == 0 or (
        not display.full and (array.size > arrays.LARGE or (array.ndim > 1 and array.shape[-1] > _ROW))
    ):
        about = shape_text(array.shape) + (f": {arrays.extent(array, display)}" if array.size else "")
        return rf"\text{{{text(about)}}}"
    if array.ndim > 2:
        return r"\left[ " + ", ".join(value(part, display) for part in array) + r" \right]"
    return matrix(array, display) if array.ndim == 2 else matrix(array[None], display) + r"^{\top}"


def matrix(array: Array, display: Display) -> str:
    """A matrix in round brackets."""
    texts = [number(each) for each in display_texts(array, display.precision)]
    width = array.shape[1]
    rows = [texts[start : start + width] for start in range(0, len(texts), width)]
    if len(rows) == 1 and width > _ROW and not display.full:
        rows = [[*rows[0][:4], r"\cdots", *rows[0][-2:]]]
    body = r" \\ ".join(" & ".join(row) for row in rows)
    if len(rows[0]) <= _ROW:
        return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"
    return rf"\left(\begin{{array}}{{{'r' * width}}} {body} \end{{array}}\right)"


def number(shown: str) -> str:
    """A number that was written for people, as LaTeX."""
    if "e" in shown:
        digits, exponent = shown.split("e")
        if not int(exponent):
            return digits
        head = "" if digits == "1" else "-" if digits == "-1" else digits + r" \cdot "
        return f"{head}10^{{{int(exponent)}}}"
    words = {"nan": r"\mathrm{nan}", "inf": r"\infty", "-inf": r"-\infty"}
    return words.get(shown, shown)


def text(words: str) -> str:
    """Words letter for letter, outside of math mode; what is not ASCII is written as an escape."""
    plain = visible(words, ascii=True)
    return "".join(_SPECIAL.get(each, each) for each in plain)
