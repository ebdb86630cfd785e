"""Numbers as text for people: what looks exact is exact, and only six digits or more may be rounded.

A text without a decimal point or an exponent, or with fewer than six significant digits, is the number itself; a number
that needs more digits is rounded to six and keeps its zeros (``1.00000``) and at least one decimal (``333333.3``).
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

DIGITS = 6
"""Significant digits of a rounded number where nobody asks for another count."""

_WHOLE = 1e15
"""Whole numbers below this are shown with all their digits, everything above it with an exponent."""

_SMALL = 1e-4
"""Numbers below this are shown with an exponent."""

_ALL_DIGITS = 17
_APPROACHED = 9
_LARGEST_ROUNDED = 1.7e308
_ROUNDING = 64 * float(np.finfo(np.float64).eps)
"""Entries of an array that are relatively nearer than this count as equal: rounding leaves as much."""

KINDS_OF_NUMBERS = r"(?:(?:bf|f)loat|u?int)\d*|double|single|half|long|bool|float_|[df]|[fi]\d"
"""What ``dtype=`` in code may be, which is read over; another kind, as of Python objects, is refused."""


def widened(array: Array) -> Array:
    """The array as float64 with the same shortest text: float32 0.1 becomes 0.1, not 0.10000000149011612."""
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        return array.astype("U32").astype(np.float64)
    return array


def number_text(number: float, digits: int = DIGITS) -> str:
    """A number for people; ``digits`` are the significant digits of one that has to be rounded.

    >>> [number_text(x) for x in (2.0, 1000003.0, 0.5, 1e6 / 3, 1 + 1e-8, 1e-9, 1.5e20, -0.0)]
    ['2', '1000003', '0.5', '333333.3', '1.00000', '1e-09', '1.5e+20', '0']
    """
    return _text(number, digits, _needs_exponent(number))


def exact_text(number: float) -> str:
    """The shortest text that reads back as the same number: ``508``, ``0.1``, ``-0``, ``nan``."""
    return repr(number).removesuffix(".0")


def number_texts(array: Array, digits: int = DIGITS) -> list[str]:
    """The texts of all entries in row-major order: all with an exponent or none, as in NumPy, and told apart.

    Entries that differ by more than rounding get as many digits as it takes to see it.
    """
    numbers = widened(array).ravel()
    if numbers.dtype.kind != "f":
        return [str(number) for number in numbers.tolist()]
    exponent = any(map(_needs_exponent, numbers.tolist()))
    if numbers.size > 1:
        digits = _digits_apart(numbers, digits)
    return [_text(number, digits, exponent) for number in numbers.tolist()]


def pair_texts(first: float, second: float, digits: int = DIGITS) -> tuple[str, str]:
    """Two numbers that are compared, with the digits in which they differ.

    >>> pair_texts(264.0, 264.00000001), pair_texts(1 / 3, 0.25)
    (('264', '264.00000001'), ('0.333333', '0.25'))
    """
    for count in range(digits, _ALL_DIGITS + 1):
        texts = number_text(first, count), number_text(second, count)
        if float(texts[0]) != float(texts[1]) or first == second:
            break
    return texts


def found_text(number: float) -> str:
    """A number that was approached from points nearby, without the digits that the way to it left.

    >>> found_text(0.9999999999), found_text(1000003.0000001)
    ('1', '1000003')
    """
    return number_text(float(f"{number:.{_APPROACHED}g}"))


def _needs_exponent(number: float) -> bool:
    return math.isfinite(number) and number != 0 and not _SMALL <= abs(number) < _WHOLE


def _text(number: float, digits: int, exponent: bool) -> str:
    if isinstance(number, int):  # and booleans
        return str(number)
    number = float(number)  # a NumPy scalar has another repr
    if number == 0:
        return "0"
    if not math.isfinite(number):
        return repr(number)
    value = Decimal(repr(number)).normalize()
    whole = abs(number) < _WHOLE and number.is_integer()
    known, decimals = len(value.as_tuple().digits), max(digits, 1) - 1
    rounded = not whole and known > decimals + 1 and abs(number) <= _LARGEST_ROUNDED  # up it would be infinite
    if exponent:
        places = max(decimals, 1) if rounded else known - 1
        mantissa, _, tens = f"{number if rounded else value:.{places}e}".partition("e")
        return f"{mantissa}e{int(tens):+03d}"
    if not rounded:
        return f"{value:f}"
    power = int(f"{number:.{decimals}e}".partition("e")[2])
    return f"{number:.{max(decimals - power, 1)}f}"


def _digits_apart(numbers: Array, digits: int) -> int:
    """As many digits as it takes to tell any two entries apart, at least ``digits``."""
    ordered = np.sort(numbers[np.isfinite(numbers)])  # np.unique would load numpy.ma
    if ordered.size < 2:
        return digits
    with np.errstate(all="ignore"):
        distance = np.diff(ordered) / np.maximum(np.abs(ordered[1:]), np.abs(ordered[:-1]))
    distance = distance[distance > _ROUNDING]
    if not distance.size or distance.min() >= 10.0 ** (1 - digits):
        return digits
    return min(math.ceil(1 - math.log10(distance.min())), _ALL_DIGITS)
