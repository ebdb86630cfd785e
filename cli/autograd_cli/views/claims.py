"""The answer of ``check``: each claim with its verdict, why it is wrong and where, and what is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from autograd_cli import document as doc
from autograd_cli.document import Equation, Text, value_text
from autograd_cli.views import DASH, mark, name, partial_derivative, pick, report_answer, result_blocks
from autograd_core.array_text import LARGE, inline
from autograd_core.claims.report import (
    HERE,
    RIGHT,
    RIGHT_IF,
    UNDECIDED,
    WRONG,
    ClaimsReport,
    Diagnosis,
    Judgement,
    WorstPoint,
)
from autograd_core.errors import AutogradError
from autograd_core.number_text import Array, exact_text, number_text, pair_texts
from autograd_core.report import index_text

ROWS = 12  # rows of the table of a claim; the worst entries come first where there are more

_LABEL = 9
_STATUS = {RIGHT: "agree", UNDECIDED: "partial"}
"""What a verdict is called in the cross-check; any other is that they disagree."""


def claims_answer(report: ClaimsReport) -> doc.Answer:
    """What ``check`` answers; without formulas nothing in its JSON tells what is right."""
    return report_answer("check/1", report, _blocks, _parts, _records, _arrays)


def _blocks(report: ClaimsReport, look: doc.Display) -> Iterator[doc.Block | Sequence[doc.Block]]:
    """The expression, each claim, and how many are right."""
    yield result_blocks(report, report.inputs)
    for judgement in report.judgements:
        yield list(_judgement(judgement, look))
        yield _table(judgement, look)
    if len(report.judgements) > 1:
        right = sum(each.right for each in report.judgements)
        total = len(report.judgements)
        verb = "is" if right == 1 else "are"
        words = f"all {total} claims are right" if right == total else f"{right} of {total} claims {verb} right"
        yield doc.Lines([[_sign(RIGHT if right == total else WRONG, words)]])


def _sign(verdict: str, words: str = "") -> Text:
    return mark(_STATUS.get(verdict, "disagree"), words)


def _judgement(judgement: Judgement, look: doc.Display) -> Iterator[doc.Block]:
    """One claim: the verdict and why, the steps, where in the text, then what is right."""
    verdict = WORDS.get(judgement.verdict, f"right only when {judgement.condition}")
    place = judgement.false_step
    where = ": " if place is None else f": step {place + 1} of {len(judgement.steps)} is "
    head: doc.Parts = [Text(f" {judgement.name}", doc.STRONG), where, Text(verdict, _sign(judgement.verdict).role)]
    yield doc.Lines([[_sign(judgement.verdict), *head, _because(judgement)]], hang=4)
    told = [each for each in (judgement.diagnosis, *judgement.also) if each is not None]
    shown = next((each for each in told if each.spans and (each.mended or each.change)), None) if look.formula else None
    if judgement.steps:
        steps: list[Sequence[doc.Parts]] = []
        for step in judgement.steps:  # a row for each equality of a derivation
            left, judged = Text("" if steps else judgement.name, doc.NAME), _sign(step.verdict, verdict_words(step))
            steps.append([[left], ["= ", Text(" ".join(step.text.split()), doc.CODE)], [judged]])
        known = [list(_equations(step, verdict_words(step))) for step in judgement.steps]
        equations = [each[-1] for each in known] if all(known) else ()
        yield doc.Table(["step", "", ""], steps, indent=4, equations=equations)
    others = [each for each in told[1:] if not _is_condition(each, judgement)]
    notes = [*(f"also: {each.text}" for each in others), *judgement.notes]
    if notes:
        yield doc.Lines([[note] for note in notes], indent=4)
    marked = None if shown is None else _place(judgement, shown)
    if not judgement.steps:
        said = Text(" ".join(judgement.text.split()), doc.CODE)
        label = ("claim" if judgement.read is None else "read as").ljust(_LABEL)
        yield doc.Fields([(label, [said])], indent=4, equations=None if marked else _equations(judgement))
    if marked is not None:
        yield marked
    if shown is not None and shown.mended is not None:
        yield _formula("mended", judgement, shown.mended)
    if (judgement.right and judgement.worst is None) or not look.formula:
        return
    if judgement.formula is not None:
        yield _formula("right", judgement, judgement.formula)
    claim, truth, worst = judgement.claim, judgement.truth, judgement.worst
    rows: list[tuple[str, doc.Parts]] = []
    if _elsewhere(judgement) or claim is None or claim.shape != truth.shape:
        rows.append(("gradient", [doc.Numbers(truth)]))
    if claim is not None and claim.shape != truth.shape:
        rows.append(("claimed", [doc.Numbers(claim)]))
    rows += [] if worst is None else _worst(judgement, worst, look)
    if rows:
        yield _fields(rows)


def _elsewhere(judgement: Judgement) -> bool:
    """Whether a claim is right at the given numbers and wrong at others."""
    return judgement.verdict == HERE or (judgement.worst is not None and judgement.worst.at is not None)


def _fields(rows: Sequence[tuple[str, doc.Parts]], equations: doc.Equations = ()) -> doc.Fields:
    return doc.Fields([(label.ljust(_LABEL), parts) for label, parts in rows], indent=4, equations=equations)


def _formula(label: str, judgement: Judgement, text: str) -> doc.Fields:
    """A formula for what is claimed, which LaTeX sets with the label beside it, or for one of its helpers."""
    left, _, right = text.partition(" = ")
    whole = text if ";" in text or not right else right if left == judgement.name else None
    equations = () if whole is None else _equations(judgement, label, whole)
    return _fields([(label, [Text(text, doc.FORMULA)])], equations)


def _is_condition(diagnosis: Diagnosis, judgement: Judgement) -> bool:
    return judgement.condition is not None and diagnosis.text == f"right only when {judgement.condition}"


def _because(judgement: Judgement) -> str:
    diagnosis = judgement.diagnosis
    if judgement.reason is not None:
        return f": {judgement.reason}"
    if diagnosis is not None:
        return "" if _is_condition(diagnosis, judgement) else f": {diagnosis.text}"
    if judgement.verdict == RIGHT:
        others = judgement.points - 1
        steps = f", all {len(judgement.steps)} steps" if judgement.steps else ""
        return f" at these numbers and at {others} random points{steps}" if others > 0 else steps
    return "" if judgement.verdict == RIGHT_IF else ": none of the usual mistakes explains it"


def _place(judgement: Judgement, diagnosis: Diagnosis) -> doc.Block | None:
    """The claim's own text with signs below the part that a mistake is about, and the smallest change."""
    whole = judgement.whole
    first = min(start for start, _ in diagnosis.spans)
    last = max(end for _, end in diagnosis.spans)
    start = max(whole.rfind("\n", 0, first), whole.rfind(";", 0, first)) + 1
    ends = [place for place in (whole.find("\n", last), whole.find(";", last)) if place >= 0]
    line = whole[start : min(ends, default=len(whole))]
    if "\n" in line or not line.isprintable() or not line.isascii():
        return None
    shift = len(line) - len(line.lstrip())
    signs = [" "] * len(line)
    for begin, end in diagnosis.spans:
        signs[begin - start : end - start] = "^" * (end - begin)
    marks = "".join(signs)[shift:].rstrip()
    change = f" {diagnosis.change}" if diagnosis.change else ""
    equations = _equations(judgement, diagnosis.change or "")
    return doc.Code(f"{line.strip()}\n{marks}{change}", indent=4, equations=equations)


def _worst(judgement: Judgement, worst: WorstPoint, look: doc.Display) -> Iterator[tuple[str, doc.Parts]]:
    """The entry furthest off: both numbers and their ratio."""
    claim, truth = pair_texts(worst.engine, worst.witness, look.precision)
    place = judgement.name + index_text(worst.index)
    what = "gradient" if judgement.of == "gradient" and not judgement.false_step else "right value"
    words = f"{place}: the claim gives {claim}, the {what} is {truth}"
    if worst.ratio is not None:
        words += f" (ratio {number_text(worst.ratio, look.precision)})"
    yield "worst" if worst.at is None else "elsewhere", [words]
    if worst.at is not None and sum(array.size for _, array in worst.at) <= LARGE:
        yield "there", [f"{name} = {inline(array, look)}" for name, array in worst.at]


def _table(judgement: Judgement, look: doc.Display) -> list[doc.Block]:
    """The claim beside the gradient, entry by entry, at the given numbers."""
    truth, claim = judgement.truth, judgement.claim
    if judgement.right or not look.formula or judgement.verdict == UNDECIDED or _elsewhere(judgement):
        return []
    if claim is None or claim.shape != truth.shape or truth.ndim == 0:
        return []
    with np.errstate(all="ignore"):
        distance = np.where((claim == truth) | (np.isnan(claim) & np.isnan(truth)), 0.0, np.abs(claim - truth))
    places = np.arange(truth.size)
    if truth.size > ROWS and not look.full:
        places = np.argsort(-np.nan_to_num(distance, nan=np.inf, posinf=np.inf), axis=None, kind="stable")[:ROWS]
    rows: list[list[doc.Parts]] = []
    for flat in places:
        at = np.unravel_index(flat, truth.shape)
        ours, theirs = float(claim[at]), float(truth[at])
        near = bool(np.isclose(ours, theirs, rtol=1e-6, atol=0, equal_nan=True))
        texts = pair_texts(ours, theirs, look.precision)
        ratio = ours / theirs if theirs and isfinite(theirs) else np.nan
        name = judgement.name + index_text([int(each) for each in at])
        numbers = [Text(text, "" if near else role) for text, role in zip(texts, (doc.BAD, doc.STRONG), strict=True)]
        quotient = DASH if near or not isfinite(ratio) else number_text(ratio, look.precision)
        rows.append([[name], [numbers[0]], [numbers[1]], [quotient], [_sign(RIGHT if near else WRONG)]])
    table = doc.Table(["entry", "claim", "gradient", "ratio", ""], rows, indent=4)
    words = [[f"{truth.size - len(places):,} more entries; --full shows all"]]
    return [table, doc.Lines(words, indent=4)] if len(places) < truth.size else [table]


def _parts(report: ClaimsReport, look: doc.Display) -> Iterator[tuple[str, Any]]:
    yield "result", pick(report.result, "shape data")
    yield from pick(report, "verdict score assumptions").items()
    yield "claims", [_claim_json(each, look.formula) for each in report.judgements]
    yield from pick(report, "rtol atol").items()


def _claim_json(judgement: Judgement, answer: bool) -> dict[str, Any]:
    truth, points, found = "grad=truth" * answer, "compared=points agree=agreeing", judgement.worst
    told = "code text spans" + " change mended" * answer
    steps = [pick(step, "verdict reason formula=text", points=pick(step, points)) for step in judgement.steps]
    at = None if found is None or found.at is None else dict(found.at)
    worst = found and pick(found, "index claim=engine ratio relative_error words", at=at)
    worst = worst and worst | pick(found, "grad=witness" * answer)
    return pick(
        judgement,
        f"name of read verdict condition score reason notes shape {'formula' * answer} claim=text value=claim",
        points=pick(judgement, points),
        diagnosis=judgement.diagnosis and pick(judgement.diagnosis, told),
        also=[pick(each, told) for each in judgement.also],
        steps=steps or None,
        worst=worst,
        **pick(judgement, truth),
    )


def _records(report: ClaimsReport, look: doc.Display) -> Iterator[tuple[str, ...]]:
    for each in report.judgements:
        yield "claim", each.name, each.verdict, f"{each.agreeing}/{each.points}", exact_text(each.score)
        if each.read is not None:
            yield "read", each.name, each.read
        for number, step in enumerate(each.steps, 1):
            yield "step", each.name, str(number), step.verdict, " ".join(step.text.split())
        if each.condition is not None:
            yield "condition", each.name, each.condition
        if each.diagnosis is not None:
            yield "diagnosis", each.name, each.diagnosis.code, each.diagnosis.text
        if each.worst is not None and look.formula:
            index = ",".join(map(str, each.worst.index))
            yield "worst", each.name, index, exact_text(each.worst.engine), exact_text(each.worst.witness)
        if look.formula and not each.right:
            if each.formula is not None:
                yield "formula", each.name, each.formula
            yield "grad", each.name, value_text(each.truth)
    yield "score", exact_text(report.score)


def _arrays(report: ClaimsReport) -> doc.Arrays:
    """The result and, for each claim, what was claimed and what is right."""
    results: dict[str, Array] = {"value": report.result.data}
    for each in report.judgements:
        name = each.name.replace(",", "_")
        results[f"grad_{name}"] = each.truth
        if each.claim is not None:
            results[f"claim_{name}"] = each.claim
    return results, {}


WORDS = {RIGHT: "right", WRONG: "wrong", HERE: "right at these numbers, wrong in general", UNDECIDED: "undecided"}


def verdict_words(step: Judgement) -> str:
    """What is to be said of a step that is not simply right."""
    return "" if step.verdict == RIGHT else WORDS.get(step.verdict, step.reason or step.verdict)


def _equations(judgement: Judgement, reason: str = "", text: str | None = None) -> Iterator[Equation]:
    """What is claimed, or ``text`` in its place, behind its helpers."""
    try:
        found: Sequence[tuple[str, Any]] = [] if judgement.typeset is None else judgement.typeset(text)
    except AutogradError:
        return
    if not found and text is None and judgement.claim is not None:
        found = [("f", judgement.claim)]  # numbers
    by = judgement.name.split(",")
    by = by * 2 if judgement.of == "hessian" and len(by) == 1 else by
    yield from (Equation(name(label), [words]) for label, words in found[:-1])
    for f, whole in found[-1:]:
        differential = rf"\mathrm{{d}} {name(judgement.name.removeprefix('d'))}"
        left = differential if judgement.of == "differential" else partial_derivative(name(f), by)
        yield Equation(left, [whole], reason=reason)


def grader_results(
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
        found = list(_grader_tests(answer))
        most = 1.0 if points is None else points.get(answer.get("id", ""), float(len(found))) / len(found)
        right += sum(score == 1 for _, score, _ in found)
        for title, score, words in found:
            tests.append({"name": title, names[0]: score * most, names[1]: most, "output": words})
    total, whole = (sum(each[name] for each in tests) for name in names)
    summary = f"{right} of {len(tests)} claims right"
    if grader == "gradescope":
        return {"score": total, "output": summary, "tests": tests}
    if answers and all("error" in each for each in answers):  # nothing could be read: no attempt is counted
        errors = [each["error"]["message"] for each in answers]
        return {"gradable": False, "format_errors": errors, "message": summary, "tests": tests}
    return {"gradable": True, "score": total / (whole or 1.0), "message": summary, "tests": tests}


def _grader_tests(answer: Mapping[str, Any]) -> Iterator[tuple[str, float, str]]:
    """The tests of one answer: name, score from 0 to 1, and what a student reads; nothing tells the right formula."""
    start = f"{answer['id']}: " if "id" in answer else ""
    if "error" in answer:
        yield start.removesuffix(": ") or "claims", 0.0, answer["error"]["message"]
        return
    for claim in answer["claims"]:
        verdict, steps = claim["verdict"], claim["steps"] or ()
        words = [f"{claim['name']} = {' '.join(claim['claim'].split())}"]
        words += [f"step {number}: {step['verdict']}" for number, step in enumerate(steps, 1)]
        told = claim["reason"] or (claim["diagnosis"]["text"] if claim["diagnosis"] else None)
        judged = verdict if claim["condition"] is None else f"right only when {claim['condition']}"
        words.append(judged if verdict == "right" or told is None else f"{judged}: {told}")
        score = claim["score"] if steps else float(verdict == "right")
        yield f"{start}{claim['of']} of {claim['name']}", score, "\n".join(words)
    for missing in answer.get("missing", ()):
        yield f"{start}gradient of {missing}", 0.0, "no claim"
