"""``autograd-cli export``: a program or a document that gives the same numbers elsewhere."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from autograd_cli import options
from autograd_cli.asking import chosen_format, request_of
from autograd_cli.command import environment_of, given
from autograd_cli.output import REPORT, answer
from autograd_cli.showing import view_of
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_core.report import Report
    from autograd_core.request import Request

HELP = """A program that computes EXPR and its gradients with another library, and asserts
the numbers of this one: run it, and it proves itself.

\b
autograd-cli export "sum((Y-W2*W1*X1)**2)" --to torch \\
    --x1 2,3,4,5 --w1 1,1,1,1 --w2 1,2,3,4 --y 1,1,1,1
autograd-cli export "mean(relu(X @ w))" --to numpy --X "1,2,3;4,5,6" --w 1,2,-1 \\
    --output check.py
autograd-cli export "sum(softmax(z)*y)" --to latex --z 1,2,3 --y 0,1,0

torch and jax differentiate by themselves; numpy has the backward pass written
out; sympy differentiates a symbol for each entry; latex is a whole document.
"""

To = Annotated[
    Literal["torch", "jax", "numpy", "sympy", "latex"] | None,
    typer.Option("--to", help="torch, jax, numpy, sympy or latex.", rich_help_panel=options.OUTPUT),
]


Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help=f"Write to FILE instead: .py, or .tex for latex; {' '.join(REPORT)} hold it as a document.",
        rich_help_panel=options.OUTPUT,
    ),
]


def export(
    context: typer.Context,
    gradients: options.Gradients,
    values: options.Values,
    look: options.Look,
    to: To = None,
    format: options.Format = None,
    json: options.Json = False,
    output: Output = None,
) -> None:
    """Write a program that reproduces the result."""
    found, environment = given(context), environment_of(context)
    if to is None:
        raise UsageError(
            "export needs a target",
            code="AG102",
            why="--to says which library the program is for: torch, jax, numpy, sympy or latex",
            retry=("--to", "torch"),
        )
    own = ".tex" if to == "latex" else ".py"
    forms = {own: "program", **{ending: form for ending, form in REPORT.items() if ending != own}}
    form = chosen_format(options.Outputs(format, json, output), forms=forms, usual="program")
    request = request_of(found, environment, gradients, values)
    report = None
    if to == "latex":
        text = latex_document(request)
    else:
        from autograd_core.calculate import program_for

        text = program_for(request, to)
    if form == "npz":
        report = _gradients(request)

    from autograd_cli.views.program import program_answer

    display = view_of(environment, look, file=output is not None)
    answer(program_answer(request.expression, to, text, report), form, output, environment, display)


def latex_document(request: Request) -> str:
    """A LaTeX document with the expression, its gradients as formulas, their values and the steps."""
    from autograd_cli.document import Display
    from autograd_cli.views.gradient import gradient_answer
    from autograd_cli.writers import write
    from autograd_cli.writers.latex import WHOLE
    from autograd_core.calculate import calculate

    report = calculate(replace(request, check="none", graph=False, steps=True, sparing=None))
    stream = StringIO()
    write(gradient_answer(report), "latex", Display(), stream)
    before, after = WHOLE
    return before + stream.getvalue() + after


def _gradients(request: Request) -> Report:
    """The numbers that the program asserts."""
    from autograd_core.calculate import calculate

    return calculate(replace(request, check="none", graph=False, formula=False))
