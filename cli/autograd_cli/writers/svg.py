"""A document as a picture (SVG): its graph, its charts and matrices, or else what a terminal shows, by rich.

A computation graph as text for programs that draw: Graphviz and Mermaid.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np

from autograd_cli.document import Block, Chart, Display, Document, Lines, Matrix, Table, Tree, blocks_of
from autograd_cli.document.charts import Array, Axes, Line, arrows, ticks
from autograd_cli.limits import MAX_DRAWN
from autograd_core.errors import LimitError
from autograd_core.escape import escape, escape_unprintable, shown
from autograd_core.number_text import exact_text, number_text, number_texts
from autograd_core.page.graph import Box, box_of, edges_of
from autograd_core.page.html import asset, standalone

_NARROWEST = 40
_INK = (31, 35, 40)


class Heat(NamedTuple):
    """A matrix whose entries are shown by colour, with the names of its rows and columns."""

    entries: Array
    rows: Sequence[str]
    columns: Sequence[str]
    texts: Sequence[str]
    note: str = ""

    @property
    def named(self) -> bool:
        """Whether every cell has its number, and every row and column its name."""
        return bool(self.texts) and self.entries.size <= MOST_TEXTS

    @property
    def left(self) -> float:
        """The room that the names of the rows need."""
        return max(LEFT, 12 + 7.8 * max(map(len, self.rows))) if self.named else LEFT

    @property
    def cell(self) -> tuple[float, float]:
        """The width and the height of a cell."""
        if self.named:
            return 12 + 7.8 * max(6, *map(len, (*self.texts, *self.columns))), 34.0
        rows, columns = self.entries.shape
        wide = (WIDTH - LEFT - RIGHT) / columns
        return wide, min(wide, 480 / rows)


def write_svg(document: Document, display: Display, stream: TextIO) -> None:
    """Write a picture that needs no other file: every word stands where the terminal has it, whatever the font."""
    blocks = blocks_of(document)
    alone = not any(isinstance(block, Table) for block in blocks)
    for block in blocks:
        if isinstance(block, Tree) and not block.aside:
            if len(block.graph.nodes) > MAX_DRAWN:
                words = f"the graph has {len(block.graph.nodes):,} nodes, and a picture has room for {MAX_DRAWN}"
                raise LimitError(words, hint="--format dot, for Graphviz, or the tree, which shows a part")
            stream.write(standalone(block.graph, document.title, display, across=block.across))
            return
    drawings = [one for block in blocks if alone or isinstance(block, Chart) for one in drawings_of(block, display)]
    if drawings:
        from autograd_cli.writers.terminal import drawn

        look = replace(display, width=NOTES)
        notes = [line for block in blocks if isinstance(block, Lines) for line in drawn(block, look)]
        stream.write(picture(drawings, document.title, notes))
    else:
        stream.write(terminal_picture(document, display))


def drawings_of(block: Block, display: Display) -> Sequence[Axes | Heat]:
    """What a block is as a drawing: a chart, or a matrix by its colours."""
    if isinstance(block, Chart):
        return block.drawing
    if not isinstance(block, Matrix):
        return []
    if block.named:
        return [Heat(block.entries, block.rows, block.columns, number_texts(block.entries, display.precision))]
    return [heat_of(block.entries)] if block.entries.size else []


def heat_of(entries: Array) -> Heat:
    """A matrix by its colours; of more than ``MOST_ROWS`` rows or columns a cell shows the largest of a block."""
    steps = [-(-length // MOST_ROWS) for length in entries.shape]
    starts = [range(0, length, step) for length, step in zip(entries.shape, steps, strict=True)]
    low, high = entries, entries
    for axis, places in enumerate(starts):
        low, high = np.minimum.reduceat(low, places, axis), np.maximum.reduceat(high, places, axis)
    rows, columns = (
        [str(at) if step == 1 else f"{at} to {min(at + step, length) - 1}" for at in places]
        for places, step, length in zip(starts, steps, entries.shape, strict=True)
    )
    note = f"each cell shows the largest of {steps[0]} by {steps[1]} entries" if max(steps) > 1 else ""
    return Heat(np.where(-low > high, low, high), rows, columns, (), note)


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
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 34, 34
NOTES = 92  # columns of the sentences below a picture


def picture(drawings: Sequence[Axes | Heat], title: str, notes: Sequence[str] | None = None) -> str:
    """Drawings one below the other; with ``notes`` below them, also none, a file with a style and a title.

    Within a page what has numbers in its cells keeps its size, so that they can be read on a phone.
    """
    tables = [one for one in drawings if isinstance(one, Heat) and one.named]
    widths = [one.left + len(one.columns) * one.cell[0] + RIGHT for one in tables]
    natural = notes is None and len(tables) == len(drawings)
    wide = max(widths if natural else [WIDTH, *widths])
    parts, height = [f"<title>{escape(escape_unprintable(title))}</title>"], 0.0
    if notes is not None:
        parts += [f"<style>\n{asset('chart.css')}</style>", f'<g font-weight="bold">{written(title, LEFT, 22)}</g>']
        height = 24.0
    for one in drawings:
        found, high = heat_map(one, height) if isinstance(one, Heat) else panel(one, height)
        parts += found
        height += high
    if notes is not None:
        parts += [written(note, LEFT, height + 12 + 20 * i) for i, note in enumerate(notes)]
        height += 28 + 20 * len(notes)
    size = f'width="{wide:g}" height="{height:g}" ' if natural else ""
    role = "group" if tables else "img"
    view = f'{size}viewBox="0 0 {wide:g} {height:g}" role="{role}" aria-label="{escape(title)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" {view}>' + "\n".join([*parts, "</svg>\n"])


HINTS = 100  # places of a line that say their numbers on hover
MOST_TEXTS, MOST_ROWS = 144, 100  # entries of a heat map up to which each has its number, and rows that it has at most

STRONGEST = (0.75, 0.4)  # how opaque a cell is at most, and one whose number is to be read on its colour


def heat_map(heat: Heat, top: float) -> tuple[list[str], float]:
    """Cells from one colour for negative entries through none to another for positive ones.

    Few of them have their numbers.
    """
    rows, columns = heat.entries.shape
    wide, high = heat.cell
    largest = float(np.max(np.abs(heat.entries), where=np.isfinite(heat.entries), initial=0.0)) or 1.0
    found, texts = [], heat.texts or number_texts(heat.entries)
    for (i, j), text in zip(np.ndindex(rows, columns), texts, strict=True):
        entry = float(heat.entries[i, j])
        strength = STRONGEST[heat.named] * (abs(entry) / largest if np.isfinite(entry) else 1.0)
        kind = "odd" if not np.isfinite(entry) else "plus" if entry >= 0 else "minus"
        x, y = heat.left + j * wide, top + 30 + i * high
        title = f"<title>{escape(f'{heat.rows[i]}, {heat.columns[j]}: {text}')}</title>"
        place = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"'
        found.append(f'<rect class="{kind}" {place} fill-opacity="{strength:.3f}">{title}</rect>')
        if heat.named:
            found.append(written(text, x + wide / 2, y + high / 2 + 4, "middle"))
    if heat.named:
        found += [written(name, heat.left - 6, top + 34 + (i + 0.5) * high, "end") for i, name in enumerate(heat.rows)]
        found += [
            written(name, heat.left + (j + 0.5) * wide, top + 22, "middle") for j, name in enumerate(heat.columns)
        ]
    bottom = top + 40 + rows * high
    return [*found, written(heat.note, LEFT, bottom + 10)] if heat.note else found, bottom - top + 24 * bool(heat.note)


def written(text: str, x: float, y: float, anchor: str = "start") -> str:
    """A text at a place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def panel(chart: Axes, top: float) -> tuple[list[str], float]:
    """One pair of axes with its lines, what they are, marked points and vertical lines, and arrows."""
    height = HEIGHT if chart.field is None else CONTOUR_HEIGHT
    frame = Frame(chart, top, height)
    found = frame.axes()
    at, y = LEFT, top + TOP - 10
    for line in chart.lines:
        path = " ".join(frame.path(*piece) for piece in line.pieces)
        title = f"<title>{escape(line.name)}</title>"
        found.append(f'<path class="{line.role}" clip-path="url(#{frame.clip})" d="{path}">{title}</path>')
        if line.role != "level":
            found += hints_of(line, frame)
            found.append(f'<path class="{line.role}" d="M{at} {y - 4:g} h28"/>{written(line.name, at + 34, y)}')
            at += 60 + 8 * len(line.name)
    for spot in chart.spots:
        x, title = frame.across(spot.x), f"<title>{escape(spot.words)}</title>"
        if spot.y is None:
            ends = f'x1="{x:.2f}" x2="{x:.2f}" y1="{frame.top:g}" y2="{frame.bottom:g}"'
            found.append(f'<line class="mark" {ends}>{title}</line>')
        else:
            found.append(f'<circle class="mark" cx="{x:.2f}" cy="{frame.down(spot.y):.2f}" r="4">{title}</circle>')
    for x, y, dx, dy, length in arrows(chart, 16, 12):
        words = f"({number_text(x)}, {number_text(y)}): gradient ({number_text(dx)}, {number_text(dy)})"
        high, wide = (frame.bottom - frame.top) / np.ptp(chart.y), (WIDTH - LEFT - RIGHT) / np.ptp(chart.x)
        turn = math.degrees(math.atan2(-dy * high, dx * wide))
        place = f"translate({frame.across(x):.2f} {frame.down(y):.2f}) rotate({turn:.1f})"
        shape = f"M0 0H{20 * length:.2f}l{-6 * length:.2f} {4 * length:.2f}m0 {-8 * length:.2f}L{20 * length:.2f} 0"
        found.append(f'<path class="arrow" transform="{place}" d="{shape}"><title>{escape(words)}</title></path>')
    return found, height


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

    def __init__(self, chart: Axes, top: float, height: float) -> None:
        self.chart = chart
        self.top, self.bottom = top + TOP, top + height - BOTTOM
        self.clip = f"frame{top:g}"

    def across(self, x: float) -> float:
        """The horizontal place of a number."""
        return LEFT + (x - self.chart.x[0]) / (self.chart.x[1] - self.chart.x[0]) * (WIDTH - LEFT - RIGHT)

    def down(self, y: float) -> float:
        """The vertical place of a number; what is far outside of the frame is cut there and hidden."""
        part = min(max((y - self.chart.y[0]) / (self.chart.y[1] - self.chart.y[0]), -5.0), 6.0)
        return self.bottom - part * (self.bottom - self.top)

    def path(self, x: Array, y: Array) -> str:
        """Points that are joined."""
        points = [f"{self.across(a):.2f} {self.down(b):.2f}" for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        return "M" + "L".join(points)

    def axes(self) -> list[str]:
        """Grid lines with their numbers, the zero line, and the frame."""
        shape = f'x="{LEFT}" y="{self.top:g}" width="{WIDTH - LEFT - RIGHT}" height="{self.bottom - self.top:g}"'
        found = [f'<clipPath id="{self.clip}"><rect {shape}/></clipPath>']
        for mark in ticks(*self.chart.x, 8):
            x = self.across(mark)
            found.append(f'<path class="grid" d="M{x:.2f} {self.top:g}V{self.bottom:g}"/>')
            found.append(written(exact_text(mark), x, self.bottom + 18, "middle"))
        for mark, text in self.chart.heights(7):
            y, kind = self.down(mark), "axis" if text == "0" else "grid"
            found.append(f'<path class="{kind}" d="M{LEFT} {y:.2f}H{WIDTH - RIGHT}"/>')
            found.append(written(text, LEFT - 8, y + 4, "end"))
        found.append(f'<path class="axis" d="M{LEFT} {self.top:g}V{self.bottom:g}H{WIDTH - RIGHT}"/>')
        found.append(written(self.chart.y_name, 8, self.top + 4))
        return [*found, written(self.chart.x_name, WIDTH - RIGHT, self.bottom + 32, "end")]


def boxes_of(document: Document, display: Display) -> tuple[Tree, list[tuple[Box, list[str]]]]:
    """The graph of a document and its nodes with their lines, operands before what uses them."""
    tree = next(block for block in blocks_of(document) if isinstance(block, Tree))
    boxes = [box_of(node, display, flat=True) for node in tree.graph.nodes]
    return tree, [(box, [shown(line, ascii=display.ascii) for _, line in box.rows]) for box in boxes]


_COLOURS = {"leaf": ("#ddf4ff", "#0969da"), "input": ("#f6f8fa", "#6e7781"), "inner": ("#ffffff", "#57606a")}
"""What a node of each kind is filled with, and its outline."""

_DOT_STYLES = {"leaf": "filled,rounded", "input": "filled,rounded,dashed", "inner": "filled"}


def write_dot(document: Document, display: Display, stream: TextIO) -> None:
    """Write a digraph; its edges go from operands to results."""
    tree, boxes = boxes_of(document, display)
    lines = [f"digraph autograd {{\n  label={quoted(document.title)}; labelloc=t;" + " rankdir=LR;" * tree.across]
    lines.append('  node [shape=box, fontname="DejaVu Sans Mono,Menlo,monospace", fontsize=10];')
    for box, texts in boxes:
        fill, line = _COLOURS[box.kind]
        style = f'style="{_DOT_STYLES[box.kind]}", fillcolor="{fill}", color="{line}"'
        bold = ", penwidth=2" if box.node.id == tree.graph.root else ""
        lines.append(f"  n{box.node.id} [label={quoted(*texts)}, {style}{bold}];")
    lines += [f"  n{start} -> n{end};" for start, end in edges_of(tree.graph)]
    stream.writelines(f"{line}\n" for line in (*lines, "}"))


def quoted(*lines: str) -> str:
    """Lines as one string of the language, letter for letter: it knows escapes and the entities of HTML."""
    text = "\n".join(lines).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    text = "".join(each if each.isprintable() or each == "\n" else f"&#{ord(each)};" for each in text)
    return '"' + text.replace("\n", "\\n") + '"'


_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,+-=()")


def write_mermaid(document: Document, display: Display, stream: TextIO) -> None:
    """Write a flowchart; its arrows go from operands to results."""
    tree, boxes = boxes_of(document, display)
    lines = [f"flowchart {'LR' if tree.across else 'TB'}"]
    named: dict[str, list[str]] = {kind: [] for kind in _COLOURS}
    for box, (title, *texts) in boxes:
        words = "<br/>".join([f"<b>{escaped(title)}</b>", *map(escaped, texts)])
        lines.append(f"  n{box.node.id}" + (f'["{words}"]' if box.kind == "inner" else f'(["{words}"])'))
        named[box.kind].append(f"n{box.node.id}")
    lines += [f"  n{start} --> n{end}" for start, end in edges_of(tree.graph)]
    for kind, (fill, line) in _COLOURS.items():
        dashed = ",stroke-dasharray:4" if kind == "input" else ""
        lines.append(f"  classDef {kind} fill:{fill},stroke:{line},color:#1f2328{dashed}")
    lines += [f"  class {','.join(names)} {kind}" for kind, names in named.items() if names]
    stream.writelines(f"{line}\n" for line in (*lines, f"  style n{tree.graph.root} stroke-width:3px"))


def escaped(text: str) -> str:
    """The text with every sign that may mean something to Mermaid or to HTML written by its number."""
    return "".join(each if each in _SAFE else f"#{ord(each)};" for each in text)
