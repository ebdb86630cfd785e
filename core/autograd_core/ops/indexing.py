"""Entries picked by position, x[0] and x[:, 1], and put back where they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.errors import AxisError, ExpressionError, ShapeError, counted
from autograd_core.ops import batching
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import integer, lengths
from autograd_core.ops.spec import ATOM, Param, Sample, Shape, value_text

SHAPES = Family("shape", batch=batching.shifted, linear="jointly")

Key = tuple[Any, ...]


LISTS = (tuple, np.ndarray)
"""What positions along an axis are given as: in the language as tuples, by tensors as arrays."""


def _has_lists(key: Key) -> bool:
    return any(isinstance(part, LISTS) for part in key)


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
        pytorch = words.replace("axis", "dimension")
        if "too many indices" in words:
            used = sum(part is not None and part is not Ellipsis for part in key)
            pytorch = f"too many indices for tensor of dimension {len(x)}"
            words = f"{counted(used, 'index', 'indices')} for {{0}}, which has {counted(len(x), 'dimension')}"
        elif "out of bounds" in words:
            words = (
                words.split(" with size")[0]
                + f" of {{0}}: indices go from {positions_of(int(words.rsplit('size', 1)[1]))}"
            )
        elif "shape mismatch" in words:
            shapes = [str(np.shape(part)) for part in key if isinstance(part, LISTS)]
            words = f"the lists between the brackets have shapes {' and '.join(shapes)}, which do not fit each other"
        raise AxisError(words, code="AG305", pytorch=pytorch) from None


def positions_of(size: int) -> str:
    """The positions along an axis of this length, in words."""
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
        f"slice{(part.start, part.stop, part.step)[: 3 if part.step else 2]}"
        if isinstance(part, slice)
        else _part_text(part)
        for part in key
    ]
    return f"({', '.join(parts)}{',' * (len(parts) == 1)})"


def _index_node(*_shapes: Shape, key: Key) -> str:
    """PyTorch takes the parts of a key one after the other: the node is that of the last one which does something."""
    if _has_lists(key):
        return "IndexBackward0"
    for part in reversed(key):
        if isinstance(part, int):
            return "SelectBackward0"
        if part is None:
            return "UnsqueezeBackward0"
        if isinstance(part, slice) and part != slice(None):
            return "SliceBackward0"
    return "SliceBackward0" if slice(None) in key else "AliasBackward0"


def _index_in_torch(key: Key) -> str | None:
    """The same in brackets, where PyTorch reads it in the same way."""
    if any(isinstance(part, slice) and part.step is not None and part.step < 0 for part in key):
        return None
    if _has_lists(key) and any(isinstance(part, int) for part in key):
        return None  # NumPy takes the integer for a list of one, PyTorch does not
    return f"{{0:p}}[{_key_text(key)}]"


def _index_in_jax(key: Key) -> str:
    """The same in brackets; positions are arrays."""
    parts = [f"jnp.array({list(part)}, dtype=int)" if isinstance(part, tuple) else _part_text(part) for part in key]
    return f"{{0:p}}[{', '.join(parts) or '()'}]"


def _index_textbook(g: Any, _y: Any, _x: Any, key: Key) -> Any:
    """One entry, or one of each row, is picked by a one-hot array; anything else is scattered."""
    last = key[-1] if key else None
    picked = [last] if isinstance(last, int) else list(last) if isinstance(last, tuple) else []
    count = _x.shape[-1] if _x.shape else 0
    rows = [] if len(key) == 1 else [tuple(range(n)) for n in _x.shape[:-1]]
    if not picked or len(key) != _x.ndim or list(key[:-1]) != rows or (rows and isinstance(last, int)):
        return op.scatter(g, shape=_x.shape, key=key)
    if not rows and len(picked) > 1:
        return op.scatter(g, shape=_x.shape, key=key)
    labels = np.asarray([float(place % count) for place in picked])
    hot = op.one_hot(labels if rows else labels[0], num_classes=count, axis=-1)
    return op.index(g, key=(slice(None), None)) * hot if rows else g * hot


index = SHAPES.operation(
    "index",
    "Entries picked by position, x[0], x[:, 1], x[[0, 2]]; repeated positions add their gradients.",
    exports={"torch": _index_in_torch, "jax": _index_in_jax},
    params=(Param("key", index_key),),
    forward=lambda x, key: x[_numpy_key(key)],
    vjps=((lambda g, _y, _x, key: op.scatter(g, shape=_x.shape, key=key), _index_textbook),),
    shape=_indexed,
    node=_index_node,
    text=lambda key: (ATOM, [(0, ATOM), f"[{_key_text(key)}]"]),
    latex=lambda key: (ATOM, [(0, ATOM), f"_{{{_key_text(key)}}}"]),
    samples=(
        Sample(((3,),), {"key": (0,)}),
        Sample(((3, 4),), {"key": (slice(None), 1)}),
        Sample(((4,),), {"key": (slice(None, None, -2),)}),
        Sample(((3,),), {"key": ((0, 0, 2),)}),
        Sample(((3,),), {"key": (slice(None), None)}),
        Sample(((2, 3, 4),), {"key": (Ellipsis, 0)}),
    ),
)


def put_back(picked: Callable[..., Shape], places: Callable[..., str], code: str = "AG305") -> Callable[..., Shape]:
    """The shape rule of what puts entries into zeros of a ``shape``, at ``places`` in words.

    ``picked`` is the shape of what is picked from there: the rule raises ShapeError for an operand of another one.
    """

    def rule(x: Shape, *indices: Shape, shape: Shape, **params: Any) -> Shape:
        if picked(shape, *indices, **params) != x:
            raise ShapeError(f"{{0}} does not fit {places(**params)} of shape {shape}", code=code)
        return shape

    return rule


@SHAPES.computed(
    params=(Param("shape", lengths), Param("key", index_key)),
    vjps=(lambda g, _y, _x, shape, key: op.index(g, key=key),),
    shape=put_back(_indexed, lambda key: f"the positions {_key_text(key)}"),
    node="IndexPutBackward0",
    text=lambda shape, key: (ATOM, ["scatter(", (0, 0), f", {value_text(shape)}, {_call_key_text(key)})"]),
    samples=(
        Sample(((3,),), {"shape": (2,), "key": ((0, 0, 1),)}),
        Sample(((2,),), {"shape": (2, 3), "key": (slice(None), 1)}),
    ),
)
def scatter(x: Any, shape: Shape, key: Key) -> Any:
    """Zeros of a shape with the entries added at the positions of a key: what x[key] pulls back."""
    out = np.zeros(shape, x.dtype)
    if any(isinstance(part, (tuple, np.ndarray)) for part in key):
        np.add.at(out, _numpy_key(key), x)
    else:
        out[key] = x
    return out


def at(x: Any, key: Any) -> Any:
    """``x[key]`` for tensors and expressions.

    Raises ExpressionError for a key that is not made of integers, slices, None and lists of integers.
    """
    try:
        return index(x, key=index_key(key))
    except TypeError as error:
        raise ExpressionError(f"an index {error}", code="AG305", hint="x[0], x[1:3], x[:, None], x[[0, 2]]") from None
