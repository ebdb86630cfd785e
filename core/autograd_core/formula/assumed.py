"""Rules that hold where something is assumed of inputs: positive numbers, orthogonal matrices, known sums and norms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from autograd_core.assumptions import KINDS, Assumption
from autograd_core.formula.algebra import positive
from autograd_core.formula.axes import exactly
from autograd_core.formula.contraction import chain, flipped
from autograd_core.formula.numbers import recognised
from autograd_core.formula.terms import Table, Term
from autograd_core.ops.registry import op


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
    if term.kind == "reduce" and term.args[0].kind == "var" and not term.shape:
        total = table.assumed.get((term.args[0].data, "sum"))
        return None if total is None else table.num(recognised(total)[0])
    return None


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
