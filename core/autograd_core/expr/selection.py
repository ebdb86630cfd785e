"""Entries of arrays: at positions, where a mask holds, and with other values at some places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.engine.operators import at
from autograd_core.errors import ExpressionError
from autograd_core.expr.nodes import Call, Const, Expr, topological
from autograd_core.expr.run import evaluate
from autograd_core.limits import MAX_INTEGER
from autograd_core.ops.indexing import whole_positions
from autograd_core.ops.registry import op
from autograd_core.ops.spec import Shape

_COMBINED = (op.mul, op.maximum, op.minimum, op.tril, op.triu)
"""What makes a mask of masks: where all of them hold, or one of them, or some of their entries alone."""


def is_mask(key: Any) -> bool:
    """Whether a part of an index says by comparisons which entries are meant: one, or several that are combined."""
    parts: set[Expr] = {key} if isinstance(key, Call) else set()
    for part in reversed(topological([*parts])):
        if part in parts and isinstance(part, Call) and (part.op.group == "shape" or part.op in _COMBINED):
            parts.remove(part)
            parts.update(part.operands)
    return bool(parts) and all(isinstance(part, Call) and part.op.group == "comparison" for part in parts)


class Selection:
    """Indices whose parts are expressions; ``inputs`` gives the values that masks and positions follow from."""

    inputs: Mapping[str, npt.NDArray[Any] | Shape]

    def with_places(self, base: Expr, keys: list[Any], value: Any, method: str) -> Any:
        """The array with ``value`` set, added to it or multiplied with it, at some of its places."""
        if len(keys) == 1 and is_mask(keys[0]) and base.shape == keys[0].shape and not value.shape:
            changed = base + value if method == "add" else base * value if method == "multiply" else value
            return op.where(keys[0], changed, base)
        read = self.positions(keys)
        picked = at(base, tuple(read))  # what does not fit is refused here
        given = op.broadcast_to(value, shape=picked.shape) if value.shape != picked.shape else value
        if method == "multiply":
            value = given = picked * given
        added = op.scatter(given, shape=base.shape, key=picked.params["key"])
        if method == "add":
            return base + added
        times = np.zeros(base.shape)
        np.add.at(times, tuple(read), 1)
        if times.max(initial=0) > 1:
            raise ExpressionError("a place is set twice", code="AG305", hint="x.at[key].add(v) adds all of them")
        return op.where(Const(times), added if value.shape else value, base)

    def picked_together(self, base: Expr, keys: list[Any]) -> Expr:
        """``x[arange(3), y]``, ``x[x[:,0] > 0, 1]``: entries at positions that arrays hold for several axes."""
        read = self.positions(keys)
        fixed: Expr = at(base, tuple(read))  # what does not fit is refused here
        whole = not any(map(is_mask, keys)) and all(isinstance(key, int | Expr) for key in keys)
        if not whole or min(map(np.min, read)) < 0 or not any(isinstance(key, Expr) and key.depends for key in keys):
            return fixed
        flat = keys[0]
        for key, length in zip(keys[1:], base.shape[1:], strict=False):
            flat = flat * length + key
        rows: Expr = op.take_rows(op.reshape(base, shape=(-1, *base.shape[len(keys) :])), flat)
        return rows

    def positions(self, keys: Sequence[Any]) -> list[Any]:
        """Parts of an index with the places in numbers that masks and arrays come to.

        Raises ExpressionError where the inputs are given by their shapes, and DomainError for fractions.
        """
        found = self.values([key for key in keys if isinstance(key, Expr)])
        read: list[Any] = []
        for key in keys:
            if is_mask(key) and key.shape == ():
                words = "a condition on one number picks no entries beside another index"
                raise ExpressionError(words, code="AG305", hint="where(x[2] > 0, a, b) chooses between two values")
            if is_mask(key):
                read += np.nonzero(found[key])
            elif isinstance(key, Expr):
                whole_positions(found[key], MAX_INTEGER)  # refuses fractions
                read.append(np.asarray(found[key], np.intp))
            else:
                read.append(key)
        return read

    def picked(self, base: Expr, key: Expr) -> Expr:
        """Entries where a mask holds, or at positions held by an array; how many they are follows from the numbers."""
        made: Expr
        if is_mask(key):
            made = op.masked_select(base, key, count=int(np.count_nonzero(self.values([key])[key])))
        else:
            compares = any(isinstance(part, Call) and part.op.group == "comparison" for part in topological([key]))
            whole = isinstance(key, Call) and key.shape == base.shape and (compares or base.ndim > 1)
            if whole and {*np.unique(self.values([key])[key])} <= {0.0, 1.0}:
                words = "an index of zeros and ones is a mask where it is made of comparisons alone"
                raise ExpressionError(words, code="AG305", hint="x[m == 1] takes the entries where m is 1")
            made = op.take_rows(base, key)
        return made

    def values(self, keys: list[Expr]) -> dict[Expr, Any]:
        """The values of what stands between the brackets of an index.

        Raises ExpressionError where the inputs are given by their shapes.
        """
        arrays = {name: np.asarray(value) for name, value in self.inputs.items() if not isinstance(value, tuple)}
        try:
            return evaluate(keys, arrays)
        except KeyError:
            raise ExpressionError("an index that is computed needs the values of its variables", code="AG305") from None
