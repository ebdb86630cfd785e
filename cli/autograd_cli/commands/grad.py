"""``autograd-cli grad``: the value of an expression and the gradient of every input."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from autograd_cli.arguments import leaves, one_named
from autograd_cli.command import environment_of, given
from autograd_cli.commands import orders
from autograd_cli.options import Checks, Gradients, Outputs, Parts, Texts, Values, get_option
from autograd_cli.output import chosen_format, respond, show_warnings
from autograd_cli.requests import checking, request_of
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_core.report import Report

HELP = """The value of EXPR and the gradient of every input, as PyTorch computes it.

\b
autograd-cli grad "sum((Y-W2*W1*X1)**2)" \\
    --x1 2,3,4,5 --w1 1,1,1,1 --w2 1,2,3,4 --y 1,1,1,1
autograd-cli grad "mean(relu(X @ w))" --X "1,2,3;4,5,6" --w 1,2,-1
autograd-cli grad "x*y" --x 0,2,8 --y 5,1,7 --grad-tensor 1,1,1

--NAME VALUE gives a variable its value: 3, or 1,2,3, or the matrix "1,2;3,4",
or [[1,2],[3,4]], or zeros(2,3), or randn(2,3), or @file.npy, @file.csv, or -
for standard input. EXPR can be @FILE or - too.
"""

VALUE = "value"
"""What ``--get`` calls the result, where no variable has that name."""


def grad(
    context: typer.Context,
    gradients: Gradients,
    parts: Parts,
    checks: Checks,
    outputs: Outputs,
    values: Values,
    get: Annotated[Texts, get_option()] = None,
) -> None:
    """Show the value of an expression and the gradient of every input."""
    found, environment = given(context), environment_of(context)
    path = orders.path_of(parts.order, gradients.wrt or (), found.used)
    form = chosen_format(outputs, get=bool(get))
    if path:
        orders.refuse(gradients, parts, {"--get": get})
        derived, shown = orders.derive(path, found.expression, found.read_values(), parts, values, checks)
        respond(shown, form, outputs, environment, derived.warnings)
        raise typer.Exit(derived.exit_status(strict=checks.strict))
    asked = _asked(get or (), found.used, leaves(gradients.wrt or (), gradients.no_grad or (), found.used))

    from autograd_cli.requests import writing
    from autograd_core.calculate import calculate

    if form not in ("json", "plain") and not asked and outputs.output is None:
        from autograd_cli.writers import document_writer

        document_writer(form)  # imported now, while SymPy is imported, and not when everybody waits for the answer
    whole = not asked
    report = calculate(
        request_of(
            found,
            gradients,
            values,
            **checking(checks),
            formula=parts.formula and whole,
            graph=parts.tree and whole,
            steps=(parts.steps or form == "html") and whole,
            jacobian=parts.show_jacobian and whole,
            assume=tuple(parts.assume or ()),
            writing=writing(form, full=outputs.full, tree=parts.tree, only=asked),
        )
    )
    if asked:
        show_warnings(report.warnings, outputs, environment)
        environment.stdout.writelines(f"{line}\n" for line in _values(report, asked))
    else:
        from autograd_cli.views.gradient import gradient_answer

        shown, warned = gradient_answer(report), report.warnings
        respond(shown, form, outputs, environment, warned, tree=parts.tree, formula=parts.formula)
    raise typer.Exit(report.exit_status(strict=checks.strict))


def _asked(names: Sequence[str], used: Collection[str], leaves: Collection[str] | None) -> list[str]:
    """The variables whose gradients ``--get`` asks for, and ``value``."""
    found = []
    for name in names:
        if name == VALUE and VALUE not in used:
            found.append(name)
            continue
        asked = one_named(name, "--get", used)
        if leaves is not None and asked not in leaves:
            why = f"{asked} does not require grad, by --wrt or --no-grad"
            hint = "--get takes a variable that has one"
            raise UsageError(f"{asked} has no gradient", code="AG205", why=why, hint=hint)
        found.append(asked)
    return found


def _values(report: Report, asked: Sequence[str]) -> list[str]:
    """The gradients and the result as values to type back in."""
    from autograd_cli.document.numbers import value_text

    known = {VALUE: report.result.data}
    known |= {each.name: each.grad for each in report.variables if each.grad is not None}
    return [value_text(known[name]) for name in asked]
