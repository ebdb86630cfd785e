"""The numeric witness: central differences of the value, in float64.

It knows nothing of derivatives, and shares the forward pass with the engine: it cannot tell a wrong forward. Few
entries are taken one by one; many along random directions that have no small entry. Where ever smaller steps settle on
no slope it says so, and calls nothing wrong: see ``differences``.

The words for relative errors follow the notes of Stanford's CS231n on gradient checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.comparison import WitnessResult
from autograd_core.check.kinks import crosses, movable
from autograd_core.check.question import Question
from autograd_core.check.witnesses.differences import Differences, Slope
from autograd_core.check.witnesses.entrywise import chosen
from autograd_core.check.witnesses.linear import Directions
from autograd_core.phases import report_progress
from autograd_core.report import Worst
from autograd_core.symbolic.worker import Clock, OutOfTimeError

Array = npt.NDArray[Any]

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
            if question.gradients[name].shape == question.inputs[name].shape:
                _variable(differences, name, outcome, each=total <= MAX_EACH)
            else:
                outcome.gradients[name] = np.zeros(question.inputs[name].shape)
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
    places = list(np.ndindex(x.shape)) if each else chosen(x, SAMPLES)
    for done, index in enumerate(places):
        report_progress(done, len(places))
        _entry(differences, name, index, outcome, gradient)
    if each or not x.size:
        return
    wrong, decided = _projected(differences, name, gradient)
    if wrong is not None and crosses(differences.question, differences.corners, name, wrong.index):
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
    if not np.isfinite(slope.value) and x[index]:
        scale = abs(float(x[index]))
        slope = differences.along(name, direction, scale)
    least = RESOLVED * float(np.abs(gradient[np.isfinite(gradient)]).max(initial=0.0))
    if np.isfinite(ours) and (_hidden(slope, ours, least) or not _agrees(differences, slope, ours)):
        closer = differences.settled(name, direction, scale, ours)
        sharp = crosses(differences.question, differences.corners, name, index)
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
    for _ in range(DIRECTIONS):
        direction = directions.like(x.shape)
        wrong = _is_wrong(differences, name, gradient, direction)
        decided = decided or wrong is not None
        if wrong:
            worst = furthest_off(direction, lambda part: float(_is_wrong(differences, name, gradient, part) is True))
            place = tuple(int(i) for i in np.unravel_index(int(worst[0]), x.shape))
            single = part_of(np.ones(x.shape), worst)
            slope = differences.along(name, single, max(abs(float(x[place])), 1e-2))
            return Worst(place, float(gradient[place]), slope.value), True
    return None, decided


def part_of(direction: Array, places: Array) -> Array:
    """A direction at some places, 0 at all others."""
    part = np.zeros(direction.size)
    part[places] = direction.reshape(-1)[places]
    return part.reshape(direction.shape)


def furthest_off(direction: Array, error: Callable[[Array], float]) -> Array:
    """The place at which a direction has the largest error: the half of the entries that is further off is halved."""
    places = np.flatnonzero(direction)
    while places.size > 1:
        halves = np.array_split(places, 2)
        errors = [error(part_of(direction, half)) for half in halves]
        places = halves[int(np.argmax(np.nan_to_num(errors, nan=-1.0)))]  # one that cannot tell is not followed
    return places


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
    if not np.isfinite(slope.value) or slope.kink:
        return None
    if not differs(slope):
        return False
    closer = differences.settled(name, direction, scale, ours)
    return None if closer is None or closer.kink else differs(closer)


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
