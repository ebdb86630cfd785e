"""The answer of ``grad --order``: a row for each derivative, from the first to the one that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from autograd_cli.document import blocks as doc
from autograd_cli.document.blocks import Text
from autograd_cli.document.numbers import Array, value_text
from autograd_cli.views import mathematics
from autograd_cli.views.records import (
    check_json,
    expression_json,
    expression_records,
    value_json,
    verdict_json,
    warnings_json,
)
from autograd_cli.views.verdict import DASH, check_cell, verdict_blocks
from autograd_core.expr.read_text import typed_text
from autograd_core.matrices.report import Order, OrdersReport

SCHEMA = "autograd-cli/derivative/1"

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def derivatives_answer(report: OrdersReport) -> doc.Answer:
    """What ``grad --order`` answers."""
    return doc.Answer(
        document=lambda look: derivatives_document(report, look),
        json=lambda look: derivatives_json(report),
        records=lambda look: derivatives_records(report),
        arrays=lambda: derivatives_arrays(report),
    )


def title(order: Order, f: str) -> str:
    """A derivative in Leibniz's notation: ``∂f/∂x``, ``∂³f/∂x²∂y``."""

    def raised(number: int) -> str:
        return str(number).translate(_RAISED) if number > 1 else ""

    under = "".join(f"∂{name}{raised(len(list(group)))}" for name, group in groupby(order.by))
    return f"∂{raised(len(order.by))}{f}/{under}"


def partial(order: Order, f: str) -> str:
    r"""A derivative in LaTeX: ``\frac{\partial^{2} f}{\partial x^{2}}``."""
    power = f"^{{{len(order.by)}}}" if len(order.by) > 1 else ""
    under = []
    for name, group in groupby(order.by):
        count = len(list(group))
        under.append(rf"\partial {mathematics.name(name)}" + (f"^{{{count}}}" if count > 1 else ""))
    below = r" \, ".join(under)
    return rf"\frac{{\partial{power} {mathematics.name(f)}}}{{{below}}}"


def derivatives_document(report: OrdersReport, look: doc.Display) -> doc.Document:
    """The value, a row for each derivative with its formula beside it or below, and the verdict."""
    f = report.names[0]
    values = {each.name: each.value.data for each in report.inputs}

    def statements() -> list[doc.Equation]:
        found = mathematics.statement_equations(report.expression, values, f, report.result.data)
        return [*found, *mathematics.input_equations(values)]

    def equations() -> list[doc.Equation]:
        bound = {**values, f: report.result.data}
        return [
            equation
            for each in report.derivatives
            for equation in mathematics.derivative_equations(partial(each, f), each.formula, bound, each.data)
        ]

    formulas = any(each.formula is not None for each in report.derivatives)
    titles = ["derivative", "value", *(["formula"] if formulas else []), "check"]
    rows = [_row(each, f, formulas) for each in report.derivatives]
    below = titles.index("formula") if formulas else None
    reasons = dict.fromkeys(each.formula_reason for each in report.derivatives if each.formula_reason)
    blocks: list[doc.Block | Sequence[doc.Block]] = [
        doc.Result(report.expression, report.result.data, statements),
        [
            doc.Table(titles, rows, below, "derivative as a formula", equations=equations),
            doc.Lines([[Text(f"no formula: {reason}")] for reason in reasons]),
        ],
        verdict_blocks(report, look, "derivative"),
    ]
    return doc.Document(typed_text(report.expression).strip(), blocks)


def _row(each: Order, f: str, formulas: bool) -> list[doc.Parts]:
    row: list[doc.Parts] = [[Text(title(each, f), doc.NAME, symbol=True)], [doc.Numbers(each.data, doc.STRONG)]]
    if formulas:
        row.append([DASH if each.formula is None else Text(each.formula, doc.FORMULA)])
    return [*row, check_cell(each.check)]


def derivatives_json(report: OrdersReport) -> dict[str, Any]:
    """The report as one object."""
    return {
        "schema": SCHEMA,
        "ok": report.exit_status() == 0,
        **expression_json(report.expression),
        "result": value_json(report.result),
        "variables": {each.name: {**value_json(each.value), "wanted": each.wanted} for each in report.inputs},
        "derivatives": [
            {
                "order": len(each.by),
                "by": list(each.by),
                "data": each.data,
                "formula": each.formula,
                "check": check_json(each.check),
            }
            for each in report.derivatives
        ],
        "check": verdict_json(report.verdict),
        "warnings": warnings_json(report.warnings),
    }


def derivatives_records(report: OrdersReport) -> Iterator[tuple[str, ...]]:
    """The lines of ``plain``: value, the derivatives, their formulas, check, warnings."""
    yield from expression_records(report.expression)
    yield "value", value_text(report.result.data)
    yield from (("derivative", ",".join(each.by), value_text(each.data)) for each in report.derivatives)
    for each in report.derivatives:
        if each.formula is not None:
            yield "formula", ",".join(each.by), each.formula
    verdict = report.verdict
    yield "check", verdict.status, str(verdict.compared), str(verdict.total)
    yield from (("warning", each.code, each.message) for each in report.warnings)


def derivatives_arrays(report: OrdersReport) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
    """``value``, ``derivative_x_x`` for each derivative, and the inputs."""
    found = {f"derivative_{'_'.join(each.by)}": each.data for each in report.derivatives}
    return {"value": report.result.data, **found}, {each.name: each.value.data for each in report.inputs}
