"""Reads a script back into SymPy expressions."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
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


def read_script(lines: Sequence[Line], roots: Sequence[int]) -> list[Any]:
    """The expressions of ``roots``; a chain of sums that are used once becomes one sum."""
    operands: list[Sequence[int]] = [() if line[0] in LITERALS else line[1:] for line in lines]
    uses = Counter(chain.from_iterable(operands))
    needed: set[int] = set()
    stack = list(roots)
    while stack:
        at = stack.pop()
        if at not in needed:
            needed.add(at)
            stack += operands[at]
    sums = {at for at in needed if lines[at][0] in SUMS}
    inner = {each for at in sums for each in operands[at] if each in sums and uses[each] == 1} - set(roots)
    built: dict[int, Any] = {}
    for at in sorted(needed - inner):
        name = lines[at][0]
        if name in LITERALS:
            built[at] = LITERALS[name](sympy(), *lines[at][1:])
        elif name in SUMS:
            built[at] = sympy().Add(*_terms(at, lines, built))
        else:
            function = OPERATIONS.get(name) or getattr(sympy(), name)
            built[at] = function(*[built[operand] for operand in operands[at]])
        _refuse_lost(at, operands, built)
    return [built[root] for root in roots]


def _terms(at: int, lines: Sequence[Line], built: Mapping[int, Any]) -> list[Any]:
    """The terms of a chain of sums and differences, with their signs."""
    found: list[Any] = []
    stack = [(at, 1)]
    while stack:
        position, sign = stack.pop()
        name, *operands = lines[position]
        if position in built:
            found.append(built[position] if sign > 0 else -built[position])
        elif name == "sub":
            stack += [(operands[0], sign), (operands[1], -sign)]
        else:
            stack += [(operand, -sign if name == "neg" else sign) for operand in operands]
    return found


def _refuse_lost(at: int, operands: Sequence[Sequence[int]], built: Mapping[int, Any]) -> None:
    """Raise UnanswerableError where an infinite part has taken in a symbol: of x + zoo SymPy's derivative is 0."""
    sp = sympy()
    if not any(built[at] is each for each in (sp.zoo, sp.nan, sp.oo, sp.S.NegativeInfinity)):
        return
    stack = [at]
    while stack:
        parts = operands[stack.pop()]
        stack += [each for each in parts if each not in built]
        if any(built[each].free_symbols for each in parts if each in built):
            raise UnanswerableError("a part has no finite value here, and SymPy then drops what it is added to")


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
