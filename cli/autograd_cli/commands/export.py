"""``autograd-cli export``: a program or a document that gives the same numbers elsewhere."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from json import dumps
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from autograd_cli import options
from autograd_cli.asking import request_of
from autograd_cli.command import environment_of, given
from autograd_cli.output import form_of, write_text
from autograd_core.errors import UsageError
from autograd_core.expr.read_text import read_text, typed_text

if TYPE_CHECKING:
    from autograd_core.request import Request

SCHEMA = "autograd-cli/export/1"

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

FORMS = {".py": "program", ".tex": "latex"}
"""What a file holds by the end of its name."""

To = Annotated[
    Literal["torch", "jax", "numpy", "sympy", "latex"] | None,
    typer.Option("--to", help="torch, jax, numpy, sympy or latex.", rich_help_panel=options.OUTPUT),
]
Json = Annotated[
    bool, typer.Option("--json", help="One JSON object that holds the program.", rich_help_panel=options.OUTPUT)
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Write to FILE instead: .py, or .tex for latex.",
        rich_help_panel=options.OUTPUT,
    ),
]


def export(
    context: typer.Context,
    to: To = None,
    grad_tensor: options.GradTensors = None,
    zero_grad: options.ZeroGrad = False,
    wrt: options.Wrt = None,
    no_grad: options.NoGrad = None,
    json: Json = False,
    output: Output = None,
    dtype: options.Dtype = "float64",
    seed: options.Seed = 0,
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
    if output is not None:
        if json:
            raise UsageError(
                f"--json and --output {output} ask for different answers", code="AG104", hint="leave out --json"
            )
        form_of(output, None, {".tex": "latex"} if to == "latex" else {".py": "program"})
    request = request_of(
        found,
        environment,
        grad_tensor=grad_tensor,
        wrt=wrt,
        no_grad=no_grad,
        seed=seed,
        zero_grad=zero_grad,
        dtype=dtype,
    )
    if to == "latex":
        text = latex_document(request)
    else:
        from autograd_core.calculate import program_for

        text = program_for(request, to)
    if json:
        environment.stdout.write(
            dumps(
                {
                    "schema": SCHEMA,
                    "ok": True,
                    "expression": typed_text(request.expression),
                    "read": read_text(request.expression),
                    "to": to,
                    "program": text,
                }
            )
            + "\n"
        )
    elif output is not None:
        write_text(output, lambda stream: stream.writelines([text]), environment)
    else:
        environment.stdout.write(text)


def latex_document(request: Request) -> str:
    """A LaTeX document with the expression, its gradients as formulas, their values and the steps."""
    from autograd_cli.render.latex import document
    from autograd_core.calculate import calculate

    report = calculate(replace(request, check="none", graph=False, steps=True, sparing=None))
    stream = StringIO()
    document(report, stream)
    return stream.getvalue()
