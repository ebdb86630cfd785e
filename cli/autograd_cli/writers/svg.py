"""A document as a picture (SVG): its charts, fields and matrices, or else what a terminal shows, by rich.

A computation graph as text for programs that draw: Graphviz and Mermaid.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO, TypeAlias

import numpy as np

from autograd_cli.document import Block, Chart, Display, Document, Lines, Matrix, Table, blocks_of
from autograd_cli.document.charts import Array, Axes, Line, arrows, frame_of, levels, segments, tick_text, ticks
from autograd_core.escape import escape, escape_unprintable, shown
from autograd_core.number_text import number_text, number_texts
from autograd_core.page.graph import Box, box_of, edges_of
from autograd_core.page.html import asset
from autograd_core.report import Graph, Outline

if TYPE_CHECKING:
    from autograd_core.plot import Field

_NARROWEST = 40
_INK = (31, 35, 40)


class Heat(NamedTuple):
    """A matrix whose entries are shown by colour, with the names of its rows and columns."""

    entries: Array
    rows: Sequence[str]
    columns: Sequence[str]
    texts: Sequence[str]


Drawing: TypeAlias = "Axes | Field | Heat"
"""What is drawn in a picture."""


def write_svg(document: Document, display: Display, stream: TextIO) -> None:
    """Write a picture that needs no other file: every word stands where the terminal has it, whatever the font."""
    blocks = blocks_of(document)
    alone = not any(isinstance(block, Table) for block in blocks)
    drawings = [one for block in blocks if alone or isinstance(block, Chart) for one in drawings_of(block, display)]
    if drawings:
        from autograd_cli.writers.terminal import Terminal

        rows = [row for block in blocks if isinstance(block, Lines) for row in block.rows]
        notes = ["".join(text for text, _ in Terminal(display).line_of(row)) for row in rows]
        stream.write(picture(drawings, document.title, notes))
    else:
        stream.write(terminal_picture(document, display))


def drawings_of(block: Block, display: Display) -> Sequence[Drawing]:
    """What a block is as a drawing: a chart, or a matrix by its colours."""
    if isinstance(block, Chart):
        return block.drawing
    if not isinstance(block, Matrix):
        return []
    if block.entries.size:
        return [Heat(block.entries, block.rows, block.columns, number_texts(block.entries, display.precision))]
    tables = [data for _, data in block.parts if data.ndim == 2 and data.size]
    rows, columns = ([list(map(str, range(data.shape[axis]))) for data in tables] for axis in (0, 1))
    return [Heat(*each, ()) for each in zip(tables, rows, columns, strict=True)]


def terminal_picture(document: Document, display: Display) -> str:
    """What a terminal shows of a document, by rich's export."""
    from rich.console import Console
    from rich.terminal_theme import TerminalTheme
    from rich.text import Text

    from autograd_cli.writers.styled import STYLES
    from autograd_cli.writers.terminal import document_lines

    lines = document_lines(document, display)
    texts = [Text.assemble(*((text, STYLES[role]) for text, role in line)) for line in lines]
    console = Console(record=True, file=StringIO(), color_system="256", legacy_windows=False)
    for text in texts:
        text.rstrip()
        console.print(text, soft_wrap=True, markup=False, emoji=False, highlight=False)
    console.width = max([_NARROWEST, *(line.cell_len for line in texts)])
    title = escape("".join(each if each.isprintable() else " " for each in document.title))
    frame = Path(__file__).with_name("terminal.svg").read_text(encoding="utf-8")  # needs no font from elsewhere
    template = frame.replace("TITLE", title.replace("{", "{{").replace("}", "}}"))
    theme = TerminalTheme((255, 255, 255), _INK, [_INK] * 8, [_INK] * 8)
    return console.export_svg(theme=theme, code_format=template, unique_id="answer")


WIDTH, HEIGHT = 720, 400
CONTOUR_HEIGHT = 560
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 34


def picture(drawings: Sequence[Drawing], title: str, notes: Sequence[str]) -> str:
    """A file with drawings one below the other, a title above and notes below."""
    parts, height = stacked(drawings)
    lines = [f'<text x="{LEFT}" y="{height + 36 + 20 * i:g}">{escape(note)}</text>' for i, note in enumerate(notes)]
    whole = height + 52 + 20 * len(notes)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH} {whole:g}" role="img"',
        f' aria-label="{escape(title)}">',
        f"<title>{escape(escape_unprintable(title))}</title><style>\n{asset('chart.css')}</style>",
        f'<text x="{LEFT}" y="22" font-weight="bold">{escape(title)}</text>',
        f'<g transform="translate(0 24)">{parts}</g>',
        *lines,
        "</svg>\n",
    ])  # fmt: skip


def embedded(drawings: Sequence[Drawing], title: str) -> str:
    """Drawings for a page, which brings its own style."""
    parts, height = stacked(drawings)
    label = escape(title)
    head = f'<svg class="chart" viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{label}">'
    return f"{head}<title>{label}</title>{parts}</svg>"


def stacked(drawings: Sequence[Drawing]) -> tuple[str, float]:
    """Drawings one below the other, and how high they are together."""
    parts: list[str] = []
    top = 0.0
    for one in drawings:
        draw: Any = heat_map if isinstance(one, Heat) else panel if isinstance(one, Axes) else contours
        found, height = draw(one, top)
        parts += found
        top += height
    return "".join(parts), top


HINTS = 100
"""Places of a line that say their numbers on hover."""

MOST_TEXTS = 144
"""Entries of a heat map up to which each has its number."""


def heat_map(heat: Heat, top: float) -> tuple[list[str], float]:
    """Cells from one colour for negative entries through none to another for positive ones.

    Each has its number where there is room for all of them.
    """
    rows, columns = heat.entries.shape
    room = WIDTH - LEFT - RIGHT
    wide = max(map(len, (*heat.texts, *heat.columns)), default=0) * 7.8 + 12
    named = bool(heat.texts) and heat.entries.size <= MOST_TEXTS and columns * wide <= room
    wide = max(wide, 56.0) if named and columns * max(wide, 56.0) <= room else wide if named else room / columns
    high = 34.0 if named else min(wide, 480 / rows)
    largest = float(np.max(np.abs(heat.entries), where=np.isfinite(heat.entries), initial=0.0)) or 1.0
    found, texts = [], heat.texts or number_texts(heat.entries)
    for i, j in np.ndindex(rows, columns):
        entry = float(heat.entries[i, j])
        text = texts[i * columns + j]
        strength = 0.75 * (abs(entry) / largest if np.isfinite(entry) else 1.0)
        kind = "odd" if not np.isfinite(entry) else "plus" if entry >= 0 else "minus"
        x, y = LEFT + j * wide, top + 30 + i * high
        title = f"<title>{escape(f'{heat.rows[i]}, {heat.columns[j]}: {text}')}</title>"
        place = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"'
        found.append(f'<rect class="{kind}" {place} fill-opacity="{strength:.3f}">{title}</rect>')
        if named:
            found.append(written(text, x + wide / 2, y + high / 2 + 4, "middle"))
    if named:
        found += [written(name, LEFT - 6, top + 34 + (i + 0.5) * high, "end") for i, name in enumerate(heat.rows)]
        found += [written(name, LEFT + (j + 0.5) * wide, top + 22, "middle") for j, name in enumerate(heat.columns)]
    return found, 40 + rows * high


def written(text: str, x: float, y: float, anchor: str) -> str:
    """A text at a place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def panel(chart: Axes, top: float) -> tuple[list[str], float]:
    """One pair of axes with its lines, marked points and vertical lines, and what the lines are."""
    frame = Frame(chart, top)
    found = frame.axes()
    at, y = LEFT + 10, top + TOP + 14
    for line in chart.lines:
        path = " ".join(frame.path(*piece) for piece in line.pieces)
        title = f"<title>{escape(line.name)}</title>"
        found.append(f'<path class="{line.role}" clip-path="url(#{frame.clip})" d="{path}">{title}</path>')
        found += hints_of(line, frame)
        found.append(f'<path class="{line.role}" d="M{at} {y - 4:g} h28"/>{written(line.name, at + 34, y, "start")}')
        at += 60 + 8 * len(line.name)
    for spot in chart.spots:
        x, title = frame.across(spot.x), f"<title>{escape(spot.words)}</title>"
        if spot.y is None:
            ends = f'x1="{x:.2f}" x2="{x:.2f}" y1="{frame.top:g}" y2="{frame.bottom:g}"'
            found.append(f'<line class="mark" {ends}>{title}</line>')
        else:
            found.append(f'<circle class="mark" cx="{x:.2f}" cy="{frame.down(spot.y):.2f}" r="4">{title}</circle>')
    return found, HEIGHT


def hints_of(line: Line, frame: Frame) -> Iterator[str]:
    """Places on a line that say their numbers where the pointer is, at most ``HINTS`` of them."""
    chart, each = frame.chart, max(1, -(-sum(len(x) for x, _ in line.pieces) // HINTS))
    for xs, ys in line.pieces:
        xs, ys = xs[::each], ys[::each]
        texts = zip(number_texts(xs), number_texts(10**ys if chart.logarithmic else ys), strict=True)
        for x, y, (x_text, text) in zip(xs.tolist(), ys.tolist(), texts, strict=True):
            if chart.y[0] <= y <= chart.y[1]:
                words = escape(f"{chart.x_name} = {x_text}, {line.name} = {text}")
                place = f'cx="{frame.across(x):.1f}" cy="{frame.down(y):.1f}"'
                yield f'<circle class="hint" {place} r="6"><title>{words}</title></circle>'


class Frame:
    """Where numbers lie in a picture of a chart."""

    def __init__(self, chart: Axes | Field, top: float, height: float = HEIGHT) -> None:
        self.chart = frame_of(chart)
        self.x, self.y = self.chart.x, self.chart.y
        self.top, self.bottom = top + TOP, top + height - BOTTOM
        self.clip = f"frame{top:g}"

    def across(self, x: float) -> float:
        """The horizontal place of a number."""
        return LEFT + (x - self.x[0]) / (self.x[1] - self.x[0]) * (WIDTH - LEFT - RIGHT)

    def down(self, y: float) -> float:
        """The vertical place of a number; what is far outside of the frame is cut there and hidden."""
        part = min(max((y - self.y[0]) / (self.y[1] - self.y[0]), -5.0), 6.0)
        return self.bottom - part * (self.bottom - self.top)

    def path(self, x: Array, y: Array) -> str:
        """Points that are joined."""
        points = [f"{self.across(a):.2f} {self.down(b):.2f}" for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        return "M" + "L".join(points)

    def axes(self) -> list[str]:
        """Grid lines with their numbers, the zero line, and the frame."""
        shape = f'x="{LEFT}" y="{self.top:g}" width="{WIDTH - LEFT - RIGHT}" height="{self.bottom - self.top:g}"'
        found = [f'<clipPath id="{self.clip}"><rect {shape}/></clipPath>']
        for mark in ticks(*self.x, 8):
            x = self.across(mark)
            found.append(f'<path class="grid" d="M{x:.2f} {self.top:g}V{self.bottom:g}"/>')
            found.append(written(tick_text(mark), x, self.bottom + 18, "middle"))
        for mark, text in self.chart.heights(7):
            y, kind = self.down(mark), "axis" if text == "0" else "grid"
            found.append(f'<path class="{kind}" d="M{LEFT} {y:.2f}H{WIDTH - RIGHT}"/>')
            found.append(written(text, LEFT - 8, y + 4, "end"))
        found.append(f'<path class="axis" d="M{LEFT} {self.top:g}V{self.bottom:g}H{WIDTH - RIGHT}"/>')
        return [*found, written(self.chart.x_name, WIDTH - RIGHT, self.bottom + 32, "end")]


def contours(field: Field, top: float) -> tuple[list[str], float]:
    """Level lines of a field with arrows along its gradient, as it looks in this frame."""
    frame = Frame(field, top, CONTOUR_HEIGHT)
    found = [*frame.axes(), written(field.ranges[1].label, 8, frame.top + 4, "start")]
    for level in levels(field.value):
        pieces = " ".join(
            f"M{frame.across(a):.2f} {frame.down(b):.2f}L{frame.across(c):.2f} {frame.down(d):.2f}"
            for a, b, c, d in segments(field.x, field.y, field.value, level).tolist()
        )
        found.append(f'<path class="level" d="{pieces}"><title>{tick_text(level)}</title></path>')
    for a, b, dx, dy, length in arrows(field, 16, 12):
        high, wide = (frame.bottom - frame.top) / np.ptp(frame.y), (WIDTH - LEFT - RIGHT) / np.ptp(frame.x)
        turn = math.degrees(math.atan2(-dy * high, dx * wide))
        place = f"translate({frame.across(a):.2f} {frame.down(b):.2f}) rotate({turn:.1f})"
        shape = f"M0 0H{20 * length:.2f}l{-6 * length:.2f} {4 * length:.2f}m0 {-8 * length:.2f}L{20 * length:.2f} 0"
        words = f"({tick_text(a)}, {tick_text(b)}): gradient ({number_text(dx)}, {number_text(dy)})"
        found.append(f'<path class="arrow" transform="{place}" d="{shape}"><title>{escape(words)}</title></path>')
    return found, CONTOUR_HEIGHT


def boxes(graph: Graph, look: Display) -> Iterator[tuple[Box, list[str]]]:
    """Every node, operands before what uses them, with its lines."""
    for box in (box_of(node, look, flat=True) for node in graph.nodes):
        yield box, [shown(line, ascii=look.ascii) for _, line in box.rows]


_COLOURS = {"leaf": ("#ddf4ff", "#0969da"), "input": ("#f6f8fa", "#6e7781"), "inner": ("#ffffff", "#57606a")}
"""What a node of each kind is filled with, and its outline."""

_DOT_STYLES = {"leaf": "filled,rounded", "input": "filled,rounded,dashed", "inner": "filled"}


def write_dot(outline: Outline, look: Display, stream: TextIO) -> None:
    """Write a digraph; its edges go from operands to results."""
    lines = [f"digraph autograd {{\n  label={quoted(outline.expression.strip())}; labelloc=t;"]
    lines.append('  node [shape=box, fontname="DejaVu Sans Mono,Menlo,monospace", fontsize=10];')
    for box, texts in boxes(outline.graph, look):
        fill, line = _COLOURS[box.kind]
        style = f'style="{_DOT_STYLES[box.kind]}", fillcolor="{fill}", color="{line}"'
        bold = ", penwidth=2" if box.node.id == outline.graph.root else ""
        lines.append(f"  n{box.node.id} [label={quoted(*texts)}, {style}{bold}];")
    lines += [f"  n{start} -> n{end};" for start, end in edges_of(outline.graph)]
    stream.writelines(f"{line}\n" for line in (*lines, "}"))


def quoted(*lines: str) -> str:
    """Lines as one string of the language, letter for letter: it knows escapes and the entities of HTML."""
    text = "\n".join(lines).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    text = "".join(each if each.isprintable() or each == "\n" else f"&#{ord(each)};" for each in text)
    return '"' + text.replace("\n", "\\n") + '"'


_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,+-=()")


def write_mermaid(outline: Outline, look: Display, stream: TextIO) -> None:
    """Write a flowchart; its arrows go from operands to results."""
    lines = ["flowchart TB"]
    named: dict[str, list[str]] = {kind: [] for kind in _COLOURS}
    for box, (title, *texts) in boxes(outline.graph, look):
        words = "<br/>".join([f"<b>{escaped(title)}</b>", *map(escaped, texts)])
        lines.append(f"  n{box.node.id}" + (f'["{words}"]' if box.kind == "inner" else f'(["{words}"])'))
        named[box.kind].append(f"n{box.node.id}")
    lines += [f"  n{start} --> n{end}" for start, end in edges_of(outline.graph)]
    for kind, (fill, line) in _COLOURS.items():
        dashed = ",stroke-dasharray:4" if kind == "input" else ""
        lines.append(f"  classDef {kind} fill:{fill},stroke:{line},color:#1f2328{dashed}")
    lines += [f"  class {','.join(names)} {kind}" for kind, names in named.items() if names]
    stream.writelines(f"{line}\n" for line in (*lines, f"  style n{outline.graph.root} stroke-width:3px"))


def escaped(text: str) -> str:
    """The text with every sign that may mean something to Mermaid or to HTML written by its number."""
    return "".join(each if each in _SAFE else f"#{ord(each)};" for each in text)
