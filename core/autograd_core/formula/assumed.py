"""Rules that hold where something is assumed of inputs: positive numbers, orthogonal matrices, known sums and norms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from autograd_core.assumptions import KINDS, Assumption
from autograd_core.formula.algebra import Items, factors, items, positive, product, total
from autograd_core.formula.axes import exactly
from autograd_core.formula.contraction import chain, flipped, reduced
from autograd_core.formula.numbers import recognised
from autograd_core.formula.terms import Table, Term
from autograd_core.ops.registry import op

MAX_SUMMED = 4
"""Terms of a sum whose entries are added term by term."""


def properties(assumptions: Sequence[Assumption]) -> Mapping[tuple[str, str], float]:
    """What is assumed, by name and property, with all that it implies."""
    if not assumptions:
        return {}

    found: dict[tuple[str, str], float] = {}
    for each in assumptions:
        for kind in (each.kind, *KINDS[each.kind].implies):
            found[each.name, kind] = each.number
    return found


def assumed(table: Table, term: Term) -> Term | None:
    """What a term is under the assumptions, None where they say nothing of it."""
    if term.kind == "call":
        return _call(table, term)
    if not table.assumed:
        return None
    if term.kind == "chain":
        return _chain(table, term)
    return _sum(table, term) if term.kind == "reduce" and not term.shape else None


def _sum(table: Table, term: Term) -> Term | None:
    """The sum of all entries: of an input, of a name that stands for a sum, of the terms of a sum one by one."""
    inner = table.meanings.get(term.args[0], term.args[0])
    if inner.kind == "var":
        known = table.assumed.get((inner.data, "sum"))
        return None if known is None else table.num(recognised(known)[0])
    if inner.kind != "sum" or len(inner.args) > MAX_SUMMED:
        return None
    pairs, constant = items(inner)
    made: Items = []
    for part, coefficient in [*pairs, (table.one, constant)]:
        bases, number = factors(reduced(table, part, inner.shape, range(inner.ndim)))
        whole = [((_sum(table, b) if b.kind == "reduce" else None) or b, e) for b, e in bases]
        made.append((product(table, whole, number), coefficient))
    found = total(table, made)
    return found if found.size < term.size else None


def _call(table: Table, term: Term) -> Term | None:
    inner = term.args[0] if term.args else term
    if term.data is op.abs and positive(table, inner, zero=True):
        return inner
    if term.data is op.sign and positive(table, inner):
        return exactly(table, table.one, term.shape)
    if term.data is op.inv and inner.kind == "var" and (inner.data, "orthogonal") in table.assumed:
        return flipped(table, inner)
    if term.data is op.vector_norm and inner.kind == "var" and not term.shape and term.params["ord"] == 2:
        length = table.assumed.get((inner.data, "norm"))
        return None if length is None else table.num(recognised(length)[0])
    return None


def _chain(table: Table, term: Term) -> Term | None:
    parts = list(term.args)
    for place, (a, b) in enumerate(pairwise(parts)):
        if a.ndim == b.ndim == 1 and a is b and a.kind == "var" and (a.data, "norm") in table.assumed:
            return table.num(Fraction(recognised(table.assumed[a.data, "norm"])[0]) ** 2)
        if a.ndim == b.ndim == 2 and flipped(table, a) is b and len(parts) > 2:
            inner = b if a.kind == "transpose" else a
            if inner.kind == "var" and (inner.data, "orthogonal") in table.assumed:
                return chain(table, [*parts[:place], *parts[place + 2 :]])
    return None
