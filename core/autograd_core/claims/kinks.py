"""A claim that differs from PyTorch only where there is no derivative: right, by another convention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.evidence import Evidence, look
from autograd_core.claims.problem import Point
from autograd_core.claims.run import NoValueError
from autograd_core.claims.verdict import Diagnosis, furthest
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Var, topological
from autograd_core.expr.text import write
from autograd_core.number_text import pair_texts
from autograd_core.report import index_text

Array = npt.NDArray[Any]

_NEAR = 1e-6
_DIRECTIONS = 12
_ALONE = 12
"""Inputs that are moved one by one, besides all of them at once."""


def beside_kink(evidence: Evidence) -> Diagnosis | None:
    """The kink at the given point, if the claim is the gradient on every side of it and between the sides at it."""
    corners = evidence.given.point.kinks()
    if not corners:
        return None
    around = _around(evidence.given.point, [node for node, _, _ in corners])
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
    right, claimed = pair_texts(float(given.truth[index]), float(value[index]))
    text = (
        f"there is no derivative at {write(node, most=60)}: taken there is {kink.choice}, which gives "
        f"{right} at {place}; the claim gives {claimed}, by another convention"
    )
    return Diagnosis("kink", text)


def _around(point: Point, corners: Sequence[Call]) -> Sequence[Point]:
    """Points next to a point, on many sides of it, where nothing has a kink; looked for once."""
    known = point.problem.beside
    if point not in known:
        known[point] = list(_beside(point, corners))
    return known[point]


def _beside(point: Point, corners: Sequence[Call]) -> Iterator[Point]:
    """Points reached by moving what the nodes with kinks are computed from: each input alone, and all at once."""
    random = np.random.default_rng(0)
    names = [node.name for node in topological(corners) if isinstance(node, Var)]
    sides = [{name: sign} for name in names[:_ALONE] for sign in (1.0, -1.0)]
    for side in [*sides, *[{}] * _DIRECTIONS]:
        moved = dict(point.inputs)
        for name in side or names:
            array = point.inputs[name]
            moved[name] = array + _NEAR * (1 + np.abs(array)) * (side.get(name) or _step(array, random))
        try:
            near = point.problem.at(moved, point.weights)
        except (AutogradError, NoValueError):
            continue
        if near.finite() and not near.kinks():
            yield near


def _step(array: Array, random: np.random.Generator) -> Array:
    """A step to either side for each entry."""
    return np.asarray(random.choice([-1.0, 1.0], array.shape) * random.uniform(0.5, 1, array.shape))


def _sharp(truths: Array, truth: Array) -> npt.NDArray[np.bool_]:
    """The entries at which the sides of the kink differ from each other, or from what is taken at it."""
    scale = 1e-3 * (1 + np.abs(truths).max(axis=0))
    found: npt.NDArray[np.bool_] = (np.ptp(truths, axis=0) > scale) | (np.abs(truths - truth).max(axis=0) > scale)
    return found
