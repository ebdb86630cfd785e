"""Special functions: error functions, gamma functions, sinc. Their numbers come from ``math`` or one series each.

DLMF is the NIST Digital Library of Mathematical Functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import numpy as np

from autograd_core.limits import MAX_REPEATED
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import integer, within
from autograd_core.ops.spec import ATOM, Param

SPECIALS = Family("special", elementwise=True)

Flat = np.ndarray[tuple[int], np.dtype[np.float64]]

_BLOCK = 1 << 14
"""Entries that are Python numbers at a time."""


def vectorised(function: Callable[..., Flat]) -> Callable[..., Any]:
    """Let a function of a flat float64 array take arrays of any shape and floating type."""

    @wraps(function)
    def apply(x: Any, **params: Any) -> Any:
        given = np.asarray(x)
        kind = given.dtype if given.dtype.kind == "f" else np.dtype(np.float64)
        with np.errstate(all="ignore"):
            result = function(given.astype(np.float64).ravel(), **params)
        return result.reshape(given.shape).astype(kind, copy=False)

    return apply


def _by_entry(function: Callable[[float], float], x: Flat) -> Flat:
    found = np.empty_like(x)
    for start in range(0, x.size, _BLOCK):
        found[start : start + _BLOCK] = list(map(function, x[start : start + _BLOCK].tolist()))
    return found


def polynomial(x: Flat, coefficients: tuple[float, ...]) -> Flat:
    """Horner's scheme, the highest power first."""
    total = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total *= x
        total += coefficient
    return total


_TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)
"""The even Bernoulli numbers, from the second."""


def _zeta(s: int, x: Flat) -> Flat:
    """Hurwitz zeta of whole s > 1 and x > 0: terms up to a large argument, then Euler-Maclaurin (DLMF 25.11.5)."""
    total = np.zeros_like(x)
    bound = 10 + s // 2
    x = x.copy()
    while (low := x < bound).any():
        total[low] += x[low] ** -float(s)
        x[low] += 1
    power = x ** -float(s)
    total += x ** (1.0 - s) / (s - 1) + 0.5 * power  # power * x would be 0 where the power underflows
    z = 1 / (x * x)
    factor = power * s / x
    for k, b in enumerate(_BERNOULLI, start=1):
        total += factor * (b / math.factorial(2 * k))
        factor *= z * ((s + 2 * k - 1) * (s + 2 * k))
    return total


_ROOT = (1569415565 / 1073741824, 381566830 / 1073741824**2, 0.9016312093258695918615325266959189453125e-19)
"""The positive zero of digamma, in three parts."""

_NEAR = 0.25
"""How far Taylor's series are used beside a zero, where they are exact relative to the value."""


@cache
def _taylor(centre: float, integrated: bool) -> tuple[float, ...]:
    """Coefficients, highest power first, of digamma about ``centre`` less its value there, or of its integral."""
    at = np.array([centre])
    found = [(-1) ** k * float(_zeta(k, at)[0]) / (k if integrated else 1) for k in range(2, 27)]
    slope = [1 - float(np.euler_gamma) if centre == 2 else -float(np.euler_gamma)] if integrated else []
    return (*reversed(found), *slope, 0.0)


def _safe(function: Callable[[float], float], pole: float) -> Callable[[float], float]:
    """A function of ``math`` that is inf where that is too large, and ``pole`` where it has no value."""

    def apply(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return math.inf
        except ValueError:
            return pole

    return apply


def _to_nearest(x: Flat) -> Flat:
    """x less the nearest whole number, exactly: what sin(pi * x) and tan(pi * x) depend on, up to sign."""
    return x - np.round(x)


def _cotangent_derivative(order: int) -> tuple[float, ...]:
    """The polynomial in c = cot(t), highest power first, that is the derivative of this order of cot(t)."""
    powers = [0, 1]
    for _ in range(order):
        slope = [i * a for i, a in enumerate(powers)][1:]
        powers = [-a - b for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True)]
    return tuple(float(a) for a in reversed(powers))


def _elsewhere(torch: str, jax: str, python: str = "") -> dict[str, str]:
    """What a function is called in the libraries; NumPy may take that of Python's own entry by entry."""
    found = {"torch": f"torch.{torch}({{0}})", "jax": f"jax.scipy.special.{jax}({{0}})"}
    return {**found, "numpy": f"np.vectorize({python}, otypes=[float])({{0}})"} if python else found


@SPECIALS.computed(
    vjps=(lambda g, _y, x: g * (_TWO_OVER_SQRT_PI * op.exp(-(x * x))),),
    exports=_elsewhere("erf", "erf", "math.erf"),
)
@vectorised
def erf(x: Flat) -> Flat:
    """Error function, 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to x."""
    return _by_entry(math.erf, x)


@SPECIALS.computed(
    vjps=(lambda g, _y, x: g * (-_TWO_OVER_SQRT_PI * op.exp(-(x * x))),),
    exports=_elsewhere("erfc", "erfc", "math.erfc"),
)
@vectorised
def erfc(x: Flat) -> Flat:
    """Complementary error function 1 - erf(x), exact in the tail too."""
    return _by_entry(math.erfc, x)


@SPECIALS.computed(
    vjps=(lambda g, y, _x: g * (op.exp(y * y) / _TWO_OVER_SQRT_PI),),
    exports=_elsewhere("erfinv", "erfinv"),
    latex=r"\operatorname{{erf}}^{{-1}}\left({0}\right)",
    domain=(-0.9, 0.9),
)
@vectorised
def erfinv(x: Flat) -> Flat:
    """Inverse of erf, for x between -1 and 1.

    A guess right to 0.2 %, by S. Winitzki (2008), and two steps of Halley.
    """
    size = np.abs(x)
    logarithm, a = np.log1p(-size * size), 0.147
    middle = 2 / (math.pi * a) + logarithm / 2
    y = np.sqrt(np.sqrt(middle * middle - logarithm / a) - middle)
    for _ in range(2):
        tail = (1 - size) - _by_entry(math.erfc, y)  # exact where size is above 1/2
        error = np.where(size < 0.5, _by_entry(math.erf, y) - size, tail) / (_TWO_OVER_SQRT_PI * np.exp(-y * y))
        y = y - error / (1 + y * error)
    return np.copysign(np.where(size == 1, np.inf, y), x)


def _log_gamma(sympy: Any, x: Any) -> Any:
    """Euler's reflection for negative x, where SymPy's loggamma is complex."""
    sine = sympy.sin(sympy.pi * x)
    reflected = sympy.log(sympy.pi) - sympy.log(sine**2) / 2 - sympy.loggamma(1 - x)
    return sympy.Piecewise((sympy.loggamma(x), x > 0), (reflected, True))


@SPECIALS.computed(
    "gammaln",
    "loggamma",
    vjps=(lambda g, _y, x: g * op.digamma(x),),
    exports=_elsewhere("lgamma", "gammaln", "math.lgamma"),
    symbolic=_log_gamma,
    latex=r"\ln\left|\Gamma\left({0}\right)\right|",
    domain=(0.3, 4.0),
)
@vectorised
def lgamma(x: Flat) -> Flat:
    """Natural logarithm of the absolute value of the gamma function.

    It is inf at 0 and the negative whole numbers (DLMF 5.7.3).
    """
    found = _by_entry(_safe(math.lgamma, math.inf), x)
    for zero in (1.0, 2.0):
        near = np.abs(x - zero) < _NEAR
        found[near] = polynomial(x[near] - zero, _taylor(zero, True))
    return found


@SPECIALS.computed(
    vjps=(lambda g, y, x: g * (y * op.digamma(x)),),
    exports={
        **_elsewhere("", "gamma", "math.gamma"),
        "torch": "((1 - 2*(torch.floor({0:p}.clamp(max=0)) % 2))*torch.exp(torch.lgamma({0})))",
    },
    latex=r"\Gamma",
    domain=(0.3, 4.0),
    samples="2,3; [-1.5,-0.5,0.5]; ()",
)
@vectorised
def gamma(x: Flat) -> Flat:
    """Gamma function: the factorial of x - 1, between whole numbers too.

    It is inf or -inf at 0, nan at the negative whole numbers.
    """
    return np.where(x == 0, np.copysign(np.inf, x), _by_entry(_safe(math.gamma, math.nan), x))


@SPECIALS.computed(
    "psi",
    vjps=(lambda g, _y, x: g * op.polygamma(x, n=1),),
    exports=_elsewhere("digamma", "digamma"),
    latex=r"\psi",
    domain=(0.3, 4.0),
)
@vectorised
def digamma(x: Flat) -> Flat:
    """Derivative of lgamma.

    It is nan at the negative whole numbers, -inf or inf at 0. The recurrence to 10 and the asymptotic series
    (DLMF 5.11.2); Taylor's series at the zero; reflection.
    """
    positive = np.where(x > 0, x, 1 - x)
    far, found = positive.copy(), np.zeros_like(x)
    while (low := far < 10).any():
        found[low] -= 1 / far[low]
        far[low] += 1
    z = 1 / (far * far)
    series = tuple(b / (2 * k) for k, b in enumerate(_BERNOULLI[:8], start=1))[::-1]
    found += np.log(far) - 0.5 / far - z * polynomial(z, series)
    offset = positive - _ROOT[0] - _ROOT[1] - _ROOT[2]
    near = np.abs(offset) < _NEAR
    found[near] = polynomial(offset[near], _taylor(_ROOT[0] + _ROOT[1], False))
    reflected = found - math.pi / np.tan(math.pi * _to_nearest(x))
    at_poles = np.where(x == 0, np.copysign(np.inf, -x), np.where(x == np.floor(x), np.nan, reflected))
    return np.where(x > 0, found, at_poles)


def _order(value: Any) -> int:
    if not isinstance(value, (int, float)):
        raise TypeError("must be a whole number that is written out")
    n = integer(int(value) if float(value).is_integer() else float(value))
    if not 0 <= n <= MAX_REPEATED:
        raise TypeError(f"must be between 0 and {MAX_REPEATED}, not {n}")
    return n


@SPECIALS.computed(
    vjps=(lambda g, _y, x, n: g * op.polygamma(x, n=n + 1),),
    exports={"torch": "torch.polygamma({n}, {0})", "jax": "jax.scipy.special.polygamma({n}, {0})"},
    params=(Param("n", _order, before="x"),),
    symbolic=lambda sympy, x, n: sympy.polygamma(n, x),
    text=lambda n: (ATOM, [f"polygamma({n}, ", (0, 0), ")"]),
    latex=lambda n: (ATOM, [rf"\psi^{{({n})}}\left(", (0, 0), r"\right)"]),
    domain=(0.5, 4.0),
    samples="3 n=1 as polygamma(1, x); 2,3 n=2; () n=3; [-0.4,0.3] n=2; 3 n=0",
)
@vectorised
def polygamma(x: Flat, n: int) -> Flat:
    """Derivative of digamma of order n, a whole number.

    DLMF 5.15.1 and the reflection 5.15.6.
    """
    if not n:
        return digamma.forward(x)  # type: ignore[no-any-return]
    scale = float(math.factorial(n)) if n <= 170 else math.inf
    sign = -1.0 if n % 2 == 0 else 1.0
    result = np.empty_like(x)
    positive = x > 0
    result[positive] = sign * scale * _zeta(n + 1, x[positive])
    z = x[~positive]
    cotangent = 1 / np.tan(math.pi * _to_nearest(z))
    slope = math.pi ** (n + 1) * polynomial(cotangent, _cotangent_derivative(n))
    reflected = -sign * (sign * scale * _zeta(n + 1, 1 - z)) - slope
    result[~positive] = np.where(z == np.floor(z), sign * np.inf, reflected)
    return result


SPECIALS.composite(
    "trigamma", "Derivative of digamma.", lambda x: op.polygamma(x, n=1), domain=((0.3, 4.0),), samples="2,3"
)


def _sinc_slope(sympy: Any, x: Any, order: int) -> Any:
    """The derivative of the quotient; at 0 the first terms of its series, so that SymPy differentiates there too."""
    t = sympy.Symbol("t", real=True)
    quotient = sympy.diff(sympy.sin(sympy.pi * t) / (sympy.pi * t), t, order).subs(t, x)
    series = [
        sympy.Rational((-1) ** ((order + j) // 2), math.factorial(j) * (order + j + 1)) * sympy.pi ** (order + j) * x**j
        for j in range(order % 2, 5, 2)
    ]
    return sympy.Piecewise((sympy.Add(*series), sympy.Eq(x, 0)), (quotient, True))


@SPECIALS.computed(
    vjps=(
        (
            lambda g, _y, x, order: g * op.sinc(x, order=order + 1),
            lambda g, _y, x, order: (
                g * (op.sinc(x, order=order + 1) if order else (op.cos(x * math.pi) - op.sinc(x, order=0)) / x)
            ),
        ),
    ),
    exports={"torch": lambda order: None if order else "torch.sinc({0})"},
    params=(Param("order", within(integer, 0), 0),),
    symbolic=_sinc_slope,
    latex=lambda order: (
        ATOM,
        [rf"\operatorname{{sinc}}{f'^{{({order})}}' if order else ''}\left(", (0, 0), r"\right)"],
    ),
    samples="2,3; 3; () order=3; [0.0,0.5,-1.5] order=1; [0.0,0.5] order=2",
)
@vectorised
def sinc(x: Flat, order: int) -> Flat:
    """sin(pi * x) / (pi * x), and 1 at 0; its derivative of a given order.

    With t = pi x, f = sin(t) / t obeys t f(n) + n f(n-1) = sin(t + n pi / 2); near 0 the power series is used,
    f(n) = sum over j of cos((n + j) pi / 2) t**j / (j! (n + j + 1)).
    """
    t = math.pi * x
    near = np.abs(t) <= max(3.0, 0.75 * order)
    result = np.empty_like(t)
    s = t[near]
    power = np.ones_like(s)
    total = np.zeros_like(s)
    for j in range(30 + 2 * order):
        if (order + j) % 2 == 0:
            total += power * ((-1) ** ((order + j) // 2) / (order + j + 1))
        power *= s / (j + 1)
    result[near] = total
    far = t[~near]
    waves = (np.sin(far), np.cos(far))
    value = waves[0] / far
    for k in range(1, order + 1):
        wave = waves[k % 2] * (-1.0 if k % 4 >= 2 else 1.0)
        value = (wave - k * value) / far
    result[~near] = value
    return result * math.pi**order
