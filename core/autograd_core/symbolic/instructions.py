"""From a script to SymPy's expressions, and from these to instructions: what each does, and how they are carried out.

An instruction is a name and the numbers of the instructions it acts on.

``table`` takes a library of functions under SymPy's names, NumPy's or those of numbers with 50 digits, and makes all
instructions of them. Nothing here needs NumPy.
"""

from __future__ import annotations

import importlib
import operator
from collections.abc import Callable, Sequence
from functools import reduce
from types import SimpleNamespace
from typing import Any

Line = tuple[Any, ...]

FUNCTIONS = frozenset(
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
    """The expressions of ``roots``."""
    needed = set(roots)
    for at in range(len(lines) - 1, -1, -1):
        if at in needed and lines[at][0] not in LITERALS:
            needed.update(lines[at][1:])
    built: dict[int, Any] = {}
    for at in sorted(needed):
        name, *values = lines[at]
        if name in LITERALS:
            built[at] = LITERALS[name](sympy(), *values)
        else:
            function = OPERATIONS.get(name) or getattr(sympy(), name)
            parts = [built[operand] for operand in values]
            built[at] = function(*parts)
            _refuse_lost(built[at], parts)
    return [built[root] for root in roots]


def _refuse_lost(made: Any, parts: Sequence[Any]) -> None:
    """Raise UnanswerableError where an infinite part has taken in a symbol: of x + zoo SymPy's derivative is 0."""
    sp = sympy()
    lost = any(made is each for each in (sp.zoo, sp.nan, sp.oo, sp.S.NegativeInfinity))
    if lost and any(part.free_symbols for part in parts):
        raise UnanswerableError("a part has no finite value here, and SymPy then drops what it is added to")


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
    "add": operator.add,
    "sub": operator.sub,
    "neg": operator.neg,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "subs": lambda f, old, new: f.subs(old, new),
    "Piecewise": lambda *flat: sympy().Piecewise(*zip(flat[::2], flat[1::2], strict=True)),
}
"""What is no function of SymPy under this name."""


Table = dict[str, Callable[..., Any]]

_IN_OTHERS = {"cbrt", "diff", "digamma", "frac", "cot", "coth", "csc", "csch", "sec", "sech"}
PLAIN = sorted({*filter(str.islower, FUNCTIONS), "pow"} - _IN_OTHERS)
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
        "ITE": where,
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


def lower(expression: Any, instructions: list[Instruction], known: dict[Any, int]) -> int:
    """The number of the instruction for an expression, added with those for its parts that are not ``known``.

    Raises UnanswerableError for a function that cannot be evaluated.
    """
    stack = [(expression, parts_of(expression))]
    while stack:
        node, (name, *parts) = stack.pop()
        missing = [] if name in LITERAL else [part for part in parts if part not in known]
        if missing:
            stack += [(node, (name, *parts)), *[(part, parts_of(part)) for part in missing]]
        elif node not in known:
            instructions.append((name, *(parts if name in LITERAL else [known[part] for part in parts])))
            known[node] = len(instructions) - 1
    return known[expression]


WHOLE = 2**53
"""Whole numbers up to which floats have them all."""

LITERAL = ("input", "number")
"""Instructions that hold a value and not the numbers of others."""


def parts_of(node: Any) -> Sequence[Any]:
    """The name of the instruction for a node, and the expressions it acts on or the value it holds.

    Factors with negative powers go below a division, as in the formula a person would write.
    """
    if node.is_Rational and node.q != 1 and max(abs(node.p), node.q) < WHOLE:  # with 50 digits 1/3 has 50
        return ("div", sympy().Integer(node.p), sympy().Integer(node.q))
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
