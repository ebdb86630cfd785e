"""``autograd-cli jacobian`` and ``hessian``: whole matrices of derivatives, and products with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from autograd_cli import options, output
from autograd_cli.arguments import Given, leaves, one_named
from autograd_cli.asking import chosen_format
from autograd_cli.command import environment_of, given
from autograd_cli.showing import show_warnings, view_of
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_cli.values import ValueReader
    from autograd_core.report import Array

MATRIX = "Matrix"

Product = Annotated[
    list[str] | None,
    typer.Option(
        "--product",
        metavar="VALUE",
        help="Only a product, without the matrix. A v in the shape of the result gives v.J; NAME=u, once for each "
        "input that moves, gives J.u, and of a Hessian H.u, where a u alone will do if there is one input.",
        rich_help_panel=MATRIX,
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force", help="Nothing more: only the limits of every run hold for a matrix.", rich_help_panel=MATRIX
    ),
]
Formula = Annotated[
    bool, typer.Option("--formula", help="With each block as a formula, where there is one.", rich_help_panel=MATRIX)
]
_BINDING = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)(.*)", re.DOTALL)


def answer(
    context: typer.Context,
    inputs: options.Inputs,
    checks: options.Checks,
    outputs: options.Outputs,
    look: options.Look,
    settings: options.Values,
    product: Product = None,
    formula: Formula = False,
    force: Force = False,
) -> None:
    """Show the matrix that the command is called after."""
    found, environment = given(context), environment_of(context)
    form = chosen_format(outputs)
    wanted = leaves(inputs.wrt or (), inputs.no_grad or (), found.used)

    from autograd_cli.values import ValueReader
    from autograd_cli.views.matrices import matrix_answer
    from autograd_cli.writers.cost import writing
    from autograd_core.matrices import MatrixRequest, hessian, jacobian

    reader = ValueReader(environment.stdin, settings.seed)
    values = found.read_values(reader)
    cotangent, tangents = vectors(product or (), found, reader)
    find = hessian if context.info_name == "hessian" else jacobian
    report = find(
        MatrixRequest(
            found.expression,
            values,
            wanted=wanted,
            cotangent=cotangent,
            tangents=tangents,
            formula=formula,
            dtype=settings.dtype,
            check=checks.check,
            rtol=checks.rtol,
            atol=checks.atol,
            check_budget=checks.check_budget,
            writing=writing(form, full=look.full),
        )
    )
    show_warnings(report, environment, look)
    display = view_of(environment, look, file=outputs.output is not None)
    output.answer(matrix_answer(report), form, outputs.output, environment, display)
    raise typer.Exit(report.exit_status(strict=checks.strict))


def vectors(texts: Sequence[str], found: Given, reader: ValueReader) -> tuple[Array | None, dict[str, Array]]:
    """The v and the u of ``--product``: v stands alone, each u has the name of its input before it.

    Raises UsageError for what is given twice.
    """
    cotangent: Array | None = None
    tangents: dict[str, Array] = {}
    for text in texts:
        bound = _BINDING.fullmatch(text)
        if bound is None:
            if cotangent is not None:
                raise UsageError(
                    "--product is given twice",
                    code="AG104",
                    why="one v, or one u for each input",
                    hint="--product NAME=VALUE says which input a u belongs to",
                )
            cotangent = reader.read("--product", text)
            continue
        name = one_named(bound[1], "--product", found.used)
        if name in tangents:
            raise UsageError(f"--product {name}= is given twice", code="AG104", hint="leave one of them out")
        tangents[name] = reader.read(f"--product {name}", bound[2])
    return cotangent, tangents
