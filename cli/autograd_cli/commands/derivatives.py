"""``autograd-cli jacobian``, ``hessian`` and ``formula``: whole matrices, their products, formulas for sizes alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import typer

from autograd_cli.arguments import Given, bound, named, one_named, only_expression
from autograd_cli.command import ExpressionCommand, environment_of
from autograd_cli.commands.call import Call, request_of
from autograd_cli.errors.usage_errors import different, unknown_name
from autograd_cli.names import canonical, pairs_in
from autograd_cli.options import (
    ASSUME,
    SYNTAX,
    WRT,
    Checks,
    CommandLine,
    Gradients,
    Inputs,
    Options,
    Outputs,
    TextOutputs,
    Texts,
    Values,
    option,
)
from autograd_cli.values.files import expression_text
from autograd_core.errors import UsageError

if TYPE_CHECKING:
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
    force: bool = option("--force", "Without effect: scripts may have it.", default=False, hidden=True)


def jacobian(context: typer.Context, matrices: Matrices, checks: Checks, outputs: Outputs, values: Values) -> None:
    """The matrix that the command is called after, or a product with it."""
    from autograd_cli.views.derivatives import matrix_answer
    from autograd_core import matrices as found_by

    call = Call(context, outputs)
    asked, assume = Gradients(wrt=matrices.wrt, no_grad=matrices.no_grad), matrices.assume or ()
    request = request_of(call.given, asked, values, checks=checks, formula=matrices.formula, assume=assume)
    cotangent, tangents = vectors(matrices.product or (), call.given)
    find = found_by.hessian if context.info_name == "hessian" else found_by.jacobian
    report = find(replace(request, cotangent=cotangent, tangents=tangents))
    call.respond(matrix_answer(report), report.warnings, status=report.exit_status(strict=checks.strict))


hessian = jacobian


def vectors(texts: Sequence[str], found: Given) -> tuple[Array | None, dict[str, Array]]:
    """The v and the u of ``--product``: v stands alone, each u has the name of its input before it.

    Raises UsageError for what is given twice.
    """
    read: dict[str, Array] = {}
    for text in texts:
        bound = _BINDING.fullmatch(text)
        for typed, value in pairs_in(text)[1] or [("", text) if bound is None else (bound[1], bound[2])]:
            name = one_named(typed, "product", found.used, f"={value}") if typed else ""
            if name in read:
                words = f"--product {name}= is given twice" if name else "--product is given twice"
                hint = "leave one of them out" if name else "--product NAME=VALUE says which input a u belongs to"
                why = None if name else "one v, or one u for each input"
                raise UsageError(words, code="AG104", why=why, hint=hint)
            read[name] = found.reader.read(f"--product {name}".rstrip(), value)
    return read.pop("", None), read


KEY = "autograd_cli.sizes"  # where a context keeps the expression and the sizes of its command line


class Derivatives(Options, panel="Derivatives"):
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
        named = (("--jacobian", self.jacobian), ("--hessian", self.hessian), (f"--order {self.order}", self.order > 1))
        asked = [name for name, is_asked in named if is_asked]
        if len(asked) > 1:
            raise different(asked[0], asked[1], "derivatives")
        return "jacobian" if self.jacobian else "hessian" if self.hessian else "gradient"


class FormulaCommand(ExpressionCommand):
    """A command with an expression and sizes for its variables."""

    binds = "SIZES"

    def read(self, ctx: Any, line: CommandLine) -> None:
        """Take the expression and the sizes out of the words."""
        ctx.meta[KEY] = (line, expression_text(only_expression(line), environment_of(ctx).stdin))


KINDS = {"formula": FormulaCommand}


def formula(context: typer.Context, wanted: Derivatives, outputs: TextOutputs) -> None:
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
        wrt=tuple(named(wanted.wrt or (), "wrt", names)),
        assumptions=read_assumptions(wanted.assume or (), names),
        syntax=syntax,
        steps=wanted.steps,
        target=wanted.to,
    )
    call.respond(formula_answer(found), found.warnings)


def sizes_of(line: CommandLine, text: str, syntax: str) -> dict[str, Any]:
    """The sizes of each input that was given, by its name in the expression."""
    from autograd_core.expr.parser import Source
    from autograd_core.shapes.kinds import names_in
    from autograd_core.shapes.sizes import read_sizes

    sizes = {each.name: read_sizes(each.name, each.value) for each in line.bindings}
    names = names_in(text, {canonical(name): each for name, each in sizes.items()}, syntax)
    source = Source(text, variables=names)
    bindings = [replace(each, exact=each.exact and each.name in names) for each in line.bindings]
    if bindings and not names:
        raise unknown_name(line, bindings[0], source, [])
    return {name: sizes[each.name] for name, each in bound(line, source, bindings).items()}
