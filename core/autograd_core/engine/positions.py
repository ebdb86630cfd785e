"""Functions of tensors along one axis that tell positions, as ``x.max(1)`` values and indices, or that take them."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from autograd_core.errors import AxisError
from autograd_core.ops import registry

ops = registry.op


@cache
def pair(name: str, fields: tuple[str, str] = ("values", "indices")) -> Any:
    """The class of two results of one function, values with their indices, printed as PyTorch does."""

    def text(pair: Any) -> str:
        return f"torch.return_types.{name}(\n{fields[0]}={pair[0]!r},\n{fields[1]}={pair[1]!r})"

    return type(name, (namedtuple("Pair", fields),), {"__repr__": text, "__slots__": ()})


def plain(like: Any, array: Any) -> Any:
    """A tensor without history, of the kind of another."""
    return type(like).over(np.asarray(array))


def axis_of(x: Any, dim: int) -> Any:
    """A non-negative axis.

    Raises AxisError for one that does not exist.
    """
    many = max(x.array.ndim, 1)
    if not -many <= dim < many:
        raise AxisError(
            f"axis {dim} does not exist: the tensor has {x.array.ndim}",
            pytorch=f"Dimension out of range (expected to be in range of [{-many}, {many - 1}], but got {dim})",
        )
    return dim % many


def picked(input: Any, indices: Any, axis: int, keepdim: bool, name: str) -> Any:
    """The entries at one position along an axis for each of the others, by a node of this name."""
    take = replace(ops.index, node=f"{name}Backward0")
    where = list(np.ogrid[tuple([slice(n) for n in input.array.shape])])
    if keepdim:
        where[axis : axis + 1] = [np.expand_dims(indices, axis)]
    else:
        where = [w if i == axis else np.squeeze(w, axis) for i, w in enumerate(where)]
        where[axis : axis + 1] = [np.asarray(indices)]
    return input.__apply_op__(take, (input,), {"key": tuple(where)})


def taken(input: Any, indices: Any, axis: int, name: str) -> Any:
    """Entries by positions along an axis, by a node of this name."""
    take = replace(ops.take_along_axis, node=f"{name}Backward0")
    return input.__apply_op__(take, (input, plain(input, indices)), {"axis": axis})


def extreme(name: str) -> Any:
    """``max`` and ``min``: of all entries, along an axis with the indices, or of two tensors."""
    find = np.argmax if name == "max" else np.argmin

    def call(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
        other = dim if isinstance(dim, type(input)) else other
        if other is not None:
            return getattr(ops, f"{name}imum")(input, other)
        if dim is None:
            return getattr(ops, name)(input, axis=None, keepdims=False)
        axis = axis_of(input, dim)
        if 0 in input.array.shape[axis : axis + 1]:
            words = f"{name}(): Expected reduction dim {axis} to have non-zero size."
            raise AxisError(f"axis {axis} has no entries, so none is the {name}", pytorch=words)
        found = find(input.array, axis=axis) if input.array.ndim else np.int64(0)
        shown = np.expand_dims(found, axis) if keepdim else found
        return pair(name)(picked(input, found, axis, keepdim, name.title()), plain(input, shown))

    return call


def at_place(input: Any, place: Any, dim: int | None, keepdim: bool, name: str) -> tuple[Any, Any]:
    """The entry at ``place(count)`` in the order of all, or of those along an axis, and the position it had."""
    flat = ops.reshape(input, shape=(-1,)) if dim is None else input
    axis = axis_of(flat, 0 if dim is None else dim)
    order = np.argsort(flat.array, axis=axis, kind="stable")
    found = np.take(order, place(flat.array.shape[axis]), axis=axis)
    values = picked(flat, found, axis, keepdim and dim is not None, name)
    return values, np.expand_dims(found, axis) if keepdim else found


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower of the two middle entries of all, or along an axis with its position."""
    values, found = at_place(input, lambda count: (count - 1) // 2, dim, keepdim, "Median")
    return values if dim is None else pair("median")(values, plain(input, found))


def quantile(input: Any, q: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The number with a share ``q`` of the entries below it, on the line between two of them; one for each of many."""
    if np.ndim(getattr(q, "array", q)):
        return ops.stack([quantile(input, each, dim, keepdim) for each in q])
    part = float(q) * ((input.array.size if dim is None else input.array.shape[dim]) - 1)
    low, high = (at_place(input, lambda _, k=k: int(k), dim, keepdim, "Lerp")[0] for k in (part // 1, -(-part // 1)))
    return low + (high - low) * (part % 1)


def ordered(input: Any, dim: int, descending: bool, name: str, count: int | None = None) -> Any:
    """The entries in order along an axis, or so many of the first, with the positions they had."""
    axis = axis_of(input, dim)
    order = np.argsort(-input.array if descending else input.array, axis=axis, kind="stable")
    if count is not None:
        order = np.take(order, np.arange(count), axis=axis)
    return pair(name)(taken(input, order, axis, name.title()), plain(input, order))


def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The entries in order along an axis, with the positions they had."""
    return ordered(input, dim, descending, "sort")


def argsort(input: Any, dim: int = -1, descending: bool = False) -> Any:
    """The positions that put the entries in order."""
    found: Any = sort(input, dim, descending).indices
    return found


def topk(input: Any, k: int, dim: int = -1, largest: bool = True) -> Any:
    """The k largest entries along an axis, with their positions."""
    return ordered(input, dim, largest, "topk", k)


def running(name: str) -> Any:
    """``cummax`` and ``cummin``: the extreme so far, with the position where it was last found."""
    better = np.greater_equal if name == "cummax" else np.less_equal

    def call(input: Any, dim: int) -> Any:
        axis = axis_of(input, dim)
        x = np.moveaxis(input.array, axis, 0)
        found = np.zeros(x.shape, np.int64)
        for i in range(1, len(x)):
            best = np.take_along_axis(x, found[i - 1 : i], 0)[0]
            found[i] = np.where(better(x[i], best) | np.isnan(x[i]), i, found[i - 1])
        order = np.moveaxis(found, 0, axis)
        return pair(name)(taken(input, order, axis, name.title()), plain(input, order))

    return call


def positions_along(input: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """What stands between brackets for positions along one axis, those of each entry along the others."""
    key = list(np.ogrid[tuple(map(slice, index.array.shape))])
    key[axis_of(input, dim)] = index.array
    return tuple(key)


def gather(input: Any, dim: int, index: Any) -> Any:
    """The entries that an array of positions names along an axis."""
    axis = axis_of(input, dim)
    lengths = enumerate(zip(input.array.shape, index.array.shape, strict=False))
    shorter = {i: slice(m) for i, (n, m) in lengths if i != axis and m < n}
    if shorter:
        input = input[tuple([shorter.get(i, slice(None)) for i in range(input.array.ndim)])]
    return ops.take_along_axis(input, index, axis=axis)


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices that positions name along an axis."""
    take = replace(ops.index, node="IndexSelectBackward0")
    key = (slice(None),) * axis_of(input, dim) + (index.array,)
    return input.__apply_op__(take, (input,), {"key": key})


def scatter(input: Any, dim: int, index: Any, src: Any) -> Any:
    """A copy with entries of ``src``, or one number, at the positions along an axis."""
    made = input.clone()
    key = positions_along(input, dim, index)
    made[key] = src[tuple(map(slice, index.array.shape))] if isinstance(src, type(input)) else src
    return made


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """The sum with entries of ``src``, each added at its position along an axis."""
    part = src[tuple(map(slice, index.array.shape))]
    return input + ops.scatter(part, shape=input.array.shape, key=positions_along(input, dim, index))


def index_add(input: Any, dim: int, index: Any, source: Any) -> Any:
    """The sum with slices of ``source``, each added at its position along an axis."""
    key = (slice(None),) * axis_of(input, dim) + (index.array,)
    return input + ops.scatter(source, shape=input.array.shape, key=key)
