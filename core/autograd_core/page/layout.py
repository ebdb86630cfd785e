"""Places for the boxes of a graph: in layers, with few crossings, each near what it is joined to."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import count, pairwise

from autograd_core.dataclass import dataclass

LAYER_GAP = 46.0
BOX_GAP = 26.0
_LINE = 12.0
_SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Layout:
    """The middle of each box, the points that each edge runs through between its ends, and the size of the whole."""

    centers: dict[int, tuple[float, float]]
    bends: list[list[tuple[float, float, float]]]
    width: float
    height: float


def place(edges: Sequence[tuple[int, int]], sizes: Mapping[int, tuple[float, float]]) -> Layout:
    """Place boxes of given ``sizes``, by their numbers; operands come before what uses them, in ``edges`` too.

    A bend is ``(x, top, bottom)``: the edge runs straight down from top to bottom at x.
    """
    depth, widths = dict.fromkeys(sizes, 0), {n: w for n, (w, _) in sizes.items()}
    for start, end in reversed(edges):  # the longest way to the result
        depth[start] = max(depth[start], depth[end] + 1)
    chains, places = [], count(-1, -1)
    for start, end in edges:  # where it passes a layer there is a place, with a number below 0, for its line
        levels = {next(places): level for level in range(depth[start] - 1, depth[end], -1)}
        depth |= levels
        widths |= dict.fromkeys(levels, _LINE)
        chains.append([start, *levels, end])
    layers: list[list[int]] = [[] for _ in range(max(depth.values()) + 1)]
    for number, level in depth.items():
        layers[level].append(number)
    above: dict[int, list[int]] = {n: [] for n in widths}
    below: dict[int, list[int]] = {n: [] for n in widths}
    for chain in chains:
        for upper, lower in pairwise(chain):
            above[lower].append(upper)
            below[upper].append(lower)
    _order(layers, above, below)
    x = _columns(layers, above, below, widths)
    left = min(x[n] - widths[n] / 2 for n in x)
    tops, heights, top = {}, {}, 0.0
    for level in reversed(range(len(layers))):
        heights[level] = max((sizes[n][1] for n in layers[level] if n in sizes), default=0.0)
        tops[level] = top
        top += heights[level] + LAYER_GAP
    centers = {n: (x[n] - left, tops[depth[n]] + heights[depth[n]] / 2) for n in sizes}
    bends = [
        [(x[n] - left, tops[depth[n]], tops[depth[n]] + heights[depth[n]]) for n in chain[1:-1]] for chain in chains
    ]
    return Layout(centers, bends, max(x[n] + widths[n] / 2 for n in x) - left, top - LAYER_GAP)


def _order(layers: list[list[int]], above: Mapping[int, list[int]], below: Mapping[int, list[int]]) -> None:
    """Order each layer by the middle of the neighbours, forth and back; the order with the fewest crossings is kept."""
    place = {n: float(i) for layer in layers for i, n in enumerate(layer)}
    best, fewest = [list(layer) for layer in layers], _crossings(layers, below, place)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        neighbours = below if down else above
        for layer in layers if down else reversed(layers):
            middle = {n: _mean([place[m] for m in neighbours[n]], place[n]) for n in layer}
            layer.sort(key=middle.__getitem__)
            place.update((n, float(i)) for i, n in enumerate(layer))
        crossings = _crossings(layers, below, place)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    layers[:] = best


def _crossings(layers: list[list[int]], below: Mapping[int, list[int]], place: Mapping[int, float]) -> int:
    """How many pairs of lines cross."""
    found = 0
    for layer in layers:
        seen: list[float] = []
        for n in layer:
            ends = sorted(place[m] for m in below[n])
            for end in ends:
                found += len(seen) - bisect_right(seen, end)
            for end in ends:
                insort(seen, end)
    return found


def _columns(
    layers: list[list[int]], above: Mapping[int, list[int]], below: Mapping[int, list[int]], widths: Mapping[int, float]
) -> dict[int, float]:
    """The middle of everything: as near to its neighbours as the others in its layer allow."""
    x: dict[int, float] = {}
    for layer in layers:
        at = -sum(widths[n] + BOX_GAP for n in layer) / 2
        for n in layer:
            x[n] = at + widths[n] / 2
            at += widths[n] + BOX_GAP
    for sweep in range(2 * _SWEEPS):
        down, late = sweep % 2 == 0, sweep >= _SWEEPS  # in the end both sides count
        sides = [below, above] if late else [below if down else above]
        for layer in layers if down else reversed(layers):
            wanted = [_mean([x[m] for side in sides for m in side[n]], x[n]) for n in layer]
            x.update(zip(layer, _apart(wanted, [widths[n] for n in layer]), strict=True))
    return x


def _apart(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones at which boxes in this order do not overlap (least squares)."""
    offset = [0.0]
    for left, right in pairwise(widths):
        offset.append(offset[-1] + left / 2 + right / 2 + BOX_GAP)
    groups: list[tuple[float, int]] = []
    for want, shift in zip(wanted, offset, strict=True):
        total, count = want - shift, 1
        while groups and groups[-1][0] / groups[-1][1] > total / count:
            before, many = groups.pop()
            total, count = total + before, count + many
        groups.append((total, count))
    means = [total / count for total, count in groups for _ in range(count)]
    return [mean + shift for mean, shift in zip(means, offset, strict=True)]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
