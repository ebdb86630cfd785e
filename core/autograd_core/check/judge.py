"""Asks the witnesses and puts their answers together."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import numpy as np

from autograd_core.check import numeric, reading, tiers
from autograd_core.check.clock import Clock
from autograd_core.check.extremes import extreme
from autograd_core.check.question import Findings, Question
from autograd_core.check.rounding import VALUE, engine_spread
from autograd_core.check.samples import chosen
from autograd_core.check.suspects import suspect
from autograd_core.check.swallowed import swallowed
from autograd_core.check.verdict import Testimony, compare, overall, value_differs
from autograd_core.report import Check, Row, Suspect, Verdict, Worst

SHOWN = 8
"""Entries shown side by side for each variable, all of them up to this many."""


def judge(question: Question, method: str) -> Findings:
    """What the witnesses of ``method`` find; see ``autograd_core.check.check``."""
    clock = Clock(question.budget)
    if method == "numeric":
        checks, _ = differences(question, clock)
        return Findings(checks, overall(question, checks))
    testimony, checks, value, source = compared(question, clock)
    if method == "all":
        numbers, other = differences(question, clock)
        checks = {
            name: together(checks[name], numbers[name], rows(name, question, testimony, other))
            for name in question.wanted
        }
    verdict = overall(question, checks, value, testimony.rounding.get(VALUE), source)
    if verdict.status == "disagree":
        with suppress(Exception):  # a rule that is wrong can fail in any way; what cannot be told is not told
            verdict = accused(verdict, suspect(question, clock))
    return Findings(checks, verdict)


def accused(verdict: Verdict, found: Suspect | None) -> Verdict:
    """A disagreement with the operation it comes from, or the words for there being none."""
    if found is not None or verdict.reason:
        return replace(verdict, suspect=found)
    return replace(verdict, reason="every operation is right by itself: look at how they are joined and summed")


def compared(question: Question, clock: Clock) -> tuple[Testimony, dict[str, Check], Worst | None, str]:
    """SymPy's testimony, the checks of all variables, an entry of the value that differs, and by whom.

    What differs is compared again with an allowance for the engine's rounding, and then with SymPy's formulas computed
    with 50 digits, which leaves them no rounding of their own.
    """
    testimony = tiers.testify(question, clock, exact=False)
    checks = {name: compare(name, question, testimony) for name in question.wanted}
    value = value_differs(question, testimony.value)
    if value is not None or disputed(checks):
        allow(question, testimony, clock)
        checks = {name: compare(name, question, testimony) for name in question.wanted}
    if value is not None or disputed(checks):
        exact = tiers.testify(question, clock, exact=True)
        if exact.method == testimony.method and exact.gradients.keys() == testimony.gradients.keys():
            exact.rounding, testimony = testimony.rounding, exact
            checks = {name: compare(name, question, testimony) for name in question.wanted}
            value = value_differs(question, testimony.value)
    source = "SymPy"
    if value is None and question.text is not None and clock.left > 0:
        value = value_differs(question, reading.value_of(question.text, question.inputs))
        source = "reading the text a second time"
        if value is not None:
            allow(question, testimony, clock)
    if value is None and np.isnan(question.value).any():
        convention = "the value of the result is not a number, and then its gradient is a convention"
        checks = {name: undecided(each, convention) for name, each in checks.items()}
    if (value is not None or disputed(checks)) and (excused := excuses(question)) and not blamed(question, clock):
        checks = {n: undecided(each, excused[n]) if n in excused else each for n, each in checks.items()}
        value = None if source == "SymPy" else value
    return testimony, checks, value, source


def excuses(question: Question) -> Mapping[str, str]:
    """For each input that SymPy's answer says nothing about the reason, and under ``VALUE`` for the result."""
    reason = extreme(question)
    return swallowed(question) if reason is None else dict.fromkeys([*question.wanted, VALUE], reason)


def blamed(question: Question, clock: Clock) -> bool:
    """Whether an operation is found that a disagreement comes from."""
    with suppress(Exception):  # a search that fails has found nothing
        return suspect(question, clock) is not None
    return False


def differences(question: Question, clock: Clock) -> tuple[dict[str, Check], Testimony]:
    """The numeric checks of all variables, and what they rest on; rounding is allowed for here, too."""
    testimony = numeric.testify(question, clock)
    checks = {name: noted(name, question, testimony) for name in question.wanted}
    if disputed(checks):
        allow(question, testimony, clock)
        checks = {name: noted(name, question, testimony) for name in question.wanted}
    return checks, testimony


def allow(question: Question, testimony: Testimony, clock: Clock) -> None:
    """Allow for what rounding can do to the engine's answer."""
    if not testimony.rounding:
        with suppress(Exception):  # a rule that is wrong can fail in any way; then nothing is excused
            testimony.rounding = engine_spread(question, clock)


def disputed(checks: Mapping[str, Check]) -> bool:
    """Whether the engine and a witness disagree on any gradient."""
    return any(each.status == "disagree" for each in checks.values())


def undecided(found: Check, reason: str) -> Check:
    """A disagreement that says nothing about the gradient, for the reason given."""
    if found.status != "disagree":
        return found
    return replace(found, status="skipped", compared=0, covered=0, max_abs_error=None, reason=reason, worst=None)


def noted(name: str, question: Question, testimony: Testimony) -> Check:
    """The numeric check of a variable, with its largest relative error in words where anything was compared."""
    check = compare(name, question, testimony)
    if not check.compared + check.covered and check.worst is None:
        return check
    witness = testimony.gradients[name]
    engine = np.asarray(question.gradients[name], dtype=np.float64)
    reached = np.isfinite(witness) & np.isfinite(engine)
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(engine), np.abs(witness))
        allowed = testimony.tolerance[name]
        if np.asarray(question.value).dtype != np.float64:  # rounding of the run itself is no error of its rules
            allowed = allowed + question.atol + question.rtol * size
        errors = np.maximum(np.abs(engine - witness) - allowed, 0.0) / np.maximum(size, 1e-300)
    found = [float(np.max(errors, where=reached, initial=0.0))]
    return replace(check, note=numeric.words(found + ([check.worst.relative_error] if check.worst else [])))


def together(first: Check, second: Check, side_by_side: tuple[Row, ...]) -> Check:
    """One check from SymPy's and the numeric one: the counts, and the name, are those of the witness that found more.

    Both are named where both found something.
    """
    statuses = {first.status, second.status}
    more, other = (first, second) if first.status != "skipped" else (second, first)
    status = "disagree" if "disagree" in statuses else more.status
    told = [each for each in (first, second) if each.compared + each.covered or each.worst is not None]
    reasons = [each.reason for each in (first, second) if each.reason]
    note = other.note or more.note
    if second not in told and second.reason and status == "agree":
        note = f"differences of values tell nothing: {second.reason}"
    return replace(
        more,
        status=status,
        method="all" if len(told) == 2 else told[0].method if told else more.method,
        worst=first.worst or second.worst,
        reason="; ".join(dict.fromkeys(reasons)) if status != "agree" and reasons else None,
        rows=side_by_side,
        note=note,
    )


def rows(name: str, question: Question, sympy: Testimony, other: Testimony) -> tuple[Row, ...]:
    """Entries of a gradient side by side: all of few, the extremes and a spread of many, and what differs most."""
    engine = np.asarray(question.gradients[name], dtype=np.float64)
    if engine.shape != np.shape(question.inputs[name]):
        return ()
    columns = [sympy.gradients.get(name), other.gradients.get(name)]
    places = list(np.ndindex(engine.shape)) if engine.size <= SHOWN else chosen(engine, SHOWN)

    def number(column: object, index: tuple[int, ...]) -> float | None:
        found = None if column is None else float(np.asarray(column)[index])
        return None if found is None or np.isnan(found) else found

    return tuple(
        Row(index, float(engine[index]), number(columns[0], index), number(columns[1], index)) for index in places
    )
