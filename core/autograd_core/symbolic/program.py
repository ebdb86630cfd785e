"""Carries out instructions (see ``autograd_core.symbolic``) on NumPy arrays.

The functions are NumPy's and the standard library's, not the engine's: a wrong forward of the engine shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd_core.symbolic.instructions import LIBRARY, table

Arrays = list[Any]


class InstructionProgram:
    """Instructions in order, and the numbers of those whose results are wanted; what these do not need is left out."""

    def __init__(self, instructions: Sequence[tuple[Any, ...]], outputs: Sequence[int]) -> None:
        self.instructions = instructions
        self.outputs = outputs
        self.last = dict.fromkeys(outputs, len(instructions))
        for at in range(len(instructions) - 1, -1, -1):
            if at in self.last and instructions[at][0] not in ("input", "number"):
                for operand in instructions[at][1:]:
                    self.last.setdefault(operand, at)

    def run(self, inputs: Sequence[Any]) -> Arrays:
        """The outputs for inputs that broadcast against each other."""
        slots: Arrays = [None] * len(self.instructions)
        with np.errstate(all="ignore"):
            for at, (name, *operands) in enumerate(self.instructions):
                if at not in self.last:
                    continue
                if name == "input":
                    slots[at] = inputs[operands[0]]
                    continue
                if name == "number":
                    slots[at] = operands[0] if isinstance(operands[0], bool) else np.float64(operands[0])
                    continue
                slots[at] = FUNCTIONS[name](*[slots[operand] for operand in operands])
                for operand in operands:
                    if self.last[operand] == at:
                        slots[operand] = None
        return [slots[output] for output in self.outputs]


def _each(function: Callable[[float], float]) -> Callable[[Any], Any]:
    """A function of the standard library, entry by entry; nan where it has no value."""

    def apply(x: float) -> float:
        try:
            return function(x)
        except (ValueError, OverflowError):
            return math.nan

    ufunc = np.frompyfunc(apply, 1, 1)
    return lambda x: np.asarray(ufunc(np.asarray(x, dtype=np.float64)), dtype=np.float64)


def _erfinv(x: float) -> float:
    """Bisection, then one step of Newton's method."""
    if abs(x) >= 1:
        return math.copysign(math.inf, x) if abs(x) == 1 else math.nan
    low, high = (-6.0, 6.0) if abs(x) > 1e-9 else (x * math.sqrt(math.pi) / 2,) * 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erf(middle) < x else (low, middle)
    return high - (math.erf(high) - x) / (2 / math.sqrt(math.pi) * math.exp(-high * high))


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def _polygamma(order: Any, x: Any) -> Any:
    """Derivative of this order of digamma: the recurrence up to 15, then the asymptotic series (DLMF 5.15.8)."""
    n = int(order)
    z = np.array(x, dtype=np.float64)
    total = np.zeros_like(z)
    sign = (-1.0) ** (n + 1)
    if n and np.any(z <= 0):
        z = np.where((z <= 0) & (z == np.floor(z)), np.nan, z)
    for _ in range(200):
        small = z < 15
        if not np.any(small):
            break
        total = np.where(small, total + sign * math.factorial(n) / z ** (n + 1), total)
        z = np.where(small, z + 1, z)
    else:
        z = np.where(z < 15, np.nan, z)
    if n == 0:
        series = np.log(z) - 1 / (2 * z)
        for k, b in enumerate(_BERNOULLI, start=1):
            series = series - b / (2 * k * z ** (2 * k))
        return total + series
    series = math.factorial(n - 1) / z**n + math.factorial(n) / (2 * z ** (n + 1))
    for k, b in enumerate(_BERNOULLI, start=1):
        series = series + b * math.factorial(2 * k + n - 1) / (math.factorial(2 * k) * z ** (2 * k + n))
    return total + sign * series


OTHERWISE = {"ceiling": "ceil", "pow": "power", "negation": "logical_not", **{f"a{f}": f"arc{f}" for f in (
    "cos", "cosh", "sin", "sinh", "tan", "tan2", "tanh"
)}}  # fmt: skip
"""What NumPy calls the functions that have another name with it."""

_OWN = {
    **{name: _each(getattr(math, name)) for name in ("erf", "erfc", "gamma")},
    "erfinv": _each(_erfinv),
    "loggamma": _each(math.lgamma),
    "polygamma": _polygamma,
    "sinc": lambda x: np.where(np.equal(x, 0), 1.0, np.sin(x) / x),
}
FUNCTIONS = table(
    SimpleNamespace(**{name: _OWN.get(name) or getattr(np, OTHERWISE.get(name, name)) for name in LIBRARY})
)
