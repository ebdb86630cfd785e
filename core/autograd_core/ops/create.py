"""Arrays made from numbers alone: zeros, ones, eye, arange, linspace. No gradient flows into them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_core.errors import LimitError
from autograd_core.limits import MAX_DIMENSIONS, RAISE_ELEMENTS, limits
from autograd_core.ops.registry import Family
from autograd_core.ops.signature import flag, in_tuple, integer, integers, number, optional, within
from autograd_core.ops.spec import Param, Shape

CONSTANTS = Family("constants")

LENGTH = within(integer, 0)
Array = np.ndarray[Any, np.dtype[np.float64]]


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


SIZES = Param("shape", in_tuple(within(integers, 0)), spellings=("size",), counts=True)
FILL_VALUE = Param("fill_value", number)


def _like(x: Any, fill_value: float) -> Any:
    return np.full(np.shape(x) if isinstance(x, (int, float)) else x.shape, fill_value, getattr(x, "dtype", np.float64))


def _filled(name: str, value: float) -> None:
    CONSTANTS.composite(
        name,
        f"An array of {name}.",
        lambda shape: np.full(checked(name, shape), value),
        params=(replace(SIZES, rest=True),),
        samples="shape=[2,3]",
    )
    CONSTANTS.composite(f"{name}_like", f"{name.title()} in the shape of x.", lambda x: _like(x, value), samples="2,3")


_filled("zeros", 0.0)
_filled("ones", 1.0)
CONSTANTS.composite(
    "full",
    "An array filled with one number.",
    lambda shape, fill_value: np.full(checked("full", shape), fill_value),
    params=(SIZES, FILL_VALUE),
    samples="shape=[2,3] fill_value=7.0",
)
CONSTANTS.composite(
    "full_like", "One number in the shape of x.", _like, params=(FILL_VALUE,), samples="2,3 fill_value=7.0"
)


def _plane(name: str, doc: str) -> None:
    make = getattr(np, name.partition("|")[0])

    def build(n: int, m: int | None, k: int) -> Any:
        return make(*checked(make.__name__, (n, n if m is None else m)), k)

    CONSTANTS.composite(
        name,
        doc,
        build,
        params=(
            Param("n", LENGTH, spellings=("N",), counts=True),
            Param("m", optional(LENGTH), None, ("M",), counts=True),
            Param("k", integer, 0),
        ),
        samples="n=3",
    )


_plane("eye|identity", "The identity matrix, n by n or n by m; k moves the ones to another diagonal.")
_plane("tri", "Ones on and below a diagonal, zeros above.")


@CONSTANTS.function(
    params=(Param("start", finite), Param("stop", optional(finite), None, ("end",)), Param("step", step, 1.0)),
    samples="start=0.0 stop=5.0",
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
        Param("num", LENGTH, 50, ("steps",), counts=True),
        Param("endpoint", flag, True),
    ),
    samples="start=0.0 stop=1.0 num=5",
)
def linspace(start: float, stop: float, num: int, endpoint: bool) -> Array:
    """Evenly spaced numbers from start to stop, both included."""
    checked("linspace", (num,))
    return np.linspace(start, stop, num, endpoint=endpoint)
