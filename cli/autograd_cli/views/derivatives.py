"""The answer of ``grad --order``: a row for each derivative, from the first to the one that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autograd_cli.document import blocks as doc
from autograd_cli.document.blocks import Text
from autograd_cli.document.numbers import Array, value_text
from autograd_cli.views import mathematics
from autograd_cli.views.records import answer_json, answer_records, check_json, inputs_json, pick, value_json
from autograd_cli.views.verdict import DASH, check_cell, verdict_blocks
from autograd_core.expr.read_text import typed_text
from autograd_core.matrices.report import Order, OrdersReport


def derivatives_answer(report: OrdersReport) -> doc.Answer:
    """What ``grad --order`` answers."""
    return doc.Answer(
        document=lambda look: derivatives_document(report, look),
        json=lambda look: derivatives_json(report),
        records=lambda look: derivatives_records(report),
        arrays=lambda: derivatives_arrays(report),
    )


def derivatives_document(report: OrdersReport, look: doc.Display) -> doc.Document:
    """The value, a row for each derivative with its formula beside it or below, and the verdict."""
    f = report.names[0]
    top = mathematics.name(f)
    values = {each.name: each.value.data for each in report.inputs}

    def equations() -> list[doc.Equation]:
        bound = {**values, f: report.result.data}
        return [
            equation
            for each in report.derivatives
            for equation in mathematics.derivative_equations(
                mathematics.partial(top, each.by), each.formula, bound, each.data
            )
        ]

    formulas = any(each.formula is not None for each in report.derivatives)
    titles = ["derivative", "value", *(["formula"] if formulas else []), "check"]
    rows = [_row(each, f, formulas) for each in report.derivatives]
    below = titles.index("formula") if formulas else None
    reasons = dict.fromkeys(each.formula_reason for each in report.derivatives if each.formula_reason)
    blocks: list[doc.Block | Sequence[doc.Block]] = [
        mathematics.result_block(report, values, inputs=True),
        [
            doc.Table(titles, rows, below, "derivative as a formula", equations=equations),
            doc.Lines(
                [
                    *([Text(f"no formula: {reason}")] for reason in reasons),
                    *mathematics.result_name(report, report.derivatives),
                ]
            ),
        ],
        verdict_blocks(report, look, "derivative"),
    ]
    return doc.Document(typed_text(report.expression).strip(), blocks)


def _row(each: Order, f: str, formulas: bool) -> list[doc.Parts]:
    row: list[doc.Parts] = [
        [Text(mathematics.leibniz(f, each.by), doc.NAME, symbol=True)],
        [doc.Numbers(each.data, doc.STRONG)],
    ]
    if formulas:
        row.append([DASH if each.formula is None else Text(each.formula, doc.FORMULA)])
    return [*row, check_cell(each.check)]


def derivatives_json(report: OrdersReport) -> dict[str, Any]:
    """The report as one object."""
    found = [
        {"order": len(each.by), **pick(each, "by data formula"), "check": check_json(each.check)}
        for each in report.derivatives
    ]
    parts = {"result": value_json(report.result), "variables": inputs_json(report), "derivatives": found}
    return answer_json("derivative/1", report, parts)


def derivatives_records(report: OrdersReport) -> Iterator[tuple[str, ...]]:
    """The lines of ``plain``: value, the derivatives, their formulas, check, warnings."""
    found = [("derivative", ",".join(each.by), value_text(each.data)) for each in report.derivatives]
    formulas = [("formula", ",".join(each.by), each.formula) for each in report.derivatives if each.formula is not None]
    return answer_records(report, [*found, *formulas])


def derivatives_arrays(report: OrdersReport) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
    """``value``, ``derivative_x_x`` for each derivative, and the inputs."""
    found = {f"derivative_{'_'.join(each.by)}": each.data for each in report.derivatives}
    return {"value": report.result.data, **found}, {each.name: each.value.data for each in report.inputs}
