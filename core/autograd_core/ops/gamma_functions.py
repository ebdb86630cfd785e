"""The numbers of log gamma and its derivatives.

Sources: S. L. Moshier, "Methods and Programs for Mathematical Functions" (1989): log gamma between 2 and 3;
J. Maddock, Boost.Math: digamma between 1 and 2, about its root; NIST DLMF, sections 5.7, 5.11, 5.15 and 25.11.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from autograd_core.ops.special_functions import Flat, polynomial, ratio, vectorised

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)
"""The even Bernoulli numbers, from the second."""

_LOG_GAMMA_2 = (
    (
        -1.37825152569120859100e3,
        -3.88016315134637840924e4,
        -3.31612992738871184744e5,
        -1.16237097492762307383e6,
        -1.72173700820839662146e6,
        -8.53555664245765465627e5,
    ),
    (
        1.0,
        -3.51815701436523470549e2,
        -1.70642106651881159223e4,
        -2.20528590553854454839e5,
        -1.13933444367982507207e6,
        -2.53252307177582951285e6,
        -2.01889141433532773231e6,
    ),
)


def _stirling(x: Flat) -> Flat:
    """Of x >= 10 (DLMF 5.11.1)."""
    series = tuple(b / (2 * k * (2 * k - 1)) for k, b in enumerate(_BERNOULLI[:8], start=1))[::-1]
    z = 1 / x
    main: Flat = (x - 0.5) * (np.log(x) - 1) + (0.5 * math.log(2 * math.pi) - 0.5)
    return main + z * polynomial(z * z, series)


_BELOW = 0.3


@cache
def _taylor_at_2() -> tuple[float, ...]:
    """Coefficients, highest power first, of log gamma(2 + t) (DLMF 5.7.3)."""
    two = np.array([2.0])
    tail = [(-1) ** k * float(_zeta(k, two)[0]) / k for k in range(2, 22)]
    return (*reversed(tail), 1 - float(np.euler_gamma), 0.0)


def _log_gamma_positive(x: Flat) -> Flat:
    """Of x > 0: moved near 2 by the recurrence below 10, Stirling's series above.

    Just before 2, and so just before 1, Taylor's series at 2 keeps the zero of log gamma there exact.
    """
    result = np.empty_like(x)
    near = x < 10
    result[~near] = _stirling(x[~near])
    z = x[near]
    steps = np.floor(z + _BELOW) - 2
    product = np.ones_like(z)
    for step in range(1, 9):
        product = np.where(steps >= step, product * (z - step), product)
    offset = z - (steps + 2)
    product = np.where(steps == -1, z, np.where(steps == -2, z * (z + 1), product))
    after_2 = offset * ratio(offset, *_LOG_GAMMA_2)
    before_2 = offset < 0
    after_2[before_2] = polynomial(offset[before_2], _taylor_at_2())
    result[near] = np.copysign(1.0, steps) * np.log(product) + after_2
    return result


def _to_nearest(x: Flat) -> Flat:
    """x less the nearest whole number, exactly: what sin(pi * x) and tan(pi * x) depend on, up to sign."""
    return x - np.round(x)


@vectorised
def gammaln(x: Flat) -> Flat:
    """Logarithm of the absolute value of the gamma function; inf at 0 and the negative whole numbers."""
    result = np.empty_like(x)
    positive = x > 0
    result[positive] = _log_gamma_positive(x[positive])
    z = x[~positive]
    sine = np.abs(np.sin(math.pi * _to_nearest(z)))
    reflected = math.log(math.pi) - np.log(sine) - _log_gamma_positive(1 - z)
    result[~positive] = np.where(np.isinf(z) | (sine == 0) & (z == np.floor(z)), np.inf, reflected)
    return result


_DIGAMMA_1 = (
    (
        -0.0020713321167745952,
        -0.045251321448739056,
        -0.28919126444774784,
        -0.65031853770896507,
        -0.32555031186804491,
        0.25479851061131551,
    ),
    (
        -0.55789841321675513e-6,
        0.0021284987017821144,
        0.054151797245674225,
        0.43593529692665969,
        1.4606242909763515,
        2.0767117023730469,
        1.0,
    ),
)
_DIGAMMA_ROOT = (1569415565 / 1073741824, 381566830 / 1073741824**2, 0.9016312093258695918615325266959189453125e-19)
_DIGAMMA_SLOPE = 0.99558162689208984375


def _digamma_positive(x: Flat) -> Flat:
    """Of x > 0: moved into [1, 2) by the recurrence below 10, the asymptotic series above (DLMF 5.11.2)."""
    result = np.empty_like(x)
    near = x < 10
    far = x[~near]
    z = 1 / (far * far)
    series = tuple(b / (2 * k) for k, b in enumerate(_BERNOULLI[:8], start=1))[::-1]
    result[~near] = np.log(far) - 0.5 / far - z * polynomial(z, series)
    w = x[near]
    total = np.where(w < 1, -1 / w, 0.0)
    w = np.where(w < 1, w + 1, w)
    while w.size and (high := w >= 2).any():
        w = np.where(high, w - 1, w)
        total += np.where(high, 1 / w, 0.0)
    from_root = w - _DIGAMMA_ROOT[0] - _DIGAMMA_ROOT[1] - _DIGAMMA_ROOT[2]
    result[near] = total + from_root * (_DIGAMMA_SLOPE + ratio(w - 1, *_DIGAMMA_1))
    return result


@vectorised
def digamma(x: Flat) -> Flat:
    """Derivative of log gamma; nan at the negative whole numbers, -inf or inf at 0."""
    result = np.empty_like(x)
    positive = x > 0
    result[positive] = _digamma_positive(x[positive])
    z = x[~positive]
    tangent = np.tan(math.pi * _to_nearest(z))
    reflected = _digamma_positive(1 - z) - math.pi / tangent
    result[~positive] = np.where(z == 0, np.copysign(np.inf, -z), np.where(z == np.floor(z), np.nan, reflected))
    return result


def _inverse_power(x: Flat, power: int) -> Flat:
    """x ** -power by repeated squaring, faster than pow and as exact for the small powers that occur."""
    result = np.ones_like(x)
    base = 1 / x
    while power:
        if power & 1:
            result = result * base
        power >>= 1
        if power:
            base = base * base
    return result


def _zeta(s: int, x: Flat) -> Flat:
    """Hurwitz zeta of whole s > 1 and x > 0: terms up to a large argument, then Euler-Maclaurin (DLMF 25.11.5)."""
    total = np.zeros_like(x)
    bound = 10 + s // 2
    x = x.copy()
    while (low := x < bound).any():
        small = x[low]
        total[low] += _inverse_power(small, s)
        x[low] = small + 1
    power = _inverse_power(x, s)
    total += power * (x / (s - 1) + 0.5)
    z = 1 / (x * x)
    factor = power * s / x
    for k, b in enumerate(_BERNOULLI, start=1):
        total += factor * (b / math.factorial(2 * k))
        factor *= z * ((s + 2 * k - 1) * (s + 2 * k))
    return total


def _cotangent_derivative(order: int) -> tuple[float, ...]:
    """The polynomial in c = cot(t), highest power first, that is the derivative of this order of cot(t)."""
    powers = [0, 1]
    for _ in range(order):
        slope = [i * a for i, a in enumerate(powers)][1:]
        powers = [-a - b for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True)]
    return tuple(float(a) for a in reversed(powers))


@vectorised
def polygamma(x: Flat, n: int) -> Flat:
    """Derivative of this order of digamma, n >= 1 (DLMF 5.15.1 and the reflection 5.15.6)."""
    scale = float(math.factorial(n)) if n <= 170 else math.inf
    sign = -1.0 if n % 2 == 0 else 1.0
    result = np.empty_like(x)
    positive = x > 0
    result[positive] = sign * scale * _zeta(n + 1, x[positive])
    z = x[~positive]
    if z.size:
        cotangent = 1 / np.tan(math.pi * _to_nearest(z))
        slope = math.pi ** (n + 1) * polynomial(cotangent, _cotangent_derivative(n))
        reflected = -sign * (sign * scale * _zeta(n + 1, 1 - z)) - slope
        result[~positive] = np.where(z == np.floor(z), sign * np.inf, reflected)
    return result
