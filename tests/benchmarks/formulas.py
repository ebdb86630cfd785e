"""What each formula takes, beside its goal of 50 ms: the gradients of every homework question and of the corpora."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from measure import Row

import corpus_cases
from autograd_core.errors import AutogradError
from formula_runs import formulas

TESTS = Path(__file__).resolve().parents[1]
GOAL = 0.050
TURNS = 4


def questions() -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    """Where an expression comes from, the expression, its inputs and its grad tensor."""
    homework = json.loads((TESTS / "cases" / "homework.json").read_text(encoding="utf-8"))["cases"]
    for case in homework:
        inputs = {name: numbers(value) for name, value in case["inputs"].items()}
        v = case["grad_tensor"]
        yield f"homework {case['id']}", case["form"], inputs, None if v is None else numbers(v)
    for file in ("textbook.json", "gradients.json"):
        for case in corpus_cases.cases(file):
            v = case.get("grad_tensor")
            given = None if v is None else corpus_cases.array(v)
            yield f"{file} {case['id']}", case["expr"], corpus_cases.inputs(case), given


def numbers(text: str) -> Any:
    """Numbers as the homework has them: rows between semicolons, or a call that makes ones or random numbers."""
    if "(" in text:
        shape = [int(n) for n in text[text.index("(") + 1 : -1].split(",")]
        return np.random.default_rng(0).uniform(0.2, 1.5, shape)
    rows = [[float(n) for n in row.split(",") if n] for row in text.split(";")]
    return np.asarray(rows if ";" in text else rows[0] if "," in text else rows[0][0])


def taken(text: str, inputs: dict[str, Any], v: Any) -> tuple[float, int, str | None]:
    """Seconds for each formula of an expression, how many there are, and a reason where one is missing."""
    best, count, reason = np.inf, 1, None
    for _ in range(TURNS):
        start = time.process_time()
        found = formulas(text, inputs, v)
        best = min(best, time.process_time() - start)
        count = max(len(found), 1)
        reason = next((each.reason for each in found.values() if each.text is None), None)
        if best < GOAL * count:
            break
    return best / count, count, reason


def measured() -> Iterator[Row]:
    """Those that are slow, and the median of all."""
    formulas("sum(x**2)", {"x": [1.0, 2.0]})
    found = []
    for source, text, inputs, v in questions():
        try:
            each, count, reason = taken(text, inputs, v)
        except (AutogradError, ValueError):
            continue
        found += [each] * count
        if each > GOAL:
            yield Row(source, reason or "50 ms", each, GOAL, None if reason else 1.0, text[:80])
    yield Row(f"{len(found)} formulas, median", "50 ms", float(np.median(found)), GOAL, 1.0, "printed")
