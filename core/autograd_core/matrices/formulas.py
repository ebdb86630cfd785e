"""Closed forms of Jacobians and Hessians, proved like those of gradients, and against the whole matrix here."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption
from autograd_core.deadline import share
from autograd_core.expr.build import Program, parse, statements
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Const, Expr
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.formula import Asked, closed_forms
from autograd_core.formula.prepare import simple_gradients, summed
from autograd_core.matrices.forward import Place
from autograd_core.matrices.report import Block
from autograd_core.report import Check
from autograd_core.request import Request
from autograd_core.run import Run

Array = npt.NDArray[Any]
Fields = dict[str, str | None]
"""The fields of a block that hold its formula."""
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


def formulas_of(done: Run, found: Mapping[Place, Array], assumptions: Sequence[Assumption]) -> dict[Place, Formula]:
    """The closed form of each derivative of a number, each made from the one before, or why there is none."""
    formulas: dict[Place, Formula] = {(): ("", None)}
    deadline = time.process_time() + share(MAX_SECONDS)
    f = done.names[0]
    expr: Expr | None = done.program.result
    for steps, data in found.items():
        name = steps[-1]
        if expr is None or not expr.depends:
            formulas[steps] = (None, "the engine finds another number") if np.any(data) else ("0", None)
            continue
        if time.process_time() > deadline:
            formulas[steps] = None, "there was no time left for this formula"
            continue
        whole = summed(expr)
        numbers = np.asarray(data, dtype=np.float64).reshape(done.inputs[name].shape)
        variables, labels = done.program.variables, done.program.labels
        asked = Asked(
            whole, variables, done.inputs, {name: numbers}, labels, None, *done.names, assumptions=assumptions
        )
        made = closed_forms(asked)[name]
        if made.text is None:
            formulas[steps] = None, made.reason
            slopes = gradients(expr, Const(np.ones(expr.shape)))
            expr = next((grad for var, grad in slopes.items() if var.name == name), None)
            continue
        program = parse(made.text, {**done.inputs, f: np.zeros(())})
        before = len(steps) - 1
        formulas[steps] = (
            named(program, f, done.free_name(f"d{before}"), formulas[steps[:-1]][0]) if before else (made.text, None)
        )
        again = evaluate([program.result], {**done.program.variables, f: whole})[program.result]
        expr = again if isinstance(again, Expr) else Const(again)
    return formulas


def named(program: Program, f: str, name: str, before: str | None) -> Formula:
    """The text of a formula in which ``f`` is the derivative before it: that gets a name, which a statement sets."""
    if f not in program.variables:
        return program.source.text, None
    if before is None:
        return None, "it is made of the derivative before it, which has no formula"
    names = {id(program.variables[f]): name}
    *helpers, last = before.split("; ")
    own = [write(e, names) if label is None else f"{label} = {write(e, names)}" for label, e in statements(program)]
    text = merged([*helpers, f"{name} = {last}"], own)
    return text, None if text is not None else "it and the derivative before it give one name two meanings"


def merged(before: Sequence[str], after: Sequence[str]) -> str | None:
    """Statements after others, each once; None where a name would get two meanings."""
    found = list(before)
    meanings = dict(each.split(" = ", 1) for each in before)
    for each in after:
        name, equals, meaning = each.partition(" = ")
        if not equals:
            found.append(each)
        elif meanings.setdefault(name, meaning) != meaning:
            return None
        elif each not in found:
            found.append(each)
    return "; ".join(found)
