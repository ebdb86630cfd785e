"""Arrays with a border of constants."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.errors import ShapeError, counted
from autograd_core.ops.arguments import integers, number, word
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import Alternative
from autograd_core.ops.spec import Param, Shape, sample

SHAPES = Family("shape")


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


def _padded(x: Shape, pad_width: Any, mode: str, constant_values: float) -> Shape:
    widths = _widths(pad_width, len(x))
    if len(widths) != len(x):
        raise ShapeError(
            f"pad_width has {counted(len(widths), 'pair')}; {{0}} has {counted(len(x), 'axis', 'axes')}", code="AG303"
        )
    found = tuple(before + n + after for n, (before, after) in zip(x, widths, strict=True))
    if min(found, default=0) < 0:
        raise ShapeError(f"negative widths {pad_width} cut off more than {{0}} has", code="AG303")
    return found


def _inside(g: Any, _y: Any, _x: Any, pad_width: Any, mode: str, constant_values: float) -> Any:
    widths = _widths(pad_width, _x.ndim)
    if not any(map(any, widths)):
        return g
    if any(min(pair) < 0 for pair in widths):
        back = tuple((-before, -after) for before, after in widths)
        return op.pad(g, pad_width=back, mode="constant", constant_values=0.0)
    return op.index(
        g, key=tuple(slice(b or None, b + n if a else None) for n, (b, a) in zip(_x.shape, widths, strict=True))
    )


def _pad(x: Any, pad_width: Any, mode: str, constant_values: float) -> Any:
    widths = _widths(pad_width, x.ndim)
    out = np.full(_padded(x.shape, pad_width, mode, constant_values), constant_values, x.dtype)
    kept = x[tuple(slice(max(-b, 0), n - max(-a, 0)) for n, (b, a) in zip(x.shape, widths, strict=True))]
    out[tuple(slice(max(b, 0), max(b, 0) + n) for n, (b, _) in zip(kept.shape, widths, strict=True))] = kept
    return out


def _pad_in_torch(shapes: list[Shape], pad_width: Any, mode: str, constant_values: float) -> str:
    """PyTorch takes the widths from the last axis to the first."""
    widths = tuple(width for pair in reversed(_widths(pad_width, len(shapes[0]))) for width in pair)
    return f"F.pad({{0}}, {widths}<, value={{constant_values}}>)"


def _pad_in_numpy(shapes: list[Shape], pad_width: Any, mode: str, constant_values: float) -> str | None:
    widths = _widths(pad_width, len(shapes[0]))
    if any(min(pair) < 0 for pair in widths):
        return None
    return f"np.pad({{0}}, {widths}, constant_values={constant_values})"


pad = SHAPES.operation(
    "pad",
    "A border: pad(x, 1), pad(x, (before, after)), or a pair for each axis, as in NumPy; negative widths cut off.",
    exports={"torch": _pad_in_torch, "numpy": _pad_in_numpy},
    alternatives=(Alternative(lambda written: "mode" in written.keywords or written.count > 2, lambda: op.pad_with),),
    params=(
        Param("pad_width", _read_widths, spellings=("pad",)),
        Param("mode", word("constant"), "constant"),
        Param("constant_values", number, 0.0, ("value",)),
    ),
    forward=_pad,
    vjps=(_inside,),
    shape=_padded,
    node="ConstantPadNdBackward0",
    samples=(
        sample((3,), pad_width=1),
        sample((2, 3), pad_width=(0, 2), constant_values=1.5),
        sample((2, 3), pad_width=((1, 0), (0, 2))),
        sample((2, 3), pad_width=0),
        sample((2, 4), pad_width=((1, -1), (-1, -2)), constant_values=0.5),
    ),
)

MODES = {"replicate": "edge", "circular": "wrap"}
"""What PyTorch calls the ways to fill a border, and NumPy."""


def _pad_with(x: Any, pad_width: Any, mode: str, constant_values: float) -> Any:
    if mode == "constant":
        return pad(x, pad_width=pad_width, mode=mode, constant_values=constant_values)
    widths = _widths(pad_width, len(x.shape))
    _padded(x.shape, pad_width, mode, constant_values)
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


WAYS = ("reflect", "edge", "wrap", "symmetric")
SHAPES.composite(
    "pad_with",
    "A border of constants, or of the array's own entries: pad(x, 1, mode='reflect'), edge, wrap, symmetric.",
    _pad_with,
    params=(
        Param("pad_width", _read_widths, spellings=("pad",)),
        Param("mode", word("constant", *WAYS, *MODES), "constant"),
        Param("constant_values", number, 0.0, ("value",)),
    ),
    method=True,
    example="pad(x, 1, mode='reflect')",
    samples=(
        *(sample((4,), pad_width=(2, 1), mode=mode) for mode in WAYS),
        sample((3, 3), pad_width=((1, 0), (-1, 2)), mode="reflect"),
    ),
)
