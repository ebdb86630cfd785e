"""``autograd-cli grad``: the value of an expression and the gradient of every input."""

from __future__ import annotations

import typer

from autograd_cli import options
from autograd_cli.arguments import leaves, one_named
from autograd_cli.asking import chosen_format, request_of
from autograd_cli.command import environment_of, given
from autograd_cli.commands import orders
from autograd_cli.output import REPORT, deliver
from autograd_cli.showing import show_warnings, view_of
from autograd_core.errors import UsageError
from autograd_core.limits import CHECK_BUDGET

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


def grad(
    context: typer.Context,
    grad_tensor: options.GradTensors = None,
    zero_grad: options.ZeroGrad = False,
    wrt: options.Wrt = None,
    no_grad: options.NoGrad = None,
    order: options.Order = None,
    check: options.Check = "sympy",
    check_budget: options.CheckBudget = CHECK_BUDGET,
    rtol: options.Rtol = None,
    atol: options.Atol = None,
    strict: options.Strict = False,
    format: options.Format = None,
    json: options.Json = False,
    get: options.Get = None,
    formula: options.ShowFormula = True,
    steps: options.ShowSteps = False,
    show_jacobian: options.ShowJacobian = False,
    tree: options.ShowTree = True,
    output: options.Output = None,
    precision: options.Precision = None,
    full: options.Full = False,
    color: options.Color = "auto",
    ascii: options.Ascii = False,
    width: options.Width = None,
    dtype: options.Dtype = "float64",
    seed: options.Seed = 0,
) -> None:
    """Show the value of an expression and the gradient of every input."""
    found, environment = given(context), environment_of(context)
    path = orders.path_of(order, wrt or (), found)
    form = chosen_format(format, json, get, output, orders.FORMS if path else REPORT)
    requires_grad = leaves(wrt or (), no_grad or (), found.used)
    asked = one_named(get, "--get", found.used) if get is not None else None
    if asked is not None and requires_grad is not None and asked not in requires_grad:
        why = f"{asked} does not require grad, by --wrt or --no-grad"
        raise UsageError(f"{asked} has no gradient", code="AG205", why=why, hint="--get takes a variable that has one")

    look = {"precision": precision, "full": full}
    if path:
        gradient_only = {"--grad-tensor": grad_tensor, "--no-grad": no_grad, "--get": get, "--steps": steps}
        orders.refuse({**gradient_only, "--show-jacobian": show_jacobian})
        status = orders.answer(
            path,
            found,
            environment,
            form,
            output,
            seed,
            {**look, "color": color, "width": width, "ascii": ascii},
            strict=strict,
            formula=formula,
            dtype=dtype,
            check=check,
            check_budget=check_budget,
            rtol=rtol,
            atol=atol,
        )
        raise typer.Exit(status)

    from autograd_cli.render.effort import writing
    from autograd_core.calculate import calculate

    if asked is None and output is None:
        from autograd_cli.writers import load

        load(form)  # now, while SymPy is imported, and not when everybody waits for the answer
    report = calculate(
        request_of(
            found,
            environment,
            grad_tensor=grad_tensor,
            wrt=wrt,
            no_grad=no_grad,
            seed=seed,
            zero_grad=zero_grad,
            dtype=dtype,
            check=check,
            check_budget=check_budget,
            rtol=rtol,
            atol=atol,
            formula=formula and asked is None,
            graph=tree and asked is None,
            steps=(steps or form == "html") and asked is None,
            jacobian=show_jacobian and asked is None,
            writing=writing(form, full=full, tree=tree, only=asked),
        )
    )
    show_warnings(report, environment, color, width)
    if asked is not None:
        from autograd_cli.document.numbers import value_text

        gradients = {variable.name: variable.grad for variable in report.variables if variable.grad is not None}
        environment.stdout.write(value_text(gradients[asked]) + "\n")
    else:
        from autograd_cli.views.gradient import gradient_answer

        display = view_of(
            environment,
            file=output is not None,
            width=width,
            color=color,
            ascii=ascii,
            precision=precision,
            full=full,
            tree=tree,
            formula=formula,
        )
        deliver(gradient_answer(report), form, output, environment, display)
    raise typer.Exit(report.exit_status(strict=strict))
