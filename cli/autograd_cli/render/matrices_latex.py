"""Jacobians and Hessians as LaTeX and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

import numpy as np

from autograd_cli.render import arrays, mathematics
from autograd_cli.render.ink import write_lines
from autograd_cli.render.latex import equations, text, value
from autograd_cli.render.markdown import array, code, fenced, plain, table
from autograd_cli.render.matrices import MOST, noun, places, product_name, shown, spectrum_words, title
from autograd_cli.render.numbers import display_texts
from autograd_cli.render.verdict import check_words, verdict_lines
from autograd_cli.render.view import View
from autograd_core.matrices.report import Block, HessianReport, MatrixReport
from autograd_core.report import shape_text


def write_latex(report: MatrixReport, view: View, stream: TextIO) -> None:
    """Write a fragment that needs nothing but amsmath."""
    for line in latex_lines(report, view):
        stream.write(line + "\n")


def latex_lines(report: MatrixReport, view: View) -> Iterator[str]:
    """The expression, the inputs, the blocks as matrices or the product, the spectrum, the verdict."""
    values = {each.name: each.value.data for each in report.inputs}
    yield "% needs \\usepackage{amsmath}"
    f, v = report.names
    yield from equations(mathematics.statements_of(report.expression, values, f, value(report.result.data, view)))
    yield from equations((mathematics.name(each), value(data, view)) for each, data in values.items())
    if report.product is not None:
        weighs = report.product.kind == "v.J"
        given = report.product.given.items()
        rows = [(mathematics.name(v) if weighs else f"u_{{{mathematics.name(n)}}}", value(a, view)) for n, a in given]
        left, _, right = product_name(report.product, report).partition(".")
        label = rf"{mathematics.name(left)} \cdot {mathematics.name(right)}"
        for name, found in report.product.found.items():
            under = "" if name == report.product.kind else f"_{{{mathematics.name(name)}}}"
            rows.append((rf"\left({label}\right){under}", value(found, view)))
        yield from equations(rows)
    bound = {**values, f: report.result.data}
    blocks: list[tuple[str, str]] = []
    for block in shown(report):
        formula, helpers = mathematics.formula(block.formula, bound)
        blocks += helpers
        parts = [part for part in (formula, matrix_of(block, view)) if part is not None]
        blocks.append((partial(block, report), " = ".join(parts)))
    yield from equations(blocks)
    if isinstance(report, HessianReport) and report.spectrum is not None:
        for name, words in spectrum_words(report.spectrum, View(ascii=True, precision=view.precision)).items():
            yield f"\\noindent {name}: {text(words)}\\par"
    for line in verdict_lines(report, View(ascii=True), noun(report)):
        yield "\\noindent " + text("".join(piece for piece, _ in line[1:] or line).strip()) + "\\par"


def partial(block: Block, report: MatrixReport) -> str:
    r"""What a block holds: ``\frac{\partial f}{\partial x}``."""
    f = mathematics.name(report.names[0])
    by = mathematics.name(block.by)
    if block.of is None:
        return rf"\frac{{\partial {f}}}{{\partial {by}}}"
    of = mathematics.name(block.of)
    under = rf"\partial {of}^{{2}}" if block.of == block.by else rf"\partial {of} \, \partial {by}"
    return rf"\frac{{\partial^{{2}} {f}}}{{{under}}}"


def matrix_of(block: Block, view: View) -> str:
    """A block as a matrix of all rows by all columns; a single number as one."""
    data = block.data if block.data.ndim in (0, 2) else block.matrix
    return value(data, view)


def write_markdown(report: MatrixReport, view: View, stream: TextIO) -> None:
    """Write one Markdown document without a title of its own."""
    write_lines(markdown_lines(report, view), view, stream)


def markdown_lines(report: MatrixReport, view: View) -> Iterator[str]:
    """The expression and its value, a table for each block or part of a product, the spectrum, the verdict."""
    yield from fenced(report.expression.strip())
    yield ""
    yield f"Result: {array(report.result.data, view)}, shape {code(arrays.shape_label(report.result.data))}"
    yield ""
    for block in shown(report):
        checked = "".join(piece for piece, _ in check_words(block.check, view))
        shapes = f"{shape_text(block.rows)} by {shape_text(block.columns)}"
        yield f"{code(title(block, report, view))}, {code(shapes)}: {plain(checked)}"
        yield ""
        yield from _table(block, report, view)
        yield ""
        if block.formula is not None:
            yield code(block.formula)
            yield ""
    if report.product is not None:
        v = report.names[1] if report.product.kind == "v.J" else None
        given = [[code(v or name), array(data, view)] for name, data in report.product.given.items()]
        yield from table([plain(v or "u of"), "value"], given)
        yield ""
        found = [
            [code(name), code(arrays.shape_label(data)), array(data, view)]
            for name, data in report.product.found.items()
        ]
        yield from table([plain(product_name(report.product, report)), "shape", "value"], found)
        yield ""
    if isinstance(report, HessianReport) and report.spectrum is not None:
        yield from table(
            ["Hessian", ""], [[name, plain(w)] for name, w in spectrum_words(report.spectrum, view).items()]
        )
        yield ""
    for line in verdict_lines(report, view, noun(report)):
        yield plain("".join(piece for piece, _ in line).strip()) + "  "


def _table(block: Block, report: MatrixReport, view: View) -> Iterator[str]:
    matrix = block.matrix
    if not matrix.size or (max(matrix.shape) > MOST and not view.full):
        yield array(block.data, view)
        return
    of = block.of or report.names[0]
    texts = np.array(display_texts(matrix, view.precision), dtype=object).reshape(matrix.shape)
    rows = [[code(place), *row] for place, row in zip(places(of, block.rows), texts.tolist(), strict=True)]
    yield from table(["", *(code(place) for place in places(block.by, block.columns))], rows)
