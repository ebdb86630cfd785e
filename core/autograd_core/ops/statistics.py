"""Spread and centre of the entries: variance, standard deviation, median, weighted average."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.ops.arguments import AXES, KEEPDIMS, axis_indices, reduced
from autograd_core.ops.reduce import count, expand
from autograd_core.ops.registry import op, operation
from autograd_core.ops.spec import Kink, Param, Shape, sample, sp


def _correction(value: Any) -> int | float:
    """What is taken off the count in the divisor: a number, or True and False for 1 and 0 (``unbiased``)."""
    if not isinstance(value, (bool, int, float)):
        raise TypeError(f"must be a number, or True or False for unbiased, not {value!r}")
    return int(value) if value == value and abs(value) < 1e9 and value == int(value) else float(value)


DDOF = Param("ddof", _correction, 0, ("correction", "unbiased"))

SPREAD_SAMPLES = (
    sample((2, 3), axis=None, ddof=0, keepdims=False),
    sample((2, 3), axis=0, ddof=1, keepdims=False),
    sample((2, 3), axis=-1, ddof=0.5, keepdims=True),
    sample((2, 3, 2), axis=(0, 2), ddof=1, keepdims=False),
)


def _left(shape: Shape, axis: Any, ddof: float) -> Any:
    """The divisor of a variance, not below 0."""
    return max(count(shape, axis) - ddof, 0)


def _variance(x: Any, axis: Any, ddof: float, keepdims: Any) -> Any:
    gone = axis_indices(axis, x.ndim)
    if count(x.shape, axis) == 0:
        return np.full(reduced(x.shape, axis, keepdims), np.nan, x.dtype)
    # Relative to one entry of each slice, so that a constant slice has variance 0 to the last bit.
    moved = x - x[tuple(slice(0, 1) if i in gone else slice(None) for i in range(x.ndim))]
    moved = moved - np.add.reduce(moved, axis=gone, keepdims=True) / count(x.shape, axis)
    total = np.add.reduce(moved * moved, axis=gone, keepdims=keepdims)
    left = _left(x.shape, axis, ddof)
    return total / left if left else np.true_divide(total, 0.0)


def _centred(x: Any, axis: Any) -> Any:
    return x - op.mean(x, axis=axis, keepdims=True)


def _over(numerator: float, divisor: float) -> float:
    return numerator / divisor if divisor else math.inf


def _var_vjp(g: Any, _y: Any, x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    return expand(g, x.shape, axis, keepdims) * _over(2.0, _left(x.shape, axis, ddof)) * _centred(x, axis)


def _var_jvp(tangents: Any, _y: Any, x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    total = op.sum(tangents[0] * _centred(x, axis), axis=axis, keepdims=keepdims)
    return total * _over(2.0, _left(x.shape, axis, ddof))


var = operation(
    "var",
    doc="Variance: mean squared distance from the mean, with ddof taken off the count (1 for the unbiased estimate).",
    group="reduction",
    params=(AXES, DDOF, KEEPDIMS),
    method=True,
    forward=_variance,
    vjps=(_var_vjp,),
    jvp=_var_jvp,
    shape=lambda x, axis, ddof, keepdims: reduced(x, axis, keepdims),
    node="VarBackward0",
    uniform=True,
    latex=r"\operatorname{{var}}\left({0}\right)",
    samples=SPREAD_SAMPLES,
)


def _inverse(y: Any) -> Any:
    """1 / y, and 0 where y is 0."""
    zero = op.equal(y, 0.0)
    return op.where(zero, 0.0, 1.0 / op.where(zero, 1.0, y))


def _std_vjp(g: Any, y: Any, x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    scale = expand(g, x.shape, axis, keepdims) * expand(_inverse(y), x.shape, axis, keepdims)
    return scale * _over(1.0, _left(x.shape, axis, ddof)) * _centred(x, axis)


def _std_textbook(g: Any, y: Any, x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    g, y = expand(g, x.shape, axis, keepdims), expand(y, x.shape, axis, keepdims)
    return g * _centred(x, axis) / (_left(x.shape, axis, ddof) * y)


def _std_jvp(tangents: Any, y: Any, x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    total = op.sum(tangents[0] * _centred(x, axis), axis=axis, keepdims=keepdims)
    return total * _inverse(y) * _over(1.0, _left(x.shape, axis, ddof))


std = operation(
    "std",
    doc="Standard deviation: the square root of the variance, with ddof taken off the count.",
    group="reduction",
    params=(AXES, DDOF, KEEPDIMS),
    method=True,
    forward=lambda x, axis, ddof, keepdims: np.sqrt(_variance(x, axis, ddof, keepdims)),
    vjps=(_std_vjp,),
    textbook=(_std_textbook,),
    jvp=_std_jvp,
    shape=lambda x, axis, ddof, keepdims: reduced(x, axis, keepdims),
    symbolic=lambda x, axis, ddof, keepdims: np.asarray(_variance(x, axis, ddof, keepdims)) ** sp().Rational(1, 2),
    node="StdBackward0",
    uniform=True,
    latex=r"\operatorname{{std}}\left({0}\right)",
    samples=SPREAD_SAMPLES,
    kinks=(
        Kink(
            where=lambda x, axis, ddof, keepdims: _variance(x, axis, ddof, keepdims) == 0,
            choice="0 where all entries are equal, as PyTorch; JAX gives nan",
        ),
    ),
)
