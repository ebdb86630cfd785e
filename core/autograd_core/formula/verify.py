"""A formula is printed only when its text, read back, gives the gradient: here, and at random points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.engine.tensor import Tensor
from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse
from autograd_core.expr.evaluate import evaluate
from autograd_core.expr.nodes import Expr
from autograd_core.records import record

Array = npt.NDArray[Any]

RTOL = 1e-8
"""Relative to the largest entry of a gradient, in float64."""

ROUNDING = 1e-14
"""Relative to the result: what may be left in a gradient of terms that cancel."""

_PERIOD = 9973
"""Random numbers for one array; a larger array repeats them."""

_SPREADS = (0.3, 0.3, 1e-3)
"""How far random points lie from the given one: not far where a far one has no value."""


@record(frozen=True, slots=True)
class Point:
    """Numbers for the inputs and the grad tensor, with the result and the gradients the engine finds there."""

    inputs: Mapping[str, Array]
    weights: Array | None
    value: Array
    gradients: Mapping[str, Array]


def measure(result: Expr, inputs: Mapping[str, Array], weights: Array | None, wanted: list[str]) -> Point:
    """Run the engine forward and backward."""
    tensors = {name: Tensor(array, requires_grad=name in wanted) for name, array in inputs.items()}
    value = evaluate([result], tensors)[result]
    with np.errstate(all="ignore"):
        value.backward(None if weights is None else Tensor(weights))
    found = {}
    for name in wanted:
        grad = tensors[name].grad
        found[name] = np.zeros_like(inputs[name]) if grad is None else grad.data
    return Point(inputs, weights, value.data, found)


class Noise:
    """Numbers of mean 0 and variance 1 that do not repeat: multiples of the golden ratio, modulo 1, spread evenly.

    They do here what random numbers would; loading ``numpy.random`` costs as much as all formulas of a small job.
    """

    def __init__(self) -> None:
        self.drawn = 0

    def numbers(self, count: int) -> Array:
        """The next ``count`` numbers."""
        positions = np.arange(self.drawn + 1, self.drawn + count + 1)
        self.drawn += count
        fractions: Array = np.modf(positions * 0.6180339887498949)[0]
        return (fractions - 0.5) * 12**0.5


def random_points(
    result: Expr, inputs: Mapping[str, Array], weights: Array | None, wanted: list[str]
) -> Iterator[Point]:
    """Random points of the same shapes, near enough to the given one to lie in the domain; always the same ones."""
    noise = Noise()
    left = 2 if sum(array.size for array in inputs.values()) <= _PERIOD else 1
    for spread in _SPREADS:
        moved = {name: _moved(array, spread, noise) for name, array in inputs.items()}
        seed = None if weights is None else _moved(weights, spread, noise)
        try:
            point = measure(result, moved, seed, wanted)
        except AutogradError:
            continue
        if all(np.isfinite(g).all() for g in point.gradients.values()):
            yield point
            left -= 1
        if not left:
            return


def _moved(array: Array, spread: float, noise: Noise) -> Array:
    """Each entry moved by a random part of itself, so that signs are kept; zeros by a little."""
    array = np.asarray(array, dtype=np.float64)
    step = np.resize(spread * noise.numbers(min(array.size, _PERIOD)), array.shape)
    moved: Array = array * np.exp(step) if array.size <= _PERIOD else array + array * (0.25 * step)
    zeros = array == 0
    return np.where(zeros, 0.1 * step, moved) if zeros.any() else moved


def read_back(text: str, point: Mapping[str, Array]) -> Expr | None:
    """The expression that a text is when it is typed, None where it is not one."""
    try:
        return parse(text, point).result
    except (AutogradError, KeyError):
        return None


def holds(formula: Expr, bound: Mapping[str, Array], expected: Array, scale: float) -> bool:
    """Whether a formula evaluates to the gradient, in the shape of the variable.

    ``scale`` is the size of the result for each unit of the variable, of which the gradient may hold rounding errors.
    """
    try:
        value = np.asarray(evaluate([formula], bound)[formula])
    except (AutogradError, KeyError, ValueError, ArithmeticError):
        return False
    return value.shape == expected.shape and close(value, expected, scale)


def close(value: Array, expected: Array, scale: float) -> bool:
    """Whether arrays agree relative to the largest entry; nan equals nan, inf equals inf."""
    with np.errstate(all="ignore"):
        near = np.abs(value - expected) <= RTOL * largest(expected) + ROUNDING * (1 + scale)
        if near.all():
            return True
        same = (value == expected) | (np.isnan(value) & np.isnan(expected))
    return bool((near | same).all())


def largest(array: Array) -> float:
    """The size of the largest finite entry."""
    if not array.size:
        return 0.0
    size = max(float(np.max(array)), -float(np.min(array)))
    if np.isfinite(size):
        return size
    finite = array[np.isfinite(array)]
    return float(np.max(np.abs(finite))) if finite.size else 0.0
