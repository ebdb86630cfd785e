"""Entries in order: sort and argsort."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.errors import LimitError, ShapeError, counted
from autograd_core.ops import batching
from autograd_core.ops.arguments import axis_index, flag, integer, optional_integer
from autograd_core.ops.registry import Family, op
from autograd_core.ops.spec import Kink, Param, Shape, sample, sp

SHAPES = Family("shape", method=True)

AXIS = Param("axis", optional_integer, -1, ("dim",))
DESCENDING = Param("descending", flag, False)
MAX_RANKED = 8
"""Entries of which SymPy is told the rank of each."""


def _order(x: Any, axis: int | None, descending: bool) -> Any:
    """The positions that sort ``x``; equal entries keep their order, nan counts as the largest, as in PyTorch."""
    if axis is None:
        x, axis = np.ravel(x), 0
    if not descending:
        return np.argsort(x, axis, kind="stable")
    back = np.argsort(np.flip(x, axis), axis, kind="stable")
    return x.shape[axis] - 1 - np.flip(back, axis)


def _sorted(x: Any, axis: int | None, descending: bool) -> Any:
    order = _order(x, axis, descending)
    return np.ravel(x)[order] if axis is None else np.take_along_axis(x, order, axis)


def _sorted_shape(x: Shape, axis: int | None, descending: bool) -> Shape:
    if axis is None:
        return (math.prod(x),)
    axis_index(axis, len(x))
    return x


def _by_rank(x: Any, axis: int | None, descending: bool, value: Any) -> Any:
    """For each place ``value(row, j)`` of the entry j whose rank is that place.

    The rank counts the entries that come before; the polynomial of Lagrange that is 1 at one rank and 0 at all others
    picks the entry, so that SymPy has no nested conditions to simplify.
    """
    sympy = sp()
    if axis is None:
        x, axis = np.ravel(x), 0
    n = x.shape[axis]
    if n > MAX_RANKED:
        raise LimitError(f"sorting {n} names is too much for SymPy; the limit is {MAX_RANKED}", code="AG801")

    def comes_before(row: Any, i: int, j: int) -> Any:
        strict = (sympy.Gt, sympy.Ge) if descending else (sympy.Lt, sympy.Le)
        return sympy.Piecewise((sympy.Integer(1), strict[i < j](row[i], row[j])), (sympy.Integer(0), True))

    def along(row: Any) -> Any:
        ranks = [sum(comes_before(row, i, j) for i in range(n) if i != j) for j in range(n)]
        found = np.empty(n, object)
        for k in range(n):
            others = [m for m in range(n) if m != k]
            below = math.prod(k - m for m in others)
            picks = [math.prod((rank - m for m in others), start=sympy.Integer(1)) / below for rank in ranks]
            found[k] = sum(value(row, j) * pick for j, pick in enumerate(picks))
        return found

    return np.apply_along_axis(along, axis, x) if x.size else x


def _unsorted(g: Any, _y: Any, x: Any, axis: int | None, descending: bool) -> Any:
    place = -1 if axis is None else axis
    rank = op.argsort(op.argsort(x, axis=axis, descending=descending), axis=place, descending=False)
    found = op.take_along_axis(g, rank, axis=place)
    return op.reshape(found, shape=x.shape) if axis is None and x.ndim != 1 else found


def _ties(x: Any, axis: int | None, descending: bool) -> Any:
    y = np.moveaxis(_sorted(x, axis, descending), 0 if axis is None else axis, -1)
    same = y[..., 1:] == y[..., :-1]
    tied = np.zeros(y.shape, bool)
    tied[..., 1:] |= same
    tied[..., :-1] |= same
    return np.moveaxis(tied, -1, 0 if axis is None else axis)


def _sorted_in_torch(name: str, part: str) -> Callable[..., str | None]:
    """PyTorch's function along one axis; it does not flatten."""

    def spelled(axis: int | None, descending: bool) -> str | None:
        return None if axis is None else f"torch.{name}({{0}}, dim={axis}<, descending={{descending}}>){part}"

    return spelled


def _sort_in_parts(x: Any, axis: int | None, descending: bool) -> Any:
    if not x.shape:
        return None
    if axis is None:
        x, axis = op.reshape(x, shape=(-1,)), 0
    order = op.detach(op.argsort(op.detach(x), axis=axis, descending=descending))
    return op.take_along_axis(x, order, axis=axis)


SHAPES.operation(
    "sort",
    "Entries in rising order along an axis, falling with descending=True; axis=None sorts all in one row.",
    exports={
        "torch": _sorted_in_torch("sort", ".values"),
        "jax": "jnp.sort({0}, axis={axis}<, descending={descending}>)",
        "numpy": None,
    },
    params=(AXIS, DESCENDING),
    aliases=("msort",),
    pairs="always",
    forward=_sorted,
    definition=_sort_in_parts,
    vjps=(_unsorted,),
    shape=_sorted_shape,
    symbolic=lambda x, axis, descending: _by_rank(x, axis, descending, lambda row, j: row[j]),
    batch=batching.along_row,
    kinks=(Kink(_ties, "the gradient of its place for each entry, equal ones in their order"),),
    samples=(sample((4,)), sample((2, 3), axis=0, descending=True), sample((2, 3), axis=None)),
)


def _topk(x: Any, k: int, axis: int, largest: bool, sorted: bool) -> Any:
    place = axis_index(axis, len(x.shape))
    if not 0 <= k <= x.shape[place]:
        raise ShapeError(f"topk: k is {k}, there are {counted(x.shape[place], 'entry', 'entries')} along axis {axis}")
    falling = op.sort(x, axis=place, descending=largest)
    return op.index(falling, key=(slice(None),) * place + (slice(0, k),))


SHAPES.composite(
    "topk",
    "The k largest entries along an axis in falling order, or the smallest in rising order with largest=False.",
    _topk,
    params=(
        Param("k", integer),
        Param("axis", integer, -1, ("dim",)),
        Param("largest", flag, True),
        Param("sorted", flag, True),
    ),
    pairs="always",
    samples=(sample((4,), k=2), sample((3, 2), k=2, axis=0, largest=False)),
)
SHAPES.operation(
    "argsort",
    "The positions of the entries in rising order; passes no gradient.",
    exports={
        "torch": _sorted_in_torch("argsort", ".to({0:p}.dtype)"),
        "jax": "jnp.argsort({0}, axis={axis}<, descending={descending}>).astype({0:p}.dtype)",
        "numpy": None,
    },
    params=(AXIS, DESCENDING),
    forward=lambda x, axis, descending: _order(x, axis, descending).astype(x.dtype),
    vjps=(None,),
    shape=_sorted_shape,
    symbolic=lambda x, axis, descending: _by_rank(x, axis, descending, lambda _row, j: sp().Integer(j)),
    batch=batching.along_row,
    samples=(sample((4,)), sample((2, 3), axis=None, descending=True)),
)
