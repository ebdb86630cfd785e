"""Numbers so large or so small that their squares are no floats: steps in between overflow or vanish with them."""

from __future__ import annotations

import numpy as np

from autograd_core.check.question import Question
from autograd_core.errors import AutogradError
from autograd_core.expr.evaluate import evaluate
from autograd_core.number_text import number_text

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
        for sizes, kind in ((large, "beyond float64"), (small, "0 in float64")):
            if sizes.size:
                number = number_text(sizes[0])
                return f"{number} occurs, whose square is {kind}: what its parts come to is not comparable"
    return None
