"""Splits the words of a command line into the expression, the bindings of its variables, and the options."""

from __future__ import annotations

import unicodedata

from autograd_cli import misread
from autograd_cli.line import Binding, CommandLine, Split, Takes
from autograd_cli.names import is_name
from autograd_core.errors import UsageError

VAR = "--var"
"""The option that binds a name word for word."""


def split(line: CommandLine, *, strict: bool = True) -> Split:
    """The parts of a command line, read from left to right; without ``strict`` an unfinished one is no error."""
    words = line.words
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
        takes = line.options.get(name)
        if takes is None and not (name.startswith("--") and (is_name(name[2:]) or name == "--")):
            parts.expressions.append(here)
            continue
        if takes in (Takes.NOTHING, Takes.OVER):
            if equals:
                raise misread.value_of_flag(line, here)
            if takes is Takes.OVER:
                return Split(options=[word], over=True)
            parts.options.append(word)
            parts.flags.add(here)
            continue
        if not equals:
            value = words[position] if position < len(words) else "--"
            if value.startswith("--") and (value == "--" or is_name(value[2:].partition("=")[0])):
                if strict:
                    raise misread.no_value(line, here)
                continue
            parts.values[position] = here
            position += 1
        if takes is None:
            parts.bindings.append(_binding(name, name[2:], value))
        elif name == VAR:
            parts.bindings.append(_exact(value))
        else:
            parts.options += [f"{name}={value}"] if name.startswith("--") else [name, value]
    return parts


def only_expression(parts: Split, line: CommandLine) -> str:
    """The one expression of a command line."""
    if not parts.expressions:
        raise misread.no_expression(line, parts.bindings)
    if len(parts.expressions) > 1:
        raise misread.many_expressions(line, parts)
    return line.words[parts.expressions[0]]


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
