"""Operations that move entries without changing them: reshape, transpose, broadcast, index."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import ExpressionError, ShapeError
from autograd_core.ops import batching
from autograd_core.ops.arguments import axes, axis_index, axis_indices, integer, lengths
from autograd_core.ops.notation import value_text
from autograd_core.ops.registry import op, operation
from autograd_core.ops.spec import ATOM, Notation, Param, Shape, sample


def _reshaped(x: Shape, shape: Shape) -> Shape:
    """The result of a reshape, with a single -1 worked out."""
    size = math.prod(x)
    if shape.count(-1) > 1 or any(n < -1 for n in shape):
        raise ShapeError(f"shape {shape} is not possible: lengths are 0 or more, and one of them may be -1", code="AG304")
    if -1 in shape:
        rest = math.prod(n for n in shape if n != -1)
        if rest and size % rest == 0:
            return tuple(size // rest if n == -1 else n for n in shape)
    elif math.prod(shape) == size:
        return shape
    raise ShapeError(
        f"{{0}} has {size} entries, which do not fit shape {shape}",
        code="AG304",
        hint="one length may be -1: it is worked out",
    )


reshape = operation(
    "reshape",
    doc="The same entries, row by row, in another shape.",
    group="shape",
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
    samples=(sample((2, 3), shape=(6,)), sample((2, 3), shape=(3, -1)), sample((), shape=(1, 1)), sample((1,), shape=())),
)


def _permutation(ndim: int, order: Any) -> tuple[int, ...]:
    """The order of axes of a transpose, reversed for None."""
    if order is None:
        return tuple(range(ndim))[::-1]
    found = axis_indices(order, ndim)
    if len(found) != ndim:
        raise ShapeError(f"{{0}} has {ndim} axes, axes={order} names {len(found)}", code="AG303")
    return found


def _transpose_text(axes: Any) -> Notation:
    return (ATOM, [(0, ATOM), ".T"]) if axes is None else (ATOM, ["transpose(", (0, 0), f", {value_text(axes)})"])


transpose = operation(
    "transpose",
    doc="Axes in another order, reversed when none is given.",
    group="shape",
    params=(Param("axes", axes, None, ("dims", "axis"), rest=True),),
    aliases=("permute",),
    method=True,
    forward=lambda x, axes: np.transpose(x, axes),
    vjps=(
        lambda g, _y, _x, axes: g
        if not g.shape
        else op.transpose(g, axes=None if axes is None else tuple(np.argsort(_permutation(g.ndim, axes)).tolist())),
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
    text=lambda axis1, axis2: (ATOM, [(0, ATOM), ".mT"])
    if (axis1, axis2) == (-2, -1)
    else (ATOM, ["swapaxes(", (0, 0), f", {axis1}, {axis2})"]),
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
    params=(Param("shape", lengths, spellings=("size",), rest=True),),
    aliases=("expand",),
    method=True,
    forward=lambda x, shape: np.broadcast_to(x, _broadcast(x.shape, shape)),
    vjps=(lambda g, _y, _x, shape: g,),
    shape=_broadcast,
    batch=batching.into_shape,
    node="ExpandBackward0",
    linear="jointly",
    samples=(sample((3,), shape=(2, 3)), sample((2, 1), shape=(2, 4)), sample((), shape=(3,)), sample((2, 1), shape=(-1, 3))),
)

Key = tuple[Any, ...]


def index_key(value: Any) -> Key:
    """What stands between the brackets as a tuple of integers, slices, None, Ellipsis and nested tuples of integers.

    Raises TypeError for anything else.
    """
    return tuple(_index_part(part) for part in (value if isinstance(value, tuple) else (value,)))


def _index_part(part: Any) -> Any:
    if part is None or part is Ellipsis:
        return part
    if isinstance(part, slice):
        ends = [None if end is None else integer(end) for end in (part.start, part.stop, part.step)]
        if ends[2] == 0:
            raise TypeError("has a slice with step 0")
        return slice(*ends)
    if isinstance(part, np.ndarray) and part.dtype.kind in "iu":
        part = part.tolist()
    if isinstance(part, (list, tuple)):
        return tuple(_index_part(entry) if isinstance(entry, (list, tuple)) else integer(entry) for entry in part)
    return integer(int(part) if isinstance(part, np.integer) else part)


def _numpy_key(key: Key) -> Key:
    """The key as NumPy wants it: index lists as arrays, so that a tuple is not read as several axes."""
    return tuple(np.array(part, dtype=np.intp) if isinstance(part, tuple) else part for part in key)


def _indexed(x: Shape, key: Key) -> Shape:
    """The shape of ``x[key]``, found without any numbers."""
    try:
        return np.broadcast_to(np.empty((), np.int8), x)[_numpy_key(key)].shape
    except (IndexError, ValueError) as error:
        words = str(error)
        if "too many indices" in words:
            used = sum(part is not None and part is not Ellipsis for part in key)
            words = f"{used} indices for {{0}}, which has {len(x)} dimension{'s' * (len(x) != 1)}"
        elif "out of bounds" in words:
            words = words.split(" with size")[0] + f" of {{0}}: indices go from {_bounds(words)}"
        raise ShapeError(words, code="AG305") from None


def _bounds(words: str) -> str:
    size = int(words.rsplit("size", 1)[1])
    return f"0 to {size - 1}, or from -{size} to -1" if size else "nothing: that axis is empty"


def _key_text(key: Key) -> str:
    """The key as it stands between brackets."""
    return ", ".join(_part_text(part) for part in key) if key else "()"


def _part_text(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if isinstance(part, slice):
        text = f"{'' if part.start is None else part.start}:{'' if part.stop is None else part.stop}"
        return text if part.step is None else f"{text}:{part.step}"
    if isinstance(part, tuple):
        return "[" + ", ".join(_part_text(entry) for entry in part) + "]"
    return str(part)


def _call_key_text(key: Key) -> str:
    """The key as an argument of a call, where a slice cannot stand bare."""
    parts = [
        f"slice({part.start}, {part.stop}, {part.step})" if isinstance(part, slice) else _part_text(part) for part in key
    ]
    return f"({', '.join(parts)},)"


def _index_node(*_shapes: Shape, key: Key) -> str:
    if any(isinstance(part, tuple) for part in key):
        return "IndexBackward0"
    if any(isinstance(part, int) for part in key):
        return "SelectBackward0"
    return "UnsqueezeBackward0" if None in key and len(key) == 1 else "SliceBackward0"


index = operation(
    "index",
    doc="Entries picked by position, x[0], x[:, 1], x[[0, 2]]; repeated positions add their gradients.",
    group="shape",
    params=(Param("key", index_key),),
    forward=lambda x, key: x[_numpy_key(key)],
    vjps=(lambda g, _y, _x, key: op.scatter(g, shape=_x.shape, key=key),),
    shape=_indexed,
    batch=batching.indexing,
    node=_index_node,
    linear="jointly",
    text=lambda key: (ATOM, [(0, ATOM), f"[{_key_text(key)}]"]),
    latex=lambda key: (ATOM, [(0, ATOM), f"_{{{_key_text(key)}}}"]),
    samples=(
        sample((3,), key=(0,)),
        sample((3, 4), key=(slice(None), 1)),
        sample((4,), key=(slice(None, None, -2),)),
        sample((3,), key=((0, 0, 2),)),
        sample((3,), key=(slice(None), None)),
        sample((2, 3, 4), key=(Ellipsis, 0)),
    ),
)


def _scatter(x: Any, shape: Shape, key: Key) -> Any:
    out = np.zeros(shape, x.dtype)
    if any(isinstance(part, tuple) for part in key):
        np.add.at(out, _numpy_key(key), x)
    else:
        out[key] = x
    return out


def _scattered(x: Shape, shape: Shape, key: Key) -> Shape:
    if _indexed(shape, key) != x:
        raise ShapeError(f"{{0}} does not fit the positions {_key_text(key)} of shape {shape}", code="AG305")
    return shape


scatter = operation(
    "scatter",
    doc="Zeros of a shape with the entries added at the positions of a key: what x[key] pulls back.",
    group="shape",
    params=(Param("shape", lengths), Param("key", index_key)),
    forward=_scatter,
    vjps=(lambda g, _y, _x, shape, key: op.index(g, key=key),),
    shape=_scattered,
    batch=batching.indexing,
    node="IndexPutBackward0",
    linear="jointly",
    text=lambda shape, key: (ATOM, ["scatter(", (0, 0), f", {value_text(shape)}, {_call_key_text(key)})"]),
    samples=(sample((3,), shape=(2,), key=((0, 0, 1),)), sample((2,), shape=(2, 3), key=(slice(None), 1))),
)


def at(x: Any, key: Any) -> Any:
    """``x[key]`` for tensors and expressions.

    Raises ExpressionError for a key that is not made of integers, slices, None and lists of integers.
    """
    try:
        return index(x, key=index_key(key))
    except TypeError as error:
        raise ExpressionError(f"an index {error}", code="AG305", hint="x[0], x[1:3], x[:, None], x[[0, 2]]") from None
