"""One claim beside the gradient at every point: which entries agree, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.points import LARGE
from autograd_core.claims.problem import Point, Problem
from autograd_core.claims.read import Claim
from autograd_core.claims.run import NoValueError, rounding
from autograd_core.claims.usual import RTOL
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Expr
from autograd_core.records import record

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

FLOOR = 1e-3
"""Share of the tolerance of the largest entry that every entry has."""


MOST_NOISE = 1e-9
"""Rounding, relative to the largest number met, up to which two numbers that it hides are both 0."""


@record(frozen=True, slots=True)
class Tolerance:
    """How far a right entry may be from the gradient."""

    rtol: float = RTOL
    atol: float = 0.0

    def near(self, claim: Array, truth: Array) -> Mask:
        """Entry by entry; nan equals nan, inf equals inf, and nothing else is near to either."""
        finite = np.isfinite(truth)
        sizes = np.where(finite, np.abs(truth), 0.0)
        allowed = self.atol + self.rtol * np.maximum(sizes, FLOOR * float(sizes.max(initial=0.0)))
        with np.errstate(all="ignore"):
            same = (claim == truth) | (np.isnan(claim) & np.isnan(truth))
            found: Mask = np.asarray(same | (finite & (np.abs(claim - truth) <= allowed)))
        return found


@record(frozen=True, slots=True)
class Seen:
    """A claim at one point: its value, the gradient, and which entries agree.

    ``lost`` marks entries that agree only because rounding hides any difference: no more than ``noise`` times the
    largest number in the computation. ``value`` is None where the claim has no value there, for the reason
    ``problem``; it has the claim's own shape otherwise.
    """

    point: Point
    truth: Array
    value: Array | None
    agree: Mask
    lost: Mask
    problem: str | None = None
    noise: float = 0.0

    @property
    def agrees(self) -> bool:
        """Whether every entry agrees."""
        return bool(self.agree.all())

    @property
    def firm(self) -> bool:
        """Whether an agreement here says anything."""
        return not self.lost.size or not bool(self.lost.all()) or self.noise <= MOST_NOISE


def look(claim: Claim, formula: Expr | None, point: Point, tolerance: Tolerance, earlier: Sequence[Seen] = ()) -> Seen:
    """The claim beside the gradient at one point; a single number stands for all entries.

    Where a claim of many numbers is already wrong at an ``earlier`` point, what rounding may do is not asked again.
    """
    truth = point.truth(claim.name)
    none = np.zeros(truth.shape, dtype=bool)
    if formula is None:
        assert claim.numbers is not None
        value, allowed = claim.numbers.array, claim.numbers.rounding()
        if value.shape not in (truth.shape, ()):
            return Seen(point, truth, value, none, none, "shape")
        with np.errstate(all="ignore"):
            rounded = np.abs(value - truth) <= allowed
        return Seen(point, truth, value, tolerance.near(value, truth) | rounded, none)
    try:
        value = np.asarray(point.evaluate(formula), dtype=np.float64)
    except (AutogradError, NoValueError) as error:
        return Seen(point, truth, None, none, none, str(error))
    if value.shape not in (truth.shape, ()):
        return Seen(point, truth, value, none, none, "shape")
    agree = tolerance.near(value, truth)
    lost = none
    known = truth.size > LARGE and any(not seen.agrees and seen.value is not None for seen in earlier)
    if known or agree.all():
        return Seen(point, truth, value, agree, lost)
    noise = rounding(formula, point.bound)
    slope = point.problem.slope(claim.name)
    if slope is not None:
        noise = noise + rounding(slope, point.bound)
    with np.errstate(all="ignore"):
        lost = ~agree & np.isfinite(truth) & np.isfinite(noise) & (np.abs(value - truth) <= 4 * noise)
        sizes = (np.abs(each[np.isfinite(each)]) for each in point.values.values())
    largest = max(float(each.max(initial=0)) for each in sizes)
    hidden = float(noise[np.broadcast_to(lost, noise.shape)].max(initial=0)) if noise.shape == lost.shape else 0.0
    return Seen(point, truth, value, agree | lost, lost, noise=hidden / largest if largest > 0 else 0.0)


@record(frozen=True, slots=True)
class Evidence:
    """A claim at all points; ``formula`` is None for a claim in numbers, which has only the given point."""

    problem: Problem
    claim: Claim
    formula: Expr | None
    tolerance: Tolerance
    given: Seen
    others: Sequence[Seen]

    @property
    def all(self) -> list[Seen]:
        """The given point first."""
        return [self.given, *self.others]

    @property
    def target(self) -> Expr | None:
        """The node whose gradient is claimed, None for an input that the expression does not use."""
        program = self.problem.program
        known = self.claim.name in program.variables or self.claim.name in program.named
        return self.problem.target(self.claim.name) if known else None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the claim must have."""
        return self.problem.shape(self.claim.name)

    @property
    def claimed_shape(self) -> tuple[int, ...]:
        """The shape that the claim has."""
        if self.formula is not None:
            return self.formula.shape
        assert self.claim.numbers is not None
        return self.claim.numbers.array.shape

    @property
    def score(self) -> float:
        """The share of entries that are right at every point."""
        masks = [seen.agree for seen in self.all]
        right = np.logical_and.reduce(masks)
        return float(right.mean()) if right.size else 1.0
