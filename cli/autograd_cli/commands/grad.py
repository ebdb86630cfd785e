"""``autograd-cli grad``: the value of an expression and the gradient of every input."""

from __future__ import annotations

import typer

from autograd_cli.arguments import leaves
from autograd_cli.commands.call import Call
from autograd_cli.commands.requests import derivatives_of, request_of, writing
from autograd_cli.options import Checks, Gradients, Outputs, Parts, Texts, Values, get_option
from autograd_core.errors import UsageError


class GradientOutputs(Outputs):
    """The forms of gradients, and single ones as values."""

    get: Texts = get_option()


def grad(
    context: typer.Context, gradients: Gradients, parts: Parts, checks: Checks, outputs: GradientOutputs, values: Values
) -> None:
    """The value of EXPR and the gradient of every input, as PyTorch computes it."""
    call = Call(context, outputs)
    found, form = call.given, call.form
    orders = derivatives_of(found.expression, found, found.used, gradients, parts, checks, values, get=outputs.get)
    if orders is not None:
        derived, shown = orders
        call.respond(shown, derived.warnings, status=derived.exit_status(strict=checks.strict))
    asked = call.wanted(found.used)
    with_grad = leaves(gradients.wrt or (), gradients.no_grad or (), found.used)
    for name in asked:
        if with_grad is not None and name in found.used and name not in with_grad:
            why = f"{name} does not require grad, by --wrt or --no-grad"
            hint = "--get takes a variable that has one"
            raise UsageError(f"{name} has no gradient", code="AG205", why=why, hint=hint)

    from autograd_core.calculate import calculate

    if form not in ("json", "plain") and not asked and outputs.output is None:
        from autograd_cli.writers import document_writer

        document_writer(form)  # imported now, while SymPy is imported, and not when everybody waits for the answer
    parts.steps |= form == "html"
    if asked:
        parts = Parts(assume=parts.assume, formula=False, tree=False)
    wanted = writing(form, full=outputs.full, tree=parts.tree, only=asked)
    report = calculate(request_of(found, gradients, values, parts=parts, checks=checks, writing=wanted))
    status = report.exit_status(strict=checks.strict)
    if asked:
        known = {each.name: each.grad for each in report.variables if each.grad is not None}
        call.give(asked, report.result.data, known, report.warnings, status)

    from autograd_cli.views.gradient import gradient_answer

    call.respond(gradient_answer(report), report.warnings, status=status, tree=parts.tree, formula=parts.formula)
