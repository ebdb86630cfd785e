"""The program: its commands, and what it says when it is called with none."""

from __future__ import annotations

from importlib import import_module

import typer
from typer.core import TyperCommand

from autograd_cli.group import Commands, Shelf

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


COMMANDS = {
    "grad": "The value and the gradient of every input.",
    "check": "Gradients derived by hand, judged and diagnosed.",
    "jacobian": "The derivatives of every entry of the result, or v.J, or J.u.",
    "hessian": "The second derivatives of a number, or H.u.",
    "graph": "The graph alone: tree, DOT, Mermaid, SVG.",
    "export": "A program that gives the same numbers elsewhere.",
    "plot": "A function and its derivative over a range.",
    "descend": "Steps of gradient descent, momentum or Adam.",
    "batch": "Many jobs, a JSON line each; grades a course.",
    "explain": "A function, an error code, or a message, explained.",
    "functions": "What the language knows.",
    "repl": "A session in which values and expressions stay.",
}
"""Every command, in the order of the help, and what it does.

The module of that name in ``autograd_cli.commands`` has the function of that name, its ``HELP``, and its ``KIND``
where it takes no expression.
"""


def command(name: str) -> TyperCommand:
    """The command of a name, with its options."""
    from autograd_cli.command import ExpressionCommand
    from autograd_cli.options import flat

    module = import_module(f"autograd_cli.commands.{name}")
    kind = getattr(module, "KIND", ExpressionCommand)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, cls=kind, help=module.HELP, short_help=COMMANDS[name])(flat(getattr(module, name)))
    made = typer.main.get_command(alone)
    assert isinstance(made, TyperCommand)
    return made


class Program(Commands):
    """The commands of this program."""

    shelf = Shelf(COMMANDS, command)


def program() -> typer.Typer:
    """The Typer application."""
    app = typer.Typer(
        cls=Program,
        help=HELP,
        invoke_without_command=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(say_how)
    return app


def say_how(context: typer.Context) -> None:
    """Without a command, show two that work."""
    if context.invoked_subcommand is None:
        typer.echo(SHORT)
