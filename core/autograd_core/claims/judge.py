"""From a request to a verdict on every claim, and to why those that are wrong are so."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import read_assumptions, require
from autograd_core.claims import mistakes
from autograd_core.claims.compare import Answer, Grade, Seen, Target, Tolerance, compare, right_formulas, target_of
from autograd_core.claims.grade import grade, in_words, reshaped, symmetric
from autograd_core.claims.kinks import branching, region
from autograd_core.claims.mistakes import Case
from autograd_core.claims.points import Pool, number_of_points
from autograd_core.claims.problem import ENTRY, GRADIENT, JACOBIAN, STEP, NoValueError, typeset
from autograd_core.claims.read import Claim, ClaimedStep, Moved, Numbers, rounded_numbers
from autograd_core.claims.report import HERE, RIGHT, UNDECIDED, WRONG, ClaimsReport, Diagnosis, Judgement
from autograd_core.claims.request import ClaimsRequest, Read, claims_of, formula_of, problem_of
from autograd_core.deadline import share
from autograd_core.errors import DomainError, ShapeError
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological, variables_in
from autograd_core.expr.parser import Source
from autograd_core.limits import PROGRAM_MEMORY
from autograd_core.ops.registry import op
from autograd_core.phases import phase
from autograd_core.preflight import DOUBLE, refuse_beyond
from autograd_core.report import Value, shape_text

Array = npt.NDArray[Any]

BUDGET, CLAIM_BUDGET = 2.0, 1.5
"""Seconds of the process's own time for all diagnoses of a request together, and for that of one claim."""

NEAR = 1e-6
"""Relative difference up to which a mistake explains a claim that is further off."""

SATURATED = 1e-9
"""Size of a gradient, relative to the given point's, up to which a point tells nothing about a mistake: as where a
softmax is 0 and 1, what cancels has no digits left there.
"""

BACK_TOO = 3
"""How many times as long as the value the value and its gradients take."""


@phase("judging the claims")
def judge(request: ClaimsRequest) -> ClaimsReport:
    """Judge every claim of a request.

    Raises ExpressionError, ShapeError, GradientError, DomainError, LimitError or UsageError where the expression, the
    numbers or the text of a claim cannot be read, and for too much memory; what is wrong with a claim is a verdict.
    """
    problem, warnings = problem_of(request)
    assumptions = read_assumptions(request.assume, list(problem.inputs))
    require(assumptions, problem.inputs)
    claims = claims_of(request, problem)
    formulas = [[formula_of(problem, claim, step) for step in claim.steps] for claim in claims]
    built = [each for steps in formulas for each in steps if isinstance(each, Expr)]
    slopes = [slope for claim in claims for name in claim.names if (slope := problem.slope(name)) is not None]
    nodes = topological([*problem.order, *slopes, *built])
    count = number_of_points(problem, request.points, len(built), branches=bool(branching(nodes)))
    largest = max(math.prod(node.shape) for node in problem.order)
    numbers = (count + 1) * problem.held(max(len(built), 1)) + 8 * largest
    refuse_beyond(PROGRAM_MEMORY + DOUBLE * numbers)  # the values at all points
    begun = time.process_time()
    try:
        given = problem.at(problem.inputs, problem.weights, given=True)
    except NoValueError as error:
        raise DomainError(f"the expression has no value here: {error}") from None
    seconds = BACK_TOO * (time.process_time() - begun)
    pool = Pool(problem, given, count, request.seed, nodes, assumptions)
    wanted = [claim.names[0] for claim in claims if claim.kind == GRADIENT]
    tolerance = Tolerance(request.rtol, request.atol)
    judging = Judging(pool, tolerance, wanted, seconds)
    judgements = tuple(judging.judge(claim, read) for claim, read in zip(claims, formulas, strict=True))
    if request.of == JACOBIAN and len(judgements) == len(problem.inputs) > 1:
        judgements = _of_whole(judgements)
    if not request.answer:
        judgements = tuple(replace(each, formula=None) for each in judgements)
    result = problem.result
    node = result.op.node_name(result.operand_shapes, result.params) if isinstance(result, Call) else None
    return ClaimsReport(
        expression=request.expression,
        result=Value(given.values[result], requires_grad=True, is_leaf=node is None, grad_fn=node),
        inputs=problem.inputs,
        names=(problem.f, problem.v),
        grad_tensor=request.grad_tensor,
        judgements=judgements,
        rtol=request.rtol,
        atol=request.atol,
        warnings=tuple(warnings),
        assumptions=tuple(each.text for each in assumptions),
    )


def _of_whole(judgements: tuple[Judgement, ...]) -> tuple[Judgement, ...]:
    """The judgements on the columns of a Jacobian, all of them with one mistake where the whole is the transpose."""
    shape = (len(judgements),)
    seen = [(each.claim, each.truth) for each in judgements]
    columns = [(claim, truth) for claim, truth in seen if claim is not None and claim.shape == truth.shape == shape]
    if len(columns) < len(judgements) or all(each.right for each in judgements):
        return judgements
    claimed, right = (np.array(each, dtype=np.float64) for each in zip(*columns, strict=True))
    if not np.allclose(claimed, right.T, 1e-9, 0):
        return judgements
    told = Diagnosis("transposed", "transposed: rows are outputs, columns are inputs, in the order of the inputs")
    return tuple(each if each.right else replace(each, diagnosis=told, also=()) for each in judgements)


@dataclass(eq=False)
class Judging:
    """What all claims of a request are judged with; the deadline is that of all diagnoses together."""

    pool: Pool
    tolerance: Tolerance
    wanted: Sequence[str]
    seconds: float
    deadline: float = field(default_factory=lambda: time.process_time() + share(BUDGET))

    @cached_property
    def answers(self) -> dict[str, Answer]:
        """The right formulas of those ``wanted``, searched for in ``seconds`` when one is first asked for."""
        return right_formulas(self.pool.problem, self.pool.given, self.wanted, self.seconds)

    def judge(self, claim: Claim, formulas: Sequence[Read]) -> Judgement:
        """The verdict on one claim, and where it is wrong, why."""
        used = self.pool.problem.directions.keys() & variables_in(*(f for f in formulas if isinstance(f, Expr)))
        before = target = target_of(self.pool.problem, claim.kind, claim.names, claim.label, used)
        shapes = [each.shape for each in formulas if not isinstance(each, ShapeError)]
        flat = reshaped(target, shapes[0]) if shapes else None
        if flat is not None:
            shape = target.shape
            formulas = [op.reshape(each, shape=shape) if isinstance(each, Expr) else each for each in formulas]
        grades: list[Grade] = []
        for step, formula in zip(claim.steps, formulas, strict=True):
            found = self.grade(target if isinstance(formula, Numbers) else before, formula, step.source)
            if flat is not None:
                found.notes.insert(0, f"read with rows and columns flattened to shape {shape_text(flat)}")
            grades.append(found)
            if isinstance(formula, Expr):  # what the next step must be equal to
                before = replace(target, kind=STEP, shape=formula.shape, expr=formula, root=None)
        wrong = next((place for place, each in enumerate(grades) if each.verdict != RIGHT), 0)
        step, found = claim.steps[wrong], grades[wrong]
        judgement = self.told(claim, step, found, *self.reasons(claim, step, found))
        if len(grades) == 1:
            return judgement
        steps: list[Judgement] = []
        for step, found in zip(claim.steps, grades, strict=True):
            reason = found.reason if found.error is None else "it cannot be computed"
            reason = reason if found.condition is None else f"right only when {found.condition}"
            steps.append(replace(self.told(claim, step, found, found.verdict, []), text=step.text, reason=reason))
        right = sum(each.right for each in steps)
        return replace(judgement, steps=tuple(steps), score=right / len(steps))

    def grade(self, target: Target, formula: Read, source: Source | None = None) -> Grade:
        """The verdict on one step; ``source`` is the formula as it was typed.

        Numbers are judged as a formula if the whole claim is one number for an array, and for a gradient that is nan
        where given.
        """
        if isinstance(formula, ShapeError):
            return Grade(target, Var("", target.shape), self.tolerance, [], WRONG, error=formula)
        typed: Array | None = None
        moved = () if source is None else rounded_numbers(self.pool.problem, source)
        claimed = Const(formula.array) if isinstance(formula, Numbers) else formula
        if isinstance(formula, Numbers):
            next_numbers = Const(formula.array + formula.rounding())
            moved = (Moved("the number", next_numbers),) if formula.unit.any() else ()
            whole = formula.shape == () != target.shape or bool(np.isnan(target.truth(self.pool.given)).any())
            typed = None if whole else formula.rounding()
        tolerance = replace(self.tolerance, moved=moved, typed=typed)
        return grade(
            target, claimed, self.pool, tolerance, lambda: self.answer(target), time.process_time() < self.deadline
        )

    def answer(self, about: Claim | Target) -> Answer | None:
        """The right formula of a gradient, as it was proved; None of anything else, and where there is none."""
        return self.answers.get(about.label) if about.kind == GRADIENT else None

    def told(self, claim: Claim, step: ClaimedStep, found: Grade, verdict: str, told: Sequence[Diagnosis]) -> Judgement:
        """A verdict with its reasons: why the claim is wrong, by how much, and what is right."""
        right, truth = verdict == RIGHT, found.target.truth(self.pool.given)
        if verdict == WRONG and step.numbers is not None and step.numbers.few_digits(truth):
            found.notes.append("right to the digits given, which are too few: three digits are asked for")
        answer = None if right else self.answer(claim)
        return Judgement(
            name=claim.label,
            text=claim.text,
            verdict=verdict,
            shape=found.target.shape,
            truth=truth,
            claim=found.all[0].value if found.all else None,
            points=sum(each.problem is None for each in found.all),
            agreeing=sum(each.agrees for each in found.all),
            score=1.0 if right else found.score,
            diagnosis=told[0] if told else None,
            also=tuple(told[1:]),
            worst=None if right and found.kink is None else found.worst,
            formula=None if answer is None else answer.text,
            reason=found.reason,
            notes=tuple(found.notes),
            of=GRADIENT if claim.kind == ENTRY else claim.kind,
            whole=claim.whole,
            read=claim.read,
            condition=found.condition,
            typeset=partial(typeset, self.pool.problem, step.source),
        )

    def reasons(self, claim: Claim, step: ClaimedStep, found: Grade) -> tuple[str, list[Diagnosis]]:
        """The verdict, and what is wrong."""
        target, error = found.target, found.error
        if error is not None:
            text = f"the formula cannot be computed: {error.message}; "
            text += f"{target.words} has shape {shape_text(target.shape)}"
            place = Diagnosis("shape", text, (step.span if error.span is None else error.span,))
            return WRONG, [*self.diagnosed(claim, step, found), place]
        if found.kink is not None:
            return found.verdict, [found.kink]
        if found.verdict in (RIGHT, UNDECIDED):
            return found.verdict, []
        told = self.diagnosed(claim, step, found)
        if found.condition is not None:
            code = "symmetric" if "symmetric" in found.condition else "condition"
            other = ("several", "missing-sum", "chain" if code == "symmetric" else "")
            single = [each for each in told if each.code not in other]
            condition = Diagnosis(code, f"right only when {found.condition}", (step.span,))
            clear = [each for each in single if code != "symmetric" or each.change is not None]
            rest = [each for each in single if each not in clear] + [each for each in told if each.code == "several"]
            told = [*clear, condition, *rest]
        return found.verdict, told

    def diagnosed(self, claim: Claim, step: ClaimedStep, found: Grade) -> list[Diagnosis]:
        """The mistakes that explain a wrong claim; none where looking for them fails or would take too long."""
        target = found.target
        seen = self.telling(found) if time.process_time() < self.deadline else []
        if not seen:
            return []
        formula = found.claimed if step.source is not None and found.error is None else None
        shape = found.claimed.shape
        if shape == () and not found.claimed.depends:  # a number, which was read as an array filled with it
            shape = target.shape
            seen = [replace(each, value=np.broadcast_to(np.asarray(each.value), shape)) for each in seen]
        wrong = [(each.point, ~each.agree) for each in found.all if each.problem is None]
        where = None if formula is None else region(formula, self.pool.problem.result, wrong)
        place = [] if where is None else [Diagnosis("region", where, (step.span,))]
        if place and found.verdict == HERE:
            return place
        before = claim.steps[claim.steps.index(step) - 1].source if target.kind == STEP else None
        case = Case(
            self.pool.problem,
            target,
            seen,
            shape,
            self.tolerance if found.near else Tolerance(max(NEAR, self.tolerance.rtol)),
            min(self.deadline, time.process_time() + CLAIM_BUDGET),
            formula=formula,
            source=step.source,
            answer=lambda: before or (None if (right := self.answer(claim)) is None else right.source),
            region=place,
            whole=claim.whole,
            span=step.span,
            gradient=claim.kind == GRADIENT and (step is claim.steps[0] or target.kind == STEP),
        )
        relaxed = found.condition is not None and "symmetric" in found.condition
        try:
            return mistakes.diagnose(case, None if relaxed else lambda: self.where_symmetric(case, found))
        except mistakes.FAILURES:
            return []  # a diagnosis that fails leaves the verdict standing

    def where_symmetric(self, case: Case, found: Grade) -> Iterator[tuple[str, Case]]:
        """A case at points where matrices are symmetric, each one alone and all of them; with the words for that."""
        shapes = {name: var.shape for name, var in self.pool.problem.program.variables.items()}
        for assumed in symmetric(shapes) if case.formula is not None else ():
            points = self.pool.points({each.name for each in assumed}, assumed)
            seen = [compare(found.target, found.claimed, point, found.tolerance, found.all) for point in points]
            seen = [each for each in seen if each.finite]
            if len(seen) > 2:
                deadline = min(case.deadline, time.process_time() + CLAIM_BUDGET / 4)
                yield in_words(assumed), replace(case, seen=seen, deadline=deadline)

    def telling(self, found: Grade) -> list[Seen]:
        """The points by which a mistake is told: one where the claim is wrong, then those where it is right."""
        target = found.target
        if found.error is not None:
            names = {name for name in (target.label,) if name in self.pool.problem.program.variables}
            points = [self.pool.given, *self.pool.points(names)]
            return [Seen.of(point, target.truth(point), None) for point in points[: mistakes.MAX_POINTS]]
        seen = [each for each in found.all if each.value is not None and each.finite]
        smooth = [each for each in seen if not each.point.kinks()]  # at a kink a mended claim may choose otherwise
        seen = smooth if any(not each.agrees for each in smooth) else seen
        sizes = [float(np.abs(each.truth).max(initial=0)) for each in seen]
        bent = [each for each, size in zip(seen, sizes, strict=True) if not 0 < size <= SATURATED * sizes[0]]
        seen = bent if any(not each.agrees for each in bent) else seen
        wrong = [each for each in seen if not each.agrees]
        fine = [each for each in seen if each.agrees]
        chosen = [*wrong[:1], *fine[: mistakes.MAX_POINTS // 2]]
        return chosen + wrong[1 : 1 + mistakes.MAX_POINTS - len(chosen)] if wrong else []
