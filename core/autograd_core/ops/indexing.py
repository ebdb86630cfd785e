"""Entries picked by position, along an axis, as rows and by masks, and put back where they were."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import AxisError, DomainError, ShapeError, counted
from autograd_core.ops import batching
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import axis_index, axis_param, integer, lengths
from autograd_core.ops.spec import ATOM, Notation, OpSpec, Param, Sample, Shape, broadcast_shapes, value_text

SHAPES = Family("shape", batch=batching.shifted)
SELECTIONS = Family("shape", operands=("x", "indices"), batch=batching.moving)

Key = tuple[Any, ...]


def _has_lists(key: Key) -> bool:
    """Whether positions are listed: in the language as tuples, by tensors as arrays."""
    return any(isinstance(part, (tuple, np.ndarray)) for part in key)


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
            place, _, size = words.partition(" with size")
            words = f"{place} of {{0}}: indices go from {positions_of(int(size))}"
        elif "shape mismatch" in words:
            shapes = [str(np.shape(part)) for part in _numpy_key(key) if isinstance(part, np.ndarray)]
            words = f"the lists between the brackets have shapes {' and '.join(shapes)}, which do not fit each other"
        raise AxisError(words, code="AG305", pytorch=pytorch) from None


def positions_of(size: int) -> str:
    """The positions along an axis of this length, in words."""
    return f"0 to {size - 1}, or from -{size} to -1" if size else "nothing: that axis is empty"


def _key_text(key: Key) -> str:
    """The key as it stands between brackets."""
    return ", ".join(_part_text(part) for part in key) if key else "()"


def _part_text(part: Any, called: bool = False) -> str:
    """A part of a key as it stands between brackets, or ``called``, where a slice cannot stand bare."""
    if part is Ellipsis:
        return "..."
    if isinstance(part, slice) and called:
        return f"slice{(part.start, part.stop, part.step)[: 3 if part.step else 2]}"
    if isinstance(part, slice):
        text = f"{'' if part.start is None else part.start}:{'' if part.stop is None else part.stop}"
        return text if part.step is None else f"{text}:{part.step}"
    return str(np.asarray(part).tolist())


def _called(key: Key) -> str:
    """The key as an argument of a call."""
    return f"({', '.join(_part_text(part, True) for part in key)}{',' * (len(key) == 1)})"


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
    return f"{{0:p}}[{_key_text(key)}{',' * (len(key) == 1 and _has_lists(key))}]"  # lists alone would be a tuple


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
    several = isinstance(last, int) if rows else len(picked) > 1
    if not picked or several or len(key) != _x.ndim or list(key[:-1]) != rows:
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


def put_back(family: Family, name: str, picking: OpSpec, doc: str, **fields: Any) -> OpSpec:
    """Declare what ``picking`` pulls back: zeros of a ``shape`` with the entries added where it picks them."""
    pick = picking.forward

    def forward(x: Any, *indices: Any, shape: Shape, **params: Any) -> Any:
        places = pick(np.arange(1, math.prod(shape) + 1).reshape(shape), *indices, **params)
        out = np.zeros(math.prod(shape) + 1, x.dtype)  # the first for what was picked from nowhere
        np.add.at(out, places, x)
        return out[1:].reshape(shape)

    def rule(x: Shape, *indices: Shape, shape: Shape, **params: Any) -> Shape:
        if picking.shape(shape, *indices, **params) != x:
            raise ShapeError(f"{{0}} does not fit what {picking.name} picks from shape {shape}", code="AG305")
        return shape

    fields = {"batch": None, "forward": forward, **fields}
    return family.operation(
        name,
        doc,
        operands=picking.operands,
        params=(Param("shape", lengths), *picking.params),
        vjps=(
            lambda g, _y, _x, *indices, shape, **params: picking(g, *indices, **params),
            *(None for _ in picking.operands[1:]),
        ),
        shape=rule,
        **fields,
    )


def _scattered(x: Any, shape: Shape, key: Key) -> Any:
    out = np.zeros(shape, x.dtype)
    if _has_lists(key):
        np.add.at(out, _numpy_key(key), x)
    else:
        out[key] = x
    return out


put_back(
    SHAPES,
    "scatter",
    index,
    "Zeros of a shape with the entries added at the positions of a key: what x[key] pulls back.",
    forward=_scattered,
    batch=batching.shifted,
    node="IndexPutBackward0",
    text=lambda shape, key: (ATOM, ["scatter(", (0, 0), f", {value_text(shape)}, {_called(key)})"]),
    samples=(
        Sample(((3,),), {"shape": (2,), "key": ((0, 0, 1),)}),
        Sample(((2,),), {"shape": (2, 3), "key": (slice(None), 1)}),
    ),
)


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


take_along_axis = SELECTIONS.operation(
    "take_along_axis|take_along_dim",
    "Entries picked along an axis by an array of positions.",
    exports={
        "torch": "torch.take_along_dim({0}, {1:p}.long(), dim={axis})",
        "numpy": "np.take_along_axis({0}, np.asarray({1}).astype(int), axis={axis})",
    },
    params=(axis_param(-1),),
    forward=lambda x, indices, axis: np.take_along_axis(x, whole_positions(indices, x.shape[axis]), axis),
    vjps=(_along_vjp, None),
    shape=_along_shape,
    symbolic=_along_symbolic,
    node="GatherBackward0",
    samples="3 [0,0,2] axis=0; 2,3 [[1,0,0]] axis=0; 2,3 [[-1,1],[0,0]]; 1,3 [[0],[2]] axis=1",
)


@SELECTIONS.function(
    params=(Param("axis", integer, spellings=("dim",), before="index"),),
    samples="3,2 [[0,1],[2,0]] axis=0; 2,3 [[2,0]] axis=1 as gather(x, 1, [[2, 0], [1, 1]])",
)
def gather(x: Any, index: Any, axis: int) -> Any:
    """PyTorch's gather: entries picked along an axis by positions, of as many rows as these have."""
    shape, place = _along_shape(x.shape, index.shape, axis) and x.shape, axis_index(axis, len(x.shape))
    kept = [slice(n if at == place else m) for at, (n, m) in enumerate(zip(shape, index.shape, strict=True))]
    return take_along_axis(op.index(x, key=tuple(kept)), index, axis=axis)


put_back(
    SELECTIONS,
    "scatter_along_axis",
    take_along_axis,
    "Zeros of a shape with entries added at positions along an axis: what take_along_axis pulls back.",
    node="ScatterAddBackward0",
    samples="3 [0,0,1] shape=[2] axis=0; 2,2 [[-1,1],[0,0]] shape=[2,3] axis=1",
)


def _bracketed(**_params: Any) -> Notation:
    return ATOM, [(0, ATOM), "[", (1, 0), "]"]


def _rows_shape(x: Shape, indices: Shape) -> Shape:
    if not x:
        raise ShapeError("0 indices fit {0}: it has no axis", code="AG305")
    return indices + x[1:]


take_rows = SELECTIONS.operation(
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


put_back(
    SELECTIONS,
    "scatter_rows",
    take_rows,
    "Zeros of a shape with rows added at positions: what x[indices] pulls back.",
    node="IndexPutBackward0",
    samples="3,2 [0,0,1] shape=[2,2]; 2 [-1,0] shape=[3]",
)


@SELECTIONS.function(
    "index_select",
    params=(axis_param(),),
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
    order = (*range(many, many + place), *range(many), *range(many + place, len(rows.shape)))
    return op.transpose(rows, axes=order) if place else rows


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


def is_place(sympy: Any, place: Any, k: int, count: int) -> Any:
    """Lagrange's polynomial, 1 where a place is ``k`` and 0 at all others: SymPy has no conditions to simplify."""
    others = [m for m in range(count) if m != k]
    return math.prod((place - m for m in others), start=sympy.Integer(1)) / math.prod(k - m for m in others)


def _picked(sympy: Any, mask: Any, count: int) -> Any:
    """For SymPy: for each picked place, and each entry, 1 where the entry is picked for this place, else 0.

    An entry's place is the number of entries picked before it.
    """
    chosen = np.empty((count, *mask.shape), object)
    before: Any = sympy.Integer(0)
    for where in np.ndindex(*mask.shape):
        holds = sympy.Piecewise((sympy.Integer(1), sympy.Ne(mask[where], 0)), (sympy.Integer(0), True))
        for k in range(count):
            chosen[(k, *where)] = holds * is_place(sympy, before, k, mask.size)
        before = before + holds
    return chosen


SELECTIONS.operation(
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


@SELECTIONS.computed(
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
