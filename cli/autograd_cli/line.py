"""The words of a command line, and the parts they are split into."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from autograd_cli.names import candidates, nearest, variables_in
from autograd_core.records import record


class Takes(enum.Enum):
    """What an option of a command takes."""

    VALUE = enum.auto()
    NOTHING = enum.auto()
    OVER = enum.auto()
    """Help and version: whatever else stands on the line does not matter."""


@record(frozen=True, slots=True)
class CommandLine:
    """The words behind a command's name, which options that command has, and which other commands have an option."""

    command: str
    words: Sequence[str]
    options: Mapping[str, Takes]
    others: Callable[[str], list[str]] = lambda _option: []

    def flag_near(self, name: str) -> str | None:
        """The option without a value that ``--NAME`` may be a misspelling of, unless it may be a variable."""
        if any(candidates(name[2:], variables_in(word)) for word in self.words if not word.startswith("--")):
            return None
        return nearest(name, [option for option, takes in self.options.items() if takes is not Takes.VALUE])


@record(frozen=True, slots=True)
class Binding:
    """A value for a variable, as it was typed; ``exact`` when it came with ``--var``."""

    word: str
    name: str
    value: str
    exact: bool = False


@record(slots=True)
class Split:
    """The parts of a command line; every option is one word that Typer can read."""

    expressions: list[int] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    values: dict[int, int] = field(default_factory=dict)
    """Positions of words that are the value of the name or option at another position."""
    flags: set[int] = field(default_factory=set)
    over: bool = False
