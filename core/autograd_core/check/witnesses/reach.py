"""Which gradient entries a kink reaches: there, another choice at the kink would give another number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.kinks import Corner
from autograd_core.check.question import Question
from autograd_core.check.witnesses.linear import fit
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Expr, topological
from autograd_core.expr.run import evaluate
from autograd_core.ops.signature import reduced

Array = npt.NDArray[Any]


def masks(corner: Corner, cotangent: Array) -> list[Array | None]:
    """For each operand of the node the entries at which a kink matters, None where it does not concern the operand."""
    node, over = corner.node, corner.kink.over
    arrives = np.broadcast_to((cotangent != 0) | is_constant(node), node.shape)
    found: list[Array | None] = []
    for position, operand in enumerate(node.operands):
        if over is not None and position != over:
            found.append(None)
        elif node.op.elementwise:
            found.append(fit((corner.mask & arrives).astype(float), operand.shape) > 0)
        elif not arrives.any():
            found.append(None)
        elif corner.mask.shape == operand.shape:
            found.append(corner.mask)
        else:
            found.append(_slices(corner, operand.shape))
    return found


def _slices(corner: Corner, shape: tuple[int, ...]) -> Array:
    """The entries of an operand that marked entries of a reduction are made of; all of them where that is not known."""
    try:
        kept = reduced(shape, corner.node.params["axis"], True)
        return np.broadcast_to(corner.mask.reshape(kept), shape)
    except (KeyError, ValueError, AutogradError):
        return np.ones(shape, dtype=bool)


def crosses(question: Question, corners: Sequence[Corner], name: str, index: tuple[int, ...]) -> bool:
    """Whether moving one entry moves an operand of a kinked operation where its kink is, or takes a step to another.

    No derivative of the expression is used: the operands are computed again with the entry moved a little either way.
    A step, as of ``floor``, that so small a move leaves is no longer than the differences of values look.
    """
    flat = step_functions(question)
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


def step_functions(question: Question) -> list[Expr]:
    """The nodes that are constant between jumps: operations that pass no gradient on, or 0 whatever they get."""
    nodes = topological([question.result])
    return [n for n in nodes if isinstance(n, Call) and n.depends and is_constant(n)]


def is_constant(node: Call) -> bool:
    """Whether an operation is constant between jumps, which matter where nothing comes back, too: its rules give 0."""
    if not node.op.elementwise:
        return False
    ones = [np.ones(operand.shape) for operand in node.operands]
    with np.errstate(all="ignore"):
        found = [rule(np.float64(1), np.ones(()), *ones, **node.params) for rule in node.op.vjps if rule is not None]
    return all(type(each) is float and each == 0 for each in found)
