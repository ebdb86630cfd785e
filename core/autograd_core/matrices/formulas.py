"""Closed forms of Jacobians and Hessians, proved like those of gradients, and against the whole matrix here."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption
from autograd_core.deadline import share
from autograd_core.expr.nodes import Const, Expr
from autograd_core.formula import closed_forms
from autograd_core.formula.prepare import simple_gradients
from autograd_core.ops.registry import op
from autograd_core.run import Run

Array = npt.NDArray[Any]
Fields = dict[str, str | None]
"""The fields of a block that hold its formula."""

MAX_FORMULA = 400
"""Characters of a formula that is shown."""

MAX_SECONDS = 3.0
"""What all formulas of a matrix may take."""


def jacobian_formulas(done: Run, blocks: Mapping[str, Array], assumptions: Sequence[Assumption]) -> dict[str, Fields]:
    """The formula of each block, or why there is none."""
    deadline = time.process_time() + share(MAX_SECONDS)
    program = done.program
    return _formulas(done, program.result, blocks, deadline, program.labels, assumptions, None)


def hessian_formulas(
    done: Run, blocks: Mapping[tuple[str, str], Array], assumptions: Sequence[Assumption]
) -> dict[tuple[str, str], Fields]:
    """The formula of each block, or why there is none."""
    deadline = time.process_time() + share(MAX_SECONDS)
    result = done.program.result
    of = result if result.shape == () else summed(result)
    whole, labels = simple_gradients(of, done.program.labels, assumptions)
    fields: dict[tuple[str, str], Fields] = {}
    for a in done.wanted:
        gradient = whole.get(a, Const(np.zeros(done.inputs[a].shape)))
        row = {b: blocks[a, b] for b in done.wanted}
        for b, found in _formulas(done, gradient, row, deadline, labels, assumptions, of).items():
            fields[a, b] = found
    return fields


def _formulas(
    done: Run,
    result: Expr,
    blocks: Mapping[str, Array],
    deadline: float,
    labels: Mapping[Expr, str],
    assumptions: Sequence[Assumption],
    of: Expr | None,
) -> dict[str, Fields]:
    """The formulas of the derivatives of ``result`` by each input; the result of the run is ``of``, if given."""
    fields: dict[str, Fields] = {}
    left = {}
    for each, block in blocks.items():
        if not result.depends or not np.any(block):
            fields[each] = {"formula": _zeros(block.shape), "formula_reason": None}
        elif time.process_time() > deadline:
            fields[each] = {"formula": None, "formula_reason": "there was no time left for this formula"}
        else:
            left[each] = np.asarray(block, dtype=np.float64)
    found = closed_forms(
        result,
        done.program.variables,
        {each: np.asarray(array, dtype=np.float64) for each, array in done.inputs.items()},
        list(left),
        left,
        labels=labels,
        names=done.names,
        matrices=True,
        assumptions=assumptions,
        of=of,
    )
    for each, formula in found.items():
        text, reason = formula.text, formula.reason
        if text is not None and len(text) > MAX_FORMULA:
            text, reason = None, f"the formula is longer than {MAX_FORMULA} characters"
        fields[each] = {"formula": text, "formula_reason": reason}
    return fields


def summed(result: Expr) -> Expr:
    """The sum of all entries."""
    total: Expr = op.sum(result, axis=None, keepdims=False)
    return total


def _zeros(shape: tuple[int, ...]) -> str:
    return f"zeros({', '.join(map(str, shape))})" if shape else "0"
