"""Rewriting: every term below a result is rebuilt from its simplified parts and offered to a table of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from autograd_core.formula.algebra import combination, factors, items, product
from autograd_core.formula.assumed import assumed
from autograd_core.formula.axes import indexed
from autograd_core.formula.contraction import chain, rebuilt
from autograd_core.formula.equations import RECOGNISED, rewritten
from autograd_core.formula.factor import (
    cancelled,
    cleared,
    conjugated,
    divided,
    factored,
    multiplied,
    together,
    turned_sum,
)
from autograd_core.formula.normalizers import indicator, opposite
from autograd_core.formula.terms import Table, Term, joint, under
from autograd_core.ops.registry import op
from autograd_core.ops.spec import OpSpec

Rule = Callable[[Table, Term], Term | None]

MAX_ROUNDS = 4
"""Passes over all terms; a pass that changes nothing is the last."""


def simplify(table: Table, roots: Iterable[Term]) -> dict[Term, Term]:
    """The simplified form of each root; a rewriting is taken when its text is shorter and its shape the same."""
    table.forward = False
    found = {root: root for root in roots}
    for _ in range(MAX_ROUNDS):
        made = _round(table, found.values())
        changed = any(made[now] is not now for now in found.values())
        found = {root: made[now] for root, now in found.items()}
        if not changed:
            break
    return found


def _round(table: Table, roots: Iterable[Term]) -> dict[Term, Term]:
    done: dict[Term, Term] = {}
    for term in under(roots):
        table.spend(1)
        args = [done[a] for a in term.args]
        new = term if all(a is b for a, b in zip(args, term.args, strict=True)) else rebuilt(table, term, args)
        if new.shape != term.shape:
            new = term
        kind = new.kind
        for rule in RULES.get(kind, ()):
            better = rule(table, new) if new.kind == kind else None
            if better is not None and better.size < new.size + SLACK.get(rule, 0) and better.shape == new.shape:
                new = better
        done[term] = new
    return done


def named(term: Term, function: OpSpec) -> bool:
    """Whether a term is a call of this operation."""
    return term.kind == "call" and term.data is function


def untied(table: Table, term: Term) -> Term | None:
    """The number of largest entries is 1 where there are no ties."""
    if not table.lean:
        return None
    bases, coefficient = factors(term)
    for base, exponent in bases:
        inner = base.args[0] if base.kind == "expand" else base
        if exponent == -1 and inner.kind == "reduce" and named(inner.args[0], op.equal):
            sides = [a.args[0] if a.kind == "expand" else a for a in inner.args[0].args]
            if any(named(side, function) for side in sides for function in (op.max, op.min, op.vector_norm)):
                return product(table, [(b, e) for b, e in bases if b is not base], coefficient)
    return None


def picked(table: Table, term: Term) -> Term | None:
    """``y*one_hot(1, n)`` as ``y[1]*one_hot(1, n)``."""
    bases, coefficient = factors(term)
    hot = next((b for b, e in bases if b.kind == "array" and b.data.place is not None and e > 0), None)
    if hot is None or all(b is hot or b.shape != hot.shape for b, _ in bases):
        return None
    rest = [
        (indexed(table, b, (hot.data.place,), ()) if b is not hot and b.shape == hot.shape else b, e) for b, e in bases
    ]
    return product(table, rest, coefficient)


def cases(table: Table, term: Term) -> Term | None:
    """``a*(x > 0) + b*(x <= 0)`` as ``where(x > 0, a, b)``."""
    pairs, constant = items(term)
    if len(pairs) != 2 or constant:
        return None
    sides = []
    for part, coefficient in pairs:
        bases, _ = factors(part)
        mark = next((b for b, e in bases if indicator(b) and e == 1), None)
        if mark is None:
            return None
        sides.append((mark, product(table, [(b, e) for b, e in bases if b is not mark], coefficient)))
    (first, a), (second, b) = sorted(sides, key=lambda side: side[0].rank)
    if opposite(table, first) is not second:
        return None
    return table.call(op.where, [first, a, b], {}, joint([first, a, b]))


def diagonals(table: Table, term: Term) -> Term | None:
    """``diag(a) @ B @ x`` as ``a*(B @ x)``."""
    first, rest = term.args[0], term.args[1:]
    if term.ndim != 1 or first.kind != "call" or first.data is not op.diag or first.args[0].ndim != 1:
        return None
    return product(table, [(first.args[0], 1), (chain(table, rest), 1)])


def distributed(table: Table, term: Term) -> Term | None:
    """``2*(a/2 + b/2)`` as ``a + b``."""
    pairs, constant = items(term)
    if len(term.args) > 1 or len(pairs) < 2:
        return None
    return combination(table, {t: Fraction(c) for t, c in pairs}, constant)


RULES: dict[str, tuple[Rule, ...]] = {
    "prod": (picked, untied, cancelled, cleared, conjugated, divided, rewritten),
    "sum": (cases, distributed, multiplied, factored, together, turned_sum, rewritten),
    "call": (assumed, rewritten),
    "chain": (assumed, diagonals, rewritten),
    "reduce": (assumed, rewritten),
}
"""What is tried on each kind of term, in this order."""

SLACK: dict[Rule, int] = {picked: 4, rewritten: RECOGNISED, assumed: 100, cleared: 3}
"""Characters that a rewriting may cost: what is assumed is always used."""
