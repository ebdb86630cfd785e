"""What was changed in place, and when: saved values that were written over must not be used by a backward pass."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from typing import Any
from weakref import ref

import numpy as np

from autograd_core.engine.dtypes import kind_name
from autograd_core.errors import GradientError

MANY = 4096
"""Changes of one array whose times are kept; of older ones the number alone."""


class Changes:
    """How often and when an array was changed, by creation numbers; ``by`` names the node that the last one left."""

    __slots__ = ("array", "by", "count", "times")

    def __init__(self, array: ref[Any]) -> None:
        self.array = array
        self.by: str | None = None
        self.count = 0
        self.times: deque[int] = deque(maxlen=MANY)

    def at(self, time: int) -> int:
        """How often it had been changed at a time."""
        return self.count - len(self.times) + bisect_left(self.times, time)


changed: dict[int, Changes] = {}
"""By the identity of the array that owns the numbers, so that views and their base count together."""


def owner(array: Any) -> Any:
    """The array that owns the numbers of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def change(array: Any, time: int) -> None:
    """Note that the numbers of an array are written over."""
    held = owner(array)
    key = id(held)
    found = changed.get(key)
    if found is None:
        found = changed[key] = Changes(ref(held, lambda _: changed.pop(key, None)))
    found.times.append(time)
    found.count += 1


def made_by(array: Any, name: str) -> None:
    """Note which node a change left behind."""
    found = changed.get(id(owner(array)))
    if found is not None:
        found.by = name


def version(array: Any) -> int:
    """How often the numbers of an array were changed in place."""
    found = changed.get(id(owner(array)))
    return 0 if found is None else found.count


def check(node: Any, saved: tuple[Any, ...]) -> None:
    """Raise GradientError if one of the values that a node saved was changed since."""
    for position, array in enumerate(saved):
        if not isinstance(array, np.ndarray):
            continue
        found = changed.get(id(owner(array)))
        if found is None or not found.times or found.times[-1] < node.number:
            continue
        source = node if position == 0 else node.edges[position - 1]
        name = source.name() if getattr(source, "op", None) is not None else None
        name = (found.by if position else None) or name
        of = f", which is output 0 of {name.replace('Backward', '').removesuffix('0')}," if name else ""
        shape = ", ".join(map(str, array.shape))
        raise GradientError(
            "a value that the backward pass needs was changed in place after it was used",
            code="AG610",
            why=f"{node.name()} saved it; with other numbers the gradient would be wrong",
            hint="write y = y + 1 in place of y += 1, or use y.clone() before",
            pytorch="one of the variables needed for gradient computation has been modified by an inplace operation: "
            f"[{kind_name(array.dtype)} [{shape}]]{of} is at version {found.count}; expected version "
            f"{found.at(node.number)} instead. Hint: enable anomaly detection to find the operation that failed to "
            "compute its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False).",
        )
