"""Nodes of the dynamic graph: what one operation must remember for its backward pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from autograd_core.errors import GradientError
from autograd_core.ops.spec import OpSpec, Shape, Shaped

numbers = count()
"""Places in the order of creation."""


class Node:
    """One recorded operation (``grad_fn`` in PyTorch).

    It keeps its operation, the edges to where its operands came from, and only those arrays that the rules of the
    wanted operands read; ``release`` lets go of them. Nothing here refers to the tensor that was made, so that no
    reference cycle keeps memory alive.
    """

    __slots__ = ("edges", "kept", "number", "op", "params", "result", "retained", "shape", "shapes")

    def __init__(
        self, op: OpSpec, params: Mapping[str, Any], edges: list[Any], result: Any, arrays: list[Any], number: int
    ) -> None:
        keep_result, keep = op.keeps(tuple([edge is not None for edge in edges]))
        self.op = op
        self.params = params
        self.edges = edges
        self.number = number
        self.shape: Shape = result.shape
        self.shapes: list[Shape] = [a.shape for a in arrays]
        self.result = result if keep_result else None
        self.kept: list[Any] | None = [a if k else None for a, k in zip(arrays, keep)]  # noqa: B905 - same length
        self.retained: Any = None

    def name(self) -> str:
        """The name of the operation in PyTorch's spelling, as ``MulBackward0``."""
        return self.op.node_name(self.shapes, self.params)

    @property
    def next_functions(self) -> tuple[tuple[Node | AccumulateGrad | None, int], ...]:
        """For each operand the node that made it, as in PyTorch; a leaf shows as ``AccumulateGrad``."""
        return tuple((e if e is None or isinstance(e, Node) else AccumulateGrad(e), 0) for e in self.edges)

    def values(self, wrap: Callable[[Any, Any], Any] | None) -> tuple[Any, list[Any]]:
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
        operands, y = self.kept, self.result
        if not self.op.elementwise:  # rules of elementwise operations never ask for a shape
            operands = [Shaped(s) if a is None else a for a, s in zip(operands, self.shapes, strict=True)]
            y = Shaped(self.shape) if y is None else y
        if wrap is not None:
            operands = [
                a if e is None or a is None or type(a) is Shaped else wrap(a, e)
                for a, e in zip(operands, self.edges, strict=True)
            ]
            y = y if y is None or type(y) is Shaped else wrap(y, self)
        return y, operands

    def release(self) -> None:
        """Let go of the saved arrays."""
        self.kept = None
        self.result = None

    def __repr__(self) -> str:
        return f"<{self.name()}>"


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
