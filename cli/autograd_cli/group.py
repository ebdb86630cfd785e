"""The group of all commands, each loaded when it is asked for: importing the others would take longer than to help."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, TypeAlias

import typer
from typer.core import CompletionItem as Item  # type: ignore[attr-defined]  # typer's own, and nowhere public
from typer.core import TyperCommand, TyperGroup

from autograd_cli import __version__
from autograd_cli.commands import USUAL
from autograd_cli.hints import PROGRAM
from autograd_cli.usage_errors import no_command

Completion: TypeAlias = Item
"""One proposal for the word that is being typed, with what it is."""


class Shelf(Mapping[str, TyperCommand]):
    """Commands by name: ``sentences`` says in one what each does, ``make`` makes one."""

    def __init__(self, sentences: Mapping[str, str], make: Callable[[str], TyperCommand]) -> None:
        self.sentences = sentences
        self._make = make
        self._loaded: dict[str, TyperCommand] = {}

    def __getitem__(self, name: str) -> TyperCommand:
        if name not in self.sentences:
            raise KeyError(name)
        if name not in self._loaded:
            self._loaded[name] = self._make(name)
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self.sentences

    def __iter__(self) -> Iterator[str]:
        return iter(self.sentences)

    def __len__(self) -> int:
        return len(self.sentences)


class Commands(TyperGroup):
    """The program itself: a word that is no command gets an answer that helps.

    ``shelf`` has the commands; their sentences are listed without loading them.
    """

    shelf: Shelf

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.params = [*self.params, *version_option()]
        self.commands = self.shelf  # type: ignore[assignment]  # read as a mapping only

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options before the command's name, or say what is wrong with the first word."""
        if args and not ctx.resilient_parsing and args[0] not in self.commands:
            known = {name for param in self.get_params(ctx) for name in param.opts}
            if args[0].partition("=")[0] not in known:
                raise no_command(args, sorted(known), list(self.commands))
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of a line; of an unfinished one without any it is the usual one."""
        if ctx.resilient_parsing and args and args[0] not in self.commands:
            args = [USUAL, *args]
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write each command with its sentence."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.shelf.sentences.items()))

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Completion]:
        """The commands that begin with what was typed, else the options."""
        found = [(name, about) for name, about in self.shelf.sentences.items() if name.startswith(incomplete)]
        return [
            *(Completion(name, help=about) for name, about in found),
            *TyperCommand.shell_complete(self, ctx, incomplete),
        ]


def declared(**options: tuple[Any, Any]) -> list[Any]:
    """Options made by Typer from types and declarations, as it makes those of a function."""

    def nothing(**_: Any) -> None:
        """Take the options."""

    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option])
        for name, (kind, option) in options.items()
    ]
    nothing.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # as inspect documents it
    nothing.__annotations__ = {each.name: each.annotation for each in parameters}
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(nothing)
    return typer.main.get_command(app).params


def version_option() -> list[Any]:
    """``--version``, which every command knows."""

    def say(context: typer.Context, asked: bool) -> None:
        if asked and not context.resilient_parsing:
            typer.echo(f"{PROGRAM} {__version__}")
            raise typer.Exit

    about = "Show the version and exit."
    option = typer.Option("--version", is_eager=True, expose_value=False, callback=say, help=about)
    return declared(version=(bool, option))
