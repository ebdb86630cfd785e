"""The answer of ``check``: the verdict on each claim and why, then what is right, and the numbers side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from autograd_cli.document import (
    BAD,
    CODE,
    FORMULA,
    GOOD,
    NAME,
    STRONG,
    UNSURE,
    Answer,
    Block,
    Display,
    Document,
    Fields,
    Lines,
    Numbers,
    Part,
    Parts,
    Result,
    Table,
    Text,
    arrays,
)
from autograd_cli.document.numbers import Array, apart, display, value_text
from autograd_cli.views.records import expression_json, expression_records, warnings_json
from autograd_cli.views.verdict import DASH
from autograd_core.claims.verdict import HERE, RIGHT, UNDECIDED, WRONG, ClaimsReport, Diagnosis, Judgement, Worst
from autograd_core.expr.read_text import typed_text
from autograd_core.report import index_text

SCHEMA = "autograd-cli/check/1"

ROWS = 12
"""Rows of the table of a claim; the worst entries come first where there are more."""

_INDENT = 4
_LABEL = 9
_MARKS = {RIGHT: ("✓", GOOD), UNDECIDED: ("◐", UNSURE)}
_WORDS = {RIGHT: "right", WRONG: "wrong", HERE: "right at your numbers, wrong in general", UNDECIDED: "undecided"}

Row = tuple[Part, Parts]


def claims_answer(report: ClaimsReport) -> Answer:
    """What ``check`` answers; a display without formulas does not tell what is right."""
    return Answer(
        document=lambda look: claims_document(report, look),
        json=lambda look: claims_json(report, answer=look.formula),
        records=lambda look: claims_records(report, answer=look.formula),
        arrays=lambda: claims_arrays(report),
    )


def claims_document(report: ClaimsReport, look: Display) -> Document:
    """The expression, each claim, and how many are right."""
    blocks: list[Block | Sequence[Block]] = [Result(report.expression, report.result.data)]
    for judgement in report.judgements:
        blocks += list(_judgement(judgement, look))
    if len(report.judgements) > 1:
        right, total = sum(each.right for each in report.judgements), len(report.judgements)
        verb = "is" if right == 1 else "are"
        words = f"all {total} claims are right" if right == total else f"{right} of {total} claims {verb} right"
        blocks.append(Lines([[_mark(RIGHT if right == total else WRONG), Text(f" {words}")]]))
    return Document(typed_text(report.expression).strip(), blocks)


def _mark(verdict: str) -> Text:
    sign, role = _MARKS.get(verdict, ("✗", BAD))
    return Text(sign, role, symbol=True)


def _judgement(judgement: Judgement, look: Display) -> Iterator[Block | Sequence[Block]]:
    """One claim: the verdict and why, then what was claimed, what is right, and the numbers."""
    mark = _mark(judgement.verdict)
    head = [mark, Text(" "), Text(judgement.name, NAME), Text(": "), Text(_WORDS[judgement.verdict], mark.role)]
    notes = [*(f"also: {other.text}" for other in judgement.also), *judgement.notes]
    rows: list[Row] = [_labelled("claim", *_lines(judgement.text, CODE))]
    table: Sequence[Block] = []
    if look.formula and not (judgement.right and judgement.worst is None):
        if judgement.formula is not None:
            rows.append(_labelled("right", Text(judgement.formula, FORMULA)))
        if judgement.verdict == HERE:  # before the numbers elsewhere, with which it has nothing to do
            rows.append(_labelled("gradient", Numbers(judgement.truth)))
        if judgement.worst is not None:
            rows += _worst(judgement, judgement.worst, look)
        if judgement.verdict not in (HERE, UNDECIDED):
            if judgement.claim is None or judgement.claim.shape != judgement.truth.shape:
                rows.append(_labelled("gradient", Numbers(judgement.truth)))
                if judgement.claim is not None:
                    rows.append(_labelled("claimed", Numbers(judgement.claim)))
            elif judgement.truth.ndim:
                table = list(_entries(judgement, judgement.claim, look))
    yield [
        Lines([[*head, Text(_because(judgement))]], hang=_INDENT),
        Lines([[Text(note)] for note in notes], indent=_INDENT),
        Fields(rows, indent=_INDENT),
    ]
    if table:
        yield table


def _because(judgement: Judgement) -> str:
    if judgement.reason is not None:
        return f": {judgement.reason}"
    if judgement.diagnosis is not None:
        return f": {judgement.diagnosis.text}"
    if judgement.verdict == RIGHT:
        others = judgement.points - 1
        return f" at your numbers and at {others} random points" if others > 0 else ""
    return ": none of the usual mistakes explains it"


def _labelled(label: str, *parts: Part) -> Row:
    return Text(label.ljust(_LABEL)), list(parts)


def _lines(text: str, role: str = "") -> list[Text]:
    return [Text(line.strip(), role) for line in text.splitlines()] or [Text("", role)]


def _worst(judgement: Judgement, worst: Worst, look: Display) -> Iterator[Row]:
    """The entry furthest off: both numbers, their ratio, and what CS231n says of such an error."""
    claim, truth = apart(worst.claim, worst.truth, look.precision)
    words = f"{judgement.name}{index_text(worst.index)}: the claim gives {claim}, the gradient is {truth}"
    if worst.ratio is not None:
        words += f" (ratio {display(worst.ratio, look.precision)})"
    found = [Text(words)]
    if isfinite(worst.relative_error):  # of an infinite number there is none
        found.append(Text(f"relative error {display(worst.relative_error, look.precision)}; CS231n: {worst.words}"))
    yield _labelled("worst" if worst.at is None else "elsewhere", *found)
    if worst.at is not None and sum(array.size for _, array in worst.at) <= arrays.LARGE:
        yield _labelled("there", *(Text(f"{name} = {arrays.inline(array, look)}") for name, array in worst.at))


def _entries(judgement: Judgement, claim: Array, look: Display) -> Iterator[Block]:
    """The claim beside the gradient, entry by entry, at the given numbers."""
    truth = judgement.truth
    order = _worst_first(claim, truth)
    shown = order if look.full else order[:ROWS]
    if len(shown) == len(order):
        shown = sorted(shown)
    rows = []
    for flat in shown:
        index = tuple(int(i) for i in np.unravel_index(flat, truth.shape))
        rows.append(_row(judgement.name, index, float(claim[index]), float(truth[index]), look))
    yield Table(["entry", "claim", "gradient", "ratio", ""], rows, indent=_INDENT)
    if len(shown) < len(order):
        yield Lines([[Text(f"{len(order) - len(shown):,} more entries; --full shows all")]], indent=_INDENT)


def _row(name: str, index: tuple[int, ...], claim: float, truth: float, look: Display) -> list[Parts]:
    first, second = apart(claim, truth, look.precision)
    near = bool(np.isclose(claim, truth, rtol=1e-6, atol=0, equal_nan=True))
    ratio = claim / truth if truth else float("nan")
    known = isfinite(ratio) and not near
    return [
        [Text(name + index_text(index), CODE)],
        [Text(first, "" if near else BAD)],
        [Text(second, "" if near else STRONG)],
        [Text(display(ratio, look.precision)) if known else DASH],
        [_mark(RIGHT if near else WRONG)],
    ]


def _worst_first(claim: Array, truth: Array) -> list[int]:
    """The flat places of all entries, the largest difference first."""
    with np.errstate(all="ignore"):
        distance = np.abs(claim - truth)
    distance = np.where((claim == truth) | (np.isnan(claim) & np.isnan(truth)), 0.0, distance)
    distance = np.where(np.isnan(distance), np.inf, distance)
    return [int(i) for i in np.argsort(-distance, axis=None, kind="stable")]


def claims_json(report: ClaimsReport, *, answer: bool = True) -> dict[str, Any]:
    """The report as one object; without ``answer`` nothing in it tells what is right."""
    return {
        "schema": SCHEMA,
        "ok": report.exit_status() == 0,
        **expression_json(report.expression),
        "result": {"shape": list(report.result.shape), "data": report.result.data},
        "verdict": report.verdict,
        "score": report.score,
        "claims": [_claim_json(each, answer) for each in report.judgements],
        "rtol": report.rtol,
        "atol": report.atol,
        "warnings": warnings_json(report.warnings),
    }


def _claim_json(judgement: Judgement, answer: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": judgement.name,
        "claim": judgement.text,
        "verdict": judgement.verdict,
        "score": judgement.score,
        "diagnosis": _diagnosis_json(judgement.diagnosis),
        "also": [_diagnosis_json(each) for each in judgement.also],
        "reason": judgement.reason,
        "notes": list(judgement.notes),
        "points": {"compared": judgement.points, "agree": judgement.agreeing},
        "shape": list(judgement.shape),
        "value": judgement.claim,
        "worst": None if judgement.worst is None else _worst_json(judgement.worst, answer),
    }
    if answer:
        found["formula"] = judgement.formula
        found["grad"] = judgement.truth
    return found


def _diagnosis_json(diagnosis: Diagnosis | None) -> dict[str, str] | None:
    return None if diagnosis is None else {"code": diagnosis.code, "text": diagnosis.text}


def _worst_json(worst: Worst, answer: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"index": list(worst.index), "claim": float(worst.claim)}
    if answer:
        found["grad"] = float(worst.truth)
    found["ratio"] = worst.ratio
    found["relative_error"] = worst.relative_error
    found["words"] = worst.words
    found["at"] = None if worst.at is None else dict(worst.at)
    return found


def claims_records(report: ClaimsReport, *, answer: bool) -> Iterator[tuple[str, ...]]:
    """The lines of ``plain``: value, claim, diagnosis, worst, formula, grad, score."""
    yield from expression_records(report.expression)
    yield "value", value_text(report.result.data)
    for each in report.judgements:
        yield "claim", each.name, each.verdict, f"{each.agreeing}/{each.points}", display(each.score)
        if each.diagnosis is not None:
            yield "diagnosis", each.name, each.diagnosis.code, each.diagnosis.text
        if each.worst is not None and answer:
            index = ",".join(map(str, each.worst.index))
            yield "worst", each.name, index, repr(float(each.worst.claim)), repr(float(each.worst.truth))
        if answer and not each.right:
            if each.formula is not None:
                yield "formula", each.name, each.formula
            yield "grad", each.name, value_text(each.truth)
    yield "score", display(report.score)


def claims_arrays(report: ClaimsReport) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
    """``value``, and for each claim ``grad_NAME`` and ``claim_NAME``."""
    found: dict[str, Array] = {"value": report.result.data}
    for each in report.judgements:
        found[f"grad_{each.name}"] = each.truth
        if each.claim is not None:
            found[f"claim_{each.name}"] = each.claim
    return found, {}
