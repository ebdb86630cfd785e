"""Gradients as expressions: the rules of the operations, run on expression nodes."""

from __future__ import annotations

from collections.abc import Mapping

from autograd_core.engine.backprop import backprop
from autograd_core.expr.nodes import Const, Expr, Var
from autograd_core.ops.spec import OpSpec, Rule


def textbook(op: OpSpec, operand: int) -> Rule | None:
    """The shorter rule for formulas where the operation declares one, else the exact one."""
    return op.textbook[operand] if op.textbook else op.rule(operand)


def gradients(result: Expr, seed: Expr | None = None, *, exact: bool = False) -> Mapping[Var, Expr]:
    """The gradient of ``result`` with respect to each variable it depends on, as an expression.

    ``seed`` is the incoming gradient in the shape of the result, the number 1 when it is None. With ``exact`` the rules
    also hold at kinks, as in the numeric backward pass.
    """
    if not result.depends:
        return {}
    start = Const(1.0) if seed is None else seed
    found: Mapping[Var, Expr] = backprop([result], [start], rules=OpSpec.rule if exact else textbook)
    return found
