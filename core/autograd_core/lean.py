"""The operators of tensors without detours: what ``Tensor.__apply_op__`` does, worked out once for two tensors.

An operator between two tensors that both require grad is the commonest case by far. For it everything that follows from
the declaration of the operation (which arrays its rules read) is looked up when the operator is made and not when it is
used; any other case goes through the operation itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy import asarray, ndarray

from autograd_core.mode import mode
from autograd_core.node import Node, numbers
from autograd_core.ops.spec import OpSpec

new = object.__new__
_NO_PARAMS: dict[str, Any] = {}


def operator(op: OpSpec, kind: type[Any]) -> Callable[[Any, Any], Any]:
    """The elementwise operation of two operands as an operator method of the tensor type ``kind``."""
    forward = op.forward
    keep_y, (keep_a, keep_b) = op.keeps((True, True))
    following = numbers.__next__

    def apply(left: Any, right: Any) -> Any:
        if type(right) is not kind or not (left._requires_grad and right._requires_grad and mode.recording):
            return op(left, right)
        a, b = left.data, right.data
        y = forward(a, b)
        if type(y) is not ndarray:
            y = asarray(y)
        node = new(Node)
        node.op = op
        node.params = _NO_PARAMS
        node.edges = (left.grad_fn or left, right.grad_fn or right)
        node.number = following()
        node.shape = shape = y.shape
        node.shapes = None if a.shape == shape == b.shape else [a.shape, b.shape]
        node.kept = (a if keep_a else None, b if keep_b else None)
        node.result = y if keep_y else None
        node.retained = None
        made = new(kind)
        made.data = y
        made.grad = None
        made.grad_fn = node
        made._requires_grad = True
        return made

    return apply
