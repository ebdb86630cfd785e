"""The error boundary: whatever happens becomes a message and an exit status."""

from __future__ import annotations

import gc
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from contextvars import copy_context
from functools import partial
from importlib import import_module

from autograd_cli import PROGRAM, signals
from autograd_cli.commands import COMMANDS, WITNESSED, chosen, option_words, with_command
from autograd_cli.environment import (
    Environment,
    abandon,
    bound_memory,
    hold_freed_memory,
    keep_standard_descriptors,
    number_in,
    require_address_space,
)
from autograd_cli.errors import OutputError
from autograd_cli.limits import THREADS, asked_limits
from autograd_cli.signals import INTERRUPTED
from autograd_core.errors import AutogradError, UsageError

CLOSED_PIPE = 141  # as if SIGPIPE had ended the program, which is what becomes of other tools in a pipe

THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""The environment variables by which the libraries that multiply matrices for NumPy choose their threads."""

LEAST_BOUND = 256 << 20
"""Bytes that NumPy and the library that multiplies matrices for it, with its threads, are never refused.

Less than that ends the process before it can say anything. What a run is foreseen to need is held to any limit.
"""

HELP_WIDTH, LEAST_WIDTH = 80, 40  # columns that the help takes at most, and that it needs
_NO_ANSWER = ("--help", "-h", "--version")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; without ``argv``, end the process with it."""
    if argv is not None:
        return _complete(list(argv))
    # The locale may be of less than UTF-8.
    words = with_command([os.fsencode(word).decode("utf-8", "surrogateescape") for word in sys.argv[1:]])
    signals.owned = True
    try:
        with signals.raised():
            prepare(words)
            status = _complete(words)
    except KeyboardInterrupt:
        signals.leave(INTERRUPTED)
    except signals.EndError as end:
        signals.leave(1, end.number)
    signals.leave(status)


def prepare(words: Sequence[str]) -> None:
    """Settings for a process that does one thing and ends; once its words are read it would be too late for them."""
    keep_standard_descriptors()
    if hasattr(signal, "SIGCHLD"):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # who started us may have ignored it: children could not be asked
    options = option_words(words)
    gc.freeze()
    if options[:1] == ["repl"]:  # nothing else lives long enough to be worth collecting
        gc.enable()
    if not options or options[0].startswith("-") or not set(options).isdisjoint(_NO_ANSWER):
        return

    with suppress(UsageError, ValueError):  # told when the options are read
        threads = chosen(THREADS, options)
        if threads is not None or not any(name in os.environ for name in THREAD_VARIABLES):
            # One: more take longer to start than they save on small arrays. NumPy reads this when it is imported.
            os.environ.update(dict.fromkeys(THREAD_VARIABLES, threads or "1"))
        bound_memory(max(asked_limits(options[0], options, os.environ).memory, LEAST_BOUND))
    if options[0] in (*WITNESSED, "repl") and chosen("--check", options) in (None, "sympy", "all"):
        from autograd_core.symbolic import worker

        worker.start()  # SymPy takes longer to import than all the rest, and is imported meanwhile
    if options[0] != "batch":  # in a process that does many things what is kept may not fit the next
        hold_freed_memory()


def _complete(words: list[str]) -> int:
    """Run one command with the streams of this process, which are flushed."""
    environment = Environment.of_process()
    status = perform(words, environment)
    for stream in (environment.stdout, environment.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            abandon(stream)
    return status


def perform(words: list[str], environment: Environment) -> int:
    """Run one command with the streams of ``environment``; the exit status, whatever the command raises."""
    words = with_command(words)
    signals.tell = partial(show_error, words=words, environment=environment)
    try:
        with warnings.catch_warnings(action="ignore"):  # what other packages deprecate is not the user's business
            status = copy_context().run(run, words, environment)  # limits that are raised are raised for one command
        environment.stdout.flush()
    except BrokenPipeError:
        abandon(environment.stdout)
        return CLOSED_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # the one place that catches everything: a traceback helps no user
        if isinstance(error.__cause__, KeyboardInterrupt):  # while a class was made, where Python 3.11 wraps it
            return INTERRUPTED
        if isinstance(error.__cause__, signals.EndError):
            raise error.__cause__ from None
        return show_error(error, words, environment)
    return status


def run(words: list[str], environment: Environment) -> int:
    """Hand the words to Typer and return the exit status that the command decides on."""
    import typer

    from autograd_cli.app import program

    if words and not words[0].startswith("-") and set(words).isdisjoint(_NO_ANSWER):
        require_address_space()
        if words[0] in COMMANDS:
            # While calls are not yet deep: whenever they cross the end of a chunk of its stack, CPython gives that back
            # and takes it anew; in the middle of this import that took 10 to 20 ms.
            import_module("numpy")
    command = program()
    if "_AUTOGRAD_CLI_COMPLETE" in environment.variables:
        try:
            command.main(words, prog_name=PROGRAM)  # answers the shell and exits
        except SystemExit as end:  # so the process ends as after any command, without being taken apart
            return int(end.code or 0)
        except KeyError as error:
            words_of_shell = f"{error.args[0]} is not set, which the shell does when it asks for completions"
            raise UsageError(words_of_shell, hint="unset _AUTOGRAD_CLI_COMPLETE") from None
    width = max(min(environment.width() or HELP_WIDTH, HELP_WIDTH), LEAST_WIDTH) - 2
    try:
        # Not command.main(), which answers a closed pipe and an interrupt in a way of its own; Typer prints help.
        with (
            redirect_stdout(environment.stdout),
            command.make_context(PROGRAM, list(words), obj=environment, terminal_width=width) as context,
        ):
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return 0


def show_error(error: Exception, words: list[str], environment: Environment) -> int:
    """Tell the user what went wrong; returns the exit status for it."""
    from autograd_cli.errors import hints, messages
    from autograd_cli.options import OR_VALUE

    words = [word for word in words if word != OR_VALUE]  # a session's own word, which nobody types
    with warnings.catch_warnings(action="ignore"):
        known = hints.checked(hints.mended(error, words), words, environment, run)
    stdout, stderr = environment.stdout, environment.stderr
    options = option_words(words)  # the bare ones, which may not fit together
    try:
        if environment.variables.get("AUTOGRAD_CLI_DEBUG") and not isinstance(error, AutogradError):
            import traceback

            stderr.write("".join(traceback.format_exception(error)))
        in_json = "--json" in options or chosen("--format", options) == "json"
        if in_json and not isinstance(known, OutputError):
            import json

            stdout.write(json.dumps(messages.as_object(known, words[0] if words[0].isalpha() else "error")) + "\n")
            stdout.flush()
        else:
            choice, width = chosen("--color", options), number_in(chosen("--width", options) or "")
            look = environment.look(stderr, choice if choice in ("always", "never") else "auto", width)
            stderr.write(messages.for_people(known, **look))
            stderr.flush()
    except BrokenPipeError:
        return CLOSED_PIPE
    except OSError:
        pass  # nobody is left to tell; the exit status says it
    return known.exit_status
