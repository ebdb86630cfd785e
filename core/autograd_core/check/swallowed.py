"""Where an operation decides by what is not finite: a witness that has complex numbers there means another thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check import Question
from autograd_core.errors import AutogradError
from autograd_core.expr.evaluate import evaluate
from autograd_core.expr.nodes import Call, Expr, topological
from autograd_core.expr.text import write
from autograd_core.ops.choice import where

Array = npt.NDArray[Any]


def swallowed(question: Question) -> str | None:
    """The reason not to compare; None where there is none.

    It is an operation that gives a number for what is none, or that chooses by what is infinite. What a condition does
    not choose is no such thing: the witnesses leave it out as well.
    """
    try:
        found = evaluate([question.result], question.inputs, every=True)
    except AutogradError:
        return None
    values: Mapping[Expr, Array] = {node: np.asarray(value, dtype=np.float64) for node, value in found.items()}
    for node in topological([question.result]):
        if not isinstance(node, Call) or node.op is where:
            continue
        if _passes_over(node, values):
            return f"{write(node, most=60)} passes over what is not a number, which SymPy takes for a complex number"
        if _chooses(node) and any(np.isinf(values[operand]).any() for operand in node.operands):
            return f"{write(node, most=60)} is decided by what is infinite, of which SymPy does not know the sign"
    return None


def _chooses(node: Call) -> bool:
    """Whether a node compares its operands."""
    return bool(node.op.kinks) or node.op.group == "comparison"


def _passes_over(node: Call, values: Mapping[Expr, Array]) -> bool:
    """Whether the result is a number where an operand is not."""
    operands = [np.isnan(values[operand]) for operand in node.operands]
    if not any(nan.any() for nan in operands):
        return False
    result = np.isnan(values[node])
    if not node.op.elementwise:
        return not node.op.linear and not result.any()
    return any(bool(np.any(np.broadcast_to(nan, node.shape) & ~result)) for nan in operands)
