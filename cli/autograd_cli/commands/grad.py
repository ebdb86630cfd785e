"""``autograd-cli grad``: the value of an expression and the gradient of every input."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import typer

from autograd_cli import options
from autograd_cli.arguments import leaves, one_named
from autograd_cli.asking import chosen_format, request_of
from autograd_cli.command import environment_of, given
from autograd_cli.commands import orders
from autograd_cli.output import answer
from autograd_cli.showing import show_warnings, view_of
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
    gradients: options.Gradients,
    checks: options.Checks,
    outputs: options.Outputs,
    look: options.Look,
    values: options.Values,
    assume: options.Assume = None,
    order: options.Order = None,
    get: options.Get = None,
    formula: options.ShowFormula = True,
    steps: options.ShowSteps = False,
    show_jacobian: options.ShowJacobian = False,
    tree: options.ShowTree = True,
) -> None:
    """Show the value of an expression and the gradient of every input."""
    found, environment = given(context), environment_of(context)
    path = orders.path_of(order, gradients.wrt or (), found)
    form = chosen_format(outputs, get=bool(get))
    if path:
        gradient_only = {
            "--grad-tensor": gradients.grad_tensor,
            "--no-grad": gradients.no_grad,
            "--get": get,
            "--assume": assume,
        }
        orders.refuse({**gradient_only, "--steps": steps, "--show-jacobian": show_jacobian})
        status = orders.derive(path, found, environment, form, outputs, look, values, checks, formula=formula)
        raise typer.Exit(status)
    asked = _asked(get or (), found.used, leaves(gradients.wrt or (), gradients.no_grad or (), found.used))

    from autograd_cli.writers.cost import writing
    from autograd_core.calculate import calculate

    if form not in ("json", "plain") and not asked and outputs.output is None:
        from autograd_cli.writers import document_writer

        document_writer(form)  # imported now, while SymPy is imported, and not when everybody waits for the answer
    whole = not asked
    report = calculate(
        request_of(
            found,
            environment,
            gradients,
            values,
            check=checks.check,
            check_budget=checks.check_budget,
            rtol=checks.rtol,
            atol=checks.atol,
            formula=formula and whole,
            graph=tree and whole,
            steps=(steps or form == "html") and whole,
            jacobian=show_jacobian and whole,
            assume=tuple(assume or ()),
            writing=writing(form, full=look.full, tree=tree, only=asked),
        )
    )
    show_warnings(report, environment, look)
    if asked:
        environment.stdout.writelines(f"{line}\n" for line in _values(report, asked))
    else:
        from autograd_cli.views.gradient import gradient_answer

        display = view_of(environment, look, file=outputs.output is not None, tree=tree, formula=formula)
        answer(gradient_answer(report), form, outputs.output, environment, display)
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
