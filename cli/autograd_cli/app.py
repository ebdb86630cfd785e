"""The program: its commands, and what it says when it is called with none."""

from __future__ import annotations

import functools
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from autograd_cli.commands import COMMANDS, INSTALL, MODULES, OWN, SHOW, USUAL, help_of
from autograd_cli.completion import SHELL, Completion, name_shells
from autograd_cli.errors.usage_errors import no_command
from autograd_cli.limits import Kind
from autograd_cli.options import Every, flat, kind_of

HELP = """Gradients on the command line: PyTorch's answer, in closed form, checked by SymPy.

\b
autograd-cli grad "sum((Y-W2*W1*X1)**2)" \\
    --x1 2,3,4,5 --w1 1,1,1,1 --w2 1,2,3,4 --y 1,1,1,1
autograd-cli grad "mean(relu(X @ w))" --X "1,2,3;4,5,6" --w 1,2,-1
"""

SHORT = HELP.replace("\b\n", "") + "\nautograd-cli --help lists the commands, autograd-cli grad --help its options."


@functools.cache
def command(name: str) -> Any:
    """The command of a name, with its options."""
    from autograd_cli.command import Command, ExpressionCommand

    module = import_module(f"autograd_cli.commands.{MODULES.get(name, name)}")
    kind = getattr(module, "KINDS", {}).get(name, ExpressionCommand)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    function = flat(getattr(module, name), *kind.groups)
    alone.command(name, cls=kind, help=help_of(name), short_help=COMMANDS[name])(function)
    made = typer.main.get_command(alone)
    assert isinstance(made, Command)
    made.kinds = dict.fromkeys(("--help", "-h"), Kind(flag=True, over=True))
    params: list[Any] = made.params
    for each in params:
        names = [name for name in (*each.opts, *each.secondary_opts) if name.startswith("-")]
        made.kinds |= dict.fromkeys(names, kind_of(function.__annotations__[each.name]))
    return made


class Program(TyperGroup):
    """The program itself: a word that is no command gets an answer that helps.

    Each command is loaded when it is asked for: importing the others would take longer than to help.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, None where there is none."""
        return command(cmd_name) if cmd_name in COMMANDS else None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options before the command's name, or say what is wrong with the first word."""
        if args and not ctx.resilient_parsing and args[0] not in COMMANDS:
            if args[0].partition("=")[0] not in OWN:
                raise no_command(args, sorted(OWN), list(COMMANDS))
            if args[0] in (SHOW, INSTALL):
                ctx.meta[SHELL] = args[1] if len(args) > 1 else True
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of a line; of an unfinished one without any it is the usual one."""
        if ctx.resilient_parsing and args and args[0] not in COMMANDS:
            args = [USUAL, *args]
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write each command with its sentence."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Completion]:
        """The commands that begin with what was typed, else the options."""
        found = [Completion(name, help=about) for name, about in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *TyperCommand.shell_complete(self, ctx, incomplete)]


def program() -> Any:
    """The program as a command of Typer; its installer of completion is ours."""
    app = typer.Typer(
        cls=Program,
        help=HELP,
        invoke_without_command=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(flat(say_how, Every))
    made = typer.main.get_command(app)
    name_shells(made)
    return made


def say_how(context: typer.Context) -> None:
    """Without a command, show two that work."""
    if context.invoked_subcommand is None:
        typer.echo(SHORT)
