"""Closed forms of Jacobians and Hessians, proved like those of gradients, and against the whole matrix here."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption
from autograd_core.deadline import share
from autograd_core.expr.build import parse
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Const, Expr, variables_in
from autograd_core.expr.run import evaluate
from autograd_core.formula import Asked, closed_forms
from autograd_core.formula.prepare import shared, simple_gradients, summed
from autograd_core.matrices.forward import Place
from autograd_core.matrices.report import Block
from autograd_core.report import Check
from autograd_core.request import Request
from autograd_core.run import Run

Array = npt.NDArray[Any]
Formula = tuple[str | None, str | None]
"""The text of a closed form, or None and why there is none."""

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
            of[0] if of else None,
            by,
            done.inputs[of[0]].shape if of else done.result.shape,
            done.inputs[by].shape,
            array,
            checks.get((*of, by)),
            *formulas.get((*of, by), (None, None)),
        )
        for (*of, by), array in arrays.items()
    )


def _closed(done: Run, arrays: Mapping[Place, Array], assumptions: Sequence[Assumption]) -> dict[Place, Formula]:
    """The formula of each block, or why there is none."""
    deadline = time.process_time() + share(MAX_SECONDS)
    result, labels = done.program.result, done.program.labels
    whole: Expr | None = None
    gradients: Mapping[str, Expr] = {}
    if any(len(place) == 2 for place in arrays):
        whole = summed(result)
        gradients, labels = simple_gradients(whole, labels, assumptions)
    found: dict[Place, Formula] = {}
    for of in dict.fromkeys(place[:-1] for place in arrays):
        root = gradients.get(of[0], Const(np.zeros(done.inputs[of[0]].shape))) if of else result
        blocks = {place[-1]: array for place, array in arrays.items() if place[:-1] == of}
        asked = Asked(
            root, done.program.variables, done.inputs, blocks, labels, None, *done.names, True, assumptions, whole
        )
        for by, (text, reason) in _forms(asked, deadline).items():
            long = text is not None and len(text) > MAX_FORMULA
            found[*of, by] = (None, f"the formula is longer than {MAX_FORMULA} characters") if long else (text, reason)
    return found


def _forms(asked: Asked, deadline: float) -> dict[str, Formula]:
    """The closed form of each derivative of a result, or why there is none."""
    wide = {name: np.asarray(array, dtype=np.float64) for name, array in asked.gradients.items()}
    used = variables_in(asked.result)
    found: dict[str, Formula] = {}
    for name, array in wide.items():
        if name not in used:
            found[name] = f"zeros({', '.join(map(str, array.shape))})" if array.shape else "0", None
        elif time.process_time() > deadline:
            found[name] = None, "there was no time left for this formula"
    inputs = {name: np.asarray(array, dtype=np.float64) for name, array in asked.inputs.items()}
    left = {name: array for name, array in wide.items() if name not in found}
    made = closed_forms(replace(asked, inputs=inputs, gradients=left)) if left else {}
    return found | {name: (each.text, each.reason) for name, each in made.items()}


def formulas_of(done: Run, found: Mapping[Place, Array], assumptions: Sequence[Assumption]) -> dict[Place, Formula]:
    """The closed form of each derivative of a number, each made from the one before, or why there is none."""
    formulas: dict[Place, Formula] = {}
    deadline = time.process_time() + share(MAX_SECONDS)
    f, variables, labels = done.names[0], done.program.variables, done.program.labels
    expr = whole = summed(done.program.result)
    for steps, data in found.items():
        name = steps[-1]
        numbers = {name: data.reshape(done.inputs[name].shape)}
        asked = Asked(expr, variables, done.inputs, numbers, labels, None, *done.names, False, assumptions, whole)
        formulas[steps] = text, _ = _forms(asked, deadline)[name]
        if text is not None:
            program = parse(text, {**done.inputs, f: np.zeros(())})
            made = evaluate([program.result], {**variables, f: whole})[program.result]
        elif time.process_time() > deadline:  # there is none of any other either
            continue
        else:
            slopes = {var.name: grad for var, grad in gradients(expr, Const(np.ones(())), exact=False).items()}
            made = slopes.get(name, 0.0)
        expr, _ = shared(summed(made if isinstance(made, Expr) else Const(made)), {})
    return formulas
