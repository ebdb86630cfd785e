"""Arrays joined side by side, laid in tiles, with entries repeated, and with a border."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError, counted
from autograd_core.ops import batching
from autograd_core.ops.registry import Family, op
from autograd_core.ops.scan import along_axis
from autograd_core.ops.shape import in_shape
from autograd_core.ops.signature import (
    Alternative,
    axis_index,
    axis_param,
    in_tuple,
    integer,
    integers,
    number,
    optional_integer,
    within,
    word,
)
from autograd_core.ops.spec import Param, Shape

SHAPES = Family("shape")

ALL = slice(None)


def _pieces(shapes: tuple[Shape, ...], axis: int | None) -> tuple[int, list[int]]:
    """The axis along which arrays stand end to end, and the length of each."""
    if axis is None:
        return 0, [math.prod(shape) for shape in shapes]
    place = axis_index(axis, len(shapes[0]))
    return place, [shape[place] for shape in shapes]


def _joined(*shapes: Shape, axis: int | None) -> Shape:
    if axis is None:
        return (sum(math.prod(shape) for shape in shapes),)
    if () in shapes:
        scalar = f"{{{shapes.index(())}}}"
        hint = f"{scalar}[None] has one" if any(shapes) else "stack([a, b]) joins scalars"
        raise ShapeError(f"{scalar} has no axis to join along", code="AG306", hint=hint)
    first = shapes[0]
    place = axis_index(axis, len(first))
    for i, shape in enumerate(shapes):
        if len(shape) != len(first):
            raise ShapeError(
                f"{{0}} has {counted(len(first), 'axis', 'axes')}, {{{i}}} has {len(shape)}: they do not join",
                code="AG306",
                hint="insert an axis of length 1 with [None, :]",
                pytorch=f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}",
            )
        for axis_, (n, m) in enumerate(zip(first, shape, strict=True)):
            if n != m and axis_ != place:
                raise ShapeError(
                    f"{{0}} and {{{i}}} do not join along axis {place}: they are {n} and {m} long on axis {axis_}",
                    code="AG301",
                    why="all lengths but the one along the axis must be equal",
                    pytorch=f"Sizes of tensors must match except in dimension {place}. Expected size {n} but got size "
                    f"{m} for tensor number {i} in the list.",
                )
    return (*first[:place], sum(shape[place] for shape in shapes), *first[place + 1 :])


def _piece(g: Any, _y: Any, *_arrays: Any, operand: int, axis: int | None) -> Any:
    """What comes back to one array: its stretch of the result."""
    place, before = _pieces(tuple([a.shape for a in _arrays[: operand + 1]]), axis)
    stop = sum(before)
    start = stop - before[-1]
    last = operand == len(_arrays) - 1
    g = op.index(g, key=(ALL,) * place + (slice(start or None, None if last else stop),))
    return op.reshape(g, shape=_arrays[operand].shape) if axis is None and _arrays[operand].ndim != 1 else g


SHAPES.operation(
    "concatenate|concat|cat",
    "Arrays joined end to end along an axis; axis=None flattens them first.",
    exports=along_axis("torch.cat([{*}]<, dim={axis}>)"),
    params=(Param("axis", optional_integer, 0, ("dim",)),),
    forward=lambda *arrays, axis: np.concatenate(arrays, axis, dtype=np.result_type(*arrays)),
    vjps=(_piece,),
    shape=_joined,
    batch=batching.along_row,
    node="CatBackward0",
    operands=("*arrays",),
    samples="2 3; 2,3 2,1 axis=1; 2,3 1,3 2,3 axis=-2; 2,3 () axis=null; 0,3 1,3",
)


def _stacked(*shapes: Shape, axis: int) -> Shape:
    first = shapes[0]
    for i, shape in enumerate(shapes):
        if shape != first:
            raise ShapeError(
                f"stack needs equal shapes: {{0}} and {{{i}}} differ",
                code="AG301",
                hint="concatenate([a, b]) joins along an axis that is there already",
                pytorch=f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                f"{list(shape)} at entry {i}",
            )
    place = axis_index(axis, len(first) + 1)
    return (*first[:place], len(shapes), *first[place:])


SHAPES.operation(
    "stack",
    "Arrays of one shape put next to each other along a new axis.",
    exports={"torch": "torch.stack([{*}]<, dim={axis}>)"},
    params=(Param("axis", integer, 0, ("dim",)),),
    forward=lambda *arrays, axis: np.stack(arrays, axis, dtype=np.result_type(*arrays)),
    vjps=(lambda g, _y, *_arrays, operand, axis: op.index(g, key=(ALL,) * axis_index(axis, _y.ndim) + (operand,)),),
    shape=_stacked,
    batch=batching.shifted,
    operands=("*arrays",),
    samples="3 3; 2,3 2,3 axis=-1; () () ()",
)


def _raised(x: Any, ndim: int) -> Any:
    """At least ``ndim`` axes, new ones in front."""
    shape = getattr(x, "shape", ())
    return x if len(shape) >= ndim else op.reshape(x, shape=(1,) * (ndim - len(shape)) + shape)


@SHAPES.function(samples="2 3; 2,1 2,3; () ()")
def hstack(*arrays: Any) -> Any:
    """Arrays joined side by side: vectors end to end, matrices by their columns."""
    raised = [_raised(a, 1) for a in arrays]
    return op.concatenate(*raised, axis=0 if len(raised[0].shape) == 1 else 1)


@SHAPES.function("row_stack", samples="3 3; 1,3 2,3")
def vstack(*arrays: Any) -> Any:
    """Arrays joined on top of each other: vectors become rows."""
    return op.concatenate(*[_raised(a, 2) for a in arrays], axis=0)


COUNTS = within(integers, 0)
"""How often: one number, or one for each entry."""


def _aligned(x: Shape, reps: tuple[int, ...]) -> tuple[Shape, tuple[int, ...]]:
    """The shape and the repetitions with equally many axes, 1 put in front."""
    ndim = max(len(x), len(reps))
    return (1,) * (ndim - len(x)) + x, (1,) * (ndim - len(reps)) + reps


def _tile_vjp(g: Any, _y: Any, _x: Any, reps: tuple[int, ...]) -> Any:
    shape, times = _aligned(_x.shape, reps)
    split: list[int] = []
    summed: list[int] = []
    for n, r in zip(shape, times, strict=True):
        if r != 1:
            summed.append(len(split))
            split.append(r)
        split.append(n)
    return in_shape(op.sum(op.reshape(g, shape=tuple(split)), axis=tuple(summed), keepdims=False), _x.shape)


SHAPES.operation(
    "tile",
    "The whole array repeated along each axis; PyTorch's x.repeat.",
    exports={"torch": "torch.tile({0}, {reps})"},
    params=(Param("reps", in_tuple(COUNTS), spellings=("dims", "repeats"), rest=True, counts=True),),
    vjps=(_tile_vjp,),
    shape=lambda x, reps: tuple(n * r for n, r in zip(*_aligned(x, reps), strict=True)),
    batch=batching.moving,
    node="RepeatBackward0",
    samples="3 reps=[2]; 2,3 reps=[2,1]; 3 reps=[2,2]; 2,1,2 reps=[3]; () reps=[2,3]; 3 reps=[0]",
)


def _repeat_axis(x: Shape, axis: int | None) -> tuple[Shape, int]:
    """The shape that is repeated and the axis: a single row where no axis is given."""
    return ((math.prod(x),), 0) if axis is None else (x, axis_index(axis, len(x)))


def _times(repeats: Any) -> Any:
    return repeats[0] if isinstance(repeats, tuple) and len(repeats) == 1 else repeats


def _repeat_shape(x: Shape, repeats: Any, axis: int | None) -> Shape:
    shape, place = _repeat_axis(x, axis)
    times = _times(repeats)
    if isinstance(times, tuple) and len(times) != shape[place]:
        raise ShapeError(
            f"repeat got {counted(len(times), 'count')} for {counted(shape[place], 'entry', 'entries')} of {{0}}",
            code="AG301",
            hint="give one number, or one count for each entry",
        )
    total = sum(times) if isinstance(times, tuple) else times * shape[place]
    return (*shape[:place], total, *shape[place + 1 :])


def _repeat_vjp(g: Any, _y: Any, _x: Any, repeats: Any, axis: int | None) -> Any:
    shape, place = _repeat_axis(_x.shape, axis)
    times = _times(repeats)
    if isinstance(times, tuple):
        places = tuple(np.repeat(np.arange(len(times)), times).tolist())
        return in_shape(op.scatter(g, shape=shape, key=(slice(None),) * place + (places,)), _x.shape)
    split = (*shape[: place + 1], times, *shape[place + 1 :])
    return in_shape(op.sum(op.reshape(g, shape=split), axis=place + 1, keepdims=False), _x.shape)


def _repeat_in_torch(repeats: Any, axis: int | None) -> str:
    counts = f"torch.tensor({list(repeats)})" if isinstance(repeats, tuple) else repr(repeats)
    return f"torch.repeat_interleave({{0}}, {counts}<, dim={{axis}}>)"


def _repeat_in_jax(repeats: Any, axis: int | None) -> str:
    counts = f"jnp.array({list(repeats)})" if isinstance(repeats, tuple) else repr(repeats)
    return f"jnp.repeat({{0}}, {counts}<, axis={{axis}}>)"


SHAPES.operation(
    "repeat|repeat_interleave",
    "Every entry repeated, as NumPy's repeat and PyTorch's repeat_interleave; PyTorch's x.repeat is tile.",
    exports={"torch": _repeat_in_torch, "jax": _repeat_in_jax},
    params=(Param("repeats", COUNTS), axis_param()),
    alternatives=(
        Alternative(
            lambda written: written.name == "repeat" and written.method and "axis" not in written.keywords,
            note="x.repeat repeats each entry, as in NumPy; PyTorch's x.repeat lays copies side by side, as tile does",
        ),
    ),
    vjps=(_repeat_vjp,),
    shape=_repeat_shape,
    batch=batching.along_row,
    node=lambda _x, repeats, axis: "IndexSelectBackward0" if isinstance(repeats, tuple) else "ViewBackward0",
    samples=(
        "3 repeats=2; 2,3 repeats=2 axis=0; 2,3 repeats=3; 2,3 repeats=[1,0,2] axis=-1; "
        "2,2 repeats=[2] axis=1; () repeats=2"
    ),
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
    return read


def _padded_shape(x: Shape, pad_width: Any, constant_values: float = 0.0) -> Shape:
    widths = _widths(pad_width, len(x))
    if len(widths) != len(x):
        raise ShapeError(
            f"pad_width has {counted(len(widths), 'pair')}; {{0}} has {counted(len(x), 'axis', 'axes')}", code="AG303"
        )
    found = tuple(before + n + after for n, (before, after) in zip(x, widths, strict=True))
    if min(found, default=0) < 0:
        raise ShapeError(f"negative widths {pad_width} cut off more than {{0}} has", code="AG303")
    return found


def _without_border(g: Any, _y: Any, _x: Any, pad_width: Any, constant_values: float) -> Any:
    widths = _widths(pad_width, _x.ndim)
    if any(min(pair) < 0 for pair in widths):
        back = tuple((-before, -after) for before, after in widths)
        return op.pad(g, pad_width=back, constant_values=0.0)
    return op.index(
        g, key=tuple(slice(b or None, b + n if a else None) for n, (b, a) in zip(_x.shape, widths, strict=True))
    )


def _pad_in_torch(shapes: list[Shape], pad_width: Any, constant_values: float) -> str:
    """PyTorch takes the widths from the last axis to the first."""
    widths = tuple(width for pair in reversed(_widths(pad_width, len(shapes[0]))) for width in pair)
    return f"F.pad({{0}}, {widths}<, value={{constant_values}}>)"


@SHAPES.computed(
    exports={
        "torch": _pad_in_torch,
        "numpy": lambda pad_width, constant_values: (
            "np.pad({0}, {pad_width}<, constant_values={constant_values}>)" if np.min(pad_width) >= 0 else None
        ),
    },
    alternatives=(
        Alternative(lambda _: True, libraries=("torch", "F", "functional"), name="pad_last"),
        Alternative(lambda written: "mode" in written.keywords or written.count > 2, lambda: op.pad_with),
    ),
    params=(
        Param("pad_width", _read_widths, spellings=("pad",)),
        Param("constant_values", number, 0.0, ("value",)),
    ),
    vjps=(_without_border,),
    shape=_padded_shape,
    node="ConstantPadNdBackward0",
    samples=(
        "3 pad_width=1; 2,3 pad_width=[0,2] constant_values=1.5; 2,3 pad_width=[[1,0],[0,2]]; "
        "2,3 pad_width=0; 2,4 pad_width=[[1,-1],[-1,-2]] constant_values=0.5"
    ),
)
def pad(x: Any, pad_width: Any, constant_values: float) -> Any:
    """A border: pad(x, 1), pad(x, (before, after)), or a pair for each axis, as in NumPy; negative widths cut off."""
    widths = _widths(pad_width, x.ndim)
    out = np.full(_padded_shape(x.shape, pad_width), constant_values, x.dtype)
    kept = x[tuple(slice(max(-b, 0), n - max(-a, 0)) for n, (b, a) in zip(x.shape, widths, strict=True))]
    out[tuple(slice(max(b, 0), max(b, 0) + n) for n, (b, _) in zip(kept.shape, widths, strict=True))] = kept
    return out


MODES = {"replicate": "edge", "circular": "wrap"}
"""What PyTorch calls the ways to fill a border, and NumPy."""


WAYS = ("reflect", "edge", "wrap", "symmetric")


@SHAPES.function(
    params=(
        Param("pad_width", _read_widths, spellings=("pad",)),
        Param("mode", word("constant", *WAYS, *MODES), "constant"),
        Param("constant_values", number, 0.0, ("value",)),
    ),
    samples="; ".join(f"4 pad_width=[2,1] mode={mode}" for mode in WAYS)
    + "; 3,3 pad_width=[[1,0],[-1,2]] mode=reflect as pad(x, 1, mode='reflect')",
)
def pad_with(x: Any, pad_width: Any, mode: str, constant_values: float) -> Any:
    """A border of constants, or of the array's own entries: pad(x, 1, mode='reflect'), edge, wrap, symmetric."""
    if mode == "constant":
        return pad(x, pad_width=pad_width, constant_values=constant_values)
    widths = _widths(pad_width, len(x.shape))
    _padded_shape(x.shape, pad_width)
    fill: Any = MODES.get(mode, mode)
    for axis, (before, after) in enumerate(widths):
        length = x.shape[axis]
        if not length and max(before, after) > 0:
            raise ShapeError(f"{{0}} has no entries along axis {axis} to fill a border with", code="AG307")
        places = np.pad(np.arange(length), (max(before, 0), max(after, 0)), fill)
        places = places[max(-before, 0) : len(places) - max(-after, 0)]
        if before or after:
            x = op.index(x, key=(slice(None),) * axis + (tuple(places.tolist()),))
    return x


@SHAPES.function(
    params=(
        Param("pad", integers),
        Param("mode", word("constant", *WAYS, *MODES), "constant"),
        Param("value", number, 0.0),
    ),
    samples="2,3 pad=[1,0]; 2,3 pad=[0,1,2,0] value=1.5; 2,4 pad=[2,1] mode=reflect",
)
def pad_last(x: Any, pad: Any, mode: str, value: float) -> Any:
    """A border as in PyTorch's pad: two widths for the last axis, then two for the axis before it, and so on."""
    widths = pad if isinstance(pad, tuple) else (pad,)
    missing = len(x.shape) - len(widths) // 2
    if len(widths) % 2 or missing < 0:
        raise ShapeError(
            f"pad has {counted(len(widths), 'width')}: two for each axis of {{0}}, the last axis first", code="AG303"
        )
    pairs = [widths[i : i + 2] for i in range(0, len(widths), 2)]
    given = {"pad_width": ((0, 0),) * missing + tuple(pairs[::-1]), "constant_values": value}
    return op.pad_with(x, mode=mode, **given)
