"""Arrays made from numbers alone: zeros, ones, eye, arange, linspace. No gradient flows into them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.errors import LimitError
from autograd_core.limits import MAX_DIMENSIONS, RAISE_ELEMENTS, limits
from autograd_core.ops.registry import Family
from autograd_core.ops.signature import flag, integer, lengths, number, optional, within
from autograd_core.ops.spec import Param, Shape, sample

CONSTANTS = Family("constants")

LENGTH = within(integer, 0)
Array = np.ndarray[Any, np.dtype[np.float64]]


def sizes(value: Any) -> Shape:
    """A shape in which every length is given."""
    shape = lengths(value)
    if min(shape, default=0) < 0:
        raise TypeError(f"has a negative length, {min(shape)}")
    return shape


def finite(value: Any) -> float:
    """A real number that is neither infinite nor nan."""
    x = number(value)
    if not math.isfinite(x):
        raise TypeError(f"must be a finite number, not {x}")
    return x


def step(value: Any) -> float:
    """A distance that is not 0."""
    x = finite(value)
    if x == 0:
        raise TypeError("must not be 0")
    return x


def checked(name: str, shape: Shape) -> Shape:
    """A shape that is small enough.

    Raises LimitError before anything is allocated.
    """
    count = math.prod(shape)
    if count > limits().elements:
        raise LimitError(
            f"{name} would make {count:,} entries; the limit is {limits().elements:,}",
            code="AG801",
            hint=RAISE_ELEMENTS,
        )
    if len(shape) > MAX_DIMENSIONS:
        raise LimitError(f"{name} would make {len(shape)} dimensions; the limit is {MAX_DIMENSIONS}", code="AG801")
    return shape


def _constant(name: str, build: Callable[..., Any], doc: str, *params: Param, **sampled: Any) -> None:
    CONSTANTS.composite(name, doc, build, operands=(), params=params, samples=(sample(**sampled),))


def _plane(make: Callable[..., Any], n: int, m: int | None, k: int) -> Any:
    columns = n if m is None else m
    checked(make.__name__, (n, columns))
    return make(n, columns, k)


SHAPE = Param("shape", sizes, spellings=("size",), rest=True)
PLANE = (
    Param("n", LENGTH, spellings=("N",)),
    Param("m", optional(LENGTH), None, ("M",)),
    Param("k", integer, 0),
)

_constant("zeros", lambda shape: np.zeros(checked("zeros", shape)), "An array of zeros.", SHAPE, shape=(2, 3))
_constant("ones", lambda shape: np.ones(checked("ones", shape)), "An array of ones.", SHAPE, shape=(2, 3))
_constant(
    "full",
    lambda shape, fill_value: np.full(checked("full", shape), fill_value),
    "An array filled with one number.",
    Param("shape", sizes, spellings=("size",)),
    Param("fill_value", number),
    shape=(2, 3),
    fill_value=7.0,
)
_constant(
    "eye|identity",
    lambda n, m, k: _plane(np.eye, n, m, k),
    "The identity matrix, n by n or n by m; k moves the ones to another diagonal.",
    *PLANE,
    n=3,
)
_constant(
    "tri",
    lambda n, m, k: _plane(np.tri, n, m, k),
    "Ones on and below a diagonal, zeros above.",
    *PLANE,
    n=3,
)


@CONSTANTS.function(
    params=(Param("start", finite), Param("stop", optional(finite), None, ("end",)), Param("step", step, 1.0)),
    samples=(sample(start=0.0, stop=5.0),),
)
def arange(start: float, stop: float | None, step: float) -> Array:
    """Numbers from start up to stop, stop left out, in steps; arange(5) is 0, 1, 2, 3, 4."""
    low, high = (0.0, start) if stop is None else (start, stop)
    many = (high - low) / step
    if many > limits().elements:
        raise LimitError(
            f"arange would make about {many:,.0f} entries; the limit is {limits().elements:,}",
            code="AG801",
            hint=RAISE_ELEMENTS,
        )
    return np.arange(low, high, step)


@CONSTANTS.function(
    params=(
        Param("start", finite),
        Param("stop", finite, spellings=("end",)),
        Param("num", LENGTH, 50, ("steps",)),
        Param("endpoint", flag, True),
    ),
    samples=(sample(start=0.0, stop=1.0, num=5),),
)
def linspace(start: float, stop: float, num: int, endpoint: bool) -> Array:
    """Evenly spaced numbers from start to stop, both included."""
    checked("linspace", (num,))
    return np.linspace(start, stop, num, endpoint=endpoint)


def _like(x: Any, value: float) -> Any:
    return np.full(np.shape(x) if isinstance(x, (int, float)) else x.shape, value, getattr(x, "dtype", np.float64))


CONSTANTS.composite("zeros_like", "Zeros in the shape of x.", lambda x: _like(x, 0.0), samples=(sample((2, 3)),))
CONSTANTS.composite("ones_like", "Ones in the shape of x.", lambda x: _like(x, 1.0), samples=(sample((2, 3)),))
CONSTANTS.composite(
    "full_like",
    "One number in the shape of x.",
    lambda x, fill_value: _like(x, fill_value),
    params=(Param("fill_value", number),),
    samples=(sample((2, 3), fill_value=7.0),),
)
