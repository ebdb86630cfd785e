"""Numbers as text: six digits for people, every digit for programs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

DIGITS = 6
"""Significant digits shown to people who do not ask for another number."""

_EVERY_DIGIT = 17
_ORDINARY = 9


def widened(array: Array) -> Array:
    """The array as float64 with the same shortest text: float32 0.1 becomes 0.1, not 0.10000000149011612."""
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        return array.astype("U32").astype(np.float64)
    return array


def exact(number: float) -> str:
    """The shortest text that reads back as the same number: ``508``, ``0.1``, ``-0``, ``nan``."""
    text = repr(number)
    return text[:-2] if text.endswith(".0") else text


def exact_texts(array: Array) -> list[str]:
    """The text of every entry at full precision, in row-major order; booleans as 1 and 0."""
    if array.dtype.kind == "b":
        array = array.astype(np.int64)
    return [exact(number) for number in widened(array).ravel().tolist()]


def display(number: float, precision: int | None = None) -> str:
    """A number for people: ``precision`` significant digits, an ordinary number wherever it is as short.

    >>> [display(x) for x in (2.0, 0.5, 1 / 3, 1e-9, 1e6, 1.5e20, -0.0)]
    ['2', '0.5', '0.333333', '1e-09', '1000000', '1.5e+20', '0']
    """
    if isinstance(number, int):  # and booleans
        return str(number)
    if number == 0:
        return "0"
    if not math.isfinite(number):
        return repr(number)
    digits = DIGITS if precision is None else max(precision, 1)
    text = exact(number) if digits >= _EVERY_DIGIT else f"{number:.{digits}g}"
    if "e" not in text or abs(number) < 1 or abs(number) > 1e16:
        return text
    ordinary = f"{number:.0f}"
    limit = max(len(text), _ORDINARY) if float(text) == number else len(text)
    return ordinary if len(ordinary) <= limit else text


def display_texts(array: Array, precision: int | None = None) -> list[str]:
    """The text of every entry for people, in row-major order."""
    return [display(number, precision) for number in widened(array).ravel().tolist()]


def apart(first: float, second: float, precision: int | None = None) -> tuple[str, str]:
    """Two numbers for people with as many digits as it takes to see that they differ."""
    start = DIGITS if precision is None else precision
    for digits in range(start, _EVERY_DIGIT):
        texts = display(first, digits), display(second, digits)
        if texts[0] != texts[1]:
            return texts
    return exact(first), exact(second)


def json_numbers(array: Array) -> Any:
    """The entries as nested lists; what JSON has no number for becomes "NaN", "Infinity" or "-Infinity"."""
    array = widened(np.asarray(array))
    if array.dtype.kind != "f":
        return array.tolist()
    strange = ~np.isfinite(array)
    if not strange.any():
        return array.tolist()
    if array.ndim == 0:
        return json_number(array.item())
    entries = array.astype(object)
    entries[strange] = [json_number(each) for each in array[strange].tolist()]
    return entries.tolist()


def json_number(number: float | None) -> float | str | None:
    """A number for JSON, a string where it has none."""
    if number is None:
        return None
    number = float(number)
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
