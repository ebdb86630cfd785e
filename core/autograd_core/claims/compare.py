"""A claim beside the right value at one point: which entries agree, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.comparison import Comparison, entrywise
from autograd_core.claims.problem import NoValueError, Point
from autograd_core.claims.read import Moved
from autograd_core.claims.report import UNDECIDED, Diagnosis, WorstPoint
from autograd_core.claims.targets import Target
from autograd_core.errors import AutogradError, ShapeError
from autograd_core.expr.nodes import Expr
from autograd_core.limits import CLAIM_RTOL
from autograd_core.report import Worst

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

MOST_NOISE = 1e-9
"""Rounding, relative to the largest number met, up to which two numbers that it hides are both 0."""

MOST_ROUNDED = 1e-4
"""What the digits of typed numbers may change of an entry, relative to it, for an agreement to say something of it."""

MOST_OWN = 1e-10
"""Rounding within a claim, relative to the right value, up to which an agreement says something."""

_HALF, _WHOLE = 0.500001, 0.999
_CLOSE = 1e-9
"""Relative difference of entries that count as equal where a claim is known to be wrong at another point."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a right entry may be from the right value, by its own size.

    ``moved`` are the rounded numbers of the claim; see ``rounded_numbers``. ``typed`` is how far an entry may be from a
    number that was typed with few digits, None for a formula.
    """

    rtol: float = CLAIM_RTOL
    atol: float = 0.0
    moved: tuple[Moved, ...] = ()
    typed: Array | None = None

    def near(self, claim: Array, truth: Array) -> Mask:
        """Entry by entry; nan equals nan, inf equals inf, and nothing else is near to either."""
        same = (claim == truth) | (np.isnan(claim) & np.isnan(truth))
        return np.asarray(same | entrywise(claim, truth, self.rtol, self.atol).agree)


@dataclass(slots=True)
class Seen(Comparison):
    """A claim beside the right value at one point.

    ``hidden`` marks entries that agree only because rounding hides any difference; ``value`` is None where the claim
    has no value there, for the reason ``problem``, and has the claim's own shape otherwise. ``rounded`` tells that an
    entry agrees only to the digits of the numbers in the claim.
    """

    point: Point
    problem: str | None = None
    rounded: bool = False

    @property
    def finite(self) -> bool:
        """Whether both values are numbers."""
        return self.value is not None and bool(np.isfinite(self.value).all() and np.isfinite(self.truth).all())

    @property
    def worst(self) -> Worst:
        """The entry that is furthest off of those that differ, one that is not finite before all others."""
        value = np.array(np.broadcast_to(np.asarray(self.value), self.truth.shape))
        with np.errstate(all="ignore"):
            distance = np.where(self.agree, 0.0, np.abs(value - self.truth))
        place = np.unravel_index(int(np.argmax(np.where(np.isnan(distance), np.inf, distance))), self.truth.shape)
        index = tuple(int(i) for i in place)
        return Worst(index, float(value[index]), float(self.truth[index]))

    @staticmethod
    def of(point: Point, truth: Array, value: Array | None, problem: str | None = None) -> Seen:
        """Two values side by side, not judged yet."""
        none = np.zeros(truth.shape, dtype=bool)
        return Seen(truth, value, none, none, point, problem)

    def room(self, target: Target, formula: Expr | None) -> Array:
        """How far rounding may carry the claim and the right value from each other."""
        noise = target.noise(self.point)
        if formula is not None:
            own = self.point.noise(formula)
            noise = noise + (own if own.shape == noise.shape else own.sum())
        return np.asarray(4 * noise)

    def lost(self, target: Target, formula: Expr | None) -> bool:
        """Whether rounding is so large here that nothing can be told by the point."""
        room = self.room(target, formula)
        scale = float(np.abs(self.truth[np.isfinite(self.truth)]).max(initial=0))
        return not bool((room <= 1e-2 * scale).all())


@np.errstate(all="ignore")
def compare(target: Target, claimed: Expr, point: Point, tolerance: Tolerance, earlier: Sequence[Seen] = ()) -> Seen:
    """A claim beside the right value at one point.

    Where a claim is already wrong at an ``earlier`` point, beside a right value that is no nan, what rounding may do is
    not asked again.
    """
    truth = target.truth(point)
    try:
        value = np.asarray(point.evaluate(claimed), dtype=np.float64)
    except (AutogradError, NoValueError) as error:
        return Seen.of(point, truth, None, str(error))
    if value.shape not in (truth.shape, ()):
        return Seen.of(point, truth, value, "shape")
    seen = Seen.of(point, truth, value)
    off = np.abs(value - truth)
    seen.agree = tolerance.near(value, truth) | (off <= (0.0 if tolerance.typed is None else tolerance.typed))
    if seen.agrees:
        return seen
    close = off <= _CLOSE * np.abs(truth)
    if any(each.value is not None and not (each.agree | np.isnan(each.truth)).all() for each in earlier):
        seen.agree = seen.agree | close
        return seen
    own = point.noise(claimed)
    noise = target.noise(point) + own
    finite = np.isfinite(truth)
    lost = ~seen.agree & finite & (off <= 4 * noise)
    largest = max(float(np.abs(each[np.isfinite(each)]).max(initial=0)) for each in point.values.values())
    seen.hidden = lost & ~close & (noise > MOST_NOISE * largest)
    seen.hidden |= lost & (own > MOST_OWN * np.abs(truth)) & (np.abs(truth) > MOST_NOISE * largest)
    seen.agree = seen.agree | lost
    if seen.agrees or not tolerance.moved:
        return seen
    low, high = -4 * noise, 4 * noise
    for each in tolerance.moved:  # rounded by half a unit at most, or cut off
        unit = point.evaluate(each.formula) - value
        low = low + np.minimum(-_HALF * unit, _WHOLE * unit)
        high = high + np.maximum(-_HALF * unit, _WHOLE * unit)
    rounded = ~seen.agree & finite & (low <= truth - value) & (truth - value <= high)
    seen.hidden |= rounded & (high - low > MOST_ROUNDED * np.abs(truth))
    seen.agree, seen.rounded = seen.agree | rounded, bool(rounded.any())
    return seen


@dataclass(slots=True, eq=False)
class Grade:
    """What is ``claimed`` of a target at all points, the given one first, and the verdict on it.

    ``reason`` says why there is none, ``kink`` is that at the given point, ``condition`` what must hold for a claim
    that is right only then. ``vanishing`` tells that the right value is 0 at all points, ``error`` why what is claimed
    cannot be computed at any.
    """

    target: Target
    claimed: Expr
    tolerance: Tolerance
    all: Sequence[Seen]
    verdict: str = UNDECIDED
    reason: str | None = None
    notes: list[str] = field(default_factory=list)
    kink: Diagnosis | None = None
    condition: str | None = None
    vanishing: bool = False
    error: ShapeError | None = None

    @property
    def given(self) -> Seen:
        """The comparison at the given point."""
        return self.all[0]

    @property
    def others(self) -> Sequence[Seen]:
        """The comparisons at the other points."""
        return self.all[1:]

    @property
    def numeric(self) -> bool:
        """Whether numbers are claimed and no formula."""
        return self.tolerance.typed is not None

    def at(self, point: Point) -> Seen:
        """The comparison at another point."""
        return compare(self.target, self.claimed, point, self.tolerance)

    @property
    def near(self) -> bool:
        """Whether the claim is nowhere far from the right value: by a constant with too few digits, or a small term."""
        worst = Tolerance(MOST_ROUNDED)
        return self.error is None and all(
            seen.problem is None and seen.finite and worst.near(np.asarray(seen.value), seen.truth).all()
            for seen in self.all
        )

    @property
    def score(self) -> float:
        """The share of entries that are right at every point."""
        right = np.logical_and.reduce([seen.agree for seen in self.all])
        return 0.0 if self.error is not None else float(right.mean()) if right.size else 1.0

    @property
    def worst(self) -> WorstPoint | None:
        """The entry furthest off: at the given point, or where the claim is right there, at another one."""
        wrong = [seen for seen in self.all if seen.problem is None and not seen.agrees]
        if not wrong:
            return None
        seen = next((each for each in wrong if each.point.given or each.point.whole()), wrong[0])
        at = None if seen.point.given else tuple(seen.point.inputs.items())
        return WorstPoint(seen.worst.index, seen.worst.engine, seen.worst.witness, at)
