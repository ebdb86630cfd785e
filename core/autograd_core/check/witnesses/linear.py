"""What the witnesses share: directions to move in, and the engine's rule for one operand in the operand's shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.expr.nodes import Call
from autograd_core.ops.spec import Shape

Array = npt.NDArray[Any]

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
