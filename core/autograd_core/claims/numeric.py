"""Claims in numbers: ``2,4,6``, ``1,2;3,4`` or ``[[1,2],[3,4]]``, with the digits they were rounded to."""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.claims.problem import Changing, Problem
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError
from autograd_core.expr.build import constant
from autograd_core.expr.nodes import Const, Expr
from autograd_core.expr.parser import Source

Array = npt.NDArray[Any]

_ONLY_NUMBERS = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|\b(?:inf|nan|pi|e)\b|[-+*/(),;\[\]\s]", re.ASCII | re.I)
_LITERAL = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.I)
_DECIMAL = re.compile(r"[-+]?(\d*)(?:\.(\d*))?(?:e([-+]?\d+))?", re.ASCII | re.I)

SIGNIFICANT, MOST_MOVED = 6, 8
"""Significant digits of a number in a formula from which on it may be rounded, and how many of them are tried."""

MOST_ROUNDING = 1e-2
"""Rounding, relative to a number itself, up to which it stands for the one it was rounded from."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """An array that was typed; ``unit`` is one in the last decimal of each entry, 0 where it is exact."""

    array: Array
    unit: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.array.shape

    def rounding(self) -> Array:
        """How far each entry may be from a number that was rounded, or cut off, to the digits typed."""
        with np.errstate(invalid="ignore"):
            return np.where(self.unit <= MOST_ROUNDING * np.abs(self.array), self.unit * (1 + 1e-9), 0.0)

    @property
    def moved(self) -> Moved:
        """The numbers as a formula, and with their last digits larger by one."""
        return Moved("the number", Const(self.array + self.rounding()))


class Moved(NamedTuple):
    """A number in a formula that may be rounded, as typed, and the formula with one more in its last digit."""

    text: str
    formula: Expr


def rounded_numbers(problem: Problem, source: Source) -> tuple[Moved, ...]:
    """The numbers of a formula that may be rounded: six significant digits or more, some behind the point."""
    found: list[Moved] = []
    for statement in source.statements:
        for node in ast.walk(statement.value):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, float)
                and (unit := _rounded(repr(node.value)))
            ):
                builder = problem.builder(source, Changing)
                builder.changes[node] = Const(node.value + unit)
                found.append(Moved(repr(node.value), builder.program().result))
                if len(found) == MOST_MOVED:
                    return tuple(found)
    return tuple(found)


def _rounded(text: str) -> float:
    """One in the last digit of a number that may be rounded, 0 for one that is exact."""
    match = _DECIMAL.fullmatch(text)
    digits = "" if match is None else f"{match[1]}{match[2] or ''}".strip("0")
    return 0.0 if len(digits) < SIGNIFICANT or float(text).is_integer() else _unit(text)


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
    units = [_unit(entry, value) for entry, value in zip(entries, array.ravel().tolist(), strict=True)]
    return np.array(units).reshape(array.shape)


def _unit(entry: str, value: float = 0.0) -> float:
    match = _DECIMAL.fullmatch(entry)
    if match is None:  # arithmetic: as far off as the numbers in it, relative to it
        return sum(_rounded(each) / float(each) for each in _LITERAL.findall(entry) if float(each)) * abs(value)
    if not match[2]:
        return 0.0
    return float(f"1e{int(match[3] or 0) - len(match[2])}")
