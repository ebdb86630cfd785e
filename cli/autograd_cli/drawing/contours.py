"""Level lines of a function given on a grid, by marching squares."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from autograd_cli.drawing.chart import Array

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
