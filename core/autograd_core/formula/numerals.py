"""Numbers as a person writes them: small fractions, and pi, logarithms and roots recognised in long decimals."""

from __future__ import annotations

import math
import re
from collections.abc import Collection

from autograd_core.ops.notation import number_text
from autograd_core.records import record

_CONSTANTS = {
    "pi": math.pi,
    "log(2)": math.log(2),
    "log(10)": math.log(10),
    "sqrt(pi)": math.sqrt(math.pi),
    "sqrt(2)": math.sqrt(2),
    "sqrt(2*pi)": math.sqrt(2 * math.pi),
    "e": math.e,
}
_ROUNDING = 1e-15
"""Relative distance within which two numbers are the same but for rounding."""

SHORT = 5
"""Characters up to which a decimal is clearer than a fraction."""


@record(frozen=True, slots=True)
class Numeral:
    """``top / bottom``, times or over a known constant: a number and its name."""

    top: float
    bottom: int = 1
    above: tuple[float, str] | None = None
    below: tuple[float, str] | None = None


def numeral(value: float, hidden: Collection[str] = ()) -> Numeral:
    """The simplest way to write a number; ``hidden`` are names that mean something else: a variable called pi."""
    top, bottom = fraction(value)
    if bottom != 1 or len(number_text(top)) <= 8:
        return Numeral(top, bottom)
    found = []
    for name, constant in _CONSTANTS.items():
        if hidden and any(word in hidden for word in re.findall(r"[a-z]+", name)):
            continue
        for ratio, over in ((value / constant, False), (value * constant, True)):
            top, bottom = fraction(ratio)
            if abs(top) <= 1000 and top == int(top):
                known = (constant, name)
                found.append(Numeral(top, bottom, None if over else known, known if over else None))
    simplest = min(found, key=lambda n: abs(n.top) * n.bottom, default=None)
    return simplest if simplest is not None else Numeral(tidy(value))


def tidy(value: float) -> float:
    """The number with the fewest digits that differs only by rounding."""
    if not math.isfinite(value):
        return value
    shorter = float(f"{value:.14g}")
    rounding = abs(shorter - value) <= 1e-15 * abs(value)
    return shorter if rounding and len(repr(shorter)) + 3 < len(repr(value)) else value


def fraction(value: float) -> tuple[float, int]:
    """A numerator and a small denominator that give this number; the number over 1 where there is none."""
    if not math.isfinite(value) or value == int(value):
        return value, 1
    near = float(round(value))
    if abs(near - value) <= _ROUNDING * abs(value):
        return near, 1
    for below in range(2, 1000):
        above = round(value * below)
        if 0 < abs(above) < 1000 and abs(above / below - value) <= _ROUNDING * abs(value):
            return float(above), below
    inverse = round(1 / value) if abs(value) > 1e-9 else 0
    if inverse and abs(1 / inverse - value) <= _ROUNDING * abs(value):
        return math.copysign(1.0, value), abs(inverse)
    return value, 1
