"""The numeric witness: central differences of the value, in float64.

It knows nothing of derivatives, and shares the forward pass with the engine: it cannot tell a wrong forward. The step
is chosen for each entry: of a few steps the one whose two estimates, with the step and with half of it, are closest to
each other. Few entries are taken one by one; many along random directions that have no small entry.

The words for relative errors follow the notes of Stanford's CS231n on gradient checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check import Question
from autograd_core.check.clock import Clock
from autograd_core.check.kinks import corners
from autograd_core.check.linear import Directions
from autograd_core.check.samples import chosen
from autograd_core.check.touch import touches
from autograd_core.check.verdict import Testimony
from autograd_core.check.worker import OutOfTimeError
from autograd_core.errors import AutogradError
from autograd_core.expr.evaluate import evaluate
from autograd_core.report import Worst

Array = npt.NDArray[Any]

MAX_EACH = 400
"""Entries up to which all are taken one by one."""

SAMPLES = 8
"""Entries of each input taken one by one when there are more."""

DIRECTIONS = 4
STEPS = (1e-3, 1e-4, 1e-5, 1e-6)
RTOL = 1e-5
"""What differs by less, relatively, agrees: a difference of values cannot tell more."""

FLOOR = 1e-11
"""So does what differs by less than this part of the size of the result: around 0 there is rounding alone."""

RESOLVED = 1e-3
"""Relative error of a difference above which it tells nothing."""

EPSILON = float(np.finfo(np.float64).eps)


class Differences:
    """Derivatives of the weighted sum of the result along directions in the space of inputs."""

    def __init__(self, question: Question, clock: Clock) -> None:
        self.question = question
        self.clock = clock
        self.inputs = {name: np.asarray(array, dtype=np.float64) for name, array in question.inputs.items()}
        self.size = 0.0
        self.corners = corners(question)
        self.centre = self.value(self.inputs)

    def value(self, inputs: dict[str, Array]) -> float:
        """The weighted sum of the result; nan where the expression has no value."""
        self.clock.tick()
        try:
            result = np.asarray(evaluate([self.question.result], inputs)[self.question.result])
        except (AutogradError, ArithmeticError, ValueError):
            return float("nan")
        with np.errstate(all="ignore"):
            terms = self.question.weights * result
            size = float(np.sum(np.abs(terms)))
            self.size = max(self.size, size) if np.isfinite(size) else self.size
            return float(np.sum(terms))

    def along(self, name: str, direction: Array, scale: float) -> tuple[float, float, bool]:
        """The derivative along a direction, its error as far as it is known, and whether there seems to be a kink."""
        best = (float("nan"), float("inf"), False)
        for relative in STEPS:
            h = relative * scale
            found = self._pair(name, direction, h)
            if np.isfinite(found[0]) and found[1] < best[1]:
                best = found
            if best[1] <= 1e-9 * max(abs(best[0]), 1e-3):
                break
        return best

    def _pair(self, name: str, direction: Array, h: float) -> tuple[float, float, bool]:
        """Central differences with a step and half of it, extrapolated."""
        base = self.inputs[name]
        up, down, near_up, near_down = (
            self.value({**self.inputs, name: base + step * direction}) for step in (h, -h, h / 2, -h / 2)
        )
        wide, narrow = (up - down) / (2 * h), (near_up - near_down) / h
        bend, near_bend = up + down - 2 * self.centre, near_up + near_down - 2 * self.centre
        rounding = 4 * EPSILON * self.size / h
        kink = abs(near_bend) > 0.4 * abs(bend) and abs(near_bend) / h > 1e-6 * abs(narrow) + 10 * rounding
        return (4 * narrow - wide) / 3, abs(narrow - wide) / 4 + rounding, kink


def testify(question: Question, clock: Clock) -> Testimony:
    """What differences say of every gradient."""
    testimony = Testimony("numeric")
    try:
        differences = Differences(question, clock)
        if not np.isfinite(differences.centre):
            testimony.reasons = dict.fromkeys(question.wanted, "the value of the result is not finite")
            return testimony
        total = sum(question.inputs[name].size for name in question.wanted)
        for name in question.wanted:
            if question.gradients[name].shape == question.inputs[name].shape:
                _variable(differences, name, testimony, each=total <= MAX_EACH)
            else:
                testimony.gradients[name] = np.zeros(question.inputs[name].shape)
    except OutOfTimeError as error:
        for name in question.wanted:
            if name not in testimony.gradients:
                testimony.reasons[name] = str(error)
    return testimony


def _variable(differences: Differences, name: str, testimony: Testimony, *, each: bool) -> None:
    x = differences.inputs[name]
    gradient = np.asarray(differences.question.gradients[name], dtype=np.float64)
    found = np.full(x.shape, np.nan)
    testimony.compared[name] = np.zeros(x.shape, dtype=bool)
    testimony.kinks[name] = np.zeros(x.shape, dtype=bool)
    testimony.tolerance[name] = np.zeros(x.shape)
    testimony.gradients[name] = found
    for index in list(np.ndindex(x.shape)) if each else chosen(x, SAMPLES):
        _entry(differences, name, index, testimony, gradient)
    if each or not x.size:
        return
    wrong = _projected(differences, name, gradient)
    if wrong is not None and touches(differences.question, differences.corners, name, wrong.index):
        testimony.reasons[name] = "differences along many entries at once meet kinks"
        return
    if wrong is not None:
        testimony.found[name] = wrong
    missing = np.isnan(found) & ~testimony.kinks[name]
    found[missing] = gradient[missing]
    testimony.covered[name] = missing


def _entry(differences: Differences, name: str, index: tuple[int, ...], testimony: Testimony, gradient: Array) -> None:
    """The derivative by one entry."""
    x = differences.inputs[name]
    direction = np.zeros(x.shape)
    direction[index] = 1.0
    slope, error, kink = differences.along(name, direction, max(abs(float(x[index])), 1e-2))
    if not np.isfinite(slope) and x[index]:
        slope, error, kink = differences.along(name, direction, abs(float(x[index])))
    size = max(abs(slope), abs(float(gradient[index])))
    allowed = error + RTOL * size + FLOOR * differences.size
    if error > RESOLVED * max(size, RESOLVED * float(np.nanmax(np.abs(gradient)))):
        testimony.reasons.setdefault(name, "rounding hides some derivatives from differences of values")
        return
    agrees = abs(slope - gradient[index]) <= allowed
    if not agrees and (kink or touches(differences.question, differences.corners, name, index)):
        testimony.kinks[name][index] = True
        return
    testimony.gradients[name][index] = slope
    testimony.compared[name][index] = True
    testimony.tolerance[name][index] = allowed


def _projected(differences: Differences, name: str, gradient: Array) -> Worst | None:
    """Compare along random directions; an entry that is wrong is found by halving."""
    x = differences.inputs[name]
    directions = Directions(2)
    for _ in range(DIRECTIONS):
        direction = directions.like(x.shape)
        if _is_wrong(differences, name, gradient, direction):
            candidates = np.arange(x.size)
            while candidates.size > 1:
                halves = np.array_split(candidates, 2)
                candidates = next(
                    (h for h in halves if _is_wrong(differences, name, gradient, _part(direction, h))), halves[0]
                )
            place = tuple(int(i) for i in np.unravel_index(int(candidates[0]), x.shape))
            single = _part(np.ones(x.shape), candidates)
            slope, _, _ = differences.along(name, single, max(abs(float(x[place])), 1e-2))
            return Worst(place, float(gradient[place]), slope)
    return None


def _part(direction: Array, places: Array) -> Array:
    part = np.zeros(direction.size)
    part[places] = direction.reshape(-1)[places]
    return part.reshape(direction.shape)


def _is_wrong(differences: Differences, name: str, gradient: Array, direction: Array) -> bool:
    scale = max(float(np.median(np.abs(differences.inputs[name]))), 1e-2)
    slope, error, kink = differences.along(name, direction, scale / 10)
    if not np.isfinite(slope) or kink:
        return False
    terms = gradient * direction
    ours = float(np.sum(terms))
    return abs(ours - slope) > 10 * error + RTOL * max(abs(slope), float(np.linalg.norm(terms)))


def words(worst: Sequence[float]) -> str:
    """What the largest relative error says, after CS231n."""
    largest = max(worst, default=0.0)
    if largest > 1e-2:
        return "relative error above 1e-2: the gradient is probably wrong"
    if largest > 1e-4:
        return "relative error above 1e-4: this should make you uncomfortable"
    if largest > 1e-7:
        return "relative error up to 1e-4: fine where there are kinks, too high where there are none"
    return "relative error up to 1e-7: you should be happy"
