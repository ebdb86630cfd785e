"""What each formula takes, beside its goal of 50 ms: ``python tests/benchmarks/formulas.py [--all]``.

The gradients of every homework question and of the corpora, in processor time, the least of several turns. Exit status
1 where a formula misses the goal and is printed without a reason.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent / "core"), str(TESTS.parent / "cli")]

import numpy as np  # noqa: E402

import corpus_cases  # noqa: E402
from autograd_core.errors import AutogradError  # noqa: E402
from formula_runs import formulas  # noqa: E402

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


def main() -> int:
    """Print what is slow, and the whole."""
    formulas("sum(x**2)", {"x": [1.0, 2.0]})
    rows = []
    for source, text, inputs, v in questions():
        try:
            rows.append((*taken(text, inputs, v), source, text))
        except (AutogradError, ValueError):
            continue
    rows.sort(key=lambda row: -row[0])
    slow = [row for row in rows if row[0] > GOAL]
    for seconds, _, reason, source, text in rows if "--all" in sys.argv else slow:
        print(f"{seconds * 1000:6.1f} ms  {source}: {text[:80]}" + (f"  ({reason})" if reason else ""))
    total = sum(row[1] for row in rows)
    print(f"{total} formulas, median {np.median([row[0] for row in rows]) * 1000:.1f} ms, {len(slow)} above 50 ms")
    return int(any(reason is None for _, _, reason, _, _ in slow))


if __name__ == "__main__":
    sys.exit(main())
