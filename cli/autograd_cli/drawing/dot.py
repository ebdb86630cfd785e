"""The graph in Graphviz's language."""

from __future__ import annotations

from typing import TextIO

from autograd_cli.document.blocks import Display
from autograd_cli.drawing.boxes import boxes, edges
from autograd_core.report import Outline

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
