"""Formulas for the textbook's expressions and for every recorded gradient, judged by the recorded numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

import corpus_cases
from autograd_core.errors import AutogradError
from autograd_core.formula.closed import FAILED
from formula_runs import formulas, typed_back

TEXTBOOK = list(corpus_cases.cases("textbook.json"))


def run(case: corpus_cases.Case) -> tuple[dict[str, Any], Any]:
    """The inputs and the grad tensor of a case."""
    v = None if case.get("grad_tensor") is None else corpus_cases.array(case["grad_tensor"])
    return corpus_cases.inputs(case), v


def agrees(found: Any, wanted: Any) -> bool:
    """Whether the numbers are the recorded ones, shape included."""
    wanted = np.asarray(corpus_cases.numbers(wanted), dtype=float)
    return corpus_cases.difference(np.asarray(found), wanted, 1.0, 1e-7) is None


def test_every_textbook_gradient_has_a_formula_that_gives_its_numbers() -> None:
    for case in TEXTBOOK:
        inputs, v = run(case)
        for name, formula in formulas(case["expr"], inputs, v).items():
            assert formula.text is not None, (case["id"], name, formula.reason)
            assert agrees(typed_back(formula.text, case["expr"], inputs, v), case["grads"][name]), (case["id"], name)


def test_most_formulas_are_about_as_short_as_the_textbook_writes_them() -> None:
    short = []
    for case in TEXTBOOK:
        found = formulas(case["expr"], *run(case))
        lengths = [(len(found[name].text or "?" * 999), len(text)) for name, text in case["expected"].items()]
        short.append(all(ours <= 1.5 * theirs for ours, theirs in lengths))
    assert sum(short) >= 0.8 * len(short), [c["id"] for c, ok in zip(TEXTBOOK, short, strict=True) if not ok]


def test_nearly_every_recorded_gradient_has_a_formula_and_the_others_a_reason() -> None:
    proved, missing = 0, []
    for case in corpus_cases.cases("gradients.json"):
        if case.get("policy") in ("error", "choice"):
            continue
        inputs, v = run(case)
        try:
            found = formulas(case["expr"], inputs, v)
        except AutogradError:
            continue
        for name, formula in found.items():
            if formula.text is None:
                assert formula.reason, (case["id"], name)
                assert FAILED not in formula.reason, (case["id"], name)
                missing.append((case["id"], name, formula.reason))
                continue
            proved += 1
            recorded = case["truth"] if case.get("policy") == "truth" else case
            wanted = recorded["grads"].get(name)
            if wanted is not None and inputs[name].size:
                found_numbers = typed_back(formula.text, case["expr"], inputs, v)
                assert agrees(found_numbers, wanted), (case["id"], name, formula.text)
    assert proved >= 0.95 * (proved + len(missing)), missing
