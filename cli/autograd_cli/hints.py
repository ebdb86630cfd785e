"""The commands that errors offer: quoted for the shell in use, and tried before they are shown."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context

from autograd_cli.environment import SECONDS_VARIABLE, Environment, Sink, StandardInput
from autograd_core import deadline
from autograd_core.errors import AutogradError, LimitError

PROGRAM = "autograd-cli"

Run = Callable[[list[str], Environment], int]
"""Runs a command, raises what goes wrong, and returns its exit status."""

_PLAIN = re.compile(r"[\w@+:,./=-]+", re.ASCII)

Mend = Callable[[Exception, Sequence[str]], AutogradError]
"""The error with the commands that may work in its hint, for the words of a command that raised it."""

_FAULTS = 3
"""How many faults of one command are mended one after the other."""

_SECONDS = 2.0
"""Processor time for trying the commands of one error; what takes longer is offered without."""

_WRITES = ("--output", "-o", "--resume", "--trace")
_LIMITS = ("--max-seconds", "--max-memory", "--max-elements", "--max-nodes")
_CHECKED = ("grad", "jacobian", "hessian")
_UNTRIED = ("batch", "repl")


def command_line(words: Sequence[str], variables: Mapping[str, str] = os.environ) -> str:
    """The words as one line that the shell in use splits into them again: cmd.exe knows double quotes alone."""
    if os.name == "nt" and not variables.get("SHELL"):
        return " ".join(word if _PLAIN.fullmatch(word) else _double_quoted(word) for word in words)
    return shlex.join(words)


def _double_quoted(word: str) -> str:
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', word)
    return '"' + re.sub(r"(\\+)$", r"\1\1", escaped) + '"'


def typed_words(line: str) -> list[str] | None:
    """The words behind the program's name on a line that is a command; None for any other text.

    A line with ``...`` in place of what was typed is a sentence.
    """
    if not line.startswith(f"{PROGRAM} "):
        return None
    try:
        words = shlex.split(line)[1:]
    except ValueError:
        return None
    return None if "..." in words else words


def checked(error: AutogradError, environment: Environment, run: Run, mend: Mend) -> AutogradError:
    """The error without the commands that do not run; one that has another fault is mended further."""
    if error.hint:
        kept: list[str] = []
        with contextlib.suppress(deadline.DeadlineError), deadline.within(_SECONDS):
            for line in error.hint.split("\n"):
                words = typed_words(line)
                if words is None:
                    kept.append(line)
                elif (works := _working(words, environment, run, mend)) is not None:
                    kept.append(command_line([PROGRAM, *works], environment.variables))
            error.hint = "\n".join(kept) or None
    return error


def _working(words: list[str], environment: Environment, run: Run, mend: Mend) -> list[str] | None:
    """A command that runs, made of one that may have faults; None where no advice helps it."""
    for _ in range(_FAULTS):
        try:
            if runs(words, environment, run):
                return words
            return None
        except Exception as error:  # whatever the command raises, it may know a remedy
            hint = mend(error, words).hint or ""
            better = [found for line in hint.split("\n") if (found := typed_words(line)) is not None]
            if not better or better[0] == words:
                return None
            words = better[0]
    return None


def runs(words: list[str], environment: Environment, run: Run) -> bool:
    """Whether a command gives an answer; raises what it raises.

    Where it writes a file, or reads what cannot be read twice, nobody tries. It is tried within a second of foreseen
    time and without options that raise limits, because one long step of NumPy cannot be stopped; how long it would
    take, and how much memory, is said where it is run.
    """
    if not words or words[0] in _UNTRIED or {"-", "@-"} & set(words) or any(word.endswith("=-") for word in words):
        return True
    trial = _without(words, (*_WRITES, *_LIMITS))
    if trial[0] in _CHECKED and "--check" not in {word.partition("=")[0] for word in trial}:
        trial[1:1] = ["--check", "none"]
    out = Sink()
    inside = Environment(StandardInput(None), out, Sink(), {**environment.variables, SECONDS_VARIABLE: "1"})
    try:
        with contextlib.redirect_stdout(out):
            return copy_context().run(run, trial, inside) in (0, 1)
    except LimitError:
        return True


def _without(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """The words without some options and their values."""
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in options:
            skip = True
        elif word.partition("=")[0] not in options:
            kept.append(word)
    return kept
