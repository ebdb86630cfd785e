"""Instructions, a name and the numbers of the instructions it acts on: how SymPy's expressions become them, what each
does, and how they are carried out.

``table`` takes a library of functions under SymPy's names, NumPy's or those of numbers with 50 digits, and makes all
instructions of them. Nothing here needs NumPy.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from types import SimpleNamespace
from typing import Any

from autograd_core.symbolic.read import NAMES as READ
from autograd_core.symbolic.read import UnanswerableError, sympy

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
    slots: list[Any] = [None] * len(instructions)
    for at, (name, *operands) in enumerate(instructions):
        if at not in last:
            continue
        if name == "input":
            slots[at] = inputs[operands[0]]
        elif name == "number":
            slots[at] = operands[0] if isinstance(operands[0], bool) else number(*operands)
        else:
            slots[at] = functions[name](*[slots[operand] for operand in operands])
            for operand in operands:
                if last[operand] == at:
                    slots[operand] = None
    return [slots[output] for output in outputs]


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
