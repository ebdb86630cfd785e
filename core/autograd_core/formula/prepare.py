"""An expression made ready to be differentiated: equal parts are one, and functions that are written out are named."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.run import params_key
from autograd_core.formula.axes import exactly, led
from autograd_core.formula.equations import recognising
from autograd_core.formula.normalize import Converter
from autograd_core.formula.printer import Printer
from autograd_core.formula.rules import properties, simplify
from autograd_core.formula.terms import Table, Term
from autograd_core.ops.registry import op

if TYPE_CHECKING:
    from autograd_core.assumptions import Assumption


def shared(result: Expr, labels: Mapping[Expr, str]) -> tuple[Expr, dict[Expr, str]]:
    """The same expression in which no part is written twice, and the ``labels`` of its parts."""
    made: dict[Expr, Expr] = {}
    known: dict[Hashable, Expr] = {}
    for node in topological([*labels, result]):
        new = node.over(tuple([made[o] for o in node.operands]))
        made[node] = known.setdefault(_key(new), new)
    inside = set(topological([made[result]]))
    named: dict[Expr, str] = {}
    for node, label in labels.items():
        if made[node] in inside:
            named.setdefault(made[node], label)
    return made[result], named


def simple_gradients(
    result: Expr, labels: Mapping[Expr, str], assumptions: Sequence[Assumption] = ()
) -> tuple[dict[str, Expr], dict[Expr, str]]:
    """The gradients as simplified expressions, to be differentiated again, and the labels of what they have parts of.

    They are right away from kinks.
    """
    result, labels = recognised_functions(*shared(result, labels))
    grads = gradients(result, None)
    table = Table(assumed=properties(assumptions))
    terms = Converter(table, result.number).convert([*grads.values(), *labels])
    for place, var in enumerate(grads):
        terms[place] = exactly(table, led(table, terms[place], var.shape), var.shape)
    made = as_expressions(table, terms)
    names = dict(zip(made[len(grads) :], labels.values(), strict=True))
    return {var.name: grad for var, grad in zip(grads, made, strict=False)}, names


def summed(result: Expr) -> Expr:
    """The sum of all entries, and a number itself."""
    total: Expr = op.sum(result, axis=None, keepdims=False) if result.shape else result
    return total


def as_expressions(table: Table, terms: Sequence[Term]) -> list[Expr]:
    """The expressions of terms, as short as the rules make them."""
    simple = simplify(table, terms)
    printer = Printer(table, {}, {})
    return [printer.to_expr(simple[term]) for term in terms]


def _key(node: Expr) -> Hashable:
    if isinstance(node, Var):
        return ("var", node.name)
    if isinstance(node, Const):
        return ("const", node.text, node.shape, node.value.tobytes() if node.value.size < 10_000 else id(node))
    assert isinstance(node, Call)
    return (node.op.name, tuple(map(id, node.operands)), params_key(node.params))


def recognised_functions(result: Expr, labels: Mapping[Expr, str]) -> tuple[Expr, dict[Expr, str]]:
    """The same expression with functions by their names where they are written out: a sigmoid, a softmax."""
    named, written_with = recognising()
    nodes = topological([result])
    if not any(isinstance(node, Call) and (node.op.name in written_with or node.op is op.pow_tensor) for node in nodes):
        return result, dict(labels)
    table = Table()
    terms = Converter(table, result.number).convert(nodes)
    simple = simplify(table, terms)
    printer = Printer(table, {}, {}, {table.var(n.name, n.shape): n for n in nodes if isinstance(n, Var)})
    made: dict[Expr, Expr] = {}
    for node, term in zip(nodes, terms, strict=True):
        new = simple[term]
        known = new.kind == "call" and new.data.name in named and new.data is not node.op and new.shape == node.shape
        made[node] = printer.to_expr(new) if known else node.over(tuple([made[o] for o in node.operands]))
    return made[result], {made[node]: label for node, label in labels.items()}
