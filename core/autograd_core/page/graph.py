"""The computation graph as SVG for a page: a box for each node, which takes the focus, and an edge for each operand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_core.graph_data import GraphData, GraphNode, shape_text
from autograd_core.page.layout import Layout, place
from autograd_core.page.markup import escape, width_of
from autograd_core.page.numbers import lines_of

COLUMN, ROW, PAD, MARGIN = 7.4, 17.0, 10.0, 24.0
WIDEST, WIDEST_ROW = 36, 48
"""Columns of a formula, and of a row of numbers."""

SMALL = 9
"""Entries of a matrix that is shown whole in its box, a row on a line."""


@dataclass(frozen=True, slots=True)
class Box:
    """The lines of a node: its title, what it computes, its value, its gradient."""

    node: GraphNode
    title: str
    step: str
    value: tuple[str, ...]
    grad: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Leaf (an input that requires grad), input (one that does not), or inner."""
        if self.node.op is not None:
            return "inner"
        return "leaf" if self.node.value.requires_grad else "input"

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        texts = (self.title, self.step, *self.value, *self.grad)
        width = max(width_of(text) for text in texts) * COLUMN + 2 * PAD
        return width, sum(map(bool, texts)) * ROW + 2 * PAD - 4


Rows = Callable[[Any], Sequence[str]]
"""An array as lines."""


def small_rows(array: Any) -> list[str]:
    """A small matrix with a row on each line, long rows broken between numbers; the range of what is large."""
    return [line for row in lines_of(array, SMALL) for line in folded(row)]


def folded(row: str) -> list[str]:
    """Numbers in lines of at most ``WIDEST_ROW`` columns."""
    found = [""]
    for word in row.split(", "):
        line = f"{found[-1]}, {word}" if found[-1] else word
        if found[-1] and len(line) > WIDEST_ROW:
            found[-1] += ","
            found.append(f" {word}")
        else:
            found[-1] = line
    return found


def box_of(node: GraphNode, formula: str | None = None, rows: Rows = small_rows) -> Box:
    """What stands in the box of a node; ``formula`` is its step in the names that the list of steps uses.

    Without a formula the step has numbers of nodes (``#5``), and the title says which one this is.
    """
    shape = shape_text(node.value.shape)
    if node.op is None:
        title, step = f"{node.name or 'constant'} {shape}", ""
    else:
        title = f"{node.value.grad_fn or node.op} {'' if formula else f'#{node.id} '}{shape}"
        own = f"{node.name} = {node.step}" if node.name and node.name != node.step else node.step
        step = cut(formula or own)
    grad = labelled("grad", rows(node.grad)) if node.grad is not None else ()
    if not node.value.requires_grad:
        grad = ("no grad",)
    return Box(node, title, step, labelled("value", rows(node.value.data)), grad)


def labelled(label: str, rows: Sequence[str]) -> tuple[str, ...]:
    """Lines of a value after its label."""
    return tuple(f"{label if turn == 0 else ' ' * len(label)} {row}" for turn, row in enumerate(rows))


def cut(text: str) -> str:
    """A formula with an ellipsis where it is too long."""
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def edges_of(graph: GraphData) -> list[tuple[int, int]]:
    """Pairs of an operand and the node that uses it, once for each use."""
    return [(operand, node.id) for node in graph.nodes for operand in node.inputs]


Slopes = Mapping[tuple[int, int], str]
"""What is said of an edge, from an operand to the node that uses it."""


def draw(
    graph: GraphData,
    title: str,
    formulas: Mapping[int, str] | None = None,
    slopes: Slopes | None = None,
    *,
    across: bool = False,
    rows: Rows = small_rows,
) -> str:
    """The whole drawing; ``across`` lets the data flow to the right instead of down, ``rows`` writes arrays."""
    boxes = {node.id: box_of(node, (formulas or {}).get(node.id), rows) for node in graph.nodes}
    sizes = {number: box.size for number, box in boxes.items()}
    pairs = edges_of(graph)
    turned = {n: (h, w) for n, (w, h) in sizes.items()} if across else sizes
    layout = place(list(boxes), pairs, turned)
    width, height = (layout.height, layout.width) if across else (layout.width, layout.height)
    view = f"{-MARGIN:g} {-MARGIN:g} {width + 2 * MARGIN:.0f} {height + 2 * MARGIN:.0f}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" viewBox="{view}" '
        f'width="{width + 2 * MARGIN:.0f}" height="{height + 2 * MARGIN:.0f}" role="group" '
        f'aria-label="{escape(title)}">',
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" '
        'markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 1L9 5L0 9z"/></marker></defs>',
        *drawn_edges(pairs, layout, sizes, slopes or {}, across=across),
    ]
    for number, box in boxes.items():
        x, y = layout.centers[number]
        parts.append(drawn_box(box, (y, x) if across else (x, y), graph.root == number))
    return "\n".join([*parts, "</svg>"])


def drawn_box(box: Box, center: tuple[float, float], is_result: bool) -> str:
    """One node: a group that takes the focus, with its words for a screen reader."""
    (x, y), (width, height), node = center, box.size, box.node
    left, top = x - width / 2, y - height / 2
    said = (box.title, box.step, *(" ".join(map(str.strip, rows)) for rows in (box.value, box.grad)))
    label = escape(", ".join(part for part in said if part))
    radius = 4 if box.kind == "inner" else 15
    kind = f"node {box.kind}" + (" result" if is_result else "")
    found = [
        f'<g class="{kind}" id="n{node.id}" data-node="{node.id}" tabindex="0" role="button" aria-label="{label}">',
        f"<title>{label}</title>",
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius}"/>',
    ]
    line = top + PAD + 9
    rows = [("title", box.title), ("step", box.step)]
    rows += [("value", text) for text in box.value] + [("grad", text) for text in box.grad]
    for role, text in rows:
        if text:
            found.append(f'<text class="{role}" x="{left + PAD:.1f}" y="{line:.1f}">{escape(text)}</text>')
            line += ROW
    return "".join(found) + "</g>"


def drawn_edges(
    pairs: list[tuple[int, int]],
    layout: Layout,
    sizes: dict[int, tuple[float, float]],
    slopes: Slopes,
    *,
    across: bool,
) -> list[str]:
    """A curve for each use of an operand; those that end in one box end side by side, in the order of its operands."""
    arriving: dict[int, int] = {}
    for _, end in pairs:
        arriving[end] = arriving.get(end, 0) + 1
    seen: dict[int, int] = {}
    found = []
    for (start, end), bends in zip(pairs, layout.bends, strict=True):
        number = seen[end] = seen.get(end, 0) + 1
        wide, high = (1, 0) if across else (0, 1)
        x, y = layout.centers[start]
        to_x, to_y = layout.centers[end]
        y += sizes[start][high] / 2
        to_y -= sizes[end][high] / 2
        to_x += sizes[end][wide] * 0.6 * (number / (arriving[end] + 1) - 0.5)
        path = [f"M{point(x, y, across)}"]
        for bend_x, top, bottom in bends:
            path += [curve(x, y, bend_x, top, across), f"L{point(bend_x, bottom, across)}"]
            x, y = bend_x, bottom
        path.append(curve(x, y, to_x, to_y, across))
        words = slopes.get((start, end))
        title = f"<title>{escape(words)}</title>" if words else ""
        ends = f'data-from="{start}" data-to="{end}"'
        found.append(f'<path class="edge" {ends} d="{" ".join(path)}" marker-end="url(#tip)">{title}</path>')
    return found


def point(x: float, y: float, across: bool) -> str:
    """A place of the layout in the drawing."""
    return f"{y:.1f} {x:.1f}" if across else f"{x:.1f} {y:.1f}"


def curve(x: float, y: float, to_x: float, to_y: float, across: bool) -> str:
    """A curve that leaves and arrives along the flow."""
    half = (to_y - y) / 2
    return f"C{point(x, y + half, across)} {point(to_x, to_y - half, across)} {point(to_x, to_y, across)}"
