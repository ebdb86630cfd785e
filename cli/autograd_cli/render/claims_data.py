"""Verdicts on claims for programs: one JSON object, and tab-separated records."""

from __future__ import annotations

import json
from typing import Any, TextIO

import numpy as np

from autograd_cli.render.numbers import display, json_numbers
from autograd_cli.render.plain import value_text, write_records
from autograd_cli.render.view import View
from autograd_core.claims.verdict import ClaimsReport, Diagnosis, Judgement, Worst
from autograd_core.expr.read_text import read_text, typed_text

SCHEMA = "autograd-cli/check/1"


def write_json(report: ClaimsReport, view: View, stream: TextIO) -> None:
    """Write the report as one object on one line."""
    stream.write(json.dumps(document(report, answer=view.formula), allow_nan=False) + "\n")


def document(report: ClaimsReport, *, answer: bool = True) -> dict[str, Any]:
    """The report as dictionaries and lists; without ``answer`` nothing in it tells what is right."""
    return {
        "schema": SCHEMA,
        "ok": report.exit_status() == 0,
        "expression": typed_text(report.expression),
        "read": read_text(report.expression),
        "result": {"shape": list(report.result.shape), "data": json_numbers(report.result.data)},
        "verdict": report.verdict,
        "score": report.score,
        "claims": [_claim(each, answer) for each in report.judgements],
        "rtol": report.rtol,
        "atol": report.atol,
        "warnings": [{"code": each.code, "message": each.message} for each in report.warnings],
    }


def _claim(judgement: Judgement, answer: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": judgement.name,
        "claim": judgement.text,
        "verdict": judgement.verdict,
        "score": judgement.score,
        "diagnosis": _diagnosis(judgement.diagnosis),
        "also": [_diagnosis(each) for each in judgement.also],
        "reason": judgement.reason,
        "notes": list(judgement.notes),
        "points": {"compared": judgement.points, "agree": judgement.agreeing},
        "shape": list(judgement.shape),
        "value": None if judgement.claim is None else json_numbers(judgement.claim),
        "worst": None if judgement.worst is None else _worst(judgement.worst, answer),
    }
    if answer:
        found["formula"] = judgement.formula
        found["grad"] = json_numbers(judgement.truth)
    return found


def _diagnosis(diagnosis: Diagnosis | None) -> dict[str, str] | None:
    return None if diagnosis is None else {"code": diagnosis.code, "text": diagnosis.text}


def _worst(worst: Worst, answer: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"index": list(worst.index), "claim": _number(worst.claim)}
    if answer:
        found["grad"] = _number(worst.truth)
    found["ratio"] = None if worst.ratio is None else _number(worst.ratio)
    found["relative_error"] = _number(worst.relative_error)
    found["words"] = worst.words
    found["at"] = None if worst.at is None else {name: json_numbers(array) for name, array in worst.at}
    return found


def _number(number: float) -> Any:
    return json_numbers(np.asarray(number))


def write_plain(report: ClaimsReport, view: View, stream: TextIO) -> None:
    """Write one record a line: claim, diagnosis, worst, formula, grad, score."""
    records: list[tuple[str, ...]] = [("value", value_text(report.result.data))]
    for each in report.judgements:
        points = f"{each.agreeing}/{each.points}"
        records.append(("claim", each.name, each.verdict, points, display(each.score)))
        if each.diagnosis is not None:
            records.append(("diagnosis", each.name, each.diagnosis.code, each.diagnosis.text))
        if each.worst is not None and view.formula:
            index = ",".join(map(str, each.worst.index))
            numbers = (repr(each.worst.claim), repr(each.worst.truth))
            records.append(("worst", each.name, index, *numbers))
        if view.formula and not each.right:
            if each.formula is not None:
                records.append(("formula", each.name, each.formula))
            records.append(("grad", each.name, value_text(each.truth)))
    records.append(("score", display(report.score)))
    write_records(records, view, stream)
