"""Entries picked by other arrays: rows by position, entries by a mask."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import DomainError, ShapeError
from autograd_core.ops import batching
from autograd_core.ops.along_axis import choose, stands_at, whole_positions
from autograd_core.ops.arguments import axis_index, axis_param, integer, lengths
from autograd_core.ops.effort import entries
from autograd_core.ops.move import index_key
from autograd_core.ops.notation import value_text
from autograd_core.ops.registry import composite, op, operation
from autograd_core.ops.spec import ATOM, Notation, Param, Shape, sample, sp


def _bracketed(**_params: Any) -> Notation:
    return ATOM, [(0, ATOM), "[", (1, 0), "]"]


def _rows_shape(x: Shape, indices: Shape) -> Shape:
    if not x:
        raise ShapeError("0 indices fit {0}: it is a scalar", code="AG305")
    return indices + x[1:]


def _rows_symbolic(x: Any, indices: Any) -> Any:
    found = np.empty(indices.shape + x.shape[1:], object)
    for where in np.ndindex(*found.shape):
        lead, rest = where[: indices.ndim], where[indices.ndim :]
        found[where] = choose(x[(slice(None), *rest)], indices[lead])
    return found


take_rows = operation(
    "take_rows",
    doc="Rows picked by an array of positions, x[indices]; repeated positions add their gradients.",
    group="shape",
    exports={"torch": "{0:p}[{1:p}.long()]", "numpy": "{0:p}[np.asarray({1}).astype(int)]"},
    operands=("x", "indices"),
    forward=lambda x, indices: x[whole_positions(indices, x.shape[0])],
    work=entries(10),
    vjps=(lambda g, _y, _x, indices: op.scatter_rows(g, indices, shape=_x.shape), None),
    shape=_rows_shape,
    symbolic=_rows_symbolic,
    batch=batching.on_first_axes,
    node="IndexBackward0",
    linear="jointly",
    text=_bracketed,
    latex=lambda: (ATOM, [(0, ATOM), "_{", (1, 0), "}"]),
    samples=(sample((3,), [2, 0, 0]), sample((2, 3), [[0, 1], [-1, 0]]), sample((3,), 1.0)),
)


def _scatter_rows(x: Any, indices: Any, shape: Shape) -> Any:
    out = np.zeros(shape, x.dtype)
    np.add.at(out, whole_positions(indices, shape[0]), x)
    return out


def _scatter_rows_symbolic(x: Any, indices: Any, shape: Shape) -> Any:
    found = np.empty(shape, object)
    for where in np.ndindex(*shape):
        rows = [(x[(*lead, *where[1:])], indices[lead]) for lead in np.ndindex(*indices.shape)]
        found[where] = sum(value * stands_at(position, where[0], shape[0]) for value, position in rows)
    return found


def _scatter_rows_shape(x: Shape, indices: Shape, shape: Shape) -> Shape:
    if _rows_shape(shape, indices) != x:
        raise ShapeError(f"{{0}} does not fit the rows {{1}} of shape {shape}", code="AG305")
    return shape


scatter_rows = operation(
    "scatter_rows",
    doc="Zeros of a shape with rows added at positions: what x[indices] pulls back.",
    group="shape",
    operands=("x", "indices"),
    params=(Param("shape", lengths),),
    forward=_scatter_rows,
    work=entries(10),
    vjps=(lambda g, _y, _x, indices, shape: op.take_rows(g, indices), None),
    shape=_scatter_rows_shape,
    symbolic=_scatter_rows_symbolic,
    batch=batching.on_first_axes,
    node="IndexPutBackward0",
    linear="jointly",
    samples=(sample((3, 2), [0, 0, 1], shape=(2, 2)), sample((2,), [-1, 0], shape=(3,))),
)


def _take(x: Any, indices: Any, axis: int | None) -> Any:
    if axis is None:
        x, axis = op.ravel(x), 0
    place = axis_index(axis, len(x.shape))
    if isinstance(indices, (int, float, list, tuple)):
        picked = int(indices) if isinstance(indices, float) and indices.is_integer() else indices
        return op.index(x, key=(slice(None),) * place + index_key((picked,)))
    rows = op.take_rows(op.moveaxis(x, source=place, destination=0) if place else x, indices)
    many = len(indices.shape)
    if not place:
        return rows
    order = (*range(many, many + place), *range(many), *range(many + place, len(rows.shape)))
    return op.transpose(rows, axes=order)


composite(
    "take",
    _take,
    doc="Entries picked by position along an axis, or out of all entries in one row.",
    group="shape",
    operands=("x", "indices"),
    params=(axis_param(),),
    aliases=("index_select",),
    method=True,
    samples=(
        sample((3,), [2, 0, 0], axis=None),
        sample((2, 3), [[0, 5], [1, 1]], axis=None),
        sample((2, 3, 2), [[2, 0], [1, 1]], axis=1),
    ),
)


def _masked_shape(x: Shape, mask: Shape, count: int) -> Shape:
    if x[: len(mask)] != mask:
        raise ShapeError(
            "the mask {1} does not fit {0}: it must have the same shape",
            code="AG305",
            hint="x[x > 0], or where(mask, x, 0)",
        )
    if not 0 <= count <= math.prod(mask):
        raise ShapeError(f"the mask {{1}} cannot hold in {count} places", code="AG305")
    return (count, *x[len(mask) :])


def _holds(mask: Any, count: int) -> Any:
    found = np.asarray(mask) != 0
    many = int(np.count_nonzero(found))
    if many != count:
        raise DomainError(f"the mask {{1}} holds in {many} places, not in {count} as when this was built", code="AG305")
    return found


def _picked(mask: Any, count: int) -> list[dict[Any, Any]]:
    """For SymPy: for each picked place, and each entry, 1 where the entry is picked for this place, else 0.

    An entry's place is the number of entries picked before it; Lagrange's polynomial tells it from the other places.
    """
    sympy = sp()
    chosen: list[dict[Any, Any]] = [{} for _ in range(count)]
    before: Any = sympy.Integer(0)
    for where in np.ndindex(*mask.shape):
        holds = sympy.Piecewise((sympy.Integer(1), sympy.Ne(mask[where], 0)), (sympy.Integer(0), True))
        for k in range(count):
            others = [m for m in range(mask.size) if m != k]
            weight = math.prod((before - m for m in others), start=sympy.Integer(1))
            chosen[k][where] = holds * weight / math.prod(k - m for m in others)
        before = before + holds
    return chosen


def _masked_symbolic(x: Any, mask: Any, count: int) -> Any:
    found = np.empty((count, *x.shape[mask.ndim :]), object)
    for k, weights in enumerate(_picked(mask, count)):
        for rest in np.ndindex(*found.shape[1:]):
            found[(k, *rest)] = sum(weight * x[(*where, *rest)] for where, weight in weights.items())
    return found


masked_select = operation(
    "masked_select",
    doc="The entries where a mask holds, x[x > 0], in one row; their number is fixed when the expression is read.",
    example="x[x > 0]",
    group="shape",
    exports={"torch": "{0:p}[{1:p} != 0]", "numpy": "{0:p}[np.asarray({1}) != 0]"},
    operands=("x", "mask"),
    params=(Param("count", integer),),
    forward=lambda x, mask, count: x[_holds(mask, count)],
    vjps=(lambda g, _y, _x, mask, count: op.masked_scatter(g, mask, shape=_x.shape), None),
    shape=_masked_shape,
    symbolic=_masked_symbolic,
    batch=batching.on_first_axes,
    node="IndexBackward0",
    linear="jointly",
    text=_bracketed,
    latex=lambda count: (ATOM, [(0, ATOM), "_{", (1, 0), "}"]),
    samples=(
        sample((4,), [1, 0, 0, 1], count=2),
        sample((2, 3), [[1, 0, 0], [1, 1, 0]], count=3),
        sample((2, 3), [0, 1], count=1),
        sample((2,), [0, 0], count=0),
    ),
)


def _masked_scatter(x: Any, mask: Any, shape: Shape) -> Any:
    out = np.zeros(shape, x.dtype)
    out[_holds(mask, x.shape[0])] = x
    return out


def _masked_scatter_shape(x: Shape, mask: Shape, shape: Shape) -> Shape:
    if not x or _masked_shape(shape, mask, x[0]) != x:
        raise ShapeError(f"{{0}} does not fit the mask {{1}} of shape {shape}", code="AG305")
    return shape


def _masked_scatter_symbolic(x: Any, mask: Any, shape: Shape) -> Any:
    found = np.full(shape, sp().Integer(0), object)
    for k, weights in enumerate(_picked(mask, x.shape[0])):
        for where, weight in weights.items():
            for rest in np.ndindex(*shape[mask.ndim :]):
                found[(*where, *rest)] += weight * x[(k, *rest)]
    return found


masked_scatter = operation(
    "masked_scatter",
    doc="Zeros of a shape with entries put where a mask holds: what x[mask] pulls back.",
    group="shape",
    operands=("x", "mask"),
    params=(Param("shape", lengths),),
    forward=_masked_scatter,
    vjps=(lambda g, _y, _x, mask, shape: op.masked_select(g, mask, count=_x.shape[0]), None),
    shape=_masked_scatter_shape,
    symbolic=_masked_scatter_symbolic,
    batch=batching.on_first_axes,
    node="MaskedScatterBackward0",
    linear="jointly",
    text=lambda shape: (ATOM, ["masked_scatter(", (0, 0), ", ", (1, 0), f", {value_text(shape)})"]),
    samples=(sample((2,), [1, 0, 0, 1], shape=(4,)), sample((3,), [[1, 0, 0], [1, 1, 0]], shape=(2, 3))),
)
