"""``autograd-cli explain``: a function, an error code, a message of another framework, or a term of the field."""

from __future__ import annotations

from typing import Annotated

import typer

from autograd_cli import PROGRAM
from autograd_cli.command import Command, environment_of
from autograd_cli.commands.functions import TextOutputs, unknown
from autograd_cli.completion import functions_like
from autograd_cli.output import chosen_format, respond
from autograd_core.errors import UsageError

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
    from autograd_cli.guide.catalogue import entries

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


def explain(context: typer.Context, outputs: TextOutputs, topic: Topic = None) -> None:
    """Explain one topic, or list them."""
    form = chosen_format(outputs)
    asked = " ".join(topic or ()).strip()
    _refuse_options(topic or [])

    from autograd_cli.guide.catalogue import entries, find_topic, nearest_topics
    from autograd_cli.guide.entry import Entry
    from autograd_cli.guide.functions import describe
    from autograd_cli.views.guide import function_answer, topic_answer, topics_answer

    found = find_topic(asked) if asked else None
    if asked and found is None:
        raise unknown("explain", asked, "topic", nearest_topics(asked), f"{PROGRAM} explain")
    if found is None:
        shown = topics_answer(entries().values(), SCHEMA)
    elif isinstance(found, Entry):
        shown = topic_answer(found, SCHEMA)
    else:
        shown = function_answer(describe(found), SCHEMA)
    respond(shown, form, outputs, environment_of(context))


def _refuse_options(words: list[str]) -> None:
    """A misspelt option is no part of a topic; a message in quotes may begin with anything."""
    for word in words:
        if word.startswith("--") and word[2:].isalpha():
            raise UsageError(
                f"{word} is not an option of explain",
                hint=f"{PROGRAM} explain --help",
                why="a message goes into quotes",
            )
