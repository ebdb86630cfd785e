"""The answers of ``grad``, ``graph`` and ``export``: a row for each input, the graph, or a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, TextIO

import numpy as np

from autograd_cli.document import blocks as doc
from autograd_cli.document.blocks import CODE, Answer, Code, Document, Lines, Text, Tree
from autograd_cli.document.numbers import value_text
from autograd_cli.limits import MAX_DRAWN
from autograd_cli.views import mathematics, reports
from autograd_core.errors import LimitError
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.report import Outline, Report, VectorJacobian, shape_label, shape_text

TERMS = 3
"""Terms of the weighted sum that are written before the dots."""


def gradient_answer(report: Report) -> Answer:
    """What ``grad`` answers."""
    return reports.report_answer("grad/1", report, _blocks, _parts, _records, gradient_arrays, graph=report.graph)


def _blocks(report: Report, look: doc.Display) -> Iterator[doc.Block | Sequence[doc.Block]]:
    """Everything a person wants to see."""
    values = {each.name: each.value.data for each in report.variables}
    formulas = look.formula and any(each.formula is not None for each in report.variables)
    yield [mathematics.result_block(report, values), *_weights(report), *mathematics.assumed(report)]
    yield _inputs(report, formulas, look)
    if formulas:
        named: dict[str, list[str]] = {}
        for each in report.variables:
            if each.formula is None and each.formula_reason:
                named.setdefault(each.formula_reason, []).append(each.name)
        missing = [[f"no formula for {', '.join(names)}: {reason}"] for reason, names in named.items()]
        yield doc.Lines([*missing, *mathematics.result_name(report, report.variables)])
    yield reports.verdict_blocks(report, look)
    if report.jacobian is not None:
        yield from _jacobian(report, report.jacobian)
    if report.steps is None and report.graph is not None and look.tree:
        yield doc.Tree(report.graph, aside=True)
    elif report.steps is not None:
        from autograd_cli.views.steps import slopes_of, steps_blocks

        graph = report.graph if look.tree else None
        if graph is not None:
            yield doc.Tree(graph, aside=True, slopes=slopes_of(graph, report.steps))
        yield from steps_blocks(report.steps, look, graph)


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
        yield doc.Lines([[f"{len(given)} grad tensors, one backward for each:"]])
    starts = [f"{turn}. {name} = " if several else f"{name} = " for turn in range(1, len(given) + 1)]
    rows = [(start, [doc.Numbers(each)]) for start, each in zip(starts, given, strict=True)]
    yield doc.Fields(rows, column=False, equations=equations)


def _inputs(report: Report, formulas: bool, look: doc.Display) -> doc.Block:
    """A row for each input."""
    if not report.variables:
        return doc.Lines([["no inputs"]])

    def equations() -> list[doc.Equation]:
        values = {each.name: each.value.data for each in report.variables}
        gradients = mathematics.gradient_equations(report, formulas=formulas)
        return [*mathematics.input_equations(values), *gradients]

    titles = ["input", "shape", "value", "gradient", *(["formula"] if formulas else []), "check"]
    rows: list[list[doc.Parts]] = []
    for each in report.variables:
        grad = reports.DASH if each.value.requires_grad else "no grad"
        formula = reports.DASH if each.formula is None else Text(each.formula, doc.FORMULA)
        row: list[doc.Parts] = [[Text(each.name, doc.NAME)], [Text(shape_label(each.value.data), doc.CODE)]]
        row += [[doc.Numbers(each.value.data)], [grad if each.grad is None else doc.Numbers(each.grad, doc.STRONG)]]
        rows.append([*row, *([[formula]] if formulas else []), reports.check_cell(each.check)])
    below = titles.index("formula") if formulas else None
    long = [reports.check_words(each.check, look) for each in report.variables]
    return doc.Table(titles, rows, below, "gradient as a formula", long, equations=equations)


def _jacobian(report: Report, found: VectorJacobian) -> Iterator[doc.Block]:
    """What v does in a sentence, then for each input v beside the rows of J, and v.J below them."""
    f, v = report.names
    entries = reports.places("", report.result.shape)
    terms = [f"{v}{entry}*{f}{entry}" for entry in entries]
    whole = " + ".join(terms if len(terms) <= TERMS + 1 else [*terms[:TERMS], "...", terms[-1]]) or "0"
    words = f"{v} weighs the entries of the result to one number, l = {whole}; the gradient is that of l: "
    yield doc.Lines([[f"{words}{v}.J, the rows of J times their {v}, added up."]], hang=0)
    shape = report.result.shape
    for name in (each.name for each in report.variables if each.name in found.blocks):
        matrix = found.matrix(name)
        with np.errstate(all="ignore"):
            product = found.weights.reshape(-1).astype(matrix.dtype) @ matrix
        rows = [*reports.places(f, shape), f"{v}.J"]
        columns = reports.places(name, found.blocks[name].shape[len(shape) :])
        parts = ((v, found.weights), (f"J by {name}", matrix), (f"{v}.J by {name}", product))
        both = np.vstack([matrix, product])
        equations = [doc.Equation(rf"J_{{{mathematics.name(name)}}}", [matrix])]
        yield doc.Matrix(rows, columns, both, parts, (v, found.weights), partial(list, equations))


def _parts(report: Report, look: doc.Display) -> Iterator[tuple[str, Any]]:
    yield "result", reports.value_json(report.result)
    yield "grad_tensors", report.grad_tensors
    yield (
        "variables",
        {
            each.name: {
                **reports.value_json(each.value),
                "grad": each.grad,
                **({"formula": each.formula} if look.formula else {}),
                "check": reports.check_json(each.check),
            }
            for each in report.variables
        },
    )
    yield "check", None  # its place
    if report.graph is not None and look.tree:
        yield "graph", reports.graph_json(report.graph)
    if report.steps is not None:
        from autograd_cli.views.steps import steps_json

        yield "steps", steps_json(report.steps)
    if report.jacobian is not None:
        yield "jacobian", {"v": report.jacobian.weights, "J": dict(report.jacobian.blocks)}


def _records(report: Report, look: doc.Display) -> Iterator[tuple[str, ...]]:
    for variable in report.variables:
        yield "grad", variable.name, "null" if variable.grad is None else value_text(variable.grad)
    for variable in report.variables:
        if look.formula and variable.formula is not None:
            yield "formula", variable.name, variable.formula
    if report.jacobian is not None:
        yield from (("jacobian", name, value_text(block)) for name, block in report.jacobian.blocks.items())


def gradient_arrays(report: Report) -> doc.Arrays:
    """``value`` and ``grad_NAME`` for each gradient, and the inputs."""
    gradients = {f"grad_{each.name}": each.grad for each in report.variables if each.grad is not None}
    return {"value": report.result.data, **gradients}, {each.name: each.value.data for each in report.variables}


def graph_answer(report: Outline, *, across: bool = False) -> Answer:
    """What ``graph`` answers; ``across`` lets the data of a drawing flow to the right instead of down."""
    from autograd_cli.drawing.graphs import write_dot, write_mermaid

    return reports.report_answer(
        "graph/1",
        report,
        lambda report, look: _graph_blocks(report, across),
        _graph_parts,
        _graph_records,
        _graph_arrays,
        graph=report.graph,
        others={
            "dot": lambda look, stream: write_dot(report, look, stream),
            "mermaid": lambda look, stream: write_mermaid(report, look, stream),
            "svg": lambda look, stream: write_drawing(report, look, stream, across=across),
        },
    )


def write_drawing(report: Outline, look: doc.Display, stream: TextIO, *, across: bool) -> None:
    """Write the graph as a picture.

    Raises LimitError for a graph that is too large to be drawn.
    """
    from autograd_core.page.html import standalone

    if len(report.graph.nodes) > MAX_DRAWN:
        raise LimitError(
            f"the graph has {len(report.graph.nodes):,} nodes, and a picture has room for {MAX_DRAWN}",
            hint="--format dot, for Graphviz, or the tree, which shows a part",
        )
    title = typed_text(report.expression).strip()
    stream.write(standalone(report.graph, title, look, across=across))


def _graph_blocks(report: Outline, across: bool) -> Iterator[Sequence[doc.Block]]:
    """What the expression was read as, where it was changed, and the tree."""
    read = read_text(report.expression)
    lines: list[doc.Parts] = [] if read is None else [["read as  ", Text(read, CODE)]]
    yield [Lines(lines), Tree(report.graph, across=across)]


def _graph_parts(report: Outline, look: doc.Display) -> Iterator[tuple[str, Any]]:
    """The graph; its edges are pairs of an operand and the node that uses it."""
    yield "result", reports.value_json(report.result)
    yield "grad_tensors", report.grad_tensors
    yield "gradients", report.missing is None
    yield "reason", report.missing
    yield "graph", reports.graph_json(report.graph)
    yield "edges", [[each, node.id] for node in report.graph.nodes for each in node.inputs]


def _graph_records(report: Outline, look: doc.Display) -> Iterator[tuple[str, ...]]:
    """A line for each node: its id, its name or grad_fn, its text, its inputs, its shape, its value, its gradient."""
    for node in report.graph.nodes:
        name = node.value.grad_fn or node.name or node.op or "constant"
        inputs, shape = ",".join(map(str, node.inputs)), shape_text(node.value.shape)
        grad = "null" if node.grad is None else value_text(node.grad)
        yield "node", str(node.id), name, node.text, inputs, shape, value_text(node.value.data), grad


def _graph_arrays(report: Outline) -> doc.Arrays:
    """``value``, ``grad_NAME`` for each input, and the inputs."""
    inputs = {node.name: node for node in report.graph.nodes if node.name and not node.inputs and node.op is None}
    gradients = {f"grad_{name}": node.grad for name, node in inputs.items() if node.grad is not None}
    return {"value": report.result.data, **gradients}, {name: node.value.data for name, node in inputs.items()}


def program_answer(expression: str, target: str, text: str, report: Report | None = None) -> Answer:
    """What ``export`` answers; as a table, or in a file of its own kind, it is the program letter for letter.

    ``report`` has the numbers that the program asserts.
    """
    language = "latex" if target == "latex" else "python"
    return Answer(
        document=lambda look: Document(typed_text(expression).strip(), [Code(text, language)]),
        json=lambda look: {
            "schema": "autograd-cli/export/1",
            "ok": True,
            **reports.expression_json(expression),
            "to": target,
            "program": text,
        },
        records=lambda look: [("program", target, text)],
        arrays=None if report is None else lambda: gradient_arrays(report),
        others={"program": lambda look, stream: stream.writelines([text])},
    )
