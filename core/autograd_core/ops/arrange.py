"""Axes added and removed; entries flipped, rolled, repeated and padded."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError
from autograd_core.ops import batching
from autograd_core.ops.arguments import AXES, axis_index, axis_indices, integer, integers, lengths, number, word
from autograd_core.ops.registry import composite, op, operation
from autograd_core.ops.spec import Param, Shape, sample

ALL = slice(None)


def _flatten(x: Any, start: int, end: int) -> Any:
    shape = getattr(x, "shape", ())
    if not shape:
        return op.reshape(x, shape=(1,))
    first, last = axis_index(start, len(shape)), axis_index(end, len(shape))
    if first > last:
        raise ShapeError(f"flatten goes from an earlier axis to a later one, not from {start} to {end}", code="AG303")
    return op.reshape(x, shape=(*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


composite(
    "ravel",
    lambda x: _flatten(x, 0, -1),
    doc="All entries in one row.",
    group="shape",
    method=True,
    samples=(sample((2, 3)), sample(())),
)
composite(
    "flatten",
    lambda x, start_dim, end_dim: _flatten(x, start_dim, end_dim),
    doc="All entries in one row, or the axes from start_dim to end_dim joined into one.",
    group="shape",
    params=(Param("start_dim", integer, 0), Param("end_dim", integer, -1)),
    method=True,
    samples=(sample((2, 3), start_dim=0, end_dim=-1), sample((2, 3, 2), start_dim=1, end_dim=-1)),
)


def _squeezed(x: Shape, axis: tuple[int, ...] | int | None) -> Shape:
    if axis is None:
        return tuple(n for n in x if n != 1)
    gone = axis_indices(axis, len(x))
    for i in gone:
        if x[i] != 1:
            raise ShapeError(f"axis {i} of {{0}} is {x[i]} long; only an axis of length 1 can be removed", code="AG304")
    return tuple(n for i, n in enumerate(x) if i not in gone)


squeeze = operation(
    "squeeze",
    doc="Axes of length 1 removed, all or the given ones.",
    group="shape",
    params=(AXES,),
    method=True,
    forward=lambda x, axis: np.squeeze(x, axis),
    vjps=(
        lambda g, _y, _x, axis: (
            g if not g.shape else op.reshape(g, shape=_x.shape) if axis is None else op.expand_dims(g, axis=axis)
        ),
    ),
    shape=_squeezed,
    batch=batching.removing,
    node=lambda _x, axis: f"SqueezeBackward{0 if axis is None else 2 if isinstance(axis, tuple) else 1}",
    linear="jointly",
    uniform=True,
    samples=(
        sample((1, 3, 1), axis=None),
        sample((1, 3, 1), axis=0),
        sample((1, 3, 1), axis=(0, -1)),
        sample((1, 1), axis=None),
        sample((), axis=None),
    ),
)


def _expanded(x: Shape, axis: tuple[int, ...] | int) -> Shape:
    count = len(axis) if isinstance(axis, tuple) else 1
    ndim = len(x) + count
    try:
        places = axis_indices(axis, ndim)
    except ShapeError as error:
        error.message = error.message.replace("{0} has", "the result would have")
        raise
    rest = iter(x)
    return tuple(1 if i in places else next(rest) for i in range(ndim))


expand_dims = operation(
    "expand_dims",
    doc="A new axis of length 1, or several, at the given places.",
    group="shape",
    params=(Param("axis", integers, spellings=("dim",)),),
    aliases=("unsqueeze",),
    method=True,
    forward=lambda x, axis: np.expand_dims(x, axis),
    vjps=(lambda g, _y, _x, axis: op.squeeze(g, axis=axis) if g.shape else g,),
    shape=_expanded,
    batch=batching.inserting,
    node="UnsqueezeBackward0",
    linear="jointly",
    uniform=True,
    samples=(sample((3,), axis=0), sample((3,), axis=-1), sample((2, 3), axis=(0, -1)), sample((), axis=0)),
)


def _order(ndim: int, source: Any, destination: Any) -> tuple[int, ...]:
    """The order of axes that brings the sources to the destinations and keeps the others as they are."""
    start, end = axis_indices(source, ndim), axis_indices(destination, ndim)
    if len(start) != len(end):
        raise ShapeError(
            f"moveaxis needs as many destinations as sources, not {len(end)} for {len(start)}", code="AG303"
        )
    taken = dict(zip(end, start, strict=True))
    rest = iter(i for i in range(ndim) if i not in start)
    return tuple(taken[i] if i in taken else next(rest) for i in range(ndim))


composite(
    "moveaxis",
    lambda x, source, destination: op.transpose(x, axes=_order(len(x.shape), source, destination)),
    doc="Axes moved to other places; the others keep their order.",
    group="shape",
    params=(Param("source", integers), Param("destination", integers)),
    aliases=("movedim",),
    method=True,
    samples=(sample((2, 3, 4), source=0, destination=-1), sample((2, 3, 4), source=(0, 1), destination=(1, 0))),
)


def _flipped(x: Shape, axis: tuple[int, ...] | int | None) -> Shape:
    axis_indices(axis, len(x))
    return x


flip = operation(
    "flip",
    doc="Entries in reverse order along all axes or the given ones.",
    group="shape",
    params=(AXES,),
    method=True,
    forward=lambda x, axis: np.flip(x, axis),
    vjps=(lambda g, _y, _x, axis: op.flip(g, axis=axis),),
    shape=_flipped,
    batch=batching.along,
    node="FlipBackward0",
    linear="jointly",
    samples=(sample((3,), axis=None), sample((2, 3), axis=1), sample((2, 3, 2), axis=(0, -1)), sample((), axis=None)),
)
for _name, _axis, _words in (("flipud", 0, "The rows of a matrix in reverse"), ("fliplr", 1, "The columns in reverse")):
    composite(
        _name,
        lambda x, _axis=_axis: op.flip(x, axis=_axis),
        doc=f"{_words} order.",
        group="shape",
        method=True,
        samples=(sample((2, 3)),),
    )


def _rolled(x: Shape, shift: Any, axis: Any) -> Shape:
    places = axis_indices(axis, len(x))
    if isinstance(shift, tuple) and (axis is None or len(shift) != len(places)):
        raise ShapeError(f"roll needs one shift for each axis: shift={shift}, axis={axis}", code="AG303")
    return x


roll = operation(
    "roll",
    doc="Entries moved on by a number of places, round the end to the front; without axis as if in one row.",
    group="shape",
    params=(Param("shift", integers, spellings=("shifts",)), AXES),
    method=True,
    forward=lambda x, shift, axis: np.roll(x, shift, axis),
    vjps=(
        lambda g, _y, _x, shift, axis: op.roll(
            g, shift=tuple(-n for n in shift) if isinstance(shift, tuple) else -shift, axis=axis
        ),
    ),
    shape=_rolled,
    node="RollBackward0",
    linear="jointly",
    samples=(
        sample((4,), shift=1, axis=None),
        sample((2, 3), shift=-1, axis=1),
        sample((2, 3), shift=2, axis=None),
        sample((2, 3), shift=(1, 2), axis=(0, 1)),
    ),
)


def _turned(x: Shape, k: int, axes: tuple[int, ...]) -> Shape:
    if len(axes) != 2:
        raise ShapeError(f"rot90 turns in the plane of two axes, not of axes={axes}", code="AG303")
    first, second = axis_indices(axes, len(x))
    turned = list(x)
    if k % 2:
        turned[first], turned[second] = turned[second], turned[first]
    return tuple(turned)


rot90 = operation(
    "rot90",
    doc="A matrix turned by 90 degrees k times, against the clock.",
    group="shape",
    params=(Param("k", integer, 1), Param("axes", lengths, (0, 1), ("dims",))),
    method=True,
    forward=lambda x, k, axes: np.rot90(x, k, axes),
    vjps=(lambda g, _y, _x, k, axes: op.rot90(g, k=-k, axes=axes),),
    shape=_turned,
    node="Rot90Backward0",
    linear="jointly",
    samples=(sample((2, 3), k=1, axes=(0, 1)), sample((2, 3), k=-2, axes=(0, 1)), sample((2, 3, 2), k=3, axes=(1, -1))),
)


def _widths(pad_width: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    """How much is added before and after, for each axis."""
    if isinstance(pad_width, int):
        return ((pad_width, pad_width),) * ndim
    if all(isinstance(width, int) for width in pad_width):
        return ((pad_width[0], pad_width[-1]),) * ndim
    return tuple(pad_width * ndim if len(pad_width) == 1 else pad_width)


def _read_widths(value: Any) -> Any:
    """``1``, ``(1, 2)`` or ``((1, 2), (0, 0))``."""
    if isinstance(value, (tuple, list)) and value and all(isinstance(v, (tuple, list)) for v in value):
        read: Any = tuple(_read_widths(v) for v in value)
        if any(len(pair) != 2 for pair in read):
            raise TypeError("needs pairs (before, after), one for each axis")
        return read
    read = integers(value)
    if isinstance(read, tuple) and len(read) not in (1, 2):
        raise TypeError("must be a number, a pair (before, after), or one pair for each axis: ((1, 1), (0, 2))")
    if min(read if isinstance(read, tuple) else (read,)) < 0:
        raise TypeError("must not be negative; x[1:-1] cuts entries off")
    return read


def _padded(x: Shape, pad_width: Any, mode: str, constant_values: float) -> Shape:
    widths = _widths(pad_width, len(x))
    if len(widths) != len(x):
        raise ShapeError(f"pad_width has {len(widths)} pairs; {{0}} has {len(x)} axes", code="AG303")
    return tuple(before + n + after for n, (before, after) in zip(x, widths, strict=True))


def _inside(g: Any, _y: Any, _x: Any, pad_width: Any, mode: str, constant_values: float) -> Any:
    widths = _widths(pad_width, _x.ndim)
    if not any(map(any, widths)):
        return g
    return op.index(
        g, key=tuple(slice(b or None, b + n if a else None) for n, (b, a) in zip(_x.shape, widths, strict=True))
    )


def _pad(x: Any, pad_width: Any, mode: str, constant_values: float) -> Any:
    widths = _widths(pad_width, x.ndim)
    out = np.full(_padded(x.shape, pad_width, mode, constant_values), constant_values, x.dtype)
    out[tuple(slice(b, b + n) for n, (b, _) in zip(x.shape, widths, strict=True))] = x
    return out


pad = operation(
    "pad",
    doc="A constant border: pad(x, 1), pad(x, (before, after)), or one pair for each axis, as in NumPy.",
    group="shape",
    params=(
        Param("pad_width", _read_widths, spellings=("pad",)),
        Param("mode", word("constant"), "constant"),
        Param("constant_values", number, 0.0, ("value",)),
    ),
    forward=_pad,
    vjps=(_inside,),
    jvp=lambda tangents, _y, _x, pad_width, mode, constant_values: op.pad(
        tangents[0], pad_width=pad_width, mode=mode, constant_values=0.0
    ),
    shape=_padded,
    node="ConstantPadNdBackward0",
    samples=(
        sample((3,), pad_width=1, mode="constant", constant_values=0.0),
        sample((2, 3), pad_width=(0, 2), mode="constant", constant_values=1.5),
        sample((2, 3), pad_width=((1, 0), (0, 2)), mode="constant", constant_values=0.0),
        sample((2, 3), pad_width=0, mode="constant", constant_values=0.0),
    ),
)
