"""A computation graph in a terminal, from the result down to the leaves: a tree of rich beside columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.tree import Tree as RichTree

from autograd_cli.document import FUNCTION, STRONG, Display
from autograd_cli.writers.styled import GAP, Column, Line, beside, columns_table, folded, line_columns, render, stacked
from autograd_core.array_text import array_lines, inline
from autograd_core.dataclass import dataclass
from autograd_core.escape import columns, cut, shown, sign
from autograd_core.number_text import Array
from autograd_core.report import Graph, GraphNode, shape_label

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
    reached = [graph.root]  # the nodes that the result depends on, level by level
    seen = set(reached)
    for number in reached:
        new = [each for each in dict.fromkeys(by_id[number].inputs) if each not in seen]
        seen.update(new)
        reached += new
    chosen = reached if display.full or len(reached) <= MANY_NODES else reached[:FIRST_NODES]
    heights = _heights(by_id, set(chosen))
    levels = _MOST_LEVELS if display.width is None else max(3, min(_MOST_LEVELS, display.width // 6))
    straight = heights[graph.root] > levels
    rows = list(_walk(by_id, heights, graph.root, levels if straight else None, display.ascii))
    depth = _heights(by_id, seen)[graph.root]
    return Drawing(rows, depth, straight, len(reached), [by_id[each] for each in reached if each not in heights])


def _heights(by_id: dict[int, GraphNode], numbers: set[int]) -> dict[int, int]:
    """For each of the nodes the length of its longest way down within them."""
    found: dict[int, int] = {}
    for number in sorted(numbers):
        found[number] = 1 + max((found[each] for each in by_id[number].inputs if each in found), default=0)
    return found


def _walk(
    by_id: dict[int, GraphNode], heights: dict[int, int], root: int, levels: int | None, ascii: bool
) -> Iterator[Row]:
    """A walk from the result to the leaves that meets every edge once, every input one step to the right.

    In a deep graph, where ``levels`` are the most steps, the highest input stands below the node that uses it, in the
    same column, and before it the others.
    """
    tee, corner, bar = (sign(each, ascii) for each in ("├─", "└─", "│ "))
    drawn: set[int] = set()

    def grows(place: Place) -> bool:
        """Whether rows for inputs will follow the row of this place."""
        return place[0] in heights and place[0] not in drawn and bool(by_id[place[0]].inputs)

    pending: list[tuple[Place, str, str, int]] = [((root,), "", "", 0)]
    while pending:
        place, under, joint, level = pending.pop()
        spine = sign("● ", ascii) if levels is not None and grows(place) else ""
        kind = "left" if place[0] not in heights else "see" if place[0] in drawn else "node"
        drawn.update(place[:1])
        lead = under + joint + spine
        operands = by_id[place[0]].inputs if kind == "node" else ()
        inputs: list[Place] = [(each,) for each in operands if each in heights]
        if missing := tuple(dict.fromkeys(each for each in operands if each not in heights)):
            inputs.append(missing)  # those that are left out share one
        if joint:
            level += 1
            under += bar if joint == tee else "  "
            if levels is not None and level > levels:
                under = sign(f"…{level} ", ascii)
        yield Row(kind, tuple(by_id[each] for each in place), lead, under + (bar if inputs else "  "))
        high = [each for each in inputs if grows(each)] if levels is not None else []
        main = max(high, key=lambda each: heights[each[0]], default=None)
        if main is not None:
            pending.append((main, under, "", level))
            inputs.remove(main)
        for position, each in enumerate(reversed(inputs)):
            pending.append((each, under, tee if position or main else corner, level))


SMALL = 9
"""Arrays of at most so many entries are shown whole."""

_TITLES = ["graph", "shape", "value", "gradient"]
_TEXT = 60
_LEAST_TEXT = 10
_NUMBERS = 40
_LEAST_NUMBERS = 12


class _Tree(RichTree):
    """A tree whose guides take two columns."""

    ASCII_GUIDES = ("  ", "| ", "|-", "`-")
    TREE_GUIDES = [("  ", "│ ", "├─", "└─")] * 3  # rich's own attribute
    columns = 0

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(self.columns, self.columns)


def tree_lines(graph: Graph, display: Display) -> Iterator[Line]:
    """A row for each node with its grad_fn, number, name or text, shape, value and gradient.

    A node with several users is drawn once; later rows refer to its number.
    """
    drawing = draw(graph, display)
    if drawing.straight:
        spine = sign("●", display.ascii)
        words = f", {drawing.depth} levels deep: each {spine} is an input of the {spine} above it in the same column"
        yield from folded([(f"graph{words}", "")], display.width)
    lines = _in_columns(drawing, display)
    if lines is None or len(lines) > 2 * len(drawing.rows):  # many rows of matrices that are broken in two
        below = list(_in_blocks(drawing, display))
        lines = below if lines is None or len(below) < len(lines) else lines
    yield from lines
    if drawing.left_out:
        kinds = Counter(node.value.grad_fn or (node.op if node.inputs else "leaf") or "" for node in drawing.left_out)
        named = ", ".join(f"{count} {what}" for what, count in kinds.most_common(4))
        named += f", {len(kinds) - 4} more kinds" if len(kinds) > 4 else ""
        start = sign(f"… {len(drawing.left_out)} of {drawing.count} nodes left out", display.ascii)
        words = f"{start} ({shown(named, ascii=display.ascii)}); --full shows all of them"
        yield from folded([(words, "")], display.width, 2)


def _in_columns(drawing: Drawing, display: Display) -> list[Line] | None:
    """The drawing with shape, value and gradient in columns, or None where there is no room for that."""
    rows = drawing.rows
    labels = [_label(row, display) for row in rows]
    left = max(line_columns(head) + columns(fitted(texts, _TEXT, display)) for head, texts in labels)
    cells, (shape, value, gradient) = _numbers(rows, display, _NUMBERS, _NUMBERS)
    if display.width is not None:
        room = display.width - 3 * GAP - shape
        share = room - max(line_columns(head) + min(*map(columns, texts), _LEAST_TEXT) for head, texts in labels)
        if value + gradient > share:
            value_room = max(share // 2, share - gradient)
            gradient_room = share - min(value, value_room)
            if min(value_room, gradient_room) < _LEAST_NUMBERS:
                return None
            cells, (_, value, gradient) = _numbers(rows, display, value_room, gradient_room)
            if value + gradient > share:
                return None
        left = min(left, room - value - gradient)
    places: list[list[Line]] = []
    for row, (head, texts), cell in zip(rows, labels, cells, strict=True):
        text = fitted(texts, min(_TEXT, left - line_columns(head)), display)
        places.append([[*head, (text, "")], *[[(row.below, "")]] * (max(map(len, cell)) - 1)])
    first, *others = stacked([place, *cell] for place, cell in zip(places, cells, strict=True))
    tree = Column(first) if drawing.straight else _tree(rows, places)
    titles = ["", *_TITLES[1:]] if drawing.straight else _TITLES
    return columns_table(titles, [tree, *map(Column, others)], display)


def _numbers(rows: Sequence[Row], display: Display, *rooms: int) -> tuple[list[list[list[Line]]], list[int]]:
    """The lines of the shape, the value and the gradient of each row, and the widths of these columns."""
    cells: list[list[list[Line]]] = []
    for row in rows:
        node = row.nodes[0]
        value, gradient = _array(node.value.data, display, rooms[0]), _gradient(node, display, rooms[1])
        cells.append([[[(shape_label(node.value.data), "")]], value, gradient] if row.kind == "node" else [[[]]] * 3)
    columns = ((line for lines in column for line in lines) for column in zip(*cells, strict=True))
    titles = map(len, _TITLES[1:])
    return cells, [max([title, *map(line_columns, lines)]) for title, lines in zip(titles, columns, strict=True)]


def _tree(rows: Sequence[Row], labels: Sequence[list[Line]]) -> _Tree:
    """The rows as a tree of rich, which draws the lines that join them; labels begin with a drawing of their own."""
    path: list[RichTree] = []
    width = 0
    for row, lines in zip(rows, labels, strict=True):
        count = len(row.lead)
        label = Column([[(text[count:], role), *others] for (text, role), *others in lines])
        width = max(width, count + label.width)
        del path[count // 2 :]
        path.append(path[-1].add(label) if path else _Tree(label, style="", guide_style=""))
    root = path[0]
    assert isinstance(root, _Tree)
    root.columns = width
    return root


def _in_blocks(drawing: Drawing, display: Display) -> Iterator[Line]:
    """The drawing with shape, value and gradient on lines below each label, for narrow terminals."""
    labels = [_block(row, display) for row in drawing.rows]
    if not drawing.straight:
        yield [("graph", "")]
        tree = _tree(drawing.rows, labels)
        yield from render(tree, display, tree.columns + 1)
    else:
        yield from (line for lines in labels for line in lines)


def _block(row: Row, display: Display) -> list[Line]:
    """Everything about a node below its label."""
    head, texts = _label(row, display)
    if row.kind != "node":
        room = max((display.width or _TEXT) - line_columns(head), 0)
        return [[*head, (fitted(texts, room, display), "")]]
    node = row.nodes[0]
    below = None if display.width is None else max(display.width - columns(row.below), 1)
    details: list[Line] = []
    if node.inputs or node.value.grad_fn:
        details.append([(fitted([text.strip() for text in texts], below or _TEXT, display), "")])
    else:
        head.append((texts[0], ""))
    shape: Line = [(shape_label(node.value.data), "")]
    if display.width is None or line_columns(head) + 2 + line_columns(shape) <= display.width:
        head += [("  ", ""), *shape]
    else:
        details.append(shape)
    value = _array(node.value.data, display, below and max(below - 6, 1))
    gradient = _gradient(node, display, below and max(below - 5, 1))
    label = "grad " if node.value.requires_grad else ""
    details += beside([("value ", "")], value, 6)
    details += beside([(label, "")], gradient, len(label))
    return [head, *([(row.below, ""), *line] for line in details if any(text for text, _ in line))]


def _array(array: Array, display: Display, room: int | None, role: str = "") -> list[Line]:
    """An array on one line; on rows where it is small and one line is too short, or where everything is to be shown."""
    rows = [] if display.full else [inline(array, display, None if array.size <= SMALL else room)]
    if display.full or (array.size <= SMALL and room is not None and len(rows[0]) > room):
        rows = array_lines(array, display, room)
    return [[(row, role)] for row in rows]


def _gradient(node: GraphNode, display: Display, room: int | None) -> list[Line]:
    """The gradient of a node; that of an input stands out."""
    if node.grad is not None:
        return _array(node.grad, display, room, "" if node.inputs else STRONG)
    return [[(sign("–", display.ascii) if node.value.requires_grad else "no grad", "")]]


def _label(row: Row, display: Display) -> tuple[Line, list[str]]:
    """What is never cut, and what else a row may say, longest first.

    The one is the drawing, the grad_fn or the name of a leaf, and the number; the other the whole sub-expression, its
    own step with numbers of nodes, its name.
    """
    node, start = row.nodes[0], (row.lead, "")
    name = shown(node.name or "", ascii=display.ascii)
    texts = [text for text in (node.text, node.step) if text]
    if node.name:
        texts = [*(f"{node.name} = {text}" for text in texts if node.name != node.text), node.name]
    if row.kind == "left":
        named = ", ".join(f"#{each.id}" for each in row.nodes)
        words = named if len(row.nodes) < 4 else f"{len(row.nodes)} inputs"
        return [start, (sign("…", display.ascii), "")], [f" left out: {words}"]
    if row.kind == "see":
        head = [start, (sign(f"↩ see #{node.id}", display.ascii), "")]
        texts = texts[-1:] if node.name else texts
    elif node.inputs or node.value.grad_fn:
        function = shown(node.value.grad_fn or node.op or "", ascii=display.ascii)
        head = [start, (function, FUNCTION), (f" #{node.id}", "")]
    else:
        name = name or ("leaf" if node.value.requires_grad else "constant")
        head = [start, (name, STRONG if node.name else ""), (f" #{node.id}", "")]
        texts = ["leaf"] if node.name else []
    return head, [f"  {shown(text, ascii=display.ascii)}" for text in texts] or [""]


def fitted(texts: Sequence[str], room: int, display: Display) -> str:
    """The first text that takes at most ``room`` columns, or the last one, cut."""
    return next((text for text in texts if columns(text) <= room), None) or cut(texts[-1], room, display.ascii)
