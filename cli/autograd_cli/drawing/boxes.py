"""What stands in a node of a drawn graph, whoever draws it."""

from __future__ import annotations

from autograd_cli.document.arrays import inline, shape_label
from autograd_cli.document.blocks import Display
from autograd_cli.document.signs import cut, shown
from autograd_core.records import record
from autograd_core.report import Graph, GraphNode

_TEXT = 34
_NUMBERS = 34


@record(frozen=True, slots=True)
class Box:
    """The words of a node: ``kind`` is leaf (an input that requires grad), input (one that does not) or inner."""

    id: int
    kind: str
    title: str
    lines: tuple[str, ...]
    result: bool


def box(node: GraphNode, graph: Graph, look: Display) -> Box:
    """A node's name or grad_fn, and below it the formula, the shape, the value and the gradient."""
    inner = bool(node.inputs) or node.value.grad_fn is not None
    kind = "inner" if inner else "leaf" if node.value.requires_grad else "input"
    title = node.value.grad_fn or node.op or "" if inner else node.name or "constant"
    lines = []
    if inner:
        named = f"{node.name} = {node.text}" if node.name and node.name != node.text else node.text
        lines.append(cut(shown(named, ascii=look.ascii), _TEXT, look.ascii))
    lines.append(shape_label(node.value.data))
    lines.append(f"value {inline(node.value.data, look, _NUMBERS)}")
    if node.grad is not None:
        lines.append(f"grad {inline(node.grad, look, _NUMBERS)}")
    elif not node.value.requires_grad:
        lines.append("no grad")
    return Box(node.id, kind, shown(title, ascii=look.ascii), tuple(lines), node.id == graph.root)


def boxes(graph: Graph, look: Display) -> list[Box]:
    """Every node, operands before what uses them."""
    return [box(node, graph, look) for node in graph.nodes]


def edges(graph: Graph) -> list[tuple[int, int]]:
    """Pairs of an operand and the node that uses it, in the direction of the data; twice where it is used twice."""
    return [(each, node.id) for node in graph.nodes for each in node.inputs]
