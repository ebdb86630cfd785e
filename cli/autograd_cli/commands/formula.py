"""``autograd-cli formula``: formulas for shapes alone, without numbers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from autograd_cli import options
from autograd_cli.command import ExpressionCommand, environment_of
from autograd_cli.environment import Environment
from autograd_cli.files import expression_text
from autograd_cli.line import CommandLine
from autograd_cli.reading import SYNTAX
from autograd_cli.words import only_expression, split
from autograd_core.errors import UsageError

HELP = """Formulas of derivatives for sizes alone, in letters or numbers.

\\b
autograd-cli formula "x^T A x"
autograd-cli formula "x^T A x" --x n --A n,n --assume "A symmetric"
autograd-cli formula "norm(A@x - b)**2" --wrt x --steps
autograd-cli formula "logsumexp(x)" --x n --hessian
autograd-cli formula "mean((X@w - y)**2)" --to numpy

--x n is a vector of n numbers, --A m,n a matrix, --c scalar a number; a kind
that is not given is inferred where one fits. Of a result that is not one number
the formula is of v.J. Each is proved at random numbers and several sizes.
"""

KEY = "autograd_cli.sizes"
"""Where a context keeps the expression and the sizes of its command line."""

WHAT = "Derivatives"

FORMS = {".json": "json", ".txt": "table", ".html": "html", ".md": "markdown", ".tex": "latex"}

Jacobian = Annotated[bool, typer.Option("--jacobian", help="Whole Jacobians.", rich_help_panel=WHAT)]
Hessian = Annotated[bool, typer.Option("--hessian", help="Whole Hessians, of a number.", rich_help_panel=WHAT)]
Order = Annotated[
    int, typer.Option("--order", metavar="N", min=1, max=10, help="The N-th derivative by each.", rich_help_panel=WHAT)
]
Assume = Annotated[
    list[str] | None,
    typer.Option(
        "--assume",
        metavar="TEXT",
        help="What formulas may use: 'A symmetric', 'x > 0', 'sum(y) == 1'; may be given again.",
        rich_help_panel=WHAT,
    ),
]
Steps = Annotated[bool, typer.Option("--steps", help="Every step with its reason.", rich_help_panel=WHAT)]
To = Annotated[
    Literal["numpy", "torch", "jax"] | None,
    typer.Option("--to", help="Also as a function of numpy, torch or jax.", rich_help_panel=WHAT),
]


class FormulaCommand(ExpressionCommand):
    """A command with an expression and sizes for its variables."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The usage line."""
        return ["EXPR", "[--NAME SIZES]...", "[OPTIONS]"]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the expression and the sizes out of ``args``, and leave the options to Typer."""
        line = CommandLine(ctx.info_name, tuple(args), self.takes(ctx))
        parts = split(line, strict=not ctx.resilient_parsing)
        if ctx.resilient_parsing or parts.over:
            return super(ExpressionCommand, self).parse_args(ctx, parts.options)
        environment: Environment = environment_of(ctx)
        text = expression_text(only_expression(parts, line), environment.stdin)
        syntax = next((word.partition("=")[2] for word in parts.options if word.startswith(SYNTAX + "=")), "auto")
        ctx.meta[KEY] = (text, parts.bindings, syntax)
        return super(ExpressionCommand, self).parse_args(ctx, parts.options)


KIND = FormulaCommand


def formula(
    context: typer.Context,
    outputs: options.Outputs,
    look: options.Look,
    jacobian: Jacobian = False,
    hessian: Hessian = False,
    order: Order = 1,
    wrt: options.Wrt = None,
    assume: Assume = None,
    steps: Steps = False,
    to: To = None,
) -> None:
    """Show the formulas."""
    from autograd_cli.arguments import named
    from autograd_cli.asking import chosen_format
    from autograd_cli.output import answer
    from autograd_cli.showing import view_of
    from autograd_cli.views.formula import formula_answer
    from autograd_core.assumptions import read_assumptions
    from autograd_core.shapes.formulas import names_in, shape_formulas

    text, bindings, syntax = context.meta[KEY]
    environment = environment_of(context)
    form = chosen_format(outputs, get=False, forms=FORMS)
    asked = [
        name
        for name, is_asked in (("--jacobian", jacobian), ("--hessian", hessian), ("--order", order > 1))
        if is_asked
    ]
    if len(asked) > 1:
        raise UsageError(
            f"{asked[0]} and {asked[1]} ask for different derivatives", code="AG104", hint=f"leave out {asked[1]}"
        )
    given = sizes_of(text, bindings, syntax)
    names = names_in(text, given, syntax)
    found = shape_formulas(
        text,
        given,
        "jacobian" if jacobian else "hessian" if hessian else "gradient",
        order,
        wrt=tuple(named(wrt or (), "--wrt", names)),
        assumptions=read_assumptions(assume or (), names),
        syntax=syntax,
        steps=steps,
        target=to,
    )
    display = view_of(environment, look, file=outputs.output is not None)
    answer(formula_answer(found, text), form, outputs.output, environment, display)


def sizes_of(text: str, bindings: Any, syntax: str) -> dict[str, Any]:
    """The sizes of each input that was given, by its name in the expression."""
    from autograd_cli.names import candidates, canonical, listed
    from autograd_core.shapes.formulas import names_in
    from autograd_core.shapes.kinds import read_sizes

    own = {canonical(each.name): read_sizes(each.name, each.value) for each in bindings}
    names = names_in(text, own, syntax)
    found: dict[str, Any] = {}
    for each in bindings:
        meant = [each.name] if each.exact else candidates(each.name, names)
        if len(meant) != 1 or meant[0] not in names:
            raise UsageError(
                f"{each.word} is neither an option of formula nor a variable of the expression",
                code="AG101",
                why=f"its variables are {listed(list(names))}" if names else "it has no variables",
            )
        if meant[0] in found:
            raise UsageError(f"{meant[0]} is given twice", code="AG104", hint="leave one of them out")
        found[meant[0]] = read_sizes(each.name, each.value)
    return found
