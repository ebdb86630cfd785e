"""``autograd-cli export``: a program or a document that gives the same numbers elsewhere."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Literal

import typer

from autograd_cli.commands.call import Call
from autograd_cli.commands.requests import request_of
from autograd_cli.options import OUTPUT, REPORT, Gradients, Outputs, Values, option
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_core.request import Request


class Program(Outputs, panel=OUTPUT):
    """A program, which is written as it is unless a form is asked for."""

    FORMS = {".py": "program"} | REPORT
    DEFAULT = "program"

    to: Literal["torch", "jax", "numpy", "sympy", "latex"] | None = option("--to", "torch, jax, numpy, sympy or latex.")


class Document(Program):
    """A document of LaTeX, which is a program of its own."""

    FORMS = REPORT | {".tex": "program"}


def export(context: typer.Context, gradients: Gradients, outputs: Program, values: Values) -> None:
    """A program that computes EXPR and its gradients with another library, and asserts the numbers of this one."""
    to = outputs.to
    if to is None:
        raise UsageError(
            "export needs a target",
            code="AG102",
            why="--to says which library the program is for: torch, jax, numpy, sympy or latex",
            retry=("--to", "torch"),
        )
    call = Call(context, Document(**vars(outputs)) if to == "latex" else outputs)
    request = request_of(call.given, gradients, values)

    from autograd_cli.views.gradient import program_answer
    from autograd_core.calculate import calculate, program_for

    text = latex_document(request) if to == "latex" else program_for(request, to)
    report = calculate(replace(request, check="none", graph=False, formula=False)) if call.form == "npz" else None
    call.respond(program_answer(request.expression, to, text, report))


def latex_document(request: Request) -> str:
    """A LaTeX document with the expression, its gradients as formulas, their values and the steps."""
    from autograd_cli.document import Display
    from autograd_cli.views.gradient import gradient_answer
    from autograd_cli.writers import write
    from autograd_cli.writers.markup import WHOLE
    from autograd_core.calculate import calculate

    report = calculate(replace(request, check="none", graph=False, steps=True, sparing=None))
    stream = StringIO()
    write(gradient_answer(report), "latex", Display(), stream)
    before, after = WHOLE
    return before + stream.getvalue() + after
