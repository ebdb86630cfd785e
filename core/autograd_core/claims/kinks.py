"""A claim that differs from PyTorch only where there is no derivative: right, by another convention."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.evidence import Evidence, look
from autograd_core.claims.problem import Point
from autograd_core.claims.run import NoValueError
from autograd_core.claims.verdict import Diagnosis, furthest
from autograd_core.errors import AutogradError
from autograd_core.expr.text import write
from autograd_core.report import index_text

Array = npt.NDArray[Any]

_NEAR = 1e-6
_DIRECTIONS = 12
_JAX = {"abs": 1.0, "clip": 0.5, "clamp": 0.5}
"""What JAX answers at a kink of these functions, where PyTorch answers otherwise."""


def beside_kink(evidence: Evidence) -> Diagnosis | None:
    """The kink at the given point, if the claim is the gradient on every side of it and between the sides at it."""
    corners = evidence.given.point.kinks()
    if not corners:
        return None
    around = _around(evidence.given.point)
    if len(around) < 2:
        return None
    truths = np.stack([point.truth(evidence.claim.name) for point in around])
    given = evidence.given
    if given.value is None:
        return None
    low, high = truths.min(axis=0), truths.max(axis=0)
    room = 1e-4 * (1 + np.abs(truths).max(axis=0))
    between = (given.value >= low - room) & (given.value <= high + room)
    if not (between | given.agree | ~np.isfinite(given.value)).all():
        return None
    if evidence.formula is None:
        if not _sharp(truths, given.truth)[~given.agree].all():
            return None
    elif not all(look(evidence.claim, evidence.formula, point, evidence.tolerance).agrees for point in around):
        return None
    node, kink, _ = corners[0]
    value = np.array(np.broadcast_to(given.value, given.truth.shape))
    index = furthest(np.where(given.agree, given.truth, value), given.truth)
    place = evidence.claim.name + index_text(index)
    text = (
        f"there is no derivative at {write(node, most=60)}: taken there is {kink.choice}, which gives "
        f"{given.truth[index]:.6g} at {place}; the claim gives {value[index]:.6g}, by another convention"
    )
    if _JAX.get(node.op.name) is not None:
        text += f" (the slope of {node.op.name} there is {_JAX[node.op.name]:g} in JAX)"
    return Diagnosis("kink", text)


def _around(point: Point) -> list[Point]:
    """Points next to a point, on many sides of it, where nothing has a kink."""
    random = np.random.default_rng(0)
    found: list[Point] = []
    names = list(point.problem.program.variables)
    sides = [{name: sign} for name in names for sign in (1.0, -1.0)]
    for side in [*sides, *[{}] * _DIRECTIONS]:
        moved = {
            name: array + _NEAR * (1 + np.abs(array)) * (_step(array, random) if not side else side.get(name, 0.0))
            for name, array in point.inputs.items()
        }
        try:
            near = point.problem.at(moved, point.weights)
        except (AutogradError, NoValueError):
            continue
        if near.finite() and not near.kinks():
            found.append(near)
    return found


def _step(array: Array, random: np.random.Generator) -> Array:
    """A step to either side for each entry."""
    return np.asarray(random.choice([-1.0, 1.0], array.shape) * random.uniform(0.5, 1, array.shape))


def _sharp(truths: Array, truth: Array) -> npt.NDArray[np.bool_]:
    """The entries at which the sides of the kink differ from each other, or from what is taken at it."""
    scale = 1e-3 * (1 + np.abs(truths).max(axis=0))
    found: npt.NDArray[np.bool_] = (np.ptp(truths, axis=0) > scale) | (np.abs(truths - truth).max(axis=0) > scale)
    return found
