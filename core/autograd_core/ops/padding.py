"""Arrays with a border of constants."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.errors import ShapeError, counted
from autograd_core.ops.arguments import integers, number, word
from autograd_core.ops.registry import op, operation
from autograd_core.ops.spec import Param, Shape, sample


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
        raise ShapeError(
            f"pad_width has {counted(len(widths), 'pair')}; {{0}} has {counted(len(x), 'axis', 'axes')}", code="AG303"
        )
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


def _pad_in_torch(shapes: list[Shape], pad_width: Any, mode: str, constant_values: float) -> str:
    """PyTorch takes the widths from the last axis to the first."""
    widths = tuple(width for pair in reversed(_widths(pad_width, len(shapes[0]))) for width in pair)
    return f"F.pad({{0}}, {widths}<, value={{constant_values}}>)"


pad = operation(
    "pad",
    doc="A constant border: pad(x, 1), pad(x, (before, after)), or one pair for each axis, as in NumPy.",
    group="shape",
    exports={"torch": _pad_in_torch},
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
