"""Matrices whose entries are matrices, vectors and numbers: ``[A B; C D]``, a rotation beside a translation."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_core.expr.reader.item import Item, MisfitError, around, call, described, listed, suffixed
from autograd_core.ops.spec import Shape


def block_matrix(lines: Sequence[Sequence[Item]]) -> Item | None:
    """The array of blocks in lines of one length; None where all of them are numbers, or none of this kind.

    A vector is a column, or a row where it was transposed or nothing else fits; a 0 is as large as its place.
    Numbers and vectors one below the other are a vector. Raises MisfitError for blocks that do not fit.
    """
    places = [(row, column, item) for row, line in enumerate(lines) for column, item in enumerate(line)]
    blocks = [item for *_, item in places]
    if all(item.scalar for item in blocks) or any(item.labels or item.rank > 2 for item in blocks):
        return None
    heights: dict[int, int] = {}
    widths: dict[int, int] = {}
    shapes: dict[tuple[int, int], Shape] = {}
    for row, column, item in sorted(places, key=lambda place: _freedom(place[2])):
        height, width = heights.get(row), widths.get(column)
        choices = _shapes(item, height or 1, width or 1)
        fitting = [(n, m) for n, m in choices if height in (None, n) and width in (None, m)]
        if item.placed and height is None is width:
            raise MisfitError("the size of this block is not known", span=item.span, hint="eye(3), ones(3)")
        if not fitting:
            size = f"{height or choices[0][0]} by {width or choices[0][1]}"
            raise MisfitError(f"this block of a matrix should be {size}: {described(item)}", span=item.span)
        heights[row], widths[column] = shapes[row, column] = fitting[0]
    shape = sum(heights.values()), sum(widths.values())
    if 1 in (len(lines), len(lines[0])) and 1 in shape and all(item.rank < 2 for item in blocks):
        return call("hstack", [Item((), listed("[", blocks, "]"))], (max(shape),), row=shape[1] > 1)
    rows = [
        _joined("hstack", [_as_matrix(item, shapes[row, column]) for column, item in enumerate(line)])
        for row, line in enumerate(lines)
    ]
    made = _joined("vstack", rows)
    return Item(shape, [made], span=around(blocks))


def _freedom(item: Item) -> int:
    """How much the place of a block decides: nothing of a matrix, the way of a vector, the size of I and 0."""
    return 3 if item.text() == "0" else 2 if item.placed else int(item.rank == 1 and not item.scalar)


def _shapes(item: Item, height: int, width: int) -> list[tuple[int, int]]:
    if item.text() == "0":
        return [(height, width)]
    if item.scalar:
        return [(1, 1)]
    if item.rank == 2:
        return [(item.shape[0], item.shape[1])]
    ways = [(item.shape[0], 1), (1, item.shape[0])]
    return ways[::-1] if item.row else ways


def _as_matrix(item: Item, shape: Shape) -> Item:
    """A block with two axes."""
    if item.rank == 2:
        return item
    if item.text() == "0":
        return call("zeros", [f"({shape[0]}, {shape[1]})"], shape)
    if item.scalar:
        item = call("stack", [Item((), listed("[", [item], "]"))])
    return suffixed(item, "[:, None]" if shape[1] == 1 else "[None, :]", shape)


def _joined(function: str, parts: Sequence[Item]) -> Item:
    return parts[0] if len(parts) == 1 else call(function, [Item((), listed("[", parts, "]"))])
