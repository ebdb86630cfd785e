"""The operators of tensors without detours: what ``Tensor.__apply_op__`` does, worked out once for two tensors.

An operator between two tensors of one shape that both require grad is the commonest case by far, and where they are
small its cost is that of what is done around the arithmetic. What follows from the declaration of the operation (which
arrays its rules read) is looked up when the operator is made; any other case goes through the operation itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy import asarray

from autograd_core.engine.grad_mode import mode
from autograd_core.engine.node import Pair, numbers
from autograd_core.ops.spec import OpSpec

new = object.__new__


def operator(op: OpSpec, kind: type[Any]) -> Callable[[Any, Any], Any]:
    """The elementwise operation of two operands as an operator method of the tensor type ``kind``."""
    forward = op.forward
    keep_y, (keep_a, keep_b) = op.keeps((True, True))
    following = numbers.__next__

    def apply(left: Any, right: Any) -> Any:
        if type(right) is not kind or not (left._requires_grad and right._requires_grad and mode.recording):
            return op(left, right)
        a = left.data
        b = right.data
        first = left.grad_fn
        if first is None:
            first = left
            shape = a.shape
        else:
            shape = first.shape
        if b.shape != shape:
            return op(left, right)
        y = forward(a, b)
        if not shape:  # NumPy makes a number of it
            y = asarray(y)
        node = Pair()
        node.op = op
        node.number = following()
        node.shape = shape
        node.retained = None
        node.first = first
        node.second = right.grad_fn or right
        node.a = a if keep_a else None
        node.b = b if keep_b else None
        node.y = y if keep_y else None
        made = new(kind)
        made.data = y
        made.grad = None
        made.grad_fn = node
        made._requires_grad = True
        return made

    return apply
