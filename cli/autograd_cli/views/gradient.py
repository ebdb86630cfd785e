"""The answers of ``grad``, ``graph`` and ``export``: rows of inputs, backprop worked out, the graph, a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from autograd_cli import document as doc
from autograd_cli import views
from autograd_cli.document import Answer, Code, Document, Text, Tree, value_text
from autograd_cli.errors import worded
from autograd_core.expr.read_text import typed_text
from autograd_core.graph_data import OF_VALUE
from autograd_core.number_text import Array, number_texts
from autograd_core.report import Backward, Outline, Passed, Report, Steps, VectorJacobian, shape_label, shape_text


def gradient_answer(report: Report) -> Answer:
    """What ``grad`` answers."""
    return views.report_answer("grad/1", report, _blocks, _parts, _facts)


def _blocks(report: Report, look: doc.Display) -> Iterator[doc.Block | Sequence[doc.Block]]:
    """Everything a person wants to see."""
    formulas = look.formula and any(each.formula is not None for each in report.variables)
    yield [*views.result_blocks(report, views.values_of(report)), *_weights(report)]
    yield _inputs(report, formulas)
    if formulas:
        reasons = views.by_reason((each.name, each.formula_reason) for each in report.variables if each.formula is None)
        missing = [[f"no formula for {names}: {reason}"] for reason, names in reasons.items()]
        yield doc.Lines([*missing, *views.result_name(report, report.variables)])
    yield views.verdict_blocks(report, look)
    if report.jacobian is not None:
        yield from _jacobian(report, report.jacobian)
    if report.steps is None and report.graph is not None and look.tree:
        yield doc.Tree(report.graph, aside=True)
    elif report.steps is not None:
        if report.graph is not None and look.tree:
            known = {each.node: f"{each.symbol.text} = {each.formula.text}" for each in report.steps.forward}
            edges = (((one.node, step.node), one.local) for step in report.steps.backward for one in step.passed)
            slopes = {edge: f"local derivative {local.text}" for edge, local in edges if local is not None}
            yield doc.Tree(report.graph, aside=True, slopes=slopes, formulas=known)
        yield from steps_blocks(report.steps)


def _weights(report: Report) -> Iterator[doc.Block]:
    """What was propagated back, where it is not 1."""
    given = [np.ones(()) if each is None else each for each in report.grad_tensors]
    several = len(given) > 1
    if not several and report.grad_tensors[0] is None:
        return
    name = report.names[1]
    v = views.name(name)

    equations = [doc.Equation(rf"{v}^{{({turn})}}" if several else v, [each]) for turn, each in enumerate(given, 1)]
    if report.jacobian is not None:
        equations = [*equations * several, doc.Equation(v, [report.jacobian.weights])]
    if several:
        yield doc.Lines([[f"{len(given)} grad tensors, one backward for each:"]])
    rows = [(f"{turn}. " * several + f"{name} = ", [doc.Numbers(each)]) for turn, each in enumerate(given, 1)]
    yield doc.Fields(rows, column=False, equations=equations)


def _inputs(report: Report, formulas: bool) -> doc.Block:
    """A row for each input."""
    if not report.variables:
        return doc.Lines([["no inputs"]])

    rows: list[list[doc.Parts]] = []
    for each in report.variables:
        grad = views.DASH if each.value.requires_grad else "no grad"
        row: list[doc.Parts] = [[Text(each.name, doc.NAME)], [Text(shape_label(each.value.data), doc.CODE)]]
        row += [[doc.Numbers(each.value.data)], [grad if each.grad is None else doc.Numbers(each.grad, doc.STRONG)]]
        rows.append(row)
    titles = ["input", "shape", "value", "gradient"]
    gradients = views.gradient_equations(report, formulas=formulas)
    equations = chain(views.input_equations(views.values_of(report)), gradients)
    return views.derivative_table(titles, rows, report.variables, formulas, "gradient", equations=equations)


def _jacobian(report: Report, found: VectorJacobian) -> Iterator[doc.Block]:
    """What v does in a sentence, then for each input v beside the rows of J, and v.J below them."""
    f, v = report.names
    entries = views.places("", report.result.shape)
    whole = " + ".join(f"{v}{entry}*{f}{entry}" for entry in entries) or "0"
    words = f"{v} weighs the entries of the result to one number, l = {whole}; the gradient is that of l: "
    yield doc.Lines([[f"{words}{v}.J, the rows of J times their {v}, added up."]], hang=0)
    shape = report.result.shape
    for name in (each.name for each in report.variables if each.name in found.blocks):
        matrix = found.matrix(name)
        with np.errstate(all="ignore"):
            product = found.weights.reshape(-1).astype(matrix.dtype) @ matrix
        numbers = number_texts(found.weights)
        rows = [*(f"{text} * {f}{entry}" for text, entry in zip(numbers, entries, strict=True)), f"{v}.J"]
        columns = views.places(name, found.blocks[name].shape[len(shape) :])
        parts = ((v, found.weights), (f"J by {name}", matrix), (f"{v}.J by {name}", product))
        both = np.vstack([matrix, product])
        equations = [doc.Equation(rf"J_{{{views.name(name)}}}", [matrix])]
        yield doc.Matrix(rows, columns, both, parts, equations)


def _parts(report: Report, look: doc.Display) -> Iterator[tuple[str, Any]]:
    yield "grad_tensors", report.grad_tensors
    some = f"{OF_VALUE} grad check"
    yield "variables", {each.name: each if look.formula else views.pick(each, some) for each in report.variables}
    yield "check", None  # its place
    if report.graph is not None and look.tree:
        yield "graph", report.graph
    if report.steps is not None:
        yield "steps", report.steps
    if report.jacobian is not None:
        yield "jacobian", report.jacobian


def _facts(report: Report, look: doc.Display) -> Iterator[tuple[Any, ...]]:
    for variable in report.variables:
        yield "grad", variable.name, "null" if variable.grad is None else variable.grad
    for variable in report.variables:
        if look.formula and variable.formula is not None:
            yield "formula", variable.name, variable.formula
    if report.jacobian is not None:
        yield from (("jacobian", name, block) for name, block in report.jacobian.blocks.items())


def graph_answer(report: Outline, *, across: bool = False) -> Answer:
    """What ``graph`` answers; ``across`` lets the data of a drawing flow to the right instead of down.

    Its JSON has the edges as pairs of an operand and the node that uses it, its records are the nodes: id, name or
    grad_fn, text, inputs, shape, value, gradient.
    """

    def parts(report: Outline, look: doc.Display) -> Iterator[tuple[str, Any]]:
        reason = report.missing and worded(report.missing)
        yield from views.pick(report, "grad_tensors", gradients=report.missing is None, reason=reason).items()
        yield "graph", report.graph
        yield "edges", [[each, node.id] for node in report.graph.nodes for each in node.inputs]

    def facts(report: Outline, look: doc.Display) -> Iterator[tuple[Any, ...]]:
        for node in report.graph.nodes:
            name = node.value.grad_fn or node.name or node.op or "constant"
            inputs, shape = ",".join(map(str, node.inputs)), shape_text(node.value.shape)
            grad = "null" if node.grad is None else node.grad
            yield "node", str(node.id), name, node.text, inputs, shape, value_text(node.value.data), grad

    def arrays(report: Outline) -> doc.Arrays:
        inputs = {node.name: node for node in report.graph.nodes if node.name and not node.inputs and node.op is None}
        gradients = {f"grad_{name}": node.grad for name, node in inputs.items() if node.grad is not None}
        return {"value": report.result.data, **gradients}, {name: node.value.data for name, node in inputs.items()}

    blocks: list[list[doc.Block]] = [[*views.read_line(report.expression), Tree(report.graph, across=across)]]
    return views.report_answer("graph/1", report, lambda report, look: blocks, parts, facts, arrays)


def value_answer(array: Array) -> Answer:
    """What a session answers to an expression without a gradient: its value."""
    return Answer(
        document=lambda look: Document("", [doc.Lines([[doc.Numbers(array)]])]),
        json=lambda look: {"schema": "autograd-cli/value/1", "ok": True, "value": array},
        records=lambda look: [("value", value_text(array))],
    )


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
            **views.expression_json(expression),
            "to": target,
            "program": text,
        },
        records=lambda look: [("program", target, text)],
        arrays=None if report is None else gradient_answer(report).arrays,
    )


_MOST_JACOBIAN = 32


class Entry(NamedTuple):
    """A step: what it is, its formula, its numbers, the sides of its equation in LaTeX, the node that it is about."""

    label: str
    formula: Text
    value: Array
    latex: Sequence[str] = ()
    node: int | None = None


def steps_blocks(steps: Steps) -> list[Sequence[doc.Block]]:
    """The forward table and the backward pass."""
    named = ((each, each.symbol, each.formula) for each in steps.forward)
    entries = [
        Entry("", Text(f"{name.text} = {rule.text}"), each.value, (name.latex, rule.latex), each.node)
        for each, name, rule in named
    ]
    summed = {each.name.text for each in steps.backward if each.paths}
    groups = []
    for step in steps.backward:  # the gradient of a value, and what goes out to each operand
        if step.formula is not None:
            latex = f"{step.symbol.latex} = {step.formula.latex}"
            title = Text(f"{step.symbol.text} = {step.formula.text}", doc.STRONG, latex)
            inside = [*_arrival(step), *(entry for passed in step.passed for entry in _passed(step, passed, summed))]
            called = Text(step.grad_fn or "", doc.FUNCTION)
            groups.append(_steps("backward", inside, [title, "  ", called], step.node))
    return [
        [doc.Title("forward", 3), *([_steps("forward", entries)] if entries else [])],
        [doc.Title("backward", 3), doc.Lines([_meaning(steps)], hang=0)],
        *([each] for each in (*groups, *_arrivals(steps))),
    ]


def _steps(phase: str, entries: Sequence[Entry], heading: doc.Parts = (), node: int | None = None) -> doc.Steps:
    """Entries as a table: what each is, its formula, its shape and its numbers."""
    rows: list[list[doc.Parts]] = []
    for each in entries:
        rule = replace(each.formula, role=each.formula.role or doc.CODE, latex=" = ".join(each.latex) or None)
        numbers = doc.Numbers(each.value, doc.STRONG if rule.role == doc.STRONG else "")
        rows.append([[each.label], [rule], [Text(shape_label(each.value), doc.CODE)], [numbers]])
    equations = (doc.Equation(each.latex[0], [*each.latex[1:], each.value]) for each in entries if each.latex)
    nodes, titles = [each.node for each in entries], ["", "rule", "shape", "number"]
    return doc.Steps(titles, rows, None, "", 2, equations, heading, phase, node, nodes)


def _meaning(steps: Steps) -> doc.Parts:
    """What the names of gradients stand for."""
    root, *others = steps.backward
    if not steps.forward or not others:
        return ["the result is an input: its gradient is the grad tensor itself"]
    one, name = others[0], root.symbol.text
    whole = f"{name} by {one.symbol.text}"
    if root.gradient.shape != ():
        whole = f"v.{whole} (v is the grad tensor)"
    words = f" is the gradient of {whole}, and so on; an operation multiplies by its local derivative"
    return [Text(one.name.text, latex=one.name.latex), words]


def _arrival(step: Backward, role: str = "") -> Iterator[Entry]:
    """The gradient of a value; where the value is used more than once, what came on each way before their sum."""
    name = step.name.latex
    for path in step.paths:
        through = rf"\left. {name} \right|_{{{path.through.latex}}}"
        yield Entry("via", Text(path.through.text), path.gradient, [through])
    yield Entry("sum" if step.paths else "in", Text(step.name.text, role), step.gradient, [name])


def _passed(step: Backward, passed: Passed, summed: set[str]) -> Iterator[Entry]:
    """The local derivative by one operand, and what goes out to it; ``+=`` where more comes on other ways."""
    target, slope = passed.symbol.text, f"∂{step.symbol.text}/∂{passed.operand.text}"
    partial = rf"\frac{{\partial {step.symbol.latex}}}{{\partial {passed.operand.latex}}}"
    if passed.local is not None and passed.local_value is not None:
        text = Text(f"{slope} = {passed.local.text}", symbol=True)
        yield Entry("local", text, passed.local_value, [partial, passed.local.latex])
    elif passed.local_value is not None and passed.local_value.size <= _MOST_JACOBIAN:
        yield Entry("local", Text(f"{slope}, the Jacobian", symbol=True), passed.local_value)
    text = Text(f"{target} {'+=' if target in summed else '='} {passed.rule.text}", doc.FORMULA)
    yield Entry("out", text, passed.gradient, [passed.symbol.latex, passed.rule.latex])


def _arrivals(steps: Steps) -> Iterator[doc.Steps]:
    """The gradients of the inputs: those that came on several ways, each with its sum, then all others."""
    leaves = [each for each in steps.backward if each.formula is None]
    for step in (each for each in leaves if each.paths):
        words = f" is used {len(step.paths)} times: its gradient is the sum over the ways"
        symbol = Text(step.symbol.text, latex=step.symbol.latex)
        yield _steps("backward", list(_arrival(step, doc.STRONG)), [symbol, words], step.node)
    single = [
        Entry("", Text(each.name.text, doc.STRONG), each.gradient, [each.name.latex], each.node)
        for each in leaves
        if not each.paths
    ]
    if single:
        yield _steps("backward", single, ["inputs that are used once" if len(single) < len(leaves) else "inputs"])
