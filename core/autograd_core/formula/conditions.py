"""Conditions: comparisons of equal terms, what holds where another does not, and choices that are products."""

from __future__ import annotations

from autograd_core.expr.nodes import Call
from autograd_core.formula.axes import loose, times
from autograd_core.formula.elementwise import total
from autograd_core.formula.terms import Table, Term
from autograd_core.ops.registry import op as ops

_SAME = {"maximum": None, "minimum": None, "equal": 1.0, "less_equal": 1.0, "greater_equal": 1.0}
_DIFFERENT = ("not_equal", "less", "greater")


def of_equals(table: Table, node: Call, args: list[Term]) -> Term | None:
    """A comparison of a term with itself, and the larger of two equal terms."""
    if len(args) != 2 or args[0] is not args[1] or table.careful:
        return None
    if node.op.name in _SAME:
        value = _SAME[node.op.name]
        return args[0] if value is None else table.num(value)
    return table.zero if node.op.name in _DIFFERENT else None


_OPPOSITE = {
    "greater": "less_equal",
    "less_equal": "greater",
    "less": "greater_equal",
    "greater_equal": "less",
    "equal": "not_equal",
    "not_equal": "equal",
}


def indicator(term: Term) -> bool:
    """Whether a term is 1 where something holds and 0 elsewhere."""
    if term.kind == "prod":
        return all(indicator(a) for a in term.args) and all(e > 0 for e in term.data)
    return term.kind == "call" and term.data.group == "comparison"


def opposite(table: Table, term: Term) -> Term:
    """1 where the condition does not hold, else 0."""
    if term.kind == "call" and term.data.name in _OPPOSITE:
        return table.call(getattr(ops, _OPPOSITE[term.data.name]), term.args, term.params, term.shape)
    return total(table, [(term, -1.0)], 1.0)


def where(table: Table, node: Call, operands: list[Term]) -> Term | None:
    """A choice between a term and 0 is a product with the condition, unless what is not finite may hide behind it."""
    condition, a, b = (loose(o) for o in operands)
    if condition.value is not None:
        return a if condition.value else b
    if not indicator(condition) or table.careful:
        return None
    if b.value == 0:
        return times(table, [(a, 1.0), (condition, 1.0)])
    if a.value == 0:
        return times(table, [(b, 1.0), (opposite(table, condition), 1.0)])
    return None
