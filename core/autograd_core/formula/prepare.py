"""An expression made ready to be differentiated: equal parts are one, and functions that are written out are named."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.formula.assumed import properties
from autograd_core.formula.axes import exactly, led
from autograd_core.formula.equations import recognising
from autograd_core.formula.normalize import Converter
from autograd_core.formula.printer import Printer
from autograd_core.formula.rules import simplify
from autograd_core.formula.terms import Table, frozen
from autograd_core.ops.registry import op

if TYPE_CHECKING:
    from autograd_core.assumptions import Assumption


def shared(result: Expr, labels: Mapping[Expr, str]) -> tuple[Expr, dict[Expr, str]]:
    """The same expression in which no part is written twice, and the ``labels`` of its parts."""
    made: dict[int, Expr] = {}
    known: dict[Hashable, Expr] = {}
    for node in topological([*labels, result]):
        operands = tuple([made[id(o)] for o in node.operands])
        same = all(a is b for a, b in zip(operands, node.operands, strict=True))
        made[id(node)] = known.setdefault(_key(node, operands), node if same else _again(node, operands))
    inside = set(topological([made[id(result)]]))
    named: dict[Expr, str] = {}
    for node, label in labels.items():
        if made[id(node)] in inside:
            named.setdefault(made[id(node)], label)
    return made[id(result)], named


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
    terms = [exactly(table, led(table, t, var.shape), var.shape) for t, var in zip(terms, grads, strict=False)] + terms[
        len(grads) :
    ]
    simple = simplify(table, terms)
    printer = Printer(table, {}, {})
    made = [printer.to_expr(simple[term]) for term in terms]
    return {var.name: grad for var, grad in zip(grads, made, strict=False)}, dict(
        zip(made[len(grads) :], labels.values(), strict=True)
    )


def _key(node: Expr, operands: tuple[Expr, ...]) -> Hashable:
    if isinstance(node, Var):
        return ("var", node.name)
    if isinstance(node, Const):
        return ("const", node.text, node.shape, node.value.tobytes() if node.value.size < 10_000 else id(node))
    assert isinstance(node, Call)
    return (node.op.name, tuple([id(o) for o in operands]), frozen(tuple(sorted(node.params.items()))))


def _again(node: Expr, operands: tuple[Expr, ...]) -> Expr:
    """The same call on other operands."""
    assert isinstance(node, Call)
    return Call(node.op, operands, node.params)


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
        if known and isinstance(node, Call):
            made[node] = printer.to_expr(new)
            continue
        operands = tuple([made[o] for o in node.operands])
        same = all(a is b for a, b in zip(operands, node.operands, strict=True))
        made[node] = node if same or not isinstance(node, Call) else Call(node.op, operands, node.params)
    return made[result], {made[node]: label for node, label in labels.items()}
