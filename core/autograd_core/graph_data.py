"""The computation graph of a run as frozen plain data: what reports hold, and what is drawn.

What a record is in JSON is declared on it, here and in reports: ``JSON`` names its members in their order. Each is an
attribute, ``grad=gradient`` one under another name, ``value.shape`` one of an attribute, called shape, and ``note?``
one that is left out where it is empty. A record that declares one member is that alone, one that declares nothing has
all its fields.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from autograd_core.dataclass import dataclass
from autograd_core.number_text import Array as Array

Shape = tuple[int, ...]
_name = cache(str)
"""The name of a dtype, which NumPy puts together each time."""


def shape_text(shape: Shape) -> str:
    """A shape as Python writes it without blanks: ``()``, ``(3,)``, ``(2,3)``."""
    return f"({','.join(map(str, shape))}{',' * (len(shape) == 1)})"


def shape_label(array: Array) -> str:
    """The shape, with the dtype when it is not the usual one: ``(4,)``, ``(2,3) float32``."""
    shape = shape_text(array.shape)
    return shape if array.dtype == "float64" else f"{shape} {array.dtype}"


OF_VALUE = "value.shape value.dtype value.data value.requires_grad value.is_leaf value.grad_fn"
"""What a record with a value has of it in JSON."""


@dataclass(frozen=True, slots=True)
class Value:
    """An array of the run as PyTorch would describe it."""

    data: Array
    requires_grad: bool
    is_leaf: bool
    grad_fn: str | None

    JSON = OF_VALUE.replace("value.", "")

    @classmethod
    def of(cls, tensor: Any) -> Value:
        """What is to be said of a tensor."""
        return cls(tensor.array, tensor.requires_grad, tensor.is_leaf, tensor.grad_fn and tensor.grad_fn.name())

    @property
    def shape(self) -> Shape:
        """The shape of the array."""
        return tuple(self.data.shape)

    @property
    def dtype(self) -> str:
        """The name of the dtype."""
        return _name(self.data.dtype)


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One node of the computation graph; ``inputs`` are ids of other nodes, smaller than its own.

    ``text`` is the whole sub-expression that it stands for, ``step`` its own operation alone, with ``#5`` for what
    another node computed.
    """

    id: int
    name: str | None
    op: str | None
    text: str
    step: str
    inputs: tuple[int, ...]
    value: Value
    grad: Array | None

    JSON = "id name op value.grad_fn inputs value.shape value.requires_grad value.is_leaf value.data grad"


@dataclass(frozen=True, slots=True)
class GraphData:
    """A computation graph in creation order; ``root`` is the id of the result."""

    root: int
    nodes: tuple[GraphNode, ...]
