"""Safe ways to write what overflows or loses its derivative, found by the form of the expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.question import replaced
from autograd_core.expr.nodes import Call, Const, Expr, topological
from autograd_core.expr.text import write
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import OpSpec

Values = Mapping[Expr, npt.NDArray[Any]]

MOST = 60
"""Characters of an operand in a suggestion."""

WHOLE = 200
"""Characters up to which a part of an expression is suggested as a whole."""


def rewrite(culprit: Expr, result: Expr, values: Values) -> str | None:
    """What to write instead of a part of ``result`` that holds ``culprit``; None where nothing is known.

    ``values`` are those of all nodes.
    """
    holding = [node for node in topological([result]) if node.depends]
    inside: set[Expr] = {culprit}
    for node in holding:
        if any(operand in inside for operand in node.operands):
            inside.add(node)
    calls = [node for node in holding if node in inside and isinstance(node, Call)]
    for pattern in PATTERNS:
        for node in calls:
            found = pattern(node, culprit, values)
            if found is not None:
                return found
    return None


def _is(expr: Expr, function: OpSpec) -> bool:
    return isinstance(expr, Call) and expr.op is function


def _is_number(expr: Expr, value: float) -> bool:
    return isinstance(expr, Const) and expr.shape == () and float(expr.value) == value


def _text(expr: Expr) -> str:
    return write(expr, most=MOST)


def _log_of(node: Call, _culprit: Expr, _values: Values) -> str | None:
    """Logarithms of exponentials."""
    if not _is(node, ops.log):
        return None
    (inner,) = node.operands
    if _is(inner, ops.softmax):
        return f"log_softmax({_text(inner.operands[0])}) is exact"
    if _is(inner, ops.sigmoid):
        return f"logsigmoid({_text(inner.operands[0])}) is exact"
    if _is(inner, ops.sum) and _is(inner.operands[0], ops.exp):
        return f"logsumexp({_text(inner.operands[0].operands[0])}) does not overflow"
    if _is(inner, ops.add):
        for one, other in (inner.operands, inner.operands[::-1]):
            if _is_number(one, 1) and _is(other, ops.exp):
                return f"softplus({_text(other.operands[0])}) does not overflow"
    return None


def _quotient(node: Call, _culprit: Expr, _values: Values) -> str | None:
    """Quotients of exponentials, and differences over themselves."""
    if not _is(node, ops.div):
        return None
    above, below = node.operands
    if _is_number(above, 1) and _is(below, ops.add):
        for one, other in (below.operands, below.operands[::-1]):
            if _is_number(one, 1) and _is(other, ops.exp):
                inner = other.operands[0]
                negated = _text(inner.operands[0]) if _is(inner, ops.neg) else f"-({_text(inner)})"
                return f"sigmoid({negated}) does not overflow"
    if _is(above, ops.exp) and _is(below, ops.sum) and _is(below.operands[0], ops.exp):
        return f"softmax({_text(above.operands[0])}) does not overflow"
    if _is(above, ops.sin) and write(above.operands[0]) == write(below):
        return f"sinc({_text(below)}/pi) is right at 0 too"
    return None


def _norm(node: Call, _culprit: Expr, _values: Values) -> str | None:
    """Roots of sums of squares."""
    if not _is(node, ops.sqrt) or not _is(node.operands[0], ops.sum):
        return None
    inner = node.operands[0].operands[0]
    squared = _is(inner, ops.square) or (
        isinstance(inner, Call) and inner.op is ops.pow_scalar and inner.params["exponent"] == 2
    )
    if squared or (_is(inner, ops.mul) and inner.operands[0] is inner.operands[1]):
        return f"norm({_text(inner.operands[0])}) has gradient 0 at 0"
    return None


def _x_log_x(node: Call, _culprit: Expr, _values: Values) -> str | None:
    if not _is(node, ops.mul):
        return None
    for factor, other in (node.operands, node.operands[::-1]):
        if _is(other, ops.log):
            return f"xlogy({_text(factor)}, {_text(other.operands[0])}) is 0 where the factor is"
    return None


def _where(node: Call, culprit: Expr, values: Values) -> str | None:
    """A branch that is not taken is computed all the same: its argument is replaced where it is not taken."""
    if not _is(node, ops.where):
        return None
    condition, *branches = node.operands
    for position, branch in enumerate(branches):
        if not isinstance(culprit, Call) or not _by_entry(branch, culprit):
            continue
        safe = _guarded(culprit, node.op, condition, values, first=position == 0)
        if safe is None:
            continue
        (made,) = replaced([branch], {culprit: safe})
        whole = [condition, *(made if each is branch else each for each in branches)]
        text = write(Call(node.op, tuple(whole), node.params), most=WHOLE)
        return None if text.endswith("...") else f"both branches of where are computed: write {text}"
    return None


def _by_entry(branch: Expr, culprit: Expr) -> bool:
    """Whether ``culprit`` occurs in ``branch``, and no operation from it up mixes entries."""
    above: set[Expr] = set()
    for node in topological([branch]):
        if isinstance(node, Call) and (node is culprit or any(operand in above for operand in node.operands)):
            if not node.op.elementwise:
                return False
            above.add(node)
    return bool(above)


def _guarded(culprit: Call, choose: OpSpec, condition: Expr, values: Values, *, first: bool) -> Call | None:
    """An operation with 1 in the place of an argument where its result is not chosen; None where that does not help.

    Of all arguments where no single one does. ``first`` says that the condition chooses the first branch.
    """
    moving = [position for position, operand in enumerate(culprit.operands) if operand.depends]
    chosen = values[condition] != 0 if first else values[condition] == 0
    one = Const(1.0)
    for places in [*([position] for position in moving), moving]:
        given = [np.where(chosen | (i not in places), values[o], 1.0) for i, o in enumerate(culprit.operands)]
        if _is_finite(culprit, given):
            operands = [
                Call(choose, (condition, *((o, one) if first else (one, o))), {}) if i in places else o
                for i, o in enumerate(culprit.operands)
            ]
            return Call(culprit.op, tuple(operands), culprit.params)
    return None


def _is_finite(node: Call, operands: list[npt.NDArray[Any]]) -> bool:
    """Whether an elementwise operation has a finite value and finite slopes at these operands."""
    with np.errstate(all="ignore"):
        y = np.asarray(node.op.forward(*operands, **node.params))
        rules = [node.op.rule(position) for position, operand in enumerate(node.operands) if operand.depends]
        slopes = [rule(np.ones_like(y), y, *operands, **node.params) for rule in rules if rule is not None]
        return all(bool(np.isfinite(each).all()) for each in (y, *slopes))


def _root(node: Call, culprit: Expr, values: Values) -> str | None:
    """The third root of a negative number."""
    if node is culprit and node.op is ops.pow_scalar and np.any(values[node.operands[0]] < 0):
        exponent = float(node.params["exponent"])
        if abs(exponent * 3 - 1) < 1e-9:
            return f"cbrt({_text(node.operands[0])}) is the real root of negative numbers too"
    return None


PATTERNS: tuple[Callable[[Call, Expr, Values], str | None], ...] = (_where, _log_of, _quotient, _norm, _x_log_x, _root)
