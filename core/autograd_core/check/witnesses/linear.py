"""Tangents and adjoints of operations that are not elementwise, and the proof that the two belong together.

The tangent of a linear operation is the operation itself, applied to the tangent; that of another is found by central
differences of its forward. The adjoint is the engine's own rule: it is
not trusted but proved, for each operation at its own operands, by ``<u, A t> = <A* u, t>`` for random ``u`` and ``t``,
where ``A t`` uses no such rule.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call
from autograd_core.ops.spec import Shape

Array = npt.NDArray[Any]

EXACT, DIFFERENCES = "exact", "differences"
"""How a tangent is found: by linearity, by central differences."""

TOLERANCE = {EXACT: 1e-11, DIFFERENCES: 1e-5}
"""Of a proof, relative to the sizes of what is multiplied."""

MIXED = (1.37, -0.61, 0.83)
"""Factors that no sum of ones, twos or equal numbers fits by accident."""

POOL = 1 << 16


class Directions:
    """Random arrays of any shape, of numbers between 1/2 and 3/2 in size, of either sign: none is ever small.

    Large ones repeat a pool of numbers, shifted each time.
    """

    def __init__(self, seed: int = 1) -> None:
        rng = np.random.default_rng(seed)
        self._pool = np.copysign(rng.uniform(0.5, 1.5, POOL), rng.uniform(-1, 1, POOL))
        self._shift = 0

    def like(self, shape: Shape) -> Array:
        """A random array."""
        self._shift = (self._shift + 7919) % (POOL // 2)
        return np.resize(self._pool[self._shift :][: math.prod(shape)], shape)


def fit(g: Any, shape: Shape) -> Array:
    """What a rule returned, in the shape of the operand: summed over axes that were broadcast, or spread out."""
    array = np.asarray(g, dtype=np.float64)
    array = array.reshape((1,) * (len(shape) - array.ndim) + array.shape)
    lead = array.ndim - len(shape)
    axes = [lead + i for i, n in enumerate(shape) if n == 1 != array.shape[lead + i]]
    if lead or axes:
        array = np.add.reduce(array, axis=(*range(lead), *axes), keepdims=True)
    return np.broadcast_to(array.reshape(array.shape[lead:]), shape)


def adjoint(node: Call, g: Array, y: Array, operands: Sequence[Array], position: int) -> Array:
    """What one operand of an operation receives, by the engine's rule, in the operand's shape."""
    rule = node.op.rule(position)
    assert rule is not None
    whole = np.array(np.broadcast_to(g, node.shape))
    with np.errstate(all="ignore"):
        if node.op.variadic:
            made = rule(whole, y, *operands, operand=position, **node.params)
        else:
            made = rule(whole, y, *operands, **node.params)
    return fit(made, operands[position].shape)


@np.errstate(all="ignore")
def forward(node: Call, operands: Sequence[Array], position: int, moved: Any) -> Array:
    """The operation with another value for one operand."""
    given = [moved if i == position else operand for i, operand in enumerate(operands)]
    return np.asarray(node.op.forward(*given, **node.params))


def tangent(node: Call, t: Array, operands: Sequence[Array], position: int, how: str) -> Array:
    """The tangent of an operation's result for that of one operand."""
    if how == DIFFERENCES:
        return _difference(node, t, operands, position)
    if node.op.linear == "jointly":
        operands = [o if node.op.rule(i) is None else np.zeros_like(o) for i, o in enumerate(operands)]
    return forward(node, operands, position, t)


STEPS = (1e-4, 1e-5, 1e-6, 1e-3)
"""Of differences, relative to the largest entry that is moved."""


RESOLVED = 1e-9
"""Slopes along a tangent of size 1 that need not be told from 0."""


@np.errstate(all="ignore")
def _difference(node: Call, t: Array, operands: Sequence[Array], position: int) -> Array:
    """Central differences along a tangent, extrapolated once, of the steps tried the one that errs least.

    Not a number where no step tells the slope to four digits.
    """
    x = operands[position]
    most = float(np.max(np.abs(t), initial=0.0)) or 1.0
    scale = (float(np.max(np.abs(x), initial=0.0)) or 1.0) / most
    near = (x != 0) & (t != 0)
    if node.op.kinks and near.any():  # a step that is large for one entry may carry it across another
        scale = min(scale, float(np.abs(x[near] / t[near]).min()))
    best, least = np.full(node.shape, np.nan), np.inf
    for relative in STEPS:
        slopes, rounding = [], 0.0
        for h in (relative * scale, relative * scale / 2):
            if h == 0:  # a step smaller than the smallest float
                break
            try:
                up, down = (forward(node, operands, position, x + side * h * t) for side in (1, -1))
            except (AutogradError, ArithmeticError, ValueError):
                break
            slopes.append((up - down) / (2 * h))
            rounding = float(np.finfo(np.float64).eps * np.linalg.norm(up)) / h
        if len(slopes) < 2:
            continue
        rounding = 0.0 if rounding <= RESOLVED * most else rounding
        error, size = float(np.linalg.norm(slopes[1] - slopes[0])) + rounding, float(np.linalg.norm(slopes[1]))
        if error < least and error <= 1e-4 * size:
            best, least = (4 * slopes[1] - slopes[0]) / 3, error
        if error <= 1e-5 * size:
            break
    return best


def tangent_method(node: Call, operands: Sequence[Array], moving: Sequence[int], directions: Directions) -> str:
    """How the tangent of an operation is found; an operation is taken as linear where random points say so."""
    if node.op.linear or all(_is_linear(node, operands, position, directions) for position in moving):
        return EXACT
    return DIFFERENCES


def _is_linear(node: Call, operands: Sequence[Array], position: int, directions: Directions) -> bool:
    """Whether ``f(px + qa + rb) = p f(x) + q f(a) + r f(b)`` for random ``a``, ``b`` and an operand's value ``x``.

    Beside a large ``x`` nothing else is seen, so that another random one takes its place, too. An operation with kinks
    is linear in pieces only, however the points fall.
    """
    if node.op.kinks:
        return False
    a, b, c = (directions.like(operands[position].shape) for _ in range(3))
    for x in (operands[position], c):
        points = (x, a, b)
        whole = sum(factor * point for factor, point in zip(MIXED, points, strict=True))
        try:
            mixed, *found = (forward(node, operands, position, point) for point in (whole, *points))
        except (AutogradError, ArithmeticError, ValueError, np.linalg.LinAlgError):
            return False
        with np.errstate(all="ignore"):
            error = np.abs(mixed - sum(factor * one for factor, one in zip(MIXED, found, strict=True)))
            if not np.all(error <= 1e-12 * (1 + np.abs(mixed) + sum(np.abs(one) for one in found))):
                return False
    return True


def rule_is_adjoint(
    node: Call, y: Array, operands: Sequence[Array], position: int, how: str, directions: Directions
) -> bool:
    """Whether the engine's rule for one operand is the adjoint of the tangent."""
    operands = [np.where(np.isfinite(o), o, 1.0) for o in operands]
    u, t = directions.like(node.shape), directions.like(operands[position].shape)
    pushed = tangent(node, t, operands, position, how)
    if how == DIFFERENCES and not np.isfinite(pushed).all():  # entries of very different sizes: each by its own
        t = t * np.abs(operands[position])
        pushed = tangent(node, t, operands, position, how)
    pulled = adjoint(node, u, y, operands, position)
    with np.errstate(all="ignore"):
        left, right = float(np.vdot(u, np.broadcast_to(pushed, node.shape))), float(np.vdot(pulled, t))
        size = float(np.linalg.norm(u * pushed)) + float(np.linalg.norm(pulled * t))
    return abs(left - right) <= TOLERANCE[how] * size
