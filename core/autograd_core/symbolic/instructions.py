"""Instructions, a name and the numbers of the instructions it acts on: what each does, and how they are carried out.

``table`` takes a library of functions under SymPy's names, NumPy's or those of numbers with 50 digits, and makes all
instructions of them. Nothing here needs NumPy.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import reduce
from types import SimpleNamespace
from typing import Any

from autograd_core.symbolic.read import NAMES as READ

Table = dict[str, Callable[..., Any]]

_IN_OTHERS = {"cbrt", "diff", "digamma", "frac", "cot", "coth", "csc", "csch", "sec", "sech"}
PLAIN = sorted({*filter(str.islower, READ), "pow"} - _IN_OTHERS)
"""Functions that are instructions as they are."""

LIBRARY = (*PLAIN, "where", "maximum", "minimum", "negation")
"""What a library has."""


def table(library: Any) -> Table:
    """The function of every instruction."""
    where, nan = library.where, float("nan")

    def cases(*flat: Any) -> Any:
        """The first value whose condition holds, nan where none does."""
        chosen: Any = nan
        for at in range(len(flat) - 2, -1, -2):
            value, condition = flat[at : at + 2]
            chosen = value if condition is True else where(condition, value, chosen)
        return chosen

    return {
        "Add": lambda *terms: reduce(operator.add, terms),
        "Mul": lambda *factors: reduce(operator.mul, factors),
        "div": operator.truediv,
        "square": lambda x: x * x,
        "reciprocal": lambda x: 1.0 / x,
        "Piecewise": cases,
        "StrictGreaterThan": operator.gt,
        "GreaterThan": operator.ge,
        "StrictLessThan": operator.lt,
        "LessThan": operator.le,
        "Equality": operator.eq,
        "Unequality": operator.ne,
        "And": lambda *conditions: reduce(lambda a, b: where(a, b, False), conditions),
        "Or": lambda *conditions: reduce(lambda a, b: where(a, True, b), conditions),
        "Not": library.negation,
        "DiracDelta": lambda x, *_order: where(x == 0, nan, 0.0),
        "Heaviside": lambda x, *_middle: where(x == 0, 0.5, where(x > 0, 1.0, 0.0)),
        "Max": lambda *entries: reduce(library.maximum, entries),
        "Min": lambda *entries: reduce(library.minimum, entries),
        "Abs": abs,
        "frac": lambda x: x - library.floor(x),
        "cot": lambda x: 1 / library.tan(x),
        "sec": lambda x: 1 / library.cos(x),
        "csc": lambda x: 1 / library.sin(x),
        "coth": lambda x: 1 / library.tanh(x),
        "sech": lambda x: 1 / library.cosh(x),
        "csch": lambda x: 1 / library.sinh(x),
        **{name: getattr(library, name) for name in PLAIN},
    }


NAMES = frozenset(table(SimpleNamespace(**dict.fromkeys(LIBRARY))))
"""The instructions: SymPy's own names of classes and functions, and what its products and powers are made of."""


def carry_out(
    instructions: Sequence[tuple[Any, ...]],
    outputs: Sequence[int],
    inputs: Sequence[Any],
    functions: Table,
    number: Callable[..., Any],
) -> list[Any]:
    """The results whose numbers are ``outputs``; what these do not need is left out, and nothing is held too long.

    ``number`` makes a number of a literal, and of the name of a constant where it has one.
    """
    last = dict.fromkeys(outputs, len(instructions))
    for at in range(len(instructions) - 1, -1, -1):
        if at in last and instructions[at][0] not in ("input", "number"):
            for operand in instructions[at][1:]:
                last.setdefault(operand, at)
    slots: dict[int, Any] = {}
    for at in sorted(last):
        name, *operands = instructions[at]
        if name == "input":
            slots[at] = inputs[operands[0]]
        elif name == "number":
            slots[at] = operands[0] if isinstance(operands[0], bool) else number(*operands)
        else:
            slots[at] = functions[name](*[slots[operand] for operand in operands])
            for operand in {*operands}:
                if last[operand] == at:
                    del slots[operand]
    return [slots[output] for output in outputs]
