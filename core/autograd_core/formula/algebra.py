"""Sums and products entry by entry: coefficients in front, like terms and equal factors collected, exactly."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from autograd_core.errors import AutogradError
from autograd_core.formula.numbers import HALF, ONE, rooted
from autograd_core.formula.terms import Number, Table, Term, joint, short
from autograd_core.ops.registry import op
from autograd_core.ops.spec import OpSpec

Items = list[tuple[Term, Number]]

MAX_DISSOLVED = 64
"""Terms of a sum that is written out within a larger sum, or multiplied out."""

MAX_FACTORS = 24
"""Factors of a product that is written out within a larger product."""

_MAX_BITS = 4000
"""Bits of a number; a power that has more stays a power."""


def split(term: Term) -> tuple[Fraction, Term | None]:
    """The coefficient and the rest; None for a plain number."""
    if term.kind == "num":
        return term.data, None
    if term.kind == "sum" and len(term.args) == 1 and term.data[1] == 0:
        return term.data[0][0], term.args[0]
    return ONE, term


def items(term: Term) -> tuple[Items, Fraction]:
    """Terms with coefficients, and the constant, of which the sum is ``term``."""
    coefficient, rest = split(term)
    if rest is None:
        return [], coefficient
    if rest.kind == "sum":
        pairs: Items = [(t, coefficient * c) for t, c in zip(rest.args, rest.data[0], strict=True)]
        return pairs, coefficient * rest.data[1]
    return [(rest, coefficient)], Fraction(0)


def factors(term: Term) -> tuple[Items, Fraction]:
    """Bases with exponents, and the coefficient, of which the product is ``term``."""
    coefficient, rest = split(term)
    if rest is None:
        return [], coefficient
    if rest.kind == "prod":
        return list(zip(rest.args, rest.data, strict=True)), coefficient
    return [(rest, ONE)], coefficient


def parted(table: Table, term: Term) -> tuple[Items, Term]:
    """The factors without axes, the number in front among them, and the product of the others."""
    pairs, coefficient = factors(term)
    scalars: Items = [(b, e) for b, e in pairs if not b.shape]
    if coefficient != 1:
        scalars.append((table.num(coefficient), 1))
    return scalars, product(table, [(b, e) for b, e in pairs if b.shape])


def scale(table: Table, factor: Number, term: Term) -> Term:
    """A number times a term."""
    coefficient, rest = split(term)
    coefficient *= factor
    if rest is None:
        return table.num(coefficient)
    if coefficient == 0:
        return table.zero
    if coefficient == 1:
        return rest
    size = 1 if coefficient == -1 else len(short(coefficient)) + 1
    data = ((coefficient,), Fraction(0))
    return table.make("sum", (rest,), data, rest.shape, size=size + 2 * (rest.kind == "sum"))


def total(table: Table, pairs: Iterable[tuple[Term, Number]], constant: Number = 0) -> Term:
    """A linear combination of terms."""
    given: Items = []
    constant = Fraction(constant)
    for term, coefficient in pairs:
        own, rest = split(term)
        if rest is None:
            constant += own * coefficient
        elif own * coefficient != 0:
            given.append((rest, own * coefficient))
    collected, constant = _dissolved(table, given, constant)
    return combination(table, collected, constant)


def _dissolved(table: Table, given: Items, constant: Fraction) -> tuple[dict[Term, Fraction], Fraction]:
    """Like terms collected; a sum within a sum is written out where that needs no brackets or where terms meet."""
    uses: dict[Term, int] = {}
    constants = 1 if constant else 0
    for term, _ in given:
        inner = term.args if term.kind == "sum" and len(term.args) <= MAX_DISSOLVED else ()
        for one in (term, *inner):
            uses[one] = uses.get(one, 0) + 1
        constants += bool(inner) and term.data[1] != 0
    collected: dict[Term, Fraction] = {}
    table.spend(len(uses))
    for term, coefficient in given:
        if term.kind == "sum" and len(term.args) <= MAX_DISSOLVED and uses[term] == 1:
            meets = any(uses[t] > 1 for t in term.args) or (term.data[1] != 0 and constants > 1)
            if meets or (abs(coefficient) == 1):
                for t, c in zip(term.args, term.data[0], strict=True):
                    collected[t] = collected.get(t, 0) + coefficient * c
                constant += coefficient * term.data[1]
                continue
        collected[term] = collected.get(term, 0) + Fraction(coefficient)
    return {t: c for t, c in collected.items() if c}, constant


def combination(table: Table, collected: dict[Term, Fraction], constant: Number) -> Term:
    """The sum of collected terms: a factor common to all coefficients, and the sign, are taken out."""
    constant = Fraction(constant)
    if not collected:
        return table.num(constant)
    if len(collected) == 1 and constant == 0:
        ((term, coefficient),) = collected.items()
        return scale(table, coefficient, term)
    sizes = {abs(c) for c in collected.values()} | ({abs(constant)} if constant else set())
    content = Fraction(sizes.pop() if len(sizes) == 1 else 1)
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
    collected: dict[Term, Fraction], constant: Fraction, content: Fraction
) -> tuple[str, tuple[int, ...], object, object]:
    """The key of a sum in the table, the same for every order of its terms."""
    pairs = sorted([(t.rank, c / content) for t, c in collected.items()])
    return ("sum", (), (tuple(pairs), constant / content), None)


def product(table: Table, pairs: Iterable[tuple[Term, Number]], coefficient: Number = 1) -> Term:
    """A product of powers, elementwise; a power of a number that is no fraction stays a factor."""
    exponents: dict[Term, Fraction] = {}
    number = Fraction(coefficient)
    for term, given in pairs:
        exponent = Fraction(given)
        own, rest = split(term)
        if own == 0 and exponent < 0:
            rest, own = term, ONE  # 1/0 is left to floating point arithmetic
        if own != 1 and (own > 0 or exponent.denominator == 1):
            raised, left = _raised(own, exponent)
            number *= raised
            if left is not None:
                base = table.num(left)
                exponents[base] = exponents.get(base, 0) + exponent
        elif own != 1:
            rest = term
        if rest is not None and rest.kind == "prod" and len(rest.args) <= MAX_FACTORS:
            number *= _power_of_product(table, rest, exponent, exponents)
        elif rest is not None:
            exponents[rest] = exponents.get(rest, 0) + exponent
    return _product(table, [(t, e) for t, e in exponents.items() if e], number) if number else table.zero


def _raised(base: Fraction, exponent: Fraction) -> tuple[Fraction, Fraction | None]:
    """A power of a number as a number, and what is left of the base where the power is no fraction."""
    if exponent.denominator == 1:
        bits = (base.numerator.bit_length() + base.denominator.bit_length()) * abs(int(exponent))
        return (base ** int(exponent), None) if bits < _MAX_BITS else (ONE, base)
    if exponent.denominator == 2 and max(base.numerator, base.denominator) < 10**400:
        inside, outside = rooted(base)
        few = max(inside.numerator, inside.denominator) < 1000
        return (outside ** int(2 * exponent), None if inside == 1 else inside) if few or inside == 1 else (ONE, base)
    return ONE, base


def _power_of_product(table: Table, term: Term, exponent: Fraction, exponents: dict[Term, Fraction]) -> Fraction:
    """The factors of a power of a product, added to ``exponents``, and the number in front.

    A root is that of each factor where at most one may be negative, or where what is under roots may be taken as
    positive; that of an even power is an absolute value.
    """
    coefficient = ONE
    left: Items = []
    for base, inner in zip(term.args, term.data, strict=True):
        power = inner * exponent
        if exponent.denominator == 1 or inner.denominator % 2 == 0 or positive(table, base, zero=True):
            pass
        elif inner % 2:
            left.append((base, inner))
            continue
        elif power % 2:
            own, rest = split(base) if power.denominator == 1 else (ONE, base)
            assert rest is not None
            coefficient *= abs(own) ** int(power)
            base = table.call(op.abs, [rest], {}, rest.shape)
        exponents[base] = exponents.get(base, 0) + power
    if (len(left) > 1 and not table.lean) or (len(left) == 1 and left[0][1] % 2 != 1):
        whole = _product(table, left, ONE)
        exponents[whole] = exponents.get(whole, 0) + exponent
    else:
        for base, inner in left:
            exponents[base] = exponents.get(base, 0) + inner * exponent
    return coefficient


def positive(table: Table, term: Term, *, zero: bool = False) -> bool:
    """Whether a term is positive, or with ``zero`` not negative, at all real numbers for which the assumptions hold."""
    if term.kind == "var":
        meaning = table.meanings.get(term)
        known = meaning is not None and positive(table, meaning, zero=zero)
        return known or table.assumed.get((term.data, ">"), -1.0) >= 0
    if term.kind in ("reduce", "expand", "fill", "outer"):
        return all(positive(table, a, zero=zero) for a in term.args)
    if term.kind in ("num", "const"):
        return term.kind == "const" or bool(term.data > 0 or (zero and term.data == 0))
    if term.kind == "sum":
        coefficients, constant = term.data
        if constant < 0 or any(c < 0 for c in coefficients):
            return False
        kinds = [positive(table, a) for a in term.args]
        some = zero or constant > 0 or any(kinds)
        return some and all(k or positive(table, a, zero=True) for k, a in zip(kinds, term.args, strict=True))
    if term.kind == "prod":
        even = [zero and (e % 2 == 0 or e.denominator % 2 == 0) for e in term.data]
        return all(known or positive(table, a, zero=zero) for known, a in zip(even, term.args, strict=True))
    if term.kind == "chain":
        return zero and not term.shape and len(term.args) == 2 and term.args[0] is term.args[1]
    if term.kind != "call" or term.data.linear:
        return False
    least = least_result(term.data, tuple(sorted(term.params.items())), tuple([a.shape for a in term.args]))
    return least > 0 or (zero and least == 0)


@lru_cache(4096)
def least_result(op: OpSpec, params: tuple[tuple[str, Any], ...], shapes: tuple[tuple[int, ...], ...]) -> float:
    """The least entry that an operation gives for 0 and for quarters up to 8 in size; -inf where it has no value."""
    rng = np.random.default_rng(0)
    shapes = tuple([(1000,) if op.elementwise else tuple([min(n, 3) for n in shape]) for shape in shapes])
    points = [
        [np.zeros(shape) for shape in shapes],
        *([rng.integers(-32, 33, shape) / 4 for shape in shapes] for _ in range(20)),
    ]
    try:
        with np.errstate(all="ignore"):
            found = [np.asarray(op.forward(*point, **dict(params))) for point in points]
        return float(np.nanmin(np.concatenate([each.ravel() for each in found])))
    except (AutogradError, ArithmeticError, ValueError):
        return -math.inf


def _product(table: Table, pairs: Items, coefficient: Fraction) -> Term:
    """A product of factors that were collected."""
    own, coefficient = _roots(table, [_simple_power(base, exponent) for base, exponent in pairs], coefficient)
    if not own:
        return table.num(coefficient)
    if len(own) == 1 and own[0][1] == 1:
        return scale(table, coefficient, own[0][0])
    own.sort(key=lambda pair: pair[0].rank)
    size = sum(1 + 2 * (t.kind in ("sum", "chain")) + (0 if e == 1 else 3) for t, e in own)
    bases = tuple([t for t, _ in own])
    made = table.make("prod", bases, tuple([e for _, e in own]), joint(bases), size=size)
    return scale(table, coefficient, made)


def _simple_power(base: Term, exponent: Number) -> tuple[Term, Number]:
    """1 and 0 are their own powers, and an even power needs no absolute value."""
    if base.kind == "call" and base.data.group == "comparison" and exponent > 0:
        return base, ONE
    return (base.args[0] if base.kind == "call" and base.data is op.abs and exponent % 2 == 0 else base), exponent


def _roots(table: Table, pairs: Items, coefficient: Fraction) -> tuple[Items, Fraction]:
    """Factors in which the square roots of numbers are one: ``sqrt(2)*sqrt(6)`` is 2*sqrt(3)."""
    roots = [(b, Fraction(e)) for b, e in pairs if b.kind == "num" and b.data and 2 % Fraction(e).denominator == 0]
    if not roots:
        return [(b, Fraction(e)) for b, e in pairs], coefficient
    inside = ONE
    for base, exponent in roots:
        inside *= base.data ** int(2 * exponent)
    inside, outside = rooted(inside)
    coefficient *= outside
    above, below = inside.numerator, inside.denominator
    common = math.gcd(below, coefficient.numerator)
    coefficient, below, above = coefficient / common, below // common, above * common
    common = math.gcd(above, coefficient.denominator)
    coefficient, above, below = coefficient * common, above // common, below * common
    left = [(table.num(n), e) for n, e in ((above, HALF), (below, -HALF)) if n != 1]
    return [
        *((b, Fraction(e)) for b, e in pairs if b.kind != "num" or not b.data or 2 % Fraction(e).denominator),
        *left,
    ], coefficient
