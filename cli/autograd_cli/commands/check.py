"""``autograd-cli check``: gradients that somebody derived by hand, judged and diagnosed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from autograd_cli import completion, options, output
from autograd_cli.asking import chosen_format
from autograd_cli.command import environment_of, given
from autograd_cli.environment import Environment
from autograd_cli.showing import show_warnings, view_of
from autograd_core.claims.defaults import BRANCHES, LEAST, MOST, POINTS, RTOL
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_cli.values import ValueReader
    from autograd_core.report import Array

HELP = """Judge gradients of EXPR that were derived by hand, and say what is wrong with them.

\b
autograd-cli check "sum((X@w - y)**2)" --claim "w = 2*X.T@(X@w - y)" \\
    --X "1,2;3,4" --w 1,1 --y 1,1
autograd-cli check "-sum(y*log(softmax(z)))" --z 1,2,3 --y 0,1,0 \\
    --claim "p = softmax(z); z = p - y"
autograd-cli check "sum(x**2)" --claim "x = 2,4,6" --x 1,2,3

A claim is NAME = FORMULA, in the inputs, the statements of EXPR, f for the
result and v for the grad tensor; statements before it are helpers. It is right
if it gives the gradient at your numbers and at random ones of the same shapes.
NAME = NUMBERS is judged at your numbers only; NAME = @FILE reads them.
NAME = A = B = C is a derivation, df = ... dx ... a differential: each step is
judged, and the first that is not true is named.

\b
Exit status: 0 every claim is right, 1 not every one is, 2 usage,
3 the expression, a value or a claim cannot be read.
"""

CLAIMS = "Claims"

Claims = Annotated[
    list[str] | None,
    typer.Option(
        "--claim",
        metavar="'NAME = FORMULA'",
        help="A gradient to judge; can be repeated.",
        rich_help_panel=CLAIMS,
        autocompletion=completion.claims,
    ),
]
ClaimFile = Annotated[
    list[str] | None,
    typer.Option(
        "--claim-file",
        metavar="FILE",
        help="A file of claims, one a line, or - for standard input; # starts a comment.",
        rich_help_panel=CLAIMS,
    ),
]
Points = Annotated[
    int,
    typer.Option(
        "--points",
        metavar="N",
        min=LEAST,
        max=MOST,
        help=f"How many random points are tried besides your numbers; {POINTS} if not said, and up to {BRANCHES} times "
        "as many where the expression has branches.",
        rich_help_panel=CLAIMS,
    ),
]
Answer = Annotated[
    bool,
    typer.Option(
        "--answer/--no-answer",
        help="With or without the right formula and numbers of a claim that is wrong.",
        rich_help_panel=CLAIMS,
    ),
]
GradTensor = Annotated[
    str | None,
    typer.Option(
        "--grad-tensor",
        metavar="VALUE",
        help="The v of v.J, in the shape of the result; needed unless the result is one number.",
        rich_help_panel=options.GRADIENT,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        min=0,
        help="The seed of the random points, of rand and of randn; 0 if not said.",
        rich_help_panel=options.VALUES,
    ),
]
Rtol = Annotated[
    float | None,
    typer.Option(
        "--rtol",
        metavar="X",
        min=0,
        help=f"The relative difference that is still right; {RTOL:g} if not said.",
        rich_help_panel=CLAIMS,
    ),
]
Atol = Annotated[
    float | None,
    typer.Option(
        "--atol",
        metavar="X",
        min=0,
        help="The absolute difference that is still right; 0 if not said.",
        rich_help_panel=CLAIMS,
    ),
]
Of = Annotated[
    Literal["gradient", "jacobian", "hessian"],
    typer.Option(
        "--of",
        metavar="WHAT",
        help="What is claimed: the gradient (v.J), the jacobian, or the hessian, whose blocks are 'x,y = ...'.",
        rich_help_panel=CLAIMS,
    ),
]
Assume = Annotated[
    list[str] | None,
    typer.Option(
        "--assume",
        metavar="'A symmetric'",
        help="What holds of an input: symmetric, positive definite, orthogonal, diagonal, invertible, 'x > 0', "
        "'sum(y) == 1', 'norm(x) == 1'; can be repeated.",
        rich_help_panel=CLAIMS,
    ),
]

Grader = Annotated[
    Literal["gradescope", "prairielearn"] | None,
    typer.Option(
        "--grader",
        metavar="NAME",
        help="Write the result file of an autograder, gradescope or prairielearn, which tells no right formula.",
        rich_help_panel=CLAIMS,
    ),
]

_FILE_OF_NUMBERS = re.compile(r"\s*(\w+)\s*=\s*@([^@].*)", re.DOTALL)
_MOST_CLAIMS = 1_000_000


def check(
    context: typer.Context,
    outputs: options.Outputs,
    look: options.Look,
    claim: Claims = None,
    claim_file: ClaimFile = None,
    answer: Answer = True,
    points: Points = POINTS,
    rtol: Rtol = None,
    atol: Atol = None,
    grad_tensor: GradTensor = None,
    of: Of = "gradient",
    assume: Assume = None,
    grader: Grader = None,
    seed: Seed = 0,
) -> None:
    """Judge gradients that were derived by hand."""
    from autograd_cli.values import ValueReader
    from autograd_cli.views.claims import claims_answer
    from autograd_core.claims import judge_claims
    from autograd_core.claims.judge import ClaimsRequest

    found, environment = given(context), environment_of(context)
    form = chosen_format(outputs, usual="table" if grader is None else "json")
    if grader is not None and form != "json":
        words = f"--grader {grader} writes JSON, and {form} is asked for"
        raise UsageError(words, code="AG104", hint="--output results.json")
    reader = ValueReader(environment.stdin, seed)
    texts = [*(claim or ()), *(_from_file(name, environment) for name in claim_file or ())]
    if not texts:
        name = found.source.variables[0] if found.source.variables else "x"
        raise UsageError(
            "check needs a claim",
            code="AG103",
            hint=f"add --claim '{name} = ...', a formula for the gradient of {name}",
        )
    values = found.read_values(reader)
    formulas, numeric = _split(texts, reader)
    report = judge_claims(
        ClaimsRequest(
            found.expression,
            values,
            formulas,
            numeric=numeric,
            grad_tensor=None if grad_tensor is None else reader.read("--grad-tensor", grad_tensor),
            points=points,
            seed=seed,
            rtol=RTOL if rtol is None else rtol,
            atol=0.0 if atol is None else atol,
            of=of,
            assume=tuple(assume or ()),
            answer=answer,
        )
    )
    show_warnings(report, environment, look)
    display = view_of(environment, look, file=outputs.output is not None, formula=answer)
    shown = claims_answer(report)
    if grader is not None:
        from autograd_cli.views.graders import results

        shown = replace(shown, json=lambda _: results(report, grader))
    output.answer(shown, form, outputs.output, environment, display)
    raise typer.Exit(report.exit_status())


def _from_file(name: str, environment: Environment) -> str:
    """The text of a file of claims."""
    from autograd_cli.files import decoded, opened, shown

    if name == "-":
        return decoded(environment.stdin.read("the claims", _MOST_CLAIMS), "--claim-file", "standard input")
    with opened(name.removeprefix("@"), "--claim-file", _MOST_CLAIMS) as stream:
        return decoded(stream.read(), "--claim-file", shown(name))


def _split(texts: list[str], reader: ValueReader) -> tuple[list[str], dict[str, Array]]:
    """Claims as text, and those that name a file of numbers."""
    formulas: list[str] = []
    numeric: dict[str, Array] = {}
    for text in texts:
        match = _FILE_OF_NUMBERS.fullmatch(text)
        if match is None:
            formulas.append(text)
        elif match[1] in numeric:
            raise UsageError(f"{match[1]} is claimed twice", code="AG104", hint="leave one of the two out")
        else:
            numeric[match[1]] = reader.read(match[1], f"@{match[2].strip()}")
    return formulas, numeric
