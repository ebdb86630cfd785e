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
from autograd_core.formula import Asked, closed_forms
from autograd_core.formula.prepare import simple_gradients, summed
from autograd_core.matrices.report import Block
from autograd_core.report import Check
from autograd_core.request import Request
from autograd_core.run import Run

Array = npt.NDArray[Any]
Place = tuple[str, ...]
"""The input by which something is differentiated; before it that whose gradient this is, if it is not the result."""
Fields = dict[str, str | None]
"""The fields of a block that hold its formula."""

MAX_FORMULA = 400
"""Characters of a formula that is shown."""

MAX_SECONDS = 3.0
"""What all formulas of a matrix may take."""


def blocks_of(
    done: Run,
    request: Request,
    arrays: Mapping[Place, Array],
    checks: Mapping[Place, Check],
    assumptions: Sequence[Assumption],
) -> tuple[Block, ...]:
    """Derivatives of the result, or of its gradients by inputs, as blocks, with formulas if asked for."""
    formulas = _closed(done, arrays, assumptions) if request.formula else {}
    return tuple(
        Block(
            of=of[0] if of else None,
            by=by,
            rows=done.inputs[of[0]].shape if of else done.result.shape,
            columns=done.inputs[by].shape,
            data=array,
            check=checks.get((*of, by)),
            **formulas.get((*of, by), {}),
        )
        for (*of, by), array in arrays.items()
    )


def _closed(done: Run, arrays: Mapping[Place, Array], assumptions: Sequence[Assumption]) -> dict[Place, Fields]:
    """The formula of each block, or why there is none."""
    deadline = time.process_time() + share(MAX_SECONDS)
    result, labels = done.program.result, done.program.labels
    whole: Expr | None = None
    gradients: Mapping[str, Expr] = {}
    if any(len(place) == 2 for place in arrays):
        whole = summed(result)
        gradients, labels = simple_gradients(whole, labels, assumptions)
    inputs = {name: np.asarray(array, dtype=np.float64) for name, array in done.inputs.items()}
    fields: dict[Place, Fields] = {}
    for of in dict.fromkeys(place[:-1] for place in arrays):
        root = gradients.get(of[0], Const(np.zeros(inputs[of[0]].shape))) if of else result
        left = {}
        for place, array in arrays.items():
            if place[:-1] != of:
                continue
            if not root.depends or not np.any(array):
                zeros = f"zeros({', '.join(map(str, array.shape))})" if array.shape else "0"
                fields[place] = {"formula": zeros, "formula_reason": None}
            elif time.process_time() > deadline:
                fields[place] = {"formula": None, "formula_reason": "there was no time left for this formula"}
            else:
                left[place[-1]] = np.asarray(array, dtype=np.float64)
        variables = done.program.variables
        asked = Asked(root, variables, inputs, left, labels, None, *done.names, True, assumptions, whole)
        for by, formula in closed_forms(asked).items():
            text, reason = formula.text, formula.reason
            if text is not None and len(text) > MAX_FORMULA:
                text, reason = None, f"the formula is longer than {MAX_FORMULA} characters"
            fields[(*of, by)] = {"formula": text, "formula_reason": reason}
    return fields
