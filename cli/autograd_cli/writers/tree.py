"""A computation graph in a terminal, from the result down to the leaves: a tree of rich beside columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.tree import Tree as RichTree

from autograd_cli.document import FUNCTION, STRONG, Display
from autograd_cli.writers.styled import (
    GAP,
    WIDEST,
    Column,
    Line,
    beside,
    columns_table,
    folded,
    line_columns,
    render,
    stacked,
)
from autograd_core.array_text import LARGE, array_lines, extent, inline
from autograd_core.dataclass import dataclass
from autograd_core.escape import columns, cut, shown, sign
from autograd_core.number_text import Array
from autograd_core.report import Graph, GraphNode, shape_label

MANY_NODES = 200  # graphs with more nodes than this are drawn in part unless everything is asked for
FIRST_NODES = 40  # how many nodes of such a graph are drawn, level by level from the result
_MOST_LEVELS = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the drawing: a node, or a reference to one that is drawn above (``again``).

    ``depth`` is its level in a tree that rich draws; in a deep graph it is 0, and ``lead`` is the drawing before the
    label. ``below`` stands before more lines about the same node.
    """

    node: GraphNode
    again: bool
    depth: int
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

    def grows(number: int) -> bool:
        """Whether rows for inputs will follow the row of this node."""
        return levels is not None and number not in drawn and bool(by_id[number].inputs)

    pending = [(root, "", "", 0)]
    while pending:
        number, under, joint, level = pending.pop()
        spine = sign("● ", ascii) if grows(number) else ""
        again = number in drawn
        drawn.add(number)
        inputs = [] if again else [each for each in by_id[number].inputs if each in heights]
        start = bar if inputs else "  "
        if levels is None:
            yield Row(by_id[number], again, level, "", start)
            pending += [(each, "", "", level + 1) for each in reversed(inputs)]
            continue
        lead = under + joint + spine
        if joint:
            level += 1
            under = sign(f"…{level} ", ascii) if level > levels else under + (bar if joint == tee else "  ")
        yield Row(by_id[number], again, 0, lead, under + start)
        main = max(filter(grows, inputs), key=heights.__getitem__, default=None)
        if main is not None:
            pending.append((main, under, "", level))
            inputs.remove(main)
        for position, each in enumerate(reversed(inputs)):
            pending.append((each, under, tee if position or main is not None else corner, level))


SMALL = 9  # arrays of at most so many entries are shown whole
_TITLES = ["graph", "shape", "value", "gradient"]
_TEXT = 60
_UNLIMITED = 1000
_LEAST_TEXT = 10
_ROOMS = (40, 24, 14, 12)  # columns that a value and a gradient may take, widest first


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
        labels = [_block(row, display) for row in drawing.rows]
        title: list[Line] = [] if drawing.straight else [[("graph", "")]]
        below = [*title, *render(_first_column(drawing, labels), display, WIDEST)]
        lines = below if lines is None or len(below) < len(lines) else lines
    yield from lines
    if drawing.left_out:
        kinds = Counter(node.value.grad_fn or (node.op if node.inputs else "leaf") or "" for node in drawing.left_out)
        named = ", ".join(f"{count} {what}" for what, count in kinds.most_common(4))
        named += f", {len(kinds) - 4} more kinds" if len(kinds) > 4 else ""
        start = sign(f"… {len(drawing.left_out)} of {drawing.count} nodes left out", display.ascii)
        words = f"{start} ({shown(named, ascii=display.ascii)}); --full shows all of them"
        yield from folded([(words, "")], display.width, 2)


def _first_column(drawing: Drawing, labels: Sequence[list[Line]]) -> Column | _Tree:
    """The rows with their labels: a tree of rich, which draws the lines that join them, unless the graph is deep."""
    if drawing.straight:
        return Column(chain.from_iterable(labels))
    path: list[RichTree] = []
    for row, lines in zip(drawing.rows, labels, strict=True):
        del path[row.depth :]
        path.append(path[-1].add(Column(lines)) if path else _Tree(Column(lines), style="", guide_style=""))
    root = path[0]
    assert isinstance(root, _Tree)
    root.columns = max(2 * row.depth + Column(lines).width for row, lines in zip(drawing.rows, labels, strict=True))
    return root


def _in_columns(drawing: Drawing, display: Display) -> list[Line] | None:
    """The drawing with shape, value and gradient in columns, or None where there is no room for that."""
    rows = drawing.rows
    labels = [_label(row, display) for row in rows]
    heads = [2 * row.depth + line_columns(head) for row, (head, _) in zip(rows, labels, strict=True)]
    least = max(head + min(_LEAST_TEXT, *map(columns, texts)) for head, (_, texts) in zip(heads, labels, strict=True))
    for room in _ROOMS:
        cells = [_cells(row, display, room) for row in rows]
        widths = [
            max([len(title), *(line_columns(line) for cell in column for line in cell)])
            for title, column in zip(_TITLES[1:], zip(*cells, strict=True), strict=True)
        ]
        left = _UNLIMITED if display.width is None else display.width - sum(widths) - GAP * len(widths)
        if left >= least:
            break
    else:
        return None
    places: list[list[Line]] = []
    for row, start, (head, texts), cell in zip(rows, heads, labels, cells, strict=True):
        text = fitted(texts, min(_TEXT, left - start), display)
        places.append([[*head, (text, "")], *[[(row.below, "")]] * (max(map(len, cell)) - 1)])
    _, *others = stacked([place, *cell] for place, cell in zip(places, cells, strict=True))
    titles = ["", *_TITLES[1:]] if drawing.straight else _TITLES
    return columns_table(titles, [_first_column(drawing, places), *map(Column, others)], display)


def _cells(row: Row, display: Display, room: int) -> list[list[Line]]:
    """The lines of the shape, the value and the gradient of a row, which a reference has not."""
    data = row.node.value.data
    if row.again:
        return [[[]]] * 3
    return [[[(shape_label(data), "")]], _array(data, display, room), _gradient(row.node, display, room)]


def _block(row: Row, display: Display) -> list[Line]:
    """Everything about a node below its label, for narrow terminals."""
    node, (head, texts) = row.node, _label(row, display)
    below = None if display.width is None else max(display.width - 2 * row.depth - columns(row.below), 1)
    if row.again:
        return [[*head, (fitted(texts, max((below or _TEXT) - line_columns(head) + 2, 0), display), "")]]
    details: list[Line] = []
    if node.inputs or node.value.grad_fn:
        details.append([(fitted([text.strip() for text in texts], below or _TEXT, display), "")])
    else:
        head.append((texts[0], ""))
    shape: Line = [(shape_label(node.value.data), "")]
    if display.width is None or 2 * row.depth + line_columns(head) + 2 + line_columns(shape) <= display.width:
        head += [("  ", ""), *shape]
    else:
        details.append(shape)
    label = "grad " if node.value.requires_grad else ""
    details += beside([("value ", "")], _array(node.value.data, display, below and max(below - 6, 1)), 6)
    details += beside([(label, "")], _gradient(node, display, below and max(below - 5, 1)), len(label))
    return [head, *([(row.below, ""), *line] for line in details if any(text for text, _ in line))]


def _array(array: Array, display: Display, room: int | None, role: str = "") -> list[Line]:
    """An array on one line; on rows where it is small and one line is too short, or where everything is to be shown.

    The range of a large one stands on two lines where one is too short.
    """
    rows = [] if display.full else [inline(array, display, None if array.size <= SMALL else room)]
    if display.full or (array.size <= SMALL and room is not None and len(rows[0]) > room):
        rows = array_lines(array, display, room)
    elif array.size > LARGE and room is not None and len(whole := extent(array, display)) > room:
        ends = whole.split(", ")
        rows = ends if max(map(len, ends)) <= room else rows
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
    node, start = row.node, (row.lead, "")
    texts = [text for text in (node.text, node.step) if text]
    if node.name:
        texts = [*(f"{node.name} = {text}" for text in texts if node.name != node.text), node.name]
    if row.again:
        head = [start, (sign(f"↩ see #{node.id}", display.ascii), "")]
        texts = texts[-1:] if node.name else texts
    elif node.inputs or node.value.grad_fn:
        function = shown(node.value.grad_fn or node.op or "", ascii=display.ascii)
        head = [start, (function, FUNCTION), (f" #{node.id}", "")]
    else:
        kind = "leaf" if node.value.requires_grad else "constant"
        name = shown(node.name or kind, ascii=display.ascii)
        head = [start, (name, STRONG if node.name else ""), (f" #{node.id}", "")]
        texts = ["leaf"] if node.name else []
    return head, [f"  {shown(text, ascii=display.ascii)}" for text in texts] or [""]


def fitted(texts: Sequence[str], room: int, display: Display) -> str:
    """The first text that takes at most ``room`` columns, or the last one, cut."""
    return next((text for text in texts if columns(text) <= room), None) or cut(texts[-1], room, display.ascii)
