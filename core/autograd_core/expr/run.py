"""Run an expression: ``evaluate`` once, on arrays or tensors; ``Plan`` many times, on arrays.

A plan works out what repeats once, what is constant never again, and knows when each value is last used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Const, Expr, Var, named, topological
from autograd_core.ops.registry import op as ops

Array = npt.NDArray[Any]
LARGE = 1 << 12
"""Entries from which on the memory of a value is given back, or used again, as soon as it can be."""


def evaluate(
    roots: Sequence[Expr], inputs: Mapping[str, Any], *, dtype: Any = np.float64, every: bool = False
) -> dict[Expr, Any]:
    """The values of ``roots``, or of every node.

    ``inputs`` gives arrays, tensors or anything else that operations act on, by name. Constants take ``dtype``. A value
    is let go after its last use, unless ``every`` is asked for. Raises DomainError, with the place in the text, where
    an operation has no value.
    """
    nodes = topological(roots)
    left: dict[int, int] = {}
    for node in nodes:
        for operand in node.operands:
            left[id(operand)] = left.get(id(operand), 0) + 1
    for root in roots:
        left[id(root)] = left.get(id(root), 0) + 1
    values: dict[Expr, Any] = {}
    with np.errstate(all="ignore"):
        for node in nodes:
            if isinstance(node, Var):
                values[node] = inputs[node.name]
            elif isinstance(node, Const):
                values[node] = node.value.astype(dtype, copy=False)
            else:
                assert isinstance(node, Call)
                try:
                    values[node] = node.op(*[values[o] for o in node.operands], **node.params)
                except AutogradError as error:
                    raise named(error, node.operands).at(node.span) from None
            if not every:
                for operand in node.operands:
                    left[id(operand)] -= 1
                    if not left[id(operand)]:
                        del values[operand]
    return values


class Plan:
    """A list of steps that works out ``roots`` from arrays for ``inputs``, without looking at the expressions again.

    Equal sub-expressions are one step, those without an input are worked out here, and products with 1 and changes of
    shape that change nothing are left out. Numbers take ``dtype``.
    """

    def __init__(self, roots: Sequence[Expr], inputs: Sequence[Var], dtype: Any = np.float64) -> None:
        self.places: list[Any] = [None] * len(inputs)
        self._calls: list[tuple[Callable[..., Any], tuple[int, ...], int]] = []
        self._shapes: list[tuple[int, ...]] = [x.shape for x in inputs]
        known: dict[Any, int] = {x: place for place, x in enumerate(inputs)}
        made: dict[Any, int] = {}
        with np.errstate(all="ignore"):
            for node in topological(roots):
                if isinstance(node, Const):
                    value = node.value.astype(dtype, copy=False)
                    known[node] = self._constant(value, made)
                elif isinstance(node, Call):
                    known[node] = self._call(node, tuple([known[o] for o in node.operands]), made)
        self.outputs = [known[root] for root in roots]
        self.own = self._own()
        self.steps = self._steps(len(inputs))

    @np.errstate(all="ignore")
    def __call__(self, *arrays: Any) -> list[Any]:
        """The values of the roots for these arrays, in the order of the inputs."""
        places = self.places.copy()
        places[: len(arrays)] = arrays
        for place, function, a, b, rest in self.steps:
            if rest is None:
                places[place] = function(places[a]) if b < 0 else function(places[a], places[b])
                continue
            operands, free, out = rest
            into = {} if out < 0 else {"out": places[out]}
            places[place] = function(*[places[o] for o in operands], **into)
            for gone in free:
                places[gone] = None
        return [places[o] for o in self.outputs]

    def _constant(self, value: Any, made: dict[Any, int]) -> int:
        key = (value.shape, value.tobytes() if value.size <= 16 else id(value))
        if key not in made:
            made[key] = self._place(value, value.shape)
        return made[key]

    def _place(self, value: Any, shape: tuple[int, ...]) -> int:
        self.places.append(value)
        self._shapes.append(shape)
        return len(self.places) - 1

    def _call(self, node: Call, operands: tuple[int, ...], made: dict[Any, int]) -> int:
        same = self._unchanged(node, operands)
        if same is not None:
            return same
        key = (node.op, operands, params_key(node.params))
        if key in made:
            return made[key]
        if not node.depends:
            made[key] = self._place(node.op.forward(*[self.places[o] for o in operands], **node.params), node.shape)
            return made[key]
        function = partial(node.op.forward, **node.params) if node.params else node.op.forward
        made[key] = place = self._place(None, node.shape)
        self._calls.append((function, operands, place))
        return place

    def _unchanged(self, node: Call, operands: tuple[int, ...]) -> int | None:
        """The operand that an operation gives back as it is."""
        if node.op in (ops.reshape, ops.broadcast_to) and self._shapes[operands[0]] == node.shape:
            return operands[0]
        if node.op is ops.mul:
            for one, other in (operands, operands[::-1]):
                value = self.places[one]
                if value is not None and self._shapes[other] == node.shape and np.size(value) == 1 and value == 1:
                    return other
        return None

    def _steps(self, inputs: int) -> list[tuple[int, Callable[..., Any], int, int, Any]]:
        """The place of each result, its function, the places of one or two operands, and what else there is.

        That is None, or all operands, the places of large values that are not needed after it, and one of them to write
        into.
        """
        last: dict[int, int] = {}
        for position, (_, operands, place) in enumerate(self._calls):
            last.update(dict.fromkeys((*operands, place), position))
        ends: dict[int, list[int]] = {}
        for place, position in last.items():
            large = math.prod(self._shapes[place]) >= LARGE
            if large and place >= inputs and self.places[place] is None and place not in self.outputs:
                ends.setdefault(position, []).append(place)
        steps: list[tuple[int, Callable[..., Any], int, int, Any]] = []
        for position, (function, operands, place) in enumerate(self._calls):
            free = tuple(ends.get(position, ()))
            fits = [o for o in free if o in operands and {o, place} <= self.own]
            into = next((o for o in fits if self._shapes[o] == self._shapes[place]), -1)
            rest = (operands, free, into) if free or len(operands) > 2 else None
            steps.append((place, function, operands[0], operands[1] if len(operands) == 2 else -1, rest))
        return steps

    def _own(self) -> set[int]:
        """The places of whole arrays that an elementwise function of NumPy makes, and that nothing is a view of."""
        made = {place for function, _, place in self._calls if floats(function) and self._shapes[place]}
        for function, operands, _ in self._calls:
            if not floats(function):
                made.difference_update(operands)
        return made


def params_key(params: Mapping[str, Any]) -> tuple[Any, ...]:
    """What two equal sets of parameters have in common, to be compared and hashed."""
    return tuple([(name, value_key(params[name])) for name in sorted(params)]) if params else ()


def value_key(value: Any) -> Any:
    """What equal values of a parameter have in common."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    return tuple([value_key(part) for part in value]) if isinstance(value, tuple) else repr(value)


def floats(function: Any) -> bool:
    """Whether a function is one of NumPy's, entry by entry, from floats to floats."""
    return isinstance(function, np.ufunc) and bool({"d->d", "dd->d"} & set(function.types))
