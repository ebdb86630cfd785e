"""A document as text with marks: a fragment of LaTeX that needs nothing but amsmath, and Markdown.

Markdown has tables and code in the dialect of GitHub, and formulas between dollar signs.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TextIO

from autograd_cli import document as doc
from autograd_cli.writers import Writer
from autograd_core.array_text import LARGE, extent, inline
from autograd_core.escape import escape_unprintable, shown
from autograd_core.expr.read_text import typed_text
from autograd_core.number_text import Array, number_texts
from autograd_core.report import shape_label, shape_text

_SPECIAL = {each: f"\\{each}" for each in "{}$&#_%"} | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
}  # fmt: skip
_MARKS = ("✓", "✗", "◐", "–")
_TITLES = {1: "section*", 2: "subsection*", 3: "paragraph"}
_ROW = 10  # columns of a matrix that is written with its numbers, as many as amsmath allows without being told

WHOLE = (
    "\\documentclass{article}\n\\usepackage{amsmath}\n\\allowdisplaybreaks\n\\begin{document}\n",
    "\\end{document}\n",
)
"""What makes a document of a fragment."""


def write_latex(document: doc.Document, display: doc.Display, stream: TextIO) -> None:
    """Write a fragment to be put between ``\\begin{document}`` and ``\\end{document}``."""
    stream.write("% needs \\usepackage{amsmath}\n")
    writer = Latex(replace(display, ascii=True))
    stream.writelines(f"{line}\n" for paragraph in writer.document(document) for line in paragraph)


def write_program(document: doc.Document, display: doc.Display, stream: TextIO) -> None:
    """Write the code of a document letter for letter."""
    stream.writelines(block.text for block in doc.blocks_of(document) if isinstance(block, doc.Code))


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
    if array.size == 0 or (not display.full and (array.size > LARGE or array.shape[-1] > _ROW)):
        about = shape_text(array.shape) + (f": {extent(array, display)}" if array.size else "")
        return rf"\text{{{text(about)}}}"
    if array.ndim > 2:
        return r"\left[ " + ", ".join(value(part, display) for part in array) + r" \right]"
    return matrix(array, display) if array.ndim == 2 else matrix(array[None], display) + r"^{\top}"


def matrix(array: Array, display: doc.Display) -> str:
    """A matrix in round brackets."""
    texts, width = [number(each) for each in number_texts(array, display.precision)], array.shape[1]
    body = r" \\ ".join(" & ".join(texts[start : start + width]) for start in range(0, len(texts), width))
    if width <= _ROW:
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


class Marked(Writer):
    """The paragraphs of each block, each as its lines."""

    @abstractmethod
    def listing(self, text: str, language: str = "") -> list[str]:
        """Lines letter for letter."""

    @abstractmethod
    def _table(self, block: doc.Table) -> Iterator[list[str]]:
        """A table in this form."""

    def _steps(self, block: doc.Steps) -> Iterator[list[str]]:
        if block.heading:
            yield [self.words(block.heading).strip()]
        yield from self._table(block)

    def _tree(self, block: doc.Tree) -> Iterator[list[str]]:
        if not block.aside:
            yield from self._chart(block)

    def _chart(self, block: doc.Chart | doc.Tree) -> Iterator[list[str]]:
        from autograd_cli.writers.terminal import drawn

        yield self.listing("\n".join(drawn(block, self.display)))

    def _code(self, block: doc.Code) -> Iterator[list[str]]:
        yield self.listing(block.text, block.language)


class Latex(Marked):
    """A fragment, of letters that LaTeX has."""

    def pieces(self, block: doc.Block) -> Iterator[list[str]]:
        """The equations of a block, or what it is without mathematics."""
        if (found := getattr(block, "equations", ())) is not None:
            lines = equations(found, self.display)
            if lines and isinstance(block, doc.Steps) and block.heading:
                yield [f"\\noindent {self.words(block.heading).strip()}"]
            yield from [lines] if lines else super().pieces(block)

    def listing(self, text: str, language: str = "") -> list[str]:
        """Lines letter for letter; what is not ASCII is written as an escape."""
        rows = "\n".join(escape_unprintable(row, ascii=True) for row in text.split("\n"))
        rows = rows.replace("\\end{verbatim}", "\\end {verbatim}")
        return ["\\begin{verbatim}", *rows.splitlines(), "\\end{verbatim}"]

    def _title(self, block: doc.Title) -> Iterator[list[str]]:
        words = block.text[:1].upper() + block.text[1:]
        yield [f"\\{_TITLES[min(block.level, 3)]}{{{self.words([doc.Text(words, symbol=True)])}}}"]

    def _lines(self, block: doc.Lines) -> Iterator[list[str]]:
        marked = [
            row[1:] if row and isinstance(row[0], doc.Text) and row[0].text in _MARKS else row for row in block.rows
        ]
        yield [f"\\noindent {self.words(row).strip()}\\par" for row in marked]

    def _result(self, block: doc.Result) -> Iterator[list[str]]:
        yield self.listing(typed_text(block.expression).strip())

    def _fields(self, block: doc.Fields) -> Iterator[list[str]]:
        for label, content in block.rows:
            text = ("; " if block.column else "").join(map(self.piece, content))
            yield [f"\\noindent {self.words([label]).strip()} {text.strip()}\\par"]

    def _table(self, block: doc.Table) -> Iterator[list[str]]:
        rows = [[[doc.Text(title, symbol=True)] for title in block.titles], *block.rows]
        first, *others = [" & ".join(map(self.words, row)) + r" \\" for row in rows]
        start = f"\\noindent\\begin{{tabular}}{{{'l' * len(block.titles)}}}"
        yield [start, first + r" \hline", *others, "\\end{tabular}\\par"]

    def text(self, part: doc.Text) -> str:
        """A text outside of math mode."""
        if part.latex is not None:
            return f"${part.latex}$"
        found = text(shown(part.text, ascii=True, symbol=part.symbol))
        return rf"\texttt{{{found}}}" if part.role in doc.LANGUAGE and found else found

    def numbers(self, part: doc.Numbers) -> str:
        """A number or an array in math mode."""
        return f"${value(part.array, self.display)}$"


_ROOM = 60  # characters of an array in a cell


def write_markdown(document: doc.Document, display: doc.Display, stream: TextIO) -> None:
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


def fence_of(text: str, least: int) -> str:
    """Backticks that are more than any row of them in a text."""
    return "`" * max(least, max(map(len, re.findall("`+", text)), default=0) + 1)


def code(text: str) -> str:
    """Code within a line, also within a cell of a table."""
    text = escape_unprintable(text)
    fence = fence_of(text, 1)
    space = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", r"\|")


def plain(text: str) -> str:
    """Words letter for letter."""
    return "".join(f"\\{each}" if each in r"\`*_{}[]<>#|$~" else each for each in text)


class Markdown(Marked):
    """Markdown, with mathematics below tables."""

    def listing(self, text: str, language: str = "") -> list[str]:
        """A block of code."""
        fence = fence_of(text, 3)
        return [fence + language, *map(escape_unprintable, text.split("\n")), fence]

    def displayed(self, equation: doc.Equation) -> list[str]:
        """An equation on a line of its own."""
        return ["$$", equation_text(equation, self.display), "$$"]

    def _title(self, block: doc.Title) -> Iterator[list[str]]:
        yield ["#" * block.level + " " + plain(self.shown(block.text, symbol=True))]

    def _lines(self, block: doc.Lines) -> Iterator[list[str]]:
        if block.rows:
            yield [self.words(row).strip() + ("  " if len(block.rows) > 1 else "") for row in block.rows]

    def _result(self, block: doc.Result) -> Iterator[list[str]]:
        yield self.listing(typed_text(block.expression).strip())
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
        if block.named and (max(block.entries.shape) <= doc.MOST or self.display.full):
            titles, rows = self.named(block)
            if labels:
                yield [plain(", ".join(labels))]
            yield table(["", *map(code, titles[1:])], [[code(name), *texts] for name, *texts in rows])
        elif block.parts:
            yield [f"{plain(label + ': ') if label else ''}{self.array(data)}  " for label, data in block.parts]

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
