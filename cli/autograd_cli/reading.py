"""The expression of a command line, read for the values that stand beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from autograd_cli.environment import StandardInput
from autograd_cli.line import Binding, CommandLine, Split
from autograd_cli.names import candidates, canonical
from autograd_core.errors import AutogradError
from autograd_core.records import record

if TYPE_CHECKING:
    from autograd_core.expr.reader import Reading
    from autograd_core.expr.reader.interpret import Wanted
    from autograd_core.report import Array

SYNTAX = "--syntax"
_RANGE = re.compile(r"\s*[^:@\[\]]+:[^:@\[\]]+\s*")
_ANY_RESULT = ("jacobian", "graph")
"""Commands that answer for results of every shape."""


class Values(Mapping[str, "Array"]):
    """The arrays of a command line by name, each read when it is asked for."""

    def __init__(self, texts: Mapping[str, str], stdin: StandardInput, seed: int, *, ranges: bool = False) -> None:
        from autograd_cli.values import ValueReader

        self.reader = ValueReader(stdin, seed)
        self.texts = dict(texts)
        self.ranges = ranges
        self.arrays: dict[str, Array | AutogradError] = {}

    def __getitem__(self, name: str) -> Array:
        if name not in self.arrays:
            if self.ranges and _RANGE.fullmatch(
                self.texts[name]
            ):  # of ``plot``, which draws numbers and reads it itself
                import numpy as np

                return np.zeros(())
            try:
                self.arrays[name] = self.reader.read(name, self.texts[name])
            except AutogradError as error:  # what was wrong once is told again: standard input is read once
                self.arrays[name] = error
        found = self.arrays[name]
        if isinstance(found, AutogradError):
            raise found
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.texts

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


@record(frozen=True, slots=True)
class Asked:
    """An expression that was read, and the bindings with those that it gives itself."""

    reading: Reading
    bindings: Sequence[Binding]
    values: Values


def read_expression(line: CommandLine, text: str, parts: Split, stdin: StandardInput) -> Asked:
    """Read the expression for the values on the line; what it is propagated back from becomes an option.

    Raises AutogradError pointing into the text.
    """
    from autograd_core.expr.reader import interpret

    options = dict(option.partition("=")[::2] for option in parts.options)
    seed = options.get("--seed", "0")
    syntax = options.pop(SYNTAX, "auto")
    bindings = _named(text, parts.bindings, syntax)
    ranges = line.command == "plot"
    texts = {each.name: each.value for each in bindings}
    values = Values(texts, stdin, int(seed) if seed.isdecimal() else 0, ranges=ranges)
    wanted = _wanted(line, parts, values)
    try:
        reading = interpret(text, values, syntax=syntax, wanted=wanted, value_of=values.reader.read)
    except AutogradError as error:
        renamed = _other_case(error, bindings)
        if renamed is None:
            raise _asking(error, line) from None
        bindings = renamed
        texts = {each.name: each.value for each in bindings}
        values = Values(texts, stdin, values.reader.seed, ranges=ranges)
        reading = interpret(text, values, syntax=syntax, wanted=wanted, value_of=values.reader.read)
    bindings = [*bindings, *(Binding("--var", name, value, exact=True) for name, value in reading.values.items())]
    values.texts.update(reading.values)
    if reading.seed is not None and "--grad-tensor" in line.options and "--grad-tensor" not in options:
        parts.options.append(f"--grad-tensor={reading.seed}")
    return Asked(reading, bindings, values)


def _named(text: str, bindings: Sequence[Binding], syntax: str) -> list[Binding]:
    """The bindings by the names of the variables they mean, where the text is in the language."""
    from autograd_core.expr.source import read

    variables: tuple[str, ...] = ()
    if syntax != "math":
        try:
            variables = read(text).variables
        except AutogradError:
            variables = ()
    found = []
    for binding in bindings:
        meant = [] if binding.exact else candidates(binding.name, variables)
        name = meant[0] if len(meant) == 1 else canonical(binding.name)
        found.append(Binding(binding.word, name, binding.value, binding.exact))
    return found


def _other_case(error: AutogradError, bindings: Sequence[Binding]) -> list[Binding] | None:
    """The bindings by the names that lack a value, where these differ in capital and small letters alone."""
    if error.code != "AG605" or not error.message.startswith("no value for "):
        return None
    missing = [name.strip() for name in error.message.removeprefix("no value for ").split(",")]
    found: list[Binding] = []
    changed = False
    for binding in bindings:
        meant = [name for name in missing if name.casefold() == binding.name.casefold() and not binding.exact]
        changed |= len(meant) == 1
        name = meant[0] if len(meant) == 1 else binding.name
        found.append(Binding(binding.word, name, binding.value, binding.exact))
    return found if changed else None


def _asking(error: AutogradError, line: CommandLine) -> AutogradError:
    """The error with ``--var`` where a name that lacks a value is an option."""
    words = list(error.retry)
    error.retry = tuple(
        part
        for name, value in zip(words[::2], words[1::2], strict=True)
        for part in (("--var", f"{name[2:]}={value}") if name in line.options else (name, value))
    )
    return error


def _wanted(line: CommandLine, parts: Split, values: Values) -> Wanted:
    """What the command needs of the result."""
    from autograd_core.expr.reader.interpret import Wanted

    if line.command in _ANY_RESULT:
        return Wanted(anything=True)
    given = [option.partition("=")[2] for option in parts.options if option.startswith("--grad-tensor=")]
    try:
        return Wanted([values.reader.read("--grad-tensor", each).shape for each in given if each not in ("-", "@-")])
    except AutogradError:
        return Wanted(anything=True)
