"""Detached values are constants to every witness: no gradient flows through them."""

from __future__ import annotations

from dataclasses import replace

from autograd_core.check.question import Question
from autograd_core.expr.nodes import Call, Const, Expr, topological
from autograd_core.expr.run import evaluate
from autograd_core.ops.arithmetic import detach


def with_constants(question: Question) -> Question:
    """The question with every detached value in place of its expression."""
    nodes = topological([question.result])
    detached: list[Expr] = [node for node in nodes if isinstance(node, Call) and node.op is detach]
    if not detached:
        return question
    values = evaluate(detached, question.inputs)
    made: dict[Expr, Expr] = {}
    for node in nodes:
        if node in values:
            made[node] = Const(values[node])
        elif isinstance(node, Call) and any(made[operand] is not operand for operand in node.operands):
            made[node] = node.op.apply([made[operand] for operand in node.operands], node.params)
        else:
            made[node] = node
    return replace(question, result=made[question.result], text=None)
