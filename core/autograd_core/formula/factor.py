"""Common factors taken out of sums, elementwise and in matrix products, where the text gets shorter."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from autograd_core.expr.run import params_key
from autograd_core.formula.algebra import MAX_FACTORS, Items, factors, items, parted, product, total
from autograd_core.formula.axes import exactly, loose, outer, times
from autograd_core.formula.contraction import chain, flipped, rebuilt, turned
from autograd_core.formula.equations import rewritten
from autograd_core.formula.terms import Number, Table, Term, under
from autograd_core.ops.registry import op

MAX_TERMS = 40
"""Terms of a sum in which common factors are looked for."""

MAX_DIVIDED = 8
"""Terms of a sum that is divided by another, and of one that is multiplied out for the sake of others."""

FEW_TERMS = 4
"""Terms of a sum whose parts are rewritten once a common factor is taken out of them."""

SAVING = 3
"""Characters that a factor taken out must save."""

MEETING = 2
"""Characters that a factor taken out may cost which meets others outside: ``s*(r*s**5 - s**6)`` is ``s**6*(r - s)``."""

KNOWN = 4
"""Characters that taking out a name of a part may cost: ``f*(x**2 - 1)`` for ``f*x**2 - f``."""

WRITTEN_OUT, SIMPLE = 0.7, 0.8
"""How much shorter, at least, a sum must become for its brackets to be multiplied out; without powers of them."""


LOOSE = 1.5
"""The same where an equation may shorten it further."""


def factored(table: Table, term: Term, slack: int = 0) -> Term | None:
    """A sum with a common factor in front of brackets, None where that does not shorten it, or costs the ``slack``."""
    pairs, constant = items(term)
    if not 2 <= len(pairs) + (constant != 0) <= MAX_TERMS or term.kind != "sum":
        return None
    ways = [
        _elementwise(table, pairs, constant, slack),
        _matrices(table, pairs, constant),
        _maps(table, pairs, constant),
    ]
    best = min([each for each in ways if each is not None], key=lambda each: each.size, default=term)
    return best if best is not term and best.shape == term.shape else None


def _elementwise(table: Table, pairs: Items, constant: Number, slack: int) -> Term | None:
    """``a*x + b*x`` as ``(a + b)*x``: the factors that save most."""
    bases = [factors(t)[0] for t, _ in pairs]
    uses: dict[tuple[Term, bool], list[int]] = {}
    for i, found in enumerate(bases):
        for base, exponent in found:
            uses.setdefault((base, exponent > 0), []).append(i)
    groups = {tuple(found) for found in uses.values() if len(found) > 1}
    before = total(table, pairs, constant).size
    best: Term | None = None
    for group in sorted(groups):
        whole = len(group) == len(pairs) and not constant
        common: Items = []
        for (base, positive), found_in in uses.items():
            if set(group) <= set(found_in):
                exponents = [e for i in group for b, e in bases[i] if b is base and (e > 0) == positive]
                common.append((base, min(exponents) if positive else max(exponents)))
        known = any(base in table.meanings and not base.shape and exponent > 0 for base, exponent in common)
        if not (whole or known) and all(base.kind == "var" and exponent > 0 for base, exponent in common):
            continue  # a polynomial stays as it is
        inverse = [(base, -exponent) for base, exponent in common]
        inside = [(product(table, [*bases[i], *inverse]), pairs[i][1]) for i in group]
        if len(pairs) <= FEW_TERMS:
            inside = [(rewritten(table, t) or t, c) for t, c in inside]
        shared = math.gcd(*[int(c) if Fraction(c).denominator == 1 else 1 for _, c in inside]) if whole else 1
        left = total(table, [(t, Fraction(c, shared)) for t, c in inside])
        left = (rewritten(table, left) if left.kind == "sum" and len(pairs) <= FEW_TERMS else None) or left
        made = times(table, [*common, (left, 1)], shared)
        others = [pair for i, pair in enumerate(pairs) if i not in set(group)]
        candidate = made if whole else total(table, [(made, 1), *others], constant)
        most = slack + (before + KNOWN if known else before - (1 if whole else SAVING))
        if candidate.size <= most and (best is None or candidate.size < best.size):
            best = candidate
    return best


def _maps(table: Table, pairs: Items, constant: Number) -> Term | None:
    """``sum(a, 0) + sum(b, 0)`` as ``sum(a + b, 0)``, and ``diag(x) + diag(y)`` as ``diag(x + y)``."""
    groups: dict[object, list[int]] = {}
    for i, (term, _) in enumerate(pairs):
        if term.kind == "reduce" or (term.kind == "call" and term.data is op.diag and term.ndim == 2):
            groups.setdefault((term.data, params_key(term.params), term.args[0].shape), []).append(i)
    for group in groups.values():
        if len(group) > 1:
            first = pairs[group[0]][0]
            inside = total(table, [(pairs[i][0].args[0], pairs[i][1]) for i in group])
            made = rebuilt(table, first, [exactly(table, together(table, inside) or inside, first.args[0].shape)])
            return total(table, [(made, 1), *(p for i, p in enumerate(pairs) if i not in group)], constant)
    return None


def _matrices(table: Table, pairs: Items, constant: Number) -> Term | None:
    """``A @ x + B @ x`` as ``(A + B) @ x``, and the same at the left end and for outer products."""
    groups: dict[tuple[Term, str, bool], dict[int, tuple[list[Term], Items]]] = {}
    for i, (term, _) in enumerate(pairs):
        scalars, rest = parted(table, term)
        for kind, ends in _readings(table, rest):
            groups.setdefault((ends[-1], kind, True), {})[i] = ends[:-1], scalars
            groups.setdefault((ends[0], kind, False), {})[i] = ends[1:], scalars
    best: Term | None = None
    for (shared, kind, last), group in groups.items():
        if len(group) < 2:
            continue
        left = [
            (times(table, [*scalars, (loose(chain(table, ends)), 1)]), pairs[i][1])
            for i, (ends, scalars) in group.items()
        ]
        joined = total(table, left)
        if {t.shape for t, _ in left} - {()} != {joined.shape}:  # ones are a number
            continue
        pair = [joined, shared] if last else [shared, joined]
        made = outer(table, *pair) if kind == "outer" else chain(table, pair)
        candidate = total(table, [(made, 1), *(p for i, p in enumerate(pairs) if i not in group)], constant)
        if best is None or candidate.size < best.size:
            best = candidate
    return best


def _readings(table: Table, term: Term) -> Iterator[tuple[str, list[Term]]]:
    """The factors of a matrix product, of an outer product, and of ``outer(A @ x, y)`` as ``A @ outer(x, y)``.

    ``sum(X, axis=0)`` is ``X.T @ ones(m)`` and ``sum(X, axis=1)`` is ``X @ ones(n)``.
    """
    if term.kind in ("chain", "outer") and term.shape:
        yield term.kind, list(term.args)
    if term.kind == "outer" and any(a.kind == "chain" for a in term.args):
        left, right = (list(a.args) if a.kind == "chain" else [a] for a in term.args)
        yield "chain", [*left[:-1], outer(table, left[-1], right[-1]), *turned(table, right[:-1])]
    if term.kind == "reduce" and term.ndim == 1 and term.args[0].ndim == 2:
        whole = term.args[0] if term.data == (-1,) else flipped(table, term.args[0])
        if whole.kind in ("var", "transpose", "chain"):
            ones = exactly(table, table.one, whole.shape[1:])
            yield "chain", [*(whole.args if whole.kind == "chain" else [whole]), ones]


def multiplied(table: Table, term: Term, most: float | None = None) -> Term | None:
    """A sum with its products of sums written out, None where its length is not below ``most`` of what it was."""
    pairs, constant = items(term)
    powers = any(base.kind == "sum" and e != 1 for part, _ in pairs for base, e in factors(part)[0])
    most = most or (WRITTEN_OUT if powers else SIMPLE)
    found = _spread(table, pairs)
    if found == pairs or len(found) > MAX_TERMS:
        return None
    made = total(table, found, constant)
    fewer = len(items(made)[0]) + (items(made)[1] != 0) < len(pairs) + (constant != 0)
    return made if made.size < (1 if fewer else most) * term.size and made.shape == term.shape else None


def _spread(table: Table, pairs: Items, most: int = MAX_TERMS) -> Items:
    """The terms of a sum, products of sums among them written out where that gives no more than ``most`` terms."""
    return [(t, c * d) for part, d in pairs for t, c in written_out(table, part, most) or [(part, 1)]]


def written_out(table: Table, term: Term, most: int = MAX_TERMS) -> Items | None:
    """The terms of a product of sums, None when there is no sum in it or there are more than ``most`` terms."""
    bases, coefficient = factors(term)
    sums = []
    for b, e in bases:
        dot = b.kind == "chain" and not b.shape and len(b.args) == 2 and any(a.kind == "sum" for a in b.args)
        if (b.kind == "sum" and e in (1, 2, 3)) or (dot and e == 1):
            sums.append((b, e))
    if not sums or len(bases) > 12:
        return None
    choices = [_choices(table, b) for b, e in sums for _ in range(int(e))]
    if math.prod(map(len, choices)) > most:
        return None
    found: Items = [(product(table, [pair for pair in bases if pair not in sums], coefficient), 1)]
    for pairs in choices:
        found = [(times(table, [(a, 1), (b, 1)]), c * d) for a, c in found for b, d in pairs]
    return found


def _choices(table: Table, term: Term) -> Items:
    """The terms that a sum, or the product of a vector and a sum, adds up."""
    if term.kind == "sum":
        pairs, constant = items(term)
        return [*pairs, *([(table.one, constant)] if constant else [])]
    place = next(i for i, a in enumerate(term.args) if a.kind == "sum")
    found = []
    for part, coefficient in _choices(table, term.args[place]):
        own = exactly(table, part, term.args[place].shape)
        made = chain(table, [own if i == place else a for i, a in enumerate(term.args)])
        found.append((rewritten(table, made) or made, coefficient))
    return found


def spread(table: Table, term: Term) -> Term:
    """A term with its brackets, and those of the terms that it adds up, multiplied out, also on a diagonal."""
    if term.kind == "call" and term.data is op.diag:
        return rebuilt(table, term, [spread(table, term.args[0])])
    pairs, constant = items(term)
    found = _spread(table, pairs, MAX_DIVIDED)
    return total(table, found, constant) if len(found) <= MAX_DIVIDED else term


def together(table: Table, term: Term) -> Term | None:
    """A sum of fractions over one bar: ``1/(1 - x) + 1/(1 + x)`` as ``2/((1 - x)*(1 + x))``."""
    few = term.ndim < 2 <= len(term.args) + (term.data[1] != 0) <= FEW_TERMS if term.kind == "sum" else False
    below = _below(term) if few else {}
    if not below:
        return None
    bar = [(base, -power) for base, power in below.items()]
    tops = _ways(table, _each_times(table, term, bar))
    return min([times(table, [(top, 1), *below.items()]) for top in tops], key=lambda each: each.size)


def _each_times(table: Table, term: Term, bar: Items) -> Term:
    """A sum whose terms are each multiplied by the same factors."""
    pairs, constant = items(term)
    found = [(times(table, [*bar, (t, 1)]), c) for t, c in pairs] + [(product(table, bar), constant)]
    if len(found) <= FEW_TERMS:
        found = [(rewritten(table, t) or t, c) for t, c in found]
    return total(table, found)


def _ways(table: Table, term: Term) -> list[Term]:
    """A sum as it is, with its brackets multiplied out, with a factor taken out, and what equations make of these."""
    found = [term, multiplied(table, term, LOOSE), factored(table, term)]
    found += [rewritten(table, each) for each in found if each is not None and each.kind == "sum"]
    return [each for each in found if each is not None]


def turned_sum(table: Table, term: Term) -> Term | None:
    """``A.T @ B.T + B.T @ A.T`` as ``(A @ B + B @ A).T``."""
    pairs, constant = items(term)
    other = [(flipped(table, part), c) for part, c in pairs]
    if term.ndim != 2 or len(pairs) < 2 or any(part.ndim != 2 for part, _ in [*pairs, *other]):
        return None
    whole = total(table, other, constant)
    signs = [sum(part.kind == "transpose" for part in under([each])) for each in (whole, term)]
    return table.make("transpose", (whole,), shape=term.shape, size=4) if signs[0] + 1 < signs[1] else None


def _below(term: Term) -> dict[Term, Number]:
    """What the terms of a sum are divided by, each with the highest of its powers."""
    below: dict[Term, Number] = {}
    for part, _ in items(term)[0]:
        for base, power in factors(part)[0]:
            if power < 0 and base.kind != "num":
                below[base] = min(below.get(base, 0), power)
    return below


def cleared(table: Table, term: Term) -> Term | None:
    """A product with a sum in brackets, multiplied out by factors that cancel inside it or by what it has below bars.

    ``1/(y*(x**2/y**2 + 1))`` is ``y/(x**2 + y**2)``; also under a root: ``sqrt(1 - x**2/9)`` is ``sqrt(9 - x**2)/3``.
    """
    bases, coefficient = factors(term)
    for one, exponent in bases if len(bases) <= MAX_FACTORS else ():
        if one.kind != "sum" or exponent.denominator > 2 or len(one.args) > MAX_TERMS:
            continue
        root = exponent.denominator > 1
        inner = {(b, e > 0) for t, _ in items(one)[0] for b, e in factors(t)[0]} if exponent == 1 else set()
        meeting = [(b, e) for b, e in bases if (b, e < 0) in inner]
        number = math.lcm(*[Fraction(c).denominator for c in (one.data[1], *one.data[0])]) if root else 1
        bar = [(base, -power) for base, power in _below(one).items()] if one.ndim < 2 else []
        bar += [(table.num(number), 1)] if 1 < number == math.isqrt(number) ** 2 and one.ndim < 2 else []
        for by, saving in ((meeting, 1), (bar, -2 if root else SAVING), ([], 1)):
            away = [(one, -exponent), (product(table, by), -exponent)]
            inside = _ways(table, _each_times(table, one, by)) if by else []
            if saving == 1 and not by and len(bases) > 1 and (outside := factored(table, one, MEETING)) is not None:
                inside = [outside]
            made = [times(table, [*bases, *away, (each, exponent)], coefficient) for each in inside]
            best = min([rewritten(table, each) or each for each in made], key=lambda each: each.size, default=term)
            if best is not term and best.size + saving <= term.size:
                return best
    return None
