"""``autograd-cli explain``: a function, an error code, a message of another framework, or a term of the field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from autograd_cli import options
from autograd_cli.command import Command, environment_of
from autograd_cli.commands.functions import Json, show_function, unknown, write_json
from autograd_cli.misread import PROGRAM
from autograd_cli.names import functions_like
from autograd_cli.showing import view_of
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_cli.environment import Environment
    from autograd_cli.render.view import View
    from autograd_core.guide.entry import Entry

SCHEMA = "autograd-cli/explain/1"

HELP = """What an error means, where it comes from, and what works instead.

\b
autograd-cli explain AG201
autograd-cli explain "element 0 of tensors does not require grad"
autograd-cli explain softmax

TOPIC is the code of an error or a warning, a function, a term such as leaf,
or a message of PyTorch, NumPy or JAX. Without a TOPIC, all of them are listed.
"""


class ExplainCommand(Command):
    """A command whose words may begin like options: a message that somebody quotes."""

    ignore_unknown_options = True


KIND = ExplainCommand


def completed(incomplete: str) -> list[str]:
    """The topics and functions that begin with what was typed."""
    from autograd_core.guide.catalogue import entries

    return [topic for topic in entries() if topic.startswith(incomplete)] + functions_like(incomplete)


Topic = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[TOPIC]...",
        help="What to explain, in one word or several.",
        show_default=False,
        autocompletion=completed,
    ),
]


def explain(
    context: typer.Context,
    topic: Topic = None,
    json: Json = False,
    color: options.Color = "auto",
    ascii: options.Ascii = False,
    width: options.Width = None,
) -> None:
    """Explain one topic, or list them."""
    environment = environment_of(context)
    view = view_of(environment, width=width, color=color, ascii=ascii)
    asked = " ".join(topic or ()).strip()
    _refuse_options(topic or [])

    from autograd_core.guide.catalogue import find_topic, nearest_topics
    from autograd_core.guide.entry import Entry

    if not asked:
        _list(environment, view, json)
        return
    found = find_topic(asked)
    if found is None:
        raise unknown("explain", asked, "topic", nearest_topics(asked), f"{PROGRAM} explain lists the topics")
    if isinstance(found, Entry):
        _show(found, environment, view, json)
    else:
        show_function(found, environment, view, SCHEMA if json else None)


def _refuse_options(words: list[str]) -> None:
    """A misspelt option is no part of a topic; a message in quotes may begin with anything."""
    for word in words:
        if word.startswith("--") and word[2:].isalpha():
            raise UsageError(
                f"{word} is not an option of explain",
                hint=f"{PROGRAM} explain --help",
                why="a message goes into quotes",
            )


def _list(environment: Environment, view: View, json: bool) -> None:
    from autograd_cli.render.entry import contents, summary
    from autograd_cli.render.ink import paint
    from autograd_core.guide.catalogue import entries

    if json:
        topics = [summary(entry) for entry in entries().values()]
        write_json(environment, {"schema": SCHEMA, "ok": True, "topics": topics})
    else:
        paint(contents(entries().values(), view), view, environment.stdout)


def _show(entry: Entry, environment: Environment, view: View, json: bool) -> None:
    from autograd_cli.render import prose
    from autograd_cli.render.entry import entry_object, page
    from autograd_cli.render.ink import paint

    shown = prose.rehearsed(entry.example, view)
    fixes = [prose.rehearsed(one, view) for one in entry.fixes]
    if json:
        write_json(environment, {"schema": SCHEMA, "ok": True, "entry": entry_object(entry, shown, fixes)})
        return
    example = prose.example(entry.example, shown, view)
    works = [prose.example(one, done, view) for one, done in zip(entry.fixes, fixes, strict=True)]
    paint(page(entry, example, works, view), view, environment.stdout)
