"""Dtypes, shapes and devices under PyTorch's names, the dtype of results, and PyTorch's words for what does not fit.

Its users search for these words; ours are added below.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd_core.errors import AutogradError, GradientError, ShapeError
from autograd_core.ops.spec import OpSpec, broadcast_shapes

NAMES = {
    "f8": ("float64", "Double"), "f4": ("float32", "Float"), "f2": ("float16", "Half"), "i8": ("int64", "Long"),
    "i4": ("int32", "Int"), "i2": ("int16", "Short"), "i1": ("int8", "Char"), "u1": ("uint8", "Byte"),
    "b1": ("bool", "Bool"),
}  # fmt: skip
"""PyTorch's name of each dtype, and that of its tensors."""


class DType:
    """A dtype as PyTorch prints it, ``torch.float32``; NumPy takes it wherever it takes a dtype.

    It equals the NumPy dtype that it stands for.
    """

    __slots__ = ("dtype",)

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype

    @property
    def is_floating_point(self) -> bool:
        """Whether numbers of this dtype have fractions."""
        return self.dtype.kind == "f"

    def __getattr__(self, name: str) -> Any:
        """What else a NumPy dtype has, as ``kind``, ``itemsize`` and ``type``."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.dtype, name)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DType):
            return self.dtype == other.dtype
        try:
            return bool(self.dtype == np.dtype(other))  # type: ignore[call-overload]  # what is no dtype raises TypeError
        except TypeError:
            return NotImplemented

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        return f"torch.{NAMES.get(self.dtype.str[1:], (self.dtype.name,))[0]}"

    def __reduce__(self) -> Any:
        return dtype_of, (self.dtype.str,)


@cache
def dtype_of(dtype: Any) -> DType:
    """The one object that stands for a NumPy dtype."""
    return DType(dtype) if isinstance(dtype, np.dtype) else dtype_of(np.dtype(dtype))


def short_name(dtype: np.dtype[Any]) -> str:
    """PyTorch's name of a dtype in its messages, ``Float``."""
    return NAMES.get(dtype.str[1:], ("", dtype.name.title()))[1]


def kind_name(dtype: np.dtype[Any]) -> str:
    """PyTorch's old name of a kind of tensor, ``torch.FloatTensor``."""
    return f"torch.{short_name(dtype)}Tensor"


class Size(tuple[int, ...]):
    """A shape as PyTorch prints it, ``torch.Size([2, 3])``; otherwise a tuple."""

    __slots__ = ()

    def numel(self) -> int:
        """How many entries an array of this shape has."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __getitem__(self, key: Any) -> Any:
        found = tuple.__getitem__(self, key)
        return Size(found) if isinstance(key, slice) else found

    def __add__(self, other: Any) -> Size:
        return Size(tuple.__add__(self, tuple(other)))


class Device:
    """Where tensors are, ``torch.device``: the processor, as there is nothing else here."""

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        self.type = str(getattr(type, "type", type)).partition(":")[0]
        self.index = index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and self.type == other.type

    def __hash__(self) -> int:
        return hash(self.type)

    def __str__(self) -> str:
        return self.type

    def __repr__(self) -> str:
        return f"device(type={self.type!r})"


default = SimpleNamespace(dtype=np.dtype(np.float64))
"""The dtype of floating point results of integers and booleans."""


def get_default_dtype() -> DType:
    """The dtype that integers become where a result has fractions: NumPy's float64, float32 under PyTorch's names."""
    return dtype_of(default.dtype)


def set_default_dtype(dtype: Any) -> None:
    """Set the dtype that integers become where a result has fractions (``torch.set_default_dtype``).

    Raises TypeError for a dtype that is not floating point.
    """
    found = np.dtype(dtype)
    if found.kind != "f":
        raise TypeError("only floating-point types are supported as the default type")
    default.dtype = found


CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2}


def promoted(operands: Sequence[Any], result: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of a result by PyTorch's rules, where NumPy gives ``result``.

    Arrays without dimensions and plain numbers count only where they are of a higher kind (integers before booleans,
    floating point before integers); integers become the default dtype where the result has fractions.
    """
    if result.kind != "f":
        return result
    arrays = [o.dtype for o in operands if isinstance(o, np.ndarray) and o.ndim]
    numbers = [o.dtype for o in operands if isinstance(o, np.ndarray) and not o.ndim]
    if not arrays or max(CATEGORY[n.kind] for n in [*numbers, *arrays]) > max(CATEGORY[a.kind] for a in arrays):
        arrays = numbers
    found = [a for a in arrays if a.kind == "f"]
    return np.result_type(*found) if found else default.dtype


OF_BOOLEANS = {
    "numpy boolean subtract": "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
    "`logical_xor()` operator instead.",
    "numpy boolean negative": "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
    "invert a mask, use the `~` or `logical_not()` operator instead.",
}
"""What NumPy and PyTorch say of signs before truth values."""


def refused(op: OpSpec, arrays: Sequence[Any], params: Mapping[str, Any], error: Exception) -> Exception:
    """The error to raise where an operation refused its operands, which it names by their shapes."""
    shapes = [np.shape(a) for a in arrays]
    if not isinstance(error, AutogradError):
        try:
            op.shape(*shapes, **params)
        except AutogradError as found:
            error = found
        else:
            words = str(error).replace("'float'", "'Tensor'", 1)
            for said, pytorch in OF_BOOLEANS.items():
                if said in words:
                    return GradientError("arithmetic of truth values", code="AG206", hint="x.long()", pytorch=pytorch)
            return TypeError(words) if "unsupported operand type" in words else error
    if op.elementwise and error.pytorch is None:
        error.pytorch = mismatch(shapes)
    names = [f"operand {i + 1} {shape}" for i, shape in enumerate(shapes)]
    return error.naming(names, [chr(ord("a") + i) for i in range(len(names))])


def check_same_dtype(op: OpSpec, operands: Sequence[Any]) -> None:
    """Raise GradientError where the tensors of a product of matrices are of several dtypes."""
    given = [(o.array.dtype, o.array.ndim) for o in operands if hasattr(o, "array")]
    kinds = [kind for kind, _ in given]
    if len(set(kinds)) < 2:
        return
    old = [short_name(kind) for kind in kinds]
    plain = [{"Long": "long int", "Short": "short int"}.get(name, name.lower()) for name in old]
    ndims = [ndim for _, ndim in given]
    words = f"expected scalar type {old[0]} but found {old[1]}"
    if ndims == [1, 1]:
        words = f"dot : expected both vectors to have same dtype, but found {old[0]} and {old[1]}"
    elif ndims == [2, 1]:
        words = f"addmv input tensors must have the same dtype, but got {old[0]}, {old[1]}, and {old[0]}"
    elif max(ndims) == 2:
        words = f"expected m1 and m2 to have the same dtype, but got: {plain[0]} != {plain[1]}"
    raise GradientError(
        f"{op.name} takes tensors of one dtype, not {kinds[0]} and {kinds[1]}",
        code="AG206",
        hint="x.float(), or x.to(w.dtype)",
        pytorch=words,
    )


def mismatch(shapes: Sequence[tuple[int, ...]]) -> str | None:
    """What PyTorch says of two shapes that do not broadcast."""
    for first, second in pairwise(shapes):
        try:
            broadcast_shapes(first, second)
        except ShapeError:
            ndim = max(len(first), len(second))
            a, b = [(1,) * (ndim - len(s)) + tuple(s) for s in (first, second)]
            axis = max(i for i in range(ndim) if a[i] != b[i] and 1 not in (a[i], b[i]))
            return (
                f"The size of tensor a ({a[axis]}) must match the size of tensor b ({b[axis]}) at non-singleton "
                f"dimension {axis}"
            )
    return None


def cannot_expand(shape: tuple[int, ...], target: tuple[int, ...]) -> str:
    """What PyTorch says of a shape that does not broadcast to another."""
    if len(shape) > len(target):
        return (
            f"expand(torch.FloatTensor{{{list(shape)}}}, size={list(target)}): the number of sizes provided "
            f"({len(target)}) must be greater or equal to the number of dimensions in the tensor ({len(shape)})"
        )
    back = next(i for i in range(1, len(shape) + 1) if shape[-i] not in (1, target[-i]))
    return (
        f"The expanded size of the tensor ({target[-back]}) must match the existing size ({shape[-back]}) at "
        f"non-singleton dimension {len(target) - back}.  Target sizes: {list(target)}.  Tensor sizes: {list(shape)}"
    )
