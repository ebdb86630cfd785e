"""What vectorised special functions have in common, and the derivatives of sin(pi x) / (pi x)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

Flat = np.ndarray[tuple[int], np.dtype[np.float64]]


def vectorised(function: Callable[..., Flat]) -> Callable[..., Any]:
    """Let a function of a flat float64 array take arrays of any shape and floating type."""

    @wraps(function)
    def apply(x: Any, *args: Any) -> Any:
        given = np.asarray(x)
        kind = given.dtype if given.dtype.kind == "f" else np.dtype(np.float64)
        with np.errstate(all="ignore"):
            result = function(given.astype(np.float64).ravel(), *args)
        return result.reshape(given.shape).astype(kind, copy=False)

    return apply


def polynomial(x: Flat, coefficients: tuple[float, ...]) -> Flat:
    """Horner's scheme, the highest power first."""
    total = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total *= x
        total += coefficient
    return total


def ratio(x: Flat, above: tuple[float, ...], below: tuple[float, ...]) -> Flat:
    """A rational function."""
    return polynomial(x, above) / polynomial(x, below)


@vectorised
def sinc_derivative(x: Flat, n: int) -> Flat:
    """Derivative of this order of sin(pi x) / (pi x), at 0 too.

    With t = pi x, f = sin(t) / t obeys t f(n) + n f(n-1) = sin(t + n pi / 2); near 0 the power series is used,
    f(n) = sum over j of cos((n + j) pi / 2) t**j / (j! (n + j + 1)).
    """
    t = math.pi * x
    near = np.abs(t) <= max(3.0, 0.75 * n)
    result = np.empty_like(t)
    s = t[near]
    power = np.ones_like(s)
    total = np.zeros_like(s)
    for j in range(30 + 2 * n):
        if (n + j) % 2 == 0:
            total += power * ((-1) ** ((n + j) // 2) / (n + j + 1))
        power *= s / (j + 1)
    result[near] = total
    far = t[~near]
    waves = (np.sin(far), np.cos(far))
    value = waves[0] / far
    for order in range(1, n + 1):
        wave = waves[order % 2] * (-1.0 if order % 4 >= 2 else 1.0)
        value = (wave - order * value) / far
    result[~near] = value
    return result * math.pi**n
