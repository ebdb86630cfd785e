"""Entries picked by arrays of positions, along an axis or as rows, and by masks; and put back where they were."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import DomainError, ShapeError, counted
from autograd_core.ops import batching
from autograd_core.ops.indexing import index_key, positions_of, put_back
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import axis_index, axis_param, integer, lengths
from autograd_core.ops.spec import ATOM, Notation, Param, Shape, broadcast_shapes, value_text

SHAPES = Family("shape", operands=("x", "indices"), linear="jointly", batch=batching.moving)


def whole_positions(indices: Any, size: int) -> Any:
    """Positions given as floats, as integers from 0.

    Raises DomainError for a fraction or a position that does not exist.
    """
    values = np.asarray(indices, dtype=np.float64)
    found = np.where(np.isfinite(values), values, -1).astype(np.intp)
    wrong = found != values
    if wrong.any():
        raise DomainError(
            f"an index must be a whole number: {{1}} holds {float(values[wrong].flat[0])!r}", code="AG305"
        )
    outside = (found < -size) | (found >= size)
    if outside.any():
        raise DomainError(
            f"index {int(found[outside].flat[0])} of {{1}} is out of bounds of {{0}}: indices go from "
            f"{positions_of(size)}",
            code="AG305",
        )
    return np.where(found < 0, found + size, found)


def _picks(sympy: Any, positions: Any, size: int) -> Any:
    """For SymPy, in a new last axis: 1 at the place that a position, a name or a number, means, 0 elsewhere."""

    def stands_at(position: Any, place: int) -> Any:
        if isinstance(position, (int, float)):
            return sympy.Integer(int(int(position) % size == place))
        cases = [(sympy.Integer(1), sympy.Eq(position, here)) for here in (place, place - size)]
        return sympy.Add(*[sympy.Piecewise(case, (sympy.Integer(0), True)) for case in cases])

    return np.frompyfunc(stands_at, 2, 1)(np.asarray(positions, dtype=object)[..., None], np.arange(size))


def _along_grid(x: Any, indices: Any, axis: int) -> tuple[Any, ...]:
    """Index arrays that address one entry of ``x`` for each entry of the result."""
    place = axis % x.ndim
    shape = _along_shape(x.shape, indices.shape, axis)
    grid = list(np.ix_(*[np.arange(n) for n in shape]))
    positions = whole_positions(indices, x.shape[place])
    full = [np.zeros_like(grid[i]) if x.shape[i] == 1 and i != place else grid[i] for i in range(x.ndim)]
    full[place] = positions
    return tuple(full)


def _along_shape(x: Shape, indices: Shape, axis: int) -> Shape:
    place = axis_index(axis, len(x))
    if len(indices) != len(x):
        raise ShapeError(
            f"take_along_axis needs as many axes in both: {{0}} has {len(x)}, {{1}} has {len(indices)}",
            code="AG306",
            hint="take(x, indices, axis) takes whole rows",
        )
    one = (1,)
    rest = broadcast_shapes(x[:place] + one + x[place + 1 :], indices[:place] + one + indices[place + 1 :])
    return rest[:place] + indices[place : place + 1] + rest[place + 1 :]


def _along_symbolic(sympy: Any, x: Any, indices: Any, axis: int) -> Any:
    shape, place = _along_shape(x.shape, indices.shape, axis), axis % x.ndim
    rows = np.moveaxis(np.broadcast_to(x, (*shape[:place], x.shape[place], *shape[place + 1 :])), place, -1)
    picks = _picks(sympy, np.moveaxis(np.broadcast_to(indices, shape), place, -1), x.shape[place])
    return np.moveaxis((picks @ rows[..., None])[..., 0], -1, place)


def _along_vjp(g: Any, _y: Any, _x: Any, indices: Any, axis: int) -> Any:
    wide = list(_y.shape)
    wide[axis] = _x.shape[axis]
    return op.scatter_along_axis(g, indices, shape=tuple(wide), axis=axis)


SHAPES.operation(
    "take_along_axis|take_along_dim",
    "Entries picked along an axis by an array of positions.",
    exports={
        "torch": "torch.take_along_dim({0}, {1:p}.long(), dim={axis})",
        "numpy": "np.take_along_axis({0}, np.asarray({1}).astype(int), axis={axis})",
    },
    params=(axis_param(-1),),
    method=True,
    forward=lambda x, indices, axis: x[_along_grid(x, indices, axis)],
    vjps=(_along_vjp, None),
    shape=_along_shape,
    symbolic=_along_symbolic,
    node="GatherBackward0",
    samples="3 [0,0,2] axis=0; 2,3 [[1,0,0]] axis=0; 2,3 [[-1,1],[0,0]]; 1,3 [[0],[2]] axis=1",
)


@SHAPES.computed(
    params=(Param("shape", lengths), axis_param(-1)),
    batch=None,
    vjps=(lambda g, _y, _x, indices, shape, axis: op.take_along_axis(g, indices, axis=axis), None),
    shape=put_back(_along_shape, lambda axis: "the positions {1}"),
    node="ScatterAddBackward0",
    samples="3 [0,0,1] shape=[2] axis=0; 2,2 [[-1,1],[0,0]] shape=[2,3] axis=1",
)
def scatter_along_axis(x: Any, indices: Any, shape: Shape, axis: int) -> Any:
    """Zeros of a shape with entries added at positions along an axis: what take_along_axis pulls back."""
    out = np.zeros(shape, x.dtype)
    place = axis % len(shape)
    grid = list(np.ix_(*[np.arange(n) for n in x.shape]))
    grid[place] = whole_positions(indices, shape[place])
    np.add.at(out, tuple(grid), x)
    return out


def _bracketed(**_params: Any) -> Notation:
    return ATOM, [(0, ATOM), "[", (1, 0), "]"]


def _rows_shape(x: Shape, indices: Shape) -> Shape:
    if not x:
        raise ShapeError("0 indices fit {0}: it is a scalar", code="AG305")
    return indices + x[1:]


SHAPES.operation(
    "take_rows",
    "Rows picked by an array of positions, x[indices]; repeated positions add their gradients.",
    exports={"torch": "{0:p}[{1:p}.long()]", "numpy": "{0:p}[np.asarray({1}).astype(int)]"},
    forward=lambda x, indices: x[whole_positions(indices, x.shape[0])],
    vjps=(lambda g, _y, _x, indices: op.scatter_rows(g, indices, shape=_x.shape), None),
    shape=_rows_shape,
    symbolic=lambda sympy, x, indices: np.tensordot(_picks(sympy, indices, len(x)), x, axes=1),
    node="IndexBackward0",
    text=_bracketed,
    latex=lambda: (ATOM, [(0, ATOM), "_{", (1, 0), "}"]),
    samples="3 [2,0,0]; 2,3 [[0,1],[-1,0]]; 3 1.0",
)


@SHAPES.computed(
    params=(Param("shape", lengths),),
    batch=None,
    vjps=(lambda g, _y, _x, indices, shape: op.take_rows(g, indices), None),
    shape=put_back(_rows_shape, lambda: "the rows {1}"),
    node="IndexPutBackward0",
    samples="3,2 [0,0,1] shape=[2,2]; 2 [-1,0] shape=[3]",
)
def scatter_rows(x: Any, indices: Any, shape: Shape) -> Any:
    """Zeros of a shape with rows added at positions: what x[indices] pulls back."""
    out = np.zeros(shape, x.dtype)
    np.add.at(out, whole_positions(indices, shape[0]), x)
    return out


@SHAPES.function(
    "index_select",
    params=(axis_param(),),
    method=True,
    samples="3 [2,0,0]; 2,3 [[0,5],[1,1]]; 2,3,2 [[2,0],[1,1]] axis=1",
)
def take(x: Any, indices: Any, axis: int | None) -> Any:
    """Entries picked by position along an axis, or out of all entries in one row."""
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
        raise DomainError(
            f"the mask {{1}} holds in {counted(many, 'place')}, not in {count} as when this was built",
            code="AG305",
            hint="where(mask, x, 0) in place of x[mask] has as many entries for all numbers",
        )
    return found


def _picked(sympy: Any, mask: Any, count: int) -> Any:
    """For SymPy: for each picked place, and each entry, 1 where the entry is picked for this place, else 0.

    An entry's place is the number of entries picked before it; Lagrange's polynomial tells it from the other places.
    """
    chosen = np.empty((count, *mask.shape), object)
    before: Any = sympy.Integer(0)
    for where in np.ndindex(*mask.shape):
        holds = sympy.Piecewise((sympy.Integer(1), sympy.Ne(mask[where], 0)), (sympy.Integer(0), True))
        for k in range(count):
            others = [m for m in range(mask.size) if m != k]
            weight = math.prod((before - m for m in others), start=sympy.Integer(1))
            chosen[(k, *where)] = holds * weight / math.prod(k - m for m in others)
        before = before + holds
    return chosen


SHAPES.operation(
    "masked_select",
    "The entries where a mask holds, x[x > 0], in one row; their number is fixed when the expression is read.",
    exports={"torch": "{0:p}[{1:p} != 0]", "numpy": "{0:p}[np.asarray({1}) != 0]"},
    operands=("x", "mask"),
    params=(Param("count", integer),),
    forward=lambda x, mask, count: x[_holds(mask, count)],
    vjps=(lambda g, _y, _x, mask, count: op.masked_scatter(g, mask, shape=_x.shape), None),
    shape=_masked_shape,
    symbolic=lambda sympy, x, mask, count: np.tensordot(_picked(sympy, mask, count), x, axes=mask.ndim),
    node="IndexBackward0",
    text=_bracketed,
    latex=lambda count: (ATOM, [(0, ATOM), "_{", (1, 0), "}"]),
    samples="4 [1,0,0,1] count=2 as x[x > 0]; 2,3 [[1,0,0],[1,1,0]] count=3; 2,3 [0,1] count=1; 2 [0,0] count=0",
)


def _masked_scatter_shape(x: Shape, mask: Shape, shape: Shape) -> Shape:
    if not x or _masked_shape(shape, mask, x[0]) != x:
        raise ShapeError(f"{{0}} does not fit the mask {{1}} of shape {shape}", code="AG305")
    return shape


@SHAPES.computed(
    operands=("x", "mask"),
    params=(Param("shape", lengths),),
    vjps=(lambda g, _y, _x, mask, shape: op.masked_select(g, mask, count=_x.shape[0]), None),
    shape=_masked_scatter_shape,
    text=lambda shape: (ATOM, ["masked_scatter(", (0, 0), ", ", (1, 0), f", {value_text(shape)})"]),
    samples="2 [1,0,0,1] shape=[4]; 3 [[1,0,0],[1,1,0]] shape=[2,3]",
)
def masked_scatter(x: Any, mask: Any, shape: Shape) -> Any:
    """Zeros of a shape with entries put where a mask holds: what x[mask] pulls back."""
    out = np.zeros(shape, x.dtype)
    out[_holds(mask, x.shape[0])] = x
    return out
