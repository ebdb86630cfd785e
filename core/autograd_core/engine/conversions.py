"""Tensors as other kinds of tensors, as numbers and as NumPy arrays."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_core.engine.dtypes import NAMES, Device, kind_name
from autograd_core.engine.inplace import identity
from autograd_core.errors import GradientError, ShapeError

Array = np.ndarray[Any, np.dtype[Any]]


def cast(dtype: Any) -> Any:
    """The method that gives a tensor's numbers in another dtype."""

    def call(self: Any) -> Any:
        return self.to(dtype)

    call.__doc__ = f"As {np.dtype(dtype).name}."
    return call


class Conversions:
    """What gives the numbers of a tensor in another form."""

    __slots__ = ()

    if TYPE_CHECKING:
        array: Array
        requires_grad: builtins.bool

    def to(self, *args: Any, dtype: Any = None, **_others: Any) -> Any:
        """The same numbers in another dtype, that of a tensor, or where nothing changes the tensor itself."""
        for given in args:
            if str(given).startswith("cuda"):
                raise AssertionError("Torch not compiled with CUDA enabled\nthere is the processor alone: leave it out")
            if isinstance(given, Device):
                continue
            dtype = given.array.dtype if hasattr(given, "array") else dtype if isinstance(given, (str, bool)) else given
        if dtype is None or np.dtype(dtype) == self.array.dtype:
            return self
        return identity("ToCopyBackward0", self, self.array.astype(dtype))

    def cuda(self) -> Any:
        """Refused: there is the processor alone."""
        return self.to("cuda")

    @property
    def device(self) -> Device:
        """Where the tensor is."""
        return Device()

    double, float, half = cast(np.float64), cast(np.float32), cast(np.float16)
    long, int, bool = cast(np.int64), cast(np.int32), cast(np.bool_)

    def type(self, dtype: Any = None) -> Any:
        """In another dtype, or without one the name of the kind of tensor, ``torch.FloatTensor``."""
        if dtype is None:
            return kind_name(self.array.dtype)
        named = {kind_name(np.dtype(kind)): kind for kind in NAMES}
        return self.to(named.get(dtype, dtype) if isinstance(dtype, str) else getattr(dtype, "scalar", dtype))

    def item(self) -> Any:
        """The single number of a tensor with one element.

        Raises ShapeError for any other number of elements.
        """
        if self.array.size != 1:
            raise ShapeError(
                f"item() needs one element, the shape is {self.array.shape}",
                code="AG308",
                pytorch=f"a Tensor with {self.array.size} elements cannot be converted to Scalar",
            )
        return self.array.item()

    def tolist(self) -> Any:
        """The numbers as nested lists, or as one number."""
        return self.array.tolist()

    def numpy(self, *, force: builtins.bool = False) -> Array:
        """The numbers as a NumPy array, not copied.

        Raises GradientError for a tensor that requires grad, as PyTorch does.
        """
        if self.requires_grad and not force:
            raise GradientError(
                "a NumPy array has no history: gradients would end here in silence",
                code="AG203",
                hint="t.detach().numpy()",
                pytorch="Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
            )
        return self.array

    def __array__(self, dtype: Any = None, copy: builtins.bool | None = None) -> Array:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __float__(self) -> builtins.float:
        return builtins.float(self._only())

    def __int__(self) -> builtins.int:
        return builtins.int(self._only())

    def _only(self) -> Any:
        if self.array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self.array.item()

    def __index__(self) -> builtins.int:
        if self.array.dtype.kind not in "iu" or self.array.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return builtins.int(self.array.item())

    def __bool__(self) -> builtins.bool:
        if self.array.size != 1:
            raise ShapeError(
                f"the truth of {self.array.size} numbers is not one answer; compare with where(condition, a, b)",
                code="AG308",
                pytorch="Boolean value of Tensor with more than one value is ambiguous"
                if self.array.size
                else "Boolean value of Tensor with no values is ambiguous",
            )
        return builtins.bool(self.array.item())
