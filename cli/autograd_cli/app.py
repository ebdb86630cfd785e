"""The program: its commands, and what it says when it is called with none."""

from __future__ import annotations

import typer

from autograd_cli.command import Command, Commands, ExpressionCommand
from autograd_cli.commands import batch, check, explain, export, functions, grad, graph, hessian, jacobian

HELP = """Gradients on the command line: PyTorch's answer, in closed form, checked by SymPy.

\b
autograd-cli grad "sum((Y-W2*W1*X1)**2)" \\
    --x1 2,3,4,5 --w1 1,1,1,1 --w2 1,2,3,4 --y 1,1,1,1
autograd-cli grad "mean(relu(X @ w))" --X "1,2,3;4,5,6" --w 1,2,-1
"""

SHORT = """autograd-cli: gradients on the command line

  autograd-cli grad "sum((Y-W2*W1*X1)**2)" --x1 2,3,4,5 --w1 1,1,1,1 --w2 1,2,3,4 --y 1,1,1,1
  autograd-cli grad "mean(relu(X @ w))" --X "1,2,3;4,5,6" --w 1,2,-1

autograd-cli --help lists the commands, autograd-cli grad --help the options of one."""


def program() -> typer.Typer:
    """The Typer application."""
    app = typer.Typer(
        cls=Commands,
        help=HELP,
        invoke_without_command=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(say_how)
    app.command(cls=ExpressionCommand, help=grad.HELP, short_help="The value and the gradient of every input.")(
        grad.grad
    )
    app.command(cls=ExpressionCommand, help=check.HELP, short_help="Gradients derived by hand, judged and diagnosed.")(
        check.check
    )
    app.command(
        "jacobian",
        cls=ExpressionCommand,
        help=jacobian.HELP,
        short_help="The derivatives of every entry of the result, or v.J, or J.u.",
    )(jacobian.jacobian)
    app.command(
        "hessian",
        cls=ExpressionCommand,
        help=hessian.HELP,
        short_help="The second derivatives of a number, or H.u.",
    )(hessian.hessian)
    app.command(cls=ExpressionCommand, help=graph.HELP, short_help="The graph alone: tree, DOT, Mermaid, SVG.")(
        graph.graph
    )
    app.command(cls=ExpressionCommand, help=export.HELP, short_help="A program that gives the same numbers elsewhere.")(
        export.export
    )
    app.command(cls=batch.BatchCommand, help=batch.HELP, short_help="Many jobs, a JSON line each; grades a course.")(
        batch.batch
    )
    app.command(
        cls=Command,
        help=explain.HELP,
        short_help="A function, an error code, or a message, explained.",
        context_settings={"ignore_unknown_options": True},
    )(explain.explain)
    app.command(cls=Command, help=functions.HELP, short_help="What the language knows.")(functions.functions)
    return app


def say_how(context: typer.Context) -> None:
    """Without a command, show two that work."""
    if context.invoked_subcommand is None:
        typer.echo(SHORT)
