"""Running sums and products along an axis, from either end, with or without the entry itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError
from autograd_core.limits import MAX_REPEATED
from autograd_core.ops import batching
from autograd_core.ops.arguments import axis_index, axis_param, flag, integer
from autograd_core.ops.effort import entries
from autograd_core.ops.elsewhere import scan
from autograd_core.ops.reduce import narrowed, widened
from autograd_core.ops.registry import composite, op, operation
from autograd_core.ops.spec import OpSpec, Param, Shape, sample

REVERSE = Param("reverse", flag, False)
EXCLUSIVE = Param("exclusive", flag, False)

SCAN_SAMPLES = (
    sample((4,), axis=0, exclusive=False, reverse=False),
    sample((2, 3), axis=None, exclusive=False, reverse=False),
    sample((2, 3), axis=1, exclusive=False, reverse=True),
    sample((2, 3), axis=0, exclusive=True, reverse=False),
    sample((2, 3, 2), axis=-2, exclusive=True, reverse=True),
    sample((), axis=None, exclusive=False, reverse=False),
)


def _scanned(x: Shape, axis: int | None, **_params: Any) -> Shape:
    """The shape of a scan: that of the operand, flattened where no axis is given."""
    if axis is None:
        return (math.prod(x),)
    axis_index(axis, len(x))
    return x


def _scanner(ufunc: np.ufunc) -> Callable[..., Any]:
    def forward(x: Any, axis: int | None, exclusive: bool, reverse: bool) -> Any:
        if axis is None:
            x, axis = np.reshape(x, -1), 0
        if reverse:
            x = np.flip(x, axis)
        if exclusive:
            ends = tuple(slice(0, 1) if i == axis % x.ndim else slice(None) for i in range(x.ndim))
            inner = tuple(slice(0, -1) if i == axis % x.ndim else slice(None) for i in range(x.ndim))
            x = np.concatenate([np.full_like(x[ends], ufunc.identity), x[inner]], axis=axis)
        found = narrowed(ufunc.accumulate(widened(x), axis=axis), x)
        return np.flip(found, axis) if reverse else found

    return forward


def _scan(name: str, ufunc: np.ufunc, **fields: Any) -> OpSpec:
    return operation(
        name,
        group="reduction",
        params=(axis_param(), EXCLUSIVE, REVERSE),
        method=True,
        forward=_scanner(ufunc),
        work=entries(4),
        shape=_scanned,
        batch=batching.along_row,
        node=name.title() + "Backward0",
        latex=rf"\operatorname{{{{{name}}}}}\left({{0}}\right)",
        **fields,
    )


def _cumsum_vjp(g: Any, _y: Any, _x: Any, axis: int | None, exclusive: bool, reverse: bool) -> Any:
    back = op.cumsum(g, axis=axis, exclusive=exclusive, reverse=not reverse)
    return back if back.shape == _x.shape else op.reshape(back, shape=_x.shape)


cumsum = _scan(
    "cumsum",
    np.add,
    exports=scan("cumsum"),
    doc="Running sums along an axis, of all entries where none is given; reverse starts at the end.",
    linear="jointly",
    vjps=(_cumsum_vjp,),
    samples=SCAN_SAMPLES,
)


def _cumprod_vjp(g: Any, _y: Any, x: Any, axis: int | None, exclusive: bool, reverse: bool) -> Any:
    """Products of the entries before, times a running sum of what the entries after pass back: no division."""
    if axis is None:
        flat = op.reshape(x, shape=(-1,)) if x.ndim != 1 else x
        back = _cumprod_vjp(g, _y, flat, 0, exclusive, reverse)
        return back if x.ndim == 1 else op.reshape(back, shape=x.shape)
    before = op.cumprod(x, axis=axis, exclusive=True, reverse=reverse)
    if exclusive:
        return before * op.recurrence(g, x, axis=axis, reverse=not reverse)
    return before * (g + op.recurrence(x * g, x, axis=axis, reverse=not reverse))


def _cumprod_textbook(g: Any, y: Any, x: Any, axis: int | None, exclusive: bool, reverse: bool) -> Any:
    back = op.cumsum(g * y, axis=axis, exclusive=exclusive, reverse=not reverse)
    return (back if back.shape == x.shape else op.reshape(back, shape=x.shape)) / x


def _cumprod_jvp(tangents: Any, _y: Any, x: Any, axis: int | None, exclusive: bool, reverse: bool) -> Any:
    """The tangent follows the product rule from entry to entry, which is a recurrence again."""
    t = tangents[0]
    if axis is None:
        t, x, axis = op.reshape(t, shape=(-1,)), op.reshape(x, shape=(-1,)), 0
    before = op.cumprod(x, axis=axis, exclusive=True, reverse=reverse)
    run = op.recurrence(before * t, x, axis=axis, reverse=reverse)
    return run if exclusive else run * x + before * t


cumprod = _scan(
    "cumprod",
    np.multiply,
    exports=scan("cumprod"),
    doc="Running products along an axis, of all entries where none is given; reverse starts at the end.",
    vjps=(_cumprod_vjp,),
    textbook=(_cumprod_textbook,),
    jvp=_cumprod_jvp,
    samples=(*SCAN_SAMPLES, sample([2.0, 0.0, 3.0, 0.0, 5.0], axis=0, exclusive=False, reverse=False)),
)


def _recurrence(b: Any, a: Any, axis: int, reverse: bool) -> Any:
    lines, factors = np.moveaxis(b, axis, 0), np.moveaxis(a, axis, 0)
    if reverse:
        lines, factors = lines[::-1], factors[::-1]
    found = np.zeros(lines.shape, lines.dtype)
    for i in range(1, len(found)):
        found[i] = lines[i - 1] + factors[i - 1] * found[i - 1]
    return np.moveaxis(found[::-1] if reverse else found, 0, axis)


def _recurrent(b: Shape, a: Shape, axis: int, reverse: bool) -> Shape:
    if a != b:
        raise ShapeError("recurrence needs two operands of one shape, not {0} and {1}", code="AG302")
    axis_index(axis, len(b))
    return b


recurrence = operation(
    "recurrence",
    doc="Linear recurrence t[i] = b[i-1] + a[i-1] * t[i-1] with t[0] = 0, by which products pull back.",
    group="reduction",
    operands=("b", "a"),
    params=(Param("axis", integer, -1, ("dim",)), REVERSE),
    forward=_recurrence,
    work=entries(250),
    vjps=(
        lambda g, _y, _b, a, axis, reverse: op.recurrence(g, a, axis=axis, reverse=not reverse),
        lambda g, y, _b, a, axis, reverse: op.recurrence(g, a, axis=axis, reverse=not reverse) * y,
    ),
    jvp=lambda tangents, y, _b, a, axis, reverse: op.recurrence(
        sum(t for t in (tangents[0], None if tangents[1] is None else tangents[1] * y) if t is not None),
        a,
        axis=axis,
        reverse=reverse,
    ),
    shape=_recurrent,
    batch=batching.along,
    node="RecurrenceBackward0",
    samples=(
        sample((4,), (4,), axis=0, reverse=False),
        sample((2, 3), (2, 3), axis=-1, reverse=True),
        sample((3, 2), (3, 2), axis=0, reverse=False),
    ),
)


def _differences(x: Any, n: int, axis: int) -> Any:
    axis = axis_index(axis, x.ndim)
    for _ in range(n):
        lead = (slice(None),) * axis
        x = op.index(x, key=(*lead, slice(1, None))) - op.index(x, key=(*lead, slice(None, -1)))
    return x


def _times(value: Any) -> int:
    count = integer(value)
    if not 0 <= count <= MAX_REPEATED:
        raise TypeError(f"must be between 0 and {MAX_REPEATED}, not {count}")
    return count


diff = composite(
    "diff",
    _differences,
    doc="Differences of neighbours along an axis, n times over.",
    group="reduction",
    params=(Param("n", _times, 1), Param("axis", integer, -1, ("dim",))),
    method=True,
    samples=(sample((4,), n=1, axis=-1), sample((3, 4), n=2, axis=1), sample((3, 2), n=1, axis=0)),
)
