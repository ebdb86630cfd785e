"""Sums and products in normal form: coefficients in front, like terms and equal factors collected."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable

from autograd_core.formula.terms import Table, Term, joint, short

Items = list[tuple[Term, float]]

MAX_DISSOLVED = 64
"""Terms of a sum that is written out within a larger sum, or multiplied out."""


MAX_FACTORS = 24
"""Factors of a product that is written out within a larger product."""


def split(term: Term) -> tuple[float, Term | None]:
    """The coefficient and the rest; None for a plain number."""
    if term.kind == "num":
        return term.data, None
    if term.kind == "sum" and len(term.args) == 1 and term.data[1] == 0:
        return term.data[0][0], term.args[0]
    return 1.0, term


def items(term: Term) -> tuple[Items, float]:
    """Terms with coefficients, and the constant, of which the sum is ``term``."""
    coefficient, rest = split(term)
    if rest is None:
        return [], coefficient
    if rest.kind == "sum":
        pairs = [(t, coefficient * c) for t, c in zip(rest.args, rest.data[0], strict=True)]
        return pairs, coefficient * rest.data[1]
    return [(rest, coefficient)], 0.0


def factors(term: Term) -> tuple[Items, float]:
    """Bases with exponents, and the coefficient, of which the product is ``term``."""
    coefficient, rest = split(term)
    if rest is None:
        return [], coefficient
    if rest.kind == "prod":
        return list(zip(rest.args, rest.data, strict=True)), coefficient
    return [(rest, 1.0)], coefficient


def scale(table: Table, factor: float, term: Term) -> Term:
    """A number times a term."""
    coefficient, rest = split(term)
    coefficient *= factor
    if rest is None:
        return table.num(coefficient)
    if coefficient == 0 or not math.isfinite(coefficient):
        return table.zero if coefficient == 0 else _product(table, [(rest, 1.0)], coefficient)
    if coefficient == 1:
        return rest
    size = 1 if coefficient == -1 else len(short(coefficient)) + 1
    return table.make("sum", (rest,), ((coefficient,), 0.0), rest.shape, size=size + 2 * (rest.kind == "sum"))


def total(table: Table, pairs: Iterable[tuple[Term, float]], constant: float = 0.0) -> Term:
    """A linear combination of terms."""
    given: list[tuple[Term, float]] = []
    for term, coefficient in pairs:
        own, rest = split(term)
        if rest is None:
            constant += own * coefficient
        elif own * coefficient != 0:
            given.append((rest, own * coefficient))
    collected, constant = _dissolved(table, given, constant)
    return combination(table, collected, constant)


def _dissolved(table: Table, given: Items, constant: float) -> tuple[dict[Term, float], float]:
    """Like terms collected; a sum within a sum is written out where that needs no brackets or where terms meet."""
    uses: dict[Term, int] = {}
    constants = 1 if constant else 0
    for term, _ in given:
        inner = term.args if term.kind == "sum" and len(term.args) <= MAX_DISSOLVED else ()
        for one in (term, *inner):
            uses[one] = uses.get(one, 0) + 1
        constants += bool(inner) and term.data[1] != 0
    collected: dict[Term, float] = {}
    table.spend(len(uses))
    for term, coefficient in given:
        if term.kind == "sum" and len(term.args) <= MAX_DISSOLVED and uses[term] == 1:
            meets = any(uses[t] > 1 for t in term.args) or (term.data[1] != 0 and constants > 1)
            if meets or (abs(coefficient) == 1 and term not in table.whole):
                for t, c in zip(term.args, term.data[0], strict=True):
                    collected[t] = collected.get(t, 0.0) + coefficient * c
                constant += coefficient * term.data[1]
                continue
        collected[term] = collected.get(term, 0.0) + coefficient
    return {t: c for t, c in collected.items() if not _vanishes(c)}, constant


def _vanishes(coefficient: float) -> bool:
    return abs(coefficient) < 1e-15


def combination(table: Table, collected: dict[Term, float], constant: float) -> Term:
    """The sum of collected terms: a factor common to all coefficients, and the sign, are taken out."""
    if not collected:
        return table.num(constant)
    if len(collected) == 1 and constant == 0:
        ((term, coefficient),) = collected.items()
        return scale(table, coefficient, term)
    sizes = {abs(c) for c in collected.values()} | ({abs(constant)} if constant else set())
    content = sizes.pop() if len(sizes) == 1 else 1.0
    if constant <= 0 and all(c < 0 for c in collected.values()):
        content = -content
    known = table.known.get(_identity(collected, constant, -content))
    if known is not None:
        return scale(table, -content, known)
    identity = _identity(collected, constant, content)
    if identity not in table.known:
        coefficients = tuple([c / content for c in collected.values()])
        size = sum(3 + (0 if abs(c) == 1 else len(short(abs(c))) + 1) for c in coefficients) - 3
        size += 3 + len(short(abs(constant))) if constant else 0
        made = table.make(
            "sum",
            tuple(collected),
            (coefficients, constant / content),
            joint(collected),
            key=identity[2],
            size=size,
        )
        table.known[identity] = made
    return scale(table, content, table.known[identity])


def _identity(
    collected: dict[Term, float], constant: float, content: float
) -> tuple[str, tuple[int, ...], object, object]:
    """The key of a sum in the table, the same for every order of its terms."""
    pairs = sorted((t.rank, c / content) for t, c in collected.items())
    return ("sum", (), (tuple(pairs), constant / content or 0.0), None)


def product(table: Table, pairs: Iterable[tuple[Term, float]], coefficient: float = 1.0) -> Term:
    """A product of powers, elementwise."""
    exponents: dict[Term, float] = {}
    for term, exponent in pairs:
        whole = exponent == int(exponent)
        own, rest = split(term)
        if own != 1 and (whole or own > 0):
            raised = coefficient * _raised(own, exponent)
            if rest is None or sys.float_info.min <= abs(raised) < math.inf:
                coefficient = raised
            else:
                rest = term  # too large or too small for a number: it stays with what it multiplies
        elif own != 1:
            rest = term
        if rest is None:
            continue
        if (
            rest.kind == "prod"
            and len(rest.args) <= MAX_FACTORS
            and (whole or (len(rest.data) == 1 and rest.data[0] % 2 == 1))
        ):
            for base, inner in zip(rest.args, rest.data, strict=True):
                exponents[base] = exponents.get(base, 0.0) + inner * exponent
        else:
            exponents[rest] = exponents.get(rest, 0.0) + exponent
    if coefficient == 0:
        return table.zero
    return _product(table, [(t, e) for t, e in exponents.items() if e], coefficient)


def _raised(base: float, exponent: float) -> float:
    """A power as floating point arithmetic has it: infinite where Python raises an error."""
    try:
        return float(base**exponent)
    except ZeroDivisionError:
        return math.inf
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf


def _product(table: Table, pairs: Items, coefficient: float) -> Term:
    if not math.isfinite(coefficient):
        pairs = [*pairs, (table.make("array", data=coefficient, size=4), 1.0)]
        coefficient = 1.0
    pairs = simplified(pairs)
    if not pairs:
        return table.num(coefficient)
    if len(pairs) == 1 and pairs[0][1] == 1:
        return scale(table, coefficient, pairs[0][0])
    pairs.sort(key=lambda pair: pair[0].rank)
    size = sum(1 + 2 * (t.kind in ("sum", "chain")) + (0 if e == 1 else 3) for t, e in pairs)
    bases = tuple([t for t, _ in pairs])
    made = table.make("prod", bases, tuple([e for _, e in pairs]), joint(bases), size=size)
    return scale(table, coefficient, made)


def simplified(pairs: Items) -> Items:
    """Factors that are simpler together: powers of 0 and 1, and of absolute values."""
    found = []
    for base, exponent in pairs:
        if base.kind == "call":
            if base.data.group == "comparison" and exponent > 0:
                exponent = 1.0  # 1 and 0 are their own powers
            elif base.data.name == "abs" and exponent % 2 == 0:
                base = base.args[0]
        found.append((base, exponent))
    return found


def power(table: Table, term: Term, exponent: float) -> Term:
    """A term to a constant power."""
    return product(table, [(term, exponent)])
