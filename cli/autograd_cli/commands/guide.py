"""``autograd-cli explain`` and ``functions``: what errors, messages and terms mean, and what the language knows."""

from __future__ import annotations

import typer

from autograd_cli import PROGRAM
from autograd_cli.command import Command
from autograd_cli.commands import COMMANDS
from autograd_cli.commands.call import Call
from autograd_cli.completion import functions_like
from autograd_cli.errors import quoted
from autograd_cli.errors.usage_errors import offer
from autograd_cli.names import did_you_mean, meant_by
from autograd_cli.options import Options, TextOutputs, Texts, option
from autograd_core.errors import AutogradError


class UnknownTopicError(AutogradError):
    """Nothing is known under the name that was asked for."""

    code = "AG107"
    exit_status = 1


class ExplainCommand(Command):
    """A command whose words may begin like options: a message that somebody quotes."""

    ignore_unknown_options = True


KINDS = {"explain": ExplainCommand, "functions": Command}


def topics_like(incomplete: str) -> list[str]:
    """The topics and functions that begin with what was typed."""
    from autograd_cli.guide.catalogue import entries

    return [topic for topic in entries() if topic.startswith(incomplete)] + functions_like(incomplete)


class Topic(Options):
    """What is to be explained."""

    topic: Texts = option("[TOPIC]...", "What to explain, in one word or several.", complete=topics_like)


class Name(Options):
    """What is to be described."""

    name: str | None = option("[NAME]", "A function, an operator, or a group.", complete=functions_like)


def explain(context: typer.Context, wanted: Topic, outputs: TextOutputs) -> None:
    """What an error means, where it comes from, and what works instead."""
    call = Call(context, outputs)
    asked = " ".join(wanted.topic or ()).strip()

    from autograd_cli.guide.catalogue import Entry, entries, find_topic
    from autograd_cli.views.guide import EXPLAIN, function_answer, topic_answer, topics_answer
    from autograd_core.expr.apply import nearest

    found = find_topic(asked) if asked else None
    if asked and found is None:
        others = [name for entry in entries().values() for name in (entry.topic, *entry.names)]
        raise unknown("explain", asked, "topic", nearest(asked, others=others))
    if found is None:
        call.respond(topics_answer(entries().values()), paged=True)
    answer = topic_answer(found) if isinstance(found, Entry) else function_answer(found, EXPLAIN)
    call.respond(answer, paged=True)


def functions(context: typer.Context, wanted: Name, outputs: TextOutputs) -> None:
    """The functions of the language: how each is called, and how a gradient passes it."""
    call = Call(context, outputs)
    name = wanted.name

    from autograd_cli.guide.catalogue import find_function
    from autograd_cli.guide.functions import groups
    from autograd_cli.views.guide import FUNCTIONS, function_answer, functions_answer
    from autograd_core.expr.apply import nearest

    known = groups()
    if name is None:
        call.respond(functions_answer(known, names=not outputs.full), paged=True)
    if (function := find_function(name)) is not None:
        call.respond(function_answer(function, FUNCTIONS), paged=True)
    if name.lower() in known:
        call.respond(functions_answer({name.lower(): known[name.lower()]}), paged=True)
    near = [each for each in known if meant_by(name, [each])][:1] or nearest(name)
    raise unknown("functions", name, "function", near)


def unknown(command: str, asked: str, kind: str, near: list[str]) -> UnknownTopicError:
    """The error for what is not known, with what the reader makes of it, or what it may have been."""
    from autograd_cli.guide.catalogue import written_out

    message, why, otherwise = f"no {kind} is called {quoted(asked)}", None, f"{PROGRAM} {command}"
    if asked in COMMANDS:
        near, why, otherwise = [], f"{asked} is a command, and says itself what it does", f"{PROGRAM} {asked} --help"
    elif (read := written_out(asked)) is not None:
        why, near = read
    else:
        message += did_you_mean(" or ".join(near))
    return UnknownTopicError(message, why=why, hint=offer(command, near[:1]) if near else otherwise)
