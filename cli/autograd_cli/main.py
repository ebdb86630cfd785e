"""The error boundary: whatever happens becomes a message and an exit status."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from contextvars import copy_context
from itertools import pairwise

from autograd_cli import messages
from autograd_cli.environment import Environment, abandon, bound_memory, keep_standard_descriptors
from autograd_cli.failures import OutputError, as_autograd_error, with_retry
from autograd_cli.limits import asked_limits
from autograd_cli.misread import PROGRAM
from autograd_core.errors import AutogradError, UsageError

INTERRUPTED = 130
CLOSED_PIPE = 141
"""As if SIGPIPE had ended the program, which is what becomes of other tools in a pipe."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; without ``argv``, as the whole purpose of this process."""
    words = list(argv) if argv is not None else [_as_typed(word) for word in sys.argv[1:]]
    if argv is None:
        _tune_process(words)
    environment = Environment.of_process()
    status = perform(words, environment)
    for stream in (environment.stdout, environment.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            abandon(stream)
    return status


def _tune_process(words: Sequence[str]) -> None:
    """Settings for a process that does one thing and ends."""
    keep_standard_descriptors()
    # Threads cost more to start than they save here; this has to be set before NumPy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Nothing lives long enough to be worth collecting, and importing SymPy is a fifth faster without.
    gc.disable()
    gc.freeze()
    with suppress(UsageError):  # said where the words are read
        bound_memory(asked_limits(_option_words(words)).memory)


def _as_typed(word: str) -> str:
    """A word of the command line, read as UTF-8 where Python took the locale's word for less."""
    try:
        word.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(word).decode("utf-8", "surrogateescape")
    return word


def perform(words: list[str], environment: Environment) -> int:
    """Run one command with the streams of ``environment``; the exit status, whatever the command raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what other packages deprecate is not the user's business
            status = copy_context().run(_run, words, environment)  # limits that are raised are raised for one command
        environment.stdout.flush()
    except BrokenPipeError:
        abandon(environment.stdout)
        return CLOSED_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # the one place that catches everything: a traceback helps no user
        return _shown(error, words, environment)
    return status


def _run(words: list[str], environment: Environment) -> int:
    """Hand the words to Typer and return the exit status that the command decides on."""
    import typer

    from autograd_cli.app import program

    command = typer.main.get_command(program())
    if "_AUTOGRAD_CLI_COMPLETE" in environment.variables:
        command.main(words, prog_name=PROGRAM)  # answers the shell and exits
    try:
        # Not command.main(), which answers a closed pipe and an interrupt in a way of its own.
        with command.make_context(PROGRAM, list(words), obj=environment) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return 0


def _shown(error: Exception, words: list[str], environment: Environment) -> int:
    """Tell the user what went wrong; returns the exit status for it."""
    known = with_retry(as_autograd_error(error), words)
    stdout, stderr = environment.stdout, environment.stderr
    try:
        if environment.variables.get("AUTOGRAD_CLI_DEBUG") and not isinstance(error, AutogradError):
            import traceback

            stderr.write("".join(traceback.format_exception(error)))
        if wants_json(words) and not isinstance(known, OutputError):
            stdout.write(messages.for_programs(known, words[0] if words[0].isalpha() else "error"))
            stdout.flush()
        else:
            color = environment.color(stderr, asked_color(words))
            stderr.write(messages.for_people(known, color=color, ascii=environment.ascii(stderr)))
            stderr.flush()
    except BrokenPipeError:
        return CLOSED_PIPE
    except OSError:
        pass  # nobody is left to tell; the exit status says it
    return known.exit_status


def wants_json(words: Sequence[str]) -> bool:
    """Whether the answer, and so an error, is to be JSON; asked of the bare words, which may not fit together."""
    options = _option_words(words)
    return "--json" in options or "--format=json" in options or _follows("--format", options) == "json"


def asked_color(words: Sequence[str]) -> str:
    """The choice of ``--color`` in the bare words."""
    options = _option_words(words)
    choices = [word.removeprefix("--color=") for word in options if word.startswith("--color=")]
    choice = choices[-1] if choices else _follows("--color", options)
    return choice if choice in ("always", "never") else "auto"


def _option_words(words: Sequence[str]) -> list[str]:
    """The words in which options may stand: those before ``--``."""
    return list(words[: words.index("--")] if "--" in words else words)


def _follows(option: str, words: Sequence[str]) -> str | None:
    return next((after for word, after in pairwise(words) if word == option), None)
