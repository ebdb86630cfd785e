"""Arrays repeated: tile as a whole, repeat entry by entry."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError, counted
from autograd_core.ops import batching
from autograd_core.ops.arguments import axis_index, axis_param, integers
from autograd_core.ops.registry import op, operation
from autograd_core.ops.signature import Alternative
from autograd_core.ops.spec import Param, Shape, sample


def counts(value: Any) -> tuple[int, ...] | int:
    """How often: numbers that are not negative."""
    read = integers(value)
    if min(read if isinstance(read, tuple) else (read,), default=0) < 0:
        raise TypeError("must not be negative")
    return read


def tuple_of_counts(value: Any) -> tuple[int, ...]:
    """How often along each axis."""
    read = counts(value)
    return read if isinstance(read, tuple) else (read,)


def _aligned(x: Shape, reps: tuple[int, ...]) -> tuple[Shape, tuple[int, ...]]:
    """The shape and the repetitions with equally many axes, 1 put in front."""
    ndim = max(len(x), len(reps))
    return (1,) * (ndim - len(x)) + x, (1,) * (ndim - len(reps)) + reps


def _tile_shape(x: Shape, reps: tuple[int, ...]) -> Shape:
    shape, times = _aligned(x, reps)
    return tuple(n * r for n, r in zip(shape, times, strict=True))


def _tile_vjp(g: Any, _y: Any, _x: Any, reps: tuple[int, ...]) -> Any:
    shape, times = _aligned(_x.shape, reps)
    split: list[int] = []
    summed: list[int] = []
    for n, r in zip(shape, times, strict=True):
        if r != 1:
            summed.append(len(split))
            split.append(r)
        split.append(n)
    if not summed:
        return g
    return _back(op.sum(op.reshape(g, shape=tuple(split)), axis=tuple(summed), keepdims=False), _x.shape)


def _back(g: Any, shape: Shape) -> Any:
    return g if g.shape == shape else op.reshape(g, shape=shape)


tile = operation(
    "tile",
    doc="The whole array repeated along each axis; PyTorch's x.repeat.",
    group="shape",
    exports={"torch": "torch.tile({0}, {reps})"},
    params=(Param("reps", tuple_of_counts, spellings=("dims", "repeats"), rest=True),),
    method=True,
    forward=np.tile,
    vjps=(_tile_vjp,),
    shape=_tile_shape,
    batch=batching.tiling,
    node="RepeatBackward0",
    linear="jointly",
    samples=(
        sample((3,), reps=(2,)),
        sample((2, 3), reps=(2, 1)),
        sample((3,), reps=(2, 2)),
        sample((2, 1, 2), reps=(3,)),
        sample((), reps=(2, 3)),
        sample((3,), reps=(0,)),
    ),
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
        return _back(op.scatter(g, shape=shape, key=(slice(None),) * place + (places,)), _x.shape)
    split = (*shape[: place + 1], times, *shape[place + 1 :])
    return _back(op.sum(op.reshape(g, shape=split), axis=place + 1, keepdims=False), _x.shape)


def _repeat_in_torch(repeats: Any, axis: int | None) -> str:
    counts = f"torch.tensor({list(repeats)})" if isinstance(repeats, tuple) else repr(repeats)
    return f"torch.repeat_interleave({{0}}, {counts}<, dim={{axis}}>)"


def _repeat_in_jax(repeats: Any, axis: int | None) -> str:
    counts = f"jnp.array({list(repeats)})" if isinstance(repeats, tuple) else repr(repeats)
    return f"jnp.repeat({{0}}, {counts}<, axis={{axis}}>)"


repeat = operation(
    "repeat",
    doc="Every entry repeated, as NumPy's repeat and PyTorch's repeat_interleave; PyTorch's x.repeat is tile.",
    group="shape",
    exports={"torch": _repeat_in_torch, "jax": _repeat_in_jax},
    params=(Param("repeats", counts), axis_param()),
    aliases=("repeat_interleave",),
    method=True,
    alternatives=(
        Alternative(
            lambda written: written.name == "repeat" and written.method,
            note="x.repeat repeats each entry, as in NumPy; PyTorch's x.repeat lays copies side by side, as tile does",
        ),
    ),
    forward=np.repeat,
    vjps=(_repeat_vjp,),
    shape=_repeat_shape,
    batch=batching.along_row,
    node=lambda _x, repeats, axis: "IndexSelectBackward0" if isinstance(repeats, tuple) else "ViewBackward0",
    linear="jointly",
    samples=(
        sample((3,), repeats=2, axis=None),
        sample((2, 3), repeats=2, axis=0),
        sample((2, 3), repeats=3, axis=None),
        sample((2, 3), repeats=(1, 0, 2), axis=-1),
        sample((2, 2), repeats=(2,), axis=1),
        sample((), repeats=2, axis=None),
    ),
)
