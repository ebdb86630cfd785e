"""Joining arrays: end to end, along a new axis, side by side."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError, counted
from autograd_core.ops import batching
from autograd_core.ops.arguments import axis_index, integer, optional_integer
from autograd_core.ops.registry import composite, op, operation
from autograd_core.ops.spec import Param, Shape, sample

ALL = slice(None)


def _some(name: str, arrays: tuple[Any, ...]) -> None:
    if not arrays:
        raise ShapeError(f"{name} needs at least one array", code="AG307")


def _common(name: str, arrays: tuple[Any, ...]) -> Any:
    """The dtype of the result; plain numbers take that of the arrays."""
    _some(name, arrays)
    return np.result_type(*arrays)


def _pieces(shapes: tuple[Shape, ...], axis: int | None) -> tuple[int, list[int]]:
    """The axis along which arrays stand end to end, and the length of each."""
    if axis is None:
        return 0, [math.prod(shape) for shape in shapes]
    place = axis_index(axis, len(shapes[0]))
    return place, [shape[place] for shape in shapes]


def _joined(*shapes: Shape, axis: int | None) -> Shape:
    _some("concatenate", shapes)
    if axis is None:
        return (sum(math.prod(shape) for shape in shapes),)
    if () in shapes:
        raise ShapeError(
            f"{{{shapes.index(())}}} is a scalar: it has no axis to join along",
            code="AG306",
            hint="stack([a, b]) joins scalars",
        )
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
    if len(_arrays) > 1:
        g = op.index(g, key=(ALL,) * place + (slice(start or None, None if last else stop),))
    return op.reshape(g, shape=_arrays[operand].shape) if axis is None and _arrays[operand].ndim != 1 else g


concatenate = operation(
    "concatenate",
    doc="Arrays joined end to end along an axis; axis=None flattens them first.",
    group="shape",
    exports={"torch": lambda axis: None if axis is None else "torch.cat([{*}]<, dim={axis}>)"},
    operands=("*arrays",),
    params=(Param("axis", optional_integer, 0, ("dim",)),),
    aliases=("concat", "cat"),
    forward=lambda *arrays, axis: np.concatenate(arrays, axis, dtype=_common("concatenate", arrays)),
    vjps=(_piece,),
    shape=_joined,
    batch=batching.along_row,
    node="CatBackward0",
    linear="jointly",
    samples=(
        sample((2,), (3,), axis=0),
        sample((2, 3), (2, 1), axis=1),
        sample((2, 3), (1, 3), (2, 3), axis=-2),
        sample((2, 3), (), axis=None),
        sample((0, 3), (1, 3), axis=0),
    ),
)


def _stacked(*shapes: Shape, axis: int) -> Shape:
    _some("stack", shapes)
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


stack = operation(
    "stack",
    doc="Arrays of one shape put next to each other along a new axis.",
    group="shape",
    exports={"torch": "torch.stack([{*}]<, dim={axis}>)"},
    operands=("*arrays",),
    params=(Param("axis", integer, 0, ("dim",)),),
    forward=lambda *arrays, axis: np.stack(arrays, axis, dtype=_common("stack", arrays)),
    vjps=(lambda g, _y, *_arrays, operand, axis: op.index(g, key=(ALL,) * axis_index(axis, _y.ndim) + (operand,)),),
    shape=_stacked,
    batch=batching.inserting,
    node="StackBackward0",
    linear="jointly",
    samples=(sample((3,), (3,), axis=0), sample((2, 3), (2, 3), axis=-1), sample((), (), (), axis=0)),
)


def _raised(x: Any, ndim: int) -> Any:
    """At least ``ndim`` axes, new ones in front."""
    shape = getattr(x, "shape", ())
    return x if len(shape) >= ndim else op.reshape(x, shape=(1,) * (ndim - len(shape)) + shape)


def _hstack(*arrays: Any) -> Any:
    _some("hstack", arrays)
    raised = [_raised(a, 1) for a in arrays]
    return op.concatenate(*raised, axis=0 if len(raised[0].shape) == 1 else 1)


def _vstack(*arrays: Any) -> Any:
    _some("vstack", arrays)
    return op.concatenate(*[_raised(a, 2) for a in arrays], axis=0)


composite(
    "hstack",
    _hstack,
    doc="Arrays joined side by side: vectors end to end, matrices by their columns.",
    group="shape",
    operands=("*arrays",),
    samples=(sample((2,), (3,)), sample((2, 1), (2, 3)), sample((), ())),
)
composite(
    "vstack",
    _vstack,
    doc="Arrays joined on top of each other: vectors become rows.",
    group="shape",
    operands=("*arrays",),
    aliases=("row_stack",),
    samples=(sample((3,), (3,)), sample((1, 3), (2, 3))),
)
