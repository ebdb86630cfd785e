"""From a request to a verdict on every claim."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.answer import Answers
from autograd_core.claims.branches import branching, places
from autograd_core.claims.evidence import Tolerance
from autograd_core.claims.points import Pool, number_of_points
from autograd_core.claims.problem import Problem
from autograd_core.claims.read import Claim, numeric_claim, read_claims
from autograd_core.claims.run import NoValueError
from autograd_core.claims.usual import POINTS, RTOL
from autograd_core.claims.verdict import ClaimsReport
from autograd_core.claims.weigh import formula_of, judge_claim
from autograd_core.errors import DomainError, GradientError, ShapeError, UsageError
from autograd_core.expr.build import parse
from autograd_core.expr.nodes import Call, Expr
from autograd_core.expr.read_text import notes_of
from autograd_core.expr.reader.claim import read_claim
from autograd_core.expr.remember import kept, recalled
from autograd_core.expr.source import read
from autograd_core.expr.statements import bound_names
from autograd_core.footprint import DOUBLE, refuse_beyond
from autograd_core.limits import PROGRAM_MEMORY
from autograd_core.records import record
from autograd_core.report import Value, Warning, shape_text
from autograd_core.work import refuse_longer

Array = npt.NDArray[Any]


LOOKED = 4
"""Passes that it takes to tell a wrong claim from rounding, where it is wrong at all."""


@record(frozen=True, slots=True)
class ClaimsRequest:
    """What a user asks of ``check``.

    ``claims`` are texts such as ``x = 2*A @ x``, or pairs of a name and a formula; ``numeric`` are
    gradients in numbers by name. ``points`` is how many
    points besides the given one are tried, drawn from ``seed``. ``answer`` asks for the right formulas.
    """

    expression: str
    values: Mapping[str, Array]
    claims: Sequence[str | tuple[str, str]]
    numeric: Mapping[str, Array] | None = None
    grad_tensor: Array | None = None
    points: int = POINTS
    seed: int = 0
    rtol: float = RTOL
    atol: float = 0.0
    answer: bool = True


def judge(request: ClaimsRequest) -> ClaimsReport:
    """Judge every claim of a request; see ``autograd_core.claims.judge_claims``."""
    problem, warnings = _problem(request)
    names, statements = list(problem.inputs), list(problem.program.named)
    claims: list[Claim] = []
    for given_claim in request.claims:
        name, text = (None, given_claim) if isinstance(given_claim, str) else given_claim
        if name is not None and name not in names and name not in statements:
            raise UsageError(f"{name} is not an input", code="AG101", why=f"the inputs are {', '.join(names)}")
        text = read_claim(text, {**problem.shapes, problem.f: problem.result.shape}, [*names, *statements])
        claims += read_claims(text, names if name is None else [name], statements)
    claims += [numeric_claim(name, array, "numbers") for name, array in (request.numeric or {}).items()]
    if not claims:
        raise UsageError(
            "there is no claim to judge", code="AG103", hint=f"--claim '{names[0] if names else 'x'} = ...'"
        )
    _check_names(claims)
    read = [formula_of(problem, claim) for claim in claims]
    formulas = [each for each in read if isinstance(each, Expr)]
    forks = branching(problem, {claim.name for claim in claims}, formulas)
    count = number_of_points(problem, request.points, len(claims), branches=bool(forks))
    _foresee(problem, len(claims), count)
    try:
        given = problem.at(problem.inputs, problem.weights, given=True)
    except NoValueError as error:
        raise DomainError(f"the expression has no value here: {error}") from None
    answers = Answers(problem, given, [claim.name for claim in claims])
    pool = Pool(problem, count, request.seed, places(forks))
    tolerance = Tolerance(request.rtol, request.atol)
    judgements = tuple(
        judge_claim(claim, formula, given, pool, tolerance, answers)
        for claim, formula in zip(claims, read, strict=True)
    )
    if not request.answer:
        judgements = tuple(replace(each, formula=None) for each in judgements)
    result = problem.result
    node = result.op.node_name(result.operand_shapes, result.params) if isinstance(result, Call) else None
    return ClaimsReport(
        expression=request.expression,
        result=Value(given.values[result], requires_grad=True, is_leaf=node is None, grad_fn=node),
        grad_tensor=request.grad_tensor,
        judgements=judgements,
        rtol=request.rtol,
        atol=request.atol,
        warnings=tuple(warnings),
    )


def _problem(request: ClaimsRequest) -> tuple[Problem, list[Warning]]:
    """The expression with its numbers, and the v of v.J."""
    known = recalled(request.expression, request.values)
    source = read(request.expression) if known is None else known.source
    missing = [name for name in source.variables if name not in request.values]
    if missing:
        raise UsageError(
            f"no value for {', '.join(missing)}",
            code="AG605",
            retry=tuple(token for name in missing for token in (f"--{name}", "1,2,3")),
        )
    inputs = {name: np.asarray(array, dtype=np.float64) for name, array in request.values.items()}
    program = known or kept(parse(source, inputs), inputs)
    f, v = bound_names({*inputs, *program.named})
    weights: Array | None = None
    result = program.result
    if request.grad_tensor is not None:
        weights = np.asarray(request.grad_tensor, dtype=np.float64)
        if weights.shape not in (result.shape, ()):
            raise ShapeError(
                f"--grad-tensor has shape {shape_text(weights.shape)}, the result has shape {shape_text(result.shape)}",
                code="AG202",
                why="v needs one weight for each entry of the result; a single number stands for all of them",
            )
        weights = np.array(np.broadcast_to(weights, result.shape))
    elif int(np.prod(result.shape)) != 1:
        raise GradientError(
            f"the result has shape {shape_text(result.shape)}: backward must be told how to weigh its "
            f"{int(np.prod(result.shape))} entries",
            code="AG201",
            why="the gradient is v.J, the vector-Jacobian product; v = 1 is meant only for a single number",
            hint="in a claim, v is the name of the grad tensor",
            span=(0, len(request.expression)),
            text=request.expression,
            retry=("--grad-tensor", f"randn({','.join(map(str, result.shape))})"),
        )
    unused = [name for name in inputs if name not in source.variables and name not in source.constants]
    warnings = [Warning(*note) for note in notes_of(request.expression)]
    warnings += [Warning("AG211", f"{name} does not occur in the expression: its gradient is 0") for name in unused]
    return Problem(request.expression, program, inputs, weights, f, v), warnings


def _foresee(problem: Problem, claims: int, points: int) -> None:
    """Raise LimitError where the values at all points would need more memory than there may be, or more time."""
    largest = max(math.prod(node.shape) for node in problem.order)
    held = points + 1
    work = problem.work
    refuse_longer(held * problem.passes(claims) + LOOKED * (work.forward + work.backward), work)
    refuse_beyond(PROGRAM_MEMORY + DOUBLE * (held * problem.held(claims) + 8 * largest))


def _check_names(claims: Sequence[Claim]) -> None:
    """Refuse two claims about one gradient: a pair of guesses is not an answer."""
    seen: set[str] = set()
    for claim in claims:
        if claim.name in seen:
            raise UsageError(
                f"{claim.name} is claimed twice",
                code="AG104",
                why="one of the two would hide the other",
                hint="judge them one after the other, in two commands",
            )
        seen.add(claim.name)
