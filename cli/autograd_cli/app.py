"""The program: its commands, and what it says when it is called with none."""

from __future__ import annotations

from importlib import import_module

import typer
from typer.core import TyperCommand

from autograd_cli.commands import COMMANDS
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


def command(name: str) -> TyperCommand:
    """The command of a name, with its options."""
    from autograd_cli.command import Command, ExpressionCommand
    from autograd_cli.options import flat, kinds

    module = import_module(f"autograd_cli.commands.{name}")
    kind = getattr(module, "KIND", ExpressionCommand)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    function = flat(getattr(module, name))
    alone.command(name, cls=kind, help=module.HELP, short_help=COMMANDS[name])(function)
    made = typer.main.get_command(alone)
    assert isinstance(made, Command)
    made.kinds = kinds(function)
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
