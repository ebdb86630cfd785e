"""The same entries under other axes: reshape, transpose, swapaxes, broadcast_to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError, counted
from autograd_core.ops import batching
from autograd_core.ops.arguments import axes, axis_index, axis_indices, integer, lengths
from autograd_core.ops.elsewhere import torch_only
from autograd_core.ops.notation import value_text
from autograd_core.ops.registry import op, operation
from autograd_core.ops.signature import Alternative
from autograd_core.ops.spec import ATOM, Notation, Param, Shape, sample


def _reshaped(x: Shape, shape: Shape) -> Shape:
    """The result of a reshape, with a single -1 worked out."""
    size = math.prod(x)
    if shape.count(-1) > 1 or any(n < -1 for n in shape):
        raise ShapeError(
            f"shape {shape} is not possible: lengths are 0 or more, and one of them may be -1", code="AG304"
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


reshape = operation(
    "reshape",
    doc="The same entries, row by row, in another shape.",
    group="shape",
    exports={"torch": "torch.reshape({0}, {shape})"},
    params=(Param("shape", lengths, spellings=("newshape",), rest=True),),
    aliases=("view",),
    method=True,
    forward=lambda x, shape: np.reshape(x, shape),
    vjps=(lambda g, _y, _x, shape: op.reshape(g, shape=_x.shape) if g.shape else g,),
    shape=_reshaped,
    batch=batching.into_shape,
    node="ViewBackward0",
    linear="jointly",
    uniform=True,
    samples=(
        sample((2, 3), shape=(6,)),
        sample((2, 3), shape=(3, -1)),
        sample((), shape=(1, 1)),
        sample((1,), shape=()),
    ),
)


def _permutation(ndim: int, order: Any) -> tuple[int, ...]:
    """The order of axes of a transpose, reversed for None."""
    if order is None:
        return tuple(range(ndim))[::-1]
    found = axis_indices(order, ndim)
    if len(found) != ndim:
        raise ShapeError(f"{{0}} has {counted(ndim, 'axis', 'axes')}, axes={order} names {len(found)}", code="AG303")
    return found


def _transpose_text(axes: Any) -> Notation:
    return (ATOM, [(0, ATOM), ".T"]) if axes is None else (ATOM, ["transpose(", (0, 0), f", {value_text(axes)})"])


transpose = operation(
    "transpose",
    doc="Axes in the order of a tuple, reversed without one; transpose(x, i, j) exchanges two, as in PyTorch.",
    group="shape",
    exports=torch_only(lambda axes: "{0:p}.T" if axes is None else "torch.permute({0}, {axes})"),
    params=(Param("axes", axes, None, ("dims", "axis"), rest=True),),
    aliases=("permute",),
    method=True,
    alternatives=(
        Alternative(
            lambda written: (
                written.name == "transpose" and (written.count == 3 or {"dim0", "dim1"} <= written.keywords)
            ),
            lambda: op.swapaxes,
        ),
    ),
    forward=lambda x, axes: np.transpose(x, axes),
    vjps=(
        lambda g, _y, _x, axes: (
            g
            if not g.shape
            else op.transpose(g, axes=None if axes is None else tuple(np.argsort(_permutation(g.ndim, axes)).tolist()))
        ),
    ),
    shape=lambda x, axes: tuple(x[i] for i in _permutation(len(x), axes)),
    batch=batching.transposing,
    node="PermuteBackward0",
    linear="jointly",
    uniform=True,
    text=_transpose_text,
    latex=lambda axes: (ATOM, [(0, ATOM), r"^{\top}"]),
    samples=(sample((2, 3), axes=None), sample((2, 3, 4), axes=(2, 0, 1)), sample((3,), axes=None)),
)


def _swapped(x: Shape, axis1: int, axis2: int) -> Shape:
    a, b = axis_index(axis1, len(x)), axis_index(axis2, len(x))
    result = list(x)
    result[a], result[b] = result[b], result[a]
    return tuple(result)


swapaxes = operation(
    "swapaxes",
    doc="Two axes exchanged; x.mT exchanges the last two.",
    group="shape",
    exports={"torch": "torch.swapaxes({0}, {axis1}, {axis2})", "numpy": "np.swapaxes({0}, {axis1}, {axis2})"},
    params=(Param("axis1", integer, spellings=("dim0", "axis0")), Param("axis2", integer, spellings=("dim1",))),
    aliases=("swapdims",),
    method=True,
    forward=np.swapaxes,
    vjps=(lambda g, _y, _x, axis1, axis2: op.swapaxes(g, axis1=axis1, axis2=axis2) if g.shape else g,),
    shape=_swapped,
    batch=batching.exchanging,
    node="TransposeBackward0",
    linear="jointly",
    uniform=True,
    text=lambda axis1, axis2: (
        (ATOM, [(0, ATOM), ".mT"])
        if (axis1, axis2) == (-2, -1)
        else (ATOM, ["swapaxes(", (0, 0), f", {axis1}, {axis2})"])
    ),
    latex=lambda axis1, axis2: (ATOM, [(0, ATOM), r"^{\top}"]),
    samples=(sample((2, 3, 4), axis1=-2, axis2=-1), sample((2, 3), axis1=0, axis2=1)),
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


broadcast_to = operation(
    "broadcast_to",
    doc="Repeated along axes of length 1 and new leading axes to fill a shape.",
    group="shape",
    exports={"torch": "torch.broadcast_to({0}, {result})", "numpy": "np.broadcast_to({0}, {result})"},
    params=(Param("shape", lengths, spellings=("size",), rest=True),),
    aliases=("expand",),
    method=True,
    forward=lambda x, shape: np.broadcast_to(x, _broadcast(x.shape, shape)),
    vjps=(lambda g, _y, _x, shape: g,),
    shape=_broadcast,
    batch=batching.into_shape,
    node="ExpandBackward0",
    linear="jointly",
    samples=(
        sample((3,), shape=(2, 3)),
        sample((2, 1), shape=(2, 4)),
        sample((), shape=(3,)),
        sample((2, 1), shape=(-1, 3)),
    ),
)
