"""The commands that errors offer: quoted for the shell in use, and tried before they are shown."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import replace
from itertools import pairwise

from autograd_cli import PROGRAM
from autograd_cli.commands import COMMANDS, OF_PARTS, WITNESSED, option_words
from autograd_cli.environment import SECONDS_VARIABLE, Environment, StandardInput
from autograd_cli.errors import COMMAND_CHARACTERS, word_error
from autograd_cli.errors.messages import as_autograd_error, is_command
from autograd_cli.limits import LIMITS
from autograd_cli.names import SAID_ELSEWHERE
from autograd_cli.signals import ending_process
from autograd_core import deadline
from autograd_core.errors import EXAMPLE, AutogradError, ExpressionError, LimitError

Run = Callable[[list[str], Environment], int]
"""Runs a command, raises what goes wrong, and returns its exit status."""

_PLAIN = re.compile(r"[\w@+:,./=-]+", re.ASCII)

_ABOUT_AN_OPTION = re.compile(r"(leave out )?(--[A-Za-z][\w-]*)(?: (\S.*))?")

_FAULTS = 3  # how many faults of one command are mended one after the other
_SECONDS = 2.0  # processor time for trying the commands of one error; what takes longer is offered without

_WRITES = ("--output", "-o", "--resume", "--trace")
_QUICK = "--check=none"  # with this a command is tried, and without it offered

_ABOUT_NAMES = ("AG101", "AG604", "AG605")
_QUOTED = re.compile(r"\s*([a-z]+) (?:of )?([\w\\(\[|].*)", re.DOTALL)
"""A command, or what may be meant as one, within the quotes of its expression."""


def command_line(words: Sequence[str], variables: Mapping[str, str] = os.environ) -> str:
    """The words as one line that the shell in use splits into them again: cmd.exe knows double quotes alone."""
    if os.name != "nt" or variables.get("SHELL"):
        return shlex.join(words)
    escaped = (re.sub(r"(\\+)$", r"\1\1", re.sub(r'(\\*)"', r'\1\1\\"', word)) for word in words)
    return " ".join(word if _PLAIN.fullmatch(word) else f'"{each}"' for word, each in zip(words, escaped, strict=True))


def typed_words(line: str) -> list[str] | None:
    """The words behind the program's name on a line that is a command; None for any other text."""
    try:
        return shlex.split(line)[1:] if is_command(line) else None
    except ValueError:
        return None


def with_letters(error: AutogradError) -> AutogradError:
    """The error about a name, which says which letters of it are not those that they may look like."""
    if error.code in _ABOUT_NAMES:
        foreign = [letter for letter in dict.fromkeys(error.message) if not letter.isascii() and letter.isalpha()]
        said = [f"{each} is {unicodedata.name(each, 'a letter').lower()} (U+{ord(each):04X})" for each in foreign[:3]]
        error.why = "; ".join([*([error.why] if error.why else []), *said]) or None
    return error


def mended(raised: Exception, words: Sequence[str]) -> AutogradError:
    """The error with the commands that may work before its hint, where it knows what to change in the words typed."""
    error = word_error(with_letters(as_autograd_error(raised)))
    if error.hint == EXAMPLE:
        error.hint = f'{PROGRAM} {words[0] if words else "grad"} "sum(x**2)" --x 1,2,3'
    texts = [*error.rewrites, *_renamed(error)]
    own = error.text or ""
    held = [word == own for word in words]
    if not any(held) and own:
        held = [word.endswith(f"={own}") for word in words]  # --x=OWN
    if not any(held):  # an expression that was read from a file or from standard input
        sources = (b for a, b in pairwise(words) if (b == "-" or b[:1] == "@") and not a.startswith("-"))
        own = next(sources, own)
        held = [word == own for word in words]
    if (
        any(held)
        and (quoted := _QUOTED.fullmatch(own))
        and (command := SAID_ELSEWHERE.get(quoted[1], quoted[1])) in COMMANDS
    ):
        texts, words, error.retry = [quoted[2]], [command, *words[1:]], {}
    lines = [[w.removesuffix(own) + text if has else w for w, has in zip(words, held, strict=True)] for text in texts]
    if any(held) and len(own) <= COMMAND_CHARACTERS and (said := _claimed(own)):
        judged = [said["of"] if has else w for w, has in zip(words, held, strict=True)]
        name = said["by"] or said["under"] or said["wrt"] or _likely(words)
        claim = f"{name} = {said['claim']}" if name else said["claim"]
        lines = [["check", *judged[1:], "--claim", claim]]
        why = f"{words[0]} takes an expression, and check judges what a derivative is said to be"
        error = ExpressionError("this says what a derivative is", code="AG603", why=why)
    if error.retry:
        before = option_words(words)
        given = ["--" + name.removeprefix("var ") for name in error.retry]
        lines.append([*without(before, given), *added_words(error.retry), *words[len(before) :]])
        if error.code == "AG605" and [*words] == ["grad", own]:  # without numbers it is a question for a formula
            lines.append(["formula", own])
    commands = [command_line([PROGRAM, *line]) for line in lines if line and line != [*words]]
    shown = [line for line in commands if line.isprintable() and len(line) <= COMMAND_CHARACTERS]
    if not shown:
        shown = [*error.rewrites, *([f"add {command_line(added_words(error.retry))}"] if error.retry else [])]
    error.hint = "\n".join([*shown, *([error.hint] if error.hint else [])]) or None
    error.rewrites, error.retry, error.instead = (), {}, None
    return error


def _claimed(text: str) -> re.Match[str] | None:
    """The parts of a text that says what a derivative is."""
    from autograd_core.expr.reader.claim import CLAIMED

    return CLAIMED.fullmatch(text.replace("$", ""))


def _likely(words: Sequence[str]) -> str:
    """The input whose derivative is meant where none is named: the first of usual names, or of all letters."""
    given = [word[2:] for word in words if re.fullmatch(r"--[^\W\d_]", word)]
    return next((name for name in (*"xXwWzy", *given) if name in given), "")


def added_words(retry: Mapping[str, str]) -> list[str]:
    """The words of the command line that give values to inputs and settings; ``var x`` is an input named as one."""
    found: list[str] = []
    for name, value in retry.items():
        option, _, variable = name.partition(" ")
        found += [f"--{option}", f"{variable}={value}" if variable else value]
    return found


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


def checked(error: AutogradError, words: Sequence[str], environment: Environment, run: Run) -> AutogradError:
    """The error with the commands that run, then its advice in other words.

    A command that has another fault is mended further, and left out where that does not help. Advice about an option is
    carried out on the ``words`` that were typed.
    """
    lines = error.hint.split("\n") if error.hint else []
    commands: dict[str, None] = {}
    carried_out: list[str] = []
    error.hint = None  # so it is said where trying takes too long
    with contextlib.suppress(deadline.DeadlineError), deadline.within(_SECONDS, ending_process(error)):
        for line in lines:
            better = typed_words(line) or followed(words, line)
            works = _working(better, environment, run) if better else None
            command = command_line([PROGRAM, *works], environment.variables) if works else ""
            if command.isprintable() and 0 < len(command) <= COMMAND_CHARACTERS:
                commands[command] = None
                carried_out.append(line)
    advice = [line for line in lines if typed_words(line) is None and line not in carried_out]
    error.hint = "\n".join([*commands, *advice]) or None
    return error


def followed(words: Sequence[str], advice: str) -> list[str] | None:
    """The words with options as advice has them, ``--get x`` or ``leave out --json``; None for a sentence."""
    match = _ABOUT_AN_OPTION.fullmatch(advice)
    if match is None or "..." in advice:
        return None
    try:
        value = shlex.split(match[3] or "")
    except ValueError:
        return None
    end = len(option_words(words))
    names = ("--output", "-o") if match[2] == "--output" else (match[2],)
    if match[1]:
        forms = [form for name in names for form in ([name, *value], ["=".join([name, *value])])]
        found = ((i, i + len(form)) for form in forms for i in range(end) if list(words[i : i + len(form)]) == form)
        place = next(found, None)
        return None if place is None else [*words[: place[0]], *words[place[1] :]]
    given = [match[2], *value]  # one option, or several, each with its value
    if len(given) % 2 or not all(each.startswith("--") for each in given[::2]):
        return None
    return [*without(words[:end], (*names, *given[::2])), *given, *words[end:]]


def _working(words: list[str], environment: Environment, run: Run) -> list[str] | None:
    """A command that runs, made of one that may have faults; None where no advice helps it."""
    for _ in range(_FAULTS):
        try:
            return words if runs(words, environment, run) else None
        except Exception as error:  # whatever the command raises, it may know a remedy
            hint = mended(error, words).hint or ""
            offered = filter(None, map(typed_words, hint.split("\n")))
            better = [word for word in next(offered, []) if word != _QUICK]
            if not better or better == words:
                return None
            words = better
    return None


def runs(words: list[str], environment: Environment, run: Run) -> bool:
    """Whether a command gives an answer; raises what it raises.

    Where it writes a file, or reads what cannot be read twice, nobody tries. It is tried within a second and without
    options that raise limits: how long it takes, and how much memory, is said where it is run.
    """
    if not words or words[0] in OF_PARTS or {"-", "@-"} & set(words) or any(word.endswith("=-") for word in words):
        return True
    trial = without(words, (*_WRITES, *LIMITS))
    if trial[0] in WITNESSED and "--check" not in {word.partition("=")[0] for word in trial}:
        trial.insert(1, _QUICK)
    inside = replace(environment, stdin=StandardInput(None), stdout=io.StringIO(), stderr=io.StringIO())
    inside = replace(inside, variables={**environment.variables, SECONDS_VARIABLE: "1"})
    try:
        return copy_context().run(run, trial, inside) in (0, 1)
    except LimitError:
        return True


def without(words: Sequence[str], options: Sequence[str]) -> list[str]:
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
