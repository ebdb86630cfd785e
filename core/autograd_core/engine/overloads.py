"""What tensors have otherwise than expressions: operators, and their numbers in another form.

Comparisons give booleans; ``x[i]`` shares its numbers, and like ``x[i] = v`` takes integers, slices, arrays and masks.
"""

from __future__ import annotations

import builtins
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import asarray, ndarray

from autograd_core.engine.dtypes import NAMES, Device, cannot_expand, kind_name, mismatch
from autograd_core.engine.grad_mode import mode
from autograd_core.engine.inplace import announce, copy_slices, has_history, identity, replace_history, store
from autograd_core.engine.operators import Operators, binary, reflected
from autograd_core.errors import AxisError, DomainError, GradientError, ShapeError
from autograd_core.ops import arithmetic, registry
from autograd_core.ops.indexing import index

Array = np.ndarray[Any, np.dtype[Any]]
ops = registry.op
REVERSED_SUB = replace(
    arithmetic.sub, forward=lambda a, b: np.subtract(b, a), vjps=arithmetic.sub.vjps[::-1], node="RsubBackward1"
)
"""``number - tensor``, which PyTorch records with the tensor first."""
POWER_OF_NUMBER = replace(arithmetic.pow_tensor, node="PowBackward2")
SELECT = replace(
    index,
    forward=lambda x, key: index.forward(x, key=key if any(part is Ellipsis for part in key) else (*key, ...)),
)
"""``x[i]``, which shares its numbers with ``x`` also where it is a single one."""
UNBIND = replace(SELECT, node="UnbindBackward0")
"""What iteration over a tensor takes."""


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


def cast(dtype: Any) -> Any:
    """The method that gives a tensor's numbers in another dtype."""

    def call(self: Any) -> Any:
        return self.to(dtype)

    call.__doc__ = f"As {np.dtype(dtype).name}."
    return call


class Overloads(Operators):
    """Python's operators with PyTorch's meaning, and what gives the numbers in another form."""

    __slots__ = ()

    if TYPE_CHECKING:
        array: Array
        over: Any
        requires_grad: builtins.bool

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
        if isinstance(other, int) and other < 0 and self.array.dtype.kind in "iu":
            words = "Integers to negative integer powers are not allowed."
            raise DomainError("the power of an integer would be a fraction", hint="x.float()", pytorch=words)
        return Operators.__pow__(self, other)

    def __len__(self) -> builtins.int:
        if not self.array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self.array)

    def __iter__(self) -> Any:
        if not self.array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter([self.__apply_op__(UNBIND, (self,), {"key": (i,)}) for i in range(len(self.array))])

    def __contains__(self, value: Any) -> builtins.bool:
        return bool((self.array == (value.array if isinstance(value, Overloads) else value)).any())

    def __getitem__(self, key: Any) -> Any:
        return self.__apply_op__(SELECT, (self,), {"key": index_of(key, self.array.shape)})

    def __setitem__(self, key: Any, value: Any) -> None:
        assign(self, index_of(key, self.array.shape), value)

    __hash__ = object.__hash__

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


def divisor(a: Any, b: Any) -> Any:
    """What an integer is divided by.

    Raises DomainError for zeros among integers.
    """
    below = asarray(b.array if isinstance(b, Overloads) else b)
    if a.array.dtype.kind in "iub" and below.dtype.kind in "iub" and not below.all():
        raise DomainError("an integer divided by zero", hint="x.float()", pytorch="ZeroDivisionError")
    return b


def index_of(key: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """What stands between the brackets, with arrays in the place of tensors and lists, and positions of masks.

    Raises AxisError for what is no position, for a mask of another shape, and for a number, which has no entries.
    """
    parts: list[Any] = []
    axis: int | None = 0
    given = key if isinstance(key, tuple) else (key,)
    for part in given:
        array = getattr(part, "array", asarray(part) if isinstance(part, list) else part)
        if not isinstance(array, ndarray):
            check_position(part, shape)
            parts += index.params[0].read(array)
        elif array.dtype.kind == "b" and array.ndim:
            if axis is not None and array.shape != shape[axis : axis + array.ndim]:
                raise AxisError(
                    f"a mask of shape {array.shape} for a tensor of shape {shape}",
                    code="AG305",
                    pytorch=f"The shape of the mask {list(array.shape)} at index 0 does not match the shape of the "
                    f"indexed tensor {list(shape)} at index {axis}",
                )
            parts += array.nonzero()
        elif array.ndim == 0 and array.dtype.kind in "iu":
            check_position(int(array), shape)
            parts.append(int(array))
        elif array.dtype.kind in "iu" or array.size == 0:
            parts.append(array.astype(np.intp))
        else:
            raise AxisError(
                f"positions are integers or a mask, not {array.dtype}",
                code="AG305",
                pytorch="tensors used as indices must be long, int, byte or bool tensors",
            )
        if part is Ellipsis:
            axis = None
        elif axis is not None and part is not None:
            axis += array.ndim if isinstance(array, ndarray) and array.dtype.kind == "b" else 1
    return tuple(parts)


def check_position(part: Any, shape: tuple[int, ...]) -> None:
    """Raise AxisError or TypeError, in PyTorch's words, for what stands in brackets and is no position."""
    if isinstance(part, str):
        raise TypeError(f"new(): invalid data type {type(part).__name__!r}")
    if isinstance(part, float):
        raise AxisError(
            f"a position is an integer, not {part}",
            code="AG305",
            pytorch="only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
            f"(got {type(part).__name__})",
        )
    if isinstance(part, int) and not isinstance(part, bool) and not shape:
        raise AxisError(
            "a single number has no positions",
            code="AG305",
            hint="x.item()",
            pytorch="invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
            "convert a 0-dim tensor to a number",
        )


def assign(target: Any, key: Any, value: Any) -> None:
    """``target[key] = value``, where ``key`` is that of the operation ``index``; errors are those of ``write``."""
    masks = any(isinstance(part, (tuple, ndarray)) for part in key)
    requires_grad = has_history(target, view=not masks)
    given = value if isinstance(value, type(target)) else None
    array = np.asarray(value) if given is None else given.array
    numpy_key = tuple([np.asarray(part) if isinstance(part, tuple) else part for part in key])
    try:
        part = index.shape(target.array.shape, key=key)
    except ShapeError as error:
        raise error.naming([f"the tensor {target.array.shape}"], ["x"]) from None
    extra = array.ndim - len(part)
    if extra > 0 and array.shape[:extra] == (1,) * extra:
        array = array.reshape(array.shape[extra:])
    try:
        np.broadcast_to(array, part)
    except ValueError:
        raise ShapeError(
            f"what is assigned has shape {array.shape}, the place for it {part}",
            code="AG302",
            pytorch=cannot_expand(array.shape, part),
        ) from None
    announce(target)
    store(target, numpy_key, array)
    written = mode.recording and given is not None and given.requires_grad
    if requires_grad or written:
        before = (target._node or target) if requires_grad else None
        source = (given._node or given) if given is not None and written else None
        part = array.shape if given is None else given.array.shape
        name = "IndexPutBackward0" if masks else "CopySlices"
        node = copy_slices(name, before, source, target.array.shape, index, {"key": key}, part)
        replace_history(target, node)
