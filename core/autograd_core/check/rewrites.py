"""Safe ways to write what overflows or loses its derivative, found by the form of the expression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.question import replaced
from autograd_core.expr.build import parse
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
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
    for node in calls:
        if (found := _where(node, culprit, values)) is not None:
            return found
    for pattern, advice in ADVICE.items():
        form = parse(pattern, {"u": np.ones(3), "w": np.ones(3)}).result
        for node in calls:
            if (bound := matched(form, node)) is not None:
                return advice.format(**{name: write(each, most=MOST) for name, each in bound.items()})
    return _root(culprit, values)


ADVICE = {
    "log(softmax(u))": "log_softmax({u}) is exact",
    "log(sigmoid(u))": "logsigmoid({u}) is exact",
    "log(sum(exp(u)))": "logsumexp({u}) does not overflow",
    "log(1 + exp(u))": "softplus({u}) does not overflow",
    "log(exp(u) + 1)": "softplus({u}) does not overflow",
    "1/(1 + exp(-u))": "sigmoid({u}) does not overflow",
    "1/(exp(-u) + 1)": "sigmoid({u}) does not overflow",
    "1/(1 + exp(u))": "sigmoid(-({u})) does not overflow",
    "1/(exp(u) + 1)": "sigmoid(-({u})) does not overflow",
    "exp(u)/sum(exp(u))": "softmax({u}) does not overflow",
    "sin(u)/u": "sinc({u}/pi) is right at 0 too",
    "sqrt(sum(u**2))": "norm({u}) has gradient 0 at 0",
    "sqrt(sum(square(u)))": "norm({u}) has gradient 0 at 0",
    "sqrt(sum(u*u))": "norm({u}) has gradient 0 at 0",
    "u*log(w)": "xlogy({u}, {w}) is 0 where the factor is",
    "log(w)*u": "xlogy({u}, {w}) is 0 where the factor is",
}
"""What to write in place of a form, whatever the axes of its sums; the first form that occurs anywhere is taken."""


LONG = 10_000
"""Characters that are compared of two expressions: written out they may have no end."""


def matched(form: Expr, node: Expr) -> dict[str, Expr] | None:
    """What the names in a form stand for where a node has that form, None where it has another."""
    bound: dict[str, Expr] = {}
    pairs = [(form, node)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, Var):
            known = bound.setdefault(one.name, other)
            same = known is other or write(known, most=LONG) == write(other, most=LONG)
        elif isinstance(one, Call) and isinstance(other, Call):
            same = one.op is other.op and one.params.get("exponent") == other.params.get("exponent")
            pairs += zip(one.operands, other.operands, strict=True) if same else ()
        else:
            same = isinstance(one, Const) and isinstance(other, Const) and np.array_equal(one.value, other.value)
        if not same:
            return None
    return bound


def _where(node: Call, culprit: Expr, values: Values) -> str | None:
    """A branch that is not taken is computed all the same: its argument is replaced where it is not taken."""
    if node.op is not ops.where:
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


def _root(culprit: Expr, values: Values) -> str | None:
    """The third root of a negative number."""
    if not isinstance(culprit, Call) or culprit.op is not ops.pow_scalar or np.all(values[culprit.operands[0]] >= 0):
        return None
    third = abs(float(culprit.params["exponent"]) * 3 - 1) < 1e-9
    return f"cbrt({write(culprit.operands[0], most=MOST)}) is the real root of negative numbers too" if third else None
