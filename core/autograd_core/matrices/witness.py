"""The cross-check of whole matrices, by the witnesses that check gradients.

Row i of a Jacobian is the gradient of entry i of the result. So the expression is read once for many copies of its
inputs, one for each row: the gradient of the sum of entry i of copy i, by the copies, is the Jacobian, and the
witnesses answer for each of its entries. Of a large matrix some rows are checked in this way, and all others by a
random weighted sum.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check import Findings, Question, check
from autograd_core.check.compare.comparison import skipped, summed
from autograd_core.engine.vmap import Batched
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.report import Check, Row, Worst

Array = npt.NDArray[Any]

MAX_ENTRIES = 200_000
"""Entries that any intermediate value of all copies may have."""

MAX_ROWS = 64
"""Rows of which every entry is compared; others are checked by a weighted sum."""


def check_blocks(matrix: Question, method: str) -> Findings:
    """What the witnesses of ``method`` say of each block: ``matrix.gradients``, by all entries of the result.

    Never raises for what they cannot do.
    """
    if method == "none":
        return skipped(matrix, method, "--check none")
    reached = {node.name for node in topological([matrix.result]) if isinstance(node, Var)}
    present = {n: block for n, block in matrix.gradients.items() if n in reached and np.size(block)}
    try:
        found = check_rows(replace(matrix, gradients=present, wanted=tuple(present)), method) if present else None
    except AutogradError as error:
        return skipped(matrix, method, f"the check could not evaluate the expression: {error.message}")
    checks = {
        name: check_absent_input(block, method) if found is None or name not in present else found.variables[name]
        for name, block in matrix.gradients.items()
    }
    return Findings(checks, summed(checks.values(), matrix.rtol, matrix.atol, None if found is None else found.verdict))


def check_rows(matrix: Question, method: str) -> Findings:
    """What the witnesses say of blocks whose inputs occur; raises what the expression does where it has no value."""
    total = math.prod(matrix.result.shape)
    chosen = affordable(matrix, total)
    rows = np.zeros((len(chosen), total))
    rows[np.arange(len(chosen)), chosen] = 1.0
    found = check(of_copies(matrix, rows), method)
    checks = {name: at_their_rows(each, chosen, matrix.result.shape) for name, each in found.variables.items()}
    if len(chosen) == total:
        return Findings(checks, found.verdict)
    weights = np.random.default_rng(0).uniform(0.5, 1.5, (1, total)) * np.sign(np.arange(total) % 2 - 0.5)
    rest = check(of_copies(replace(matrix, budget=matrix.budget / 2), weights), method)
    checks = {n: mark_covered(each, rest.variables[n], np.size(matrix.gradients[n])) for n, each in checks.items()}
    return Findings(checks, rest.verdict if found.verdict.status == "agree" else found.verdict)


def check_absent_input(block: Array, method: str) -> Check:
    """The check of the derivatives by an input that does not occur, or has no entries: they are 0."""
    size = int(np.size(block))
    if not np.any(block):
        return Check("agree", method, size, 0, size, 0, 0.0)
    return Check("disagree", method, size, 0, size, 0, float(np.max(np.abs(block))), "the input does not occur")


def affordable(matrix: Question, total: int) -> Array:
    """The rows of which every entry is compared: all, or a spread of those that there is time for."""
    copied: set[Expr] = set()
    largest = 1
    for node in topological([matrix.result]):
        if any(o in copied for o in node.operands) or (isinstance(node, Var) and node.name in matrix.gradients):
            copied.add(node)
            largest = max(largest, math.prod(node.shape))
    most = max(min(MAX_ROWS, MAX_ENTRIES // largest), 1)
    return np.arange(total) if total <= most else np.unique(np.linspace(0, total - 1, most).astype(np.intp))


def of_copies(matrix: Question, weights: Array) -> Question:
    """The question about the gradients of weighted sums of the result, one sum a row of ``weights``."""
    count = len(weights)
    copies = {name: Var(name, (count, *np.shape(matrix.inputs[name]))) for name in matrix.gradients}
    values = {name: Batched(copies[name]) if name in copies else var for name, var in matrix.variables.items()}
    made = evaluate([matrix.result], values)[matrix.result]
    shape = (count, *matrix.result.shape)
    if type(made) is not Batched:
        raise AutogradError("the result does not depend on the inputs")
    return replace(
        matrix,
        result=made.data,
        variables={**matrix.variables, **copies},
        inputs={
            name: np.broadcast_to(array, copies[name].shape) if name in copies else array
            for name, array in matrix.inputs.items()
        },
        weights=weights.reshape(shape),
        value=np.broadcast_to(matrix.value, shape),
        gradients={
            name: weighted_block(weights, np.asarray(block)).reshape(copies[name].shape)
            for name, block in matrix.gradients.items()
        },
    )


def weighted_block(weights: Array, block: Array) -> Array:
    """The rows of a block, weighted and summed; a row that stands alone is taken as it is."""
    matrix: Array = block.reshape(weights.shape[1], -1)
    single = np.count_nonzero(weights, axis=1) == 1
    if single.all():
        rows: Array = matrix[np.argmax(weights != 0, axis=1)]
        return rows
    with np.errstate(all="ignore"):
        found: Array = weights.astype(matrix.dtype) @ matrix
    return found


def at_their_rows(found: Check, chosen: Array, shape: tuple[int, ...]) -> Check:
    """The check of copies as the check of rows: places are those of the matrix."""

    def place(index: tuple[int, ...]) -> tuple[int, ...]:
        row = np.unravel_index(int(chosen[index[0]]), shape) if shape else ()
        return (*(int(i) for i in row), *index[1:])

    def moved(worst: Worst | None) -> Worst | None:
        return None if worst is None or not worst.index else replace(worst, index=place(worst.index))

    rows = tuple(Row(place(row.index), row.engine, row.sympy, row.numeric) for row in found.rows)
    return replace(found, worst=moved(found.worst), rows=rows)


def mark_covered(found: Check, rest: Check, total: int) -> Check:
    """The check of some rows together with that of a weighted sum of all."""
    reached = rest.status == "agree"
    left = total - found.compared - found.covered - found.kinks
    found = replace(found, total=total, covered=found.covered + (left if reached else 0))
    if reached or found.status == "disagree":
        return found
    if rest.status == "disagree":
        return replace(found, status="disagree", reason="a weighted sum of the rows differs")
    return replace(found, status="partial" if found.compared else found.status, reason=rest.reason or found.reason)
