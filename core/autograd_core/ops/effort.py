"""How long operations take: the words in which they declare their ``work``.

All figures are nanoseconds of one core, measured in float64 on a server of 2024 and rounded up. They need not be
exact: they tell milliseconds from seconds and seconds from hours, before anything is computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd_core.ops.spec import Shape, broadcast_shapes

Work = Callable[..., float]

PRODUCT = 0.06
"""A multiplication inside a product of matrices."""

MATRIX = 50.0
"""Taking up one more matrix of a stack."""


def each(nanoseconds: float) -> Work:
    """The work of an elementwise operation that takes so long for an entry of its result."""
    return lambda *shapes, **_params: nanoseconds * math.prod(broadcast_shapes(*shapes))


def entries(nanoseconds: float) -> Work:
    """The work of an operation that takes so long for an entry of its largest operand."""
    return lambda *shapes, **_params: nanoseconds * max(map(math.prod, shapes))


def matrices(cubed: float, squared: float, once: float = 500.0) -> Work:
    """The work of an algorithm on each matrix of a stack: by three lengths, by two, and by itself."""

    def work(x: Shape, *_others: Shape, **_params: Any) -> float:
        rows, columns = x[-2:]
        least = min(rows, columns)
        return math.prod(x[:-2]) * (once + (squared + cubed * least) * rows * columns)

    return work


def sorting(nanoseconds: float) -> Work:
    """The work of an algorithm that compares: n log n along ``axis``, along everything where that is None."""

    def work(x: Shape, axis: Any = None, **_params: Any) -> float:
        size = math.prod(x)
        length = x[axis] if isinstance(axis, int) and -len(x) <= axis < len(x) else size
        return nanoseconds * size * math.log2(max(length, 2))

    return work
