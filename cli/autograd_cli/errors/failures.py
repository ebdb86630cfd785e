"""What a user is told about errors that were not raised for users: Typer's, the system's, and our own mistakes."""

from __future__ import annotations

import errno

from autograd_cli import PROGRAM
from autograd_cli.errors import OutputError, cut
from autograd_core.errors import AutogradError, LimitError, UsageError

_OUTPUT_PROBLEMS = {errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT}


def as_autograd_error(error: Exception) -> AutogradError:
    """The error in a form that can be shown."""
    import typer

    match error:
        case AutogradError():
            return error
        case typer.BadParameter(param=param) if param is not None:
            return UsageError(f"{param.opts[0]}: {_sentence(error.message)}", code="AG102", hint=_help_of(error))
        case _ if hasattr(error, "format_message"):  # typer's, whose common class is not public in each version
            return UsageError(_sentence(error.format_message()), code="AG102", hint=_help_of(error))
        case MemoryError():
            hint = "smaller arrays need less; --max-memory raises the limit"
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
            return LimitError(words, code="AG804", why=_sentence(str(error)), hint="ulimit -n 1024")
        case OSError(errno=number) if number in _OUTPUT_PROBLEMS:
            return OutputError(f"the result cannot be written: {_sentence(error.strerror or str(error))}")
    return AutogradError(
        f"internal error: {type(error).__name__}: {cut(str(error), 200)}",
        code="AG999",
        why="this is a mistake in autograd-cli, not in what you typed",
        hint="report it with the command; AUTOGRAD_CLI_DEBUG=1 shows where it happened",
    )


def _sentence(text: str) -> str:
    """A message of another program as the rest of a sentence."""
    text = text.strip().removesuffix(".")
    return text[:1].lower() + text[1:]


def _help_of(error: object) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context else PROGRAM} --help"
