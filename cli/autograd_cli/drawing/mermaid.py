"""The graph as a Mermaid flowchart, which GitHub and many editors draw."""

from __future__ import annotations

from typing import TextIO

from autograd_cli.document.blocks import Display
from autograd_cli.drawing.boxes import boxes, edges
from autograd_core.report import Outline

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
