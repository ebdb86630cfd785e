"""The one function the command line calls: a request in, a report out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from autograd_core import report
from autograd_core.assumptions import Assumption, assumed
from autograd_core.check import Findings, Question, check, explain_nonfinite, find_kinks
from autograd_core.check.question import question_about
from autograd_core.engine.tensor import Tensor
from autograd_core.errors import EXAMPLE, GradientError, LimitError
from autograd_core.expr.nodes import Call, Var, topological
from autograd_core.expr.text import excerpts
from autograd_core.limits import MAX_BESIDE
from autograd_core.request import Request
from autograd_core.run import Run, run

if TYPE_CHECKING:
    from autograd_core.formula import Formula

__all__ = ["Request", "calculate", "outline", "program_for"]


def calculate(request: Request) -> report.Report:
    """Read the expression, run it forward and backward, and check what was found.

    Raises ExpressionError, ShapeError, GradientError, DomainError, LimitError or UsageError (a missing value, or
    numbers that do not satisfy what is assumed of them).
    """
    assumptions = assumed(request.assume, request.values)
    done = run(request)
    whole = _jacobian(done) if request.jacobian else None
    question = _question(done)
    warnings = [*done.warnings, *explain_nonfinite(question), *find_kinks(question)]
    formulas = _formulas(done, question, assumptions)
    graph = describe(done) if request.graph else None
    steps = None
    if request.steps:
        from autograd_core.steps import steps_of

        steps = steps_of(done)
    findings = check(question, request.check)  # last: SymPy is imported meanwhile
    return report.Report(
        expression=request.expression,
        names=done.names,
        result=report.Value.of(done.result),
        grad_tensors=request.grad_tensors,
        variables=tuple([_variable(name, done, formulas.get(name), findings) for name in request.values]),
        verdict=findings.verdict,
        graph=graph,
        warnings=tuple(warnings),
        steps=steps,
        jacobian=whole,
        assumptions=tuple(each.text for each in assumptions),
    )


def _jacobian(done: Run) -> report.VectorJacobian:
    """The whole Jacobian that the gradients are weighted sums of.

    Raises LimitError where it is too large to be looked at.
    """
    side = max([done.result.array.size, *(done.inputs[name].size for name in done.wanted)])
    if side > MAX_BESIDE:
        raise LimitError(
            f"`show-jacobian` is for small results and inputs: one has {side:,} entries, the limit is {MAX_BESIDE}",
            code="AG801",
            hint="the command jacobian shows larger ones",
        )

    from autograd_core.functional import jacobian

    names = done.wanted
    blocks = jacobian(done.function_of(names), range(len(names)))(*[done.inputs[name] for name in names])
    return report.VectorJacobian(done.weights, {name: b.array for name, b in zip(names, blocks, strict=True)})


def program_for(request: Request, target: str) -> tuple[str, list[report.Warning]]:
    """A program for another library that computes the same numbers and asserts them, and what is warned of.

    Raises the errors of ``calculate``, and AutogradError naming an operation that the library has no word for.
    """
    from autograd_core.export import export

    done = run(request.alone())
    return export(done, target, [each.message for each in find_kinks(_question(done))]), done.warnings


def _question(done: Run) -> Question:
    """What the check is asked about a run."""
    result, value = done.program.result, done.result.array
    return question_about(done, result, value, done.gradients, done.weights, done.request.expression)


def outline(request: Request) -> report.Outline:
    """The graph alone: values always, gradients where a backward pass is possible with what was given.

    Raises the errors of ``calculate``, but no GradientError for a result that is not a single number.
    """
    done = run(request.alone(graph=True), backward=None)
    if not done.program.result.depends:
        raise GradientError(
            "there is no graph: the expression has no input",
            code="AG203",
            why="a number alone is not recorded",
            hint=EXAMPLE,
        )
    missing = None
    if not done.seeds:
        shape = report.shape_text(done.result.shape)
        missing = f"the result has shape {shape}; `grad-tensor` says how to weigh its entries"
        if not done.result.requires_grad:
            missing = "the result does not depend on an input that requires grad"
    return report.Outline(
        expression=request.expression,
        result=report.Value.of(done.result),
        grad_tensors=request.grad_tensors,
        graph=describe(done),
        missing=missing,
        warnings=tuple(done.warnings),
    )


TEXT_LENGTH = 120
"""Characters of a node's text; a longer one is cut."""


def describe(done: Run) -> report.Graph:
    """Every node that depends on an input, operands before what uses them; gradients where there was a backward pass.

    The gradient is None where none is wanted, zeros where nothing flows back.
    """
    labels = done.program.labels
    order = topological([done.program.result])
    shown = [node for node in order if node.depends]
    ids = {id(node): number for number, node in enumerate(shown)}
    names = {id(node): labels[node] for node in order if node in labels}
    numbers = {id(node): f"#{ids[id(node)]}" for node in shown if isinstance(node, Call)}
    texts, steps = excerpts(order, names, TEXT_LENGTH, numbers | names)
    nodes: list[report.GraphNode] = []
    for node in shown:
        tensor: Tensor = done.values[node]
        g = None if tensor._grad is None else tensor._grad.array
        if g is None and tensor.grad_fn:
            g = done.inner.get(tensor.grad_fn)
        grad = np.zeros_like(tensor.array) if g is None else np.broadcast_to(g, tensor.shape)
        nodes.append(
            report.GraphNode(
                id=ids[id(node)],
                name=node.name if isinstance(node, Var) else names.get(id(node)),
                op=node.op.name if node.op is not None else None,
                text=texts[id(node)],
                step=steps[id(node)],
                inputs=tuple([ids[id(operand)] for operand in node.operands if operand.depends]),
                value=report.Value.of(tensor),
                grad=grad if tensor.requires_grad and done.seeds else None,
            )
        )
    return report.Graph(root=ids[id(done.program.result)], nodes=tuple(nodes))


def _formulas(done: Run, question: Question, assumptions: Sequence[Assumption]) -> Mapping[str, Formula]:
    request, program = done.request, done.program
    if not request.formula:
        return {}

    from autograd_core.formula import Asked, closed_forms

    whole = all(seed is None or np.all(np.asarray(seed) == 1) for seed in request.grad_tensors[-1:])
    single = len(request.grad_tensors) == 1 or request.zero_grad
    weights = None if whole and single and question.value.size == 1 else question.weights
    gradients = {name: question.gradients[name] for name in question.wanted}
    result, variables, labels = program.result, program.variables, program.labels
    asked = Asked(result, variables, question.inputs, gradients, labels, weights, *done.names, assumptions=assumptions)
    return closed_forms(asked, done.seconds)


def _variable(name: str, done: Run, formula: Formula | None, findings: Findings) -> report.Variable:
    """What is known of an input; the expression may not use it."""
    tensor = done.tensors[name] if name in done.tensors else Tensor(done.request.values[name], dtype=done.request.dtype)
    return report.Variable(
        name=name,
        value=report.Value.of(tensor),
        grad=done.gradients.get(name),
        formula=formula.text if formula else None,
        formula_reason=formula.reason if formula else None,
        check=findings.variables.get(name),
    )
