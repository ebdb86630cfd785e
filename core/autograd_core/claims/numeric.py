"""Claims in numbers: ``2,4,6``, ``1,2;3,4`` or ``[[1,2],[3,4]]``, with the digits they were rounded to."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError
from autograd_core.expr.build import constant

Array = npt.NDArray[Any]

_ONLY_NUMBERS = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|\b(?:inf|nan|pi|e)\b|[-+*/(),;\[\]\s]", re.ASCII | re.I)
_DECIMAL = re.compile(r"[-+]?(\d*)(?:\.(\d*))?(?:e([-+]?\d+))?", re.ASCII | re.I)

MOST_ROUNDING = 1e-2
"""Rounding, relative to a number itself, up to which it stands for the one it was rounded from."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """An array that was typed; ``unit`` is one in the last decimal of each entry, 0 where it is exact."""

    array: Array
    unit: Array

    def rounding(self) -> Array:
        """How far each entry may be from a number that was rounded, or cut off, to the digits typed."""
        with np.errstate(invalid="ignore"):
            return np.where(self.unit <= MOST_ROUNDING * np.abs(self.array), self.unit * (1 + 1e-9), 0.0)


def numbers(text: str) -> Numbers | None:
    """The numbers that a text consists of; None for a formula."""
    text = text.partition("#")[0].strip()
    if not text or _ONLY_NUMBERS.sub("", text) or not re.search(r"\d|inf|nan|pi|\be\b", text):
        return None
    if text.startswith("["):
        written = text
    elif "(" in text and ("," in text or ";" in text):
        return None
    elif ";" in text:
        rows = text.removesuffix(";").split(";")
        written = "[" + ", ".join(f"[{row.strip().removesuffix(',')}]" for row in rows) + "]"
    elif "," in text:
        written = f"[{text.removesuffix(',')}]"
    else:
        written = text
    try:
        array = constant(written)
    except AutogradError:
        return None
    return Numbers(array, _units(written, array))


def _units(written: str, array: Array) -> Array:
    """One in the last decimal of each entry that has decimals."""
    entries = re.sub(r"[\[\]\s]", "", written).split(",")
    if len(entries) != array.size:
        return np.zeros(array.shape)
    return np.array([_unit(entry) for entry in entries]).reshape(array.shape)


def _unit(entry: str) -> float:
    match = _DECIMAL.fullmatch(entry)
    if match is None or not match[2]:
        return 0.0
    return float(f"1e{int(match[3] or 0) - len(match[2])}")
