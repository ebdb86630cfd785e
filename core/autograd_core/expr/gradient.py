"""Gradients of expressions as expressions, and the factors of one that the rules leave in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autograd_core.engine.backprop import backprop, expand_to
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import Shape


def gradients(result: Expr, seed: Expr | None = None, *, exact: bool = False) -> Mapping[Var, Expr]:
    """The gradient of ``result`` with respect to each variable it depends on, as an expression.

    ``seed`` is the incoming gradient in the shape of the result, the number 1 when it is None. With ``exact`` the rules
    also hold at kinks, as in the numeric backward pass.
    """
    if not result.depends:
        return {}
    start = Const(1.0) if seed is None else seed
    return {leaf: expand_to(g, leaf.shape) for leaf, g in backprop([result], [start], textbook=not exact).items()}


def simplify_units(roots: Iterable[Expr]) -> dict[int, Expr]:
    """Every node below ``roots``, by identity, without products with 1, powers of 1 and the like.

    What is shared stays shared.
    """
    made: dict[int, Expr] = {}
    for node in topological(roots):
        operands = tuple([made[id(o)] for o in node.operands])
        new = _without_one(node, operands) if isinstance(node, Call) else None
        made[id(node)] = node.over(operands) if new is None else new
    return made


def _without_one(node: Call, operands: tuple[Expr, ...]) -> Expr | None:
    """What a product with 1, a power of 1 and the like comes to; None for all else."""
    first = operands[0] if operands else None
    if node.op is ops.reshape and isinstance(first, Call) and first.op is ops.sum:
        return _plain_sum(first, node.shape)
    if node.op is ops.mul:
        pairs = (operands, operands[::-1])
        return next((other for one, other in pairs if _is_one(one) and other.shape == node.shape), None)
    if node.op is ops.div:
        return operands[0] if _is_one(operands[1]) and operands[0].shape == node.shape else None
    if node.op is ops.pow_scalar:
        return first if node.params["exponent"] == 1 else None
    if node.op is ops.neg and isinstance(first, Const) and first.shape == ():
        return Const(-first.value)
    return None


def _plain_sum(total: Call, shape: Shape) -> Expr | None:
    """A sum that keeps its axes and is reshaped to lose them, as the sum that does not keep them."""
    axis, x = total.params["axis"], total.operands[0]
    if not total.params["keepdims"] or not isinstance(axis, tuple):
        return None
    if tuple(n for i, n in enumerate(x.shape) if i not in axis) != shape:
        return None
    short = None if len(axis) == x.ndim else axis[0] if len(axis) == 1 else axis
    return Call(total.op, (x,), {"axis": short, "keepdims": False})


def _is_one(expr: Expr) -> bool:
    return isinstance(expr, Const) and expr.shape == () and float(expr.value) == 1.0
