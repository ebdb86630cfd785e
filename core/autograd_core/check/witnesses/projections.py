"""The gradients by the kernel witness, and projections of them along random directions where entries cannot be had.

``<v, J t>`` comes from a tangent sweep, which uses no adjoint; it must be ``<gradient, t>``. No entry of a direction is
small, so that every entry of the gradient takes part. When the two differ, halving the direction finds the entry.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.comparison import WitnessResult
from autograd_core.check.compare.rounding import Noise, spread
from autograd_core.check.kinks import Corner
from autograd_core.check.question import Question
from autograd_core.check.witnesses.entrywise import samples
from autograd_core.check.witnesses.linear import DIFFERENCES, furthest_off, part_of
from autograd_core.check.witnesses.reach import reached
from autograd_core.check.witnesses.sweep import BY_TANGENT, SYMBOLIC, UNPROVED, Sweeper
from autograd_core.report import Worst
from autograd_core.symbolic.worker import Clock

Array = npt.NDArray[np.float64]


def gradients(question: Question, clock: Clock, corners: Sequence[Corner], *, exact: bool = False) -> WitnessResult:
    """Every entry by a reverse sweep over kernels that SymPy differentiated; projections where that has no proof.

    Raises OutOfTimeError.
    """
    sweeper = Sweeper(question, clock, [corner.node for corner in corners], exact=exact)
    outcome = WitnessResult("sympy-kernels", sweeper.forward())
    gradients, trust = sweeper.reverse(), sweeper.trust
    if corners:
        outcome.kinks = reached(sweeper, corners)
    for name, gradient in gradients.items():
        outcome.gradients[name] = gradient
        if trust[name] == SYMBOLIC:
            outcome.compared[name] = True
            continue
        found, decided = project(sweeper, name, outcome)
        if found is not None:
            outcome.found[name] = found
        outcome.covered[name] = decided
        if not decided:
            outcome.reasons[name] = "derivatives along many entries at once are not finite: they cannot tell"
        if trust[name] == BY_TANGENT:
            gradient = outcome.gradients[name] = np.array(gradient)
            outcome.compared[name] = samples(question, name, gradient, clock, exact=exact)
        elif trust[name] == UNPROVED:
            outcome.gradients[name] = np.asarray(question.gradients[name], dtype=np.float64)
    return outcome


def rounding(question: Question, clock: Clock) -> dict[str, Array]:
    """How far rounding alone can move the gradients of the reverse sweep.

    Raises OutOfTimeError.
    """
    sweeper = Sweeper(question, clock)

    def gradients(noise: Noise | None) -> dict[str, Array]:
        sweeper.forward(noise)
        return dict(sweeper.reverse(noise))

    return spread(gradients, gradients(None), float(np.finfo(np.float64).eps))


DIRECTIONS = 3


def project(sweeper: Sweeper, name: str, outcome: WitnessResult) -> tuple[Worst | None, bool]:
    """Test one gradient along random directions: an entry that is wrong, None where all agree; and whether any decided.

    Raises OutOfTimeError.
    """
    gradient = np.asarray(sweeper.question.gradients[name], dtype=np.float64)
    shape = sweeper.question.inputs[name].shape
    free = ~np.broadcast_to(outcome.kinks.get(name, np.False_), shape)
    if gradient.shape != shape:
        return Worst((), float("nan"), float("nan")), True
    decided = False
    for _ in range(DIRECTIONS):
        direction = np.where(free, sweeper.directions.like(shape), 0.0)
        differs = wrong(sweeper, name, gradient, direction)
        if differs is None:  # entries of very different sizes: each is moved in proportion to its own
            direction = direction * np.abs(sweeper.question.inputs[name])
            differs = wrong(sweeper, name, gradient, direction)
        if differs:
            found = _entry(sweeper, name, gradient, direction)
            if np.isfinite(found.witness) or not np.isfinite(found.engine):
                return found, True
            continue
        decided = decided or differs is not None
    return None, decided


def wrong(sweeper: Sweeper, name: str, gradient: Array, direction: Array) -> bool | None:
    """Whether the gradient has another derivative along a direction than the tangent sweep.

    None where one of the two is not finite, which tells nothing.
    """
    ours, theirs = both(sweeper, name, gradient, direction)
    if not (np.isfinite(ours) and np.isfinite(theirs)):
        return None
    with np.errstate(all="ignore"):
        size = float(np.linalg.norm(gradient * direction))
    rtol = sweeper.question.rtol
    if DIFFERENCES in sweeper.ways.values():
        rtol = max(rtol, 1e-5)
    if abs(ours - theirs) <= sweeper.question.atol + 10 * rtol * max(size, abs(theirs)):
        return False
    return abs(ours - theirs) > _rounding(sweeper, name, direction, theirs)


def _rounding(sweeper: Sweeper, name: str, direction: Array, usual: float) -> float:
    """How far rounding can move the derivative along a direction."""
    precision = float(np.finfo(np.asarray(sweeper.question.value).dtype).eps)

    def again(noise: Noise) -> dict[str, Array]:
        sweeper.forward(noise)
        return {name: np.asarray(np.sum(sweeper.question.weights * sweeper.tangent({name: direction})))}

    found = spread(again, {name: np.asarray(usual)}, precision)
    sweeper.forward()
    return float(found[name])


def both(sweeper: Sweeper, name: str, gradient: Array, direction: Array) -> tuple[float, float]:
    """The derivative along a direction by the engine's gradient, and by a tangent sweep."""
    pushed = sweeper.tangent({name: direction})
    with np.errstate(all="ignore"):
        return float(np.sum(gradient * direction)), float(np.sum(sweeper.question.weights * pushed))


def _entry(sweeper: Sweeper, name: str, gradient: Array, direction: Array) -> Worst:
    """An entry that is wrong: the half of the entries that is further off is halved again."""

    def error(part: Array) -> float:
        ours, theirs = both(sweeper, name, gradient, part)
        return abs(ours - theirs)

    place = furthest_off(direction, error)
    ours, theirs = both(sweeper, name, gradient, part_of(np.ones(direction.shape), place))
    index = np.unravel_index(int(place[0]), direction.shape)
    return Worst(tuple(int(i) for i in index), ours, theirs)
