"""``autograd-cli formula``: formulas for shapes alone, without numbers."""

from __future__ import annotations

from typing import Any, Literal

import typer

from autograd_cli.arguments import Binding, CommandLine, named, resolve_name
from autograd_cli.command import ExpressionCommand, environment_of
from autograd_cli.commands.call import Call
from autograd_cli.errors.usage_errors import different, given_twice, unknown_name
from autograd_cli.names import canonical
from autograd_cli.options import ASSUME, SYNTAX, WRT, Options, TextOutputs, Texts, option
from autograd_cli.values.files import expression_text

KEY = "autograd_cli.sizes"
"""Where a context keeps the expression and the sizes of its command line."""

WHAT = "Derivatives"


class Derivatives(Options, panel=WHAT):
    """Which derivatives, and what is shown with them."""

    jacobian: bool = option("--jacobian", "Whole Jacobians.", default=False)
    hessian: bool = option("--hessian", "Whole Hessians, of a number.", default=False)
    order: int = option("--order N", "The N-th derivative by each.", default=1, min=1, max=10)
    wrt: Texts = WRT
    assume: Texts = ASSUME
    steps: bool = option("--steps", "Every step with its reason.", default=False)
    to: Literal["numpy", "torch", "jax"] | None = option("--to", "Also as a function of numpy, torch or jax.")

    @property
    def kind(self) -> str:
        """What is asked for. Raises UsageError for several answers to that."""
        named = (("--jacobian", self.jacobian), ("--hessian", self.hessian), ("--order", self.order > 1))
        asked = [name for name, is_asked in named if is_asked]
        if len(asked) > 1:
            raise different(asked[0], asked[1], "derivatives")
        return "jacobian" if self.jacobian else "hessian" if self.hessian else "gradient"


class FormulaCommand(ExpressionCommand):
    """A command with an expression and sizes for its variables."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The usage line."""
        return ["EXPR", "[--NAME SIZES]...", "[OPTIONS]"]

    def read(self, ctx: Any, line: CommandLine) -> None:
        """Take the expression and the sizes out of the words."""
        ctx.meta[KEY] = (line, expression_text(line.expression, environment_of(ctx).stdin))


KINDS = {"formula": FormulaCommand}


def formula(context: typer.Context, outputs: TextOutputs, wanted: Derivatives) -> None:
    """Formulas of derivatives for sizes alone, in letters or numbers."""
    from autograd_cli.views.derivatives import formula_answer
    from autograd_core.assumptions import read_assumptions
    from autograd_core.shapes.formulas import shape_formulas
    from autograd_core.shapes.kinds import names_in

    line, text = context.meta[KEY]
    syntax = line.option(SYNTAX, "auto")
    call = Call(context, outputs)
    kind = wanted.kind
    given = sizes_of(line, text, syntax)
    names = names_in(text, given, syntax)
    found = shape_formulas(
        text,
        given,
        kind,
        wanted.order,
        wrt=tuple(named(wanted.wrt or (), "--wrt", names)),
        assumptions=read_assumptions(wanted.assume or (), names),
        syntax=syntax,
        steps=wanted.steps,
        target=wanted.to,
    )
    call.respond(formula_answer(found, text), found.warnings)


def sizes_of(line: CommandLine, text: str, syntax: str) -> dict[str, Any]:
    """The sizes of each input that was given, by its name in the expression."""
    from autograd_core.expr.parser import Source
    from autograd_core.shapes.kinds import names_in
    from autograd_core.shapes.sizes import read_sizes

    bindings = line.bindings
    sizes = {each.name: read_sizes(each.name, each.value) for each in bindings}
    names = names_in(text, {canonical(name): each for name, each in sizes.items()}, syntax)
    source = Source(text, variables=names)
    found: dict[str, Binding] = {}
    if bindings and not names:
        raise unknown_name(line, bindings[0], source, [], bindings)
    for each in bindings:
        name = each.name if each.exact and each.name in names else resolve_name(line, each, source, bindings)
        if name in found:
            raise given_twice(name, found[name].word, each.word)
        found[name] = each
    return {name: sizes[each.name] for name, each in found.items()}
