"""What people and programs are told where something is wrong, and the commands that are offered instead."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from autograd_core.errors import AutogradError

MESSAGE_CHARACTERS = 500  # characters of each sentence of a message; three of them and the excerpt stay under 2 kB
COMMAND_CHARACTERS = 800  # characters of a command that is offered, which is whole or not there at all

_SETTING = re.compile(r"`([a-z]+(?:-[a-z]+)*)(?: ([^`]+))?`")


def as_option(name: str, value: str | None) -> str:
    """A setting as it is given on the command line."""
    return f"--{name}" if value is None else f"--{name} {shlex.quote(value)}"


def worded(text: str, words: Callable[[str, str | None], str] = as_option) -> str:
    """A sentence of the core, which has the names of settings in backticks, in the words of those who asked."""
    return _SETTING.sub(lambda found: words(found[1], found[2]), text)


def word_error(error: AutogradError, words: Callable[[str, str | None], str] = as_option) -> AutogradError:
    """The error with its sentences ``worded``, but where there are backticks in what was typed."""
    if "`" not in (error.text or ""):
        error.message = worded(error.message, words)
        error.why = error.why and worded(error.why, words)
        error.hint = error.hint and worded(error.hint, words)
    return error


class OutputError(AutogradError):
    """The result cannot be written."""

    code = "AG624"


def cut(text: str, length: int = MESSAGE_CHARACTERS) -> str:
    """``text``, without its middle where it is longer than ``length``."""
    if len(text) <= length:
        return text
    kept = length - 5
    return f"{text[: kept - kept // 3]} ... {text[-(kept // 3) :]}"


def quoted(word: str) -> str:
    """A word of the command line, or a file's name, inside a sentence."""
    return f"'{cut(word, 100)}'"


def inside(text: str) -> str:
    """A message of another program as a part of a sentence."""
    text = text.strip().removesuffix(".")
    return text[:1].lower() + text[1:]
