"""Verdicts on claims as result files of autograders: Gradescope's ``results.json``, PrairieLearn's external grader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

Grader = Literal["gradescope", "prairielearn"]
"""The programs whose result files can be written."""


def results(
    answers: Sequence[Mapping[str, Any]], grader: str, points: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """The result of one submission, from its answers as JSON: a test for each claim, derivations by their right steps.

    An answer with an id is that to a question; its ``points`` are shared by its claims, each of which has 1 otherwise.
    Gradescope: https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format; PrairieLearn:
    https://docs.prairielearn.com/externalGrading/#grading-result.
    """
    names = ("score", "max_score") if grader == "gradescope" else ("points", "max_points")
    tests: list[dict[str, Any]] = []
    right = 0
    for answer in answers:
        found = list(_tests(answer))
        most = 1.0 if points is None else points.get(answer.get("id", ""), float(len(found))) / len(found)
        right += sum(score == 1 for _, score, _ in found)
        for name, score, words in found:
            tests.append({"name": name, names[0]: score * most, names[1]: most, "output": words})
    total, whole = (sum(each[name] for each in tests) for name in names)
    summary = f"{right} of {len(tests)} claims right"
    if grader == "gradescope":
        return {"score": total, "output": summary, "tests": tests}
    if answers and all("error" in each for each in answers):  # nothing could be read: no attempt is counted
        errors = [each["error"]["message"] for each in answers]
        return {"gradable": False, "format_errors": errors, "message": summary, "tests": tests}
    return {"gradable": True, "score": total / (whole or 1.0), "message": summary, "tests": tests}


def _tests(answer: Mapping[str, Any]) -> Iterator[tuple[str, float, str]]:
    """The tests of one answer: name, score from 0 to 1, and what a student reads; nothing tells the right formula."""
    start = f"{answer['id']}: " if "id" in answer else ""
    if "error" in answer:
        yield start.removesuffix(": ") or "claims", 0.0, answer["error"]["message"]
        return
    for claim in answer["claims"]:
        score = claim["score"] if claim["steps"] else float(claim["verdict"] == "right")
        yield f"{start}{claim['of']} of {claim['name']}", score, "\n".join(_words(claim))
    for name in answer.get("missing", ()):
        yield f"{start}gradient of {name}", 0.0, "no claim"


def _words(claim: Mapping[str, Any]) -> Iterator[str]:
    yield f"{claim['name']} = {' '.join(claim['claim'].split())}"
    for number, step in enumerate(claim["steps"] or (), 1):
        yield f"step {number}: {step['verdict']}"
    verdict = claim["verdict"] if claim["condition"] is None else f"right only when {claim['condition']}"
    told = claim["reason"] or (claim["diagnosis"]["text"] if claim["diagnosis"] else None)
    yield verdict if claim["verdict"] == "right" or told is None else f"{verdict}: {told}"
