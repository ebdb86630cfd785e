"""The cross-check of whole matrices and of derivatives of derivatives, by the witnesses that check gradients.

Row i of a Jacobian is the gradient of entry i of the result. So the expression is read once for many copies of its
inputs, one for each row: the gradient of the sum of entry i of copy i, by the copies, is the Jacobian, and the
witnesses answer for each of its entries. Of a large matrix a random weighted sum of the rows is checked, which is the
gradient of a weighted sum of the result.

For derivatives of derivatives SymPy differentiates as often as asked, entry by entry, where it can in the time. Else it
differentiates the derivative before: for a Hessian the gradient as an expression is checked as a gradient here and at a
point nearby, which proves the expression, and its Jacobian is then checked as any other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check import Findings, Question, check
from autograd_core.check.compare.comparison import NOT_ASKED, compare_alone, skipped, summed
from autograd_core.check.compare.rounding import engine_spread
from autograd_core.check.kinks import movable
from autograd_core.check.question import question_about
from autograd_core.check.witnesses.entrywise import EntryFormula, evaluated, higher
from autograd_core.engine.vmap import Batched
from autograd_core.errors import AutogradError
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.formula.prepare import shared
from autograd_core.matrices.forward import Place, along
from autograd_core.phases import phase, report_progress
from autograd_core.report import Check, Verdict
from autograd_core.run import Run
from autograd_core.symbolic import worker
from autograd_core.symbolic.worker import Clock

Array = npt.NDArray[Any]

ROUNDING = 1e-13
"""What rounding may leave in an entry that is a sum of others, relative to the largest."""

NEARBY = 0.03
"""How far away the point is at which the gradient is checked once more, relative to the inputs."""


def check_second(
    done: Run, question: Question, given: Mapping[str, Array], found: Mapping[Place, Array]
) -> tuple[dict[Place, Check], Verdict]:
    """What the witnesses say of each block of a Hessian, or where u is ``given`` of each part of a product with it.

    ``question`` is about the gradient.
    """
    clock, method = Clock(done.request.check_budget), done.request.check
    with phase(f"checking the {'product' if given else 'matrix'}"):
        parts = parts_of_second(done, question, given, found)
        checks = None if given else by_sympy(method, question, clock, (), parts)
        if checks is not None:
            return checks, summed(checks.values(), question.rtol, question.atol)
        doubt = formula_doubt(question, clock, method)
        rows, verdict = check_parts(question, clock, method, parts, doubt)
        return {place[:1] if given else place: each for place, each in rows.items()}, verdict


def parts_of_second(
    done: Run, question: Question, given: Mapping[str, Array], found: Mapping[Place, Array]
) -> dict[Place, Question]:
    """The questions about the rows of blocks of a Hessian, or about the parts of a product: gradients of a gradient."""
    parts: dict[Place, Question] = {}
    for a, expression in of_gradient(done.program.result, done.inputs, done.wanted).items():
        gradient = question.gradients[a]
        if given:
            parts[a,] = along(expression, gradient, found[a,], given, done)
        else:
            parts[a,] = question_about(done, expression, gradient, {b: found[a, b] for b in done.wanted})
    return parts


def check_parts(
    question: Question, clock: Clock, method: str, parts: Mapping[Place, Question], doubt: tuple[str, str] | None = None
) -> tuple[dict[Place, Check], Verdict]:
    """What the witnesses say of the blocks of each part, unless there is a doubt, and the verdict over all."""
    found: dict[Place, Findings] = {}
    for turn, (key, part) in enumerate(parts.items()):
        report_progress(turn, len(parts))
        part = replace(part, budget=max(clock.left, 0.1) / (len(parts) - turn))
        found[key] = check_blocks(part, method) if doubt is None else skipped(part, method, *doubt)
    worst = next((each.verdict for each in found.values() if each.verdict.status == "disagree"), None)
    checks = {(*key, name): check for key, each in found.items() for name, check in each.variables.items()}
    return checks, summed(checks.values(), question.rtol, question.atol, worst)


def rounding(parts: Mapping[Place, Question]) -> dict[Place, Array]:
    """How far rounding can move the entries of the blocks of each part, where that can be told."""
    found: dict[Place, Array] = {}
    for key, part in parts.items():
        with suppress(worker.OutOfTimeError, AutogradError):
            moved = engine_spread(of_copies(part), Clock(part.budget / 4))
            found |= {(*key, b): moved[b].reshape(block.shape) for b, block in part.gradients.items() if b in moved}
    return found


def of_gradient(result: Expr, inputs: Mapping[str, Array], wanted: Sequence[str]) -> dict[str, Expr]:
    """The gradient by each wanted input as an expression in the input's shape; the rules also hold at kinks."""
    by_variable = gradients(result, Const(np.ones(result.shape)), exact=True)
    found = {variable.name: gradient for variable, gradient in by_variable.items()}
    return {name: found.get(name, Const(np.zeros(np.shape(inputs[name])))) for name in wanted}


def derived_along(result: Expr, inputs: Mapping[str, Array], path: Place) -> dict[Place, Expr]:
    """The derivatives by the inputs of a path, each of the one before, in which no part is written twice."""
    found: dict[Place, Expr] = {}
    for turn, name in enumerate(path):
        report_progress(turn, len(path))
        result, _ = shared(of_gradient(result, inputs, [name])[name], {})
        found[path[: turn + 1]] = result
    return found


def formula_doubt(question: Question, clock: Clock, method: str) -> tuple[str, str] | None:
    """Why the gradient as an expression is not to be trusted, and what a check of what is made of it then is.

    None where the witnesses agree with it in two points.
    """
    if method == "none":
        return NOT_ASKED, "skipped"
    rng = np.random.default_rng(7)
    here = check(replace(question, budget=max(clock.left / 4, 0.1)), method).verdict
    if here.status == "disagree":
        return "the gradient itself differs from the witness", "disagree"
    moved = dict(question.inputs)
    for name in movable(question.result):
        x = question.inputs[name]
        moved[name] = np.asarray(x + NEARBY * (np.abs(x) + 0.1) * rng.uniform(0.3, 1.0, x.shape), x.dtype)
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
        return "the gradient at a point nearby differs from the witness", "skipped"
    if "skipped" in (here.status, there.status):
        return f"in the gradient, {here.reason or there.reason or 'nothing could be compared'}", "skipped"
    return None


def by_sympy(
    method: str, question: Question, clock: Clock, path: Place, parts: Mapping[Place, Question]
) -> dict[Place, Check] | None:
    """What SymPy's derivatives along ``path`` say, or all second ones, of the blocks of parts; None where it has none.

    Where something differs from them they are computed with 50 digits, and compared once more, with an allowance for
    rounding.
    """
    if method != "sympy":
        return None
    with suppress(worker.OutOfTimeError, AutogradError):
        worker.wait()
        answer = higher(question, clock, path)
        if answer is None:
            return None
        numbers, moved = (each[1:] for each in evaluated(*answer, clock))
        checks = compare_blocks(question, answer[0], numbers, moved, path, parts, {})
        if any(each.status == "disagree" for each in checks.values()):
            if np.isnan(question.value).any():  # of which a derivative is a convention
                return None
            digits = evaluated(*answer, clock, exact=True)[0][1:]
            checks = compare_blocks(question, answer[0], digits, moved, path, parts, rounding(parts))
        return checks
    return None


def compare_blocks(
    question: Question,
    formula: EntryFormula,
    numbers: Array,
    moved: Array,
    path: Place,
    parts: Mapping[Place, Question],
    spreads: Mapping[Place, Array],
) -> dict[Place, Check]:
    """Each block against SymPy's derivatives: one number for each step of a path, or an upper triangle row by row.

    ``moved`` says how far rounding of the inputs moves these, and ``spreads`` how far that of each step moves ours.
    """

    def blocks(numbers: Array) -> Callable[[Place, str], Array]:
        if path:
            return lambda key, _: numbers[len(key)]
        matrix = np.zeros((len(formula.inputs), len(formula.inputs)))
        matrix[np.triu_indices(len(matrix))] = numbers
        matrix = np.where(np.tri(len(matrix), k=-1), matrix.T, matrix)
        return lambda key, name: matrix[slice(*formula.places[key[0]]), slice(*formula.places[name])]

    found = blocks(numbers), blocks(moved)
    largest = 0.0 if path else float(np.max(np.abs(numbers), where=np.isfinite(numbers), initial=0.0))
    checks: dict[Place, Check] = {}
    for key, part in parts.items():
        for name, block in part.gradients.items():
            ours = block.reshape(question.inputs[name].shape) if path else block
            witness, far = (np.resize(of(key, name), ours.shape) for of in found)
            spread = spreads.get((*key, name), np.full(ours.shape, -1.0)).reshape(ours.shape)
            checks[*key, name] = compare_alone(question, name, ours, witness, np.array(ROUNDING * largest), spread, far)
    return checks


MAX_ENTRIES = 200_000
"""Entries that any intermediate value of all copies may have."""

MAX_ROWS = 64
"""Rows up to which every entry of them is compared; more are checked by a weighted sum."""


def check_blocks(matrix: Question, method: str) -> Findings:
    """What the witnesses of ``method`` say of each block: ``matrix.gradients``, by all entries of the result.

    Never raises for what they cannot do.
    """
    if method == "none":
        return skipped(matrix, method, NOT_ASKED)
    try:
        return check_rows(matrix, method)
    except AutogradError as error:
        return skipped(matrix, method, f"the check could not evaluate the expression: {error.message}")


def check_rows(matrix: Question, method: str) -> Findings:
    """What the witnesses say of blocks; raises what the expression does where it has no value."""
    shape, rows = matrix.result.shape, math.prod(matrix.result.shape)
    largest = max(math.prod(node.shape) for node in topological([matrix.result]))
    if shape and rows <= max(min(MAX_ROWS, MAX_ENTRIES // max(largest, 1)), 1):
        found = check(of_copies(matrix), method)
        value = found.verdict.value
        if value is not None:  # all copies have the same
            value = replace(value, index=value.index[1:])
        return Findings(found.variables, replace(found.verdict, value=value))
    weights = np.random.default_rng(0).uniform(0.5, 1.5, shape) * np.sign(np.arange(rows) % 2 - 0.5).reshape(shape)
    weights = weights if shape else np.ones(())
    with np.errstate(all="ignore"):
        sums = {
            name: np.tensordot(weights.astype(block.dtype), block, weights.ndim)
            for name, block in matrix.gradients.items()
        }
    place = (lambda index: (*":" * len(shape), *index)) if shape else matrix.place
    found = check(replace(matrix, weights=weights, gradients=sums, place=place), method)
    if not shape:  # blocks are gradients
        return found
    checks = {
        name: replace(
            each,
            compared=0,
            covered=(each.compared + each.covered) * rows,
            kinks=each.kinks * rows,
            total=each.total * rows,
        )
        for name, each in found.variables.items()
    }
    return Findings(checks, summed(checks.values(), matrix.rtol, matrix.atol, found.verdict))


def of_copies(matrix: Question) -> Question:
    """The question about blocks as one about gradients: that of the sum of entry i of copy i of the expression."""
    shape, count = matrix.result.shape, math.prod(matrix.result.shape)
    copies = {name: Var(name, (count, *np.shape(matrix.inputs[name]))) for name in matrix.gradients}
    values = {name: Batched(copies[name]) if name in copies else var for name, var in matrix.variables.items()}
    made = evaluate([matrix.result], values)[matrix.result]
    whole = np.broadcast_to(matrix.value, (count, *shape))
    return replace(
        matrix,
        result=made.data if isinstance(made, Batched) else Const(whole),
        variables={**matrix.variables, **copies},
        inputs={
            name: np.broadcast_to(array, copies[name].shape) if name in copies else array
            for name, array in matrix.inputs.items()
        },
        weights=np.eye(count).reshape(count, *shape),
        value=whole,
        gradients={name: np.reshape(block, copies[name].shape) for name, block in matrix.gradients.items()},
        place=lambda index: (*(int(i) for i in np.unravel_index(index[0], shape)), *index[1:]),
    )
