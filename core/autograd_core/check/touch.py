"""Whether an entry of an input moves a point at which the expression has no derivative, or one between its steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from autograd_core.check.influence import masks
from autograd_core.check.kinks import Corner
from autograd_core.check.question import Question
from autograd_core.errors import AutogradError
from autograd_core.expr.evaluate import evaluate
from autograd_core.expr.nodes import Call, Expr, topological

Array = npt.NDArray[np.float64]


def touches(question: Question, corners: Sequence[Corner], name: str, index: tuple[int, ...]) -> bool:
    """Whether moving one entry moves an operand of a kinked operation where its kink is, or takes a step to another.

    No derivative of the expression is used: the operands are computed again with the entry moved a little either way.
    A step, as of ``floor``, that so small a move leaves is no longer than the differences of values look.
    """
    flat = steps(question)
    roots = list({operand: None for corner in corners for operand in corner.node.operands} | dict.fromkeys(flat))
    try:
        here = evaluate(flat, question.inputs)
    except (AutogradError, ArithmeticError, ValueError):
        return True
    for side in (1, -1):
        moved = np.array(question.inputs[name], dtype=np.float64)
        moved[index] += side * 1e-6 * max(abs(float(moved[index])), 1.0)
        try:
            values = evaluate(roots, {**question.inputs, name: moved})
        except (AutogradError, ArithmeticError, ValueError):
            return True
        if any(not np.array_equal(values[node], here[node], equal_nan=True) for node in flat):
            return True
        for corner in corners:
            for mask, before, operand in zip(
                masks(corner, np.ones(corner.node.shape)), corner.operands, corner.node.operands, strict=True
            ):
                if mask is not None and np.any((np.asarray(values[operand]) != before) & mask):
                    return True
    return False


def steps(question: Question) -> list[Expr]:
    """The nodes that are constant between jumps: operations that pass no gradient on, or 0 whatever they get."""
    nodes = topological([question.result])
    return [n for n in nodes if isinstance(n, Call) and n.depends and n.op.elementwise and _constant(n)]


def _constant(node: Call) -> bool:
    """Whether all rules of an operation give 0."""
    ones = [np.ones(operand.shape) for operand in node.operands]
    with np.errstate(all="ignore"):
        found = [rule(np.float64(1), np.ones(()), *ones, **node.params) for rule in node.op.vjps if rule is not None]
    return all(type(each) is float and each == 0 for each in found)
