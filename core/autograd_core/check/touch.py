"""Whether an entry of an input moves a point at which the expression has no derivative."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from autograd_core.check import Question
from autograd_core.check.influence import masks
from autograd_core.check.kinks import Corner
from autograd_core.errors import AutogradError
from autograd_core.expr.evaluate import evaluate

Array = npt.NDArray[np.float64]


def touches(question: Question, corners: Sequence[Corner], name: str, index: tuple[int, ...]) -> bool:
    """Whether moving one entry moves an operand of a kinked operation where its kink is.

    No derivative is used: the operands are computed again with the entry moved a little either way.
    """
    roots = list({operand: None for corner in corners for operand in corner.node.operands})
    for side in (1, -1):
        moved = np.array(question.inputs[name], dtype=np.float64)
        moved[index] += side * 1e-6 * max(abs(float(moved[index])), 1.0)
        try:
            values = evaluate(roots, {**question.inputs, name: moved})
        except (AutogradError, ArithmeticError, ValueError):
            return True
        for corner in corners:
            for mask, before, operand in zip(
                masks(corner, np.ones(corner.node.shape)), corner.operands, corner.node.operands, strict=True
            ):
                if mask is not None and np.any((np.asarray(values[operand]) != before) & mask):
                    return True
    return False
