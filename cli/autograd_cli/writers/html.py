"""A document as a page: its blocks in HTML, its formulas in MathML, its graph as SVG that can be stepped through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TextIO

from autograd_cli import __version__
from autograd_cli import document as doc
from autograd_cli.writers import Writer
from autograd_cli.writers.markup import equation_text
from autograd_cli.writers.svg import drawings_of, picture
from autograd_core.array_text import array_lines
from autograd_core.escape import escape
from autograd_core.number_text import Array
from autograd_core.page.graph import draw
from autograd_core.page.html import controls, page
from autograd_core.page.mathml import mathml


def write_html(document: doc.Document, display: doc.Display, stream: TextIO) -> None:
    """Write one file that needs no other."""
    stream.write(page(document.title, "\n".join(Html(display).document(document)), f"autograd-cli {__version__}"))


class Html(Writer):
    """The HTML of each block; the steps of a pass know the boxes of the graph that they are about."""

    drawn = False
    """Whether there is a graph with boxes for the steps."""

    listed = 0
    """Steps so far."""

    heading = ""
    """The title of the document, which no line repeats."""

    def document(self, document: doc.Document) -> Iterator[str]:
        """The heading, and what the blocks are."""
        self.heading = document.title
        yield from [f"<h1><code>{escape(self.heading)}</code></h1>"] if self.heading else []
        yield from super().document(document)

    def displayed(self, equation: doc.Equation) -> str:
        """An equation in MathML on a line of its own."""
        text = equation_text(equation, doc.Display(precision=self.display.precision))
        return f'<div class="scroll">{mathml(text, block=True)}</div>'

    def _title(self, block: doc.Title) -> Iterator[str]:
        yield f"<h{block.level}>{escape(block.text)}</h{block.level}>"

    def _lines(self, block: doc.Lines) -> Iterator[str]:
        for row in block.rows:
            if [getattr(part, "text", part) for part in row] != [self.heading]:
                yield f"<p>{self.words(row)}</p>"

    def _result(self, block: doc.Result) -> Iterator[str]:
        """What the expression of the heading is."""
        equations = list(block.equations)
        yield from map(self.displayed, equations)
        if not equations:
            yield f"<p>= {self.number(block.value)}</p>"

    def _fields(self, block: doc.Fields) -> Iterator[str]:
        rows = []
        for label, content in block.rows:
            text = ("<br>" if self.apart(content, block) else "").join(map(self.piece, content))
            rows.append(f"<tr><th scope=row>{self.piece(label)}</th><td>{text}</td></tr>")
        yield f'<div class="scroll"><table>{"".join(rows)}</table></div>'

    def _table(self, block: doc.Table) -> Iterator[str]:
        head = "".join(f"<th scope=col>{escape(title)}</th>" for title in block.titles)
        rows = ["".join(f"<td>{self.words(cell)}</td>" for cell in row) for row in block.rows]
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        yield f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'

    def _matrix(self, block: doc.Matrix) -> Iterator[str]:
        """A matrix by its colours, or its arrays where it is empty or very large."""
        if drawings := drawings_of(block, self.display):
            yield f'<figure class="scroll">{picture(drawings, "a matrix with its rows and columns")}</figure>'
        else:
            yield from (f"<p>{escape(label)} {self.number(data)}</p>" for label, data in block.parts)

    def _steps(self, block: doc.Steps) -> Iterator[str]:
        """A list whose items the page goes through one by one, each with its node."""
        texts = [f"{self.words(what)} {self.words(rule)} = {self.words(value)}" for what, rule, _, value in block.rows]
        items = list(zip(block.nodes, texts, strict=True))
        if block.node is not None or not self.drawn:
            inside = "".join(f"<li>{text}</li>" for text in texts)
            items = [(block.node, f"{self.words(block.heading)}<ul>{inside}</ul>")]
        yield f'<div class="scroll"><ol class="steps" start="{self.listed + 1}">'
        yield from (f'<li data-node="{node}" data-phase="{block.phase}">{text}</li>' for node, text in items)
        yield "</ol></div>"
        self.listed += len(items)

    def _tree(self, block: doc.Tree) -> Iterator[str]:
        look = replace(self.display, full=False, ascii=False)
        self.drawn = bool(block.formulas)
        picture = draw(block.graph, "the computation graph", look, block.formulas, block.slopes, across=block.across)
        yield "<h2>Graph</h2>"
        if self.drawn:
            yield controls()
        yield f'<div class="stage">{picture}</div>'
        yield '<div class="detail"></div>'

    def _chart(self, block: doc.Chart) -> Iterator[str]:
        yield f"<figure>{picture(block.drawing, block.title)}</figure>"

    def _code(self, block: doc.Code) -> Iterator[str]:
        yield f"<pre><code>{escape(block.text)}</code></pre>"

    def text(self, part: doc.Text) -> str:
        """A formula in MathML, code for what is of the language, else words."""
        if part.latex is not None:
            return mathml(part.latex)
        if part.role in doc.LANGUAGE:
            return f"<code>{escape(part.text)}</code>"
        return f'<span class="{part.role}">{escape(part.text)}</span>' if part.role else escape(part.text)

    def numbers(self, part: doc.Numbers) -> str:
        """A number or an array."""
        text = self.number(part.array)
        return f'<span class="strong">{text}</span>' if part.role else text

    def number(self, array: Array) -> str:
        """A number or an array; a matrix has a line for each row."""
        rows = array_lines(array, replace(self.display, width=None, ascii=False))
        return f'<span class="number">{"<br>".join(map(escape, rows))}</span>'
