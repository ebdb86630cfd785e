"""The numeric witness: central differences of the value, in float64, each with an error of its own making.

It knows nothing of derivatives, and shares the forward pass with the engine: it cannot tell a wrong forward. Few
entries are taken one by one; many along random directions that have no small entry.

A slope comes from one step and half of it, extrapolated; what the two differ by, and what rounding makes of the values,
is its error. One step cannot tell that the expression bends more sharply than the step is long, and then its error is
not to be believed. So a slope that contradicts anybody is asked of ever smaller steps, and only what neighbouring steps
find alike, with the smallest of them, counts (``settled``): where they settle on none nothing is called wrong. The
extrapolation is that of C. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Advances in Engineering Software 4
(1982), the words for relative errors follow the notes of Stanford's CS231n on gradient checks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.comparison import WitnessResult
from autograd_core.check.compare.rounding import VALUE, Noise, Noisy, spread
from autograd_core.check.kinks import crosses, movable
from autograd_core.check.question import Question
from autograd_core.check.witnesses.entrywise import chosen
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import variables_in
from autograd_core.expr.run import evaluate
from autograd_core.ops.spec import Shape
from autograd_core.phases import report_progress
from autograd_core.report import Worst
from autograd_core.symbolic.worker import Clock, OutOfTimeError

Array = npt.NDArray[Any]

STEPS = (1e-3, 1e-4, 1e-5, 1e-6)
"""Steps tried first, relative to the scale of what is moved."""

SMALLER = tuple(10.0**-k for k in range(3, 16))
"""Steps tried where a slope contradicts."""

ALIKE = 0.02
"""Part of a slope, and of what it contradicts by, that neighbouring steps may differ by."""

EPSILON = float(np.finfo(np.float64).eps)


class Slope(NamedTuple):
    """A derivative along a direction, its error as far as one step can tell, and rounding's part of it.

    ``still`` says that no value changed at all.
    """

    value: float
    error: float
    rounding: float
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
        found = [self.pair(name, direction, relative * scale) for relative in STEPS]
        return min([slope for slope in found if np.isfinite(slope.value)], key=lambda s: s.error, default=NOTHING)

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
        if h == 0:  # a step smaller than the smallest float
            return NOTHING
        h = 2.0 ** round(math.log2(h))  # what is added to a number is then what was meant
        base = self.inputs[name]
        up, down, near_up, near_down = (
            self.value({**self.inputs, name: base + step * direction}) for step in (h, -h, h / 2, -h / 2)
        )
        wide, narrow = (up - down) / (2 * h), (near_up - near_down) / h
        rounding = 4 * EPSILON * self.size / h
        still = up == down == near_up == near_down == self.centre
        return Slope((4 * narrow - wide) / 3, abs(narrow - wide) / 4 + rounding, rounding, still)


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


class Directions:
    """Random arrays of any shape, of numbers between 1/2 and 3/2 in size, of either sign: none is ever small."""

    def __init__(self, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)

    def like(self, shape: Shape) -> Array:
        """A random array."""
        drawn = self._random.uniform(-1.0, 1.0, shape)
        return np.asarray(drawn + np.copysign(0.5, drawn))


MAX_EACH = 400
"""Entries up to which all are taken one by one."""

SAMPLES = 8
"""Entries of each input taken one by one when there are more."""

DIRECTIONS = 4
RTOL = 1e-5
"""What differs by less, relatively, agrees: a difference of values cannot tell more."""

FLOOR = 1e-11
"""So does what differs by less than this part of the size of the result: around 0 there is rounding alone."""

RESOLVED = 1e-3
"""Relative error of a difference above which it tells nothing."""

HIDDEN = "rounding hides some derivatives from differences of values"
UNSETTLED = "differences of values settle on no slope at some entries, however small the step: they cannot tell"


def gradients(question: Question, clock: Clock) -> WitnessResult:
    """What differences say of every gradient."""
    outcome = WitnessResult("numeric")
    finished: set[str] = set()
    try:
        differences = Differences(question, clock)
        if not np.isfinite(differences.centre):
            outcome.reasons = dict.fromkeys(question.wanted, "the value of the result is not finite")
            return outcome
        total = sum(question.inputs[name].size for name in question.wanted)
        for name in question.wanted:
            _variable(differences, name, outcome, each=total <= MAX_EACH)
            finished.add(name)
    except OutOfTimeError as error:
        outcome.reasons.update({name: str(error) for name in question.wanted if name not in finished})
    return outcome


def _variable(differences: Differences, name: str, outcome: WitnessResult, *, each: bool) -> None:
    x = differences.inputs[name]
    if name not in movable(differences.question.result) and not differences.moves(name):
        outcome.reasons[name] = f"{name} holds labels or indices, which are not moved"
        return
    gradient = np.asarray(differences.question.gradients[name], dtype=np.float64)
    found = np.full(x.shape, np.nan)
    outcome.compared[name] = np.zeros(x.shape, dtype=bool)
    outcome.kinks[name] = np.zeros(x.shape, dtype=bool)
    outcome.tolerance[name] = np.zeros(x.shape)
    outcome.gradients[name] = found
    if name not in variables_in(differences.question.result):
        found[...], outcome.compared[name] = 0.0, True
        return
    places = list(np.ndindex(x.shape)) if each else chosen(x, SAMPLES)
    for done, index in enumerate(places):
        report_progress(done, len(places))
        _entry(differences, name, index, outcome, gradient)
    if each or not x.size:
        return
    wrong, decided = _projected(differences, name, gradient)
    if wrong is not None and crosses(differences.question, name, wrong.index):
        outcome.reasons[name] = "differences along many entries at once meet kinks"
        return
    if wrong is None and not decided:
        outcome.reasons[name] = UNSETTLED
        return
    if wrong is not None:
        outcome.found[name] = wrong
    missing = np.isnan(found) & ~outcome.kinks[name]
    found[missing] = gradient[missing]
    outcome.covered[name] = missing


def _entry(
    differences: Differences, name: str, index: tuple[int, ...], outcome: WitnessResult, gradient: Array
) -> None:
    """The derivative by one entry."""
    x = differences.inputs[name]
    direction = np.zeros(x.shape)
    direction[index] = 1.0
    ours = float(gradient[index])
    scale = max(abs(float(x[index])), 1e-2)
    slope = differences.along(name, direction, scale)
    least = RESOLVED * float(np.abs(gradient[np.isfinite(gradient)]).max(initial=0.0))
    if np.isfinite(ours) and (_hidden(slope, ours, least) or not _agrees(differences, slope, ours)):
        closer = differences.settled(name, direction, scale, ours)
        sharp = crosses(differences.question, name, index)
        if sharp and (closer is None or not _agrees(differences, closer, ours)):
            outcome.kinks[name][index] = True
            return
        if closer is None:
            outcome.reasons.setdefault(name, HIDDEN if slope.error < 2 * slope.rounding else UNSETTLED)
            return
        slope = closer
    if _hidden(slope, ours, least):
        outcome.reasons.setdefault(name, HIDDEN)
        return
    outcome.gradients[name][index] = slope.value
    outcome.compared[name][index] = True
    outcome.tolerance[name][index] = _allowed(differences, slope, ours)


def _hidden(slope: Slope, ours: float, least: float) -> bool:
    """Whether the error of a slope is too large for it to tell anything; ``least`` is what counts as a slope at all."""
    return slope.error > RESOLVED * max(abs(slope.value), abs(ours), least)


def _allowed(differences: Differences, slope: Slope, ours: float) -> float:
    """What a slope and the gradient may differ by."""
    return slope.error + RTOL * max(abs(slope.value), abs(ours)) + FLOOR * differences.size


def _agrees(differences: Differences, slope: Slope, ours: float) -> bool:
    return abs(slope.value - ours) <= _allowed(differences, slope, ours)


def _projected(differences: Differences, name: str, gradient: Array) -> tuple[Worst | None, bool]:
    """Compare along random directions: an entry that is wrong, found by halving, and whether any direction told."""
    x = differences.inputs[name]
    directions = Directions(2)
    decided = False

    def part(direction: Array, places: Array) -> Array:
        """A direction at some places, 0 at all others."""
        kept = np.zeros(direction.size)
        kept[places] = direction.reshape(-1)[places]
        return kept.reshape(x.shape)

    for _ in range(DIRECTIONS):
        direction = directions.like(x.shape)
        wrong = _is_wrong(differences, name, gradient, direction)
        decided = decided or wrong is not None
        if wrong:
            places = np.arange(x.size)
            while places.size > 1:
                left, right = np.array_split(places, 2)
                alone = [_is_wrong(differences, name, gradient, part(direction, half)) for half in (left, right)]
                places = right if alone[1] and not alone[0] else left
            place = tuple(int(i) for i in np.unravel_index(int(places[0]), x.shape))
            slope = differences.along(name, part(np.ones(x.shape), places), max(abs(float(x[place])), 1e-2))
            return Worst(place, float(gradient[place]), slope.value), True
    return None, decided


def _is_wrong(differences: Differences, name: str, gradient: Array, direction: Array) -> bool | None:
    """Whether the gradient contradicts the differences along a direction; None where they cannot tell."""
    terms = gradient * direction
    ours = float(np.sum(terms))
    if not np.isfinite(ours):
        return None

    def differs(slope: Slope) -> bool:
        allowed = 10 * slope.error + RTOL * max(abs(slope.value), float(np.linalg.norm(terms)))
        return abs(ours - slope.value) > allowed

    scale = max(float(np.median(np.abs(differences.inputs[name]))), 1e-2) / 10
    slope = differences.along(name, direction, scale)
    if not np.isfinite(slope.value):
        return None
    if not differs(slope):
        return False
    closer = differences.settled(name, direction, scale, ours)
    return None if closer is None else differs(closer)


WORDS = {
    1e-2: "relative error above 1e-2: the gradient is probably wrong",
    1e-4: "relative error above 1e-4: this should make you uncomfortable",
    1e-7: "relative error up to 1e-4: fine where there are kinks, too high where there are none",
}
"""What relative errors say that are larger, after CS231n."""


def words(errors: Sequence[float]) -> str:
    """What the largest relative error says."""
    largest = max(errors, default=0.0)
    known = (said for bound, said in WORDS.items() if largest > bound)
    return next(known, "relative error up to 1e-7: you should be happy")
