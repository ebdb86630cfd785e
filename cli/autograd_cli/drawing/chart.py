"""What a chart shows: lines over an axis, marks on them, level lines of a field, the numbers beside the axes."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.number_text import exact_text, found_text

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart, in pieces that are not joined; ``role`` (value or slope) decides how it looks."""

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
    """Lines over one pair of axes; ``logarithmic`` is said of the vertical one, whose lines then hold logarithms."""

    lines: tuple[Line, ...]
    x: tuple[float, float]
    x_name: str
    spots: tuple[Spot, ...] = ()
    logarithmic: bool = False
    y: tuple[float, float] = (0.0, 1.0)

    @classmethod
    def of(
        cls,
        lines: tuple[Line, ...],
        x: tuple[float, float],
        x_name: str,
        spots: tuple[Spot, ...] = (),
        logarithmic: bool = False,
    ) -> Axes:
        """Lines whose vertical axis holds the lines, without what goes beyond all bounds at a pole."""
        values = [y for line in lines for _, y in line.pieces]
        shown = np.concatenate(values) if values else np.zeros(1)
        return cls(lines, x, x_name, spots, logarithmic, extent(shown, whole=logarithmic))

    def heights(self, most: int) -> list[tuple[float, str]]:
        """At most so many ticks of the vertical axis with their texts."""
        if self.logarithmic:
            return powers_of_ten(*self.y, most)
        return [(mark, tick_text(mark)) for mark in ticks(*self.y, most)]


@dataclass(frozen=True, slots=True)
class Contours:
    """A function on a grid with its gradient: ``value[j, i]`` belongs to ``x[i]`` and ``y[j]``."""

    x: Array
    y: Array
    value: Array
    slopes: tuple[Array, Array]
    names: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Heat:
    """A matrix whose entries are shown by colour, with the names of its rows and columns."""

    entries: Array
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    texts: tuple[str, ...]


Drawing: TypeAlias = Axes | Contours | Heat
"""What is drawn in a picture."""


def extent(values: Array, *, whole: bool = False) -> tuple[float, float]:
    """The range that shows the values: all of them if ``whole``, or unless a few are far beyond the others."""
    values = values[np.isfinite(values)]
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


def alike(lines: list[Line], most: float = 8.0) -> bool:
    """Whether lines can share an axis: none of them would be flat beside the other."""
    spans = [high - low for low, high in (extent(np.concatenate([y for _, y in line.pieces])) for line in lines)]
    ends = [end for line in lines for end in extent(np.concatenate([y for _, y in line.pieces]))]
    return max(ends) - min(ends) <= most * min(spans)


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


def powers_of_ten(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Ticks of an axis that holds exponents, with the numbers there: powers of ten, and 2 and 5 times them if few."""
    for digits in ((1, 2, 5), (1,)):
        found = [float(f"{digit}e{power}") for power in range(math.floor(low), math.ceil(high)) for digit in digits]
        found = [number for number in (*found, float(f"1e{math.ceil(high)}")) if low <= math.log10(number) <= high]
        if 2 <= len(found) <= most:
            return [(math.log10(number), tick_text(number)) for number in found]
    return [(power, tick_text(10.0**power)) for power in ticks(low, high, most)]


def arrows(field: Contours, columns: int, rows: int) -> list[tuple[float, float, float, float, float]]:
    """Where arrows stand, the gradient there, and their length relative to the longest (by the square root)."""
    across = np.linspace(0, len(field.x) - 1, columns + 2).round().astype(int)[1:-1]
    up = np.linspace(0, len(field.y) - 1, rows + 2).round().astype(int)[1:-1]
    picked = [part[np.ix_(up, across)] for part in field.slopes]
    size = np.hypot(*picked)
    known = size[np.isfinite(size)]
    largest = float(np.quantile(known, 0.95)) if len(known) and known.max() > 0 else 1.0
    found = []
    for j, row in enumerate(up):
        for i, column in enumerate(across):
            if np.isfinite(size[j, i]) and size[j, i] > 1e-12 * largest:
                length = min(1.0, float(np.sqrt(size[j, i] / largest)))
                place = float(field.x[column]), float(field.y[row])
                found.append((*place, float(picked[0][j, i]), float(picked[1][j, i]), length))
    return found


MOST_DIGITS = 16
"""Round numbers have fewer."""


def tick_text(number: float) -> str:
    """A number beside an axis, as short as it can be said exactly; no more than is known of one that is not round."""
    text = f"{number:.6g}"
    if float(text) != number:
        exact = exact_text(number)
        return exact if len(exact) < MOST_DIGITS else found_text(number)
    return text if "e" not in text else text.replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


LEVELS = 10

# For the corners above the level (bit 0 lower left, 1 lower right, 2 upper right, 3 upper left): the edges that the
# line crosses, in pairs; 0 is the lower edge, then right, upper, left. Both saddles are cut the same way everywhere.
CROSSED = {
    1: ((3, 0),), 2: ((0, 1),), 3: ((3, 1),), 4: ((1, 2),), 5: ((3, 2), (0, 1)), 6: ((0, 2),), 7: ((3, 2),),
    8: ((2, 3),), 9: ((2, 0),), 10: ((3, 0), (1, 2)), 11: ((2, 1),), 12: ((1, 3),), 13: ((1, 0),), 14: ((0, 3),),
}  # fmt: skip


def levels(value: Array, count: int = LEVELS) -> list[float]:
    """Levels of two digits, so that about as many points lie between each two of them."""
    known = value[np.isfinite(value)]
    if not len(known) or known.min() == known.max():
        return []
    found = {float(f"{level:.2g}") for level in np.quantile(known, np.linspace(0.04, 0.96, count))}
    return [level for level in sorted(found) if known.min() < level < known.max()]


def segments(x: Array, y: Array, value: Array, level: float) -> npt.NDArray[np.float64]:
    """The pieces of one level line, as rows of x0, y0, x1, y1; cells with a value that is not finite have none."""
    above = value > level
    corners = (value[:-1, :-1], value[:-1, 1:], value[1:, 1:], value[1:, :-1])
    kind = sum(
        (part.astype(int) << bit)
        for bit, part in enumerate((above[:-1, :-1], above[:-1, 1:], above[1:, 1:], above[1:, :-1]))
    )
    kind = np.where(np.all(np.isfinite(corners), axis=0), kind, 0)
    found = [np.zeros((0, 4))]
    for case, pairs in CROSSED.items():
        rows, columns = np.nonzero(kind == case)
        for pair in pairs:
            ends = [crossing(edge, rows, columns, x, y, corners, level) for edge in pair]
            found.append(np.concatenate(ends, axis=1))
    return np.concatenate(found)


def crossing(
    edge: int,
    rows: npt.NDArray[np.intp],
    columns: npt.NDArray[np.intp],
    x: Array,
    y: Array,
    corners: tuple[Array, ...],
    level: float,
) -> Array:
    """Where the level line crosses an edge of cells, by linear interpolation."""
    start, end = corners[edge][rows, columns], corners[(edge + 1) % 4][rows, columns]
    part = (level - start) / (end - start)
    at = {
        0: (columns, rows, columns + 1, rows),
        1: (columns + 1, rows, columns + 1, rows + 1),
        2: (columns + 1, rows + 1, columns, rows + 1),
        3: (columns, rows + 1, columns, rows),
    }[edge]
    x0, y0, x1, y1 = x[at[0]], y[at[1]], x[at[2]], y[at[3]]
    return np.stack([x0 + part * (x1 - x0), y0 + part * (y1 - y0)], axis=1)
