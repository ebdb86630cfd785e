"""Rewriting: every term below a result is rebuilt from its simplified parts and offered to a table of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from autograd_core.formula.algebra import combination, factors, items, product, scale, total
from autograd_core.formula.contraction import chain, exactly, flipped, inserted, outer, reduced, times
from autograd_core.formula.factor import cancelled, factored, multiplied
from autograd_core.formula.terms import Table, Term, under
from autograd_core.ops.registry import op

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
        for rule in RULES.get(new.kind, ()):
            better = rule(table, new)
            if better is not None and better.size < new.size + SLACK.get(rule, 0) and better.shape == new.shape:
                new = better
        done[term] = new
    return done


def rebuilt(table: Table, term: Term, args: list[Term]) -> Term:
    """The same operation on other parts."""
    if term.kind == "sum":
        return total(table, zip(args, term.data[0], strict=True), term.data[1])
    if term.kind == "prod":
        return times(table, zip(args, term.data, strict=True))
    if term.kind == "chain":
        made = chain(table, args)
        if term in table.rows:
            table.rows.add(made)
        return made
    if term.kind == "transpose":
        return flipped(table, args[0])
    if term.kind == "outer":
        return outer(table, args[0], args[1])
    if term.kind == "reduce":
        return reduced(table, args[0], args[0].shape, [args[0].ndim + a for a in term.data])
    if term.kind == "expand":
        return inserted(table, args[0], list(term.data))
    if term.kind == "fill":
        return exactly(table, args[0], term.shape)
    return table.call(term.data, args, term.params, term.shape)


def named(term: Term, name: str) -> bool:
    """Whether a term is a call of this operation."""
    return term.kind == "call" and term.data.name == name


def sigmoids(table: Table, term: Term) -> Term | None:
    """``exp(u)/(exp(u) + 1)`` is sigmoid(u), ``1/(exp(u) + 1)`` is sigmoid(-u)."""
    bases, coefficient = factors(term)
    for base, exponent in bases:
        if base.kind != "sum" or exponent >= 0 or exponent != int(exponent):
            continue
        pairs, constant = items(base)
        if len(pairs) != 1 or constant != 1 or pairs[0][1] != 1 or not named(pairs[0][0], "exp"):
            continue
        raised = pairs[0][0]
        above = next((e for b, e in bases if b is raised), 0)
        if above < 0 or above != int(above):
            continue
        used = min(above, -exponent)
        u = raised.args[0]
        found = [(b, e) for b, e in bases if b is not base and b is not raised]
        found.append((raised, above - used))
        found.append((table.call(op.sigmoid, [u], {}, u.shape), used))
        turned = scale(table, -1, u)
        found.append((table.call(op.sigmoid, [turned], {}, u.shape), -exponent - used))
        return product(table, found, coefficient)
    return None


_RATIOS = {("sinh", "cosh"): "tanh", ("sin", "cos"): "tan"}


def ratios(table: Table, term: Term) -> Term | None:
    """``sinh(u)/cosh(u)`` is tanh(u), ``sin(u)/cos(u)`` is tan(u)."""
    bases, coefficient = factors(term)
    calls = {(b.data.name, b.args[0]): e for b, e in bases if b.kind == "call" and len(b.args) == 1}
    for (name, u), exponent in calls.items():
        for (above, below), whole in _RATIOS.items():
            if name == above and exponent == -calls.get((below, u), 0):
                rest = [
                    (b, e)
                    for b, e in bases
                    if not (b.kind == "call" and b.args == (u,) and b.data.name in (above, below))
                ]
                return product(
                    table, [*rest, (table.call(getattr(op, whole), [u], {}, u.shape), exponent)], coefficient
                )
    return None


def softmaxes(table: Table, term: Term) -> Term | None:
    """``exp(x)/sum(exp(x))`` along an axis is softmax(x)."""
    bases, coefficient = factors(term)
    for base, exponent in bases:
        inner = base.args[0] if base.kind == "expand" else base
        if exponent != -1 or inner.kind != "reduce" or len(inner.data) != 1 or not named(inner.args[0], "exp"):
            continue
        raised = inner.args[0]
        axis = inner.data[0]
        aligned = base.ndim == raised.ndim or axis == -raised.ndim
        if not aligned or (base.kind == "expand" and base.data != (axis,)) or (raised, 1) not in bases:
            continue
        rest = [(b, e) for b, e in bases if b is not base and b is not raised]
        return product(table, [*rest, (softmax(table, raised.args[0], axis), 1)], coefficient)
    return None


def softmax(table: Table, term: Term, axis: int) -> Term:
    """softmax along an axis counted from the end; the last is the default."""
    return table.call(op.softmax, [term], {"axis": axis if axis == -1 else term.ndim + axis}, term.shape)


def calls(table: Table, term: Term) -> Term | None:
    """Functions of functions: exp of log and log of exp, and ``exp(x - logsumexp(x))``."""
    if not named(term, "exp") and not named(term, "log"):
        return None
    inner = term.args[0]
    if named(inner, "log" if named(term, "exp") else "exp"):
        return inner.args[0]
    if named(term, "exp") and inner.kind == "sum" and len(inner.args) == 2 and inner.data == ((1, -1), 0):
        x, base = inner.args
        below = base.args[0] if base.kind == "expand" else base
        if named(below, "logsumexp") and below.args[0] is x:
            axis = below.params["axis"]
            if axis is None and x.ndim == 1:
                return softmax(table, x, -1)
            if isinstance(axis, int) and (base.kind == "expand" or axis == 0):
                return softmax(table, x, axis - x.ndim)
    return None


def untied(table: Table, term: Term) -> Term | None:
    """The number of largest entries is 1 where there are no ties."""
    if not table.lean:
        return None
    bases, coefficient = factors(term)
    for base, exponent in bases:
        inner = base.args[0] if base.kind == "expand" else base
        if exponent == -1 and inner.kind == "reduce" and named(inner.args[0], "equal"):
            sides = [a.args[0] if a.kind == "expand" else a for a in inner.args[0].args]
            if any(named(side, name) for side in sides for name in ("max", "min", "vector_norm")):
                return product(table, [(b, e) for b, e in bases if b is not base], coefficient)
    return None


def raised(table: Table, term: Term) -> Term | None:
    """``exp(u)*sigmoid(-u)`` is sigmoid(u)."""
    bases, coefficient = factors(term)
    for base, exponent in bases:
        if not named(base, "sigmoid") or exponent < 1:
            continue
        turned = scale(table, -1, base.args[0])
        for other, power in bases:
            if named(other, "exp") and other.args[0] is turned and power >= 1:
                found = [(b, e - 1 if b in (base, other) else e) for b, e in bases]
                found.append((table.call(op.sigmoid, [turned], {}, turned.shape), 1))
                return product(table, found, coefficient)
    return None


def distributed(table: Table, term: Term) -> Term | None:
    """``2*(a/2 + b/2)`` as ``a + b``."""
    pairs, constant = items(term)
    if len(term.args) > 1 or len(pairs) < 2:
        return None
    return combination(table, {t: Fraction(c) for t, c in pairs}, constant)


RULES: dict[str, tuple[Rule, ...]] = {
    "prod": (untied, cancelled, sigmoids, raised, ratios, softmaxes),
    "sum": (distributed, multiplied, factored),
    "call": (calls,),
}
"""What is tried on each kind of term, in this order."""

SLACK: dict[Rule, int] = {sigmoids: 4}
"""Characters that a rewriting may cost, where it leads on to shorter ones."""
