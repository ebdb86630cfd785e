"""``autograd-cli jacobian`` and ``hessian``: whole matrices of derivatives, and products with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from autograd_cli import options
from autograd_cli.arguments import Given, leaves, one_named
from autograd_cli.asking import chosen_format
from autograd_cli.command import environment_of, given
from autograd_cli.environment import Environment
from autograd_cli.output import replacing, say, write_text
from autograd_cli.showing import show_warnings, view_of
from autograd_core.errors import UsageError
from autograd_core.limits import CHECK_BUDGET

if TYPE_CHECKING:
    from autograd_cli.render.numbers import Array
    from autograd_cli.render.view import View
    from autograd_cli.values import ValueReader
    from autograd_core.matrices.report import MatrixReport

FORMS = {".json": "json", ".txt": "table", ".npz": "npz", ".md": "markdown", ".tex": "latex"}
"""The form of a matrix by the end of a file's name."""

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
Output = Annotated[
    str | None,
    typer.Option(
        "--output", metavar="FILE", help=f"Write to FILE instead: {' '.join(FORMS)}", rich_help_panel=options.OUTPUT
    ),
]

_BINDING = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)(.*)", re.DOTALL)


def answer(
    context: typer.Context,
    product: Product = None,
    formula: Formula = False,
    force: Force = False,
    wrt: options.Wrt = None,
    no_grad: options.NoGrad = None,
    check: options.Check = "sympy",
    check_budget: options.CheckBudget = CHECK_BUDGET,
    rtol: options.Rtol = None,
    atol: options.Atol = None,
    strict: options.Strict = False,
    format: options.Format = None,
    json: options.Json = False,
    output: Output = None,
    precision: options.Precision = None,
    full: options.Full = False,
    color: options.Color = "auto",
    ascii: options.Ascii = False,
    width: options.Width = None,
    dtype: options.Dtype = "float64",
    seed: options.Seed = 0,
) -> None:
    """Show the matrix that the command is called after."""
    found, environment = given(context), environment_of(context)
    form = chosen_format(format, json, None, output, FORMS)
    wanted = leaves(wrt or (), no_grad or (), found.used)

    from autograd_cli.render.effort import writing
    from autograd_cli.values import ValueReader
    from autograd_core.matrices import MatrixRequest, hessian, jacobian

    reader = ValueReader(environment.stdin, seed)
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
            dtype=dtype,
            check=check,
            rtol=rtol,
            atol=atol,
            check_budget=check_budget,
            writing=writing(form, full=full),
        )
    )
    show_warnings(report, environment, color, width)
    view = view_of(
        environment,
        file=output is not None,
        width=width,
        color=color,
        ascii=ascii,
        precision=precision,
        full=full,
    )
    write(report, form, view, environment, output)
    raise typer.Exit(report.exit_status(strict=strict))


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


def write(report: MatrixReport, form: str, view: View, environment: Environment, output: str | None) -> None:
    """Write a report where it was asked for."""
    from autograd_cli.render import matrices, matrices_data, matrices_latex

    if form == "npz":
        assert output is not None
        with replacing(output) as binary:
            matrices_data.write_npz(report, binary)
        say(output, environment)
        return
    forms = {
        "table": matrices.write_table,
        "json": matrices_data.write_json,
        "plain": matrices_data.write_plain,
        "latex": matrices_latex.write_latex,
        "markdown": matrices_latex.write_markdown,
    }
    if output is not None:
        write_text(output, lambda stream: forms[form](report, view, stream), environment)
    else:
        forms[form](report, view, environment.stdout)
