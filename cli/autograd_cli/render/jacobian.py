"""What ``--grad-tensor`` means: v, the Jacobian J, and v.J side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_cli.render import arrays
from autograd_cli.render.grid import Grid
from autograd_cli.render.ink import STRONG, Line, clean, folded
from autograd_cli.render.json import json_numbers
from autograd_cli.render.matrices import places
from autograd_cli.render.numbers import display_texts
from autograd_cli.render.view import View
from autograd_core.formula import bound_names
from autograd_core.report import Report, VectorJacobian

TERMS = 3
"""Terms of the weighted sum that are written before the dots."""


def sentence(report: Report) -> str:
    """The one sentence that says what v does."""
    f, v = bound_names([each.name for each in report.variables])
    entries = places("", report.result.shape)
    terms = [f"{v}{entry}*{f}{entry}" for entry in entries]
    whole = " + ".join(terms if len(terms) <= TERMS + 1 else [*terms[:TERMS], "...", terms[-1]])
    return (
        f"{v} weighs the entries of the result to one number, l = {whole}; the gradient is that of l: "
        f"{v}.J, the rows of J times their {v}, added up."
    )


def jacobian_lines(report: Report, view: View) -> Iterator[Line]:
    """The sentence, then for each input a grid: v beside the rows of J, and v.J below them."""
    assert report.jacobian is not None
    yield from folded([(sentence(report), "")], view.width)
    for variable in report.variables:
        block = report.jacobian.blocks.get(variable.name)
        if block is None:
            continue
        yield []
        grid = _grid(report, report.jacobian, clean(variable.name, view), block, view)
        if view.width is None or grid.width() <= view.width:
            yield from grid.lines(view)
        else:
            yield from _stacked(report.jacobian, clean(variable.name, view), block, view)


def _stacked(found: VectorJacobian, name: str, block: Any, view: View) -> Iterator[Line]:
    """v, the rows of J and v.J one below the other, for narrow terminals."""
    matrix = np.asarray(block).reshape(found.weights.size, -1)
    parts = {"v": found.weights, f"J by {name}": matrix, f"v.J by {name}": _product(found, matrix)}
    for label, array in parts.items():
        yield [(label, STRONG)]
        yield from ([(f"  {row}", "")] for row in arrays.lines(array, view, max((view.width or 80) - 2, 1)))


def _product(found: VectorJacobian, matrix: Any) -> Any:
    with np.errstate(all="ignore"):
        return found.weights.reshape(-1).astype(matrix.dtype) @ matrix


def _grid(report: Report, found: VectorJacobian, name: str, block: Any, view: View) -> Grid:
    f, v = bound_names([each.name for each in report.variables])
    shape = report.result.shape
    matrix = np.asarray(block).reshape(found.weights.size, -1)
    texts = display_texts(np.vstack([matrix, _product(found, matrix)]), view.precision)
    width = matrix.shape[1]
    rows = [texts[start : start + width] for start in range(0, len(texts), width)] if width else []
    widths = [max(len(row[column]) for row in rows) for column in range(width)]
    grid = Grid([v, "J", *places(name, np.shape(block)[len(shape) :])])
    weights = [*display_texts(found.weights, view.precision), ""]
    labels = [*places(f, shape), f"{v}.J"]
    for weight, label, row in zip(weights, labels, rows, strict=True):
        cells = [[[(text.rjust(size), STRONG if not weight else "")]] for text, size in zip(row, widths, strict=True)]
        grid.rows.append([[[(weight, "")]], [[(label, STRONG)]], *cells])
    return grid


def jacobian_document(found: VectorJacobian) -> dict[str, Any]:
    """The weights and the blocks for JSON."""
    return {"v": json_numbers(found.weights), "J": {name: json_numbers(block) for name, block in found.blocks.items()}}
