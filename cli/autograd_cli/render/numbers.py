"""Numbers as text: for people by ``autograd_core.number_text``, and with every digit for programs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.number_text import DIGITS, number_text, number_texts, pair_texts, widened

Array = npt.NDArray[Any]


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
    """A number for people; ``precision`` are the significant digits of one that has to be rounded."""
    return number_text(number, DIGITS if precision is None else precision)


def display_texts(array: Array, precision: int | None = None) -> list[str]:
    """The text of every entry for people, in row-major order and in one form."""
    return number_texts(array, DIGITS if precision is None else precision)


def apart(first: float, second: float, precision: int | None = None) -> tuple[str, str]:
    """Two numbers for people with as many digits as it takes to see that they differ."""
    return pair_texts(first, second, DIGITS if precision is None else precision)


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
