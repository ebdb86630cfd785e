"""Charts in characters: two by four dots of Braille in each, or one sign where only ASCII can be written."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from autograd_cli.drawing.chart import Array, Axes, Contours, arrows, levels, segments, tick_text, ticks

Segment = tuple[str, str]
"""A text and its role: value, slope, mark, axis, or nothing."""

DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""The bit of each dot of a Braille character, by row and column (Unicode, block U+2800)."""

SIGNS = {"value": "*", "slope": "."}
GAP = 3
"""Dots of a dashed line that are drawn, and then left out."""


class Canvas:
    """A grid of characters on which lines are drawn, in dots of which each character has two by four."""

    def __init__(self, columns: int, rows: int, *, ascii: bool) -> None:
        self.columns, self.rows, self.ascii = columns, rows, ascii
        self.fine = (1, 1) if ascii else (2, 4)
        self.layers: dict[str, npt.NDArray[np.bool_]] = {}
        self.signs: dict[tuple[int, int], Segment] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Dots across and down."""
        return self.columns * self.fine[0], self.rows * self.fine[1]

    def line(self, role: str, x: Array, y: Array) -> None:
        """Join points given in dots from the lower left corner; what lies outside is left out."""
        across, down = self.size
        layer = self.layers.setdefault(role, np.zeros((down, across), bool))
        x, y = np.clip(x, -1.0, across), np.clip(y, -2.0, down + 1.0)
        steps = np.ceil(np.maximum(np.abs(np.diff(x)), np.abs(np.diff(y)))).astype(int) + 1
        along = [np.linspace(at, at + 1, count) for at, count in enumerate(steps)] or [np.zeros(len(x))]
        x, y = (np.interp(np.concatenate(along), np.arange(len(part)), part) for part in (x, y))
        columns, rows = np.floor(x).astype(int), np.floor(y).astype(int)
        keep = (columns >= 0) & (columns < across) & (rows >= 0) & (rows < down)
        if role == "slope" and not self.ascii:
            place = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
            keep &= (place // GAP) % 2 == 0
        layer[down - 1 - rows[keep], columns[keep]] = True

    def sign(self, column: int, row: int, text: str, role: str) -> None:
        """Put a character over the dots."""
        if 0 <= column < self.columns and 0 <= row < self.rows:
            self.signs[row, column] = (text, role)

    def row(self, number: int) -> list[Segment]:
        """One row of characters with their roles."""
        cells = self.dots(number) | {column: sign for (row, column), sign in self.signs.items() if row == number}
        every = (cells.get(column, (" ", "")) for column in range(self.columns))
        return [("".join(text for text, _ in group), role) for role, group in groupby(every, key=itemgetter(1))]

    def dots(self, row: int) -> dict[int, Segment]:
        """The characters of a row that have dots, by column; those of several lines have the role of the first."""
        wide, high = self.fine
        found: dict[int, tuple[int, str]] = {}
        for name, layer in self.layers.items():
            blocks = layer[row * high : (row + 1) * high].reshape(high, self.columns, wide)
            bits = np.einsum("hcw,hw->c", blocks, DOTS[:high, :wide])
            for column in np.flatnonzero(bits).tolist():
                before, role = found.get(column, (0, name))
                found[column] = (before | int(bits[column]), role)
        return {
            column: (SIGNS[role] if self.ascii else chr(0x2800 + bits), role) for column, (bits, role) in found.items()
        }


def draw(chart: Axes | Contours, width: int, height: int, *, ascii: bool = False) -> list[list[Segment]]:
    """The rows of a chart with its axes, at most ``width`` columns and ``height`` rows (at least 20 by 6)."""
    if isinstance(chart, Contours):
        x, y = ((float(ends[0]), float(ends[-1])) for ends in (chart.x, chart.y))
        frame = Axes((), x, chart.names[0], y=y)
    else:
        frame = chart
    rows = max(height - 2, 4)
    labels = {tick_row(mark, frame.y, rows): text for mark, text in frame.heights(max(2, rows // 3))}
    margin = max(len(text) for text in labels.values())
    canvas = Canvas(max(width - margin - 2, 10), rows, ascii=ascii)
    if isinstance(chart, Contours):
        draw_levels(canvas, chart, frame)
    else:
        draw_lines(canvas, chart)
    bar, tee = ("|", "+") if ascii else ("│", "┤")
    found = [
        [(labels.get(row, "").rjust(margin) + " " + (tee if row in labels else bar), "axis"), *canvas.row(row)]
        for row in range(rows)
    ]
    return [*found, *horizontal(frame, canvas.columns, margin, ascii=ascii)]


def to_dots(canvas: Canvas, frame: Axes, x: Array, y: Array) -> tuple[Array, Array]:
    """Points of a chart in dots of a canvas."""
    across, down = canvas.size
    (left, right), (low, high) = frame.x, frame.y
    return (x - left) / (right - left) * (across - 1) + 0.5, (y - low) / (high - low) * (down - 1) + 0.5


def draw_lines(canvas: Canvas, chart: Axes) -> None:
    """Lines, marks and the zero line."""
    for line in chart.lines:
        for x, y in line.pieces:
            canvas.line(line.role, *to_dots(canvas, chart, x, y))
    for spot in chart.spots:
        column = int((spot.x - chart.x[0]) / (chart.x[1] - chart.x[0]) * (canvas.columns * 2 - 1) + 0.5) // 2
        if spot.y is not None:
            canvas.sign(column, tick_row(spot.y, chart.y, canvas.rows), "o" if canvas.ascii else "◆", "mark")
        for row in range(canvas.rows) if spot.y is None else ():
            canvas.sign(column, row, ":" if canvas.ascii else "┊", "mark")
    if chart.y[0] < 0 < chart.y[1] and not chart.logarithmic:
        zero = tick_row(0.0, chart.y, canvas.rows)
        drawn = canvas.dots(zero)
        for column in range(canvas.columns):
            if column not in drawn and (zero, column) not in canvas.signs:
                canvas.sign(column, zero, "-" if canvas.ascii else "─", "axis")


ARROWS = ("→", "↗", "↑", "↖", "←", "↙", "↓", "↘")
ASCII_ARROWS = (">", "/", "^", "\\", "<", "/", "v", "\\")


def draw_levels(canvas: Canvas, field: Contours, frame: Axes) -> None:
    """Level lines, and an arrow along the gradient in every few characters."""
    for level in levels(field.value, max(3, canvas.rows // 3)):
        pieces = segments(field.x, field.y, field.value, level)
        ends = [to_dots(canvas, frame, pieces[:, i], pieces[:, i + 1]) for i in (0, 2)]
        for x0, y0, x1, y1 in np.stack([*ends[0], *ends[1]], axis=1):
            canvas.line("value", np.array([x0, x1]), np.array([y0, y1]))
    signs = ASCII_ARROWS if canvas.ascii else ARROWS
    wide, high = frame.x[1] - frame.x[0], frame.y[1] - frame.y[0]
    for x, y, dx, dy, _ in arrows(field, canvas.columns // 8, canvas.rows // 3):
        turn = round(float(np.arctan2(dy / high, dx / wide)) / (np.pi / 4)) % 8
        column = int((x - frame.x[0]) / wide * (canvas.columns - 1) + 0.5)
        canvas.sign(column, tick_row(y, frame.y, canvas.rows), signs[turn], "slope")


def legend(chart: Axes | Contours, *, ascii: bool = False) -> list[Segment]:
    """What the lines of a chart are."""
    if isinstance(chart, Contours):
        arrow = ASCII_ARROWS[1] if ascii else ARROWS[1]
        return [("  lines of equal value   ", "value"), (arrow + " gradient", "slope")]
    found: list[Segment] = []
    for line in chart.lines:
        dashed = line.role == "slope"
        sign = ("...." if dashed else "****") if ascii else ("╌╌╌" if dashed else "───")
        found += [("  ", ""), (f"{sign} {line.name}", line.role)]
    return found


def tick_row(value: float, extent: tuple[float, float], rows: int) -> int:
    """The row of characters on which a value lies."""
    low, high = extent
    return min(rows - 1, max(0, rows - 1 - int((value - low) / (high - low) * (rows * 4 - 1) + 0.5) // 4))


def horizontal(chart: Axes, columns: int, margin: int, *, ascii: bool) -> list[list[Segment]]:
    """The horizontal axis: a line with ticks, and numbers below it that do not touch each other."""
    low, high = chart.x
    line = ["-" if ascii else "─"] * columns
    below = [" "] * (columns + margin + 2)
    end = 0
    for mark in ticks(low, high, max(4, columns // 10)):
        column = int((mark - low) / (high - low) * (columns * 2 - 1) + 0.5) // 2
        text = tick_text(mark)
        start = min(max(margin + 2 + column - len(text) // 2, 0), len(below) - len(text))
        line[column] = "+" if ascii else "┬"
        if start > end or end == 0:
            below[start : start + len(text)] = text
            end = start + len(text)
    corner = "+" if ascii else "└"
    return [[(" " * (margin + 1) + corner + "".join(line), "axis")], [("".join(below).rstrip(), "axis")]]
