"""Where an operation decides by what is not finite: a witness that has complex numbers there means another thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.question import Question
from autograd_core.check.rounding import VALUE
from autograd_core.errors import AutogradError
from autograd_core.expr.evaluate import evaluate
from autograd_core.expr.nodes import Call, Expr, Var, topological
from autograd_core.expr.text import write
from autograd_core.ops.choice import where
from autograd_core.symbolic.arrays import Symbolic
from autograd_core.symbolic.script import NoMeaningError, Script

Array = npt.NDArray[Any]

CHOICES = frozenset(
    [
        "Abs",
        "Eq",
        "Ge",
        "Gt",
        "Heaviside",
        "Le",
        "Lt",
        "Max",
        "Min",
        "Mod",
        "Ne",
        "Piecewise",
        "atan2",
        "ceiling",
        "floor",
        "frac",
        "sign",
    ]
)
"""What SymPy settles by the size or the sign of a number."""

MAX_LINES = 500
"""Lines up to which the meaning of an operation is looked at."""


def swallowed(question: Question) -> Mapping[str, str]:
    """The reason not to compare, for each input that has one, and under ``VALUE`` for the value of the result.

    It is an operation that gives a number for what is none, or that chooses by what is infinite. What a condition does
    not choose is no such thing: the witnesses leave it out as well. An input has the reason where its way to the result
    meets such an operation, or one whose derivative rests on what that gave.
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
    return _inputs_below(nodes, doubtful) | ({VALUE: given[question.result]} if given else {})


def _inputs_below(nodes: Sequence[Expr], doubtful: Mapping[Expr, str]) -> dict[str, str]:
    """The inputs that the doubtful nodes are made of, by name, with the reason."""
    reasons = dict(doubtful)
    for node in reversed(nodes):
        if node in reasons:
            for operand in node.operands:
                reasons.setdefault(operand, reasons[node])
    return {node.name: reason for node, reason in reasons.items() if isinstance(node, Var)}


def _reason(node: Expr, values: Mapping[Expr, Array]) -> str | None:
    """Why the witnesses cannot follow an operation; None where they can."""
    if not isinstance(node, Call) or node.op is where:
        return None
    if _passes_over(node, values):
        return f"{write(node, most=60)} passes over what is not a number, which SymPy takes for a complex number"
    if any(np.isinf(values[operand]).any() for operand in node.operands) and _chooses(node):
        return f"{write(node, most=60)} is decided by what is infinite, of which SymPy does not know the sign"
    return None


def _chooses(node: Call) -> bool:
    """Whether what a node gives is settled by the sizes or the signs of its operands, by its meaning in SymPy.

    A kink alone does not say so: a root has one, where its slope is infinite.
    """
    if not node.op.kinks and node.op.group != "comparison":
        return False
    operands: list[Symbolic] = []
    script = Script(MAX_LINES)
    try:
        for operand in node.operands:
            operands.append(Symbolic(script, script.symbols(() if node.op.elementwise else operand.shape)))
        node.op(*operands, **node.params)
    except NoMeaningError:  # too large to be written down, or a choice that cannot be
        return True
    return any(line[0] in CHOICES for line in script.lines)


def _passes_over(node: Call, values: Mapping[Expr, Array]) -> bool:
    """Whether the result is a number where an operand is not."""
    operands = [np.isnan(values[operand]) for operand in node.operands]
    if not any(nan.any() for nan in operands):
        return False
    result = np.isnan(values[node])
    if not node.op.elementwise:
        return not node.op.linear and not result.any()
    return any(bool(np.any(np.broadcast_to(nan, node.shape) & ~result)) for nan in operands)
