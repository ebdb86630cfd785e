"""The order in which a graph is drawn, and the lines that join its nodes. Iterative, and linear in the edges."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_cli.document.blocks import Display
from autograd_cli.document.signs import Signs, signs
from autograd_core.dataclass import dataclass
from autograd_core.report import Graph, GraphNode

MANY_NODES = 200
"""Graphs with more nodes than this are drawn in part unless everything is asked for."""

FIRST_NODES = 40
"""How many nodes of such a graph are drawn, level by level from the result."""

_MOST_LEVELS = 12

Place = tuple[int, ...]
"""What one row stands for: the id of a node, or the ids of inputs that are left out."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the drawing: ``kind`` is node, see (drawn before) or left (not drawn at all).

    ``lead`` is the drawing before the label, ``below`` the drawing before more lines about the same node.
    """

    kind: str
    nodes: tuple[GraphNode, ...]
    lead: str
    below: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The rows from the result down to the leaves; how many nodes there are, and which of them have no row."""

    rows: list[Row]
    depth: int
    straight: bool
    count: int
    left_out: list[GraphNode]


def draw(graph: Graph, display: Display) -> Drawing:
    """Place the nodes. A deep graph keeps its longest way to a leaf in one column instead of moving right."""
    by_id = {node.id: node for node in graph.nodes}
    reached = _by_level(by_id, graph.root)
    chosen = reached if display.full or len(reached) <= MANY_NODES else reached[:FIRST_NODES]
    shown = set(chosen)
    heights = _heights(by_id, shown)
    levels = _MOST_LEVELS if display.width is None else max(3, min(_MOST_LEVELS, display.width // 6))
    straight = heights[graph.root] > levels
    walk = _Walk(by_id, heights, signs(display.ascii), levels)
    rows = list(walk.straight(graph.root) if straight else walk.nested(graph.root))
    left_out = [by_id[number] for number in reached if number not in shown]
    depth = _heights(by_id, set(reached))[graph.root] if left_out else heights[graph.root]
    return Drawing(rows, depth, straight, len(reached), left_out)


def _heights(by_id: dict[int, GraphNode], numbers: set[int]) -> dict[int, int]:
    """For each of the nodes the length of its longest way down within them."""
    found: dict[int, int] = {}
    for number in sorted(numbers):
        found[number] = 1 + max((found[each] for each in by_id[number].inputs if each in found), default=0)
    return found


def _by_level(by_id: dict[int, GraphNode], root: int) -> list[int]:
    """The nodes the result depends on, level by level."""
    found, seen = [root], {root}
    for number in found:
        for each in by_id[number].inputs:
            if each not in seen:
                seen.add(each)
                found.append(each)
    return found


class _Walk:
    """A walk from the result to the leaves that meets every edge once."""

    def __init__(self, by_id: dict[int, GraphNode], heights: dict[int, int], signs: Signs, levels: int) -> None:
        self.by_id = by_id
        self.heights = heights
        self.signs = signs
        self.levels = levels
        self.drawn: set[int] = set()

    def nested(self, root: int) -> Iterator[Row]:
        """Every input one step to the right of the node that uses it."""
        tee, corner, bar, blank = self.signs.tee, self.signs.corner, self.signs.bar, "  "
        pending: list[tuple[Place, str, str]] = [((root,), "", "")]
        while pending:
            place, lead, under = pending.pop()
            kind, inputs = self._enter(place)
            yield self._row(kind, place, lead, under + (bar if inputs else blank))
            for position, each in enumerate(reversed(inputs)):
                pending.append((each, under + (tee if position else corner), under + (bar if position else blank)))

    def straight(self, root: int) -> Iterator[Row]:
        """The highest input below the node that uses it, in the same column; before it the others, one step right."""
        tee, corner, bar = self.signs.tee, self.signs.corner, self.signs.bar
        pending: list[tuple[Place, str, str, int]] = [((root,), "", "", 0)]
        while pending:
            place, under, joint, level = pending.pop()
            grows = self._grows(place)
            kind, inputs = self._enter(place)
            lead = under + joint + (f"{self.signs.spine} " if grows else "")
            if joint:
                level += 1
                under += bar if joint == tee else "  "
                if level > self.levels:
                    under = f"{self.signs.gap}{level} "
            yield self._row(kind, place, lead, under + (bar if inputs else "  "))
            main = max(filter(self._grows, inputs), key=lambda each: self.heights[each[0]], default=None)
            if main is not None:
                pending.append((main, under, "", level))
                inputs.remove(main)
            for position, each in enumerate(reversed(inputs)):
                pending.append((each, under, tee if position or main else corner, level))

    def _grows(self, place: Place) -> bool:
        """Whether rows for inputs will follow the row of this place."""
        return place[0] in self.heights and place[0] not in self.drawn and bool(self.by_id[place[0]].inputs)

    def _enter(self, place: Place) -> tuple[str, list[Place]]:
        """The kind of row this is, and the places of its inputs; those that are left out share one."""
        if place[0] not in self.heights:
            return "left", []
        if place[0] in self.drawn:
            return "see", []
        self.drawn.add(place[0])
        inputs = self.by_id[place[0]].inputs
        found: list[Place] = [(each,) for each in inputs if each in self.heights]
        missing = tuple(dict.fromkeys(each for each in inputs if each not in self.heights))
        return "node", [*found, missing] if missing else found

    def _row(self, kind: str, place: Place, lead: str, below: str) -> Row:
        return Row(kind, tuple(self.by_id[each] for each in place), lead, below)
