"""The computation graph from the result down to the leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from autograd_cli.columns import columns
from autograd_cli.render.arrays import inline, shape_label
from autograd_cli.render.grid import GAP, Grid
from autograd_cli.render.ink import FUNCTION, STRONG, Line, clean, cut, folded, glyphs, line_columns
from autograd_cli.render.view import View
from autograd_cli.render.walk import Drawing, Row, draw
from autograd_core.report import Graph, GraphNode

_TEXT = 60
_LEAST_TEXT = 10
_NUMBERS = 40
_LEAST_NUMBERS = 12


def tree_lines(graph: Graph, view: View) -> Iterator[Line]:
    """A row for each node with its grad_fn, number, name or text, shape, value and gradient.

    A node with several users is drawn once; later rows refer to its number.
    """
    drawing = draw(graph, view)
    if drawing.straight:
        spine = glyphs(view).spine
        words = f", {drawing.depth} levels deep: each {spine} is an input of the {spine} above it in the same column"
        yield from folded([(f"graph{words}", "")], view.width)
    yield from _in_columns(drawing, view) or _in_blocks(drawing, view)
    if drawing.left_out:
        yield from folded([(_left_out(drawing, view), "")], view.width, 2)


def _in_columns(drawing: Drawing, view: View) -> list[Line] | None:
    """The drawing with shape, value and gradient in columns, or None where there is no room for that."""
    nodes = [row.nodes[0] for row in drawing.rows if row.kind == "node"]
    shapes = {node.id: shape_label(node.value.data) for node in nodes}
    values = {node.id: inline(node.value.data, view, _NUMBERS) for node in nodes}
    gradients = {node.id: _gradient(node, view, _NUMBERS) for node in nodes}
    labels = [(_head(row, view), _texts(row, view)) for row in drawing.rows]
    value_width = max(map(columns, ["value", *values.values()]))
    gradient_width = max(map(columns, ["gradient", *gradients.values()]))
    left = max(line_columns(head) + columns(fitted(texts, _TEXT, view)) for head, texts in labels)
    if view.width is not None:
        room = view.width - 3 * GAP - max(map(columns, ["shape", *shapes.values()]))
        least = max(line_columns(head) + min(*map(columns, texts), _LEAST_TEXT) for head, texts in labels)
        share = room - least
        if value_width + gradient_width > share:
            value_room = max(share // 2, share - gradient_width)
            gradient_room = share - min(value_width, value_room)
            if min(value_room, gradient_room) < _LEAST_NUMBERS:
                return None
            values = {node.id: inline(node.value.data, view, value_room) for node in nodes}
            gradients = {node.id: _gradient(node, view, gradient_room) for node in nodes}
            value_width = max(map(columns, ["value", *values.values()]))
            gradient_width = max(map(columns, ["gradient", *gradients.values()]))
            if value_width + gradient_width > share:
                return None
        left = min(left, room - value_width - gradient_width)
    grid = Grid(["" if drawing.straight else "graph", "shape", "value", "gradient"])
    for row, (head, texts) in zip(drawing.rows, labels, strict=True):
        label = [*head, (fitted(texts, min(_TEXT, left - line_columns(head)), view), "")]
        cells: list[list[Line]] = [[label], [[]], [[]], [[]]]
        if row.kind == "node":
            number = row.nodes[0].id
            cells[1:] = [
                [[(shapes[number], "")]],
                [[(values[number], "")]],
                [[(gradients[number], _weight(row.nodes[0]))]],
            ]
        grid.rows.append(cells)
    return grid.lines(view)


def _in_blocks(drawing: Drawing, view: View) -> Iterator[Line]:
    """The drawing with shape, value and gradient on lines below each label, for narrow terminals."""
    if not drawing.straight:
        yield [("graph", "")]
    for row in drawing.rows:
        head, texts = _head(row, view), _texts(row, view)
        if row.kind != "node":
            yield [*head, (fitted(texts, max((view.width or _TEXT) - line_columns(head), 0), view), "")]
            continue
        node = row.nodes[0]
        room = None if view.width is None else max(view.width - columns(row.below), 1)
        details: list[Line] = []
        if node.inputs or node.value.grad_fn:
            details.append([(fitted([text.strip() for text in texts], room or _TEXT, view), "")])
        else:
            head.append((texts[0], ""))
        shape: Line = [(shape_label(node.value.data), "")]
        if view.width is None or line_columns(head) + 2 + line_columns(shape) <= view.width:
            head += [("  ", ""), *shape]
        else:
            details.append(shape)
        details.append([("value ", ""), (inline(node.value.data, view, room and max(room - 6, 1)), "")])
        gradient = (_gradient(node, view, room and max(room - 5, 1)), _weight(node))
        details.append([("grad " if node.value.requires_grad else "", ""), gradient])
        yield head
        yield from ([(row.below, ""), *line] for line in details if any(text for text, _ in line))


def _head(row: Row, view: View) -> Line:
    """What is never cut: the drawing, the grad_fn or the name of a leaf, and the number."""
    if row.kind == "left":
        return [(row.lead, ""), (glyphs(view).gap, "")]
    node = row.nodes[0]
    if row.kind == "see":
        return [(f"{row.lead}{glyphs(view).see} see #{node.id}", "")]
    if node.inputs or node.value.grad_fn:
        return [(row.lead, ""), (clean(node.value.grad_fn or node.op or "", view), FUNCTION), (f" #{node.id}", "")]
    name = clean(node.name, view) if node.name else "leaf" if node.value.requires_grad else "constant"
    return [(row.lead, ""), (name, STRONG if node.name else ""), (f" #{node.id}", "")]


def _texts(row: Row, view: View) -> list[str]:
    """What a row may say, longest first: the whole sub-expression, its own step with numbers of nodes, its name."""
    if row.kind == "left":
        named = ", ".join(f"#{node.id}" for node in row.nodes[:3])
        return [f" left out: {named}" if len(row.nodes) < 4 else f" left out: {len(row.nodes)} inputs"]
    node = row.nodes[0]
    if row.kind == "node" and not node.inputs and not node.value.grad_fn:
        return ["  leaf" if node.name else ""]
    if node.name and (row.kind == "see" or node.name == node.text):
        return [f"  {clean(node.name, view)}"]
    texts = [text for text in (node.text, node.step) if text]
    if node.name:
        texts = [*(f"{node.name} = {text}" for text in texts), node.name]
    return [f"  {clean(text, view)}" for text in texts] or [""]


def fitted(texts: Sequence[str], room: int, view: View) -> str:
    """The first text that takes at most ``room`` columns, or the last one, cut."""
    return next((text for text in texts if columns(text) <= room), None) or cut(texts[-1], room, view)


def _gradient(node: GraphNode, view: View, room: int | None) -> str:
    if node.grad is not None:
        return inline(node.grad, view, room)
    return glyphs(view).dash if node.value.requires_grad else "no grad"


def _weight(node: GraphNode) -> str:
    """The gradients of the inputs stand out: they are what was asked for."""
    return "" if node.inputs or node.grad is None else STRONG


def _left_out(drawing: Drawing, view: View) -> str:
    """How much is not drawn: ``… 9940 of 10000 nodes left out (4970 MulBackward0, 4970 AddBackward0); --full ...``."""
    kinds = Counter(node.value.grad_fn or (node.op if node.inputs else "leaf") or "" for node in drawing.left_out)
    named = ", ".join(f"{count} {what}" for what, count in kinds.most_common(4))
    more = f", {len(kinds) - 4} more kinds" if len(kinds) > 4 else ""
    start = f"{glyphs(view).gap} {len(drawing.left_out)} of {drawing.count} nodes left out"
    return f"{start} ({clean(named + more, view)}); --full shows all of them"
