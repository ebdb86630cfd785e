"""Python's operators and the methods of NumPy and PyTorch, written once for tensors and expressions."""

from __future__ import annotations

from functools import partial
from typing import Any

from autograd_core.ops import arithmetic as do
from autograd_core.ops.move import at
from autograd_core.ops.registry import find
from autograd_core.ops.registry import op as ops


class Operators:
    """``a * b`` is ``mul(a, b)``: a mixin for everything that operations act on.

    ``==`` compares entry by entry, as in NumPy and PyTorch; hashing stays by identity.
    """

    __slots__ = ()
    __array_ufunc__ = None  # NumPy arrays on the left hand the operation over to us
    shape: Any

    def __add__(self, other: Any) -> Any:
        return do.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return do.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return do.sub(self, other)

    def __rsub__(self, other: Any) -> Any:
        return do.sub(other, self)

    def __mul__(self, other: Any) -> Any:
        return do.mul(self, other)

    def __rmul__(self, other: Any) -> Any:
        return do.mul(other, self)

    def __truediv__(self, other: Any) -> Any:
        return do.div(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return do.div(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return do.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return do.floor_divide(other, self)

    def __mod__(self, other: Any) -> Any:
        return do.remainder(self, other)

    def __rmod__(self, other: Any) -> Any:
        return do.remainder(other, self)

    def __pow__(self, other: Any) -> Any:
        return do.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return do.pow_tensor(other, self)

    def __matmul__(self, other: Any) -> Any:
        return ops.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return ops.matmul(other, self)

    def __neg__(self) -> Any:
        return do.neg(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return ops.abs(self)

    def __gt__(self, other: Any) -> Any:
        return do.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return do.greater_equal(self, other)

    def __lt__(self, other: Any) -> Any:
        return do.less(self, other)

    def __le__(self, other: Any) -> Any:
        return do.less_equal(self, other)

    def __eq__(self, other: Any) -> Any:
        return do.equal(self, other)

    def __ne__(self, other: Any) -> Any:
        return do.not_equal(self, other)

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
        function = None if name.startswith("_") else find(name)
        if function is None or not function.method:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return partial(function.call, self)
