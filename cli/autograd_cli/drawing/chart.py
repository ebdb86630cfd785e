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
    ends = np.array([extent(np.concatenate([y for _, y in line.pieces])) for line in lines])
    return bool(np.ptp(ends) <= most * np.ptp(ends, axis=1).min())


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


def levels(value: Array, count: int = LEVELS) -> list[float]:
    """Levels of two digits, so that about as many points lie between each two of them."""
    known = value[np.isfinite(value)]
    if not len(known) or known.min() == known.max():
        return []
    found = {float(f"{level:.2g}") for level in np.quantile(known, np.linspace(0.04, 0.96, count))}
    return [level for level in sorted(found) if known.min() < level < known.max()]


def segments(x: Array, y: Array, value: Array, level: float) -> Array:
    """The pieces of one level line, as rows of x0, y0, x1, y1; cells with a value that is not finite have none.

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
    found: Array = (starts + part[:, None] * (ends - starts))[:, :2].reshape(-1, 4)
    return found
