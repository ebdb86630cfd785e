"""Arrays as text for people, on one line or on their rows; a number is never cut."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.dataclass import dataclass
from autograd_core.escape import fold, sign
from autograd_core.number_text import DIGITS, Array, number_texts


@dataclass(frozen=True, slots=True)
class ArrayStyle:
    """How arrays are written: in ASCII, with so many significant digits, with every entry where they are ``full``."""

    ascii: bool = False
    precision: int = DIGITS
    full: bool = False


LARGE = 64
"""Arrays with more entries than this are summarised unless everything is asked for."""

_SHORT_MATRIX = 32


def extent(array: Array, style: ArrayStyle) -> str:
    """The range of an array: ``min -1, max 99.9``, and how many entries are not numbers."""
    if array.dtype.kind == "b":
        return f"{int(array.sum())} of {array.size} True"
    missing = 0
    ends = np.stack([array.min(), array.max()])  # both are nan where an entry is
    if np.isnan(ends).any():
        missing = int(np.isnan(array).sum())
        if missing == array.size:
            return "all nan"
        ends = np.stack([np.nanmin(array), np.nanmax(array)])
    low, high = number_texts(ends, style.precision)
    span = f"all {low}" if low == high and not missing else f"min {low}, max {high}"
    return span + (f", {missing} nan" if missing else "")


def inline(array: Array, style: ArrayStyle, room: int | None = None) -> str:
    """The array on one line of at most ``room`` columns; where it is too long, entries are left out.

    When not even one entry fits the line is ``[…]``; a single number is shown whole however little room there is.
    """
    if array.ndim == 0:
        return number_texts(array, style.precision)[0]
    large = array.size > LARGE
    if large and not style.full:
        text = extent(array, style)
        if room is None or len(text) <= room:
            return text
    whole = [] if large else [(LARGE, LARGE)]
    for head, tail in [*whole, (8, 1), (6, 1), (4, 1), (3, 1), (2, 1), (1, 1), (1, 0)]:
        if _shown(array, head, tail) > LARGE:
            continue
        text = _joined(_nested(array, style, head, tail))
        if room is None or len(text) <= room:
            return text
    return sign("[…]", style.ascii)


def array_lines(array: Array, style: ArrayStyle, room: int | None = None) -> list[str]:
    """The array on as many lines as it needs: rows of a matrix below each other, long rows broken between entries."""
    if array.size <= LARGE or style.full:
        nested = _nested(array, style, array.size, 0)
        text = _joined(nested)
        short = room if array.ndim < 2 else min(room or _SHORT_MATRIX, _SHORT_MATRIX)
        if array.ndim == 0 or array.size == 0 or short is None or len(text) <= short:
            return [text]
        plain = _rows(nested, room)
        if array.ndim == 1 and len(plain) < 3:
            return plain
        aligned = _rows(_nested(array, style, array.size, 0, aligned=True), room)
        return plain if array.ndim > 1 and len(plain) < len(aligned) else aligned
    head = max(4 - array.ndim, 1)
    if _shown(array, head, 1) > LARGE:  # of so many axes that every one of them is short
        return fold(extent(array, style), room)
    rows = _rows(_nested(array, style, head, 1, aligned=array.ndim > 1), room)
    return [*rows, *fold(extent(array, style), room)]


def _shown(array: Array, head: int, tail: int) -> int:
    """How many entries remain where only so many are kept along every axis."""
    return math.prod(min(length, head + tail) for length in array.shape)


def _nested(array: Array, style: ArrayStyle, head: int, tail: int, *, aligned: bool = False) -> Any:
    """The texts of the first ``head`` and last ``tail`` entries along every axis, nested as the array.

    A sign stands where entries were left out; ``aligned`` texts are padded on the left so that columns line up.
    """
    if not array.size:
        return []
    kept = array
    if any(n > head + tail for n in array.shape):
        kept = array[np.ix_(*(np.r_[0:head, n - tail : n] if n > head + tail else range(n) for n in array.shape))]
    texts = number_texts(kept, style.precision)
    if aligned:
        widest = max(map(len, texts))
        texts = [text.rjust(widest) for text in texts]

    def with_gaps(words: Any, axis: int) -> Any:
        if axis == array.ndim:
            return words
        items = [with_gaps(each, axis + 1) for each in words]
        if array.shape[axis] > head + tail:
            items.insert(head, sign("…", style.ascii))
        return items

    return with_gaps(np.array(texts, dtype=object).reshape(kept.shape).tolist(), 0)


def _joined(words: Any) -> str:
    return words if isinstance(words, str) else f"[{', '.join(map(_joined, words))}]"


def _rows(words: Any, room: int | None) -> list[str]:
    """One line for each innermost row, or several where a row is longer than ``room``."""
    if isinstance(words, str):  # the sign of what was left out
        return [words]
    if all(isinstance(word, str) for word in words):
        return _broken(words, room)
    inner = None if room is None else room - 2  # a bracket before, a bracket or comma after
    blocks = [_rows(word, inner) for word in words]
    for block in blocks[:-1]:
        block[-1] += ","
    first, *others = [line for block in blocks for line in block]
    found = ["[" + first, *(" " + line for line in others)]
    return [*found[:-1], found[-1] + "]"]


def _broken(items: list[str], room: int | None) -> list[str]:
    """``[a, b, c]`` broken after commas; a number wider than ``room`` gets a line of its own."""
    found, line = [], "["
    for piece in [*(f"{item}," for item in items[:-1]), f"{items[-1]}]"]:
        if len(line) > 1 and room is not None and len(line) + len(piece) > room:
            found.append(line.rstrip())
            line = " "
        line += piece + " "
    return [*found, line.rstrip()]
