"""Entries taken along an axis by position, and put back."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.errors import DomainError, ShapeError
from autograd_core.ops import batching
from autograd_core.ops.arguments import axis_index, integer, lengths
from autograd_core.ops.effort import entries
from autograd_core.ops.registry import op, operation
from autograd_core.ops.spec import Param, Shape, broadcast_shapes, sample, sp


def whole_positions(indices: Any, size: int) -> Any:
    """Positions given as floats, as integers from 0.

    Raises DomainError for a fraction or a position that does not exist.
    """
    values = np.asarray(indices)
    found = np.where(np.isfinite(values), values, -1).astype(np.intp)
    wrong = found != values
    if wrong.any():
        raise DomainError(
            f"an index must be a whole number: {{1}} holds {float(values[wrong].flat[0])!r}", code="AG305"
        )
    outside = (found < -size) | (found >= size)
    if outside.any():
        goes = f"0 to {size - 1}, or from -{size} to -1" if size else "nothing: that axis is empty"
        raise DomainError(
            f"index {int(found[outside].flat[0])} of {{1}} is out of bounds of {{0}}: indices go from {goes}",
            code="AG305",
        )
    return np.where(found < 0, found + size, found)


def stands_at(position: Any, place: int, size: int) -> Any:
    """For SymPy: 1 where ``position``, a name or a number, means ``place`` of ``size``, else 0."""
    sympy = sp()
    if isinstance(position, (int, float)):
        return sympy.Integer(int(int(position) % size == place))
    cases = [(sympy.Integer(1), sympy.Eq(position, here)) for here in (place, place - size)]
    return sympy.Add(*[sympy.Piecewise(case, (sympy.Integer(0), True)) for case in cases])


def choose(options: Any, position: Any) -> Any:
    """The option at a position that SymPy may know by name only."""
    return sum(option * stands_at(position, k, len(options)) for k, option in enumerate(options))


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


def _along_symbolic(x: Any, indices: Any, axis: int) -> Any:
    shape = _along_shape(x.shape, indices.shape, axis)
    place = axis % x.ndim
    full = np.broadcast_to(x, (*shape[:place], x.shape[place], *shape[place + 1 :]))
    wide = np.broadcast_to(indices, shape)
    found = np.empty(shape, object)
    for where in np.ndindex(*shape):
        options = full[(*where[:place], slice(None), *where[place + 1 :])]
        found[where] = choose(options, wide[where])
    return found


def _along_vjp(g: Any, _y: Any, _x: Any, indices: Any, axis: int) -> Any:
    wide = list(_y.shape)
    wide[axis] = _x.shape[axis]
    return op.scatter_along_axis(g, indices, shape=tuple(wide), axis=axis)


take_along_axis = operation(
    "take_along_axis",
    doc="Entries picked along an axis by an array of positions.",
    group="shape",
    exports={
        "torch": "torch.take_along_dim({0}, {1:p}.long(), dim={axis})",
        "numpy": "np.take_along_axis({0}, np.asarray({1}).astype(int), axis={axis})",
    },
    operands=("x", "indices"),
    params=(Param("axis", integer, -1, ("dim",)),),
    aliases=("take_along_dim",),
    method=True,
    forward=lambda x, indices, axis: x[_along_grid(x, indices, axis)],
    work=entries(10),
    vjps=(_along_vjp, None),
    shape=_along_shape,
    symbolic=_along_symbolic,
    batch=batching.picking,
    node="GatherBackward0",
    linear="jointly",
    samples=(
        sample((3,), [0, 0, 2], axis=0),
        sample((2, 3), [[1, 0, 0]], axis=0),
        sample((2, 3), [[-1, 1], [0, 0]], axis=-1),
        sample((1, 3), [[0], [2]], axis=1),
    ),
)


def _scatter_along(x: Any, indices: Any, shape: Shape, axis: int) -> Any:
    out = np.zeros(shape, x.dtype)
    place = axis % len(shape)
    grid = list(np.ix_(*[np.arange(n) for n in x.shape]))
    grid[place] = whole_positions(indices, shape[place])
    np.add.at(out, tuple(grid), x)
    return out


def _scatter_along_symbolic(x: Any, indices: Any, shape: Shape, axis: int) -> Any:
    place = axis % len(shape)
    wide = np.moveaxis(np.broadcast_to(indices, x.shape), place, -1)
    values = np.moveaxis(x, place, -1)
    found = np.empty((*values.shape[:-1], shape[place]), object)
    for where in np.ndindex(*found.shape):
        pairs = zip(values[where[:-1]], wide[where[:-1]], strict=True)
        found[where] = sum(value * stands_at(position, where[-1], shape[place]) for value, position in pairs)
    return np.moveaxis(found, -1, place)


def _scatter_along_shape(x: Shape, indices: Shape, shape: Shape, axis: int) -> Shape:
    if _along_shape(shape, indices, axis) != x:
        raise ShapeError(f"{{0}} does not fit the positions {{1}} of shape {shape}", code="AG305")
    return shape


scatter_along_axis = operation(
    "scatter_along_axis",
    doc="Zeros of a shape with entries added at positions along an axis: what take_along_axis pulls back.",
    group="shape",
    operands=("x", "indices"),
    params=(Param("shape", lengths), Param("axis", integer, -1, ("dim",))),
    forward=_scatter_along,
    work=entries(10),
    vjps=(lambda g, _y, _x, indices, shape, axis: op.take_along_axis(g, indices, axis=axis), None),
    shape=_scatter_along_shape,
    symbolic=_scatter_along_symbolic,
    batch=batching.picking,
    node="ScatterAddBackward0",
    linear="jointly",
    samples=(sample((3,), [0, 0, 1], shape=(2,), axis=0), sample((2, 2), [[-1, 1], [0, 0]], shape=(2, 3), axis=1)),
)
