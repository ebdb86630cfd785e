"""What ``--grad-tensor`` means: v, the Jacobian J, and v.J side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_cli.render import arrays
from autograd_cli.render.grid import Grid
from autograd_cli.render.ink import STRONG, Line, clean, folded
from autograd_cli.render.matrices import places
from autograd_cli.render.numbers import Array, display_texts, json_numbers
from autograd_cli.render.view import View
from autograd_core.report import Report, VectorJacobian

TERMS = 3
"""Terms of the weighted sum that are written before the dots."""


def sentence(report: Report) -> str:
    """The one sentence that says what v does."""
    f, v = report.names
    entries = places("", report.result.shape)
    terms = [f"{v}{entry}*{f}{entry}" for entry in entries]
    whole = " + ".join(terms if len(terms) <= TERMS + 1 else [*terms[:TERMS], "...", terms[-1]]) or "0"
    return (
        f"{v} weighs the entries of the result to one number, l = {whole}; the gradient is that of l: "
        f"{v}.J, the rows of J times their {v}, added up."
    )


def jacobian_lines(report: Report, view: View) -> Iterator[Line]:
    """The sentence, then for each input a grid: v beside the rows of J, and v.J below them."""
    assert report.jacobian is not None
    yield from folded([(sentence(report), "")], view.width)
    for name in (each.name for each in report.variables if each.name in report.jacobian.blocks):
        yield []
        grid = _grid(report, report.jacobian, name, view)
        if view.width is None or grid.width() <= view.width:
            yield from grid.lines(view)
        else:
            yield from _stacked(report, report.jacobian, name, view)


def _stacked(report: Report, found: VectorJacobian, name: str, view: View) -> Iterator[Line]:
    """v, the rows of J and v.J one below the other, for narrow terminals."""
    v, matrix, shown = report.names[1], found.matrix(name), clean(name, view)
    parts = {v: found.weights, f"J by {shown}": matrix, f"{v}.J by {shown}": _product(found, matrix)}
    for label, array in parts.items():
        yield [(label, STRONG)]
        yield from ([(f"  {row}", "")] for row in arrays.lines(array, view, max((view.width or 80) - 2, 1)))


def _product(found: VectorJacobian, matrix: Array) -> Array:
    with np.errstate(all="ignore"):
        product: Array = found.weights.reshape(-1).astype(matrix.dtype) @ matrix
    return product


def _grid(report: Report, found: VectorJacobian, name: str, view: View) -> Grid:
    f, v = report.names
    shape, matrix = report.result.shape, found.matrix(name)
    whole = np.vstack([matrix, _product(found, matrix)])
    texts = np.array(display_texts(whole, view.precision), dtype=object).reshape(whole.shape)
    widths = [max(map(len, column)) for column in texts.T]
    grid = Grid([v, "J", *places(clean(name, view), found.blocks[name].shape[len(shape) :])])
    weights = [*display_texts(found.weights, view.precision), ""]
    labels = [*places(f, shape), f"{v}.J"]
    for weight, label, row in zip(weights, labels, texts, strict=True):
        cells = [[[(text.rjust(size), STRONG if not weight else "")]] for text, size in zip(row, widths, strict=True)]
        grid.rows.append([[[(weight, "")]], [[(label, STRONG)]], *cells])
    return grid


def jacobian_document(found: VectorJacobian) -> dict[str, Any]:
    """The weights and the blocks for JSON."""
    return {"v": json_numbers(found.weights), "J": {name: json_numbers(block) for name, block in found.blocks.items()}}
