"""Entries in order, and their spread and centre: sort, variance, standard deviation, median, weighted average."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import LimitError, ShapeError, counted
from autograd_core.ops import batching
from autograd_core.ops.indexing import is_place
from autograd_core.ops.norms import has_numbers, never_zero, ordinary, unit_vector, vector_length
from autograd_core.ops.reduce import (
    AXIS_REDUCTIONS,
    as_float64,
    as_given_dtype,
    count,
    expand,
    nonempty,
    reduced_some,
    reduction,
)
from autograd_core.ops.registry import Family, op
from autograd_core.ops.scan import along_axis, flattened
from autograd_core.ops.signature import (
    AXES,
    KEEPDIMS,
    PAIR,
    PAIR_ALONG_AXIS,
    TORCH,
    Alternative,
    axis_index,
    axis_indices,
    axis_param,
    flag,
    integer,
    number,
    optional_integer,
    reduced,
)
from autograd_core.ops.spec import Kink, KnownDifference, Param, Shape

AXIS = Param("axis", optional_integer, -1, ("dim",))
DESCENDING = Param("descending", flag, False)
MAX_RANKED = 8
"""Entries of which SymPy is told the rank of each."""


def _order(x: Any, axis: int | None, descending: bool) -> Any:
    """The positions that sort ``x``; equal entries keep their order, nan counts as the largest, as in PyTorch."""
    if axis is None:
        x, axis = np.ravel(x), 0
    if not descending:
        return np.argsort(x, axis, kind="stable")
    back = np.argsort(np.flip(x, axis), axis, kind="stable")
    return x.shape[axis] - 1 - np.flip(back, axis)


ORDERED = Family("shape", params=(AXIS, DESCENDING), shape=flattened, batch=batching.along_row)


def _by_rank(sympy: Any, x: Any, axis: int | None, descending: bool, value: Any) -> Any:
    """For each place ``value(row, j)`` of the entry j whose rank is that place.

    The rank counts the entries that come before.
    """
    if axis is None:
        x, axis = np.ravel(x), 0
    n = x.shape[axis]
    if n > MAX_RANKED:
        raise LimitError(f"sorting {n} names is too much for SymPy; the limit is {MAX_RANKED}", code="AG801")

    def comes_before(row: Any, i: int, j: int) -> Any:
        strict = (sympy.Gt, sympy.Ge) if descending else (sympy.Lt, sympy.Le)
        return sympy.Piecewise((sympy.Integer(1), strict[i < j](row[i], row[j])), (sympy.Integer(0), True))

    def along(row: Any) -> Any:
        ranks = [sum(comes_before(row, i, j) for i in range(n) if i != j) for j in range(n)]
        found = [sum(value(row, j) * is_place(sympy, rank, k, n) for j, rank in enumerate(ranks)) for k in range(n)]
        return np.array(found, object)

    return np.apply_along_axis(along, axis, x) if x.size else x


def _unsorted(g: Any, _y: Any, x: Any, axis: int | None, descending: bool) -> Any:
    place = -1 if axis is None else axis
    rank = op.argsort(op.argsort(x, axis=axis, descending=descending), axis=place, descending=False)
    found = op.take_along_axis(g, rank, axis=place)
    return op.reshape(found, shape=x.shape) if axis is None and x.ndim != 1 else found


def _ties(x: Any, axis: int | None, descending: bool) -> Any:
    """Entries that equal another one of their row: either may take the other's place."""
    rows = x.reshape(1, -1) if axis is None or not x.ndim else np.moveaxis(x, axis, -1)
    order = np.argsort(rows, axis=-1)
    y = np.take_along_axis(rows, order, -1)
    same = y[..., 1:] == y[..., :-1]
    tied = np.zeros(y.shape, bool)
    tied[..., 1:] |= same
    tied[..., :-1] |= same
    found = np.empty_like(tied)
    np.put_along_axis(found, order, tied, -1)
    return found.reshape(x.shape) if axis is None or not x.ndim else np.moveaxis(found, -1, axis)


def _sort_in_parts(x: Any, axis: int | None, descending: bool) -> Any:
    if axis is None:
        x, axis = op.reshape(x, shape=(-1,)), 0
    order = op.detach(op.argsort(op.detach(x), axis=axis, descending=descending))
    return op.take_along_axis(x, order, axis=axis)


@ORDERED.computed(
    exports={
        **along_axis("torch.sort({0}, dim={axis}<, descending={descending}>).values"),
        "jax": "jnp.sort({0}, axis={axis}<, descending={descending}>)",
        "numpy": None,
    },
    alternatives=(PAIR,),
    definition=_sort_in_parts,
    vjps=(_unsorted,),
    symbolic=lambda sympy, x, axis, descending: _by_rank(sympy, x, axis, descending, lambda row, j: row[j]),
    kinks=(Kink(_ties, "the gradient of its place for each entry, equal ones in their order", 0),),
    samples="4; 2,3 axis=0 descending=true; 2,3 axis=null",
)
def sort(x: Any, axis: int | None, descending: bool) -> Any:
    """Entries in rising order along an axis, falling with descending=True; axis=None sorts all in one row."""
    order = _order(x, axis, descending)
    return np.ravel(x)[order] if axis is None else np.take_along_axis(x, order, axis)


@ORDERED.function(params=(), samples="4; 3,2")
def msort(x: Any) -> Any:
    """Entries in rising order along the first axis."""
    return op.sort(x, axis=0, descending=False)


@ORDERED.function(
    params=(
        Param("k", integer),
        axis_param(-1),
        Param("largest", flag, True),
        Param("sorted", flag, True),
    ),
    alternatives=(PAIR,),
    samples="4 k=2; 3,2 k=2 axis=0 largest=false",
)
def topk(x: Any, k: int, axis: int, largest: bool, sorted: bool) -> Any:
    """The k largest entries along an axis in falling order, or the smallest in rising order with largest=False."""
    place = axis_index(axis, len(x.shape))
    if not 0 <= k <= x.shape[place]:
        raise ShapeError(f"topk: k is {k}, there are {counted(x.shape[place], 'entry', 'entries')} along axis {axis}")
    falling = op.sort(x, axis=place, descending=largest)
    return op.index(falling, key=(slice(None),) * place + (slice(0, k),))


ORDERED.operation(
    "argsort",
    "The positions of the entries in rising order; passes no gradient.",
    exports={
        **along_axis("torch.argsort({0}, dim={axis}<, descending={descending}>).to({0:p}.dtype)"),
        "jax": "jnp.argsort({0}, axis={axis}<, descending={descending}>).astype({0:p}.dtype)",
        "numpy": None,
    },
    forward=lambda x, axis, descending: _order(x, axis, descending).astype(x.dtype),
    symbolic=lambda sympy, x, axis, descending: _by_rank(sympy, x, axis, descending, lambda _row, j: sympy.Integer(j)),
    samples="4; 2,3 axis=null descending=true",
)


def _correction(value: Any) -> int | float:
    """What is taken off the count in the divisor: a number, or True and False for 1 and 0 (``unbiased``)."""
    if not isinstance(value, (bool, int, float)):
        raise TypeError(f"must be a number, or True or False for unbiased, not {value!r}")
    return int(value) if value == value and abs(value) < 1e9 and value == int(value) else float(value)


def _divisor(name: str) -> tuple[Alternative, ...]:
    """What is said of a divisor that is not named: NumPy and PyTorch differ, and only its prefix or ``axis`` tell."""
    note = f"{name} divides by the number of entries, as in NumPy; PyTorch's takes 1 off: {name}(x, correction=1)"
    named, of_numpy = {"correction", "unbiased", "ddof"}, {"axis", "keepdims"}
    return (
        Alternative(lambda w: w.count == 1 and not w.keywords, libraries=("np", "numpy", "jnp"), name=f"np_{name}"),
        Alternative(lambda w: w.keywords.isdisjoint(named) and bool(w.keywords & of_numpy), None, note, TORCH),
        Alternative(lambda w: w.keywords.isdisjoint(named | of_numpy), note=note),
    )


DDOF = Param("ddof", _correction, 0, ("correction", "unbiased"))


def _left(shape: Shape, axis: Any, ddof: float) -> Any:
    """The divisor of a variance, not below 0; nan for no entries."""
    return max(count(shape, axis) - ddof, 0) if count(shape, axis) else math.nan


def _deviations(x: Any, axis: Any) -> Any:
    """The entries less their mean, found relative to one entry of each slice: equal entries give 0 to the last bit."""
    gone = axis_indices(axis, x.ndim)
    moved = as_float64(x)
    moved = moved - moved[tuple(slice(0, 1) if i in gone else slice(None) for i in range(x.ndim))]
    return moved - np.add.reduce(moved, axis=gone, keepdims=True) / (count(x.shape, axis) or math.nan)


def _variance(x: Any, axis: Any, ddof: float, keepdims: Any) -> Any:
    moved = _deviations(x, axis)
    total = np.add.reduce(moved * moved, axis=axis_indices(axis, x.ndim), keepdims=keepdims)
    left = _left(x.shape, axis, ddof)
    return as_given_dtype(total / left if left else np.true_divide(total, 0.0), x)


def _deviation(x: Any, axis: Any, ddof: float, keepdims: Any) -> Any:
    """The root of the variance, relative to the largest deviation where a square would overflow or vanish."""
    length = vector_length(_deviations(x, axis), 2.0, axis_indices(axis, x.ndim), keepdims)
    return as_given_dtype(np.true_divide(length, math.sqrt(_left(x.shape, axis, ddof))), x)


def _centred(x: Any, axis: Any) -> Any:
    return x - op.mean(x, axis=axis, keepdims=True)


def _exactly_centred(x: Any, axis: Any) -> Any:
    """The entries less their mean, twice, so that no digits are lost where it is much larger than the deviations.

    Of a node once, whose rule is to be read as a formula.
    """
    return _centred(x - op.detach(op.mean(x, axis=axis, keepdims=True)) if has_numbers(x) else x, axis)


def _var_in_parts(x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    left = count(x.shape, axis) - ddof
    return op.sum(_centred(x, axis) ** 2.0, axis=axis, keepdims=keepdims) / left if left > 0 else None


def _std_in_parts(x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    spread = _var_in_parts(x, axis, ddof, keepdims)
    return None if spread is None else op.sqrt(spread)


def _median_in_parts(x: Any, axis: Any, keepdims: bool) -> Any:
    if 0 in x.shape:
        return None
    lined, place = (op.reshape(x, shape=(-1,)), 0) if axis is None else (x, axis)
    if isinstance(axis, tuple):
        last = tuple(range(-len(axis), 0))
        lined, place = op.moveaxis(x, source=axis, destination=last), -1
        lined = op.reshape(lined, shape=(*lined.shape[: -len(axis)], count(x.shape, axis)))
    place = axis_index(place, len(lined.shape))
    half, many = (lined.shape[place] - 1) // 2, lined.shape[place] // 2 + 1
    ranked = op.sort(lined, axis=place, descending=False)
    middle = op.index(ranked, key=(*(slice(None),) * place, slice(half, many)))
    return op.reshape(op.mean(middle, axis=place, keepdims=False), shape=reduced(x.shape, axis, keepdims))


def _over(numerator: float, divisor: float) -> float:
    return numerator / divisor if divisor else math.inf


def _spread(name: str, doc: str, **fields: Any) -> None:
    AXIS_REDUCTIONS.operation(
        name,
        doc,
        alternatives=_divisor(name),
        exports=reduction(name, correction="ddof"),
        params=(AXES, DDOF, KEEPDIMS),
        shape=lambda x, axis, ddof, keepdims: reduced(x, axis, keepdims),
        samples="2,3; 2,3 axis=0 ddof=1; 2,3 axis=-1 ddof=0.5 keepdims=true; 2,3,2 axis=[0,2] ddof=1",
        **fields,
    )


_spread(
    "var",
    "Variance: mean squared distance from the mean, with ddof taken off the count (1 for the unbiased estimate).",
    forward=_variance,
    definition=_var_in_parts,
    vjps=(
        lambda g, _y, x, axis, ddof, keepdims: (
            expand(g, x.shape, axis, keepdims) * _over(2.0, _left(x.shape, axis, ddof)) * _exactly_centred(x, axis)
        ),
    ),
)


def _std_vjp(g: Any, y: Any, x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    g, y, left = *(expand(each, x.shape, axis, keepdims) for each in (g, y)), _left(x.shape, axis, ddof)
    if ordinary(y):
        return g * _over(1.0, left) * _exactly_centred(x, axis) / never_zero(y)
    moved = _exactly_centred(x / op.magnitude(x, axis=axis, least=0.0), axis)
    return g * op.where(op.equal(y, 0.0), 0.0, unit_vector(moved, y, axis)) * _over(1.0, math.sqrt(left))


def _std_textbook(g: Any, y: Any, x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    g, y = expand(g, x.shape, axis, keepdims), expand(y, x.shape, axis, keepdims)
    return g * _centred(x, axis) / (_left(x.shape, axis, ddof) * y)


_spread(
    "std",
    "Standard deviation: the square root of the variance, with ddof taken off the count.",
    forward=_deviation,
    definition=_std_in_parts,
    vjps=((_std_vjp, _std_textbook),),
    kinks=(
        Kink(
            lambda x, axis, ddof, keepdims: _deviation(x, axis, ddof, keepdims) == 0,
            "0 where all entries are equal, as PyTorch; JAX gives nan",
        ),
    ),
)


def _middle(y: Any, x: Any, axis: Any) -> Any:
    """How much each entry counts: 1 in the middle, or 1/2 for each of the middle two; ties share evenly."""
    if count(x.shape, axis) % 2:
        return _evenly(op.equal(x, y), axis)
    below = op.max(op.where(op.less_equal(x, y), x, -math.inf), axis=axis, keepdims=True)
    above = op.min(op.where(op.greater_equal(x, y), x, math.inf), axis=axis, keepdims=True)
    return (_evenly(op.equal(x, below), axis) + _evenly(op.equal(x, above), axis)) / 2


def _evenly(won: Any, axis: Any) -> Any:
    return won / op.sum(won, axis=axis, keepdims=True)


def _median_ties(x: Any, axis: Any, keepdims: bool) -> Any:
    """Entries that others are equal to, of which not all are in the middle; the mean of a middle pair is smooth."""
    y = np.median(x, axis=axis, keepdims=True)
    below = np.max(np.where(x <= y, x, -np.inf), axis=axis, keepdims=True)
    above = np.min(np.where(x >= y, x, np.inf), axis=axis, keepdims=True)
    tied = np.zeros(x.shape, dtype=bool)
    for middle in (below, above):
        won = x == middle
        most = 1 if count(x.shape, axis) % 2 else np.where(below == above, 2, 1)
        tied |= won & (np.count_nonzero(won, axis=axis, keepdims=True) > most)
    return tied


_OF_TORCH = {"dim", "keepdim"}
_OF_MIDDLE = "median is the mean of the middle two, as in NumPy; PyTorch's is the lower one"


@AXIS_REDUCTIONS.computed(
    alternatives=(
        Alternative(lambda written: written.keywords.isdisjoint(_OF_TORCH), None, _OF_MIDDLE, TORCH),
        Alternative(lambda written: not written.keywords.isdisjoint(_OF_TORCH), note=_OF_MIDDLE),
        PAIR_ALONG_AXIS,
    ),
    exports={"torch": KnownDifference(None, _median_ties, "of tied entries PyTorch takes one")},
    definition=_median_in_parts,
    vjps=(
        lambda g, y, x, axis, keepdims: (
            expand(g, x.shape, axis, keepdims) * _middle(expand(y, x.shape, axis, keepdims), x, axis)
        ),
    ),
    shape=reduced_some("median"),
    node=lambda _x, axis, keepdims: f"MedianBackward{0 if axis is None else 1}",
    kinks=(Kink(_median_ties, "an equal share for each tied entry, as torch.median", 0),),
)
def median(x: Any, axis: Any, keepdims: bool) -> Any:
    """The middle entry by size, or the mean of the middle two, as in NumPy."""
    nonempty("median", x.shape, axis)
    return np.median(x, axis=axis, keepdims=keepdims)


def _about_means(name: str, x: Any, y: Any) -> Any:
    """The rows of x, and those of y below them, each without its mean."""
    for each in (x,) if y is None else (x, y):
        shape = getattr(each, "shape", ())
        if len(shape) not in (1, 2):
            words = f"{name} needs a vector, or a matrix whose rows are variables; its shape is {shape}"
            raise ShapeError(words, code="AG306", hint="np.cov(x, y)[0, 1] is the covariance of two vectors")
    if y is not None:
        x = op.concatenate([each if len(each.shape) == 2 else op.expand_dims(each, axis=0) for each in (x, y)], axis=0)
    return x - op.mean(x, axis=-1, keepdims=True)


@AXIS_REDUCTIONS.function(params=(Param("correction", integer, 1, ("ddof",)),), samples="4 4; 2,3 3 correction=0")
def cov(x: Any, y: Any = None, *, correction: int) -> Any:
    """Covariances of the rows of a matrix, the variance of a vector; correction is taken off the number of columns."""
    apart = _about_means("cov", x, y)
    return op.inner(apart, apart) / (x.shape[-1] - correction)


@AXIS_REDUCTIONS.function(params=(), samples="4 4; 2,3 3")
def corrcoef(x: Any, y: Any = None) -> Any:
    """Correlations of the rows of a matrix."""
    apart = _about_means("corrcoef", x, y)
    unit = apart / op.vector_norm(apart, ord=2.0, axis=-1, keepdims=True)
    return op.inner(unit, unit)


@AXIS_REDUCTIONS.function("trapz", params=(Param("dx", number, 1.0),), samples="4 4 dx=1.0; 2,3 3 dx=1.0")
def trapezoid(y: Any, x: Any = None, *, dx: float) -> Any:
    """The area below points along the last axis, which are dx apart or at x."""
    between = op.index(y, key=(..., slice(1, None))) + op.index(y, key=(..., slice(0, -1)))
    apart = dx if x is None else op.index(x, key=(..., slice(1, None))) - op.index(x, key=(..., slice(0, -1)))
    return op.sum(between * apart, axis=-1, keepdims=False) / 2
