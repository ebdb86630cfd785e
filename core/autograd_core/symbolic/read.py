"""Reads a script back into SymPy expressions."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Line = tuple[Any, ...]

NAMES = frozenset(
    word
    for line in (
        "Abs Add And Eq Ge Gt Heaviside Le Lt Max Min Mod Mul Ne Not Or acos acosh asin asinh atan atan2 atanh cbrt",
        "ceiling cos cosh cot coth csc csch diff digamma erf erfc erfinv exp floor frac gamma log loggamma polygamma",
        "sec sech sign sin sinc sinh sqrt tan tanh",
    )
    for word in line.split()
)
"""The functions of SymPy that a script may name."""


class UnanswerableError(Exception):
    """SymPy has no answer in a form that can be evaluated; the message says why."""


def sympy() -> Any:
    """SymPy, imported when it is first needed."""
    return importlib.import_module("sympy")


class ScriptReader:
    """Reads a script back into SymPy expressions; chains of sums and products become one sum and one product."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.uses = [0] * len(lines)
        for line in lines:
            if line[0] not in LITERALS:
                for at in line[1:]:
                    self.uses[at] += 1

    def read(self, roots: Sequence[int]) -> dict[int, Any]:
        """The expressions of ``roots`` and of all that they are made of."""
        needed: set[int] = set()
        stack = list(roots)
        while stack:
            at = stack.pop()
            if at not in needed:
                needed.add(at)
                if self.lines[at][0] not in LITERALS:
                    stack += self.lines[at][1:]
        inner = self._within_sums(needed, set(roots))
        built: dict[int, Any] = {}
        for at in sorted(needed):
            if at not in inner:
                built[at] = self._expression(at, built, inner)
                self._refuse_lost(at, built)
        return built

    def _refuse_lost(self, at: int, built: Mapping[int, Any]) -> None:
        """Raise UnanswerableError where an infinite part has taken in a symbol: of x + zoo SymPy's derivative is 0."""
        sp = sympy()
        if not any(built[at] is each for each in (sp.zoo, sp.nan, sp.oo, sp.S.NegativeInfinity)):
            return
        stack = [at]
        while stack:
            line = self.lines[stack.pop()]
            parts = [] if line[0] in LITERALS else line[1:]
            stack += [each for each in parts if each not in built]
            if any(built[each].free_symbols for each in parts if each in built):
                raise UnanswerableError("a part has no finite value here, and SymPy then drops what it is added to")

    def _within_sums(self, needed: set[int], roots: set[int]) -> set[int]:
        """Sums that are used once, by another sum: they are not built by themselves."""
        return {
            operand
            for at in needed
            if self.lines[at][0] in SUMS
            for operand in self.lines[at][1:]
            if self.lines[operand][0] in SUMS and self.uses[operand] == 1 and operand not in roots
        }

    def _expression(self, at: int, built: dict[int, Any], inner: set[int]) -> Any:
        line = self.lines[at]
        name = line[0]
        if name in LITERALS:
            return LITERALS[name](sympy(), *line[1:])
        if name in SUMS:
            return sympy().Add(*self._terms(at, built, inner))
        operands = [built[operand] for operand in line[1:]]
        return OPERATIONS[name](*operands) if name in OPERATIONS else getattr(sympy(), name)(*operands)

    def _terms(self, at: int, built: dict[int, Any], inner: set[int]) -> list[Any]:
        """The terms of a chain of sums and differences, with their signs."""
        found: list[Any] = []
        stack = [(at, 1)]
        while stack:
            position, sign = stack.pop()
            if position != at and position not in inner:
                found.append(built[position] if sign > 0 else -built[position])
                continue
            line = self.lines[position]
            if line[0] == "sub":
                stack += [(line[1], sign), (line[2], -sign)]
            elif line[0] == "neg":
                stack.append((line[1], -sign))
            else:
                stack += [(operand, sign) for operand in line[1:]]
        return found


SUMS = ("add", "sub", "neg", "Add")

LITERALS: dict[str, Callable[..., Any]] = {
    "symbol": lambda sp, number: sp.Symbol(f"x{number}", real=True),
    "bound": lambda sp, name: sp.Symbol(name, real=True),
    "integer": lambda sp, value: sp.Integer(value),
    "rational": lambda sp, above, below: sp.Rational(above, below),
    "decimal": lambda sp, value: sp.Float(value),
    "float": lambda sp, value: sp.Symbol(f"c{value!r}", **{"positive" if value > 0 else "negative": True}),
    "constant": getattr,
}

CONSTANTS = ("pi", "E", "nan", "EulerGamma", "true", "false")

OPERATIONS: dict[str, Callable[..., Any]] = {
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "subs": lambda f, old, new: f.subs(old, new),
    "Piecewise": lambda *flat: sympy().Piecewise(*zip(flat[::2], flat[1::2], strict=True)),
}
"""What is no function of SymPy under this name."""
