"""Splits the words of a command line into the expression, the bindings of its variables, and the options."""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from autograd_cli import misread
from autograd_cli.names import is_name
from autograd_core.errors import UsageError


class Takes(enum.Enum):
    """What an option of a command takes."""

    VALUE = enum.auto()
    NOTHING = enum.auto()
    OVER = enum.auto()
    """Help and version: whatever else stands on the line does not matter."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A value for a variable, as it was typed; ``exact`` when it came with ``--var``."""

    word: str
    name: str
    value: str
    exact: bool = False


@dataclass(slots=True)
class Split:
    """The parts of a command line; every option is one word that Typer can read."""

    expressions: list[int] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    values: dict[int, int] = field(default_factory=dict)
    """Positions of words that are the value of the name or option at another position."""
    flags: set[int] = field(default_factory=set)
    over: bool = False


VAR = "--var"
"""The option that binds a name word for word."""


def split(words: Sequence[str], options: Mapping[str, Takes], command: str, *, strict: bool = True) -> Split:
    """The parts of ``words``, read from left to right; without ``strict`` an unfinished line is no error."""
    parts = Split()
    position = 0
    while position < len(words):
        word = words[position]
        here = position
        position += 1
        if word == "--":
            parts.expressions += range(position, len(words))
            break
        name, equals, value = word.partition("=")
        takes = options.get(name)
        if takes is None and not (name.startswith("--") and (is_name(name[2:]) or name == "--")):
            parts.expressions.append(here)
            continue
        if takes in (Takes.NOTHING, Takes.OVER):
            if equals:
                raise misread.value_of_flag(command, words, here)
            if takes is Takes.OVER:
                return Split(options=[word], over=True)
            parts.options.append(word)
            parts.flags.add(here)
            continue
        if not equals:
            if position == len(words):
                if strict:
                    raise misread.no_value(command, words, here)
                break
            value = words[position]
            if strict and value.startswith("--") and (value == "--" or is_name(value[2:].partition("=")[0])):
                raise misread.no_value(command, words, here)
            parts.values[position] = here
            position += 1
        if takes is None:
            parts.bindings.append(_binding(name, name[2:], value))
        elif name == VAR:
            parts.bindings.append(_exact(value))
        else:
            parts.options.append(f"{name}={value}")
    return parts


def only_expression(parts: Split, words: Sequence[str], command: str, reads: Callable[[str], bool]) -> str:
    """The one expression of a command line; ``reads`` says whether a text is an expression."""
    if not parts.expressions:
        raise misread.no_expression(command, parts.bindings, reads)
    if len(parts.expressions) > 1:
        raise misread.many_expressions(command, words, parts, reads)
    return words[parts.expressions[0]]


def _binding(word: str, name: str, value: str) -> Binding:
    if not name:
        raise UsageError(f"{word}={value}: a name is missing before =", hint="--x=3")
    return Binding(word, name, value)


def _exact(pair: str) -> Binding:
    from autograd_core.expr.source import is_name as is_variable

    name, equals, value = pair.partition("=")
    name = unicodedata.normalize("NFKC", name.strip())
    if not equals or not is_variable(name):
        raise UsageError(
            f"{VAR} {pair}: this is not NAME=VALUE",
            code="AG102",
            why=f"{name!r} cannot be the name of a variable" if equals else "there is no = in it",
            hint=f"{VAR} x=1,2,3",
        )
    return Binding(VAR, name, value, exact=True)
