"""A computation graph for programs that draw: Graphviz's language, and Mermaid, which GitHub and many editors draw."""

from __future__ import annotations

from typing import TextIO

from autograd_cli.document.blocks import Display
from autograd_cli.document.letters import cut, shown
from autograd_cli.document.numbers import inline, shape_label
from autograd_core.dataclass import dataclass
from autograd_core.report import Graph, GraphNode, Outline

_TEXT = 34
_NUMBERS = 34


@dataclass(frozen=True, slots=True)
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


_STYLES = {
    "leaf": 'style="filled,rounded", fillcolor="#ddf4ff", color="#0969da"',
    "input": 'style="filled,rounded,dashed", fillcolor="#f6f8fa", color="#6e7781"',
    "inner": 'style="filled", fillcolor="#ffffff", color="#57606a"',
}


def write_dot(outline: Outline, look: Display, stream: TextIO) -> None:
    """Write a digraph; its edges go from operands to results."""
    stream.write(f"digraph autograd {{\n  label={quoted(outline.expression.strip())}; labelloc=t;\n")
    stream.write('  node [shape=box, fontname="DejaVu Sans Mono,Menlo,monospace", fontsize=10];\n')
    for box in boxes(outline.graph, look):
        bold = ", penwidth=2" if box.result else ""
        stream.write(f"  n{box.id} [label={quoted(box.title, *box.lines)}, {_STYLES[box.kind]}{bold}];\n")
    for start, end in edges(outline.graph):
        stream.write(f"  n{start} -> n{end};\n")
    stream.write("}\n")


def quoted(*lines: str) -> str:
    """Lines as one string of the language, letter for letter: it knows escapes and the entities of HTML."""
    text = "\n".join(lines).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    text = "".join(each if each.isprintable() or each == "\n" else f"&#{ord(each)};" for each in text)
    return '"' + text.replace("\n", "\\n") + '"'


_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,+-=()")
_SHAPES = {"leaf": ('(["', '"])'), "input": ('(["', '"])'), "inner": ('["', '"]')}


def write_mermaid(outline: Outline, look: Display, stream: TextIO) -> None:
    """Write a flowchart; its arrows go from operands to results."""
    stream.write("flowchart TB\n")
    drawn = boxes(outline.graph, look)
    for box in drawn:
        opening, closing = _SHAPES[box.kind]
        words = "<br/>".join([f"<b>{escaped(box.title)}</b>", *map(escaped, box.lines)])
        stream.write(f"  n{box.id}{opening}{words}{closing}\n")
    for start, end in edges(outline.graph):
        stream.write(f"  n{start} --> n{end}\n")
    stream.write("  classDef leaf fill:#ddf4ff,stroke:#0969da,color:#1f2328\n")
    stream.write("  classDef input fill:#f6f8fa,stroke:#6e7781,color:#1f2328,stroke-dasharray:4\n")
    stream.write("  classDef inner fill:#ffffff,stroke:#57606a,color:#1f2328\n")
    for kind in _SHAPES:
        named = [f"n{box.id}" for box in drawn if box.kind == kind]
        if named:
            stream.write(f"  class {','.join(named)} {kind}\n")
    stream.write(f"  style n{outline.graph.root} stroke-width:3px\n")


def escaped(text: str) -> str:
    """The text with every sign that may mean something to Mermaid or to HTML written by its number."""
    return "".join(each if each in _SAFE else f"#{ord(each)};" for each in text)
