"""Whether an operation overflowed: its result is beyond the largest float, where others have none that is finite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call

Array = npt.NDArray[Any]

LONGEST = 2e6
"""Nanoseconds that one more forward may take; what takes longer is not looked at."""

STEPS = 11
"""How often the power of 2 is doubled by which an operand is scaled: the last is beyond all floats."""


def overflows(node: Call, operands: Sequence[Array]) -> bool:
    """Whether a result that is infinite has a size: it grows to the largest float when an operand is scaled.

    The operands are finite; for an elementwise operation they may be those of one entry. Beside a pole the result is
    finite on both sides, and next to that of a logarithm it is small.
    """
    shapes = [np.shape(operand) for operand in operands]
    try:
        if node.op.effort(shapes, node.op.shape(*shapes, **node.params), node.params) > LONGEST:
            return False
        return any(
            _largest(node, operands, position, side) > np.sqrt(np.finfo(operand.dtype).max)
            and not np.isfinite(_largest_at(node, operands, position, -side / 64))
            for position, operand in enumerate(operands)
            for side in (-1, 1)
            if operand.dtype.kind == "f" and np.any(operand)
        )
    except (AutogradError, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return False


def _largest(node: Call, operands: Sequence[Array], position: int, side: int) -> float:
    """The size of the result where scaling up, or down, first makes it finite; 0 where it never does."""
    far = next((2.0**k for k in range(STEPS) if np.isfinite(_largest_at(node, operands, position, side * 2.0**k))), 0)
    near = 0.0
    found = 0.0
    while far - near > 1 / 64:
        middle = (near + far) / 2
        size = _largest_at(node, operands, position, side * middle)
        if np.isfinite(size):
            far, found = middle, size
        else:
            near = middle
    return found


def _largest_at(node: Call, operands: Sequence[Array], position: int, power: float) -> float:
    """The size of the largest entry with one operand multiplied by a power of 2."""
    with np.errstate(all="ignore"):
        scale = operands[position].dtype.type(2.0 ** (power / 2))  # twice: the whole power may be no float
        moved = [operand * scale * scale if i == position else operand for i, operand in enumerate(operands)]
        return float(np.max(np.abs(node.op.forward(*moved, **node.params)), initial=0.0))
