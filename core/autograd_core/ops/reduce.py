"""Reductions along axes: sums, means, products, the largest and smallest; and what every reduction has in common."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError
from autograd_core.ops import batching
from autograd_core.ops.registry import Family, meant_with, op
from autograd_core.ops.signature import (
    AXES,
    KEEPDIMS,
    PAIR_ALONG_AXIS,
    TORCH,
    Alternative,
    axis_indices,
    number,
    reduced,
)
from autograd_core.ops.spec import Kink, OpSpec, Param, Shape

REDUCTIONS = Family("reduction", params=(AXES, KEEPDIMS))

AXIS_SAMPLES = (
    "2,3 axis=null keepdims=false; 2,3 axis=0 keepdims=false; 2,3 axis=-1 keepdims=true; "
    "2,3,2 axis=[0,2] keepdims=false; () axis=null keepdims=false"
)
"""The samples every reduction has in common."""


def expand(g: Any, shape: Shape, axis: Any, keepdims: bool) -> Any:
    """``g``, the shape of a reduction over ``axis``, with the reduced axes back as length 1, so that it broadcasts."""
    if g.shape == () or keepdims:
        return g
    return op.reshape(g, shape=reduced(shape, axis, True))


def count(shape: Shape, axis: Any) -> int:
    """How many entries one result of a reduction is made of."""
    return math.prod(shape[i] for i in axis_indices(axis, len(shape)))


def as_float64(x: Any) -> Any:
    """What sums are taken of: float32 as float64, as in PyTorch's accumulators."""
    return x.astype(np.float64) if x.dtype == np.float32 else x


def as_given_dtype(found: Any, x: Any) -> Any:
    """What was found of ``as_float64(x)``, in the dtype of ``x``."""
    return found.astype(np.float32) if x.dtype == np.float32 else found


ALL_AXES = "tuple(range({0:p}.ndim))"
"""Every axis of an array, for a function that must be told."""


def reduction(
    name: str, *, several: bool = True, whole: bool = False, **more: str
) -> dict[str, Callable[..., str | None]]:
    """A reduction along axes; PyTorch may know only one at a time, or need all of them named for the ``whole``.

    ``more`` are parameters with other names there, and ours.
    """

    def torch(axis: Any, keepdims: bool = False, **_params: Any) -> str | None:
        given = "".join(f", {each}={{{more[each]}}}" for each in more)
        if isinstance(axis, tuple) and not several:
            return None
        if axis is None and not keepdims and not whole:
            return f"torch.{name}({{0}}{given})"
        if axis is None and not several:
            return None
        along = ALL_AXES if axis is None else repr(axis)
        return f"torch.{name}({{0}}{given}, dim={along}<, keepdim={{keepdims}}>)"

    return {"torch": torch}


def _numbered(base: str) -> Any:
    """PyTorch numbers the node by whether an axis is given."""
    return lambda *_shapes, axis, **_params: f"{base}Backward{0 if axis is None else 1}"


AXIS_REDUCTIONS = Family(
    "reduction", params=(AXES, KEEPDIMS), shape=reduced, batch=batching.along, samples=AXIS_SAMPLES
)

sum_ = AXIS_REDUCTIONS.operation(
    "sum",
    "Sum of the entries, over all axes or the given ones.",
    exports=reduction("sum"),
    alternatives=meant_with("sum_where", "where"),
    forward=np.add.reduce,
    vjps=(lambda g, _y, _x, axis, keepdims: expand(g, _x.shape, axis, keepdims),),
    node=_numbered("Sum"),
)
AXIS_REDUCTIONS.operation(
    "mean",
    "Arithmetic mean of the entries, over all axes or the given ones.",
    exports=reduction("mean"),
    alternatives=meant_with("mean_where", "where"),
    forward=lambda x, axis, keepdims: (
        np.add.reduce(x, axis=axis, keepdims=keepdims) / (count(x.shape, axis) or math.nan)
    ),
    vjps=(lambda g, _y, _x, axis, keepdims: expand(g, _x.shape, axis, keepdims) / max(count(_x.shape, axis), 1),),
    node=_numbered("Mean"),
)


def _sum_where(x: Any, where: Any, axis: Any, keepdims: bool) -> Any:
    return sum_(op.where(where, x, 0.0), axis=axis, keepdims=keepdims)


def _mean_where(x: Any, where: Any, axis: Any, keepdims: bool) -> Any:
    return _sum_where(x, where, axis, keepdims) / _sum_where(op.ones_like(x), where, axis, keepdims)


for _name, _words, _build in (("sum", "Sum", _sum_where), ("mean", "Mean", _mean_where)):
    REDUCTIONS.composite(
        f"{_name}_where",
        f"{_words} of the entries where a condition holds, {_name}(x, where=x > 0).",
        _build,
        operands=("x", "where"),
        params=(replace(AXES, before="where"), KEEPDIMS),
        samples=f"2,3 [1.0,0.0,1.0] axis=1 as {_name}(x, where=x > 0)",
    )


@REDUCTIONS.function(
    params=(replace(AXES, before="weights"), KEEPDIMS),
    domain=((-2.0, 2.0), (0.5, 2.0)),
    samples="3 3; 2,3 3 axis=1; 2,3 2,3 axis=0",
)
def average(x: Any, weights: Any = None, *, axis: Any, keepdims: bool) -> Any:
    """Mean of the entries, each counted by its weight."""
    if weights is None:
        return op.mean(x, axis=axis, keepdims=keepdims)
    shape = getattr(weights, "shape", ())
    if shape != x.shape:
        gone = axis_indices(axis, x.ndim)
        if len(gone) != 1 or shape != (x.shape[gone[0]],):
            raise ShapeError(
                f"the weights have shape {shape}: x has {x.shape}, or a single axis is given and as many weights",
                code="AG302",
            )
        weights = op.reshape(weights, shape=tuple(n if i in gone else 1 for i, n in enumerate(x.shape)))
    total = op.sum(x * weights, axis=axis, keepdims=keepdims)
    return total / op.sum(weights, axis=axis if shape == x.shape else None, keepdims=keepdims)


def largest_power(x: Any, axis: Any, least: float) -> Any:
    """The power of two below the largest entry along axes, kept as length 1; not below ``least``, of inf 2**1023."""
    size = np.nan_to_num(np.abs(x))
    top = np.maximum.reduce(size, axis=axis, keepdims=True, initial=least)
    return np.ldexp(np.ones_like(top), np.frexp(top)[1] - 1)


REDUCTIONS.operation(
    "magnitude",
    "The power of two below the largest entry along axes, not below least: a divisor that keeps squares in range.",
    params=(AXES, Param("least", number, 1.0)),
    forward=largest_power,
    shape=lambda x, axis, least: reduced(x, axis, True),
    symbolic=lambda sympy, x, axis, least: np.ones(reduced(x.shape, axis, True), dtype=object),
    samples="2,3 axis=1",
)


def along_merged(function: Callable[[Any], Any], x: Any, axis: Any) -> Any:
    """What a function makes of the last axis, which the axes of a reduction are merged into; in the shape of ``x``."""
    gone = axis_indices(axis, x.ndim)
    if not x.ndim or gone == (x.ndim - 1,):
        return function(x)
    order = tuple(i for i in range(x.ndim) if i not in gone) + gone
    turned = tuple(x.shape[i] for i in order)
    moved = x if order == tuple(range(x.ndim)) else op.transpose(x, axes=order)
    made = function(op.reshape(moved, shape=(*turned[: len(turned) - len(gone)], count(x.shape, axis))))
    back = tuple(order.index(i) for i in range(x.ndim))
    made = op.reshape(made, shape=turned)
    return made if order == back == tuple(range(x.ndim)) else op.transpose(made, axes=back)


def _others(x: Any, axis: Any) -> Any:
    """For each entry the product of the others of its slice, without a division, so that zeros are safe."""

    def along(rows: Any, place: int = -1) -> Any:
        before, after = (op.cumprod(rows, axis=place, exclusive=True, reverse=back) for back in (False, True))
        return before * after

    gone = axis_indices(axis, x.ndim)
    return along(x, gone[0]) if len(gone) == 1 else along_merged(along, x, axis) if gone else 1.0


AXIS_REDUCTIONS.operation(
    "prod",
    "Product of the entries, over all axes or the given ones.",
    exports=reduction("prod", several=False),
    forward=np.multiply.reduce,
    vjps=(
        (
            lambda g, _y, x, axis, keepdims: expand(g, x.shape, axis, keepdims) * _others(x, axis),
            lambda g, y, x, axis, keepdims: expand(g, x.shape, axis, keepdims) * expand(y, x.shape, axis, keepdims) / x,
        ),
    ),
    node=_numbered("Prod"),
    samples=AXIS_SAMPLES + "; [[2.0,0.0,3.0],[0.0,0.0,3.0]] axis=1",
)


def nonempty(name: str, shape: Shape, axis: Any) -> None:
    """Raise ShapeError where a result would be made of no entries at all."""
    if count(shape, axis) == 0:
        where = "no entries" if axis is None else f"no entries along axis {axis}"
        raise ShapeError(
            f"{{0}} has {where}, so it has no {name}",
            code="AG307",
            hint="the sum of no entries is 0, their product 1",
            pytorch=f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction "
            "dim with the 'dim' argument.",
        )


def reduced_some(name: str) -> Callable[..., Shape]:
    """The shape rule of a reduction that is not of no entries."""

    def shape(x: Shape, axis: Any, keepdims: bool) -> Shape:
        found = reduced(x, axis, keepdims)
        nonempty(name, x, axis)
        return found

    return shape


def chosen_parts(function: OpSpec, x: Any, axis: Any, keepdims: bool) -> Any:
    """The sum of the entries that are the extreme ones, each by its share; which these are is held constant."""
    held = op.detach(x)
    won = op.detach(op.equal(held, function(held, axis=axis, keepdims=True)))
    share = won / op.sum(won, axis=axis, keepdims=True)
    return op.sum(op.where(won, x * share, 0.0), axis=axis, keepdims=keepdims)


def _extreme(name: str, alias: str, ufunc: np.ufunc, doc: str) -> OpSpec:
    def forward(x: Any, axis: Any, keepdims: bool) -> Any:
        nonempty(name, x.shape, axis)
        return ufunc.reduce(x, axis=axis, keepdims=keepdims)

    def vjp(g: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
        won = op.equal(x, expand(y, x.shape, axis, keepdims)) + op.not_equal(x, x)  # nan where that is the extreme
        return expand(g, x.shape, axis, keepdims) * won / op.sum(won, axis=axis, keepdims=True)

    def symbolic(sympy: Any, x: Any, axis: Any, keepdims: bool) -> Any:
        gone = axis_indices(axis, x.ndim)
        rows = np.moveaxis(x, gone, range(-len(gone), 0)).reshape(-1, count(x.shape, axis))
        found = np.empty(len(rows), dtype=object)
        found[:] = [chosen(sympy, list(row), name == "max") for row in rows]
        return found.reshape(reduced(x.shape, axis, keepdims))

    def ties(x: Any, axis: Any, keepdims: bool) -> Any:
        won = x == ufunc.reduce(x, axis=axis, keepdims=True)
        return won & (np.count_nonzero(won, axis=axis, keepdims=True) > 1)

    return AXIS_REDUCTIONS.operation(
        f"{name}|{alias}",
        doc,
        exports=reduction(f"a{name}", whole=True),
        alternatives=(
            PAIR_ALONG_AXIS,
            Alternative(
                lambda written: written.count >= 2 and "axis" not in written.keywords,
                libraries=("np", "numpy", "jnp"),
                name=alias,
            ),
            Alternative(
                lambda written: written.count >= 2 and not written.computed and "other" not in written.keywords,
                libraries=TORCH,
                name=alias,
            ),
            Alternative(
                lambda written: (
                    written.count == 2 and written.name == name and (not written.method or written.computed)
                ),
                lambda: op.maximum if name == "max" else op.minimum,
                f"{name}(a, b) was read as {name}imum(a, b), entry by entry; along an axis it is {name}(a, axis=0)",
            ),
        ),
        forward=forward,
        definition=lambda x, axis, keepdims: chosen_parts(getattr(op, name), x, axis, keepdims),
        vjps=(vjp,),
        shape=reduced_some(name),
        symbolic=symbolic,
        node=lambda _x, axis, keepdims: f"{name.title()}Backward1" if axis is None else f"A{name}Backward0",
        latex=rf"\{name}\left({{0}}\right)",
        kinks=(Kink(ties, f"an equal share for each tied entry, as torch.a{name}", 0),),
    )


def chosen(sympy: Any, entries: list[Any], largest: bool) -> Any:
    """The largest or smallest entry for SymPy: the derivative of its Max by many entries takes minutes."""
    if len(entries) == 1:
        return entries[0]
    best = (sympy.Max if largest else sympy.Min)(*entries)
    compare = sympy.Ge if largest else sympy.Le
    return sympy.Piecewise(*((a, compare(a, best)) for a in entries[:-1]), (entries[-1], True))


max_ = _extreme("max", "amax", np.maximum, "Largest entry, over all axes or along the given ones.")
min_ = _extreme("min", "amin", np.minimum, "Smallest entry, over all axes or along the given ones.")

REDUCTIONS.composite(
    "ptp",
    "Range of the entries: the largest minus the smallest.",
    lambda x, axis, keepdims: max_(x, axis=axis, keepdims=keepdims) - min_(x, axis=axis, keepdims=keepdims),
    samples="2,3; 2,3 axis=0 keepdims=true",
)
