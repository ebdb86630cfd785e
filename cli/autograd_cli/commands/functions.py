"""``autograd-cli functions``: what the language knows."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated

import typer

from autograd_cli import PROGRAM
from autograd_cli.command import Command, environment_of
from autograd_cli.completion import functions_like
from autograd_cli.errors.usage_errors import quoted
from autograd_cli.options import Outputs
from autograd_cli.output import TEXTS, chosen_format, respond
from autograd_core.errors import AutogradError

SCHEMA = "autograd-cli/functions/1"

KIND = Command

HELP = """The functions of the language: how each is called, and how a gradient passes it.

\b
autograd-cli functions
autograd-cli functions softmax

NAME is a function in NumPy's or PyTorch's spelling, or an operator such as @:
its page has the arguments, the shapes, what happens where there is no
derivative, and an example. The name of a group lists that group with the rules
of its functions; --full lists all groups so.
"""


Name = Annotated[
    str | None,
    typer.Argument(
        metavar="[NAME]", help="A function, an operator, or a group.", show_default=False, autocompletion=functions_like
    ),
]


class TextOutputs(Outputs):
    """The forms of an answer without numbers."""

    FORMS = TEXTS


class UnknownTopicError(AutogradError):
    """Nothing is known under the name that was asked for."""

    code = "AG107"
    exit_status = 1


def functions(context: typer.Context, outputs: TextOutputs, name: Name = None) -> None:
    """List the functions, or describe one."""
    form = chosen_format(outputs)

    from autograd_cli.guide.catalogue import find_function
    from autograd_cli.guide.functions import describe, groups, outlines
    from autograd_cli.views.guide import function_answer, functions_answer, groups_answer
    from autograd_core.expr.apply import nearest

    known = list(groups())
    if name is None:
        listing = functions_answer if outputs.full else groups_answer
        found = listing(outlines(None), SCHEMA)
    elif (function := find_function(name)) is not None:
        found = function_answer(describe(function), SCHEMA)
    elif name.lower() in known:
        found = functions_answer(outlines(name.lower()), SCHEMA)
    else:
        near = nearest(name) or get_close_matches(name.lower(), known, n=1)
        raise unknown("functions", name, "function", near, f"{PROGRAM} functions")
    respond(found, form, outputs, environment_of(context))


def unknown(command: str, asked: str, kind: str, near: list[str], otherwise: str) -> UnknownTopicError:
    """The error for what is not known, with what it may have been."""
    guess = f"; did you mean {' or '.join(near)}?" if near else ""
    hint = f"{PROGRAM} {command} {near[0]}" if near else otherwise
    return UnknownTopicError(f"no {kind} is called {quoted(asked)}{guess}", hint=hint)
