"""The cross-check of second derivatives.

SymPy differentiates twice, entry by entry, where it can in the time. Otherwise it differentiates the gradient: the
gradient as an expression is checked as a gradient here and at a point nearby, which proves the expression, and its
Jacobian is then checked as any other. The numeric witness takes differences of that gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check import Findings, Question, check
from autograd_core.check.compare.comparison import compare_alone
from autograd_core.check.compare.rounding import engine_spread
from autograd_core.check.kinks import movable
from autograd_core.check.witnesses import entrywise
from autograd_core.errors import AutogradError
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.matrices import witness
from autograd_core.matrices.forward import first_order
from autograd_core.matrices.jacobian import along
from autograd_core.matrices.request import MatrixRequest
from autograd_core.phases import phase, report_progress
from autograd_core.report import Check, Verdict
from autograd_core.request import tolerances
from autograd_core.run import Run
from autograd_core.symbolic import worker
from autograd_core.symbolic.worker import Clock

Array = npt.NDArray[Any]
Pair = tuple[str, str]

ROUNDING = 1e-13
"""What rounding may leave in an entry that is a sum of others, relative to the largest."""

NEARBY = 0.03
"""How far away the point is at which the gradient is checked once more, relative to the inputs."""


@phase("checking the matrix")
def check_blocks(
    done: Run, request: MatrixRequest, gradient: Mapping[str, Array], blocks: Mapping[Pair, Array]
) -> tuple[dict[Pair, Check], Verdict]:
    """What the witnesses say of each block of a Hessian."""
    limits = tolerances(request)
    if request.check == "none":
        checks = {pair: skipped(block, "none", "--check none") for pair, block in blocks.items()}
        return checks, witness.summed(list(checks.values()), *limits)
    question = first_order(done, request, np.ones(()), gradient)
    clock = Clock(request.check_budget)
    if request.check == "sympy":
        with suppress(worker.OutOfTimeError, AutogradError):
            worker.wait()
            found = by_sympy(question, blocks, clock, lambda: rounding(done, request, gradient, blocks))
            if found is not None:
                return found, witness.summed(list(found.values()), *limits)
    doubt = formula_doubt(question, clock, request.check)
    checks = {}
    verdicts = []
    expressions = of_gradient(done)
    for turn, a in enumerate(done.wanted):
        report_progress(turn, len(done.wanted))
        matrix = witness.Derivative(
            expressions[a],
            gradient[a],
            done.program.variables,
            done.inputs,
            {b: blocks[a, b] for b in done.wanted},
            *limits,
            max(clock.left, 0.1) / (len(done.wanted) - turn),
        )
        findings = part(matrix, request.check, doubt)
        verdicts.append(findings.verdict)
        checks.update({(a, b): each for b, each in findings.variables.items()})
    worst = next((v for v in verdicts if v.status == "disagree"), None)
    return checks, witness.summed(list(checks.values()), *limits, worst)


@phase("checking the product")
def check_product(
    done: Run,
    request: MatrixRequest,
    gradient: Mapping[str, Array],
    given: Mapping[str, Array],
    products: Mapping[str, Array],
) -> tuple[dict[str, Check], Verdict]:
    """What the witnesses say of each part of a product with a Hessian."""
    limits = tolerances(request)
    if request.check == "none":
        checks = {name: skipped(product, "none", "--check none") for name, product in products.items()}
        return checks, witness.summed(list(checks.values()), *limits)
    clock = Clock(request.check_budget)
    doubt = formula_doubt(first_order(done, request, np.ones(()), gradient), clock, request.check)
    expressions = of_gradient(done)
    checks = {}
    verdicts = []
    for turn, name in enumerate(done.wanted):
        line = along(expressions[name], gradient[name], products[name], given, done, request)
        line = replace(line, budget=max(clock.left, 0.1) / (len(done.wanted) - turn))
        findings = part(line, request.check, doubt)
        verdicts.append(findings.verdict)
        checks[name] = next(iter(findings.variables.values()))
    worst = next((v for v in verdicts if v.status == "disagree"), None)
    return checks, witness.summed(list(checks.values()), *limits, worst)


def rounding(
    done: Run, request: MatrixRequest, gradient: Mapping[str, Array], blocks: Mapping[Pair, Array]
) -> dict[Pair, Array]:
    """How far rounding can move the entries of the blocks, where that can be told: by the gradient as an expression."""
    found: dict[Pair, Array] = {}
    expressions = of_gradient(done)
    for a in done.wanted:
        reached = {node.name for node in topological([expressions[a]]) if isinstance(node, Var)}
        part = {b: blocks[a, b] for b in done.wanted if b in reached and blocks[a, b].size}
        if not part:
            continue
        matrix = witness.Derivative(
            expressions[a],
            gradient[a],
            done.program.variables,
            done.inputs,
            part,
            *tolerances(request),
            request.check_budget,
        )
        with suppress(worker.OutOfTimeError, AutogradError):
            question = witness.question(matrix, np.eye(gradient[a].size))
            moved = engine_spread(question, Clock(request.check_budget / 4))
            found.update({(a, b): moved[b].reshape(blocks[a, b].shape) for b in part if b in moved})
    return found


def part(matrix: witness.Derivative, method: str, doubt: str | None) -> Findings:
    """The findings about the derivatives of one gradient."""
    if doubt is not None:
        return witness.without_findings(matrix, method, doubt)
    return witness.check_blocks(matrix, method)


def skipped(block: Array, method: str, reason: str) -> Check:
    """The check of a block that nobody looked at."""
    return Check("skipped", method, 0, 0, int(np.size(block)), 0, None, reason)


def of_gradient(done: Run) -> dict[str, Expr]:
    """The gradient by each wanted input as an expression in the input's shape."""
    found = expressions(done.program.result)
    return {name: found.get(name, Const(np.zeros(done.inputs[name].shape))) for name in done.wanted}


def formula_doubt(question: Question, clock: Clock, method: str) -> str | None:
    """Why the gradient as an expression is not to be trusted, None where the witnesses agree with it in two points."""
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
    found = expressions(question.result)
    names = [name for name in question.wanted if name in found]
    values = evaluate([question.result, *[found[name] for name in names]], moved)
    nearby = replace(
        question,
        inputs=moved,
        value=np.asarray(values[question.result]),
        gradients={
            name: np.broadcast_to(np.asarray(values[found[name]]) if name in names else 0.0, moved[name].shape)
            for name in question.wanted
        },
        budget=max(clock.left / 4, 0.1),
    )
    there = check(nearby, method).verdict
    if there.status == "disagree" and np.isfinite(nearby.value).all():
        return "the gradient at a point nearby differs from the witness"
    if "skipped" in (here.status, there.status):
        return here.reason or there.reason or "the gradient could not be checked"
    return None


def expressions(result: Expr) -> dict[str, Expr]:
    """The gradient of a result by each variable it depends on; the rules also hold at kinks."""
    seed = Const(np.ones(result.shape))
    return {var.name: grad for var, grad in gradients(result, seed, exact=True).items()}


def by_sympy(
    question: Question,
    blocks: Mapping[Pair, Array],
    clock: Clock,
    moved: Callable[[], Mapping[Pair, Array]],
) -> dict[Pair, Check] | None:
    """Every entry by SymPy's second derivative; None where that would cost too much, or is not possible.

    Where the two differ, SymPy's formula is computed with 50 digits, and rounding is allowed for by as much as it has
    ``moved`` the entries. Raises OutOfTimeError.
    """
    answer = entrywise.higher(question, clock, "hessian")
    if answer is None:
        return None
    found = compared(question, blocks, answer.formula, answer.outputs, {})
    if any(each.status == "disagree" for each in found.values()):
        found = compared(question, blocks, answer.formula, answer.exact(clock), moved())
    return found


def compared(
    question: Question,
    blocks: Mapping[Pair, Array],
    formula: entrywise.EntryFormula,
    triangle: Array,
    moved: Mapping[Pair, Array],
) -> dict[Pair, Check]:
    """Each block against SymPy's second derivatives, given as an upper triangle, row by row."""
    many = len(formula.inputs)
    matrix = np.empty((many, many))
    matrix[np.triu_indices(many)] = triangle
    matrix = np.triu(matrix) + np.triu(matrix, 1).T
    summed = ROUNDING * float(np.max(np.abs(matrix), where=np.isfinite(matrix), initial=0.0))
    checks: dict[Pair, Check] = {}
    for (a, b), block in blocks.items():
        rows, columns = slice(*formula.places[a]), slice(*formula.places[b])
        allowed = {"tolerance": np.full(block.shape, summed)}
        if (a, b) in moved:
            allowed["rounding"] = moved[a, b]
        witness = matrix[rows, columns].reshape(block.shape)
        checks[a, b] = compare_alone(question, f"{a} by {b}", block, witness, **allowed)
    return checks
