"""A computation graph for programs that draw: Graphviz's language, and Mermaid, which GitHub and many editors draw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from autograd_cli.document.blocks import Display
from autograd_cli.document.letters import shown
from autograd_cli.document.numbers import inline
from autograd_core.page.graph import Box, box_of, edges_of
from autograd_core.report import Graph, Outline

_NUMBERS = 34


def boxes(graph: Graph, look: Display) -> Iterator[tuple[Box, list[str]]]:
    """Every node, operands before what uses them, with its lines."""
    for node in graph.nodes:
        box = box_of(node, rows=lambda array: [inline(array, look, _NUMBERS)])
        lines = [box.title, box.step, *box.value, *box.grad]
        yield box, [shown(line, ascii=look.ascii) for line in lines if line]


_STYLES = {
    "leaf": 'style="filled,rounded", fillcolor="#ddf4ff", color="#0969da"',
    "input": 'style="filled,rounded,dashed", fillcolor="#f6f8fa", color="#6e7781"',
    "inner": 'style="filled", fillcolor="#ffffff", color="#57606a"',
}


def write_dot(outline: Outline, look: Display, stream: TextIO) -> None:
    """Write a digraph; its edges go from operands to results."""
    stream.write(f"digraph autograd {{\n  label={quoted(outline.expression.strip())}; labelloc=t;\n")
    stream.write('  node [shape=box, fontname="DejaVu Sans Mono,Menlo,monospace", fontsize=10];\n')
    for box, lines in boxes(outline.graph, look):
        bold = ", penwidth=2" if box.node.id == outline.graph.root else ""
        stream.write(f"  n{box.node.id} [label={quoted(*lines)}, {_STYLES[box.kind]}{bold}];\n")
    for start, end in edges_of(outline.graph):
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
    drawn = list(boxes(outline.graph, look))
    for box, (title, *lines) in drawn:
        opening, closing = _SHAPES[box.kind]
        words = "<br/>".join([f"<b>{escaped(title)}</b>", *map(escaped, lines)])
        stream.write(f"  n{box.node.id}{opening}{words}{closing}\n")
    for start, end in edges_of(outline.graph):
        stream.write(f"  n{start} --> n{end}\n")
    stream.write("  classDef leaf fill:#ddf4ff,stroke:#0969da,color:#1f2328\n")
    stream.write("  classDef input fill:#f6f8fa,stroke:#6e7781,color:#1f2328,stroke-dasharray:4\n")
    stream.write("  classDef inner fill:#ffffff,stroke:#57606a,color:#1f2328\n")
    for kind in _SHAPES:
        named = [f"n{box.node.id}" for box, _ in drawn if box.kind == kind]
        if named:
            stream.write(f"  class {','.join(named)} {kind}\n")
    stream.write(f"  style n{outline.graph.root} stroke-width:3px\n")


def escaped(text: str) -> str:
    """The text with every sign that may mean something to Mermaid or to HTML written by its number."""
    return "".join(each if each in _SAFE else f"#{ord(each)};" for each in text)
