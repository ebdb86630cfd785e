"""Arrays as the short texts of a page."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.graph_data import shape_text
from autograd_core.number_text import number_text, number_texts

MOST = 24
"""Entries of an array that is written out in one line."""


def one_line(array: Any, most: int = MOST) -> str:
    """A number, an array with its entries, or the range of a large one."""
    array = np.asarray(array)
    if array.ndim == 0:
        return number_text(float(array))
    if array.size > most:
        known = array[np.isfinite(array)]
        ends = f", {' to '.join(number_texts(np.stack([known.min(), known.max()])))}" if known.size else ""
        return f"{shape_text(array.shape)} array{ends}"
    return nested(number_texts(array), array.shape)


def nested(texts: list[str], shape: tuple[int, ...]) -> str:
    """Texts in brackets, in the shape of an array."""
    for length in reversed(shape):
        texts = ["[" + ", ".join(texts[i : i + length]) + "]" for i in range(0, len(texts), length)] if length else []
    return texts[0] if texts else "[]"


def lines_of(array: Any, most: int) -> list[str]:
    """A small matrix with a line for each row, anything else in one line."""
    array = np.asarray(array)
    if array.ndim != 2 or not 0 < array.size <= most or len(array) == 1:
        return [one_line(array, most)]
    texts = number_texts(array)
    wide = max(map(len, texts))
    n = array.shape[1]
    rows = ["[" + ", ".join(text.rjust(wide) for text in texts[i : i + n]) + "]" for i in range(0, len(texts), n)]
    return [("[" if i == 0 else " ") + row + ("]" if i == len(rows) - 1 else ",") for i, row in enumerate(rows)]
