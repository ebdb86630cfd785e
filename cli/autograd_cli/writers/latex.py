"""A document as a fragment of LaTeX that needs nothing but amsmath."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TextIO

from autograd_cli import document as doc
from autograd_cli.writers import Writer
from autograd_core.array_text import LARGE, extent
from autograd_core.escape import escape_unprintable, shown
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.number_text import Array, number_texts
from autograd_core.report import shape_text

_SPECIAL = {each: f"\\{each}" for each in "{}$&#_%"} | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
}  # fmt: skip
_MARKS = ("✓", "✗", "◐", "–")
_TITLES = {1: "section*", 2: "subsection*", 3: "paragraph"}
_ROW = 10
"""Columns of a matrix that is written with its numbers, as many as amsmath allows without being told."""

WHOLE = (
    "\\documentclass{article}\n\\usepackage{amsmath}\n\\allowdisplaybreaks\n\\begin{document}\n",
    "\\end{document}\n",
)
"""What makes a document of a fragment."""


def write(document: doc.Document, display: doc.Display, stream: TextIO) -> None:
    """Write a fragment to be put between ``\\begin{document}`` and ``\\end{document}``."""
    stream.write("% needs \\usepackage{amsmath}\n")
    stream.writelines(f"{line}\n" for line in Latex(display).document(document))


def verbatim(content: str) -> list[str]:
    """Lines letter for letter; what is not ASCII is written as an escape."""
    rows = "\n".join(escape_unprintable(row, ascii=True) for row in content.split("\n")).replace(
        "\\end{verbatim}", "\\end {verbatim}"
    )
    return ["\\begin{verbatim}", *rows.splitlines(), "\\end{verbatim}"]


def equation_text(equation: doc.Equation, display: doc.Display) -> str:
    """An equation on one line."""
    return " = ".join([equation.left, *_sides(equation, display)] if equation.left else _sides(equation, display))


def _sides(equation: doc.Equation, display: doc.Display) -> list[str]:
    sides = [side if isinstance(side, str) else value(side, display) for side in equation.right]
    return list(dict.fromkeys(sides))  # of 0 = 0 one is enough


def equations(found: Iterable[doc.Equation], display: doc.Display) -> list[str]:
    """Equations below each other, aligned at their signs; nothing where there are none."""
    rows = []
    for each in found:
        right = " = ".join(_sides(each, display))
        reason = rf" && \text{{{text(each.reason)}}}" if each.reason else ""
        rows.append((rf"  {each.left} &= {right}" if each.left else rf"  & {right}") + reason)
    return ["\\begin{align*}", " \\\\\n".join(rows), "\\end{align*}"] if rows else []


def value(array: Array, display: doc.Display) -> str:
    """An array for math mode: vectors as transposed rows, matrices as they are, large ones by shape and range."""
    if array.ndim == 0:
        return number(number_texts(array, display.precision)[0])
    if array.size == 0 or (not display.full and (array.size > LARGE or (array.ndim > 1 and array.shape[-1] > _ROW))):
        about = shape_text(array.shape) + (f": {extent(array, display)}" if array.size else "")
        return rf"\text{{{text(about)}}}"
    if array.ndim > 2:
        return r"\left[ " + ", ".join(value(part, display) for part in array) + r" \right]"
    return matrix(array, display) if array.ndim == 2 else matrix(array[None], display) + r"^{\top}"


def matrix(array: Array, display: doc.Display) -> str:
    """A matrix in round brackets."""
    texts = [number(each) for each in number_texts(array, display.precision)]
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
    plain = escape_unprintable(words, ascii=True)
    return "".join(_SPECIAL.get(each, each) for each in plain)


class Latex(Writer):
    """The lines of each block."""

    def pieces(self, block: doc.Block) -> Iterator[str]:
        """The equations of a block, or what it is without mathematics."""
        if isinstance(block, doc.Result) and (read := read_text(block.expression)) is not None:
            yield rf"\noindent read as \texttt{{{text(read)}}}\par"
        yield from equations(getattr(block, "equations", list)(), self.display) or super().pieces(block)

    def _title(self, block: doc.Title) -> Iterator[str]:
        words = block.text[:1].upper() + block.text[1:]
        yield f"\\{_TITLES[min(block.level, 3)]}{{{self.words([doc.Text(words, symbol=True)])}}}"

    def _lines(self, block: doc.Lines) -> Iterator[str]:
        for row in block.rows:
            if row and isinstance(row[0], doc.Text) and row[0].text in _MARKS:
                row = row[1:]
            yield f"\\noindent {self.words(row).strip()}\\par"

    def _result(self, block: doc.Result) -> Iterable[str]:
        return verbatim(typed_text(block.expression).strip())

    def _fields(self, block: doc.Fields) -> Iterator[str]:
        for label, content in block.rows if block.mathematics else ():
            text = ("; " if block.column else "").join(map(self.piece, content))
            yield f"\\noindent {self.words([label]).strip()} {text.strip()}\\par"

    def _table(self, block: doc.Table) -> Iterator[str]:
        yield f"\\noindent\\begin{{tabular}}{{{'l' * len(block.titles)}}}"
        yield " & ".join(self.words([doc.Text(title, symbol=True)]) for title in block.titles) + r" \\ \hline"
        for row in block.rows:
            yield " & ".join(self.words(cell) for cell in row) + r" \\"
        yield "\\end{tabular}\\par"

    def _matrix(self, block: doc.Matrix) -> Iterable[str]:
        return equations([doc.Equation("", [array]) for _, array in block.parts], self.display)

    def _derivation(self, block: doc.Derivation) -> Iterator[str]:
        for group in block.groups:
            if group.title:
                yield f"\\noindent {self.words(group.title).strip()}"
            yield from equations([each for entry in group.entries for each in entry.equations], self.display)

    def _tree(self, block: doc.Tree) -> Iterable[str]:
        return [] if block.aside else self._chart(block)

    def _chart(self, block: doc.Chart | doc.Tree) -> Iterable[str]:
        from autograd_cli.writers.terminal import drawn

        return verbatim("\n".join(drawn(block, replace(self.display, ascii=True))))

    def _code(self, block: doc.Code) -> Iterable[str]:
        return verbatim(block.text)

    def text(self, part: doc.Text) -> str:
        """A text outside of math mode."""
        if part.latex is not None:
            return f"${part.latex}$"
        found = text(shown(part.text, ascii=True, symbol=part.symbol))
        return rf"\texttt{{{found}}}" if part.role in doc.LANGUAGE and found else found

    def numbers(self, part: doc.Numbers) -> str:
        """A number or an array in math mode."""
        return f"${value(part.array, self.display)}$"
