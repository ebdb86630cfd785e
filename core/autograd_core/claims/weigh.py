"""The verdict on one claim, from what is seen of it at every point."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.answer import Answers
from autograd_core.claims.diagnosis import diagnose
from autograd_core.claims.evidence import Evidence, Mask, Seen, Tolerance, look
from autograd_core.claims.kinks import beside_kink
from autograd_core.claims.points import Pool
from autograd_core.claims.problem import Point, Problem
from autograd_core.claims.read import Claim
from autograd_core.claims.structure import WORDS
from autograd_core.claims.usual import LEAST
from autograd_core.claims.verdict import HERE, RIGHT, UNDECIDED, WRONG, Diagnosis, Judgement, Worst, furthest
from autograd_core.errors import AutogradError, ShapeError
from autograd_core.expr.nodes import Const, Expr
from autograd_core.report import Shape, shape_text
from autograd_core.work import refuse_longer, work

Array = npt.NDArray[Any]


def formula_of(problem: Problem, claim: Claim) -> Expr | ShapeError | None:
    """The formula of a claim, or why it has no shape; None for numbers that are values.

    Raises AutogradError for what is not in the language, or has names that are unknown.
    """
    if claim.source is None:
        return _filling(claim, problem.shape(claim.name))
    try:
        return _formula(problem, claim)
    except ShapeError as error:
        return error


def judge_claim(
    claim: Claim, formula: Expr | ShapeError | None, given: Point, pool: Pool, tolerance: Tolerance, answers: Answers
) -> Judgement:
    """The verdict on one claim, and where it is wrong, why; ``formula`` is what ``formula_of`` makes of it."""
    problem = given.problem
    truth = given.truth(claim.name)
    if isinstance(formula, ShapeError):
        text = f"the formula cannot be computed: {formula.message}; the gradient of {claim.name} has shape "
        return Judgement(
            claim.name,
            claim.text,
            WRONG,
            truth.shape,
            truth,
            None,
            0,
            0,
            0.0,
            Diagnosis("shape", text + shape_text(truth.shape)),
            formula=answers.of(claim.name),
        )
    points = [] if formula is None else pool.points(free=frozenset({claim.name}))
    here = look(claim, formula, given, tolerance)
    seen = [here]
    for point in points:
        seen.append(look(claim, formula, point, tolerance, seen))
    evidence = Evidence(problem, claim, formula, tolerance, here, seen[1:])
    verdict, reason, notes, at_kink = _verdict(evidence)
    if verdict == RIGHT and formula is not None:
        notes += _structure_notes(evidence, pool)
    found = [at_kink] if at_kink is not None else []
    if formula is None and truth.shape == () == evidence.claimed_shape and verdict == RIGHT and at_kink is None:
        found = _as_formula(evidence, pool, answers)
        verdict = HERE if found else RIGHT
    answer = None if verdict == RIGHT else answers.of(claim.name)
    if verdict in (WRONG, HERE) and not found:
        found = _as_formula(evidence, pool, answers) if formula is None else []
        found = found or diagnose(evidence, answer)
    worst = None if verdict == RIGHT and at_kink is None else _worst(evidence)
    return Judgement(
        name=claim.name,
        text=claim.text,
        verdict=verdict,
        shape=truth.shape,
        truth=truth,
        claim=here.value,
        points=sum(seen.problem is None for seen in evidence.all),
        agreeing=sum(seen.agrees for seen in evidence.all),
        score=1.0 if verdict == RIGHT else evidence.score,
        diagnosis=found[0] if found else None,
        also=tuple(found[1:]),
        worst=worst,
        formula=answer,
        reason=reason,
        notes=tuple(notes),
    )


def _filling(claim: Claim, shape: Shape) -> Expr | None:
    """A single number claimed for an array, as a formula; None for numbers that are values."""
    assert claim.numbers is not None
    array = claim.numbers.array
    return Const(array) if array.shape == () != shape else None


def _as_formula(evidence: Evidence, pool: Pool, answers: Answers) -> list[Diagnosis]:
    """What a claim in numbers lacks if it was meant as a formula: ``2`` for ``2*(z > w)``; empty where nothing fits."""
    claim = evidence.claim
    assert claim.numbers is not None
    formula = Const(claim.numbers.array)
    points = pool.points(free=frozenset({claim.name}))
    others = [look(claim, formula, point, evidence.tolerance) for point in points]
    if len(others) < LEAST or all(seen.agrees for seen in others):
        return []
    return diagnose(replace(evidence, formula=formula, others=others), answers.of(claim.name))


def _formula(problem: Problem, claim: Claim) -> Expr:
    """The formula of a claim; errors point into the text of the claim."""
    assert claim.source is not None
    try:
        formula = problem.formula(claim.source)
        effort = work(formula, ())
        refuse_longer((LEAST + 1) * effort.forward, effort)
        return formula
    except AutogradError as error:
        if error.span is not None:
            error.text = claim.whole
        if error.code == "AG605":
            names = [*problem.inputs, *problem.program.named, problem.f, problem.v]
            error.why = f"a claim is written in {', '.join(names[:12])}" + (" and more" if len(names) > 12 else "")
            error.hint = error.hint if error.hint and error.hint.startswith("did") else None
        raise


def _verdict(evidence: Evidence) -> tuple[str, str | None, list[str], Diagnosis | None]:
    """The verdict, why there is none, what else should be known, and the kink that the given point lies at."""
    here, others = evidence.given, evidence.others
    notes: list[str] = []
    if evidence.claimed_shape not in (evidence.shape, ()):
        return WRONG, None, notes, None
    if evidence.claimed_shape == () != evidence.shape:
        if evidence.formula is not None and evidence.formula.depends:
            return WRONG, None, notes, None
        notes.append(f"a single number, read as an array of shape {shape_text(evidence.shape)} filled with it")
    if evidence.formula is None:
        return _numeric_verdict(evidence, notes)
    agreeing = [seen for seen in others if seen.agrees and seen.firm]
    differing = [seen for seen in others if not seen.agrees and seen.value is not None]
    broken = [seen for seen in others if seen.value is None or not np.isfinite(seen.value).all()]
    if not here.agrees:
        kink = beside_kink(evidence) if not differing and len(agreeing) >= min(LEAST, len(others)) else None
        if kink is not None:
            return RIGHT, None, notes, kink
        if not differing and len(agreeing) >= LEAST and not _missed(here).any():
            notes.append("the gradient is not finite at the given numbers; the claim is right at all others")
            return RIGHT, None, notes, None
        return WRONG, None, notes, None
    if differing or broken:
        return HERE, None, notes, None
    if len(agreeing) < LEAST:
        why = f"right at the given numbers; only {len(agreeing)} other points could be compared, of at least {LEAST}"
        return UNDECIDED, why, notes, None
    return RIGHT, None, notes, None


def _missed(seen: Seen) -> Mask:
    """The entries that differ from a number, or give a number where the gradient is infinite; a nan says nothing."""
    number = np.False_ if seen.value is None else np.isfinite(seen.value)
    return ~seen.agree & (np.isfinite(seen.truth) | (np.isinf(seen.truth) & number))


def _numeric_verdict(evidence: Evidence, notes: list[str]) -> tuple[str, str | None, list[str], Diagnosis | None]:
    notes.append("numbers are judged at the given point only")
    assert evidence.claim.numbers is not None
    if evidence.given.agrees:
        if not evidence.tolerance.near(evidence.claim.numbers.array, evidence.given.truth).all():
            notes.append("right to the digits given")
        return RIGHT, None, notes, None
    kink = beside_kink(evidence)
    return (RIGHT if kink else WRONG), None, notes, kink


def _structure_notes(evidence: Evidence, pool: Pool) -> list[str]:
    """What a right claim relies on: that an input sums to 1, or is symmetric."""
    notes = []
    for name, kind in pool.structures.items():
        if kind not in WORDS or name == evidence.claim.name:
            continue
        free = pool.points(free=frozenset({evidence.claim.name, name}))
        if not all(look(evidence.claim, evidence.formula, point, evidence.tolerance).agrees for point in free):
            notes.append(f"this relies on {name}, which {WORDS[kind]}; for any other {name} it does not hold")
    return notes


def _worst(evidence: Evidence) -> Worst | None:
    """The entry furthest off: at the given point, or where the claim is right there, at another one."""
    candidates = [seen for seen in evidence.all if seen.value is not None and seen.problem is None]
    wrong = [seen for seen in candidates if not seen.agrees]
    if not wrong:
        return None
    seen: Seen = next((each for each in wrong if each.point.given or each.point.whole()), wrong[0])
    assert seen.value is not None
    value = np.broadcast_to(seen.value, seen.truth.shape)
    masked = np.where(seen.agree, seen.truth, value)
    index = furthest(masked, seen.truth)
    at = None if seen.point.given else tuple(seen.point.inputs.items())
    return Worst(index, float(value[index]), float(seen.truth[index]), at)
