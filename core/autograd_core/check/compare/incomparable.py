"""Inputs on whose way to the result the witnesses compute with something else than the engine.

SymPy has complex numbers where the engine has nan, does not know the sign of zeros and of what is infinite, and has
operations on whole arrays written out in parts: ``sqrt(x**2 + ...)`` overflows where the engine's norm scales.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.rounding import VALUE
from autograd_core.check.question import Question
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.number_text import number_text
from autograd_core.ops.piecewise import where

Array = npt.NDArray[Any]

LARGE, SMALL = 2.0**511, 2.0**-511
"""Between these squares, and their sums, are floats with all their digits."""


def incomparable(question: Question) -> Mapping[str, str]:
    """The reason not to compare, for each input that has one, and under ``VALUE`` for the value of the result.

    What a condition does not choose is no reason: the witnesses leave it out as well. An input has one where its way to
    the result meets such an operation, or one whose derivative rests on what that gave.
    """
    try:
        found = evaluate([question.result], question.inputs, every=True)
    except AutogradError:
        return {}
    values: Mapping[Expr, Array] = {node: np.asarray(value, dtype=np.float64) for node, value in found.items()}
    nodes = topological([question.result])
    given: dict[Expr, str] = {}
    doubtful: dict[Expr, str] = {}
    for node in nodes:
        reason = _reason(node, values)
        below = next((given[operand] for operand in node.operands if operand in given), None)
        if reason is not None or below is not None:
            given[node] = reason or below or ""
        if isinstance(node, Call) and (reason is not None or (below is not None and node.op.linear != "jointly")):
            doubtful[node] = given[node]
    below_doubtful = dict(doubtful)
    for node in reversed(nodes):
        for operand in node.operands if node in below_doubtful else ():
            below_doubtful.setdefault(operand, below_doubtful[node])
    reasons = {node.name: reason for node, reason in below_doubtful.items() if isinstance(node, Var)}
    for name in question.wanted:
        if beyond := _beyond(question.gradients[name], question.weights):
            reasons.setdefault(name, beyond)
    return reasons | ({VALUE: given[question.result]} if question.result in given else {})


def _reason(node: Expr, values: Mapping[Expr, Array]) -> str | None:
    """Why the witnesses cannot follow an operation; None where they can."""
    if not isinstance(node, Call) or node.op is where:
        return None
    if _passes_over(node, values):
        return f"{write(node, most=60)} passes over what is not a number, which SymPy takes for a complex number"
    jumps = any(not kink.choice.startswith("inf") for kink in node.op.kinks)  # an infinite slope decides nothing
    if (jumps or node.op.group == "comparison") and any(np.isinf(values[operand]).any() for operand in node.operands):
        return f"{write(node, most=60)} is decided by what is infinite, of which SymPy does not know the sign"
    if _signs_zeros(node, values):
        return f"{write(node, most=60)} is decided by the sign of a zero, which SymPy's zeros have not"
    if not node.op.elementwise and not node.op.linear:
        return _beyond(values[node], *[values[operand] for operand in node.operands])
    return None


def _beyond(*arrays: Any) -> str | None:
    """Why what arrays come to in parts is not comparable: numbers whose squares overflow or underflow."""
    for value in arrays:
        sizes = np.abs(np.asarray(value, dtype=np.float64))
        for found, what in (
            (sizes[np.isfinite(sizes) & (sizes > LARGE)], "beyond"),
            (sizes[(sizes > 0) & (sizes < SMALL)], "0 in"),
        ):
            if found.size:
                said = f"{number_text(found[0])} occurs, whose square is {what} float64"
                return f"{said}: what its parts come to is not comparable"
    return None


def _signs_zeros(node: Call, values: Mapping[Expr, Array]) -> bool:
    """Whether an elementwise operation gives something else where zeros lose their sign."""
    operands = [values[operand] for operand in node.operands]
    if not node.op.elementwise or not any(np.any(np.signbit(each) & (each == 0)) for each in operands):
        return False
    with np.errstate(all="ignore"):
        unsigned = node.op.forward(*[each + 0.0 for each in operands], **node.params)
    return not np.array_equal(unsigned, values[node], equal_nan=True)


def _passes_over(node: Call, values: Mapping[Expr, Array]) -> bool:
    """Whether the result is a number where an operand is not."""
    operands = [np.isnan(values[operand]) for operand in node.operands]
    if not any(nan.any() for nan in operands):
        return False
    result = np.isnan(values[node])
    if not node.op.elementwise:
        return not node.op.linear and not result.any()
    return any(bool(np.any(np.broadcast_to(nan, node.shape) & ~result)) for nan in operands)
