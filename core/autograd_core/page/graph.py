"""The computation graph as SVG for a page: a box for each node, which takes the focus, and an edge for each operand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autograd_core.array_text import ArrayStyle, array_lines, inline
from autograd_core.escape import columns, cut, escape
from autograd_core.graph_data import Array, GraphData, GraphNode, shape_label
from autograd_core.page.layout import Layout, place

COLUMN, ROW, PAD, MARGIN = 7.4, 17.0, 10.0, 24.0
WIDEST, WIDEST_ROW, WIDEST_LINE = 36, 48, 34
"""Columns of a formula, of a row of numbers, and of numbers that have one line alone."""

SMALL = 9
"""Entries of an array that is shown whole in its box, a matrix with a row on a line."""


@dataclass(frozen=True, slots=True)
class Box:
    """The lines of a node, each with its role: title, step (what it computes), value, grad."""

    node: GraphNode
    rows: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> str:
        """Leaf (an input that requires grad), input (one that does not), or inner."""
        if self.node.op is not None:
            return "inner"
        return "leaf" if self.node.value.requires_grad else "input"

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        return max(columns(text) for _, text in self.rows) * COLUMN + 2 * PAD, len(self.rows) * ROW + 2 * PAD - 4


def box_of(node: GraphNode, look: ArrayStyle, formula: str | None = None, *, flat: bool = False) -> Box:
    """What stands in the box of a node; ``formula`` is its step in the names that the list of steps uses.

    Without a formula the step has numbers of nodes (``#5``), and the title says which one this is. ``flat`` writes
    every array on one line.
    """

    def labelled(role: str, array: Array) -> Iterator[tuple[str, str]]:
        if flat or array.size > SMALL:
            lines = [inline(array, look, WIDEST_LINE if flat else WIDEST_ROW)]
        else:
            lines = array_lines(array, look, WIDEST_ROW)
        yield role, f"{role} {lines[0]}"
        yield from ((role, " " * len(role) + f" {line}") for line in lines[1:])

    rows, shape = [], shape_label(node.value.data)
    if node.op is None:
        rows.append(("title", f"{node.name or 'constant'} {shape}"))
    else:
        own = f"{node.name} = {node.step}" if node.name and node.name != node.step else node.step
        rows.append(("title", f"{node.value.grad_fn or node.op} {'' if formula else f'#{node.id} '}{shape}"))
        rows.append(("step", cut(formula or own, WIDEST, ascii=False)))
    rows += labelled("value", node.value.data)
    if not node.value.requires_grad:
        rows.append(("grad", "no grad"))
    elif node.grad is not None:
        rows += labelled("grad", node.grad)
    return Box(node, tuple(row for row in rows if row[1]))


def edges_of(graph: GraphData) -> list[tuple[int, int]]:
    """Pairs of an operand and the node that uses it, once for each use."""
    return [(operand, node.id) for node in graph.nodes for operand in node.inputs]


def draw(
    graph: GraphData,
    title: str,
    look: ArrayStyle,
    formulas: Mapping[int, str] | None = None,
    slopes: Mapping[tuple[int, int], str] | None = None,
    *,
    across: bool = False,
) -> str:
    """The whole drawing; ``across`` lets the data flow to the right instead of down.

    ``formulas`` are what nodes compute, by their ids; ``slopes`` what is said of an edge, from an operand to the node
    that uses it.
    """
    boxes = {node.id: box_of(node, look, (formulas or {}).get(node.id)) for node in graph.nodes}
    pairs = edges_of(graph)
    sizes = {number: box.size[::-1] if across else box.size for number, box in boxes.items()}
    layout = place(pairs, sizes)
    width, height = (layout.height, layout.width) if across else (layout.width, layout.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" '
        f'viewBox="{-MARGIN:g} {-MARGIN:g} {width + 2 * MARGIN:.0f} {height + 2 * MARGIN:.0f}" '
        f'width="{width + 2 * MARGIN:.0f}" height="{height + 2 * MARGIN:.0f}" role="group" '
        f'aria-label="{escape(title)}">',
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" '
        'markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 1L9 5L0 9z"/></marker></defs>',
    ]
    for (start, end), path in zip(pairs, _paths(pairs, layout, sizes, across), strict=True):
        words = (slopes or {}).get((start, end))
        said = f"<title>{escape(words)}</title>" if words else ""
        ends = f'data-from="{start}" data-to="{end}"'
        parts.append(f'<path class="edge" {ends} d="{path}" marker-end="url(#tip)">{said}</path>')
    for number, box in boxes.items():
        x, y = layout.centers[number]
        parts.append(_box(box, (y, x) if across else (x, y), graph.root == number))
    return "\n".join([*parts, "</svg>"])


def _box(box: Box, center: tuple[float, float], is_result: bool) -> str:
    """One node: a group that takes the focus, with its words for a screen reader."""
    (x, y), (width, height), number = center, box.size, box.node.id
    left, top = x - width / 2, y - height / 2
    said: dict[str, str] = {}
    for role, text in box.rows:
        said[role] = f"{said[role]} {text.strip()}" if role in said else text
    label = escape(", ".join(said.values()))
    kind = f"node {box.kind}" + (" result" if is_result else "")
    found = [
        f'<g class="{kind}" id="n{number}" data-node="{number}" tabindex="0" role="button" aria-label="{label}">',
        f"<title>{label}</title>",
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="{4 if box.kind == "inner" else 15}"/>',
    ]
    for line, (role, text) in enumerate(box.rows):
        place = f'x="{left + PAD:.1f}" y="{top + PAD + 9 + line * ROW:.1f}"'
        found.append(f'<text class="{role}" {place}>{escape(text)}</text>')
    return "".join(found) + "</g>"


def _paths(
    pairs: list[tuple[int, int]], layout: Layout, sizes: Mapping[int, tuple[float, float]], across: bool
) -> Iterator[str]:
    """A curve for each use of an operand; those that end in one box end side by side, in the order of its operands."""

    def point(x: float, y: float) -> str:
        return f"{y:.1f} {x:.1f}" if across else f"{x:.1f} {y:.1f}"

    def curve(x: float, y: float, to_x: float, to_y: float) -> str:
        half = (to_y - y) / 2  # it leaves and arrives along the flow
        return f"C{point(x, y + half)} {point(to_x, to_y - half)} {point(to_x, to_y)}"

    arriving, seen = Counter(end for _, end in pairs), Counter[int]()
    for (start, end), bends in zip(pairs, layout.bends, strict=True):
        seen[end] += 1
        (x, y), (to_x, to_y) = layout.centers[start], layout.centers[end]
        y, to_y = y + sizes[start][1] / 2, to_y - sizes[end][1] / 2
        to_x += sizes[end][0] * 0.6 * (seen[end] / (arriving[end] + 1) - 0.5)
        path = [f"M{point(x, y)}"]
        for bend_x, top, bottom in bends:
            path += [curve(x, y, bend_x, top), f"L{point(bend_x, bottom)}"]
            x, y = bend_x, bottom
        yield " ".join([*path, curve(x, y, to_x, to_y)])
