"""One line of a batch: from its JSON to a job, whose keys are looked at first, and each value before it is used."""

from __future__ import annotations

import functools
import json
import math
import sys
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from autograd_cli.commands.check import Judging
from autograd_cli.environment import StandardInput
from autograd_cli.limits import MAX_ENDLESS, MAX_LINE
from autograd_cli.names import did_you_mean, is_name, listed, nearest
from autograd_cli.options import Checks, Gradients, Kind, Options, Parts, Values, kind_of
from autograd_cli.values import tables
from autograd_cli.values.reader import ValueReader
from autograd_core.dataclass import dataclass
from autograd_core.errors import LimitError, UsageError, ValueTextError
from autograd_core.report import Array

GROUPS: Mapping[str, tuple[type[Options], ...]] = {"grad": (Gradients, Parts, Checks, Values), "check": (Judging,)}
"""The options of each command that a job can have, by their groups."""

_SHARED = ("id", "command", "expr", "vars", "syntax", "grad_tensor")
_OWN = {"grad": ("grad_tensors",), "check": ("claim", "claims", "require")}
KEYS: Mapping[str, frozenset[str]] = {
    command: frozenset([*_SHARED, *_OWN[command], *(each for group in groups for each in group.annotations())])
    for command, groups in GROUPS.items()
}
"""What a job of each command may say."""

Group = TypeVar("Group")
_PLAIN = {int, float}


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it was written: ``id`` as it is given back, the command, and what it says."""

    id: Any
    command: str
    says: Mapping[str, Any]

    @property
    def reader(self) -> ValueReader:
        """Reads values in the notation of the command line; a job has no standard input."""
        return ValueReader(StandardInput(None), self.option("seed", Kind(whole=True), 0))

    @property
    def expression(self) -> str:
        """The expression."""
        return self.text("expr")

    @property
    def values(self) -> dict[str, Array]:
        """The value of each variable."""
        given = self.says.get("vars", {})
        if type(given) is not dict:
            raise UsageError("vars is not an object", code="AG102", hint='"vars": {"x": [1, 2, 3]}')
        for name in given:
            if not is_name(name):
                words = f"vars: {_shown(name)} cannot be the name of a variable"
                raise UsageError(words, code="AG102", hint='"vars": {"x": [1, 2, 3]}')
        return {name: self.array(name, value) for name, value in given.items()}

    def array(self, owner: str, value: Any) -> Array:
        """A value: a number, nested lists of numbers, or text in the notation of the command line."""
        kind = type(value)
        if kind is list or kind in _PLAIN:
            try:
                return tables.from_lists(value, owner)
            except OverflowError:
                raise ValueTextError(f"{owner}: a number is too large for a float", hint="1e300 or smaller") from None
        if kind is str:
            if value in tables.NON_FINITE:
                return np.array(tables.NON_FINITE[value])
            text = value.strip()
            if not text:
                raise ValueTextError(f"{owner}: the value is empty", hint=f'"{owner}": [1, 2, 3]')
            if text[:1] == "@" or text == "-":
                raise ValueTextError(
                    f"{owner}: a job reads no files", code="AG621", hint="write the numbers: [1, 2, 3]"
                )
            return self.reader.read(owner, value)
        raise ValueTextError(
            f"{owner}: {_shown(value)} is not a number or a list of numbers", hint=f'"{owner}": [1, 2, 3]'
        )

    def text(self, key: str) -> str:
        """A text that must be there."""
        value = self.says.get(key)
        if type(value) is not str:
            words = f"there is no {key}" if value is None else f"{key} is not a text"
            raise UsageError(words, code="AG103", hint='{"expr": "sum(x**2)", "vars": {"x": [1, 2, 3]}}')
        return value

    def options(self, group: type[Group], **defaults: Any) -> Group:
        """A group of options as the job has them."""
        known: Any = group  # mypy: a type is hashable
        for name, kind in _kinds(known).items():
            if name in self.says:
                defaults[name] = self.option(name, kind, defaults.get(name, getattr(group, name)))
        return group(**defaults)

    def option(self, key: str, kind: Kind, default: Any) -> Any:
        """What the job says for an option, which takes what the command line takes."""
        value = self.says.get(key, default)
        if value is default:
            return value
        hint: str | None = f'"{key}": {json.dumps(default)}'
        if kind.choices:
            right, wanted, hint = type(value) is str and value in kind.choices, listed(kind.choices, "or"), None
        elif kind.flag:
            right, wanted, hint = type(value) is bool, "true or false", f'"{key}": true'
        elif kind.whole:
            low, high = kind.low or 0, 2**63 if kind.high is None else kind.high
            right = type(value) is int and low <= value <= high
            wanted = f"a whole number from {low}" + (f" to {high:,}" if kind.high is not None else "")
        elif kind.number:
            right = value is None or (type(value) in _PLAIN and 0 <= value <= (kind.high or sys.float_info.max))
            wanted, hint = "a number from 0, and finite", f'"{key}": 1e-6'
        else:
            return self.names(key)
        if not right:
            raise UsageError(f"{key} is {wanted}, not {_shown(value)}", code="AG102", hint=hint)
        return float(value) if kind.number and not kind.whole and value is not None else value

    def names(self, key: str) -> list[str]:
        """Names, as a list or separated by commas."""
        value = self.says.get(key, [])
        found = [part.strip() for part in value.split(",")] if type(value) is str else value
        if type(found) is not list or not all(type(name) is str for name in found):
            raise UsageError(f"{key} is a list of names, not {_shown(value)}", code="AG102", hint=f'"{key}": ["x"]')
        return found


@functools.cache
def _kinds(group: Any) -> dict[str, Kind]:
    """The kind of each option of a group by its name; not of values, which are read elsewhere."""
    return {name: kind_of(hint) for name, hint in group.annotations().items() if name != "grad_tensor"}


def identity(says: Any, number: int) -> Any:
    """The id of a job as it is given back; the number of its line where it has none that can be."""
    given = says.get("id") if type(says) is dict else None
    return given if type(given) in (str, int, bool) or (type(given) is float and math.isfinite(given)) else number


def command_of(says: Any) -> Any:
    """The command of a job, which follows from its claims where it is not said."""
    if type(says) is not dict:
        return None
    return says.get("command", "check" if "claim" in says or "claims" in says else "grad")


def decoded(line: bytes) -> Any:
    """The JSON of a line.

    Raises UsageError for what is not JSON.
    """
    if len(line) > MAX_LINE:
        raise LimitError(
            f"the line has more than {MAX_LINE:,} bytes",
            code="AG802",
            why=f"behind {MAX_ENDLESS:,} bytes without the end of a line nothing is read",
            hint="smaller arrays, one job a line",
        )
    try:
        return json.loads(line.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        why = f"byte {error.start + 1} is not UTF-8"
    except json.JSONDecodeError as error:
        why = f"{error.msg[:1].lower()}{error.msg[1:]}, column {error.colno}"
    except RecursionError:
        why = "it is nested too deep"
    except ValueError:
        why = "a number has thousands of digits"
    raise _not_json(why)


def _not_json(why: str) -> UsageError:
    example = '{"id": 1, "command": "grad", "expr": "x**2", ...}'
    return UsageError("the line is not JSON", code="AG102", why=why, hint=example)


def _no_constant(word: str) -> Any:
    raise _not_json(f'{word} is no JSON; write "{word}" in quotes')


def job_of(says: Any, number: int) -> Job:
    """The job that a line describes.

    Raises UsageError for a command or a key that does not exist, and for a seed that is none.
    """
    if type(says) is not dict:
        raise UsageError(
            f"a job is an object, not {_shown(says)}", code="AG102", hint='{"expr": "x**2", "vars": {"x": 3}}'
        )
    command = command_of(says)
    if type(command) is not str or command not in KEYS:
        raise UsageError(f"command is {listed(list(KEYS), 'or')}, not {_shown(command)}", code="AG105")
    unknown = [key for key in says if key not in KEYS[command]]
    if unknown:
        guess = nearest(unknown[0], sorted(KEYS[command])) if len(unknown[0]) < 40 else None
        words = f"{_shown(unknown[0])} is not a key of a {command} job{did_you_mean(guess)}"
        raise UsageError(words, code="AG101", why=f"the keys are {', '.join(sorted(KEYS[command]))}")
    return Job(identity(says, number), command, says)


def _shown(value: Any) -> str:
    """A value of a job inside a sentence."""
    text = (
        json.dumps(value) if not isinstance(value, (dict, list)) else "an object" if type(value) is dict else "a list"
    )
    return text if len(text) <= 60 else f"{text[:57]}..."
