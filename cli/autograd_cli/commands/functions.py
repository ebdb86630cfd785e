"""``autograd-cli functions``: what the language knows."""

from __future__ import annotations

from difflib import get_close_matches
from json import dumps
from typing import TYPE_CHECKING, Annotated

import typer

from autograd_cli import options
from autograd_cli.command import Command, environment_of
from autograd_cli.misread import PROGRAM, quoted
from autograd_cli.names import functions_like
from autograd_cli.showing import view_of
from autograd_core.errors import AutogradError

if TYPE_CHECKING:
    from autograd_cli.environment import Environment
    from autograd_cli.render.view import View
    from autograd_core.ops.spec import Function

SCHEMA = "autograd-cli/functions/1"

KIND = Command

HELP = """The functions of the language: how each is called, and how a gradient passes it.

\b
autograd-cli functions
autograd-cli functions softmax

NAME is a function in NumPy's or PyTorch's spelling, or an operator such as @:
its page has the arguments, the shapes, what happens where there is no
derivative, and an example. The name of a group lists that group.
"""


Name = Annotated[
    str | None,
    typer.Argument(
        metavar="[NAME]", help="A function, an operator, or a group.", show_default=False, autocompletion=functions_like
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object.", rich_help_panel=options.OUTPUT)]


class UnknownTopicError(AutogradError):
    """Nothing is known under the name that was asked for."""

    code = "AG107"
    exit_status = 1


def functions(
    context: typer.Context,
    name: Name = None,
    json: Json = False,
    color: options.Color = "auto",
    ascii: options.Ascii = False,
    width: options.Width = None,
) -> None:
    """List the functions, or describe one."""
    environment = environment_of(context)
    view = view_of(environment, width=width, color=color, ascii=ascii)

    from autograd_core.guide.catalogue import find_function, nearest_functions
    from autograd_core.guide.functions import groups

    known = list(groups())
    if name is None:
        _list(None, environment, view, json)
    elif (found := find_function(name)) is not None:
        show_function(found, environment, view, SCHEMA if json else None)
    elif name.lower() in known:
        _list(name.lower(), environment, view, json)
    else:
        near = nearest_functions(name) or get_close_matches(name.lower(), known, n=1)
        raise unknown("functions", name, "function", near, f"{PROGRAM} functions lists them all")


def _list(group: str | None, environment: Environment, view: View, json: bool) -> None:
    from autograd_cli.render.functions import listing, outline_object
    from autograd_cli.render.ink import paint
    from autograd_core.guide.functions import outlines

    if json:
        found = [outline_object(one) for one in outlines(group)]
        write_json(environment, {"schema": SCHEMA, "ok": True, "functions": found})
    else:
        paint(listing(outlines(group), view), view, environment.stdout)


def show_function(function: Function, environment: Environment, view: View, schema: str | None) -> None:
    """Write everything about one function, as JSON of a schema where one is given."""
    from autograd_cli.render import prose
    from autograd_cli.render.functions import description_object, page
    from autograd_cli.render.ink import paint
    from autograd_core.guide.functions import describe

    description = describe(function)
    shown = prose.rehearsed(description.example, view)
    if schema is not None:
        write_json(environment, {"schema": schema, "ok": True, "functions": [description_object(description, shown)]})
    else:
        paint(page(description, prose.example(description.example, shown, view), view), view, environment.stdout)


def unknown(command: str, asked: str, kind: str, near: list[str], otherwise: str) -> UnknownTopicError:
    """The error for what is not known, with what it may have been."""
    guess = f"; did you mean {' or '.join(near)}?" if near else ""
    hint = f"{PROGRAM} {command} {near[0]}" if near else otherwise
    return UnknownTopicError(f"no {kind} is called {quoted(asked)}{guess}", hint=hint)


def write_json(environment: Environment, found: dict[str, object]) -> None:
    """Write one JSON object in a line."""
    environment.stdout.write(dumps(found) + "\n")
