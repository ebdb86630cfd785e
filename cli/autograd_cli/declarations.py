"""Options that are declared without a function, and the one that every command has."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from autograd_cli import PROGRAM, __version__


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
