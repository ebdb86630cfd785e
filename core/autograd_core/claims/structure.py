"""What the given numbers are besides numbers: probabilities, a covariance, positions. Other points keep it.

The claim ``softmax(z) - y`` is right because the labels ``y`` sum to 1, and ``inv(S) @ (x - mu)`` because the
covariance ``S`` is symmetric. Both are what the writer of the expression meant. A claim about ``y`` or ``S`` itself is
judged with their entries free: that is what a gradient says.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.problem import Problem
from autograd_core.expr.nodes import Call, Expr, Var
from autograd_core.ops.registry import primitives
from autograd_core.ops.spec import OpSpec

Array = npt.NDArray[Any]

PROBABILITIES, SYMMETRIC, FIXED = "probabilities", "symmetric", "fixed"

WORDS = {PROBABILITIES: "sums to 1", SYMMETRIC: "is symmetric"}
"""What a claim that needs the structure relies on."""

_SOFTMAX = primitives("softmax", "log_softmax", "logsumexp")
_INVERTING = primitives("inv", "inv_or_inf", "solve", "logdet", "slogdet", "det", "cholesky", "pinv")


def structures(problem: Problem) -> dict[str, str]:
    """The structure of each input that has one and that the expression relies on."""
    used = {node.op for node in problem.order}
    inverted = _below(problem, _INVERTING)
    discrete = _positions(problem)
    found: dict[str, str] = {}
    for name, var in problem.program.variables.items():
        array = problem.inputs[name]
        if name in discrete and np.array_equal(array, np.floor(array)):
            found[name] = FIXED
        elif used & _SOFTMAX and _probabilities(array):
            found[name] = PROBABILITIES
        elif var in inverted and _covariance(array):
            found[name] = SYMMETRIC
    return found


def _below(problem: Problem, ops: frozenset[OpSpec]) -> set[Expr]:
    """The nodes below one of these operations."""
    found: set[Expr] = set()
    for node in reversed(problem.order):
        if node in found or node.op in ops:
            found.update(node.operands)
    return found


def _positions(problem: Problem) -> set[str]:
    """The inputs through which no gradient can flow anywhere: positions, classes, masks."""
    found: dict[Expr, bool] = {}
    for node in problem.order:
        if not isinstance(node, Call) or node.op.group == "comparison":
            continue
        for position, operand in enumerate(node.operands):
            if isinstance(operand, Var):
                found[operand] = found.get(operand, True) and node.op.rule(position) is None
    return {node.name for node, never in found.items() if never and isinstance(node, Var)}


def _probabilities(array: Array) -> bool:
    return (
        array.ndim > 0
        and array.shape[-1] > 1
        and bool((array >= 0).all())
        and bool(np.allclose(array.sum(-1), 1, rtol=0, atol=1e-9))
    )


def _covariance(array: Array) -> bool:
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.shape[0] < 2 or not np.isfinite(array).all():
        return False
    if not np.array_equal(array, array.T) or not (array != np.diag(np.diag(array))).any():
        return False
    return bool((np.linalg.eigvalsh(array) > 0).all())
