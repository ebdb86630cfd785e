"""Turns SymPy expressions into instructions: a name and the numbers of the instructions it acts on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd_core.symbolic.instructions import NAMES
from autograd_core.symbolic.read import UnanswerableError, sympy

Instruction = tuple[Any, ...]

DIGITS = 50
"""Digits of numbers that are beyond floats, and of the arithmetic that computes with them."""


def lower(expressions: Iterable[Any]) -> tuple[list[Instruction], list[int]]:
    """Instructions, one for each distinct sub-expression, and the numbers of those that give the expressions.

    Raises UnanswerableError for a function that cannot be evaluated.
    """
    instructions: list[Instruction] = []
    known: dict[Any, int] = {}
    outputs = []
    for expression in expressions:
        stack = [(expression, parts_of(expression))]
        while stack:
            node, (name, *parts) = stack.pop()
            missing = [] if name in LITERAL else [part for part in parts if part not in known]
            if missing:
                stack.append((node, (name, *parts)))
                stack += [(part, parts_of(part)) for part in missing]
            elif node not in known:
                known[node] = len(instructions)
                instructions.append((name, *(parts if name in LITERAL else [known[part] for part in parts])))
        outputs.append(known[expression])
    return instructions, outputs


LITERAL = ("input", "number")
"""Instructions that hold a value and not the numbers of others."""


def parts_of(node: Any) -> Sequence[Any]:
    """The name of the instruction for a node, and the expressions it acts on or the value it holds.

    Factors with negative powers go below a division, as in the formula a person would write.
    """
    number = value_of(node)
    if number is not None:
        return ("number", number, *([str(node).lower()] if node.is_NumberSymbol else []))
    if node.is_Symbol:
        kind, rest = node.name[0], node.name[1:]
        if kind not in "cx":
            raise UnanswerableError("SymPy's answer holds a variable that is not an input")
        return ("number", float(rest)) if kind == "c" else ("input", int(rest))
    if node.is_Mul or node.is_Pow:
        above, below = sympy().fraction(node, exact=True)
        if below != 1:
            return ("reciprocal", below) if above == 1 else ("div", above, below)
        if node.is_Mul:
            return ("Mul", *node.args)
        base, exponent = node.args
        short = {2: "square", sympy().S.Half: "sqrt"}.get(exponent)
        return (short, base) if short else ("pow", base, exponent)
    if node.is_Piecewise:
        return ("Piecewise", *[part for case in node.args for part in case.args])
    name = type(node).__name__
    if name not in NAMES:
        raise UnanswerableError(f"SymPy's answer holds {name}, which cannot be evaluated")
    return (name, *node.args)


def value_of(node: Any) -> float | bool | str | None:
    """The number that a node is, as a text of its digits where it is beyond all floats; None where it is not one."""
    if node is sympy().true or node is sympy().false:
        return bool(node)
    if node is sympy().zoo:
        return float("nan")
    if node.is_Number or node.is_NumberSymbol:
        try:
            value = float(node)
        except OverflowError:
            value = float("inf")
        beyond = node.is_finite and (value in (float("inf"), float("-inf")) or (value == 0 and not node.is_zero))
        return str(node.evalf(DIGITS)) if beyond else value
    return 0.0 if is_flat(node) else None


def is_flat(node: Any) -> bool:
    """Whether a node is the derivative of a step function, which SymPy leaves as it is: 0 between the steps."""
    name = type(node).__name__
    if name == "Subs":
        return is_flat(node.args[0])
    return name == "Derivative" and type(node.args[0]).__name__ in ("floor", "ceiling")
