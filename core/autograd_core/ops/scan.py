"""Running sums and products along an axis, from either end, with or without the entry itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError
from autograd_core.limits import MAX_REPEATED
from autograd_core.ops import batching
from autograd_core.ops.reduce import as_float64, as_given_dtype, chosen
from autograd_core.ops.registry import Family, op
from autograd_core.ops.shape import in_shape
from autograd_core.ops.signature import PAIR, axis_index, axis_param, flag, integer, within
from autograd_core.ops.spec import Kink, OpSpec, Param, Shape

REDUCTIONS = Family("reduction")
SOFTMAXES = Family("softmax")

REVERSE = Param("reverse", flag, False)
EXCLUSIVE = Param("exclusive", flag, False)

SCAN_SAMPLES = (
    "4 axis=0 exclusive=false reverse=false; 2,3 axis=null exclusive=false reverse=false; "
    "2,3 axis=1 exclusive=false reverse=true; 2,3 axis=0 exclusive=true reverse=false; "
    "2,3,2 axis=-2 exclusive=true reverse=true; () axis=null exclusive=false reverse=false"
)


def flattened(x: Shape, axis: int | None, **_params: Any) -> Shape:
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
        found = as_given_dtype(ufunc.accumulate(as_float64(x), axis=axis), x)
        return np.flip(found, axis) if reverse else found

    return forward


def along_axis(template: str) -> dict[str, Callable[..., str | None]]:
    """A function that PyTorch has along one axis; it does not flatten."""
    return {"torch": lambda axis, **_params: None if axis is None else template}


def _in_torch(name: str) -> dict[str, Callable[..., str | None]]:
    """A running sum or product, where it is neither exclusive nor reversed."""

    def spelled(axis: int | None, exclusive: bool, reverse: bool) -> str | None:
        given = "torch.ravel({0}), dim=0" if axis is None else "{0}, dim={axis}"
        return None if exclusive or reverse else f"torch.{name}({given})"

    return {"torch": spelled}


def _scan(name: str, ufunc: np.ufunc, **fields: Any) -> OpSpec:
    return REDUCTIONS.operation(
        name,
        params=(axis_param(), EXCLUSIVE, REVERSE),
        forward=_scanner(ufunc),
        shape=flattened,
        batch=batching.along_row,
        **fields,
    )


cumsum = _scan(
    "cumsum",
    np.add,
    exports=_in_torch("cumsum"),
    doc="Running sums along an axis, of all entries where none is given; reverse starts at the end.",
    vjps=(lambda g, _y, _x, reverse, **along: in_shape(op.cumsum(g, reverse=not reverse, **along), _x.shape),),
    samples=SCAN_SAMPLES,
)


def _cumprod_vjp(g: Any, _y: Any, x: Any, axis: int | None, exclusive: bool, reverse: bool) -> Any:
    """Products of the entries before, times a running sum of what the entries after pass back: no division."""
    if axis is None:
        flat = op.reshape(x, shape=(-1,)) if x.ndim != 1 else x
        return in_shape(_cumprod_vjp(g, _y, flat, 0, exclusive, reverse), x.shape)
    before = op.cumprod(x, axis=axis, exclusive=True, reverse=reverse)
    if exclusive:
        return before * op.recurrence(g, x, axis=axis, reverse=not reverse)
    return before * (g + op.recurrence(x * g, x, axis=axis, reverse=not reverse))


cumprod = _scan(
    "cumprod",
    np.multiply,
    exports=_in_torch("cumprod"),
    doc="Running products along an axis, of all entries where none is given; reverse starts at the end.",
    vjps=(
        (
            _cumprod_vjp,
            lambda g, y, x, reverse, **along: in_shape(op.cumsum(g * y, reverse=not reverse, **along), x.shape) / x,
        ),
    ),
    samples=SCAN_SAMPLES + "; [2.0,0.0,3.0,0.0,5.0] axis=0",
)


@REDUCTIONS.computed(
    params=(axis_param(), Param("largest", flag, True)),
    shape=lambda x, axis, largest: flattened(x, axis),
    symbolic=lambda sympy, x, axis, largest: None,
    samples="4 axis=0; 2,3 axis=1 largest=false",
)
def running_argmax(x: Any, axis: int | None, largest: bool) -> Any:
    """The position of the largest (or smallest) entry so far along an axis, by which cummax and cummin pull back.

    Of equal entries it is the last one, as in PyTorch.
    """
    if axis is None:
        x, axis = np.reshape(x, -1), 0
    rows = np.moveaxis(x, axis, 0)
    so_far = (np.maximum if largest else np.minimum).accumulate(rows, axis=0)
    places = np.arange(len(rows)).reshape(-1, *(1,) * (rows.ndim - 1))
    met = np.where((rows == so_far) | np.isnan(rows), places, 0)
    return np.moveaxis(np.maximum.accumulate(met, axis=0), 0, axis).astype(x.dtype)


def _running_extreme(name: str, ufunc: np.ufunc, largest: bool, doc: str) -> OpSpec:
    def vjp(g: Any, _y: Any, x: Any, axis: int | None) -> Any:
        flat = op.reshape(x, shape=(-1,)) if axis is None else x
        place = 0 if axis is None else axis
        leads = op.running_argmax(flat, axis=place, largest=largest)
        return in_shape(op.scatter_along_axis(g, leads, shape=flat.shape, axis=place), x.shape)

    def symbolic(sympy: Any, x: Any, axis: int | None) -> Any:
        x, place = (np.reshape(x, -1), 0) if axis is None else (x, axis)
        return np.apply_along_axis(
            lambda row: np.array([chosen(sympy, list(row[: i + 1]), largest) for i in range(len(row))], dtype=object),
            place,
            x,
        )

    def ties(x: Any, axis: int | None) -> Any:
        """Entries that are the extreme one so far together with another one, before or after."""
        rows = np.reshape(x, -1) if axis is None else np.moveaxis(x, axis, 0)
        so_far = ufunc.accumulate(rows, axis=0)
        places = np.arange(len(rows)).reshape(-1, *(1,) * (rows.ndim - 1))
        starts = np.concatenate([so_far[:1] == so_far[:1], so_far[1:] != so_far[:-1]])
        first = np.maximum.accumulate(np.where(starts, places, 0), axis=0)
        tied = (rows == so_far) & (first != places)
        np.logical_or.at(tied, (first, *np.ix_(*map(np.arange, rows.shape[1:]))), tied.copy())
        return np.reshape(tied, x.shape) if axis is None else np.moveaxis(tied, 0, axis)

    return REDUCTIONS.operation(
        name,
        doc,
        params=(axis_param(),),
        alternatives=(PAIR,),
        exports=along_axis(f"torch.{name}({{0}}, dim={{axis}}).values"),
        forward=lambda x, axis: ufunc.accumulate(*((np.reshape(x, -1), 0) if axis is None else (x, axis))),
        vjps=(vjp,),
        shape=flattened,
        symbolic=symbolic,
        kinks=(Kink(ties, "the gradient to the last of equal entries, as PyTorch", 0),),
        samples="4 axis=0; 2,3 axis=1; 2,2 axis=null",
    )


cummax = _running_extreme("cummax", np.maximum, True, "The largest entry so far along an axis.")
cummin = _running_extreme("cummin", np.minimum, False, "The smallest entry so far along an axis.")


def _logcumsumexp_vjp(g: Any, y: Any, x: Any, axis: int | None) -> Any:
    """The sums of g exp(-y) from each place on, relative to y there, so that nothing overflows."""
    flat = op.reshape(x, shape=(-1,)) if axis is None else x
    place = axis_index(0 if axis is None else axis, len(flat.shape))
    lead = (slice(None),) * place
    before = op.concatenate(
        op.index(y, key=(*lead, slice(0, 1))), op.index(y, key=(*lead, slice(None, -1))), axis=place
    )
    falls = op.exp(before - y)
    later = op.recurrence(falls * g, falls, axis=place, reverse=True)
    return in_shape(op.exp(flat - y) * (g + later), x.shape)


@SOFTMAXES.computed(
    params=(axis_param(),),
    exports=along_axis("torch.logcumsumexp({0}, dim={axis})"),
    vjps=(_logcumsumexp_vjp,),
    shape=flattened,
    definition=lambda x, axis: op.log(op.cumsum(op.exp(x), axis=axis, exclusive=False, reverse=False)),
    samples="4 axis=0; 2,3 axis=1; 2,2",
)
def logcumsumexp(x: Any, axis: int | None) -> Any:
    """Logarithm of the running sums of exp(x) along an axis, without overflow."""
    x, axis = (np.reshape(x, -1), 0) if axis is None else (x, axis)
    return as_given_dtype(np.logaddexp.accumulate(as_float64(x), axis=axis), x)


def _recurrent(b: Shape, a: Shape, axis: int, reverse: bool) -> Shape:
    if a != b:
        raise ShapeError("recurrence needs two operands of one shape, not {0} and {1}", code="AG302")
    axis_index(axis, len(b))
    return b


@REDUCTIONS.computed(
    operands=("b", "a"),
    params=(axis_param(-1), REVERSE),
    vjps=(
        lambda g, _y, _b, a, axis, reverse: op.recurrence(g, a, axis=axis, reverse=not reverse),
        lambda g, y, _b, a, axis, reverse: op.recurrence(g, a, axis=axis, reverse=not reverse) * y,
    ),
    shape=_recurrent,
    batch=batching.along,
    samples="4 4 axis=0; 2,3 2,3 reverse=true; 3,2 3,2 axis=0",
)
def recurrence(b: Any, a: Any, axis: int, reverse: bool) -> Any:
    """Linear recurrence t[i] = b[i-1] + a[i-1] * t[i-1] with t[0] = 0, by which products pull back."""
    lines, factors = np.moveaxis(b, axis, 0), np.moveaxis(a, axis, 0)
    if reverse:
        lines, factors = lines[::-1], factors[::-1]
    found = np.zeros(lines.shape, lines.dtype)
    for i in range(1, len(found)):
        found[i] = lines[i - 1] + factors[i - 1] * found[i - 1]
    return np.moveaxis(found[::-1] if reverse else found, 0, axis)


@REDUCTIONS.function(
    params=(Param("n", within(integer, 0, MAX_REPEATED), 1), axis_param(-1)),
    samples="4; 3,4 n=2 axis=1; 3,2 axis=0",
)
def diff(x: Any, n: int, axis: int) -> Any:
    """Differences of neighbours along an axis, n times over."""
    axis = axis_index(axis, x.ndim)
    for _ in range(n):
        lead = (slice(None),) * axis
        x = op.index(x, key=(*lead, slice(1, None))) - op.index(x, key=(*lead, slice(None, -1)))
    return x
