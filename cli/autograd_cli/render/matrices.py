"""Jacobians and Hessians for people: each block a matrix with its rows and columns named, then what it is like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

import numpy as np

from autograd_cli.columns import fold
from autograd_cli.render import arrays
from autograd_cli.render.grid import Cell, Grid
from autograd_cli.render.heading import heading, value_room
from autograd_cli.render.ink import FORMULA, STRONG, Line, clean, folded, glyphs, paint, spaced
from autograd_cli.render.numbers import Array, display, display_texts
from autograd_cli.render.verdict import check_words, verdict_lines
from autograd_cli.render.view import View
from autograd_core.matrices.report import Block, HessianReport, MatrixReport, Product, Spectrum
from autograd_core.report import shape_text

MOST = 12
"""Rows and columns up to which a matrix is shown with names, unless everything is asked for."""


def write_table(report: MatrixReport, view: View, stream: TextIO) -> None:
    """Write everything a person wants to see."""
    paint(table_lines(report, view), view, stream)


def noun(report: MatrixReport) -> str:
    """What the entries of a report are entries of."""
    if report.product is not None:
        return product_name(report.product, report)
    return "Hessian" if isinstance(report, HessianReport) else "Jacobian"


def product_name(product: Product, report: MatrixReport) -> str:
    """What a product is called: ``v.J`` with the name that v has, ``J.u``, ``H.u``."""
    return f"{report.names[1]}.J" if product.kind == "v.J" else product.kind


def table_lines(report: MatrixReport, view: View) -> Iterator[Line]:
    """The styled lines of the whole report, its parts with air between them."""
    parts: list[Iterable[Line]] = [
        heading(report.expression, arrays.lines(report.result.data, view, value_room(view)), view)
    ]
    if report.product is not None:
        parts += [_given(report.product, report, view), _product(report, view)]
    else:
        parts += [_block(block, report, view) for block in shown(report)]
    if isinstance(report, HessianReport):
        if report.product is None and len(shown(report)) < len(report.blocks):
            words = "The blocks below the diagonal are the transposes of those above."
            parts.append(folded([(words, "")], view.width))
        if report.spectrum is not None:
            parts.append(spectrum_lines(report.spectrum, view))
    parts.append(each for line in verdict_lines(report, view, noun(report)) for each in folded(line, view.width, 2))
    yield from spaced(parts)


def shown(report: MatrixReport) -> list[Block]:
    """The blocks worth showing: of a symmetric matrix those on and above the diagonal."""
    if not isinstance(report, HessianReport) or report.spectrum is None or not report.spectrum.symmetric:
        return list(report.blocks)
    names = list(dict.fromkeys(block.by for block in report.blocks))
    return [block for block in report.blocks if names.index(block.of or "") <= names.index(block.by)]


def title(block: Block, report: MatrixReport, view: View) -> str:
    """What a block holds: ``∂f/∂x``, ``∂²f/∂x∂y``."""
    f = report.names[0]
    d, square = ("d", "2") if view.ascii else ("∂", "²")
    by = clean(block.by, view)
    if block.of is None:
        return f"{d}{f}/{d}{by}"
    of = clean(block.of, view)
    under = f"{d}{of}{square}" if of == by else f"{d}{of}{d}{by}"
    return f"{d}{square}{f}/{under}"


def _block(block: Block, report: MatrixReport, view: View) -> Iterator[Line]:
    """The title with the shapes and the check, the matrix, its formula."""
    head: Line = [(title(block, report, view), STRONG)]
    if block.rows or block.columns:
        head.append((f"  {shape_text(block.rows)} by {shape_text(block.columns)}", ""))
    if block.data.shape == ():
        head += [(" = ", ""), (display_texts(block.data, view.precision)[0], STRONG)]
    head += [("  ", ""), *check_words(block.check, view)]
    yield from folded(head, view.width, 2)
    if block.data.shape != ():
        yield from _matrix(block, report, view)
    if block.formula is not None:
        label = "formula  " if "; " in block.formula else "= "
        room = None if view.width is None else max(view.width - len(label), 1)
        for number, row in enumerate(fold(clean(block.formula, view), room)):
            yield [(label if number == 0 else " " * len(label), ""), (row, FORMULA)]
    elif block.formula_reason is not None and view.formula:
        yield from folded([(f"no formula: {clean(block.formula_reason, view)}", "")], view.width, 2)


def _matrix(block: Block, report: MatrixReport, view: View) -> Iterator[Line]:
    """The entries in a grid with names, or as an array where there are too many of them."""
    matrix = block.matrix
    named = max(matrix.shape, default=0) <= MOST or view.full
    if named and matrix.size:
        of = block.of or report.names[0]
        texts = np.array(display_texts(matrix, view.precision), dtype=object).reshape(matrix.shape)
        grid = Grid(["", *places(clean(block.by, view), block.columns)])
        widths = [max(map(len, texts[:, column])) for column in range(matrix.shape[1])]
        for place, row in zip(places(clean(of, view), block.rows), texts, strict=True):
            cells: list[Cell] = [[[(text.rjust(width), "")]] for text, width in zip(row, widths, strict=True)]
            grid.rows.append([[[(place, STRONG)]], *cells])
        if view.width is None or grid.width() <= view.width:
            yield from grid.lines(view)
            return
    for line in arrays.lines(block.data, view, view.width):
        yield [(line, "")]


def places(name: str, shape: tuple[int, ...]) -> list[str]:
    """The names of all entries of an array: ``x`` alone, or ``x[0]``, ``x[1]``, ..."""
    if not shape:
        return [name]
    return [f"{name}[{','.join(map(str, index))}]" for index in np.ndindex(*shape)]


def _given(product: Product, report: MatrixReport, view: View) -> Iterator[Line]:
    """The v or the u of a product."""
    for name, array in product.given.items():
        start = f"{report.names[1]} = " if product.kind == "v.J" else f"u of {clean(name, view)} = "
        room = None if view.width is None else max(view.width - len(start), 1)
        for number, row in enumerate(arrays.lines(array, view, room)):
            yield [(start if number == 0 else " " * len(start), ""), (row, "")]
    still = [clean(name, view) for name in product.still]
    if still:
        yield from folded([(f"{', '.join(still)} {'does' if len(still) == 1 else 'do'} not move", "")], view.width)


def _product(report: MatrixReport, view: View) -> Iterator[Line]:
    """Each part of a product with its check."""
    product = report.product
    assert product is not None
    for name, array in product.found.items():
        kind = product_name(product, report)
        label = kind if name == product.kind else f"{kind} by {clean(name, view)}"
        head: Line = [(label, STRONG), (f"  {arrays.shape_label(array)}  ", "")]
        yield from folded([*head, *check_words(product.checks.get(name), view)], view.width, 2)
        room = None if view.width is None else max(view.width - 2, 1)
        for row in arrays.lines(array, view, room):
            yield [("  ", ""), (row, STRONG)]


def spectrum_lines(spectrum: Spectrum, view: View) -> Iterator[Line]:
    """Whether the matrix is symmetric and definite, its eigenvalues and its condition number."""
    for label, words in spectrum_words(spectrum, view).items():
        room = None if view.width is None else max(view.width - len(label) - 2, 1)
        for number, row in enumerate(fold(words, room)):
            yield [(f"{label}  " if number == 0 else " " * (len(label) + 2), ""), (row, STRONG)]


def spectrum_words(spectrum: Spectrum, view: View) -> Mapping[str, str]:
    """The findings by what they are called."""
    found: dict[str, str] = {}
    asymmetry = display(spectrum.asymmetry, view.precision)
    if spectrum.symmetric:
        found["symmetric"] = f"yes, to {asymmetry}" if spectrum.asymmetry else "yes"
    else:
        found["symmetric"] = f"no: two entries differ by {asymmetry}"
    if spectrum.definite is not None:
        found["definiteness"] = spectrum.definite
    if spectrum.eigenvalues is not None:
        found["eigenvalues"] = _numbers(spectrum.eigenvalues, view)
    if spectrum.condition is not None:
        found["condition number"] = display(spectrum.condition, view.precision)
    return found


def _numbers(values: Array, view: View) -> str:
    """Numbers in a row; of many the first and the last."""
    texts = display_texts(values, view.precision)
    if len(texts) > MOST and not view.full:
        texts = [*texts[:4], glyphs(view).gap, *texts[-4:]]
    return ", ".join(texts)
