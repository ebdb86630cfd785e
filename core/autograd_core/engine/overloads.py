"""Operators that tensors have otherwise than expressions: comparisons give booleans, ``x[i]`` shares its numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import asarray, ndarray

from autograd_core.engine.messages import mismatch
from autograd_core.engine.operators import Operators, binary, reflected
from autograd_core.engine.subscripts import SELECT, UNBIND, assign, index_of
from autograd_core.errors import DomainError, ShapeError
from autograd_core.ops import arithmetic, registry

ops = registry.op
REVERSED_SUB = replace(
    arithmetic.sub, forward=lambda a, b: np.subtract(b, a), vjps=arithmetic.sub.vjps[::-1], node="RsubBackward1"
)
"""``number - tensor``, which PyTorch records with the tensor first."""
POWER_OF_NUMBER = replace(arithmetic.pow_tensor, node="PowBackward2")


def comparison(compare: Any) -> Any:
    """The operator that gives booleans, entry by entry, for a tensor and a tensor, an array or a number."""

    def call(a: Any, b: Any) -> Any:
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

    return call


def bitwise(function: Any) -> Any:
    """The operator of a tensor and a tensor or number that works on bits."""
    return lambda a, b: a.over(function(a.array, getattr(b, "array", b)))


class Overloads(Operators):
    """Python's operators with PyTorch's meaning."""

    __slots__ = ()

    if TYPE_CHECKING:
        array: Any
        over: Any

    __radd__, __rmul__ = binary(arithmetic.add), binary(arithmetic.mul)
    __rsub__, __rpow__ = binary(REVERSED_SUB), reflected(POWER_OF_NUMBER)

    def __rtruediv__(self, other: Any) -> Any:
        return ops.reciprocal(self) * other

    __lt__, __le__ = comparison(np.less), comparison(np.less_equal)
    __gt__, __ge__ = comparison(np.greater), comparison(np.greater_equal)
    __eq__, __ne__ = comparison(np.equal), comparison(np.not_equal)
    __and__, __or__, __xor__ = bitwise(np.bitwise_and), bitwise(np.bitwise_or), bitwise(np.bitwise_xor)

    def __invert__(self) -> Any:
        return self.over(~self.array)

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

    def __len__(self) -> int:
        if not self.array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self.array)

    def __iter__(self) -> Any:
        if not self.array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter([self.__apply_op__(UNBIND, (self,), {"key": (i,)}) for i in range(len(self.array))])

    def __contains__(self, value: Any) -> bool:
        return bool((self.array == (value.array if isinstance(value, Overloads) else value)).any())

    def __getitem__(self, key: Any) -> Any:
        return self.__apply_op__(SELECT, (self,), {"key": index_of(key, self.array.shape)})

    def __setitem__(self, key: Any, value: Any) -> None:
        assign(self, index_of(key, self.array.shape), value)

    __hash__ = object.__hash__


def divisor(a: Any, b: Any) -> Any:
    """What an integer is divided by.

    Raises DomainError for zeros among integers.
    """
    below = asarray(b.array if isinstance(b, Overloads) else b)
    if a.array.dtype.kind in "iub" and below.dtype.kind in "iub" and not below.all():
        raise DomainError("an integer divided by zero", hint="x.float()", pytorch="ZeroDivisionError")
    return b
