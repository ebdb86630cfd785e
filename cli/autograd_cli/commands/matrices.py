"""``autograd-cli jacobian`` and ``hessian``: whole matrices of derivatives, and products with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

import typer

from autograd_cli.arguments import Given, leaves, one_named
from autograd_cli.commands.call import Call, checking, writing
from autograd_cli.options import ASSUME, Checks, Inputs, Outputs, Texts, Values, option
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_core.matrices import MatrixRequest
    from autograd_core.matrices.report import MatrixReport
    from autograd_core.report import Array

_BINDING = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)(.*)", re.DOTALL)


class Matrices(Inputs, panel="Matrix"):
    """What is found: by which inputs, the matrix or a product with it, its formulas."""

    product: Texts = option(
        "--product VALUE",
        "Only a product, without the matrix. A v in the shape of the result gives v.J; NAME=u, once for each "
        "input that moves, gives J.u, and of a Hessian H.u, where a u alone will do if there is one input.",
    )
    formula: bool = option("--formula", "With each block as a formula, where there is one.", default=False)
    assume: Texts = ASSUME
    force: bool = option("--force", "Nothing more: only the limits of every run hold for a matrix.", default=False)


def jacobian(context: typer.Context, matrices: Matrices, checks: Checks, outputs: Outputs, values: Values) -> None:
    """The Jacobian of EXPR: the derivative of every entry of the result by every entry of every input."""
    from autograd_core.matrices import jacobian

    answer(jacobian, Call(context, outputs), matrices, checks, values)


def hessian(context: typer.Context, matrices: Matrices, checks: Checks, outputs: Outputs, values: Values) -> None:
    """The Hessian of EXPR, a single number: its second derivatives by every pair of entries of the inputs."""
    from autograd_core.matrices import hessian

    answer(hessian, Call(context, outputs), matrices, checks, values)


def answer(
    find: Callable[[MatrixRequest], MatrixReport], call: Call, matrices: Matrices, checks: Checks, values: Values
) -> NoReturn:
    """Find a matrix, or a product with it, and show it."""
    from autograd_cli.views.derivatives import matrix_answer
    from autograd_core.matrices import MatrixRequest

    found = call.given
    wanted = leaves(matrices.wrt or (), matrices.no_grad or (), found.used)
    arrays = found.read_values()
    cotangent, tangents = vectors(matrices.product or (), found)
    report = find(
        MatrixRequest(
            found.expression,
            arrays,
            wanted=wanted,
            cotangent=cotangent,
            tangents=tangents,
            formula=matrices.formula,
            assume=matrices.assume or (),
            dtype=values.dtype,
            **checking(checks),
            writing=writing(call.form, full=call.outputs.full),
        )
    )
    call.respond(matrix_answer(report), report.warnings, status=report.exit_status(strict=checks.strict))


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
