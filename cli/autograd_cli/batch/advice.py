"""Advice for a job: what messages say about the options of a command, said with the keys of a job."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_cli import PROGRAM
from autograd_cli.batch.job import KEYS
from autograd_core.errors import AutogradError

_KEYS = frozenset().union(*KEYS.values())
_OPTION = re.compile(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)")
_COMMAND = re.compile(rf"{PROGRAM} grad \"([^\"]*)\"((?: --\w+ \S+)*)")
_WITH_VALUE = re.compile(rf"{_OPTION.pattern} (?:'(.*)'|(\S+))", re.DOTALL)


def for_job(error: AutogradError, says: Any) -> AutogradError:
    """The error in words that help somebody who writes jobs; ``says`` is the job as far as it could be read."""
    error.message = _keys_for_options(error.message)
    error.why = error.why and _keys_for_options(error.why)
    hints = [_addition(error.retry, says)] if error.retry else []
    error.hint = "; ".join([*hints, *([_hint(error.hint)] if error.hint else [])]) or None
    error.retry = ()
    return error


def _hint(text: str) -> str:
    """A hint, which may be a command, an option with its value, or a sentence."""
    command = _COMMAND.fullmatch(text)
    if command is not None:
        return json.dumps({"expr": command[1], "vars": _by_name(command[2].split())})
    whole = _WITH_VALUE.fullmatch(text)
    if whole is not None and _key(whole[1]) in _KEYS:
        return _members({_key(whole[1]): whole[2] or whole[3]})
    return _keys_for_options(text)


def _keys_for_options(text: str) -> str:
    """A sentence with keys in the place of options; limits are options of the whole batch."""

    def said(match: re.Match[str]) -> str:
        if match[1].startswith("max-"):
            return f"batch {match[0]}"
        return _key(match[1]) if _key(match[1]) in _KEYS else match[0]

    return _OPTION.sub(said, text)


def _addition(options: Sequence[str], says: Any) -> str:
    """What is to be added so that the job works: to the command line a limit, to the job a key or a variable."""
    if options[0].startswith("--max-"):
        return f"{PROGRAM} batch {shlex.join(options)}"
    found = _by_name(options)
    if set(found) <= {"grad_tensor"}:
        return f"add {_members(found)}"
    if type(says) is dict and type(says.get("vars")) is dict:
        return f"add {_members(found)} to vars"
    return f"add {_members({'vars': found})}"


def _by_name(options: Sequence[str]) -> dict[str, str]:
    """The values of options by the names that they have in a job."""
    return {_key(option.removeprefix("--")): value for option, value in zip(options[::2], options[1::2], strict=True)}


def _key(option: str) -> str:
    return option.replace("-", "_")


def _members(found: Mapping[str, Any]) -> str:
    """Members of a JSON object, without its braces."""
    return json.dumps(found)[1:-1]
