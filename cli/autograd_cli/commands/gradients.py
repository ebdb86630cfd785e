"""``autograd-cli grad``, ``graph`` and ``export``: gradients, the graph they pass through, and a program for them."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import Literal

import typer

from autograd_cli.arguments import leaves
from autograd_cli.commands.call import EACH, VALUE, Call, gradients_of, request_of
from autograd_cli.errors import worded
from autograd_cli.options import (
    OR_VALUE,
    OUTPUT,
    REPORT,
    Checks,
    Gradients,
    Options,
    Outputs,
    Parts,
    Texts,
    Values,
    get_option,
    option,
)
from autograd_core.errors import UsageError


class GradientOutputs(Outputs):
    """The forms of gradients, and single ones as values."""

    get: Texts = get_option()
    or_value: bool = option(OR_VALUE, "The value alone where there is no gradient.", default=False, hidden=True)


def grad(
    context: typer.Context, gradients: Gradients, parts: Parts, checks: Checks, outputs: GradientOutputs, values: Values
) -> None:
    """The value of EXPR and the gradient of every input, as PyTorch computes it."""
    call = Call(context, outputs)
    found, form, asked = call.given, call.form, call.wanted(call.given.used)
    with_grad = leaves(gradients.wrt or (), gradients.no_grad or (), found.used)
    for name in asked:
        if with_grad is not None and name in found.used and name not in with_grad:
            why = f"{name} does not require grad, by --wrt or --no-grad"
            hint = "--get takes a variable that has one"
            raise UsageError(f"{name} has no gradient", code="AG205", why=why, hint=hint)
    if outputs.or_value:
        answer_value(call, gradients, values)

    from autograd_core.report import Report

    if form not in ("json", "plain") and not asked and outputs.output is None:
        from autograd_cli.writers import document_writer

        document_writer(form)  # imported now, while SymPy is imported, and not when everybody waits for the answer
    call.foresee_writing(asked, with_grad, tree=parts.tree)
    if asked:
        parts = Parts(assume=parts.assume, order=parts.order, formula=False, tree=False)
    steps = parts.steps or form == "html"
    report, shown = gradients_of(found, gradients, parts, checks, values, get=outputs.get, steps=steps)
    status = report.exit_status(strict=checks.strict)
    if asked and isinstance(report, Report):
        from autograd_cli.document import Display
        from autograd_cli.views import verdict_blocks

        grads = {each.name: each.grad for each in report.variables if each.grad is not None}
        known = {VALUE: report.result.data, **grads}
        call.give(asked, known, report.warnings, status, lambda: verdict_blocks(report, Display())[0])
    call.respond(shown, report.warnings, status=status, tree=parts.tree, formula=parts.formula)


def answer_value(call: Call, gradients: Gradients, values: Values) -> None:
    """Answer with the value of an expression that has no gradient: it is not one number, or depends on no input."""
    from autograd_cli.views.gradient import value_answer
    from autograd_core.report import shape_text
    from autograd_core.run import run

    done = run(request_of(call.given, gradients, values, graph=False), backward=False)
    array, depends = done.result.array, done.result.requires_grad
    if depends and array.size == 1:
        return
    advice = "jacobian shows its derivatives, --grad-tensor 1 those of its sum"
    note = f"shape {shape_text(array.shape)}: {advice}" if depends else None
    call.note_reading()
    call.respond(value_answer(array), done.warnings, note=note)


class GraphOutputs(Outputs, panel=OUTPUT):
    """The forms of a graph, among them those of other programs."""

    FORMATS = ("tree", "dot", "mermaid", "svg", *Outputs.FORMATS)
    FORMS = {".svg": "svg", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid"} | REPORT

    direction: Literal["down", "right"] = option("--direction", "Where the data of a drawing flows.", default="down")


def graph(context: typer.Context, gradients: Gradients, outputs: GraphOutputs, values: Values) -> None:
    """The computation graph of EXPR: every value, every gradient, and how they depend on each other."""
    call = Call(context, outputs)

    from autograd_cli.views.gradient import graph_answer
    from autograd_core.calculate import outline

    report = outline(request_of(call.given, gradients, values))
    missing = f"no gradients: {worded(report.missing)}" if report.missing and call.form != "json" else None
    answer = graph_answer(report, across=outputs.direction == "right")
    call.respond(answer, report.warnings, note=missing)


class Program(Outputs):
    """A program, which is written as it is unless a form is asked for."""

    FORMS = {".py": "program"} | REPORT
    DEFAULT = "program"


class Target(Options, panel="Program"):
    """What the program is for."""

    to: Literal["torch", "jax", "numpy", "sympy", "latex"] | None = option(
        "--to LIBRARY", "torch, jax, numpy or sympy; latex is a document."
    )


def export(context: typer.Context, target: Target, gradients: Gradients, outputs: Program, values: Values) -> None:
    """A program that computes EXPR and its gradients with another library, and asserts the numbers of this one.

    As a document of LaTeX it has the expression, its gradients as formulas, their values and the steps.
    """
    to = target.to
    if to is None:
        raise UsageError(
            "export needs a target",
            code="AG102",
            why="--to says which library the program is for: torch, jax, numpy, sympy or latex",
            retry={"to": "torch"},
        )
    if to == "latex":  # a document, which is a program of its own
        outputs.FORMS = REPORT | {".tex": "program"}
    call = Call(context, outputs)
    request = request_of(call.given, gradients, values)

    from autograd_cli.views.gradient import gradient_answer, program_answer
    from autograd_core.calculate import calculate, program_for
    from autograd_core.preflight import refuse_writing

    if to == "latex":
        from autograd_cli.document import Display
        from autograd_cli.writers import write
        from autograd_cli.writers.markup import WHOLE

        worked = calculate(replace(request, check="none", graph=False, steps=True))
        stream = StringIO()
        write(gradient_answer(worked), "latex", Display(), stream)
        text, warned = stream.getvalue().join(WHOLE), [*worked.warnings]
    else:
        # Of one number many times the shape is written.
        large = [one.size for one in request.values.values() if one.size and one.min() != one.max()]
        refuse_writing(sum(large), EACH["program"], "grad with `output r.npz` holds all numbers")
        text, warned = program_for(request, to)
    report = calculate(replace(request, check="none", graph=False, formula=False)) if call.form == "npz" else None
    call.respond(program_answer(request.expression, to, text, report), warned)
