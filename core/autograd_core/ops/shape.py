"""The same entries under other axes: reshape, transpose, squeeze, flip, roll, broadcast."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError, counted
from autograd_core.ops import batching
from autograd_core.ops.reduce import ALL_AXES
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import (
    AXES,
    Alternative,
    axes,
    axis_index,
    axis_indices,
    integer,
    integers,
    lengths,
    optional_integer,
)
from autograd_core.ops.spec import ATOM, Param, Shape, value_text

SHAPES = Family("shape")


def _reshaped(x: Shape, shape: Shape) -> Shape:
    """The result of a reshape, with a single -1 worked out."""
    size = math.prod(x)
    if shape.count(-1) > 1 or any(n < -1 for n in shape):
        raise ShapeError(
            f"shape {shape} is not possible: lengths are 0 or more, and one of them may be -1",
            code="AG304",
            pytorch="only one dimension can be inferred" if shape.count(-1) > 1 else None,
        )
    if -1 in shape:
        rest = math.prod(n for n in shape if n != -1)
        if rest and size % rest == 0:
            return tuple(size // rest if n == -1 else n for n in shape)
    elif math.prod(shape) == size:
        return shape
    raise ShapeError(
        f"{{0}} has {counted(size, 'entry', 'entries')} and does not fit shape {shape}",
        code="AG304",
        hint="one length may be -1: it is worked out",
        pytorch=f"shape '{list(shape)}' is invalid for input of size {size}",
    )


reshape = SHAPES.operation(
    "reshape|view",
    "The same entries, row by row, in another shape.",
    exports={"torch": "torch.reshape({0}, {shape})"},
    params=(Param("shape", lengths, spellings=("newshape",), rest=True, counts=True),),
    forward=lambda x, shape: np.asarray(x).reshape(shape),
    vjps=(lambda g, _y, _x, shape: op.reshape(g, shape=_x.shape) if g.shape else g,),
    shape=_reshaped,
    batch=batching.into_shape,
    node="ViewBackward0",
    samples="2,3 shape=[6]; 2,3 shape=[3,-1]; () shape=[1,1]; 1 shape=[]",
)


def in_shape(x: Any, shape: Shape) -> Any:
    """The same entries in this shape."""
    return x if x.shape == shape else reshape(x, shape=shape)


def _permutation(ndim: int, order: Any) -> tuple[int, ...]:
    """The order of axes of a transpose, reversed for None."""
    if order is None:
        return tuple(range(ndim))[::-1]
    found = axis_indices(order, ndim)
    if len(found) != ndim:
        raise ShapeError(f"{{0}} has {counted(ndim, 'axis', 'axes')}, axes={order} names {len(found)}", code="AG303")
    return found


transpose = SHAPES.operation(
    "transpose|permute",
    "Axes in the order of a tuple, reversed without one; transpose(x, i, j) exchanges two, as in PyTorch.",
    exports={"torch": lambda axes: "{0:p}.T" if axes is None else "torch.permute({0}, {axes})"},
    params=(Param("axes", axes, None, ("dims", "axis"), rest=True),),
    alternatives=(
        Alternative(
            lambda written: (
                written.name == "transpose" and (written.count == 3 or {"dim0", "dim1"} <= written.keywords)
            ),
            lambda: op.swapaxes,
        ),
    ),
    forward=lambda x, axes: np.asarray(x).transpose(axes),
    vjps=(
        lambda g, _y, _x, axes: op.transpose(
            g, axes=None if axes is None else tuple(np.argsort(_permutation(g.ndim, axes)).tolist())
        ),
    ),
    shape=lambda x, axes: tuple(x[i] for i in _permutation(len(x), axes)),
    batch=batching.shifted,
    node="PermuteBackward0",
    text=lambda axes: (
        (ATOM, [(0, ATOM), ".T"]) if axes is None else (ATOM, ["transpose(", (0, 0), f", {value_text(axes)})"])
    ),
    samples="2,3; 2,3,4 axes=[2,0,1]; 3",
)


SHAPES.operation(
    "swapaxes|swapdims",
    "Two axes exchanged; x.mT exchanges the last two.",
    exports={"torch": "torch.swapaxes({0}, {axis1}, {axis2})", "numpy": "np.swapaxes({0}, {axis1}, {axis2})"},
    params=(Param("axis1", integer, spellings=("dim0", "axis0")), Param("axis2", integer, spellings=("dim1",))),
    vjps=(lambda g, _y, _x, axis1, axis2: op.swapaxes(g, axis1=axis1, axis2=axis2),),
    batch=batching.shifted,
    node="TransposeBackward0",
    text=lambda axis1, axis2: (
        (ATOM, [(0, ATOM), ".mT"])
        if (axis1, axis2) == (-2, -1)
        else (ATOM, ["swapaxes(", (0, 0), f", {axis1}, {axis2})"])
    ),
    samples="2,3,4 axis1=-2 axis2=-1; 2,3 axis1=0 axis2=1",
)


def _broadcast(x: Shape, shape: Shape) -> Shape:
    """The shape of a broadcast; -1 keeps a length, as in PyTorch's expand."""
    lead = len(shape) - len(x)
    full = tuple(x[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(shape))
    if lead < 0 or min(full, default=0) < 0 or any(a not in (1, b) for a, b in zip(x, full[lead:], strict=True)):
        raise ShapeError(
            f"{{0}} does not broadcast to shape {shape}",
            code="AG302",
            why="aligned from the right, each length must be equal or 1",
        )
    return full


broadcast_to = SHAPES.operation(
    "broadcast_to|expand",
    "Repeated along axes of length 1 and new leading axes to fill a shape.",
    exports={"torch": "torch.broadcast_to({0}, {result})", "numpy": "np.broadcast_to({0}, {result})"},
    params=(Param("shape", lengths, spellings=("size",), rest=True, counts=True),),
    forward=lambda x, shape: np.broadcast_to(x, _broadcast(x.shape, shape)),
    vjps=(lambda g, _y, _x, shape: g,),
    shape=_broadcast,
    batch=batching.into_shape,
    node="ExpandBackward0",
    samples="3 shape=[2,3]; 2,1 shape=[2,4]; () shape=[3]; 2,1 shape=[-1,3]",
)


SHAPES.composite(
    "ravel", "All entries in one row.", lambda x: op.flatten(x, start_dim=0, end_dim=-1), samples="2,3; ()"
)


@SHAPES.function(
    params=(Param("start_dim", integer, 0), Param("end_dim", integer, -1)), samples="2,3; 2,3,2 start_dim=1"
)
def flatten(x: Any, start_dim: int, end_dim: int) -> Any:
    """All entries in one row, or the axes from start_dim to end_dim joined into one."""
    shape = getattr(x, "shape", ())
    if not shape:
        return op.reshape(x, shape=(1,))
    first, last = axis_index(start_dim, len(shape)), axis_index(end_dim, len(shape))
    if first > last:
        words = f"flatten goes from an earlier axis to a later one, not from {start_dim} to {end_dim}"
        raise ShapeError(words, code="AG303")
    return op.reshape(x, shape=(*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


@SHAPES.function(
    "numel", "nelement", params=(Param("axis", optional_integer, None, ("dim",)),), samples="2,3; 2,3 axis=-1"
)
def size(x: Any, axis: int | None) -> Any:
    """How many entries there are, or how many along an axis: a number."""
    shape = getattr(x, "shape", ())
    return np.float64(math.prod(shape) if axis is None else shape[axis_index(axis, len(shape))])


def _squeezed(x: Shape, axis: tuple[int, ...] | int | None) -> Shape:
    if axis is None:
        return tuple(n for n in x if n != 1)
    gone = axis_indices(axis, len(x))
    for i in gone:
        if x[i] != 1:
            raise ShapeError(f"axis {i} of {{0}} is {x[i]} long; only an axis of length 1 can be removed", code="AG304")
    return tuple(n for i, n in enumerate(x) if i not in gone)


SHAPES.operation(
    "squeeze",
    "Axes of length 1 removed, all or the given ones.",
    exports={"torch": "torch.squeeze({0}<, dim={axis}>)"},
    params=(AXES,),
    vjps=(
        lambda g, _y, _x, axis: (
            g if not g.shape else op.reshape(g, shape=_x.shape) if axis is None else op.expand_dims(g, axis=axis)
        ),
    ),
    shape=_squeezed,
    batch=batching.shifted,
    node=lambda _x, axis: f"SqueezeBackward{0 if axis is None else 2 if isinstance(axis, tuple) else 1}",
    samples="1,3,1; 1,3,1 axis=0; 1,3,1 axis=[0,-1]; 1,1; ()",
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


def _unsqueezed(axis: Any) -> str | None:
    place = axis if isinstance(axis, int) else axis[0] if len(axis) == 1 else None
    return None if place is None else f"torch.unsqueeze({{0}}, {place})"


SHAPES.operation(
    "expand_dims|unsqueeze",
    "A new axis of length 1, or several, at the given places.",
    exports={"torch": _unsqueezed},
    params=(Param("axis", integers, spellings=("dim",)),),
    vjps=(lambda g, _y, _x, axis: op.squeeze(g, axis=axis),),
    shape=_expanded,
    batch=batching.shifted,
    node="UnsqueezeBackward0",
    samples="3 axis=0; 3 axis=-1; 2,3 axis=[0,-1]; () axis=0",
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


SHAPES.composite(
    "moveaxis|movedim",
    "Axes moved to other places; the others keep their order.",
    lambda x, source, destination: op.transpose(x, axes=_order(len(x.shape), source, destination)),
    params=(Param("source", integers), Param("destination", integers)),
    samples="2,3,4 source=0 destination=-1; 2,3,4 source=[0,1] destination=[1,0]",
)


SHAPES.operation(
    "flip",
    "Entries in reverse order along all axes or the given ones.",
    exports={
        "torch": lambda axis: (
            f"torch.flip({{0}}, {ALL_AXES if axis is None else axis if isinstance(axis, tuple) else (axis,)})"
        )
    },
    params=(AXES,),
    forward=lambda x, axis: np.array(np.flip(x, axis)),  # PyTorch's shares no numbers
    vjps=(lambda g, _y, _x, axis: op.flip(g, axis=axis),),
    batch=batching.along,
    samples="3; 2,3 axis=1; 2,3,2 axis=[0,-1]; ()",
)
_TWO = "2,3"
SHAPES.composite("flipud", "The rows of a matrix in reverse order.", lambda x: op.flip(x, axis=0), samples=_TWO)
SHAPES.composite("fliplr", "The columns in reverse order.", lambda x: op.flip(x, axis=1), samples=_TWO)


SHAPES.operation(
    "roll",
    "Entries moved on by a number of places, round the end to the front; without axis as if in one row.",
    exports={"torch": "torch.roll({0}, {shift}<, dims={axis}>)"},
    params=(Param("shift", integers, spellings=("shifts",)), AXES),
    vjps=(
        lambda g, _y, _x, shift, axis: op.roll(
            g, shift=tuple(-n for n in shift) if isinstance(shift, tuple) else -shift, axis=axis
        ),
    ),
    samples="4 shift=1; 2,3 shift=-1 axis=1; 2,3 shift=2; 2,3 shift=[1,2] axis=[0,1]",
)


SHAPES.operation(
    "rot90",
    "A matrix turned by 90 degrees k times, against the clock.",
    exports={"torch": "torch.rot90({0}, {k}, {axes})"},
    params=(Param("k", integer, 1), Param("axes", lengths, (0, 1), ("dims",))),
    vjps=(lambda g, _y, _x, k, axes: op.rot90(g, k=-k, axes=axes),),
    samples="2,3; 2,3 k=-2; 2,3,2 k=3 axes=[1,-1]",
)
