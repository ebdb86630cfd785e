"""Numbers so large or so small that their squares are no floats: steps in between overflow or vanish with them."""

from __future__ import annotations

import numpy as np

from autograd_core.check.question import Question
from autograd_core.errors import AutogradError
from autograd_core.expr.evaluate import evaluate

LARGE, SMALL = 2.0**511, 2.0**-511
"""Between these squares, and their sums, are floats with all their digits."""


def extreme(question: Question) -> str | None:
    """Why a witness that writes operations out in parts cannot be held to anything; None where it can.

    The engine keeps the squares of a norm in range by scaling; written out as ``sqrt(x**2 + ...)`` they are infinite.
    """
    try:
        found = evaluate([question.result], question.inputs, every=True).values()
    except AutogradError:
        return None
    for value in (*found, question.weights, *question.gradients.values()):
        sizes = np.abs(np.asarray(value, dtype=np.float64))
        large = sizes[np.isfinite(sizes) & (sizes > LARGE)]
        small = sizes[(sizes > 0) & (sizes < SMALL)]
        if large.size:
            return f"{large[0]:.6g} occurs, whose square is beyond float64: what its parts come to is not comparable"
        if small.size:
            return f"{small[0]:.6g} occurs, whose square is 0 in float64: what its parts come to is not comparable"
    return None
