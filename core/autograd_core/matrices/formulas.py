"""Closed forms of Jacobians and Hessians, made from the closed form of v.J.

The formula of the product v.J holds for every v. Read for all unit vectors at once, as a batch, it is the formula of
the matrix: of ``f*(v - f @ v)`` it makes ``(eye(3) - reshape(f, (3, 1)))*f``. Each formula is evaluated, and only shown
when it gives the matrix.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.engine.vmap import Batched
from autograd_core.errors import AutogradError
from autograd_core.expr.evaluate import evaluate
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Const, Expr, Var, topological
from autograd_core.expr.text import write
from autograd_core.formula import Formula, closed_forms
from autograd_core.formula.verify import FAR, Noise, agreement, largest
from autograd_core.ops.registry import op
from autograd_core.ops.spec import Shape
from autograd_core.records import record
from autograd_core.run import Run

Array = npt.NDArray[Any]
Fields = dict[str, str | None]
"""The fields of a block that hold its formula."""

MAX_FORMULA = 400
"""Characters of a formula that is shown."""

MAX_SECONDS = 3.0
"""What all formulas of a matrix may take."""


@record(frozen=True, slots=True)
class Known:
    """A name that formulas may use: what it stands for, its numbers, and the statement that sets it, if one must."""

    name: str
    value: Array
    statement: str | None = None


def jacobian_formulas(done: Run, blocks: Mapping[str, Array]) -> dict[str, Fields]:
    """The formula of each block, or why there is none."""
    deadline = time.monotonic() + MAX_SECONDS
    f = Known(done.names[0], done.result.array)
    return {name: found(done, done.program.result, name, block, f, deadline) for name, block in blocks.items()}


def hessian_formulas(done: Run, blocks: Mapping[tuple[str, str], Array]) -> dict[tuple[str, str], Fields]:
    """The formula of each block, or why there is none."""
    deadline = time.monotonic() + MAX_SECONDS
    whole = {var.name: grad for var, grad in gradients(done.program.result, _ones(done.program.result.shape)).items()}
    fields: dict[tuple[str, str], Fields] = {}
    for a in done.wanted:
        result = whole.get(a, Const(np.zeros(done.inputs[a].shape)))
        values = np.asarray(evaluate([result], done.inputs)[result], dtype=np.float64)
        first = closed_forms(
            done.program.result,
            done.program.variables,
            done.inputs,
            [a],
            {a: values},
            labels=done.program.labels,
            names=done.names,
        )[a]
        g = Known(done.free_name("g"), values, first.text)
        for b in done.wanted:
            fields[a, b] = found(done, result, b, blocks[a, b], g, deadline)
    return fields


def found(done: Run, result: Expr, name: str, block: Array, known: Known, deadline: float) -> Fields:
    """The formula of the derivatives of ``result`` by an input."""
    if time.monotonic() > deadline:
        return {"formula": None, "formula_reason": "there was no time left for this formula"}
    if not result.depends or not np.any(block):
        return {"formula": _zeros(block.shape), "formula_reason": None}
    numbers = np.asarray(block, dtype=np.float64)
    rows = math.prod(result.shape)
    weights = None
    if result.shape:
        weights = 1 + Noise().numbers(rows).reshape(result.shape) / 4
        with np.errstate(all="ignore"):
            numbers = np.tensordot(weights, numbers, result.ndim)
    formula = closed_forms(
        result,
        done.program.variables,
        done.inputs,
        [name],
        {name: numbers},
        labels=done.program.labels,
        weights=weights,
        names=done.names,
    )[name]
    if formula.expr is None:
        return {"formula": None, "formula_reason": formula.reason}
    try:
        return shown(done, result, name, block, formula, known)
    except (AutogradError, KeyError) as error:
        return {"formula": None, "formula_reason": f"v.J has a formula, the matrix has none ({error})"}


def shown(done: Run, result: Expr, name: str, block: Array, formula: Formula, known: Known) -> Fields:
    """The text of a formula that was made a matrix, if it gives the numbers."""
    assert formula.expr is not None
    f, v = done.names
    bound: dict[str, Any] = {**done.program.variables, f: Var(f, result.shape), v: units(result.shape)}
    statements: list[tuple[str, Expr]] = []
    for helper, expr in formula.helpers:
        value = evaluate([expr], bound)[expr]
        bound[helper] = value if type(value) is Batched else Var(helper, expr.shape)
        if type(value) is not Batched:
            statements.append((helper, expr))
    made = evaluate([formula.expr], bound)[formula.expr]
    whole = as_matrix(made, result.shape, done.inputs[name].shape)
    used = {node.name: node for node in topological([whole, *[e for _, e in statements]]) if isinstance(node, Var)}
    numbers = {**{n: np.asarray(a, dtype=np.float64) for n, a in done.inputs.items()}, f: known.value}
    for helper, expr in statements:
        numbers[helper] = np.asarray(evaluate([expr], numbers)[expr])
    value = np.asarray(evaluate([whole], numbers)[whole])
    if agreement(value, np.asarray(block, dtype=np.float64), largest(known.value), np.dtype(np.float64)) == FAR[0]:
        return {"formula": None, "formula_reason": "the formula does not give the computed numbers here"}
    names = {
        id(node): known.name
        for node in topological([whole, *[e for _, e in statements]])
        if isinstance(node, Var) and node.name == f
    }
    texts = [f"{helper} = {write(expr, names)}" for helper, expr in statements] + [write(whole, names)]
    if f in used and known.name != f:
        if known.statement is None:
            return {"formula": None, "formula_reason": "the gradient has no formula"}
        *before, last = known.statement.split("; ")
        text = merged([*before, f"{known.name} = {last}"], texts)
    else:
        text = "; ".join(texts)
    if text is None:
        return {"formula": None, "formula_reason": "it and the gradient give one name two meanings"}
    if len(text) > MAX_FORMULA:
        return {"formula": None, "formula_reason": f"the formula is longer than {MAX_FORMULA} characters"}
    return {"formula": text, "formula_reason": None}


def units(shape: Shape) -> Any:
    """All unit vectors of a shape as a batch of expressions; the number 1 for a scalar."""
    if shape == ():
        return Const(1.0)
    count = math.prod(shape)
    eye: Expr = Const(np.eye(count), f"eye({count})")
    return Batched(eye if len(shape) == 1 else op.reshape(eye, shape=(count, *shape)), unit=True)


def as_matrix(made: Any, rows: Shape, columns: Shape) -> Expr:
    """The batch of all rows as one expression.

    ``made`` is a batch, or what is the same for all rows; either may have been computed, where no variable is left.
    """
    batched = type(made) is Batched
    data: Any = made.data if batched else made
    whole: Expr = data if isinstance(data, Expr) else Const(data)
    full = (math.prod(rows), *columns) if batched else rows + columns
    if whole.shape != full:
        whole = op.broadcast_to(whole, shape=full)
    return whole if full == rows + columns else op.reshape(whole, shape=rows + columns)


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


def summed(result: Expr) -> Expr:
    """The sum of all entries."""
    total: Expr = op.sum(result, axis=None, keepdims=False)
    return total


def _ones(shape: Shape) -> Expr:
    return Const(np.ones(shape))


def _zeros(shape: Shape) -> str:
    return f"zeros({', '.join(map(str, shape))})" if shape else "0"
