"""``autograd-cli check``: gradients that somebody derived by hand, judged and diagnosed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import typer

from autograd_cli import completion
from autograd_cli.commands.call import Call
from autograd_cli.options import ASSUME, GRADIENT, VALUES, Options, Outputs, Texts, option
from autograd_core.errors import UsageError
from autograd_core.limits import BRANCH_POINTS, CLAIM_POINTS, CLAIM_RTOL, MAX_CLAIM_POINTS, MIN_CLAIM_POINTS

if TYPE_CHECKING:
    from autograd_core.claims.request import ClaimsRequest
    from autograd_core.report import Array

CLAIMS = "Claims"


class Judging(Options, panel=CLAIMS):
    """How claims are judged."""

    answer: bool = option(
        "--answer/--no-answer", "With or without the right formula and numbers of a claim that is wrong.", default=True
    )
    points: int = option(
        "--points N",
        "How many random points are tried besides your numbers; where the expression has branches, up to "
        f"{BRANCH_POINTS} times as many.",
        default=CLAIM_POINTS,
        min=MIN_CLAIM_POINTS,
        max=MAX_CLAIM_POINTS,
    )
    rtol: float = option(
        "--rtol X",
        "The relative difference that is still right, besides rounding.",
        default=CLAIM_RTOL,
        min=0,
    )
    atol: float = option("--atol X", "The absolute difference that is still right.", default=0.0, min=0)
    of: Literal["gradient", "jacobian", "hessian"] = option(
        "--of WHAT",
        "What is claimed: gradient (v.J), jacobian, or hessian, whose blocks are 'x,y = ...'.",
        default="gradient",
    )
    assume: Texts = ASSUME
    seed: int = option("--seed N", "The seed of the random points, of rand and of randn.", VALUES, default=0, min=0)


class Claims(Options, panel=CLAIMS):
    """What is claimed."""

    claim: Texts = option(
        "--claim 'NAME = FORMULA'", "A gradient to judge; can be repeated.", complete=completion.bindings
    )
    claim_file: Texts = option(
        "--claim-file FILE", "A file of claims, one a line, or - for standard input; # starts a comment."
    )
    grad_tensor: str | None = option(
        "--grad-tensor VALUE",
        "The v of v.J, in the shape of the result; needed unless the result is one number.",
        GRADIENT,
    )


class JudgedOutputs(Outputs):
    """The forms of judgements, among them those of autograders."""

    grader: Literal["gradescope", "prairielearn"] | None = option(
        "--grader NAME",
        "Write the result file of an autograder, gradescope or prairielearn, which tells no right formula.",
        CLAIMS,
    )


_FILE_OF_NUMBERS = re.compile(r"\s*(\w+)\s*=\s*@([^@].*)", re.DOTALL)
_MOST_CLAIMS = 1_000_000


def check(context: typer.Context, claims: Claims, judging: Judging, outputs: JudgedOutputs) -> None:
    """Judge gradients of EXPR that were derived by hand, and say what is wrong with them."""
    from autograd_cli.values.files import text_of_file
    from autograd_cli.views.claims import claims_answer
    from autograd_core.claims import judge_claims

    grader = outputs.grader
    outputs.json |= grader is not None and not outputs.format and not outputs.output
    call = Call(context, outputs)
    found = call.given
    if grader is not None and call.form != "json":
        words = f"--grader {grader} writes JSON, and {call.form} is asked for"
        raise UsageError(words, code="AG104", hint="--output results.json")
    texts = list(claims.claim or ())
    for name in claims.claim_file or ():
        texts.append(text_of_file(name.removeprefix("@"), "--claim-file", _MOST_CLAIMS, call.environment.stdin))
    if not texts:
        name = variables[0] if (variables := found.reading.source.variables) else "x"
        hint = f"add --claim '{name} = ...', a formula for the gradient of {name}"
        raise UsageError("check needs a claim", code="AG103", hint=hint)
    values = found.read_values()
    formulas: list[str] = []
    numeric: dict[str, Array] = {}
    for text in texts:
        if (match := _FILE_OF_NUMBERS.fullmatch(text)) is None:
            formulas.append(text)
            continue
        if match[1] in numeric:
            raise UsageError(f"{match[1]} is claimed twice", code="AG104", hint="leave one of the two out")
        numeric[match[1]] = found.reader.read(match[1], f"@{match[2].strip()}")
    weights = claims.grad_tensor
    vector = None if weights is None else found.reader.read("--grad-tensor", weights)
    report = judge_claims(claims_request(found.expression, values, formulas, numeric, vector, judging))
    shown = claims_answer(report)
    if grader is not None:
        from autograd_cli.document import Display
        from autograd_cli.views.claims import grader_results

        hidden = shown.json(Display(formula=False))
        shown = replace(shown, json=lambda _: grader_results([hidden], grader))
    call.respond(shown, report.warnings, status=report.exit_status(), formula=judging.answer)


def claims_request(
    expression: str, values: Any, claims: Sequence[Any], numeric: Any, grad_tensor: Array | None, judging: Judging
) -> ClaimsRequest:
    """The request for claims, as texts or in numbers."""
    from autograd_core.claims.request import ClaimsRequest

    settings = {**vars(judging), "assume": tuple(judging.assume or ())}
    return ClaimsRequest(expression, values, claims, numeric=numeric, grad_tensor=grad_tensor, **settings)
