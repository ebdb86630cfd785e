"""Equal parts of an expression made one, so that their gradients are added before anything else is done with them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.formula.terms import frozen


def shared(result: Expr, labels: Mapping[Expr, str]) -> tuple[Expr, dict[Expr, str]]:
    """The same expression in which no part is written twice, and the ``labels`` of its parts."""
    made: dict[int, Expr] = {}
    known: dict[Hashable, Expr] = {}
    for node in topological([result]):
        operands = tuple([made[id(o)] for o in node.operands])
        key = _key(node, operands)
        found = known.get(key)
        if found is None:
            found = (
                node if all(a is b for a, b in zip(operands, node.operands, strict=True)) else _again(node, operands)
            )
            known[key] = found
        made[id(node)] = found
    named: dict[Expr, str] = {}
    for node, label in labels.items():
        if id(node) in made:
            named.setdefault(made[id(node)], label)
    return made[id(result)], named


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
