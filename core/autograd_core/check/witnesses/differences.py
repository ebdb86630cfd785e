"""Slopes from central differences of the value, each with an error of its own making.

A slope comes from one step and half of it, extrapolated; what the two differ by, and what rounding makes of the values,
is its error. One step cannot tell that the expression bends more sharply than the step is long, and then its error is
not to be believed. So a slope that contradicts anybody is asked of ever smaller steps, and only what neighbouring steps
find alike, with the smallest of them, counts: see ``settled``. The extrapolation is that of C. Ridders, "Accurate
computation of F'(x) and F'(x)F''(x)", Advances in Engineering Software 4 (1982).
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.rounding import VALUE, Noise, Noisy, spread
from autograd_core.check.kinks import Corner, corners
from autograd_core.check.question import Question
from autograd_core.errors import AutogradError
from autograd_core.expr.run import evaluate
from autograd_core.symbolic.worker import Clock

Array = npt.NDArray[Any]

STEPS = (1e-3, 1e-4, 1e-5, 1e-6)
"""Steps tried first, relative to the scale of what is moved."""

SMALLER = tuple(10.0**-k for k in range(3, 16))
"""Steps tried where a slope contradicts."""

ALIKE = 0.02
"""Part of a slope, and of what it contradicts by, that neighbouring steps may differ by."""

EPSILON = float(np.finfo(np.float64).eps)


class Slope(NamedTuple):
    """A derivative along a direction, its error as far as one step can tell, rounding's part of it, and a kink's mark.

    ``still`` says that no value changed at all.
    """

    value: float
    error: float
    rounding: float
    kink: bool = False
    still: bool = False


NOTHING = Slope(float("nan"), float("inf"), float("inf"))


class Differences:
    """Derivatives of the weighted sum of the result along directions in the space of inputs."""

    def __init__(self, question: Question, clock: Clock) -> None:
        self.question = question
        self.clock = clock
        self.inputs = {name: np.asarray(array, dtype=np.float64) for name, array in question.inputs.items()}
        self.size = 0.0
        self.centre = self.value(self.inputs)

    @cached_property
    def corners(self) -> list[Corner]:
        """The kinks that are met at these numbers."""
        return corners(self.question)

    @cached_property
    def rounding(self) -> float:
        """How far rounding on the way, of which the size of a value that cancels says nothing, can move the value."""

        def changed(change: Noise) -> dict[str, Array]:
            inputs: dict[str, Any] = {name: Noisy(array, change) for name, array in self.inputs.items()}
            return {VALUE: np.asarray(self.value(inputs))}

        return float(spread(changed, {VALUE: np.asarray(self.centre)}, EPSILON)[VALUE])

    def value(self, inputs: dict[str, Any]) -> float:
        """The weighted sum of the result; nan where the expression has no value."""
        self.clock.tick()
        try:
            made: Any = evaluate([self.question.result], inputs)[self.question.result]
            result = made.array if isinstance(made, Noisy) else np.asarray(made)
        except (AutogradError, ArithmeticError, ValueError):
            return float("nan")
        with np.errstate(all="ignore"):
            terms = self.question.weights * result
            size = float(np.sum(np.abs(terms)))
            self.size = max(self.size, size) if np.isfinite(size) else self.size
            return float(np.sum(terms))

    def moves(self, name: str) -> bool:
        """Whether the expression has a value where an input is no longer made of whole numbers."""
        return bool(np.isfinite(self.value({**self.inputs, name: self.inputs[name] + 2.0**-20})))

    def along(self, name: str, direction: Array, scale: float) -> Slope:
        """The slope along a direction with the least error of a few steps."""
        best = NOTHING
        for relative in STEPS:
            found = self.pair(name, direction, relative * scale)
            if np.isfinite(found.value) and found.error < best.error:
                best = found
            if best.error <= 1e-9 * max(abs(best.value), 1e-3):
                break
        return best

    def settled(self, name: str, direction: Array, scale: float, claimed: float) -> Slope | None:
        """The slope on which ever smaller steps settle, as far as telling it from a claim takes; None if they do not.

        Of the steps that find the same as their neighbour, the smallest count: what larger ones find, they find on the
        other side of a bend. Of those, the slope with the least error is taken, which is at least what it differs from
        its neighbour by, and what the changes of the value that smaller steps meet would make of it. None counts that
        rounding on the way could have made. Slopes that vanish beside the claim count only while they go on to vanish.
        """
        found: Slope | None = None
        width = changed = 0.0
        before = NOTHING
        for turn, relative in enumerate(SMALLER):
            slope = self.pair(name, direction, relative * scale)
            if slope.still and turn and abs(before.value) > slope.rounding:
                return None  # a step between jumps, or one that is lost in a larger number
            if slope.rounding > ALIKE * _telling(slope, claimed):
                break  # smaller steps tell less
            if _alike(before, slope, claimed) or _vanish(before, slope, claimed):
                better = min(before, slope, key=lambda each: each.error)
                better = better._replace(error=max(better.error, abs(before.value - slope.value)))
                if found is None or not _alike(found, slope, claimed) or better.error < found.error:
                    found, width, changed = better, relative, 0.0
            elif _vanish(before, before, claimed):
                found = None
            if found is not None:
                changed = max(changed, abs(slope.value - found.value) * relative)
            before = slope
        if found is None or self.rounding / (width * scale) > _telling(found, claimed):
            return None
        return found._replace(error=max(found.error, changed / width))

    def pair(self, name: str, direction: Array, h: float) -> Slope:
        """Central differences with a step and half of it, extrapolated."""
        h = 2.0 ** round(math.log2(h))  # what is added to a number is then what was meant
        base = self.inputs[name]
        up, down, near_up, near_down = (
            self.value({**self.inputs, name: base + step * direction}) for step in (h, -h, h / 2, -h / 2)
        )
        wide, narrow = (up - down) / (2 * h), (near_up - near_down) / h
        bend, near_bend = up + down - 2 * self.centre, near_up + near_down - 2 * self.centre
        rounding = 4 * EPSILON * self.size / h
        kink = abs(near_bend) > 0.4 * abs(bend) and abs(near_bend) / h > 1e-6 * abs(narrow) + 10 * rounding
        still = up == down == near_up == near_down == self.centre
        return Slope((4 * narrow - wide) / 3, abs(narrow - wide) / 4 + rounding, rounding, kink, still)


def _telling(slope: Slope, claimed: float) -> float:
    """How far a slope is from what is claimed, at least a small part of itself."""
    return max(abs(slope.value - claimed), ALIKE * abs(slope.value))


def _alike(wide: Slope, narrow: Slope, claimed: float) -> bool:
    """Whether two slopes are the same as far as it takes to tell them from what is claimed."""
    size = max(abs(wide.value), abs(narrow.value))
    allowed = ALIKE * min(size, _telling(wide, claimed), _telling(narrow, claimed))
    allowed += 10 * max(wide.rounding, narrow.rounding)
    return max(abs(wide.value - narrow.value), narrow.error) <= allowed


def _vanish(wide: Slope, narrow: Slope, claimed: float) -> bool:
    """Whether slopes are nothing beside what is claimed, and do not grow as the step shrinks."""
    return abs(narrow.value) <= abs(wide.value) and abs(wide.value) + wide.error <= ALIKE * abs(wide.value - claimed)
