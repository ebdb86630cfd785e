"""What both matrices begin with: the expression run forward, and what the user asked for checked against it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption
from autograd_core.check.question import Question, question_about, with_constants
from autograd_core.engine.tensor import Tensor
from autograd_core.errors import LimitError, ShapeError, UsageError
from autograd_core.expr.nodes import Const, Expr, Var
from autograd_core.expr.run import evaluate
from autograd_core.functional.trace import Trace
from autograd_core.limits import limits
from autograd_core.matrices.report import Input
from autograd_core.report import Value, Verdict, Warning, shape_text
from autograd_core.request import Request
from autograd_core.run import Run, nothing_to_differentiate, run

Array = npt.NDArray[np.floating]
Place = tuple[str, ...]
"""The inputs by which something is differentiated one after the other: the last, and before it those of its parts."""

BYTES = 24
"""Bytes of an entry of a matrix: itself, and what it is made from and written with."""


def forward(request: Request) -> Run:
    """The expression run forward on the numbers.

    Raises what ``run`` raises, and GradientError where no wanted input reaches the result.
    """
    done = run(request.alone(check=request.check), backward=False)
    if not done.result.requires_grad:
        raise nothing_to_differentiate(request, "an input that derivatives are taken by")
    return done


def trace_of(done: Run) -> Trace:
    """The recorded graph between the wanted inputs and the result."""
    return Trace([done.tensors[name] for name in done.wanted], [done.result])


def trace_at(done: Run, inputs: Mapping[str, Array]) -> Trace:
    """The graph of the same expression recorded at other numbers."""
    tensors = {name: Tensor(array, requires_grad=name in done.wanted) for name, array in inputs.items()}
    with np.errstate(all="ignore"):
        result = evaluate([done.program.result], tensors)[done.program.result]
    return Trace([tensors[name] for name in done.wanted], [result])


def what_was_run(
    done: Run, assumptions: Sequence[Assumption], verdict: Verdict, notes: Iterable[Warning]
) -> dict[str, Any]:
    """The fields that all reports of derivatives have."""
    return {
        "expression": done.request.expression,
        "names": done.names,
        "result": Value.of(done.result),
        "inputs": tuple(
            Input(name, Value.of(done.tensors[name]), name in done.wanted)
            for name in done.request.values
            if name in done.tensors
        ),
        "verdict": verdict,
        "warnings": (*done.warnings, *notes),
        "assumptions": tuple(each.text for each in assumptions),
    }


def in_full(found: Any, done: Run, name: str) -> Array:
    """A derivative in the shape of its input, zeros where there is none."""
    return np.array(np.broadcast_to(0.0 if found is None else found, done.inputs[name].shape), dtype=done.result.dtype)


def refuse_too_large(what: str, rows: int, done: Run, request: Request, product: str) -> None:
    """Raise LimitError for a matrix of too many entries, and name all that is to be raised."""
    columns = sum(done.inputs[name].size for name in done.wanted)
    entries = rows * columns
    most = limits()
    if entries > most.elements:
        raised = {"max-elements": str(entries)}
        if entries * BYTES > most.memory:
            raised["max-memory"] = str(math.ceil(entries * BYTES / 2**30))
        raise LimitError(
            f"the {what} has {rows:,} x {columns:,} = {entries:,} entries; the limit is {most.elements:,}",
            code="AG801",
            why=f"`product` gives {product} without the matrix",
            retry=raised,
        )


def filled(given: Array, like: Array, option: str, what: str) -> Array:
    """A vector of a product in the shape of what it belongs to; one number stands for all entries.

    Raises ShapeError for any other shape.
    """
    array = np.asarray(given, dtype=like.dtype)
    if array.shape not in (like.shape, ()):
        raise ShapeError(
            f"{option} has shape {shape_text(array.shape)}, {what} has shape {shape_text(like.shape)}",
            code="AG202",
            why="a product needs one number for each entry; a single number stands for all of them",
        )
    return np.broadcast_to(array, like.shape)


def directions(done: Run, request: Request) -> dict[str, Array]:
    """The u of a product for each input that has one.

    Raises UsageError for an input that is not wanted.
    """
    for name in request.tangents:
        if name not in done.wanted:
            raise UsageError(
                f"`product`: no derivative is taken by {name}",
                code="AG101",
                why=f"derivatives are taken by {', '.join(done.wanted)}",
            )
    return {
        name: filled(request.tangents[name], done.inputs[name], f"`product {name}`", name)
        for name in done.wanted
        if name in request.tangents
    }


def first_order(done: Run, weights: Any, gradients: Mapping[str, Array]) -> Question:
    """The question about a gradient that everything else starts from."""
    asked = question_about(done, done.program.result, done.result.array, gradients, weights)
    return with_constants(replace(asked, wanted=done.wanted))


def along(result: Expr, value: Array, product: Array, given: Mapping[str, Array], done: Run) -> Question:
    """The question about a product as a matrix of one column: the derivative of f(x + t*u) by t, where t is 0."""
    name = done.free_name("t")
    step = Var(name, ())
    moved = {each: var + step * given[each] if each in given else var for each, var in done.program.variables.items()}
    line = evaluate([result], moved)[result]
    return replace(
        question_about(done, line if isinstance(line, Expr) else Const(line), value, {name: product}),
        variables={**done.program.variables, name: step},
        inputs={**done.inputs, name: np.zeros(())},
    )
