"""From what a witness says to what is reported: entries compared one by one, and counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.question import Findings, Question
from autograd_core.dataclass import dataclass
from autograd_core.number_text import number_text, pair_texts
from autograd_core.report import Check, Verdict, Worst, index_text

Array = npt.NDArray[Any]

AT_KINKS = "every entry is at a kink, where there is no derivative to compare"


@dataclass()
class WitnessResult:
    """What one witness says.

    ``gradients`` has the variables it could say something about. ``compared`` and ``covered`` mark their entries, by a
    boolean array or by True for all of them: those the witness found by themselves, and those it reached by
    projections. ``kinks`` marks entries at a point without a derivative. ``found`` are entries that are wrong by a
    projection. ``rounding`` says how far rounding can move entries, and the result under ``VALUE``, where that is
    known; ``tolerance`` how far the witness itself may be off. ``moved`` says how far rounding of the inputs moves
    entries that are known to 50 digits: what differs by more was lost on the way. ``reasons`` say why entries are
    missing.
    """

    method: str
    value: Array | None = None
    gradients: dict[str, Array] = field(default_factory=dict)
    compared: dict[str, Any] = field(default_factory=dict)
    covered: dict[str, Any] = field(default_factory=dict)
    kinks: dict[str, Array] = field(default_factory=dict)
    found: dict[str, Worst] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    rounding: dict[str, Array] = field(default_factory=dict)
    tolerance: dict[str, Array] = field(default_factory=dict)
    moved: dict[str, Array] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether every entry of what it speaks of was found by itself."""
        return all(each is True for each in self.compared.values())

    def with_entries(self, other: WitnessResult) -> WitnessResult:
        """This result with the entries that another found by itself in the place of its own."""
        for name, marks in other.compared.items():
            self.gradients[name] = np.where(marks, other.gradients[name], self.gradients.get(name, np.nan))
            self.compared[name] = self.compared.get(name, False) | marks
        return self


@dataclass()
class Comparison:
    """An array beside what it should be, entry by entry.

    ``agree`` marks the entries that are equal within tolerance, ``hidden`` those of which that says nothing: one of the
    two is no number, or rounding makes the difference. ``value`` is None where there is none.
    """

    truth: Array
    value: Array | None
    agree: Array
    hidden: Array

    @property
    def agrees(self) -> bool:
        """Whether every entry agrees."""
        return bool(self.agree.all())

    @property
    def telling(self) -> Array:
        """The entries of which an agreement says something."""
        return self.agree & ~self.hidden


def entrywise(
    value: Array, truth: Array, rtol: float, atol: Any, allowed: Any = -1.0, rounding: Any = -1.0
) -> Comparison:
    """Two arrays side by side: equal within the tolerances, or up to what is ``allowed`` entry by entry.

    What is further apart, and by no more than ``rounding``, is hidden.
    """
    with np.errstate(all="ignore"):
        off = np.abs(value - truth)
        finite = np.isfinite(value) & np.isfinite(truth)
        near = off <= atol + rtol * np.maximum(np.abs(value), np.abs(truth))
        agree = (near | (off <= allowed)) & finite
        return Comparison(truth, value, agree, ~finite | ((off <= rounding) & ~agree))


LEAST = 1e-307
"""What differs by less agrees: floats end here."""


LOST = 1e-6
"""Difference, relative to a number, that shows where floats have lost its digits."""

LIMIT = 1e-250
"""What a limit that is 0 is found as, at most."""

MOVED = 64
"""An entry has lost its digits where it is off by this many times what rounding of the inputs makes of it."""


def lost(one: Array, digits: Array) -> Array:
    """Where numbers differ visibly from those with 50 digits; what should be 0 may be as large as rounding of 1."""
    with np.errstate(all="ignore"):
        return np.asarray(np.abs(one - digits) > np.maximum(LOST * np.where(digits == 0, 1.0, np.abs(digits)), LIMIT))


def absolute(atol: float, *arrays: Array) -> float:
    """The absolute tolerance for arrays: beside entries that are all smaller than it, it would hide any error."""
    with np.errstate(all="ignore"):
        size = max(float(np.max(np.abs(array), where=np.isfinite(array), initial=0.0)) for array in arrays)
    return atol if not 0 < size < atol else max(atol * size, LEAST)


def compare(name: str, question: Question, result: WitnessResult) -> Check:
    """What a witness found about one variable."""
    engine = np.asarray(question.gradients[name], dtype=np.float64)
    total, shape = engine.size, np.shape(question.inputs[name])
    witness, reason = result.gradients.get(name), result.reasons.get(name)
    if witness is None:
        return Check("skipped", result.method, 0, 0, total, 0, None, reason)
    if engine.shape != shape:
        reason = f"the gradient has shape {engine.shape}, the input {shape}"
        return Check("disagree", result.method, 0, 0, total, 0, None, reason)

    def marked(marks: Mapping[str, Any]) -> Array:
        return np.broadcast_to(marks.get(name, np.False_), shape)

    # A witness that sums in float64, step by step, leaves rounding where there is nothing.
    atol = absolute(question.atol, engine, witness) if result.method == "sympy" else question.atol
    rounding = result.rounding.get(name, np.array(-1.0))
    allowed = np.fmax(result.tolerance.get(name, -1.0), np.minimum(rounding, question.atol))
    with np.errstate(all="ignore"):  # of no matter how small a number all digits may be lost
        off = np.abs(engine - witness) > MOVED * result.moved.get(name, np.inf)
    gone = off & lost(engine, witness)
    found = entrywise(
        engine, witness, question.rtol, np.where(gone, 0.0, atol), np.where(gone, -1.0, allowed), rounding
    )
    kinks = marked(result.kinks)
    compared = marked(result.compared) & ~found.hidden & ~kinks
    covered = marked(result.covered) & ~found.hidden & ~kinks & ~compared
    reached = compared | covered
    wrong = reached & ~found.agree
    with np.errstate(all="ignore"):
        error = np.where(reached, np.abs(engine - witness), 0.0)
    counts = (int(np.count_nonzero(compared)), int(np.count_nonzero(covered)), total, int(np.count_nonzero(kinks)))
    largest = float(error.max()) if reached.any() else None
    projected = result.found.get(name)
    if projected is not None and not wrong.any() and excused(projected, result.rounding.get(name)):
        place = index_text(question.place(projected.index)) or "this entry"
        return Check("skipped", result.method, 0, 0, total, counts[3], None, f"at {place} {BLURRED}")
    if wrong.any() or projected is not None:
        worst = projected or worst_of(engine, witness, wrong)
        worst = replace(worst, index=question.place(worst.index))
        largest = max(largest or 0.0, abs(worst.engine - worst.witness))
        return Check("disagree", result.method, *counts, largest, reason, worst)
    missing = ~reached & ~kinks
    if missing.any():
        reason = reason or _why_not(engine, witness, missing & found.hidden, gone, question)
    elif not reached.any() and total:
        reason = AT_KINKS
    else:
        return Check("agree", result.method, *counts, largest)
    return Check("partial" if reached.any() or kinks.any() else "skipped", result.method, *counts, largest, reason)


def compare_alone(
    question: Question, name: str, engine: Array, witness: Array, tolerance: Array, rounding: Array, moved: Array
) -> Check:
    """A comparison of two arrays that are no gradients of the question."""
    alone = replace(question, inputs={name: engine}, wanted=(name,), gradients={name: engine})
    known = WitnessResult("sympy", gradients={name: witness}, compared={name: True})
    known = replace(known, tolerance={name: tolerance}, rounding={name: rounding}, moved={name: moved})
    return compare(name, alone, known)


def excused(worst: Worst, rounding: Array | None) -> bool:
    """Whether rounding alone can make the difference of an entry."""
    return rounding is not None and bool(abs(worst.engine - worst.witness) <= rounding[worst.index])


BLURRED = "the two differ by no more than rounding makes of it: not comparable"


def _why_not(engine: Array, witness: Array, missing: Array, gone: Array, question: Question) -> str:
    """Why entries could not be compared: one of the two is not a number, or rounding decides."""
    index = first(missing)
    at = f"at {index_text(question.place(index)) or 'this entry'}"
    if np.isfinite(engine[index]) and np.isfinite(witness[index]):
        numbers = " and ".join(pair_texts(float(engine[index]), float(witness[index])))
        if gone[index]:
            return f"{at} {numbers}: the second is right, with 50 digits; the first has lost its digits to rounding"
        return f"{at} {numbers}: {BLURRED}"
    ours, found = number_text(engine[index]), number_text(witness[index])
    if ours == found:
        return f"{at} the derivative is {found}, and the witness says the same, which is no number to compare"
    return f"{at} the derivative is {ours}, and the witness finds {found}: not comparable"


def first(mask: Array) -> tuple[int, ...]:
    """The index of the first entry that is marked, or the largest."""
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(mask)), mask.shape))


def worst_of(engine: Array, witness: Array, among: Array) -> Worst:
    """The entry with the largest difference, relative to the size of the two."""
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(engine), np.abs(witness))
        error = np.where(among, np.abs(engine - witness) / np.where(size == 0, 1.0, size), -1.0)
    index = first(np.nan_to_num(error, nan=np.inf))
    return Worst(index, float(engine[index]), float(witness[index]))


def value_differs(question: Question, value: Array | None) -> Worst | None:
    """The entry of the result where the engine's value and another differ most, None where they agree."""
    engine = np.asarray(question.value, dtype=np.float64)
    if value is None or value.shape != engine.shape:
        return None
    found = entrywise(engine, value, question.rtol, question.atol)
    wrong = ~found.agree & ~found.hidden
    return worst_of(engine, value, wrong) if wrong.any() else None


def summed(checks: Iterable[Check], rtol: float, atol: float, verdict: Verdict | None = None) -> Verdict:
    """The verdict over several checks; another ``verdict`` on the same may know of a value that differs."""
    found = list(checks)
    errors = [each.max_abs_error for each in found if each.max_abs_error is not None]
    statuses = {each.status for each in found}
    if "disagree" in statuses or (verdict is not None and verdict.status == "disagree"):
        status = "disagree"
    elif statuses <= {"agree"}:
        status = "agree"
    else:
        status = "skipped" if statuses == {"skipped"} else "partial"
    return Verdict(
        status,
        **{key: sum(getattr(each, key) for each in found) for key in ("compared", "covered", "total", "kinks")},
        max_abs_error=max(errors) if errors else None,
        rtol=rtol,
        atol=atol,
        reason=None if status == "agree" else joined(each.reason for each in found),
        value=None if verdict is None else verdict.value,
    )


def overall(
    question: Question,
    checks: Mapping[str, Check],
    value: Worst | None = None,
    rounding: Array | None = None,
    source: str = "the witness",
) -> Verdict:
    """The verdict over all variables and the forward value, of which ``rounding`` says how far it is uncertain.

    ``value`` is an entry of the result that ``source`` finds to be another.
    """
    found = summed(checks.values(), question.rtol, question.atol)
    reached = found.compared + found.covered
    if found.status != "disagree" and reached and reached + found.kinks == found.total:
        found = replace(found, status="agree", reason=None)
    if value is None:
        return found
    reason = f"the value of the result differs: {value.engine!r} here, {value.witness!r} by {source}"
    if excused(value, rounding):
        status = "partial" if found.status == "agree" else found.status
        return replace(found, status=status, reason=f"{reason}; rounding may make that much of it", value=value)
    return replace(found, status="disagree", reason=reason, value=value)


def joined(reasons: Iterable[str | None]) -> str | None:
    """Different reasons once each."""
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason)) or None


NOT_ASKED = "not asked for"


def skipped(question: Question, method: str, reason: str, status: str = "skipped") -> Findings:
    """The findings of a check that did not take place."""
    checks = {
        name: Check(status, method, 0, 0, int(np.size(question.gradients[name])), 0, None, reason)
        for name in question.wanted
    }
    return Findings(checks, overall(question, checks))
