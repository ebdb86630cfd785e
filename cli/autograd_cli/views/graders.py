"""Verdicts on claims as result files of autograders: Gradescope's ``results.json``, PrairieLearn's external grader."""

from __future__ import annotations

from typing import Any

from autograd_core.claims.report import RIGHT, ClaimsReport, Judgement

GRADERS = ("gradescope", "prairielearn")
"""The programs whose result files can be written."""


def results(report: ClaimsReport, grader: str) -> dict[str, Any]:
    """The result of one submission: a test for each claim, derivations by the share of their right steps.

    Gradescope: https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format; PrairieLearn:
    https://docs.prairielearn.com/externalGrading/#grading-result.
    """
    tests = [_test(each, grader) for each in report.judgements]
    right = sum(each.right for each in report.judgements)
    summary = f"{right} of {len(report.judgements)} claims right"
    if grader == "gradescope":
        return {"score": report.score * len(tests), "output": summary, "tests": tests}
    return {"gradable": True, "score": report.score, "message": summary, "tests": tests}


def _test(judgement: Judgement, grader: str) -> dict[str, Any]:
    score = judgement.score if judgement.steps else float(judgement.right)
    points = {"score": score, "max_score": 1} if grader == "gradescope" else {"points": score, "max_points": 1}
    return {"name": f"{judgement.of} of {judgement.name}", **points, "output": "\n".join(_words(judgement))}


def _words(judgement: Judgement) -> list[str]:
    """What a student reads of a claim; nothing in it tells the right formula."""
    found = [f"{judgement.name} = {' '.join(judgement.text.split())}"]
    for number, step in enumerate(judgement.steps, 1):
        found.append(f"step {number}: {step.verdict}")
    verdict = judgement.verdict if judgement.condition is None else f"right only when {judgement.condition}"
    told = judgement.reason or (judgement.diagnosis.text if judgement.diagnosis is not None else None)
    found.append(verdict if judgement.verdict == RIGHT or told is None else f"{verdict}: {told}")
    return found
