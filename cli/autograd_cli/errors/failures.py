"""What a user is told about errors that were not raised for users: Typer's, the system's, and our own mistakes."""

from __future__ import annotations

import errno
import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from autograd_cli import PROGRAM
from autograd_cli.commands import option_words
from autograd_cli.errors import MESSAGE_CHARACTERS, OutputError, cut
from autograd_cli.errors.hints import command_line, without
from autograd_core.errors import AutogradError, LimitError, UsageError

_OUTPUT_PROBLEMS = {errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT}

_ABOUT_NAMES = ("AG101", "AG604", "AG605")

_LATIN = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf",
    "aeopcyxijshdqwABEKMHOPCTYXIJSABEZHIKMNOPTYXo",
)
"""Cyrillic and Greek letters that cannot be told from Latin ones."""


def mended(error: Exception, words: Sequence[str]) -> AutogradError:
    """The error with the commands that may work in its hint, for the words of a command that raised it."""
    return with_retry(with_letters(as_autograd_error(error), words), words)


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


def with_letters(error: AutogradError, words: Sequence[str]) -> AutogradError:
    """The error about a name, which says which letters of it are not those that they may look like.

    Where the name in Latin letters occurs in the words as well, that is what it was meant to be.
    """
    if error.code in _ABOUT_NAMES:
        foreign = [letter for letter in dict.fromkeys(error.message) if not letter.isascii() and letter.isalpha()]
        said = [f"{each} is {unicodedata.name(each, 'a letter').lower()} (U+{ord(each):04X})" for each in foreign[:3]]
        error.why = "; ".join([*([error.why] if error.why else []), *said]) or None
        typed = set(re.findall(r"\w+", " ".join(words)))
        alike = {name for name in typed if {name, name.translate(_LATIN)} <= typed and not name.isascii()}
        if alike:
            latin = [re.sub(r"\w+", lambda m: m[0].translate(_LATIN) if m[0] in alike else m[0], w) for w in words]
            error.hint, error.retry = command_line([PROGRAM, *latin]), ()
    return error


def with_retry(error: AutogradError, words: Sequence[str]) -> AutogradError:
    """The error with the commands that may work before its hint, where it knows what to change in the words typed."""
    texts = [*error.rewrites, *_renamed(error)]
    lines = [[text if word == (error.text or "") else word for word in words] for text in texts]
    if error.retry:
        before = option_words(words)
        bound = [f"--{pair.partition('=')[0]}" for option, pair in pairwise(error.retry) if option == "--var"]
        lines.append([*without(before, bound), *error.retry, *words[len(before) :]])
    commands = [command_line([PROGRAM, *line]) for line in lines]
    shown = [line for line in commands if line.isprintable() and len(line) <= MESSAGE_CHARACTERS]
    if not shown:
        shown = [*error.rewrites, *([f"add {command_line(error.retry)}"] if error.retry else [])]
    error.hint = "\n".join([*shown, *([error.hint] if error.hint else [])]) or None
    error.rewrites, error.retry, error.instead = (), (), None
    return error


def _renamed(error: AutogradError) -> list[str]:
    """The text of the user with a name that exists in the place of one that does not."""
    if error.instead is None or error.text is None or error.span is None:
        return []
    name, names = error.instead
    parts = re.findall(r"\w+|[^\w\s]", name)  # however the user has spaced them
    pattern = re.compile(r"(?<!\w)" * parts[0].isidentifier() + r"\s*".join(map(re.escape, parts)) + r"(?!\w)")
    found = list(pattern.finditer(error.text, *error.span))
    if not found:
        return []
    start, end = found[-1 if name == ")" else 0].span()
    before, after = error.text[:start], error.text[end:]
    if before[-1:] in "(," and after[:1] in "),":
        names = [each[1:-1] if each[0] == "(" else each for each in names]
    return [f"{before}{each}{after}" for each in names]


def _sentence(text: str) -> str:
    """A message of another program as the rest of a sentence."""
    text = text.strip().removesuffix(".")
    return text[:1].lower() + text[1:]


def _help_of(error: object) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context else PROGRAM} --help"
