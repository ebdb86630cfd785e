"""Rewriting: every term below a result is rebuilt from its simplified parts and offered to a table of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from autograd_core.assumptions import KINDS, Assumption
from autograd_core.formula.algebra import combination, factors, items, positive, product, scale, total
from autograd_core.formula.axes import exactly, indexed, realign, times
from autograd_core.formula.contraction import chain, flipped, over, reduced
from autograd_core.formula.equations import RECOGNISED, rewritten
from autograd_core.formula.factor import KNOWN, cleared, factored, multiplied, together, turned_sum
from autograd_core.formula.normalize import identity, indicator, opposite
from autograd_core.formula.numbers import recognised
from autograd_core.formula.terms import Number, Table, Term, joint, under
from autograd_core.ops.registry import op
from autograd_core.ops.spec import OpSpec

Rule = Callable[[Table, Term], Term | None]

MAX_SUMMED = 4
"""Terms of a sum whose entries are added term by term."""

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
        new = before = over(table, term, done)
        kind = new.kind
        for rule in RULES.get(kind, ()) if new not in table.simple else ():
            better = rule(table, new) if new.kind == kind else None
            if better is not None and better.size < new.size + SLACK.get(rule, 0) and better.shape == new.shape:
                new = better
        if new is before:
            table.simple.add(new)
        done[term] = new
    return done


def named(term: Term, function: OpSpec) -> bool:
    """Whether a term is a call of this operation."""
    return term.kind == "call" and term.data is function


def ones(table: Table, term: Term) -> Term | None:
    """A product without factors that are 1."""
    bases, coefficient = factors(term)
    rest = [(base, exponent) for base, exponent in bases if not _is_one(table, base, exponent)]
    return product(table, rest, coefficient) if len(rest) < len(bases) else None


def _is_one(table: Table, base: Term, exponent: Number) -> bool:
    """Whether a factor is the sum of a one_hot along its classes, or 1 over the number of largest entries, no ties."""
    whole = base.args[0] if base.kind == "expand" else base
    if whole.kind != "reduce":
        return False
    inner = whole.args[0]
    if inner.kind == "array":
        return bool(inner.data.place is not None)
    if named(inner, op.one_hot):
        return bool(whole.data == (inner.params["axis"] % inner.ndim - inner.ndim,))
    if not (table.lean and exponent == -1 and named(inner, op.equal)):
        return False
    sides = [a.args[0] if a.kind == "expand" else a for a in inner.args]
    return any(named(side, function) for side in sides for function in (op.max, op.min, op.vector_norm))


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
    turned = table.lean and first.data is second.data and first.args == second.args[::-1]
    if opposite(table, first) is not second and not turned:
        return None
    return table.call(op.where, [first, a, b], {}, joint([first, a, b]))


def branches(table: Table, term: Term) -> Term | None:
    """``where(c, a*x, b*x)`` as ``x*where(c, a, b)``."""
    if term.data is not op.where:
        return None
    condition, *sides = term.args
    first, second = (dict(factors(side)[0]) for side in sides)
    common = [(b, e) for b, e in first.items() if second.get(b) == e and b.kind != "num"]
    if not common:
        return None
    left = [product(table, [(side, 1), *((b, -e) for b, e in common)]) for side in sides]
    shape = joint([condition, *left])
    rest = left[0] if left[0] is left[1] else table.call(op.where, [condition, *left], term.params, shape)
    return times(table, [*common, (rest, 1)])


def untransposed(table: Table, term: Term) -> Term | None:
    """``diag(A.T @ B.T)`` as ``diag(B @ A)``, each term of a sum by itself."""
    if term.data not in (op.diag, op.diagonal, op.trace) or term.args[0].ndim != 2 or term.params.get("k"):
        return None
    pairs, constant = items(term.args[0])
    if constant or any(t.ndim != 2 for t, _ in pairs):
        return None
    best = [(min(t, flipped(table, t), key=marks), c) for t, c in pairs]
    apart = [(table.call(term.data, [t], term.params, term.shape), c) for t, c in best]
    made = [total(table, [(rewritten(table, t) or t, c) for t, c in apart])]
    whole = total(table, best)
    if whole.shape == term.args[0].shape:
        made.append(table.call(term.data, [whole], term.params, term.shape))
    return min(made, key=lambda each: (each.size, marks(each)))


def marks(term: Term) -> int:
    """How many transposes there are in a term."""
    return sum(part.kind == "transpose" for part in under([term]))


def kronecker(table: Table, term: Term) -> Term | None:
    """The sum over the entries of one factor of a Kronecker product as a trace or a matrix product."""
    bases, coefficient = factors(term.args[0])
    grids = [b for b, e in bases if e == 1 and named(b, op.reshape) and b.ndim == 4 and b.args[0].ndim == 2]
    others = [(b, e) for b, e in bases if b not in grids]
    axes = tuple(a + 4 for a in term.data)
    if len(grids) != 1 or term.ndim != 2 or axes not in ((0, 2), (1, 3)):
        return None
    whole = grids[0].args[0]
    side = realign(table, times(table, others), 4, axes)
    side = exactly(table, side, (grids[0].shape[axes[0]], grids[0].shape[axes[1]]))
    if whole.kind == "array" and whole.data.symmetric and side.shape[0] == side.shape[1]:
        inner = table.call(op.trace, [side], {}, ())
        return times(table, [(inner, 1), (identity(table, term.shape[0]), 1)], coefficient)
    if whole.kind != "outer":
        return None
    halves = [(vector, grids[0].shape[2 * i : 2 * i + 2]) for i, vector in enumerate(whole.args)]
    left, right = (table.call(op.reshape, [vector], {"shape": shape}, shape) for vector, shape in halves)
    parts = [flipped(table, left), side, right] if axes == (0, 2) else [left, side, flipped(table, right)]
    return scale(table, coefficient, chain(table, parts))


def opened(table: Table, term: Term) -> Term | None:
    """``(eye(n)/c - outer(x, y)) @ A`` as ``A/c - outer(x, y @ A)``."""
    first, *rest = term.args
    pairs, constant = items(first)
    if first.kind != "sum" or constant or len(rest) != 1 or term.ndim != 2:
        return None
    grids = [b for t, _ in pairs for b, e in factors(t)[0] if b.ndim == 2 and e == 1]
    outers = [b for b in grids if b.kind == "outer" and b.args[1].kind == "var"]
    units = [b for b in grids if b.kind == "array" and b.data.symmetric]
    if not len(outers) + len(units) == len(grids) == len(pairs) or not units:
        return None
    return total(table, [(chain(table, [t, *rest]), c) for t, c in pairs])


def distributed(table: Table, term: Term) -> Term | None:
    """``2*(a/2 + b/2)`` as ``a + b``."""
    pairs, constant = items(term)
    if len(term.args) > 1 or len(pairs) < 2:
        return None
    return combination(table, {t: Fraction(c) for t, c in pairs}, constant)


def properties(assumptions: Sequence[Assumption]) -> Mapping[tuple[str, str], float]:
    """What is assumed, by name and property, with all that it implies."""
    return {(each.name, kind): each.number for each in assumptions for kind in (each.kind, *KINDS[each.kind].implies)}


def known_call(table: Table, term: Term) -> Term | None:
    """What a function is under the assumptions, None where they say nothing of it."""
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


def known_chain(table: Table, term: Term) -> Term | None:
    """What a matrix product is under the assumptions."""
    parts = term.args
    for place, (a, b) in enumerate(pairwise(parts) if table.assumed else ()):
        if a.ndim == b.ndim == 1 and a is b and a.kind == "var" and (a.data, "norm") in table.assumed:
            return table.num(Fraction(recognised(table.assumed[a.data, "norm"])[0]) ** 2)
        if a.ndim == b.ndim == 2 and flipped(table, a) is b and len(parts) > 2:
            inner = b if a.kind == "transpose" else a
            if inner.kind == "var" and (inner.data, "orthogonal") in table.assumed:
                return chain(table, [*parts[:place], *parts[place + 2 :]])
    return None


def known_sum(table: Table, term: Term) -> Term | None:
    """The sum of all entries of a sum term by term, where that is shorter with what is assumed."""
    inner = table.meanings.get(term.args[0], term.args[0])
    if not table.assumed or term.shape or inner.kind != "sum" or len(inner.args) > MAX_SUMMED:
        return None
    pairs, constant = items(inner)
    made = [
        (reduced(table, part, inner.shape, range(inner.ndim)), coefficient)
        for part, coefficient in [*pairs, (table.one, constant)]
    ]
    found = total(table, made)
    return found if found.size < term.size else None


RULES: dict[str, tuple[Rule, ...]] = {
    "prod": (picked, ones, cleared, rewritten),
    "sum": (cases, distributed, multiplied, factored, together, turned_sum, rewritten),
    "call": (known_call, branches, untransposed, rewritten),
    "chain": (known_chain, opened, rewritten),
    "reduce": (known_sum, ones, kronecker, rewritten),
}
"""What is tried on each kind of term, in this order."""

SLACK: dict[Rule, int] = {
    picked: 4,
    rewritten: RECOGNISED,
    untransposed: 1,
    cleared: 3,
    factored: KNOWN + 1,
    **dict.fromkeys((known_call, known_chain, known_sum), 100),
}
"""Characters that a rewriting may cost: what is assumed is always used."""
