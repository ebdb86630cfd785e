"""Numbers and arrays as text with every digit, for programs."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from autograd_core.number_text import Array, exact_text, widened


def exact_texts(array: Array) -> list[str]:
    """The text of every entry at full precision, in row-major order; booleans as 1 and 0."""
    if array.dtype.kind == "b":
        array = array.astype(np.int64)
    return [exact_text(number) for number in widened(array).ravel().tolist()]


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


_NEGATIVE_ZERO = re.compile(r"-0(?![\d.])")


def value_text(array: Array) -> str:
    """The array as VALUE text, the shortest form that reads back as the same numbers in the same shape.

    >>> import numpy as np
    >>> [value_text(np.array(x)) for x in (3.0, [3.0], [2.0, 20.0], [[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0]])]
    ['3', '3,', '2,20', '1,2;3,4', '[[1,2]]']
    """
    if array.size == 0:
        return f"zeros({','.join(map(str, array.shape))})"
    texts = exact_texts(array)
    if array.ndim == 0:
        return texts[0]
    if array.ndim == 1:
        return ",".join(texts) if len(texts) > 1 else f"{texts[0]},"
    columns = array.shape[-1]
    rows = [",".join(texts[start : start + columns]) for start in range(0, len(texts), columns)]
    if array.ndim == 2 and len(rows) > 1:
        return ";".join(rows)
    rows = [_NEGATIVE_ZERO.sub("-0.0", row) for row in rows]  # as an integer of JSON it would lose its sign
    for length in reversed(array.shape[:-1]):
        rows = [f"[{row}]" for row in rows]
        rows = [",".join(rows[start : start + length]) for start in range(0, len(rows), length)]
    return f"[{rows[0]}]"
