"""The graph as a picture: boxes in layers, inputs above, the result below. Drawn here, with nothing installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from autograd_cli.columns import columns
from autograd_cli.document import Display
from autograd_cli.document.signs import xml
from autograd_cli.drawing.boxes import Box, boxes, edges
from autograd_cli.drawing.layout import Layout, place
from autograd_cli.limits import MAX_DRAWN
from autograd_core.errors import LimitError
from autograd_core.report import Outline

_COLUMN, _ROW, _PAD, _MARGIN, _FONT = 7.3, 16, 10, 20, 12
_FILLS = {"leaf": ("#ddf4ff", "#0969da"), "input": ("#f6f8fa", "#6e7781"), "inner": ("#ffffff", "#57606a")}


def write_drawing(outline: Outline, look: Display, stream: TextIO) -> None:
    """Write an SVG picture.

    Raises LimitError for a graph that is too large to be drawn.
    """
    graph = outline.graph
    if len(graph.nodes) > MAX_DRAWN:
        raise LimitError(
            f"the graph has {len(graph.nodes):,} nodes, and a picture has room for {MAX_DRAWN}",
            hint="--format dot, for Graphviz, or the tree, which shows a part",
        )
    drawn = boxes(graph, look)
    sizes = {box.id: _size(box) for box in drawn}
    pairs = edges(graph)
    layout = place([box.id for box in drawn], pairs, sizes)
    width, height = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN
    stream.write(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-_MARGIN} {-_MARGIN} {width:.0f} {height:.0f}">\n'
        f"<title>{xml(outline.expression.strip())}</title>\n"
        '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 1 L9 5 L0 9 z" fill="#57606a"/></marker></defs>\n'
        f'<rect x="{-_MARGIN}" y="{-_MARGIN}" width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>\n'
        '<g fill="none" stroke="#57606a" stroke-width="1.2">\n'
    )
    stream.writelines(_edges(pairs, layout, sizes))
    stream.write(
        f'</g>\n<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{_FONT}" fill="#1f2328">\n'
    )
    for box in drawn:
        stream.writelines(_box(box, layout.centers[box.id], sizes[box.id]))
    stream.write("</g>\n</svg>\n")


def _size(box: Box) -> tuple[float, float]:
    widest = max(columns(box.title) * 1.05, *map(columns, box.lines))
    return widest * _COLUMN + 2 * _PAD, (1 + len(box.lines)) * _ROW + 2 * _PAD - 4


def _box(box: Box, center: tuple[float, float], size: tuple[float, float]) -> Iterator[str]:
    (x, y), (width, height) = center, size
    fill, stroke = _FILLS[box.kind]
    look = f'fill="{fill}" stroke="{stroke}" stroke-width="{2.4 if box.result else 1.2}"'
    dashed = ' stroke-dasharray="4 3"' if box.kind == "input" else ""
    left, top = x - width / 2, y - height / 2
    radius = 4 if box.kind == "inner" else 14
    yield f'<g><title>{xml(box.title)}</title><rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" '
    yield f'height="{height:.1f}" rx="{radius}" {look}{dashed}/>\n'
    for number, line in enumerate((box.title, *box.lines)):
        bold = ' font-weight="bold"' if number == 0 else ""
        at = f'x="{x:.1f}" y="{top + _PAD + _FONT - 2 + number * _ROW:.1f}"'
        yield f'<text {at} text-anchor="middle"{bold}>{xml(line)}</text>\n'
    yield "</g>\n"


def _edges(pairs: list[tuple[int, int]], layout: Layout, sizes: dict[int, tuple[float, float]]) -> Iterator[str]:
    """A curve for each edge; those that end in one box end side by side, in the order of its operands."""
    arriving: dict[int, int] = {}
    for _, end in pairs:
        arriving[end] = arriving.get(end, 0) + 1
    seen: dict[int, int] = {}
    for (start, end), bends in zip(pairs, layout.bends, strict=True):
        number = seen[end] = seen.get(end, 0) + 1
        x, y = layout.centers[start]
        to_x, to_y = layout.centers[end]
        y += sizes[start][1] / 2
        to_y -= sizes[end][1] / 2
        to_x += sizes[end][0] * 0.6 * (number / (arriving[end] + 1) - 0.5)
        path = [f"M{x:.1f} {y:.1f}"]
        for bend_x, top, bottom in bends:
            path.append(_curve(x, y, bend_x, top))
            path.append(f"L{bend_x:.1f} {bottom:.1f}")
            x, y = bend_x, bottom
        path.append(_curve(x, y, to_x, to_y))
        yield f'<path d="{" ".join(path)}" marker-end="url(#arrow)"/>\n'


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    half = (to_y - y) / 2
    return f"C{x:.1f} {y + half:.1f} {to_x:.1f} {to_y - half:.1f} {to_x:.1f} {to_y:.1f}"
