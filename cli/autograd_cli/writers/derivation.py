"""Steps of a derivation in a terminal: labels, formulas, shapes and values in columns."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_cli.document import arrays
from autograd_cli.document.blocks import STRONG, Derivation, Display, Entry, Numbers
from autograd_cli.document.columns import columns, fold
from autograd_cli.document.signs import shown
from autograd_cli.writers.styled import Line, folded

_WIDEST_FORMULA = 44
_LEAST_VALUE = 16


def derivation_lines(block: Derivation, display: Display) -> Iterator[Line]:
    """Each group below its title; values stand below the formulas where the lines are too short."""
    entries = [entry for group in block.groups for entry in group.entries]
    label = max((len(e.label) for e in entries), default=0)
    label += 2 if label else 0
    widths = [columns(_formula(e, display)) for e in entries]
    formula = max((width for width in widths if width <= _WIDEST_FORMULA), default=0)
    shape = max((len(arrays.shape_label(e.value)) for e in entries), default=0)
    start = 2 + label + formula + 2 + shape + 2
    if display.width is not None and display.width - start < _LEAST_VALUE:
        start, formula = 2 + label + 2, 0
    for number, group in enumerate(block.groups):
        if block.apart and number:
            yield []
        if group.title:
            parts: Line = []
            for part in group.title:
                assert not isinstance(part, Numbers)
                parts.append((shown(part.text, ascii=display.ascii, symbol=part.symbol), part.role))
            yield from folded(parts, display.width, 4)
        for entry in group.entries:
            yield from _entry(entry, display, label, formula, shape, start)


def _formula(entry: Entry, display: Display) -> str:
    return shown(entry.formula.text, ascii=display.ascii, symbol=entry.formula.symbol)


def _entry(entry: Entry, display: Display, label: int, formula: int, shape: int, start: int) -> Iterator[Line]:
    room = None if display.width is None else max(display.width - start, 1)
    values = arrays.lines(entry.value, display, room)
    role, text, size = entry.formula.role, _formula(entry, display), arrays.shape_label(entry.value)
    head: Line = [("  " + entry.label.ljust(label), "")]
    blank: Line = [(" " * (2 + label), "")]
    if columns(text) > formula:
        rows = fold(text, None if display.width is None else max(display.width - 2 - label, 1))
        for number, row in enumerate(rows):
            yield [*(blank if number else head), (row, role)]
        head, text = blank, ""
    if formula:
        head = [*head, (text + " " * (formula - columns(text) + 2), role), (size.ljust(shape + 2), "")]
    else:
        head = [*head, ("  ", "")]
        if size != "()":
            values = [size + " " + values[0], *values[1:]] if len(values) == 1 else [size, *values]
    for number, row in enumerate(values):
        yield [*([(" " * start, "")] if number else head), (row, STRONG if role == STRONG else "")]
