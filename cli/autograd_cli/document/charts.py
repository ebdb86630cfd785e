"""What a chart shows, and charts in characters.

Lines over an axis, marks on them, level lines of a field, the numbers beside the axes; each character has two by
four dots of Braille, or is one sign where only ASCII can be written.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.number_text import exact_text

if TYPE_CHECKING:
    from autograd_core.plot import Field

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart, in pieces that are not joined; ``role`` (value, slope or level) decides how it looks."""

    name: str
    role: str
    pieces: tuple[tuple[Array, Array], ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that is marked: a point, or a vertical line where ``y`` is None."""

    x: float
    y: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Axes:
    """Lines over one pair of axes; ``logarithmic`` is said of the vertical one, whose lines then hold logarithms.

    Arrows along the gradient of a ``field`` stand between its level lines.
    """

    lines: Sequence[Line]
    x: tuple[float, float]
    y: tuple[float, float]
    x_name: str
    y_name: str = ""
    spots: Sequence[Spot] = ()
    logarithmic: bool = False
    field: Field | None = None

    def heights(self, most: int) -> list[tuple[float, str]]:
        """At most so many ticks of the vertical axis with their texts."""
        low, high = self.y
        marks = ticks(low, high, most)
        if not self.logarithmic:
            return [(mark, exact_text(mark)) for mark in marks]
        powers = range(math.floor(low), math.ceil(high) + 1)
        written = [f"{digit}e{power}" for power in powers for digit in (1, 2, 5)]
        written = [text for text in written if low <= math.log10(float(text)) <= high]
        if len(written) > most:
            written = [f"1e{mark:.0f}" for mark in marks if mark.is_integer()]
        texts = [exact_text(float(text)) for text in written]
        texts = written if any("e" in text for text in texts) else texts  # all of them in one form
        return [(math.log10(float(mark)), text) for mark, text in zip(written, texts, strict=True)]


LARGEST = 5e307  # what is larger stands at the edge: the height of an axis is a number too


def extent(values: Array, *, whole: bool = False) -> tuple[float, float]:
    """The range that shows the values: all of them if ``whole``, or unless a few are far beyond the others."""
    values = np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)
    if not len(values):
        return -1.0, 1.0
    low, high = float(values.min()), float(values.max())
    inner_low, inner_high = (float(q) for q in np.quantile(values, [0.06, 0.94]))
    inner = inner_high - inner_low
    if inner > 0 and not whole:
        low, high = max(low, inner_low - 1.5 * inner), min(high, inner_high + 1.5 * inner)
    if not high - low > 1e-12 * max(abs(low), abs(high)):
        room = abs(low) / 2 or 1.0
        return low - room, high + room
    return low, high


def contours(field: Field) -> Axes:
    """The level lines of a field."""
    x, y = ((float(ends[0]), float(ends[-1])) for ends in (field.x, field.y))
    known = ((level, segments(field.x, field.y, field.value, level)) for level in levels(field.value))
    lines = [Line(exact_text(level), "level", tuple((p[:, 0], p[:, 1]) for p in pieces)) for level, pieces in known]
    across, up = (one.label for one in field.ranges)
    return Axes(lines, x, y, across, up, field=field)


def alike(lines: Sequence[Line]) -> bool:
    """Whether lines can share an axis: none of them would be flat beside the other."""
    ends = np.array([extent(np.concatenate([y for _, y in line.pieces])) for line in lines])
    return bool(np.ptp(ends) <= 8 * np.ptp(ends, axis=1).min())


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers in a range, 1, 2 or 5 times a power of ten apart, at most ``most`` of them and at least one."""
    span = high - low
    power = 10.0 ** math.floor(math.log10(span / max(most, 1)))
    for step in (power, 2 * power, 5 * power, 10 * power, 20 * power):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= max(most, 1):
            break
    found = [round(i * step, max(0, 2 - math.floor(math.log10(step)))) + 0.0 for i in range(first, last + 1)]
    return found or [low]


def arrows(chart: Axes, columns: int, rows: int) -> list[tuple[float, float, float, float, float]]:
    """Where arrows stand, the gradient there, and their length relative to the longest (by the square root)."""
    if (field := chart.field) is None:
        return []
    across = np.linspace(0, len(field.x) - 1, columns + 2).round().astype(int)[1:-1]
    up = np.linspace(0, len(field.y) - 1, rows + 2).round().astype(int)[1:-1]
    picked = [part[np.ix_(up, across)] for part in field.slopes]
    size = np.hypot(*picked)
    known = size[np.isfinite(size)]
    largest = float(np.quantile(known, 0.95)) if len(known) and known.max() > 0 else 1.0
    places = np.meshgrid(field.x[across], field.y[up])
    drawn = np.isfinite(size) & (size > 1e-12 * largest)
    with np.errstate(invalid="ignore"):
        lengths = np.minimum(1.0, np.sqrt(size / largest))
    return [tuple(each) for each in np.stack([*places, *picked, lengths], axis=-1)[drawn].tolist()]


LEVELS = 7


def levels(value: Array) -> list[float]:
    """Levels of two digits, so that about as many points lie between each two of them."""
    known = value[np.isfinite(value)]
    found = np.quantile(known, np.linspace(0.04, 0.96, LEVELS)).tolist() if len(known) else []
    return [level for level in sorted({float(f"{each:.2g}") for each in found}) if known.min() < level < known.max()]


def segments(x: Array, y: Array, value: Array, level: float) -> Array:
    """The pieces of one level line, each two points; cells with a value that is not finite have none.

    Each cell is cut into four triangles around its middle, on which the value is linear: the line crosses two edges of
    a triangle or none.
    """
    grid = np.stack([*np.meshgrid(x, y), value - level], axis=-1)
    corners = (grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1])
    middle = np.mean(corners, axis=0)
    sides = zip(corners, corners[1:] + corners[:1], strict=True)
    triangles = np.stack([np.stack([one, next_one, middle], axis=2) for one, next_one in sides]).reshape(-1, 3, 3)
    starts = triangles[np.isfinite(triangles).all(axis=(1, 2))]
    ends = np.roll(starts, -1, axis=1)
    crossed = (starts[..., 2] > 0) != (ends[..., 2] > 0)
    starts, ends = starts[crossed], ends[crossed]
    part = starts[:, 2] / (starts[:, 2] - ends[:, 2])
    found: Array = (starts + part[:, None] * (ends - starts))[:, :2].reshape(-1, 2, 2)
    return found


Segment = tuple[str, str]  # a text and its role: value, slope, mark, axis, or nothing

DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""The bit of each dot of a Braille character, by row and column (Unicode, block U+2800)."""

SIGNS = {"value": "*", "slope": ".", "level": "*"}
ARROWS = "→↗↑↖←↙↓↘"
_ASCII = str.maketrans(f"─│┤┬└┊◆{ARROWS}", "-|+++:o>/^\\</v\\")

GAP = 3  # dots of a dashed line that are drawn, and then left out


class Canvas:
    """A grid of characters within axes, on which lines are drawn in dots, of which each character has two by four."""

    def __init__(self, frame: Axes, columns: int, rows: int, *, ascii: bool) -> None:
        self.frame, self.columns, self.rows, self.ascii = frame, columns, rows, ascii
        self.fine = (1, 1) if ascii else (2, 4)
        self.layers: dict[str, npt.NDArray[np.bool_]] = {}
        self.texts, self.roles = (np.full((rows, columns), text, object) for text in (" ", ""))

    def line(self, role: str, x: Array, y: Array) -> None:
        """Join points; what lies outside is left out."""
        across, down = self.columns * self.fine[0], self.rows * self.fine[1]
        (left, right), (low, high) = self.frame.x, self.frame.y
        x = np.clip((x - left) / (right - left) * (across - 1) + 0.5, -1.0, across)
        y = np.clip((y - low) / (high - low) * (down - 1) + 0.5, -2.0, down + 1.0)
        along = np.concatenate([[0.0], np.cumsum(np.maximum(np.abs(np.diff(x)), np.abs(np.diff(y))))])
        places = np.linspace(0.0, along[-1], 2 * math.ceil(along[-1]) + 1)  # half a dot apart
        columns, rows = (np.floor(np.interp(places, along, part)).astype(int) for part in (x, y))
        keep = (columns >= 0) & (columns < across) & (rows >= 0) & (rows < down)
        if role == "slope" and not self.ascii:
            keep &= (places // GAP) % 2 == 0
        layer = self.layers.setdefault(role, np.zeros((down, across), bool))
        layer[down - 1 - rows[keep], columns[keep]] = True

    def write_lines(self) -> None:
        """Turn the dots into characters; those of several lines have the role of the first."""
        wide, high = self.fine
        bits = np.zeros((self.rows, self.columns), int)
        for role, layer in self.layers.items():
            cells = layer.reshape(self.rows, high, self.columns, wide)
            found = np.einsum("rhcw,hw->rc", cells, DOTS[:high, :wide])
            self.roles[(bits == 0) & (found > 0)] = role
            bits |= found
        for place in zip(*np.nonzero(bits), strict=True):
            self.texts[place] = SIGNS[self.roles[place]] if self.ascii else chr(0x2800 + bits[place])

    def column(self, x: float, dots: int = 2) -> int:
        """The column of characters, each as wide as some dots, in which a place of the horizontal axis lies."""
        left, right = self.frame.x
        return int((x - left) / (right - left) * (self.columns * dots - 1) + 0.5) // dots

    def sign(self, column: int, row: int, text: str, role: str) -> None:
        """Put a character over the dots."""
        if 0 <= column < self.columns and 0 <= row < self.rows:
            self.texts[row, column], self.roles[row, column] = text, role

    def row(self, number: int) -> list[Segment]:
        """One row of characters with their roles."""
        every = zip(self.texts[number], self.roles[number], strict=True)
        return [("".join(text for text, _ in group), role) for role, group in groupby(every, key=itemgetter(1))]


def draw(chart: Axes, width: int, height: int, *, ascii: bool = False) -> list[list[Segment]]:
    """The rows of a chart with its axes, at most ``width`` columns and ``height`` rows (at least 20 by 6)."""
    rows = max(height - 2, 4)
    labels = {tick_row(mark, chart.y, rows): text for mark, text in chart.heights(max(2, rows // 3))}
    margin = max(len(text) for text in labels.values())
    canvas = Canvas(chart, max(width - margin - 2, 10), rows, ascii=ascii)
    for line in chart.lines:
        for x, y in line.pieces:
            canvas.line(line.role, x, y)
    canvas.write_lines()
    if chart.y[0] < 0 < chart.y[1] and not chart.logarithmic:
        zero = tick_row(0.0, chart.y, rows)
        empty = canvas.texts[zero] == " "
        canvas.texts[zero, empty], canvas.roles[zero, empty] = "─", "axis"
    for spot in chart.spots:
        for row in range(rows) if spot.y is None else [tick_row(spot.y, chart.y, rows)]:
            canvas.sign(canvas.column(spot.x), row, "┊" if spot.y is None else "◆", "mark")
    for across, up, dx, dy, _ in arrows(chart, canvas.columns // 8, rows // 3):
        turn = round(math.atan2(dy / np.ptp(chart.y), dx / np.ptp(chart.x)) / (math.pi / 4)) % 8
        canvas.sign(canvas.column(across, 1), tick_row(up, chart.y, rows), ARROWS[turn], "slope")
    found = [
        [(f"{labels.get(row, ''):>{margin}} {'┤' if row in labels else '│'}", "axis"), *canvas.row(row)]
        for row in range(rows)
    ]
    found += horizontal(canvas, margin)
    return [[(text.translate(_ASCII), role) for text, role in row] for row in found] if ascii else found


def legend(chart: Axes, *, ascii: bool = False) -> list[Segment]:
    """What the lines of a chart are."""
    if chart.field is not None:
        return [("  lines of equal value   ", "level"), ("/ gradient" if ascii else "↗ gradient", "slope")]
    found: list[Segment] = []
    for line in chart.lines:
        sign = SIGNS[line.role] * 4 if ascii else "╌╌╌" if line.role == "slope" else "───"
        found += [("  ", ""), (f"{sign} {line.name}", line.role)]
    return found


def tick_row(value: float, extent: tuple[float, float], rows: int) -> int:
    """The row of characters on which a value lies."""
    low, high = extent
    return min(rows - 1, max(0, rows - 1 - int((value - low) / (high - low) * (rows * 4 - 1) + 0.5) // 4))


def horizontal(canvas: Canvas, margin: int) -> list[list[Segment]]:
    """The horizontal axis: a line with ticks, and numbers below it that do not touch each other."""
    line, below, end = ["─"] * canvas.columns, [" "] * (canvas.columns + margin + 2), 0
    for mark in ticks(*canvas.frame.x, max(4, canvas.columns // 10)):
        column, text = canvas.column(mark), exact_text(mark)
        start = min(max(margin + 2 + column - len(text) // 2, 0), len(below) - len(text))
        line[column] = "┬"
        if start > end or end == 0:
            below[start : start + len(text)] = text
            end = start + len(text)
    return [[(" " * (margin + 1) + "└" + "".join(line), "axis")], [("".join(below).rstrip(), "axis")]]
