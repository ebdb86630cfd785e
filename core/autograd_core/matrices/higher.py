"""The cross-check of derivatives of derivatives.

SymPy differentiates as often as asked, entry by entry, where it can in the time. Otherwise it differentiates the
derivative before: for a Hessian the gradient as an expression is checked as a gradient here and at a point nearby,
which proves the expression, and its Jacobian is then checked as any other. The numeric witness takes differences of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from autograd_core.check import Findings, Question, check
from autograd_core.check.compare.comparison import compare_alone, skipped, summed
from autograd_core.check.compare.rounding import engine_spread
from autograd_core.check.kinks import movable
from autograd_core.check.witnesses.entrywise import EntryFormula, evaluated, higher
from autograd_core.errors import AutogradError
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.matrices.forward import question_about
from autograd_core.matrices.jacobian import along
from autograd_core.matrices.witness import check_blocks, of_copies
from autograd_core.phases import phase, report_progress
from autograd_core.report import Check, Verdict
from autograd_core.request import MatrixRequest
from autograd_core.run import Run
from autograd_core.symbolic import worker
from autograd_core.symbolic.worker import Clock

Array = npt.NDArray[Any]
Place = tuple[str, ...]
Key = TypeVar("Key")

ROUNDING = 1e-13
"""What rounding may leave in an entry that is a sum of others, relative to the largest."""

NEARBY = 0.03
"""How far away the point is at which the gradient is checked once more, relative to the inputs."""


def check_second(
    done: Run,
    request: MatrixRequest,
    question: Question,
    given: Mapping[str, Array],
    found: Mapping[Place, Array],
) -> tuple[dict[Place, Check], Verdict]:
    """What the witnesses say of each block of a Hessian, or where u is ``given`` of each part of a product with it.

    ``question`` is about the gradient.
    """
    clock = Clock(request.check_budget)

    def compared(formula: EntryFormula, triangle: Array, exact: bool) -> dict[Place, Check]:
        moved = rounding(done, request, question.gradients, found) if exact else {}
        return compare_blocks(question, found, formula, triangle, moved)

    with phase(f"checking the {'product' if given else 'matrix'}"):
        checks = None if given else by_sympy(request, question, clock, (), compared)
        if checks is not None:
            return checks, summed(checks.values(), question.rtol, question.atol)
        parts = {}
        for a, expression in of_gradient(done.program.result, done.inputs, done.wanted).items():
            gradient = question.gradients[a]
            if given:
                parts[a] = along(expression, gradient, found[a,], given, done, request)
            else:
                parts[a] = question_about(done, request, expression, gradient, {b: found[a, b] for b in done.wanted})
        doubt = formula_doubt(question, clock, request.check)
        rows, verdict = check_parts(question, clock, request.check, parts, doubt)
        return {(a,) if given else (a, b): each for a, row in rows.items() for b, each in row.items()}, verdict


def check_parts(
    question: Question, clock: Clock, method: str, parts: Mapping[Key, Question], doubt: str | None = None
) -> tuple[dict[Key, Mapping[str, Check]], Verdict]:
    """What the witnesses say of the blocks of each part, unless there is a doubt, and the verdict over all."""
    found: dict[Key, Findings] = {}
    for turn, (key, part) in enumerate(parts.items()):
        report_progress(turn, len(parts))
        part = replace(part, budget=max(clock.left, 0.1) / (len(parts) - turn))
        found[key] = check_blocks(part, method) if doubt is None else skipped(part, method, doubt)
    worst = next((each.verdict for each in found.values() if each.verdict.status == "disagree"), None)
    checks = [check for each in found.values() for check in each.variables.values()]
    verdict = summed(checks, question.rtol, question.atol, worst)
    return {key: each.variables for key, each in found.items()}, verdict


def rounding(
    done: Run, request: MatrixRequest, gradient: Mapping[str, Array], blocks: Mapping[Place, Array]
) -> dict[Place, Array]:
    """How far rounding can move the entries of the blocks, where that can be told: by the gradient as an expression."""
    found: dict[Place, Array] = {}
    expressions = of_gradient(done.program.result, done.inputs, done.wanted)
    for a in done.wanted:
        reached = {node.name for node in topological([expressions[a]]) if isinstance(node, Var)}
        part = {b: blocks[a, b] for b in done.wanted if b in reached and blocks[a, b].size}
        if not part:
            continue
        with suppress(worker.OutOfTimeError, AutogradError):
            matrix = question_about(done, request, expressions[a], gradient[a], part)
            question = of_copies(matrix, np.eye(gradient[a].size))
            moved = engine_spread(question, Clock(request.check_budget / 4))
            found.update({(a, b): moved[b].reshape(blocks[a, b].shape) for b in part if b in moved})
    return found


def of_gradient(result: Expr, inputs: Mapping[str, Array], wanted: Sequence[str]) -> dict[str, Expr]:
    """The gradient by each wanted input as an expression in the input's shape; the rules also hold at kinks."""
    by_variable = gradients(result, Const(np.ones(result.shape)), exact=True)
    found = {variable.name: gradient for variable, gradient in by_variable.items()}
    return {name: found.get(name, Const(np.zeros(np.shape(inputs[name])))) for name in wanted}


def formula_doubt(question: Question, clock: Clock, method: str) -> str | None:
    """Why the gradient as an expression is not to be trusted, None where the witnesses agree with it in two points."""
    if method == "none":
        return "--check none"
    rng = np.random.default_rng(7)
    free = movable(question.result)
    here = check(replace(question, budget=max(clock.left / 4, 0.1)), method).verdict
    if here.status == "disagree":
        return "the gradient itself differs from the witness"
    moved = {
        name: np.asarray(array + NEARBY * (np.abs(array) + 0.1) * rng.uniform(0.3, 1.0, array.shape), array.dtype)
        if name in free
        else array
        for name, array in question.inputs.items()
    }
    found = of_gradient(question.result, question.inputs, question.wanted)
    values = evaluate([question.result, *found.values()], moved)
    nearby = replace(
        question,
        inputs=moved,
        value=np.asarray(values[question.result]),
        gradients={name: np.broadcast_to(values[each], moved[name].shape) for name, each in found.items()},
        budget=max(clock.left / 4, 0.1),
    )
    there = check(nearby, method).verdict
    if there.status == "disagree" and np.isfinite(nearby.value).all():
        return "the gradient at a point nearby differs from the witness"
    if "skipped" in (here.status, there.status):
        return here.reason or there.reason or "the gradient could not be checked"
    return None


def by_sympy(
    request: MatrixRequest,
    question: Question,
    clock: Clock,
    path: Sequence[str],
    compared: Callable[[EntryFormula, Array, bool], dict[Key, Check]],
) -> dict[Key, Check] | None:
    """What SymPy's derivatives say, of the order that ``path`` has, or all second ones; None where it has none.

    Where something differs from them they are computed with 50 digits, and ``compared`` once more.
    """
    if request.check != "sympy":
        return None
    with suppress(worker.OutOfTimeError, AutogradError):
        worker.wait()
        answer = higher(question, clock, path)
        if answer is None:
            return None
        checks = compared(answer[0], evaluated(*answer, clock)[1:], False)
        if any(each.status == "disagree" for each in checks.values()):
            checks = compared(answer[0], evaluated(*answer, clock, exact=True)[1:], True)
        return checks
    return None


def compare_blocks(
    question: Question,
    blocks: Mapping[Place, Array],
    formula: EntryFormula,
    triangle: Array,
    moved: Mapping[Place, Array],
) -> dict[Place, Check]:
    """Each block against SymPy's second derivatives, given as an upper triangle, row by row."""
    many = len(formula.inputs)
    matrix = np.empty((many, many))
    matrix[np.triu_indices(many)] = triangle
    matrix = np.triu(matrix) + np.triu(matrix, 1).T
    summed = ROUNDING * float(np.max(np.abs(matrix), where=np.isfinite(matrix), initial=0.0))
    checks: dict[Place, Check] = {}
    for (a, b), block in blocks.items():
        rows, columns = slice(*formula.places[a]), slice(*formula.places[b])
        allowed = {"tolerance": np.full(block.shape, summed)}
        if (a, b) in moved:
            allowed["rounding"] = moved[a, b]
        witness = matrix[rows, columns].reshape(block.shape)
        checks[a, b] = compare_alone(question, f"{a} by {b}", block, witness, **allowed)
    return checks
