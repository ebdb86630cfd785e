"""Nodes of the dynamic graph: what one operation must remember for its backward pass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from autograd_core.errors import GradientError
from autograd_core.ops.spec import OpSpec, Shape, Shaped

numbers = count()
"""Places in the order of creation."""

RELEASED = object()
"""Stands in a node for an array that a backward pass has let go of."""
ONE = (True,)
NO_PARAMS: Mapping[str, Any] = {}


class Node(ABC):
    """One recorded operation (``grad_fn`` in PyTorch).

    It keeps its operation, the edges to where its operands came from, and only those arrays that the rules of the
    wanted operands read, until a backward pass lets go of them. ``number`` is its place in the order of creation,
    ``shape`` that of the result, ``retained`` a weak reference to the tensor that asked for its gradient. Nothing here
    refers to the tensor that was made, so that no reference cycle keeps memory alive.
    """

    __slots__ = ("number", "op", "retained", "shape")

    op: OpSpec
    number: int
    shape: Shape
    retained: Any
    edges: tuple[Any, ...]
    params: Mapping[str, Any]

    @property
    @abstractmethod
    def operand_shapes(self) -> Sequence[Shape]:
        """The shapes of the operands; a constant may count as one of the shape of the result."""

    @abstractmethod
    def saved(self) -> tuple[Any, Sequence[Any]] | None:
        """The kept result and operands, None for what the rules do not read; None when they have been released."""

    @abstractmethod
    def release(self) -> None:
        """Let go of the saved values."""

    def name(self) -> str:
        """The name of the operation in PyTorch's spelling, as ``MulBackward0``."""
        return self.op.node_name(self.operand_shapes, self.params)

    @property
    def ndim(self) -> int:
        """The number of dimensions of the result."""
        return len(self.shape)

    @property
    def next_functions(self) -> tuple[tuple[Node | AccumulateGrad | None, int], ...]:
        """For each operand the node that made it, as in PyTorch; a leaf shows as ``AccumulateGrad``."""
        return tuple((e if e is None or isinstance(e, Node) else AccumulateGrad(e), 0) for e in self.edges)

    def values(self, wrap: Callable[[Any, Any], Any] | None) -> tuple[Any, Sequence[Any]]:
        """The result and the operands for the rules: arrays, or what ``wrap(array, edge)`` makes of those with an edge.

        Raises GradientError when they have been released.
        """
        saved = self.saved()
        if saved is None:
            raise GradientError(
                "the graph was freed by an earlier backward pass",
                code="AG204",
                why="saved values are released during backward to save memory",
                hint="call backward(retain_graph=True) the first time; gradients of both passes then add up",
            )
        y, operands = saved
        if not self.op.elementwise:  # rules of elementwise operations never ask for a shape
            operands = [Shaped(s) if a is None else a for a, s in zip(operands, self.operand_shapes, strict=True)]
            y = Shaped(self.shape) if y is None else y
        if wrap is not None:
            operands = [
                a if e is None or a is None or type(a) is Shaped else wrap(a, e)
                for a, e in zip(operands, self.edges, strict=True)
            ]
            y = y if y is None or type(y) is Shaped else wrap(y, self)
        return y, operands

    def __repr__(self) -> str:
        return f"<{self.name()}>"


class Single(Node):
    """A node of an operation of one operand."""

    __slots__ = ("a", "first", "params", "y")

    first: Any
    a: Any
    y: Any

    @property
    def edges(self) -> tuple[Any, ...]:  # type: ignore[override]  # made of what is kept, never set
        """Where the operand came from."""
        return (self.first,)

    @property
    def operand_shapes(self) -> Sequence[Shape]:
        """The shape of the operand."""
        return (self.first.shape,)

    def saved(self) -> tuple[Any, Sequence[Any]] | None:
        """The kept result and operand."""
        return None if self.a is RELEASED else (self.y, (self.a,))

    def release(self) -> None:
        """Let go of the saved values."""
        self.a = RELEASED
        self.y = None


class Pair(Node):
    """A node of an elementwise operation of two operands; each has the shape of the result or is a constant."""

    __slots__ = ("a", "b", "first", "second", "y")

    params = NO_PARAMS
    first: Any
    second: Any
    a: Any
    b: Any
    y: Any

    @property
    def edges(self) -> tuple[Any, ...]:  # type: ignore[override]  # made of what is kept, never set
        """Where the operands came from."""
        return self.first, self.second

    @property
    def operand_shapes(self) -> Sequence[Shape]:
        """The shapes of the operands that gradients flow to."""
        return self.shape, self.shape

    def saved(self) -> tuple[Any, Sequence[Any]] | None:
        """The kept result and operands."""
        return None if self.a is RELEASED else (self.y, (self.a, self.b))

    def release(self) -> None:
        """Let go of the saved values."""
        self.a = RELEASED
        self.b = self.y = None


class Record(Node):
    """A node of any other operation."""

    __slots__ = ("edges", "kept", "operand_shapes", "params", "y")

    operand_shapes: Sequence[Shape]
    kept: tuple[Any, ...] | None
    y: Any

    def saved(self) -> tuple[Any, Sequence[Any]] | None:
        """The kept result and operands."""
        return None if self.kept is None else (self.y, self.kept)

    def release(self) -> None:
        """Let go of the saved values."""
        self.kept = self.y = None


def recorded(op: OpSpec, params: Mapping[str, Any], edges: tuple[Any, ...], result: Any, arrays: Sequence[Any]) -> Node:
    """The node of an operation that was just applied to ``arrays``; an edge is None where nothing flows back."""
    keep_y, keep = op.keeps(tuple([edge is not None for edge in edges]))
    shape = result.shape
    node: Any
    if (
        op.elementwise
        and len(edges) == 2
        and not params
        and (edges[0] is None or arrays[0].shape == shape)
        and (edges[1] is None or arrays[1].shape == shape)
    ):
        node = Pair()
        node.first, node.second = edges
        node.a = arrays[0] if keep[0] else None
        node.b = arrays[1] if keep[1] else None
    else:
        node = Record()
        node.edges = edges
        node.params = params
        node.operand_shapes = [a.shape for a in arrays]
        node.kept = tuple([a if k else None for a, k in zip(arrays, keep, strict=True)])
    node.y = result if keep_y else None
    node.op = op
    node.number = next(numbers)
    node.shape = shape
    node.retained = None
    made: Node = node
    return made


class AccumulateGrad:
    """The end of the graph: what reaches a leaf is added to its ``grad``."""

    __slots__ = ("variable",)

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def name(self) -> str:
        """PyTorch's name."""
        return "AccumulateGrad"

    @property
    def next_functions(self) -> tuple[()]:
        """Nothing comes before a leaf."""
        return ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AccumulateGrad) and other.variable is self.variable

    def __hash__(self) -> int:
        return id(self.variable)

    def __repr__(self) -> str:
        return "<AccumulateGrad>"
