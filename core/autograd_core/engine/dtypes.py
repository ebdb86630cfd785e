"""Dtypes, shapes and devices under PyTorch's names, and the dtype that floating point results of integers take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

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

    @property
    def itemsize(self) -> int:
        """Bytes an entry."""
        return self.dtype.itemsize

    def __getattr__(self, name: str) -> Any:
        """What else a NumPy dtype has, as ``kind`` and ``type``."""
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


_known: dict[Any, DType] = {}


def dtype_of(dtype: Any) -> DType:
    """The one object that stands for a NumPy dtype."""
    found = _known.get(dtype)
    if found is None:
        plain = np.dtype(dtype)
        found = _known[dtype] = _known.setdefault(plain, DType(plain))
    return found


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
