"""What a user is told about errors that were not raised for users: Typer's, the system's, and our own mistakes."""

from __future__ import annotations

import errno
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from autograd_cli.hints import PROGRAM, command_line
from autograd_cli.messages import MESSAGE_CHARACTERS, cut
from autograd_core.errors import AutogradError, LimitError, UsageError

_OUTPUT_PROBLEMS = {errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT}


_ABOUT_NAMES = ("AG101", "AG604", "AG605")


class OutputError(AutogradError):
    """The result cannot be written."""

    code = "AG624"


class InternalError(AutogradError):
    """A mistake of this program."""

    code = "AG999"


def as_autograd_error(error: Exception) -> AutogradError:
    """The error in a form that can be shown."""
    import typer

    match error:
        case AutogradError():
            return error
        case typer.BadParameter(param=param) if param is not None:
            return UsageError(f"{param.opts[0]}: {_sentence(error.message)}", code="AG102", hint=_help_of(error))
        case typer.TyperException():
            return UsageError(_sentence(error.format_message()), code="AG102", hint=_help_of(error))
        case MemoryError():
            hint = "smaller arrays need less; --max-memory raises the limit"
            return LimitError("there is not enough memory", code="AG804", hint=hint)
        case RecursionError():
            hint = "split it into statements: y = ...; sum(y)"
            return LimitError("the expression is nested too deep", code="AG803", hint=hint)
        case ImportError(name=name) if name is None or name.partition(".")[0] == "numpy":
            why = f"mostly because too little memory is allowed; it said: {cut(_last_line(error), 100)}"
            return LimitError("NumPy cannot be loaded", code="AG804", why=why, hint="ulimit -v unlimited")
        case OSError(errno=errno.ENOMEM):
            return LimitError("the system has no more memory to give", code="AG804", hint="smaller arrays need less")
        case OSError(errno=errno.EMFILE | errno.ENFILE):
            words = "no more files can be opened"
            return LimitError(words, code="AG804", why=_sentence(str(error)), hint="ulimit -n 1024")
        case OSError(errno=number) if number in _OUTPUT_PROBLEMS:
            return OutputError(f"the result cannot be written: {_sentence(error.strerror or str(error))}")
    return InternalError(
        f"internal error: {type(error).__name__}: {cut(str(error), 200)}",
        why="this is a mistake in autograd-cli, not in what you typed",
        hint="report it with the command; AUTOGRAD_CLI_DEBUG=1 shows where it happened",
    )


def with_letters(error: AutogradError) -> AutogradError:
    """The error about a name, which says which letters of it are not those that they may look like."""
    if error.code in _ABOUT_NAMES:
        foreign = [letter for letter in dict.fromkeys(error.message) if not letter.isascii() and letter.isalpha()]
        said = [f"{each} is {unicodedata.name(each, 'a letter').lower()} (U+{ord(each):04X})" for each in foreign[:3]]
        error.why = "; ".join([*([error.why] if error.why else []), *said]) or None
    return error


def with_retry(error: AutogradError, words: Sequence[str]) -> AutogradError:
    """The error with the commands that may work before its hint, where it knows what to change in the words typed."""
    before, after = _around_dashes(words)
    lines = [[*_with(words, error.text or "", text)] for text in [*error.rewrites, *_renamed(error)]]
    if error.retry:
        lines.append([*_without(before, error.retry), *error.retry, *after])
    commands = [command_line([PROGRAM, *line]) for line in lines]
    shown = [line for line in commands if line.isprintable() and len(line) <= MESSAGE_CHARACTERS]
    if not shown:
        shown = [*error.rewrites, *([f"add {command_line(error.retry)}"] if error.retry else [])]
    error.hint = "\n".join([*shown, *([error.hint] if error.hint else [])]) or None
    error.rewrites, error.retry, error.instead = (), (), None
    return error


def _around_dashes(words: Sequence[str]) -> tuple[list[str], list[str]]:
    end = list(words).index("--") if "--" in words else len(words)
    return list(words[:end]), list(words[end:])


def _renamed(error: AutogradError) -> list[str]:
    """The text of the user with a name that exists in the place of one that does not."""
    if error.instead is None or error.text is None or error.span is None:
        return []
    name, names = error.instead
    place = error.text.find(name, *error.span)
    return [f"{error.text[:place]}{each}{error.text[place + len(name) :]}" for each in names if place >= 0]


def _without(words: Sequence[str], added: Sequence[str]) -> list[str]:
    """The words without an option whose value is meant for the variable that is now bound with ``--var``."""
    kept = list(words)
    for option, value in pairwise(added):
        name = f"--{value.partition('=')[0]}"
        if option == "--var" and name in kept:
            place = kept.index(name)
            del kept[place : place + 2]
    return kept


def _with(words: Sequence[str], typed: str, text: str) -> list[str]:
    """The words of a command with another expression; one that begins with a dash stands behind ``--``."""
    return [text if word == typed else word for word in words]


def _sentence(text: str) -> str:
    """A message of another program as the rest of a sentence."""
    text = text.strip().removesuffix(".")
    return text[:1].lower() + text[1:]


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__


def _help_of(error: object) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context else PROGRAM} --help"
