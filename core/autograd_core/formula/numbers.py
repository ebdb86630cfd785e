"""Exact numbers: decimals as they are written, and the constants that a long decimal stands for."""

from __future__ import annotations

import math
from fractions import Fraction

ONE = Fraction(1)
HALF = Fraction(1, 2)

LARGEST_PART = 1000
"""What stands above and below the line of a recognised fraction is smaller than this."""

_ROUNDING = 4e-16
"""Relative distance within which two numbers are the same but for rounding."""

_EXACT_DIGITS = 12
"""Digits up to which a decimal is taken as it is written; a longer one may be a rounded fraction, root or constant."""

Powers = tuple[tuple[str, Fraction], ...]
"""Constants by name, each with an exponent."""

CONSTANTS = {"pi": math.pi, "log(2)": math.log(2), "log(10)": math.log(10), "e": math.e}
"""Constants that are recognised, in the order of trying."""


def recognised(value: float) -> tuple[Fraction, Powers, Fraction]:
    """A finite number as ``q * constants * sqrt(r)``.

    A number of few digits is itself; so is a long one that is no small fraction, root or multiple of a constant.
    """
    whole = written(value)
    if whole is not None:
        return whole, (), ONE
    for constant, exponents in (("pi", (0,)), *((name, (1, -1)) for name in CONSTANTS), ("pi", (HALF, -HALF))):
        for exponent in exponents:
            rest = value / CONSTANTS[constant] ** float(exponent)
            names = ((constant, Fraction(exponent)),) if exponent else ()
            near = small(rest)
            if near is not None:
                return near, names, ONE
            square = small(rest * rest, 8 * _ROUNDING)
            if square is not None and constant == "pi":
                inside, outside = rooted(square)
                return (outside if rest > 0 else -outside), names, inside
    return Fraction(value), (), ONE


def written(value: float) -> Fraction | None:
    """The decimal that a number was written as, None where it has so many digits that it may have been rounded."""
    if value == int(value) and abs(value) < 1e15:
        return Fraction(int(value))
    digits = repr(abs(value)).partition("e")[0].replace(".", "").strip("0")
    return Fraction(repr(value)) if len(digits) <= _EXACT_DIGITS else None


def small(value: float, rounding: float = _ROUNDING) -> Fraction | None:
    """The fraction of small parts that a number is but for rounding."""
    if not value or not 1e-6 < abs(value) < 1e12:
        return None
    upper = Fraction(value).limit_denominator(LARGEST_PART)
    lower = Fraction(1 / value).limit_denominator(9)
    for near in (upper, 1 / lower if lower else upper):
        parts = (abs(near.numerator), near.denominator)
        if near.denominator == 1 and near != value and rounding == _ROUNDING:
            continue  # 1.0000000000000002 is not 1
        if min(parts) < LARGEST_PART and max(parts) < 10**6 and abs(float(near) - value) <= rounding * abs(value):
            return near if max(parts) < LARGEST_PART or min(parts) < 10 else None
    return None


def exact_exponent(value: float) -> Fraction:
    """A constant exponent, without the rounding error that one subtracted from it leaves."""
    whole = written(value)
    if whole is None:
        whole = small(value) or Fraction(f"{value:.12g}")
        whole = whole if abs(float(whole) - value) <= 1e-15 * abs(value) else Fraction(repr(value))
    return whole


def rooted(square: Fraction) -> tuple[Fraction, Fraction]:
    """``r`` and ``q`` with ``square = q**2 * r``, r without square factors where the parts are small."""
    inside, outside = ONE, ONE
    for part, sign in ((square.numerator, 1), (square.denominator, -1)):
        left, taken = part, 1
        if part < 10**6:
            for prime in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31):
                while left % (prime * prime) == 0:
                    left //= prime * prime
                    taken *= prime
        root = math.isqrt(left)
        if root * root == left:
            left, taken = 1, taken * root
        inside *= Fraction(left) ** sign
        outside *= Fraction(taken) ** sign
    return inside, outside


def nearest_float(value: Fraction) -> float:
    """The number as a float; 0 or infinite where it is beyond all of them."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
