"""Operators that tensors have otherwise than expressions: comparisons give booleans, ``1 - x`` has its own node."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import asarray, ndarray

from autograd_core.engine.messages import mismatch
from autograd_core.engine.operators import Operators
from autograd_core.errors import DomainError, ShapeError
from autograd_core.ops import arithmetic, registry

ops = registry.op
REVERSED_SUB = replace(
    arithmetic.sub, forward=lambda a, b: np.subtract(b, a), vjps=arithmetic.sub.vjps[::-1], node="RsubBackward1"
)
"""``number - tensor``, which PyTorch records with the tensor first."""
POWER_OF_NUMBER = replace(arithmetic.pow_tensor, node="PowBackward2")


class Overloads(Operators):
    """Python's operators with PyTorch's meaning."""

    __slots__ = ()

    if TYPE_CHECKING:
        array: Any
        over: Any

    def __radd__(self, other: Any) -> Any:
        return self.__apply_op__(arithmetic.add, (self, other), {})

    def __rmul__(self, other: Any) -> Any:
        return self.__apply_op__(arithmetic.mul, (self, other), {})

    def __rsub__(self, other: Any) -> Any:
        return self.__apply_op__(REVERSED_SUB, (self, other), {})

    def __rpow__(self, other: Any) -> Any:
        return self.__apply_op__(POWER_OF_NUMBER, (other, self), {})

    def __rtruediv__(self, other: Any) -> Any:
        return ops.reciprocal(self) * other

    def __lt__(self, other: Any) -> Any:
        return compared(np.less, self, other)

    def __le__(self, other: Any) -> Any:
        return compared(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Any:
        return compared(np.greater, self, other)

    def __ge__(self, other: Any) -> Any:
        return compared(np.greater_equal, self, other)

    def __eq__(self, other: Any) -> Any:
        return compared(np.equal, self, other)

    def __ne__(self, other: Any) -> Any:
        return compared(np.not_equal, self, other)

    def __invert__(self) -> Any:
        return self.over(~self.array)

    def __and__(self, other: Any) -> Any:
        return self.over(self.array & getattr(other, "array", other))

    def __or__(self, other: Any) -> Any:
        return self.over(self.array | getattr(other, "array", other))

    def __xor__(self, other: Any) -> Any:
        return self.over(self.array ^ getattr(other, "array", other))

    def __floordiv__(self, other: Any) -> Any:
        return self.__apply_op__(arithmetic.floor_divide, (self, divisor(self, other)), {})

    def __mod__(self, other: Any) -> Any:
        return self.__apply_op__(arithmetic.remainder, (self, divisor(self, other)), {})

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, (int, float)):
            if isinstance(other, int) and other < 0 and self.array.dtype.kind in "iu":
                words = "Integers to negative integer powers are not allowed."
                raise DomainError("the power of an integer would be a fraction", hint="x.float()", pytorch=words)
            return self.__apply_op__(arithmetic.pow_scalar, (self,), {"exponent": float(other)})
        return self.__apply_op__(arithmetic.pow_tensor, (self, other), {})

    __hash__ = object.__hash__


def divisor(a: Any, b: Any) -> Any:
    """What an integer is divided by.

    Raises DomainError for zeros among integers.
    """
    below = asarray(b.array if isinstance(b, Overloads) else b)
    if a.array.dtype.kind in "iub" and below.dtype.kind in "iub" and not below.all():
        raise DomainError("an integer divided by zero", hint="x.float()", pytorch="ZeroDivisionError")
    return b


def compared(compare: Any, a: Any, b: Any) -> Any:
    """Booleans, entry by entry; what compares with a tensor is a tensor, an array or a number."""
    if not isinstance(b, (Overloads, ndarray, np.generic, int, float, list, tuple)):
        return NotImplemented
    other = b.array if isinstance(b, Overloads) else b
    try:
        return a.over(asarray(compare(a.array, other)))
    except ValueError:
        shapes = [a.array.shape, np.shape(other)]
        raise ShapeError(
            f"the shapes {shapes[0]} and {shapes[1]} do not fit", code="AG302", pytorch=mismatch(shapes)
        ) from None
