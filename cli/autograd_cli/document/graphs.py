"""A computation graph as rows from the result down to the leaves, and for programs that draw: Graphviz, Mermaid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from autograd_cli.document import Display
from autograd_core.dataclass import dataclass
from autograd_core.escape import shown, sign
from autograd_core.page.graph import Box, box_of, edges_of
from autograd_core.report import Graph, GraphNode, Outline

MANY_NODES = 200
"""Graphs with more nodes than this are drawn in part unless everything is asked for."""

FIRST_NODES = 40
"""How many nodes of such a graph are drawn, level by level from the result."""

_MOST_LEVELS = 12

Place = tuple[int, ...]
"""What one row stands for: the id of a node, or the ids of inputs that are left out."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the drawing: ``kind`` is node, see (drawn before) or left (not drawn at all).

    ``lead`` is the drawing before the label, ``below`` the drawing before more lines about the same node.
    """

    kind: str
    nodes: tuple[GraphNode, ...]
    lead: str
    below: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The rows from the result down to the leaves; how many nodes there are, and which of them have no row."""

    rows: list[Row]
    depth: int
    straight: bool
    count: int
    left_out: list[GraphNode]


def draw(graph: Graph, display: Display) -> Drawing:
    """Place the nodes. A deep graph keeps its longest way to a leaf in one column instead of moving right."""
    by_id = {node.id: node for node in graph.nodes}
    reached = [graph.root]  # the nodes that the result depends on, level by level
    seen = set(reached)
    for number in reached:
        new = [each for each in dict.fromkeys(by_id[number].inputs) if each not in seen]
        seen.update(new)
        reached += new
    chosen = reached if display.full or len(reached) <= MANY_NODES else reached[:FIRST_NODES]
    heights = _heights(by_id, set(chosen))
    levels = _MOST_LEVELS if display.width is None else max(3, min(_MOST_LEVELS, display.width // 6))
    straight = heights[graph.root] > levels
    rows = list(_walk(by_id, heights, graph.root, levels if straight else None, display.ascii))
    depth = _heights(by_id, seen)[graph.root]
    return Drawing(rows, depth, straight, len(reached), [by_id[each] for each in reached if each not in heights])


def _heights(by_id: dict[int, GraphNode], numbers: set[int]) -> dict[int, int]:
    """For each of the nodes the length of its longest way down within them."""
    found: dict[int, int] = {}
    for number in sorted(numbers):
        found[number] = 1 + max((found[each] for each in by_id[number].inputs if each in found), default=0)
    return found


def _walk(
    by_id: dict[int, GraphNode], heights: dict[int, int], root: int, levels: int | None, ascii: bool
) -> Iterator[Row]:
    """A walk from the result to the leaves that meets every edge once, every input one step to the right.

    In a deep graph, where ``levels`` are the most steps, the highest input stands below the node that uses it, in the
    same column, and before it the others.
    """
    tee, corner, bar = (sign(each, ascii) for each in ("├─", "└─", "│ "))
    drawn: set[int] = set()

    def grows(place: Place) -> bool:
        """Whether rows for inputs will follow the row of this place."""
        return place[0] in heights and place[0] not in drawn and bool(by_id[place[0]].inputs)

    pending: list[tuple[Place, str, str, int]] = [((root,), "", "", 0)]
    while pending:
        place, under, joint, level = pending.pop()
        spine = sign("● ", ascii) if levels is not None and grows(place) else ""
        kind = "left" if place[0] not in heights else "see" if place[0] in drawn else "node"
        drawn.update(place[:1])
        lead = under + joint + spine
        inputs = _places(by_id[place[0]], heights) if kind == "node" else []
        if joint:
            level += 1
            under += bar if joint == tee else "  "
            if levels is not None and level > levels:
                under = sign(f"…{level} ", ascii)
        yield Row(kind, tuple(by_id[each] for each in place), lead, under + (bar if inputs else "  "))
        high = [each for each in inputs if grows(each)] if levels is not None else []
        main = max(high, key=lambda each: heights[each[0]], default=None)
        if main is not None:
            pending.append((main, under, "", level))
            inputs.remove(main)
        for position, each in enumerate(reversed(inputs)):
            pending.append((each, under, tee if position or main else corner, level))


def _places(node: GraphNode, heights: dict[int, int]) -> list[Place]:
    """The places of the inputs of a node; those that are left out share one."""
    found: list[Place] = [(each,) for each in node.inputs if each in heights]
    missing = tuple(dict.fromkeys(each for each in node.inputs if each not in heights))
    return [*found, missing] if missing else found


def boxes(graph: Graph, look: Display) -> Iterator[tuple[Box, list[str]]]:
    """Every node, operands before what uses them, with its lines."""
    for box in (box_of(node, look, flat=True) for node in graph.nodes):
        yield box, [shown(line, ascii=look.ascii) for _, line in box.rows]


_STYLES = {
    "leaf": 'style="filled,rounded", fillcolor="#ddf4ff", color="#0969da"',
    "input": 'style="filled,rounded,dashed", fillcolor="#f6f8fa", color="#6e7781"',
    "inner": 'style="filled", fillcolor="#ffffff", color="#57606a"',
}


def write_dot(outline: Outline, look: Display, stream: TextIO) -> None:
    """Write a digraph; its edges go from operands to results."""
    lines = [f"digraph autograd {{\n  label={quoted(outline.expression.strip())}; labelloc=t;"]
    lines.append('  node [shape=box, fontname="DejaVu Sans Mono,Menlo,monospace", fontsize=10];')
    for box, texts in boxes(outline.graph, look):
        bold = ", penwidth=2" if box.node.id == outline.graph.root else ""
        lines.append(f"  n{box.node.id} [label={quoted(*texts)}, {_STYLES[box.kind]}{bold}];")
    lines += [f"  n{start} -> n{end};" for start, end in edges_of(outline.graph)]
    stream.writelines(f"{line}\n" for line in (*lines, "}"))


def quoted(*lines: str) -> str:
    """Lines as one string of the language, letter for letter: it knows escapes and the entities of HTML."""
    text = "\n".join(lines).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    text = "".join(each if each.isprintable() or each == "\n" else f"&#{ord(each)};" for each in text)
    return '"' + text.replace("\n", "\\n") + '"'


_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,+-=()")
_SHAPES = {"leaf": ('(["', '"])'), "input": ('(["', '"])'), "inner": ('["', '"]')}
_CLASSES = """\
  classDef leaf fill:#ddf4ff,stroke:#0969da,color:#1f2328
  classDef input fill:#f6f8fa,stroke:#6e7781,color:#1f2328,stroke-dasharray:4
  classDef inner fill:#ffffff,stroke:#57606a,color:#1f2328"""


def write_mermaid(outline: Outline, look: Display, stream: TextIO) -> None:
    """Write a flowchart; its arrows go from operands to results."""
    lines = ["flowchart TB"]
    named: dict[str, list[str]] = {kind: [] for kind in _SHAPES}
    for box, (title, *texts) in boxes(outline.graph, look):
        opening, closing = _SHAPES[box.kind]
        words = "<br/>".join([f"<b>{escaped(title)}</b>", *map(escaped, texts)])
        lines.append(f"  n{box.node.id}{opening}{words}{closing}")
        named[box.kind].append(f"n{box.node.id}")
    lines += [*(f"  n{start} --> n{end}" for start, end in edges_of(outline.graph)), _CLASSES]
    lines += [f"  class {','.join(names)} {kind}" for kind, names in named.items() if names]
    stream.writelines(f"{line}\n" for line in (*lines, f"  style n{outline.graph.root} stroke-width:3px"))


def escaped(text: str) -> str:
    """The text with every sign that may mean something to Mermaid or to HTML written by its number."""
    return "".join(each if each in _SAFE else f"#{ord(each)};" for each in text)
