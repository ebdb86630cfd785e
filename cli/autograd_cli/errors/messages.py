"""Errors and warnings as text for people, errors as JSON for programs, and what is said of those raised for neither."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from functools import partial
from typing import Any

from autograd_cli import PROGRAM
from autograd_cli.errors import COMMAND_CHARACTERS, MESSAGE_CHARACTERS, OutputError, cut, inside
from autograd_core.errors import AutogradError, LimitError, Span, UsageError
from autograd_core.escape import columns, escape_unprintable, fold

ERROR, WARNING = "38;5;131", "38;5;163"
"""Red and magenta of the 256 colours, with a contrast of 4.5 with black and with white, as in the answers."""

LINE_COLUMNS = 100  # columns of the user's text that an error shows around its span where no width is known
LEAST_ROOM = 20  # columns below which nothing is broken or cut any further; a terminal of 40 has more


def for_people(error: AutogradError, *, color: bool = False, ascii: bool = False, width: int | None = None) -> str:
    """The error as a person reads it: what is wrong, where, why, and something that works.

    Where a ``width`` in columns is known, sentences are broken between words; a command to copy stays in one line.
    """
    label = partial(labelled, color=color, ascii=ascii, width=width)
    found = label(f"error[{error.code}]", f"1;{ERROR}", error.message)
    if error.span is not None and error.text is not None:
        room = LINE_COLUMNS if width is None else max(width - 2, LEAST_ROOM)
        shown, carets = excerpt(error.text, error.span, ascii, room)
        indent = len(carets) - len(carets.lstrip())
        found += f"  {shown}\n  {' ' * indent}{paint(carets.lstrip(), ERROR, color)}\n"
    if error.read is not None:
        found += label("read as", "1", error.read)
    hints = error.hint.split("\n") if error.hint else []
    commands = [line for line in hints if is_command(line)]
    advice = [line for line in hints if not is_command(line)]
    for word, sentences in (("why", [error.why] if error.why else []), ("try", commands), ("hint", advice)):
        if sentences:
            found += label(word, "1", *sentences)
    return found


def is_command(line: str) -> bool:
    """Whether a line is a command to copy; one with ``...`` in place of what was typed is a sentence."""
    return line.startswith("autograd-cli ") and " ... " not in f"{line} "


def as_object(error: AutogradError, command: str) -> dict[str, Any]:
    """The error as the object that ``--json`` promises."""
    found = {
        "code": error.code,
        "message": cut(encodable(error.message)),
        "why": error.why and cut(encodable(error.why)),
        "hint": error.hint and "\n".join(_whole_commands(encodable(error.hint).split("\n"))),
        "span": error.span and list(error.span),
        "text": encodable(error.text) if error.span and error.text and len(error.text) <= MESSAGE_CHARACTERS else None,
    }
    return {"schema": f"autograd-cli/{command}/1", "ok": False, "error": found}


def labelled(
    label: str, style: str, *sentences: str, color: bool = False, ascii: bool = False, width: int | None = None
) -> str:
    """Lines that begin with a word in a style of the terminal; the further ones are indented below the first."""
    indent = len(label) + 2
    room = None if width is None else max(width - indent, LEAST_ROOM)
    kept = _whole_commands([escape_unprintable(sentence, ascii) for sentence in sentences])
    rows = [row for line in kept for row in fold(line, None if is_command(line) else room, whole_words=True)]
    return f"{paint(label, style, color)}: " + f"\n{' ' * indent}".join(rows) + "\n"


def _whole_commands(sentences: Sequence[str]) -> list[str]:
    """The lines of a part of a message: sentences cut where they are too long, and as many whole commands as fit."""
    commands = [each for each in sentences if is_command(each)]
    while len(commands) > 1 and sum(map(len, commands)) > COMMAND_CHARACTERS + MESSAGE_CHARACTERS:
        commands.pop()
    others = "\n".join(each for each in sentences if not is_command(each))
    return [*commands, *(cut(others).split("\n") if others else [])]


def excerpt(text: str, span: Span, ascii: bool = False, room: int = LINE_COLUMNS) -> tuple[str, str]:
    """The line of ``text`` that holds the start of ``span``, cut around it to ``room`` columns, and its carets."""
    start = min(max(span[0], 0), len(text))
    head = text.rfind("\n", 0, start) + 1
    line = text[head:].partition("\n")[0]
    start, end = start - head, max(span[1] - head, start - head + 1)
    shown = [escape_unprintable(character, ascii) for character in line]
    widths = [columns(part) for part in shown]
    first, last = 0, len(shown)
    if sum(widths) > room:
        first = start  # the most of the room is for the span and what is behind it
        while first and sum(widths[first - 1 : start]) <= room // 4:
            first -= 1
        last = first
        left = room - 6
        while last < len(shown) and widths[last] <= left:
            left -= widths[last]
            last += 1
    before, after = "..." * (first > 0), "..." * (last < len(shown))
    indent = len(before) + sum(widths[first:start])
    carets = max(sum(widths[start : min(end, last)]), 1)
    return before + "".join(shown[first:last]) + after, " " * indent + "^" * carets


def paint(text: str, style: str, color: bool) -> str:
    """``text`` in a style of the terminal, or as it is."""
    return f"\x1b[{style}m{text}\x1b[0m" if color else text


def encodable(text: str) -> str:
    """``text`` with bytes that were not UTF-8 on the command line written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


_OUTPUT_PROBLEMS = {errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT, errno.ENOENT}
"""No room, a broken device, a file that is closed or too large, and a folder that was removed while one is in it."""


def as_autograd_error(error: Exception) -> AutogradError:
    """The error in a form that can be shown."""
    match error:
        case AutogradError():
            return error
        case _ if hasattr(error, "format_message"):  # typer's, whose common class is not public in each version
            context = getattr(error, "ctx", None)
            hint = f"{context.command_path if context else PROGRAM} --help"
            return UsageError(inside(error.format_message()), code="AG102", hint=hint)
        case MemoryError():
            hint = "smaller arrays need less; `max-memory` raises the limit"
            return LimitError("there is not enough memory", code="AG804", hint=hint)
        case RecursionError():
            hint = "split it into statements: y = ...; sum(y)"
            return LimitError("the expression is nested too deep", code="AG803", hint=hint)
        case ImportError(name=name) if name is None or name.partition(".")[0] == "numpy":
            said = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            why = f"mostly because too little memory is allowed; it said: {cut(said, 100)}"
            return LimitError("NumPy cannot be loaded", code="AG804", why=why, hint="ulimit -v unlimited")
        case OSError(errno=errno.ENOMEM):
            return LimitError("the system has no more memory to give", code="AG804", hint="smaller arrays need less")
        case OSError(errno=errno.EMFILE | errno.ENFILE):
            words = "no more files can be opened"
            return LimitError(words, code="AG804", why=inside(str(error)), hint="ulimit -n 1024")
        case OSError(errno=number) if number in _OUTPUT_PROBLEMS:
            return OutputError(f"the result cannot be written: {inside(error.strerror or str(error))}")
    return AutogradError(
        f"internal error: {type(error).__name__}: {cut(str(error), 200)}",
        code="AG999",
        why="this is a mistake in autograd-cli, not in what you typed",
        hint="report it with the command; AUTOGRAD_CLI_DEBUG=1 shows where it happened",
    )
