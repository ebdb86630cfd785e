"""Nodes of the dynamic graph: what one operation must remember for its backward pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from autograd_core.errors import GradientError
from autograd_core.ops.spec import OpSpec, Shape, Shaped

numbers = count()
"""Places in the order of creation."""

ONE, NONE = (True,), (False,)


class Node:
    """One recorded operation (``grad_fn`` in PyTorch).

    It keeps its operation, the edges to where its operands came from, and only those arrays that the rules of the
    wanted operands read, until a backward pass lets go of them. ``shapes`` is None for an elementwise operation whose
    operands all have the shape of the result. Nothing here refers to the tensor that was made, so that no reference
    cycle keeps memory alive.
    """

    __slots__ = ("edges", "kept", "number", "op", "params", "result", "retained", "shape", "shapes")

    op: OpSpec
    params: Mapping[str, Any]
    edges: tuple[Any, ...]
    number: int
    shape: Shape
    shapes: list[Shape] | None
    kept: tuple[Any, ...] | None
    result: Any
    retained: Any

    def name(self) -> str:
        """The name of the operation in PyTorch's spelling, as ``MulBackward0``."""
        return self.op.node_name(self.operand_shapes, self.params)

    @property
    def operand_shapes(self) -> list[Shape]:
        """The shapes of the operands."""
        return [self.shape] * len(self.edges) if self.shapes is None else self.shapes

    @property
    def next_functions(self) -> tuple[tuple[Node | AccumulateGrad | None, int], ...]:
        """For each operand the node that made it, as in PyTorch; a leaf shows as ``AccumulateGrad``."""
        return tuple((e if e is None or isinstance(e, Node) else AccumulateGrad(e), 0) for e in self.edges)

    def values(self, wrap: Callable[[Any, Any], Any] | None) -> tuple[Any, Sequence[Any]]:
        """The result and the operands for the rules: arrays, or what ``wrap(array, edge)`` makes of those with an edge.

        Raises GradientError when they have been released.
        """
        if self.kept is None:
            raise GradientError(
                "the graph was freed by an earlier backward pass",
                code="AG204",
                why="saved values are released during backward to save memory",
                hint="call backward(retain_graph=True) the first time; gradients of both passes then add up",
            )
        operands: Sequence[Any] = self.kept
        y = self.result
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


def record(op: OpSpec, params: Mapping[str, Any], edges: tuple[Any, ...], result: Any, arrays: Sequence[Any]) -> Node:
    """The node of an operation that was just applied to ``arrays``; an edge is None where nothing flows back."""
    node = Node()
    node.op = op
    node.params = params
    node.edges = edges
    node.number = next(numbers)
    node.shape = shape = result.shape
    node.retained = None
    if len(edges) == 1:
        a = arrays[0]
        keep_result, (keep_a,) = op.keeps(ONE if edges[0] is not None else NONE)
        node.kept = (a,) if keep_a else (None,)
        node.shapes = None if op.elementwise and a.shape == shape else [a.shape]
    else:
        keep_result, keep = op.keeps(tuple([edge is not None for edge in edges]))
        node.kept = tuple([a if k else None for a, k in zip(arrays, keep, strict=True)])
        shapes = [a.shape for a in arrays]
        node.shapes = None if op.elementwise and shapes == [shape] * len(shapes) else shapes
    node.result = result if keep_result else None
    return node


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
