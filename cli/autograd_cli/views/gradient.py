"""The answer of ``grad``: the expression, its value, a row for each input, the verdict, the graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd_cli.document import blocks as doc
from autograd_cli.document.arrays import shape_label
from autograd_cli.document.blocks import Text
from autograd_cli.document.numbers import Array, value_text
from autograd_cli.views import mathematics
from autograd_cli.views.records import answer_json, answer_records, check_json, graph_json, places, value_json
from autograd_cli.views.verdict import DASH, check_cell, check_words, verdict_blocks
from autograd_core.expr.read_text import typed_text
from autograd_core.report import Report, Variable, VectorJacobian

TERMS = 3
"""Terms of the weighted sum that are written before the dots."""


def gradient_answer(report: Report) -> doc.Answer:
    """What ``grad`` answers."""
    return doc.Answer(
        document=lambda look: gradient_document(report, look),
        json=lambda look: gradient_json(report, look),
        records=lambda look: gradient_records(report, look),
        arrays=lambda: gradient_arrays(report),
        graph=report.graph,
    )


def gradient_document(report: Report, look: doc.Display) -> doc.Document:
    """Everything a person wants to see."""
    values = {each.name: each.value.data for each in report.variables}
    formulas = look.formula and any(each.formula is not None for each in report.variables)
    blocks: list[doc.Block | Sequence[doc.Block]] = [
        [mathematics.result_block(report, values), *_weights(report), *_assumed(report)],
        _inputs(report, formulas, look),
    ]
    if formulas:
        blocks.append(doc.Lines([*_missing_formulas(report), *mathematics.result_name(report, report.variables)]))
    blocks.append(verdict_blocks(report, look))
    if report.jacobian is not None:
        blocks += _jacobian(report, report.jacobian)
    if report.graph is not None and look.tree:
        blocks.append(doc.Tree(report.graph, aside=True, steps=report.steps))
    if report.steps is not None:
        from autograd_cli.views.steps import steps_blocks

        blocks += steps_blocks(report.steps, look)
    return doc.Document(typed_text(report.expression).strip(), blocks)


def _weights(report: Report) -> Iterator[doc.Block]:
    """What was propagated back, where it is not 1."""
    given = [np.ones(()) if each is None else each for each in report.grad_tensors]
    several = len(given) > 1
    if not several and report.grad_tensors[0] is None:
        return
    name = report.names[1]
    v = mathematics.name(name)

    def equations() -> list[doc.Equation]:
        found = [doc.Equation(rf"{v}^{{({turn})}}", [each]) for turn, each in enumerate(given, 1)] if several else []
        if report.jacobian is not None:
            return [*found, doc.Equation(v, [report.jacobian.weights])]
        return found or [doc.Equation(v, [given[0]])]

    if several:
        yield doc.Lines([[Text(f"{len(given)} grad tensors, one backward for each:")]])
    starts = [f"{turn}. {name} = " if several else f"{name} = " for turn in range(1, len(given) + 1)]
    rows = [(Text(start), [doc.Numbers(each)]) for start, each in zip(starts, given, strict=True)]
    yield doc.Fields(rows, column=False, equations=equations)


def _assumed(report: Report) -> Iterator[doc.Block]:
    """What is assumed of the inputs."""
    if report.assumptions:
        yield doc.Lines([[Text(f"assuming {', '.join(report.assumptions)}")]])


def _inputs(report: Report, formulas: bool, look: doc.Display) -> doc.Block:
    """A row for each input."""
    if not report.variables:
        return doc.Lines([[Text("no inputs")]])

    def equations() -> list[doc.Equation]:
        values = {each.name: each.value.data for each in report.variables}
        gradients = mathematics.gradient_equations(report, formulas=formulas)
        return [*mathematics.input_equations(values), *gradients]

    titles = ["input", "shape", "value", "gradient", *(["formula"] if formulas else []), "check"]
    rows = [_row(each, formulas) for each in report.variables]
    below = titles.index("formula") if formulas else None
    long = [check_words(each.check, look) for each in report.variables]
    return doc.Table(titles, rows, below, "gradient as a formula", long, equations=equations)


def _row(each: Variable, formulas: bool) -> list[doc.Parts]:
    shape = Text(shape_label(each.value.data), doc.CODE)
    row: list[doc.Parts] = [[Text(each.name, doc.NAME)], [shape], [doc.Numbers(each.value.data)]]
    if each.grad is not None:
        row.append([doc.Numbers(each.grad, doc.STRONG)])
    else:
        row.append([DASH if each.value.requires_grad else Text("no grad")])
    if formulas:
        row.append([DASH if each.formula is None else Text(each.formula, doc.FORMULA)])
    return [*row, check_cell(each.check)]


def _missing_formulas(report: Report) -> Iterator[doc.Parts]:
    """Why some inputs have no formula, each reason once."""
    named: dict[str, list[str]] = {}
    for variable in report.variables:
        if variable.formula is None and variable.formula_reason:
            named.setdefault(variable.formula_reason, []).append(variable.name)
    for reason, names in named.items():
        yield [Text(f"no formula for {', '.join(names)}: {reason}")]


def _jacobian(report: Report, found: VectorJacobian) -> Iterator[doc.Block]:
    """What v does in a sentence, then for each input v beside the rows of J, and v.J below them."""
    f, v = report.names
    entries = places("", report.result.shape)
    terms = [f"{v}{entry}*{f}{entry}" for entry in entries]
    whole = " + ".join(terms if len(terms) <= TERMS + 1 else [*terms[:TERMS], "...", terms[-1]]) or "0"
    words = f"{v} weighs the entries of the result to one number, l = {whole}; the gradient is that of l: "
    yield doc.Lines([[Text(f"{words}{v}.J, the rows of J times their {v}, added up.")]], hang=0)
    shape = report.result.shape
    for name in (each.name for each in report.variables if each.name in found.blocks):
        matrix = found.matrix(name)
        with np.errstate(all="ignore"):
            product = found.weights.reshape(-1).astype(matrix.dtype) @ matrix
        rows = [*places(f, shape), f"{v}.J"]
        columns = places(name, found.blocks[name].shape[len(shape) :])
        parts = ((v, found.weights), (f"J by {name}", matrix), (f"{v}.J by {name}", product))
        yield doc.Matrix(
            rows,
            columns,
            np.vstack([matrix, product]),
            parts,
            (v, found.weights),
            partial(_jacobian_equations, name, matrix),
        )


def _jacobian_equations(name: str, matrix: Array) -> list[doc.Equation]:
    """The Jacobian by an input, for LaTeX."""
    return [doc.Equation(rf"J_{{{mathematics.name(name)}}}", [matrix])]


def gradient_json(report: Report, look: doc.Display) -> dict[str, Any]:
    """The report as one object."""
    parts: dict[str, Any] = {
        "result": value_json(report.result),
        "grad_tensors": report.grad_tensors,
        "variables": {each.name: _variable_json(each, look) for each in report.variables},
    }
    more: dict[str, Any] = {}
    if report.graph is not None and look.tree:
        more["graph"] = graph_json(report.graph)
    if report.steps is not None:
        from autograd_cli.views.steps import steps_json

        more["steps"] = steps_json(report.steps)
    if report.jacobian is not None:
        more["jacobian"] = {"v": report.jacobian.weights, "J": dict(report.jacobian.blocks)}
    if report.assumptions:
        more["assume"] = more["assumptions"] = report.assumptions
    return answer_json("grad/1", report, parts, more)


def _variable_json(variable: Variable, look: doc.Display) -> dict[str, Any]:
    found = {**value_json(variable.value), "grad": variable.grad}
    if look.formula:
        found["formula"] = variable.formula
    found["check"] = check_json(variable.check)
    return found


def gradient_records(report: Report, look: doc.Display) -> Iterator[tuple[str, ...]]:
    """The lines of ``plain``: read (if changed), value, assume, grad, formula, jacobian, check, warning, in order."""
    return answer_records(report, _records(report, look))


def _records(report: Report, look: doc.Display) -> Iterator[tuple[str, ...]]:
    for variable in report.variables:
        yield "grad", variable.name, "null" if variable.grad is None else value_text(variable.grad)
    for variable in report.variables:
        if look.formula and variable.formula is not None:
            yield "formula", variable.name, variable.formula
    if report.jacobian is not None:
        yield from (("jacobian", name, value_text(block)) for name, block in report.jacobian.blocks.items())


def gradient_arrays(report: Report) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
    """``value`` and ``grad_NAME`` for each gradient, and the inputs."""
    gradients = {f"grad_{each.name}": each.grad for each in report.variables if each.grad is not None}
    return {"value": report.result.data, **gradients}, {each.name: each.value.data for each in report.variables}
