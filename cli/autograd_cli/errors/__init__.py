"""What people and programs are told where something is wrong, and the commands that are offered instead."""

from __future__ import annotations

from autograd_core.errors import AutogradError

MESSAGE_CHARACTERS = 500
"""Characters of each sentence of a message; three of them and the excerpt stay under 2 kB."""

COMMAND_CHARACTERS = 800
"""Characters of a command that is offered, which is whole or not there at all."""


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
    """A word of the command line inside a sentence."""
    return f"'{cut(word, 60)}'"
