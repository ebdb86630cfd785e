"""Safe ways to write what overflows or loses its derivative, found by the form of the expression."""

from __future__ import annotations

from collections.abc import Callable

from autograd_core.expr.nodes import Call, Const, Expr, topological
from autograd_core.expr.text import write

MOST = 60
"""Characters of an operand in a suggestion."""


def rewrite(culprit: Expr, result: Expr) -> str | None:
    """What to write instead of a part of ``result`` that holds ``culprit``; None where nothing is known."""
    holding = [node for node in topological([result]) if node.depends]
    inside: set[Expr] = {culprit}
    for node in holding:
        if any(operand in inside for operand in node.operands):
            inside.add(node)
    calls = [node for node in holding if node in inside and isinstance(node, Call)]
    for pattern in PATTERNS:
        for node in calls:
            found = pattern(node, culprit)
            if found is not None:
                return found
    return None


def _is(expr: Expr, *names: str) -> bool:
    return isinstance(expr, Call) and expr.op.name in names


def _is_number(expr: Expr, value: float) -> bool:
    return isinstance(expr, Const) and expr.shape == () and float(expr.value) == value


def _text(expr: Expr) -> str:
    return write(expr, most=MOST)


def _log_of(node: Call, _culprit: Expr) -> str | None:
    """Logarithms of exponentials."""
    if not _is(node, "log"):
        return None
    (inner,) = node.operands
    if _is(inner, "softmax"):
        return f"log_softmax({_text(inner.operands[0])}) is exact"
    if _is(inner, "sigmoid"):
        return f"logsigmoid({_text(inner.operands[0])}) is exact"
    if _is(inner, "sum") and _is(inner.operands[0], "exp"):
        return f"logsumexp({_text(inner.operands[0].operands[0])}) does not overflow"
    if _is(inner, "add"):
        for one, other in (inner.operands, inner.operands[::-1]):
            if _is_number(one, 1) and _is(other, "exp"):
                return f"softplus({_text(other.operands[0])}) does not overflow"
    return None


def _quotient(node: Call, _culprit: Expr) -> str | None:
    """Quotients of exponentials, and differences over themselves."""
    if not _is(node, "div"):
        return None
    above, below = node.operands
    if _is_number(above, 1) and _is(below, "add"):
        for one, other in (below.operands, below.operands[::-1]):
            if _is_number(one, 1) and _is(other, "exp"):
                inner = other.operands[0]
                negated = _text(inner.operands[0]) if _is(inner, "neg") else f"-({_text(inner)})"
                return f"sigmoid({negated}) does not overflow"
    if _is(above, "exp") and _is(below, "sum") and _is(below.operands[0], "exp"):
        return f"softmax({_text(above.operands[0])}) does not overflow"
    if _is(above, "sin") and write(above.operands[0]) == write(below):
        return f"sinc({_text(below)}/pi) is right at 0 too"
    return None


def _norm(node: Call, _culprit: Expr) -> str | None:
    """Roots of sums of squares."""
    if not _is(node, "sqrt") or not _is(node.operands[0], "sum"):
        return None
    inner = node.operands[0].operands[0]
    squared = _is(inner, "square") or (
        isinstance(inner, Call) and inner.op.name == "pow_scalar" and inner.params["exponent"] == 2
    )
    if squared or (_is(inner, "mul") and inner.operands[0] is inner.operands[1]):
        return f"norm({_text(inner.operands[0])}) has gradient 0 at 0"
    return None


def _x_log_x(node: Call, _culprit: Expr) -> str | None:
    if not _is(node, "mul"):
        return None
    for factor, other in (node.operands, node.operands[::-1]):
        if _is(other, "log"):
            return f"xlogy({_text(factor)}, {_text(other.operands[0])}) is 0 where the factor is"
    return None


def _where(node: Call, culprit: Expr) -> str | None:
    """A branch that is not taken is computed all the same."""
    if not _is(node, "where"):
        return None
    condition, taken, other = (_text(operand) for operand in node.operands)
    for position, branch in ((1, node.operands[1]), (2, node.operands[2])):
        if any(culprit is below for below in topological([branch])) and isinstance(culprit, Call) and culprit.operands:
            inner = next((o for o in culprit.operands if o.depends), culprit.operands[0])
            safe = (
                f"where({condition}, {_text(inner)}, 1)" if position == 1 else f"where({condition}, 1, {_text(inner)})"
            )
            if branch is not culprit:
                return f"both branches of where are computed: keep the argument safe, with {safe} for {_text(inner)}"
            call = f"{culprit.op.name}({safe})" if len(culprit.operands) == 1 else f"... {safe} ..."
            whole = (condition, call, other) if position == 1 else (condition, taken, call)
            return f"both branches of where are computed: write where({', '.join(whole)})"
    return None


def _root(node: Call, culprit: Expr) -> str | None:
    if node is culprit and node.op.name == "pow_scalar":
        exponent = float(node.params["exponent"])
        if abs(exponent * 3 - 1) < 1e-9:
            return f"cbrt({_text(node.operands[0])}) is the real root of negative numbers too"
    return None


PATTERNS: tuple[Callable[[Call, Expr], str | None], ...] = (_where, _log_of, _quotient, _norm, _x_log_x, _root)
