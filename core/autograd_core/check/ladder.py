"""The cross-check as a ladder of steps, each of which may only make the findings better founded.

``LADDER`` is the whole of it, in order. A step gets the evidence so far and returns it with more; it says why it is
there. Steps after the first two look only at what is disputed: what agrees is left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from typing import NamedTuple

import numpy as np

from autograd_core.check.compare.comparison import WitnessResult, compare, joined, overall, value_differs
from autograd_core.check.compare.rounding import VALUE, engine_spread, incomparable
from autograd_core.check.kinks import corners
from autograd_core.check.question import Findings, Question, with_constants
from autograd_core.check.witnesses import entrywise, numeric, rereading, sweep
from autograd_core.check.witnesses.entrywise import chosen
from autograd_core.dataclass import dataclass
from autograd_core.report import Check, Row, Worst
from autograd_core.symbolic import worker
from autograd_core.symbolic.worker import Clock, OutOfTimeError

SHOWN = 8
"""Entries shown side by side for each variable, all of them up to this many."""


@dataclass(slots=True)
class Evidence:
    """What is known so far: what SymPy says, the checks by it, and an entry of the value that ``source`` finds else."""

    question: Question
    clock: Clock
    result: WitnessResult = field(default_factory=lambda: WitnessResult("sympy"))
    checks: dict[str, Check] = field(default_factory=dict)
    value: Worst | None = None
    source: str = "SymPy"

    def compare(self, result: WitnessResult) -> None:
        """Compare everything with what a witness says."""
        self.result = result
        self.checks = {name: compare(name, self.question, result) for name in self.question.wanted}
        self.value = value_differs(self.question, result.value)

    def leave_out(self, name: str, reason: str) -> None:
        """Say of a disagreement that it tells nothing about the gradient, for a reason."""
        if self.checks[name].status == "disagree":
            total, kinks = self.checks[name].total, self.checks[name].kinks
            self.checks[name] = Check("skipped", self.checks[name].method, 0, 0, total, kinks, None, reason)

    @property
    def disputed(self) -> bool:
        """Whether the engine and a witness disagree on the value or any gradient."""
        return self.value is not None or any(each.status == "disagree" for each in self.checks.values())


class LadderStep(NamedTuple):
    """One step of the ladder: what it does, when, and why."""

    name: str
    run: Callable[[Evidence], None]
    why: str
    if_disputed: bool = True


def run_ladder(question: Question, method: str) -> Findings:
    """What the witnesses of ``method`` find; see ``autograd_core.check.check``."""
    question = with_constants(question)
    clock = Clock(question.budget)
    if method == "numeric":
        checks, _ = differences(question, clock)
        return Findings(checks, overall(question, checks))
    found = Evidence(question, clock)
    for step in LADDER:
        if found.disputed or not step.if_disputed:
            step.run(found)
    checks = found.checks
    if method == "all":
        numbers, other = differences(question, clock)
        checks = {
            name: together(checks[name], numbers[name], rows(name, question, found.result, other))
            for name in question.wanted
        }
    return Findings(checks, overall(question, checks, found.value, found.result.rounding.get(VALUE), found.source))


def differentiated(found: Evidence, *, exact: bool = False) -> WitnessResult:
    """What SymPy says: entry by entry as far as the time for that lasts, for the others by kernels.

    These also tell what a kink reaches.
    """
    question, clock = found.question, found.clock
    by_entry: WitnessResult | None = None
    try:
        worker.wait()
        met = corners(question)
        by_entry = entrywise.gradients(question, clock, exact=exact)
        if by_entry is not None and by_entry.whole and not met:
            return by_entry
        by_kernels = sweep.gradients(question, clock, met, exact=exact)
    except OutOfTimeError as error:
        if by_entry is None or met:
            by_entry = WitnessResult("sympy")
        by_entry.reasons = dict.fromkeys(question.wanted, str(error))
        return by_entry
    if by_entry is not None and by_entry.whole:
        by_entry.kinks = by_kernels.kinks
        return by_entry
    return by_kernels if by_entry is None else by_kernels.with_entries(by_entry)


def with_50_digits(found: Evidence) -> None:
    """Compare with SymPy's formulas computed without rounding, overflow or underflow."""
    exact = differentiated(found, exact=True)
    if exact.method == found.result.method and exact.gradients.keys() == found.result.gradients.keys():
        exact.rounding = found.result.rounding
        found.compare(exact)


def read_again(found: Evidence) -> None:
    """Compare the value with that of the text, read a second time."""
    question = found.question
    if found.value is not None or question.text is None or found.clock.left < 0:
        return
    found.value = value_differs(question, rereading.value_of(question.text, question.inputs))
    if found.value is not None:
        found.source = "reading the text a second time"
        allowed(question, found.result, found.clock)


def without_a_value(found: Evidence) -> None:
    """Leave gradients out where the value is not a number: which one is passed on is a convention."""
    if found.value is None and np.isnan(found.question.value).any():
        for name in found.checks:
            found.leave_out(name, "the value of the result is not a number, and then its gradient is a convention")


def out_of_range(found: Evidence) -> None:
    """Leave out inputs on whose way to the result the witness computes with something else than the engine."""
    reasons = incomparable(found.question)
    for name in reasons.keys() & found.checks.keys():
        found.leave_out(name, reasons[name])
    if VALUE in reasons and found.source == "SymPy":
        found.value = None


LADDER = (
    LadderStep(
        "SymPy",
        lambda found: found.compare(differentiated(found)),
        "it differentiates the formula by its own rules",
        if_disputed=False,
    ),
    LadderStep(
        "rounding",
        lambda found: found.compare(allowed(found.question, found.result, found.clock)),
        "two right programs differ where an expression cancels",
    ),
    LadderStep("50 digits", with_50_digits, "SymPy's formulas, too, cancel, overflow and underflow in float64"),
    LadderStep("second reading", read_again, "all witnesses start from the parsed expression", if_disputed=False),
    LadderStep("no value", without_a_value, "the gradient of what is not a number is a convention"),
    LadderStep("out of range", out_of_range, "SymPy takes nan for complex, and norms written out overflow"),
)
"""The steps by which SymPy's witness is heard."""


def differences(question: Question, clock: Clock) -> tuple[dict[str, Check], WitnessResult]:
    """The numeric checks of all variables, and what they rest on; rounding is allowed for here, too."""
    result = numeric.gradients(question, clock)
    checks = {name: noted(name, question, result) for name in question.wanted}
    if any(each.status == "disagree" for each in checks.values()):
        result = allowed(question, result, clock)
        checks = {name: noted(name, question, result) for name in question.wanted}
    return checks, result


def allowed(question: Question, result: WitnessResult, clock: Clock) -> WitnessResult:
    """A witness's result with what rounding can do to the engine's answer: anything, where there is no time to tell."""
    if not result.rounding:
        try:
            result.rounding = engine_spread(question, clock)
        except OutOfTimeError as error:
            whole = {VALUE: question.value, **question.gradients}
            result.rounding = {name: np.full(array.shape, np.inf) for name, array in whole.items()}
            why = f"what rounding makes of the difference is not known: {error}"
            result.reasons = {**dict.fromkeys(question.wanted, why), **result.reasons}
        except Exception:  # a rule that is wrong can fail in any way; then nothing is excused
            result.rounding = {}
    return result


def noted(name: str, question: Question, result: WitnessResult) -> Check:
    """The numeric check of a variable, with its largest relative error in words where anything was compared."""
    check = compare(name, question, result)
    if not check.compared + check.covered and check.worst is None:
        return check
    witness = result.gradients[name]
    engine = np.asarray(question.gradients[name], dtype=np.float64)
    reached = np.isfinite(witness) & np.isfinite(engine)
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(engine), np.abs(witness))
        allowed = result.tolerance[name] + question.atol  # as in the comparison: no share of what is nothing
        if np.asarray(question.value).dtype != np.float64:  # rounding of the run itself is no error of its rules
            allowed = allowed + question.rtol * size
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
    speaking = [each for each in (first, second) if each.compared + each.covered or each.worst is not None]
    note = other.note or more.note
    if second not in speaking and second.reason and status == "agree":
        note = f"differences of values tell nothing: {second.reason}"
    return replace(
        more,
        status=status,
        method="all" if len(speaking) == 2 else speaking[0].method if speaking else more.method,
        worst=first.worst or second.worst,
        reason=None if status == "agree" else joined((first.reason, second.reason)),
        rows=side_by_side,
        note=note,
    )


def rows(name: str, question: Question, sympy: WitnessResult, other: WitnessResult) -> tuple[Row, ...]:
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
        Row(question.place(index), float(engine[index]), number(columns[0], index), number(columns[1], index))
        for index in places
    )
