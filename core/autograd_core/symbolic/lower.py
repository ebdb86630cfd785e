"""Turns SymPy expressions into instructions: a name and the numbers of the instructions it acts on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core.symbolic.instructions import NAMES
from autograd_core.symbolic.read import UnanswerableError, sympy

Instruction = tuple[Any, ...]

DIGITS = 50
"""Digits of numbers that are beyond floats, and of the arithmetic that computes with them."""


class Lowering:
    """Turns SymPy expressions into instructions, each distinct sub-expression once."""

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self._known: dict[Any, int] = {}

    def lower(self, expr: Any) -> int:
        """The number of the instruction that gives ``expr``.

        Raises UnanswerableError for a function that cannot be evaluated.
        """
        stack = [(expr, False)]
        while stack:
            node, ready = stack.pop()
            if node in self._known:
                continue
            if ready:
                self._known[node] = self._instruction(node)
            else:
                stack.append((node, True))
                stack += [(part, False) for part in parts(node)]
        return self._known[expr]

    def _emit(self, *instruction: Any) -> int:
        self.instructions.append(instruction)
        return len(self.instructions) - 1

    def _slots(self, nodes: Sequence[Any]) -> list[int]:
        return [self._known[node] for node in nodes]

    def _instruction(self, node: Any) -> int:
        number = value_of(node)
        if number is not None:
            return self._emit("number", number, *([str(node).lower()] if node.is_NumberSymbol else []))
        if node.is_Symbol:
            if node.name.startswith("c"):
                return self._emit("number", float(node.name[1:]))
            if not node.name.startswith("x"):
                raise UnanswerableError("SymPy's answer holds a variable that is not an input")
            return self._emit("input", int(node.name[1:]))
        if node.is_Mul:
            return self._product(node)
        if node.is_Pow:
            return self._power(node)
        if node.is_Piecewise:
            flat = [part for value, condition in node.args for part in (value, condition)]
            return self._emit("Piecewise", *self._slots(flat))
        name = type(node).__name__
        if name not in NAMES:
            raise UnanswerableError(f"SymPy's answer holds {name}, which cannot be evaluated")
        return self._emit(name, *self._slots(node.args))

    def _product(self, node: Any) -> int:
        """Factors with negative powers go below a division, as in the formula a person would write."""
        above, below, sign = fraction(node)
        found = self._multiplied(above)
        if below:
            found = self._emit("div", found, self._multiplied(below))
        return self._emit("neg", found) if sign < 0 else found

    def _multiplied(self, factors: Sequence[Any]) -> int:
        slots = self._slots(factors)
        if not slots:
            return self._emit("number", 1.0)
        return slots[0] if len(slots) == 1 else self._emit("Mul", *slots)

    def _power(self, node: Any) -> int:
        base, exponent = node.args
        if is_negative(exponent):
            return self._emit("reciprocal", self._known[1 / node])
        if exponent == 2:
            return self._emit("square", self._known[base])
        if exponent.is_Rational and exponent == sympy().Rational(1, 2):
            return self._emit("sqrt", self._known[base])
        return self._emit("pow", self._known[base], self._known[exponent])


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
    if is_flat(node):
        return 0.0
    return None


def is_flat(node: Any) -> bool:
    """Whether a node is the derivative of a step function, which SymPy leaves as it is: 0 between the steps."""
    name = type(node).__name__
    if name == "Subs":
        return is_flat(node.args[0])
    return name == "Derivative" and type(node.args[0]).__name__ in ("floor", "ceiling")


def is_negative(exponent: Any) -> bool:
    """Whether an exponent is a negative number, or a product with one in front."""
    return bool(exponent.could_extract_minus_sign()) if exponent.is_Number or exponent.is_Mul else False


def fraction(node: Any) -> tuple[list[Any], list[Any], int]:
    """The factors of a product above and below the line, and its sign."""
    above, below, sign = [], [], 1
    for factor in node.args:
        if factor.is_Number and factor == -1:
            sign = -sign
        elif factor.is_Rational and factor.q != 1:
            if factor.p != 1:
                above.append(sympy().Integer(factor.p))
            below.append(sympy().Integer(factor.q))
        elif factor.is_Pow and is_negative(factor.args[1]):
            below.append(1 / factor)
        else:
            above.append(factor)
    return above, below, sign


def parts(node: Any) -> list[Any]:
    """What must be lowered before a node."""
    if value_of(node) is not None or node.is_Symbol:
        return []
    if node.is_Mul:
        above, below, _ = fraction(node)
        return above + below
    if node.is_Pow:
        base, exponent = node.args
        return [1 / node] if is_negative(exponent) else [base, exponent]
    if node.is_Piecewise:
        return [part for case in node.args for part in case.args]
    return list(node.args)
