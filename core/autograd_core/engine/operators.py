"""Python's operators and the methods of NumPy and PyTorch, written once for tensors and expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_core.errors import ExpressionError
from autograd_core.ops import arithmetic as do
from autograd_core.ops.indexing import index, index_key
from autograd_core.ops.registry import find
from autograd_core.ops.registry import op as ops
from autograd_core.ops.signature import Function
from autograd_core.ops.spec import OpSpec

NO_PARAMS: dict[str, Any] = {}
"""The parameters of operators, which have none: one object for all nodes."""


def at(x: Any, key: Any) -> Any:
    """``x[key]`` for tensors and expressions.

    Raises ExpressionError for a key that is not made of integers, slices, None and lists of integers.
    """
    try:
        return index(x, key=index_key(key))
    except TypeError as error:
        raise ExpressionError(f"an index {error}", code="AG305", hint="x[0], x[1:3], x[:, None], x[[0, 2]]") from None


def binary(op: OpSpec) -> Any:
    """The operator that applies an operation to a value and what stands to the right of it."""
    return lambda self, other: self.__apply_op__(op, (self, other), NO_PARAMS)


def reflected(op: OpSpec) -> Any:
    """The operator that applies an operation to what stands to the left of a value, and the value."""
    return lambda self, other: self.__apply_op__(op, (other, self), NO_PARAMS)


class Operators:
    """``a * b`` is ``mul(a, b)``: a mixin for everything that operations act on.

    ``==`` compares entry by entry, as in NumPy and PyTorch; hashing stays by identity.
    """

    __slots__ = ()
    shape: Any

    if TYPE_CHECKING:

        @staticmethod
        def __apply_op__(op: OpSpec, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
            """Apply an operation to values of which one is of this kind."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Any:
        """``np.tanh(x)``, and operators with an array on the left: the operation of the same name."""
        function = find(ufunc.__name__)
        out = named.pop("out", None)
        if function is None or method != "__call__" or named:
            return NotImplemented
        made = function(*inputs)
        if out is None:
            return made
        out[0][...] = np.asarray(made)
        return out[0]

    def __array_function__(self, function: Any, _types: Any, args: Any, named: Any) -> Any:
        """``np.sum(x)``: the function of the same name, or NumPy's own on the numbers."""
        known = find(function.__name__)
        if known is not None:
            return known(*args, **named)
        return function(*map(plain_array, args), **{name: plain_array(value) for name, value in named.items()})

    __add__, __radd__ = binary(do.add), reflected(do.add)
    __sub__, __rsub__ = binary(do.sub), reflected(do.sub)
    __mul__, __rmul__ = binary(do.mul), reflected(do.mul)
    __truediv__, __rtruediv__ = binary(do.div), reflected(do.div)
    __floordiv__, __rfloordiv__ = binary(do.floor_divide), reflected(do.floor_divide)
    __mod__, __rmod__ = binary(do.remainder), reflected(do.remainder)

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, (int, float)):
            return self.__apply_op__(do.pow_scalar, (self,), {"exponent": float(other)})
        return self.__apply_op__(do.pow_tensor, (self, other), NO_PARAMS)

    __rpow__ = reflected(do.pow_tensor)

    def __matmul__(self, other: Any) -> Any:
        return ops.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return ops.matmul(other, self)

    def __neg__(self) -> Any:
        return self.__apply_op__(do.neg, (self,), NO_PARAMS)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return ops.abs(self)

    __gt__, __ge__ = binary(do.greater), binary(do.greater_equal)
    __lt__, __le__ = binary(do.less), binary(do.less_equal)
    __eq__, __ne__ = binary(do.equal), binary(do.not_equal)
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise TypeError("the truth of an array is not one answer; compare with where(condition, a, b)")

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a scalar has no length")
        return int(self.shape[0])

    def __getitem__(self, key: Any) -> Any:
        return at(self, key)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def T(self) -> Any:
        """All axes reversed."""
        return ops.transpose(self, axes=None)

    @property
    def mT(self) -> Any:
        """The last two axes swapped."""
        return ops.swapaxes(self, axis1=-2, axis2=-1)

    def __getattr__(self, name: str) -> Any:
        """A function of the language as a method, ``x.sum(axis=0)``: made when it is first asked for."""
        function = None if name.startswith("_") else find(name)
        if function is None or not function.method:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        setattr(Operators, name, method(function))
        return getattr(self, name)


def plain_array(value: Any) -> Any:
    """What can be an array as one, also within lists."""
    if isinstance(value, (list, tuple)):
        return type(value)([plain_array(part) for part in value])
    return np.asarray(value) if isinstance(value, Operators) else value


def method(function: Function) -> Callable[..., Any]:
    """A function of the language as a method, ``x.sum(axis=0)``."""

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    call.__name__ = function.name
    call.__doc__ = function.doc
    return call
