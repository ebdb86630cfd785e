"""The one function the command line calls: a request in, a report out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import report
from autograd_core.check import Findings, Question, blame, check, find_kinks
from autograd_core.errors import GradientError, ShapeError, UsageError
from autograd_core.expr.build import Program, parse
from autograd_core.expr.evaluate import evaluate
from autograd_core.expr.source import read
from autograd_core.formula import Formula, closed_forms
from autograd_core.graph import describe, value_of
from autograd_core.node import Node
from autograd_core.ops import find
from autograd_core.tensor import Tensor, run_backward

Array = npt.NDArray[Any]

TOLERANCES = {"float64": (1e-9, 1e-12), "float32": (1e-4, 1e-6)}
"""Relative and absolute tolerance of the cross-check by dtype, unless the request says otherwise."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks of ``grad``.

    ``values`` gives the inputs by name; ``grad_tensors`` one backward pass each, None for a result with one element;
    ``requires_grad`` the inputs that require grad, all when None. ``zero_grad`` forgets gradients between passes.
    """

    expression: str
    values: Mapping[str, Array]
    grad_tensors: tuple[Array | None, ...] = (None,)
    requires_grad: Collection[str] | None = None
    zero_grad: bool = False
    dtype: str = "float64"
    check: str = "sympy"
    rtol: float | None = None
    atol: float | None = None
    check_budget: float = 2.0
    formula: bool = True
    graph: bool = True


def calculate(request: Request) -> report.Report:
    """Read the expression, run it forward and backward, and check what was found.

    Raises ExpressionError, ShapeError, GradientError, DomainError, LimitError or UsageError (a missing value).
    """
    program, warnings = _read(request)
    wanted = [name for name in program.variables if request.requires_grad is None or name in request.requires_grad]
    inputs = {name: np.asarray(request.values[name], dtype=request.dtype) for name in program.variables}
    tensors = {name: Tensor.over(array, requires_grad=name in wanted) for name, array in inputs.items()}
    values = evaluate([program.result], tensors, dtype=request.dtype, every=request.graph)
    result = values[program.result]
    if not isinstance(result, Tensor):
        result = Tensor(result)
    seeds = _seeds(request, result)
    inner = _backward(request, result, seeds, tensors)
    gradients = {name: _gradient(tensors[name]) for name in wanted}

    counted = seeds[-1:] if request.zero_grad else seeds
    question = Question(
        result=program.result,
        variables=program.variables,
        inputs=inputs,
        wanted=tuple(wanted),
        weights=np.sum(np.stack(counted), axis=0),
        value=result.data,
        gradients=gradients,
        rtol=TOLERANCES[request.dtype][0] if request.rtol is None else request.rtol,
        atol=TOLERANCES[request.dtype][1] if request.atol is None else request.atol,
        budget=request.check_budget,
    )
    warnings += blame(question)
    warnings += find_kinks(question)
    findings = check(question, request.check)
    formulas = _formulas(request, program, question)
    return report.Report(
        expression=request.expression,
        result=value_of(result),
        grad_tensors=request.grad_tensors,
        variables=tuple(_variables(request, tensors, gradients, formulas, findings)),
        verdict=findings.verdict,
        graph=describe(program.result, values, inner) if request.graph else None,
        warnings=tuple(warnings),
    )


def _read(request: Request) -> tuple[Program, list[report.Warning]]:
    """The program, once every variable has a value; values that are not used are warned about."""
    source = read(request.expression)
    missing = [name for name in source.variables if name not in request.values]
    if missing and not any(find(name) for name in missing):
        raise UsageError(
            f"no value for {', '.join(missing)}",
            code="AG605",
            why="every name in the expression needs numbers",
            retry=tuple(token for name in missing for token in (f"--{name}", "1,2,3")),
        )
    program = parse(source, request.values)
    used = {*source.variables, *source.constants}
    warnings = [
        report.Warning("AG211", f"{name} does not occur in the expression: its gradient is null (in PyTorch, None)")
        for name in request.values
        if name not in used
    ]
    for name in request.requires_grad or ():
        if name not in program.variables:
            raise UsageError(
                f"{name} is not an input of the expression",
                code="AG101",
                hint=f"inputs: {', '.join(program.variables)}",
            )
    return program, warnings


def _seeds(request: Request, result: Tensor) -> list[Array]:
    """The v of each backward pass, in the shape of the result."""
    span = (0, len(request.expression))
    shape = report.shape_text(result.shape)
    if not result.requires_grad:
        names = ", ".join(request.values)
        raise GradientError(
            "nothing to differentiate: the result does not depend on an input that requires grad",
            code="AG203",
            why=f"inputs: {names}" if names else "the expression is a constant: it has no input",
            hint='autograd-cli grad "sum(x**2)" --x 1,2,3',
            span=span,
            text=request.expression,
        )
    seeds: list[Array] = []
    for given in request.grad_tensors:
        if given is None:
            if result.data.size != 1:
                ones = ",".join("1" * result.data.size) if result.data.ndim == 1 and result.data.size <= 6 else "1"
                raise GradientError(
                    f"the result has shape {shape}: backward must be told how to weigh its {result.data.size} entries",
                    code="AG201",
                    why="the gradient is v.J, the vector-Jacobian product; v = 1 is meant only for a single number",
                    hint="v of ones is the gradient of the sum of the entries",
                    span=span,
                    text=request.expression,
                    retry=("--grad-tensor", ones),
                )
            given = np.ones(result.shape)
        seed = np.asarray(given, dtype=result.dtype)
        if seed.shape != result.shape and seed.shape != ():
            raise ShapeError(
                f"--grad-tensor has shape {report.shape_text(seed.shape)}, the result has shape {shape}",
                code="AG202",
                why="v needs one weight for each entry of the result; a single number stands for all of them",
                hint=f"--grad-tensor ones({','.join(map(str, result.shape))})" if result.shape else "--grad-tensor 1",
            )
        seeds.append(np.broadcast_to(seed, result.shape))
    return seeds


def _backward(request: Request, result: Tensor, seeds: list[Array], tensors: Mapping[str, Tensor]) -> dict[Node, Array]:
    """One backward pass for each seed; returns the gradients of inner nodes, accumulated as those of the leaves are."""
    inner: dict[Node, Array] = {}

    def observe(node: Node, g: Any) -> None:
        inner[node] = inner[node] + g if node in inner else g

    for turn, seed in enumerate(seeds):
        if turn and request.zero_grad:
            inner.clear()
            for tensor in tensors.values():
                tensor.zero_grad()
        run_backward(
            [result],
            [seed],
            retain_graph=turn + 1 < len(seeds),
            create_graph=False,
            observe=observe if request.graph else None,
        )
    return inner


def _gradient(tensor: Tensor) -> Array:
    """The gradient of an input; zeros where nothing flows back to it (PyTorch leaves None)."""
    return np.zeros_like(tensor.data) if tensor.grad is None else tensor.grad.data


def _formulas(request: Request, program: Program, question: Question) -> Mapping[str, Formula]:
    if not request.formula:
        return {}
    whole = all(seed is None or np.all(np.asarray(seed) == 1) for seed in request.grad_tensors[-1:])
    single = len(request.grad_tensors) == 1 or request.zero_grad
    return closed_forms(
        program.result,
        program.variables,
        question.inputs,
        question.wanted,
        question.gradients,
        weights=None if whole and single and program.result.shape == () else question.weights,
    )


def _variables(
    request: Request,
    tensors: Mapping[str, Tensor],
    gradients: Mapping[str, Array],
    formulas: Mapping[str, Formula],
    findings: Findings,
) -> list[report.Variable]:
    """A row for each input, in the order the values were given."""
    rows = []
    for name, given in request.values.items():
        tensor = tensors.get(name)
        if tensor is None:
            tensor = Tensor(given, dtype=request.dtype)
        formula = formulas.get(name)
        rows.append(
            report.Variable(
                name=name,
                value=value_of(tensor),
                grad=gradients.get(name),
                formula=formula.text if formula else None,
                formula_reason=formula.reason if formula else None,
                check=findings.variables.get(name),
            )
        )
    return rows
