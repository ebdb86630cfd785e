"""Carries out instructions with 50 digits, where float64 overflows or cancels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd_core.symbolic.read import sympy

DIGITS = 50


def evaluate(
    instructions: Sequence[tuple[Any, ...]], outputs: Sequence[int], rows: Sequence[Sequence[float]]
) -> list[list[float]]:
    """The outputs for each row of inputs, rounded to floats; nan where there is no real number."""
    mp = sympy().core.numbers.mpmath.mp  # the arithmetic that SymPy itself computes with
    functions = table(mp)
    found = []
    with mp.workdps(DIGITS):
        for row in rows:
            found.append(_row(mp, functions, instructions, outputs, row))
    return found


def _row(
    mp: Any,
    functions: dict[str, Callable[..., Any]],
    instructions: Sequence[tuple[Any, ...]],
    outputs: Sequence[int],
    row: Sequence[float],
) -> list[float]:
    slots: list[Any] = []
    for name, *operands in instructions:
        if name == "input":
            slots.append(mp.mpf(row[operands[0]]))
        elif name == "number":
            slots.append(operands[0] if isinstance(operands[0], bool) else mp.mpf(operands[0]))
        else:
            slots.append(_applied(mp, functions[name], [slots[operand] for operand in operands]))
    return [_rounded(mp, slots[output]) for output in outputs]


def _applied(mp: Any, function: Callable[..., Any], arguments: list[Any]) -> Any:
    try:
        made = function(*arguments)
    except (ValueError, ZeroDivisionError, OverflowError, ArithmeticError):
        return mp.nan
    if isinstance(made, mp.mpc):
        return mp.nan
    return made


def _rounded(mp: Any, value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def table(mp: Any) -> dict[str, Callable[..., Any]]:
    """What each instruction does to numbers of mpmath."""
    return {
        "add": lambda *terms: mp.fsum(terms),
        "mul": lambda *factors: mp.fprod(factors),
        "div": lambda a, b: a / b,
        "neg": lambda x: -x,
        "square": lambda x: x * x,
        "reciprocal": lambda x: 1 / x,
        "pow": lambda a, b: a**b,
        "where": _cases(mp),
        "gt": lambda a, b: a > b,
        "ge": lambda a, b: a >= b,
        "lt": lambda a, b: a < b,
        "le": lambda a, b: a <= b,
        "eq": lambda a, b: a == b,
        "ne": lambda a, b: a != b,
        "and": lambda *conditions: all(conditions),
        "or": lambda *conditions: any(conditions),
        "not": lambda condition: not condition,
        "spike": lambda x, *_order: mp.nan if x == 0 else mp.mpf(0),
        "heaviside": lambda x, *_middle: mp.mpf(x > 0) if x else mp.mpf(0.5),
        "max": lambda *entries: max(entries),
        "min": lambda *entries: min(entries),
        "abs": lambda x: abs(x),
        "ceiling": mp.ceil,
        "cot": mp.cot,
        "gamma": mp.gamma,
        "loggamma": lambda x: mp.log(abs(mp.gamma(x))) if x < 1000 else mp.loggamma(x),
        "polygamma": lambda order, x: mp.polygamma(int(order), x),
        "sinc": lambda x: mp.sinc(x),
        **{
            name: getattr(mp, name)
            for line in (
                "acos acosh asin asinh atan atan2 atanh cos cosh coth csc csch erf erfc erfinv exp floor frac log sec",
                "sech sign sin sinh sqrt tan tanh",
            )
            for name in line.split()
        },
    }


def _cases(mp: Any) -> Callable[..., Any]:
    def cases(*flat: Any) -> Any:
        for at in range(0, len(flat), 2):
            if flat[at + 1]:
                return flat[at]
        return mp.nan

    return cases
