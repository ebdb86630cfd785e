"""Derivatives of higher orders in every form: a row each, from the first to the one that was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any, TextIO

from autograd_cli.columns import columns, fold
from autograd_cli.render import arrays, mathematics
from autograd_cli.render.grid import Grid
from autograd_cli.render.heading import heading
from autograd_cli.render.ink import FORMULA, STRONG, Line, clean, folded, glyphs, paint, write_lines
from autograd_cli.render.json import check_document, value_document, verdict_document
from autograd_cli.render.latex import equations, text
from autograd_cli.render.latex import value as latex_value
from autograd_cli.render.markdown import code, fenced, plain, table
from autograd_cli.render.numbers import json_numbers
from autograd_cli.render.plain import value_text, write_records
from autograd_cli.render.verdict import check_cell, verdict_lines
from autograd_cli.render.view import View
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.matrices.report import Order, OrdersReport

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def title(order: Order, report: OrdersReport, view: View) -> str:
    """A derivative in Leibniz's notation: ``∂f/∂x``, ``∂³f/∂x²∂y``."""

    def raised(number: int) -> str:
        digits = str(number) if number > 1 else ""
        return digits if view.ascii else digits.translate(_RAISED)

    d = "d" if view.ascii else "∂"
    under = "".join(f"{d}{clean(name, view)}{raised(len(list(group)))}" for name, group in groupby(order.by))
    return f"{d}{raised(len(order.by))}{report.names[0]}/{under}"


def write_table(report: OrdersReport, view: View, stream: TextIO) -> None:
    """Write everything a person wants to see."""
    paint(table_lines(report, view), view, stream)


def table_lines(report: OrdersReport, view: View) -> Iterator[Line]:
    """The value, a row for each derivative with its formula beside it or below, and the verdict."""
    yield from heading(report.expression, [arrays.inline(report.result.data, view)], view)
    yield []
    limit = view.width or 160
    beside = Grid(["derivative", "value", "formula", "check"])
    alone = Grid(["derivative", "value", "check"])
    for each in report.derivatives:
        name: Line = [(title(each, report, view), STRONG)]
        number: Line = [(arrays.inline(each.data, view), STRONG)]
        formula: Line = [(clean(each.formula or glyphs(view).dash, view), FORMULA if each.formula else "")]
        beside.rows.append([[name], [number], [formula], [check_cell(each.check, view)]])
        alone.rows.append([[name], [number], [check_cell(each.check, view)]])
    any_formula = any(each.formula is not None for each in report.derivatives)
    if any_formula and beside.width() <= limit:
        yield from beside.lines(view)
    else:
        yield from alone.lines(view)
        for each in report.derivatives:
            if each.formula is not None:
                head = f"{title(each, report, view)}{': ' if '; ' in each.formula else ' = '}"
                yield []
                room = None if view.width is None else max(view.width - 2, 1)
                rows = fold(head + clean(each.formula, view), room)
                yield [(head, ""), (rows[0][columns(head) :], FORMULA)] if rows[0].startswith(head) else [(rows[0], "")]
                yield from ([("  ", ""), (row, FORMULA)] for row in rows[1:])
    for reason in dict.fromkeys(each.formula_reason for each in report.derivatives if each.formula_reason):
        yield from folded([(f"no formula: {clean(reason, view)}", "")], view.width, 2)
    yield []
    for words in verdict_lines(report, view, "derivative"):
        yield from folded(words, view.width, 2)


def write_json(report: OrdersReport, _view: View, stream: TextIO) -> None:
    """Write the report as one object on one line."""
    found: dict[str, Any] = {
        "schema": "autograd-cli/derivative/1",
        "ok": report.exit_status() == 0,
        "expression": typed_text(report.expression),
        "read": read_text(report.expression),
        "result": value_document(report.result),
        "variables": {each.name: {**value_document(each.value), "wanted": each.wanted} for each in report.inputs},
        "derivatives": [
            {
                "order": len(each.by),
                "by": list(each.by),
                "data": json_numbers(each.data),
                "formula": each.formula,
                "check": None if each.check is None else check_document(each.check),
            }
            for each in report.derivatives
        ],
        "check": verdict_document(report.verdict),
        "warnings": [{"code": each.code, "message": each.message} for each in report.warnings],
    }
    stream.write(json.dumps(found, allow_nan=False) + "\n")


def write_plain(report: OrdersReport, view: View, stream: TextIO) -> None:
    """Write one record a line: value, the derivatives, their formulas, check, warnings."""
    records: list[tuple[str, ...]] = [("value", value_text(report.result.data))]
    records += [("derivative", ",".join(each.by), value_text(each.data)) for each in report.derivatives]
    records += [("formula", ",".join(each.by), each.formula) for each in report.derivatives if each.formula is not None]
    verdict = report.verdict
    records.append(("check", verdict.status, str(verdict.compared), str(verdict.total)))
    records += [("warning", each.code, each.message) for each in report.warnings]
    write_records(records, view, stream)


def write_latex(report: OrdersReport, view: View, stream: TextIO) -> None:
    """Write a fragment that needs nothing but amsmath."""
    values = {each.name: each.value.data for each in report.inputs}
    bound = {**values, report.names[0]: report.result.data}
    lines = ["% needs \\usepackage{amsmath}"]
    value = latex_value(report.result.data, view)
    lines += equations(mathematics.statements_of(report.expression, values, report.names[0], value))
    lines += equations((mathematics.name(each), latex_value(data, view)) for each, data in values.items())
    rows: list[tuple[str, str]] = []
    for each in report.derivatives:
        formula, helpers = mathematics.formula(each.formula, bound)
        rows += helpers
        parts = [part for part in (formula, latex_value(each.data, view)) if part is not None]
        rows.append((partial(each, report), " = ".join(parts)))
    lines += equations(rows)
    for words in verdict_lines(report, View(ascii=True), "derivative"):
        lines.append("\\noindent " + text("".join(piece for piece, _ in words[1:] or words).strip()) + "\\par")
    stream.write("\n".join(lines) + "\n")


def partial(order: Order, report: OrdersReport) -> str:
    r"""A derivative in LaTeX: ``\frac{\partial^{2} f}{\partial x^{2}}``."""
    power = f"^{{{len(order.by)}}}" if len(order.by) > 1 else ""
    under = []
    for name, group in groupby(order.by):
        count = len(list(group))
        under.append(rf"\partial {mathematics.name(name)}" + (f"^{{{count}}}" if count > 1 else ""))
    below = r" \, ".join(under)
    return rf"\frac{{\partial{power} {mathematics.name(report.names[0])}}}{{{below}}}"


def write_markdown(report: OrdersReport, view: View, stream: TextIO) -> None:
    """Write one Markdown document without a title of its own."""
    lines = [*fenced(report.expression.strip()), "", f"Result: {code(arrays.inline(report.result.data, view))}", ""]
    rows = [
        [
            code(title(each, report, view)),
            code(arrays.inline(each.data, view)),
            code(each.formula) if each.formula else "",
            plain("".join(piece for piece, _ in check_cell(each.check, view))),
        ]
        for each in report.derivatives
    ]
    lines += [*table(["derivative", "value", "formula", "check"], rows), ""]
    for words in verdict_lines(report, view, "derivative"):
        lines.append(plain("".join(piece for piece, _ in words).strip()) + "  ")
    write_lines(lines, view, stream)


WRITERS: Mapping[str, Callable[[OrdersReport, View, TextIO], None]] = {
    "table": write_table,
    "json": write_json,
    "plain": write_plain,
    "latex": write_latex,
    "markdown": write_markdown,
}
"""The function that writes each form."""
