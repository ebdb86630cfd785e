"""Forward mode: tangents carried along operations, one direction or a batch of them at a time."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np

from autograd_core.engine.backprop import backprop, constant, expand_to, unbroadcast
from autograd_core.engine.operators import Operators
from autograd_core.engine.vmap import Batched, scaled
from autograd_core.ops.spec import OpSpec, Shape


class Dual(Operators):
    """A value with its tangent: the Jacobian-vector product of the value along a direction.

    ``value`` is an array or a tensor; ``tangent`` is one too, of the same shape, or a batch of them, one a direction.
    """

    __slots__ = ("shape", "tangent", "value")

    shape: Shape

    def __init__(self, value: Any, tangent: Any) -> None:
        self.value = value
        self.tangent = tangent
        self.shape = value.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the value."""
        return dtype_of(self.value)

    def constant(self, value: float) -> Any:
        """The number as a value that has no tangent."""
        return constant(value, self.value)

    @staticmethod
    def __apply_op__(op: OpSpec, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
        values = []
        tangents = []
        for o in operands:
            if type(o) is Dual:
                values.append(o.value)
                tangents.append(o.tangent)
            else:
                values.append(o)
                tangents.append(None)
        y = op(*values, **params)
        tangent = pushforward(op, tangents, y, values, params, y.shape)
        return y if tangent is None else Dual(y, tangent)


def pushforward(
    op: OpSpec, tangents: Sequence[Any], y: Any, operands: Sequence[Any], params: Mapping[str, Any], shape: Shape
) -> Any:
    """The tangent of the result of an operation, None for zero.

    ``tangents`` are those of the operands, None for zero; ``shape`` is that of the result. Result and operands need
    their numbers only where the operation's rules read them.
    """
    if op.elementwise:
        found = _by_slopes(op, tangents, y, operands, params)
        return found if found is None or found.shape == shape else expand_to(found, shape)
    moving = [i for i, t in enumerate(tangents) if t is not None and op.rule(i) is not None]
    if not moving:
        return None
    if op.linear == "jointly":
        dtype = dtype_of(tangents[moving[0]])
        return op(*[_or_zero(op, i, t, operands[i], dtype) for i, t in enumerate(tangents)], **params)
    if op.linear == "each":
        found = None
        for i in moving:
            part = op(*[tangents[i] if i == k else o for k, o in enumerate(operands)], **params)
            found = part if found is None else found + part
        return found
    return _transposed(op, tangents, y, operands, params, shape)


_numbers = count()


class Cotangent(Operators):
    """A gradient of which the shape alone is known: what a rule does with it is recorded as nodes for ``backprop``."""

    __slots__ = ("edges", "number", "op", "operands", "params", "shape")
    dtype = np.dtype(np.float64)

    def __init__(
        self, shape: Shape, op: OpSpec | None = None, operands: Sequence[Any] = (), params: Any = None
    ) -> None:
        self.shape, self.op, self.operands, self.params = shape, op, operands, params
        self.edges = [o if type(o) is Cotangent else None for o in operands]
        self.number = next(_numbers)

    @staticmethod
    def __apply_op__(op: OpSpec, operands: Sequence[Any], params: Mapping[str, Any]) -> Cotangent:
        return Cotangent(op.shape(*[getattr(o, "shape", ()) for o in operands], **params), op, operands, params)

    def values(self, _wrap: Any) -> Sequence[Any]:
        """The result and the operands for the rules, which read no numbers of what they are linear in."""
        return self, *self.operands


def _transposed(
    op: OpSpec, tangents: Sequence[Any], y: Any, operands: Sequence[Any], params: Mapping[str, Any], shape: Shape
) -> Any:
    """The tangent by the rules alone: each is linear in the gradient, and its transpose carries a tangent forward."""
    start = Cotangent(shape, None, (), {})
    operands = [np.asarray(o) if isinstance(o, (int, float)) else o for o in operands]
    roots, seeds = [], []
    for position, tangent in enumerate(tangents):
        rule = op.rule(position)
        if tangent is None or rule is None:
            continue
        extra = {"operand": position} if op.variadic else {}
        pulled = rule(start, y, *operands, **extra, **params)
        if type(pulled) is Cotangent:
            roots.append(pulled)
            seeds.append(unbroadcast(tangent, pulled.shape, op, position))
    return backprop(roots, seeds).get(start)


def _by_slopes(op: OpSpec, tangents: Sequence[Any], y: Any, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """The tangent of an elementwise operation.

    Its rules act on each entry by itself, so that they carry a tangent forward as they pull a gradient back. For a
    batch of directions the slopes are worked out once.
    """
    found = None
    for tangent, rule in zip(tangents, op.vjps, strict=False):
        if tangent is None or rule is None:
            continue
        if op.linear or type(tangent) is not Batched:
            part = rule(tangent, y, *operands, **params)
        else:
            slope = rule(tangent.dtype.type(1), y, *operands, **params)
            part = None if type(slope) is float and slope == 0 else scaled(tangent, slope)
        if type(part) is float:
            part = None if part == 0 else constant(part, tangent)
        if part is not None:
            found = part if found is None else found + part
    return found


def _or_zero(op: OpSpec, position: int, tangent: Any, operand: Any, dtype: Any) -> Any:
    """What stands for an operand of a linear operation that acts on tangents."""
    if tangent is not None:
        return tangent
    return np.zeros(operand.shape, dtype) if op.rule(position) is not None else operand


def dtype_of(value: Any) -> np.dtype[Any]:
    """The dtype of an array or tensor; expressions are worked out in float64 unless they are told otherwise."""
    found: np.dtype[Any] = getattr(value, "dtype", np.dtype(np.float64))
    return found


class Tangents:
    """The tangents of the nodes and leaves of a recorded graph, each worked out when it is first asked for.

    ``starts`` are those of leaves and of some nodes; ``within`` holds the nodes that depend on them. What else there is
    does not move.
    """

    def __init__(self, starts: Mapping[Any, Any], within: Container[Any], wrap: Any = None) -> None:
        self.known = dict(starts)
        self.within = within
        self.wrap = wrap

    def __getitem__(self, edge: Any) -> Any:
        """The tangent of a node or leaf, None for zero."""
        known = self.known
        if edge in known or edge.op is None or edge not in self.within:
            return known.get(edge)
        stack = [edge]
        while stack:
            node = stack[-1]
            waiting = [
                e for e in node.edges if e is not None and e not in known and e.op is not None and e in self.within
            ]
            if waiting:
                stack += waiting
                continue
            stack.pop()
            if node not in known:
                y, *operands = node.values(self.wrap)
                tangents = [None if e is None else known.get(e) for e in node.edges]
                known[node] = pushforward(node.op, tangents, y, operands, node.params, node.shape)
        return known[edge]
