"""The report for people: the expression, its value, a row for each input, the verdict, the graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from autograd_cli.columns import columns, fold
from autograd_cli.render import arrays
from autograd_cli.render.grid import Cell, Grid
from autograd_cli.render.heading import heading, value_room
from autograd_cli.render.ink import FORMULA, STRONG, Line, clean, folded, glyphs, paint, spaced
from autograd_cli.render.tree import tree_lines
from autograd_cli.render.verdict import check_cell, check_words, verdict_lines
from autograd_cli.render.view import View
from autograd_core.report import Report, Variable

_UNLIMITED_TABLE = 160
_NARROW = 40


def write_table(report: Report, view: View, stream: TextIO) -> None:
    """Write everything a person wants to see, in the layout that fits the width."""
    paint(table_lines(report, view), view, stream)


def table_lines(report: Report, view: View) -> Iterator[Line]:
    """The styled lines of the whole report."""
    formulas = view.formula and any(each.formula is not None for each in report.variables)
    parts: list[Iterable[Line]] = [_head(report, view), _inputs(report, formulas, view)]
    if formulas:
        parts.append(_missing_formulas(report, view))
    parts.append(each for line in verdict_lines(report, view) for each in folded(line, view.width, 2))
    if report.jacobian is not None:
        from autograd_cli.render.jacobian import jacobian_lines

        parts.append(jacobian_lines(report, view))
    if report.graph is not None and view.tree:
        parts.append(tree_lines(report.graph, view))
    if report.steps is not None:
        from autograd_cli.render.steps import step_lines

        parts.append(step_lines(report.steps, view))
    yield from spaced(parts)


def _head(report: Report, view: View) -> Iterator[Line]:
    """The expression and its value, on one line if that is easy to read; then what was propagated back."""
    value = arrays.lines(report.result.data, view, value_room(view))
    yield from heading(report.expression, value, view)
    several = len(report.grad_tensors) > 1
    if several:
        yield from folded([(f"{len(report.grad_tensors)} grad tensors, one backward for each:", "")], view.width)
    if several or any(each is not None for each in report.grad_tensors):
        name = report.names[1]
        for turn, tensor in enumerate(report.grad_tensors, 1):
            start = f"{turn}. {name} = " if several else f"{name} = "
            room = None if view.width is None else view.width - len(start)
            rows = ["1"] if tensor is None else arrays.lines(tensor, view, room)
            for number, row in enumerate(rows):
                yield [(start if number == 0 else " " * len(start), ""), (row, "")]


def _inputs(report: Report, formulas: bool, view: View) -> list[Line]:
    """The inputs in the first layout that fits: a table, a table with the formulas below it, a block for each."""
    if not report.variables:
        return [[("no inputs", "")]]
    limit = _UNLIMITED_TABLE if view.width is None else view.width
    rows = [_cells(each, view) for each in report.variables]
    if formulas:
        grid = Grid(["input", "shape", "value", "gradient", "formula", "check"])
        for variable, row in zip(report.variables, rows, strict=True):
            grid.rows.append([*row[:4], [[(_formula(variable, view), FORMULA)]], row[4]])
        if grid.width() <= limit:
            return grid.lines(view)
    grid = Grid(["input", "shape", "value", "gradient", "check"], rows)
    if grid.width() <= limit:
        return [*grid.lines(view), *(_formula_block(report, view) if formulas else [])]
    return list(_stacked(report, formulas, view))


def _cells(variable: Variable, view: View) -> list[Cell]:
    name = clean(variable.name, view)
    value = [[(row, "")] for row in arrays.lines(variable.value.data, view)]
    shape = arrays.shape_label(variable.value.data)
    return [[[(name, STRONG)]], [[(shape, "")]], value, _gradient(variable, view), [check_cell(variable.check, view)]]


def _gradient(variable: Variable, view: View, room: int | None = None) -> Cell:
    if variable.grad is not None:
        return [[(row, STRONG)] for row in arrays.lines(variable.grad, view, room)]
    return [[(glyphs(view).dash if variable.value.requires_grad else "no grad", "")]]


def _formula(variable: Variable, view: View) -> str:
    return glyphs(view).dash if variable.formula is None else clean(variable.formula, view)


def _formula_block(report: Report, view: View) -> Iterator[Line]:
    """The formulas one below the other, for a table that has no room for them."""
    yield []
    yield [("gradient as a formula", "")]
    named = [(clean(each.name, view), each) for each in report.variables if each.formula is not None]
    indent = max(columns(name) for name, _ in named) + 2
    for name, variable in named:
        rows = fold(_formula(variable, view), None if view.width is None else view.width - indent)
        for number, row in enumerate(rows):
            label = name if number == 0 else ""
            yield [(label, STRONG), (" " * (indent - columns(label)), ""), (row, FORMULA)]


def _stacked(report: Report, formulas: bool, view: View) -> Iterator[Line]:
    """A block for each input, for long values and narrow terminals."""
    narrow = view.width is not None and view.width < _NARROW
    indent = 2 if narrow else 12
    room = None if view.width is None else max(view.width - indent, 1)
    for number, variable in enumerate(report.variables):
        if number:
            yield []
        yield [(clean(variable.name, view), STRONG), (f"  {arrays.shape_label(variable.value.data)}", "")]
        parts: list[tuple[str, Cell]] = [
            ("value", [[(row, "")] for row in arrays.lines(variable.value.data, view, room)]),
            ("gradient", _gradient(variable, view, room)),
        ]
        if formulas:
            parts.append(("formula", [[(row, FORMULA)] for row in fold(_formula(variable, view), room)]))
        parts.append(("check", folded(check_words(variable.check, view), room)))
        for label, cell in parts:
            if narrow:
                yield [(label, "")]
            for place, line in enumerate(cell):
                start = f"  {label}" if place == 0 and not narrow else ""
                yield [(start.ljust(indent), ""), *line]


def _missing_formulas(report: Report, view: View) -> Iterator[Line]:
    """Why some inputs have no formula, each reason once."""
    named: dict[str, list[str]] = {}
    for variable in report.variables:
        if variable.formula is None and variable.formula_reason:
            named.setdefault(variable.formula_reason, []).append(clean(variable.name, view))
    for reason, names in named.items():
        line = f"no formula for {', '.join(names)}: {clean(reason, view)}"
        yield from folded([(line, "")], view.width, 2)
