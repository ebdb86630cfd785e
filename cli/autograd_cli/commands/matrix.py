"""``autograd-cli jacobian`` and ``hessian``: whole matrices of derivatives, and products with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from autograd_cli.arguments import Given, leaves, one_named
from autograd_cli.command import environment_of, given
from autograd_cli.options import Checks, Inputs, Outputs, Texts, Values, option
from autograd_cli.output import chosen_format, respond
from autograd_cli.requests import checking
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_core.report import Array

MATRIX = "Matrix"
_BINDING = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)(.*)", re.DOTALL)


class Matrices(Inputs):
    """What is found: by which inputs, the matrix or a product with it, its formulas."""

    product: Annotated[
        Texts,
        option(
            "--product VALUE",
            "Only a product, without the matrix. A v in the shape of the result gives v.J; NAME=u, once for each "
            "input that moves, gives J.u, and of a Hessian H.u, where a u alone will do if there is one input.",
            MATRIX,
        ),
    ] = None
    formula: Annotated[bool, option("--formula", "With each block as a formula, where there is one.", MATRIX)] = False
    force: Annotated[
        bool, option("--force", "Nothing more: only the limits of every run hold for a matrix.", MATRIX)
    ] = False


def answer(context: typer.Context, matrices: Matrices, checks: Checks, outputs: Outputs, values: Values) -> None:
    """Show the matrix that the command is called after."""
    found, environment = given(context), environment_of(context)
    form = chosen_format(outputs)
    wanted = leaves(matrices.wrt or (), matrices.no_grad or (), found.used)

    from autograd_cli.requests import writing
    from autograd_cli.views.matrices import matrix_answer
    from autograd_core.matrices import MatrixRequest, hessian, jacobian

    arrays = found.read_values()
    cotangent, tangents = vectors(matrices.product or (), found)
    find = hessian if context.info_name == "hessian" else jacobian
    report = find(
        MatrixRequest(
            found.expression,
            arrays,
            wanted=wanted,
            cotangent=cotangent,
            tangents=tangents,
            formula=matrices.formula,
            dtype=values.dtype,
            **checking(checks),
            writing=writing(form, full=outputs.full),
        )
    )
    respond(matrix_answer(report), form, outputs, environment, report.warnings)
    raise typer.Exit(report.exit_status(strict=checks.strict))


def vectors(texts: Sequence[str], found: Given) -> tuple[Array | None, dict[str, Array]]:
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
            cotangent = found.reader.read("--product", text)
            continue
        name = one_named(bound[1], "--product", found.used)
        if name in tangents:
            raise UsageError(f"--product {name}= is given twice", code="AG104", hint="leave one of them out")
        tangents[name] = found.reader.read(f"--product {name}", bound[2])
    return cotangent, tangents
