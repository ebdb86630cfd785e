"""The answer of ``graph``: the computation graph alone, as a tree, a picture, or text for other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from autograd_cli.document.blocks import CODE, Answer, Document, Lines, Text, Tree
from autograd_cli.document.numbers import Array, value_text
from autograd_cli.limits import MAX_DRAWN
from autograd_cli.views.records import answer_json, answer_records, graph_json, value_json
from autograd_core.errors import LimitError
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.report import Outline, shape_text


def graph_answer(report: Outline, *, across: bool = False) -> Answer:
    """What ``graph`` answers; ``across`` lets the data of a drawing flow to the right instead of down."""
    from autograd_cli.drawing.graphs import write_dot, write_mermaid

    return Answer(
        document=lambda look: graph_document(report, across=across),
        json=lambda look: graph_object(report),
        records=lambda look: graph_records(report),
        arrays=lambda: graph_arrays(report),
        graph=report.graph,
        others={
            "dot": lambda look, stream: write_dot(report, look, stream),
            "mermaid": lambda look, stream: write_mermaid(report, look, stream),
            "svg": lambda look, stream: write_drawing(report, stream, across=across),
        },
    )


def write_drawing(report: Outline, stream: TextIO, *, across: bool) -> None:
    """Write the graph as a picture.

    Raises LimitError for a graph that is too large to be drawn.
    """
    from autograd_core.page.html import standalone

    if len(report.graph.nodes) > MAX_DRAWN:
        raise LimitError(
            f"the graph has {len(report.graph.nodes):,} nodes, and a picture has room for {MAX_DRAWN}",
            hint="--format dot, for Graphviz, or the tree, which shows a part",
        )
    stream.write(standalone(report.graph, typed_text(report.expression).strip(), across=across))


def graph_document(report: Outline, *, across: bool) -> Document:
    """What the expression was read as, where it was changed, and the tree."""
    read = read_text(report.expression)
    lines = [] if read is None else [[Text("read as  "), Text(read, CODE)]]
    return Document(typed_text(report.expression).strip(), [[Lines(lines), Tree(report.graph, across=across)]])


def graph_object(report: Outline) -> dict[str, Any]:
    """The graph as one object; its edges are pairs of an operand and the node that uses it."""
    parts = {
        "result": value_json(report.result),
        "grad_tensors": report.grad_tensors,
        "gradients": report.missing is None,
        "reason": report.missing,
        "graph": graph_json(report.graph),
        "edges": [[each, node.id] for node in report.graph.nodes for each in node.inputs],
    }
    return answer_json("graph/1", report, parts, ok=True)


def graph_records(report: Outline) -> Iterator[tuple[str, ...]]:
    """A line for each node: its id, its name or grad_fn, its text, its inputs, its shape, its value, its gradient."""
    nodes = (
        (
            "node",
            str(node.id),
            node.value.grad_fn or node.name or node.op or "constant",
            node.text,
            ",".join(map(str, node.inputs)),
            shape_text(node.value.shape),
            value_text(node.value.data),
            "null" if node.grad is None else value_text(node.grad),
        )
        for node in report.graph.nodes
    )
    return answer_records(report, nodes)


def graph_arrays(report: Outline) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
    """``value``, ``grad_NAME`` for each input, and the inputs."""
    inputs = {node.name: node for node in report.graph.nodes if node.name and not node.inputs and node.op is None}
    gradients = {f"grad_{name}": node.grad for name, node in inputs.items() if node.grad is not None}
    return {"value": report.result.data, **gradients}, {name: node.value.data for name, node in inputs.items()}
