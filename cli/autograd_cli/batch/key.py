"""A key: the questions of a course, each as the job that judges an answer to it."""

from __future__ import annotations

import math
import re
from typing import Any

from autograd_cli.batch.job import KEYS
from autograd_cli.document.numbers import json_number
from autograd_cli.limits import MAX_KEY
from autograd_cli.names import nearest
from autograd_cli.values.files import decoded, opened, shown
from autograd_core.dataclass import dataclass
from autograd_core.errors import UsageError

_OWN = frozenset({"id", "points", "require"})
_EXAMPLE = """[[question]]
id = "q1"
expr = "sum((X@w - y)**2)"
vars = { X = "1,2;3,4", w = "1,1", y = "1,1" }
require = ["w"]
points = 2"""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a key: its id, the job that judges an answer once its claims are added, and what it counts."""

    id: str
    job: dict[str, Any]
    points: float = 1.0


def read_key(path: str) -> list[Question]:
    """The questions of a key.

    Raises UsageError for what is not a key, FileError for what cannot be read.
    """
    import tomllib

    name = shown(path)
    with opened(path, "--key", MAX_KEY) as stream:
        text = decoded(stream.read(), "--key", name)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"--key {name} is not TOML: {error}", code="AG102", hint=_EXAMPLE) from None
    questions = tables.get("question")
    if not isinstance(questions, list) or not questions or not all(isinstance(each, dict) for each in questions):
        raise UsageError(f"--key {name} has no [[question]]", code="AG102", hint=_EXAMPLE)
    found: list[Question] = []
    allowed = (KEYS["check"] - {"claim", "claims", "command"}) | _OWN
    for number, each in enumerate(questions, 1):
        given = str(each.get("id", number))
        unknown = next((key for key in each if key not in allowed), None)
        if unknown is not None:
            guess = nearest(unknown, sorted(allowed))
            words = f"--key {name}: {unknown} means nothing in a question" + (
                f"; did you mean {guess}?" if guess else ""
            )
            raise UsageError(words, code="AG101", why=f"the keys are {', '.join(sorted(allowed))}")
        if not re.fullmatch(r"[\w.-]+", given):
            raise UsageError(f"--key {name}: {given!r} cannot be the id of a question", code="AG102", hint='id = "q1"')
        if any(given == one.id for one in found):
            raise UsageError(f"--key {name}: two questions have the id {given}", code="AG104")
        points = each.get("points", 1)
        if isinstance(points, bool) or not isinstance(points, (int, float)) or not 0 < points < math.inf:
            words = f"--key {name}: {given} has {points!r} points, where a number above 0 should be"
            raise UsageError(words, code="AG102", hint="points = 2")
        job = {key: _plain(value, key, name) for key, value in each.items() if key not in ("id", "points")}
        found.append(Question(given, job, points))
    return found


def _plain(value: Any, key: str, name: str) -> Any:
    """A value of TOML as a job can say it in JSON, which has words for what is not finite, and no dates."""
    match value:
        case float():
            return json_number(value)
        case bool() | int() | str():
            return value
        case list():
            return [_plain(each, key, name) for each in value]
        case dict():
            return {inner: _plain(each, key, name) for inner, each in value.items()}
    words = f"--key {name}: {key} holds {value}, a date or a time, where a number or a text should be"
    raise UsageError(words, code="AG102", hint=_EXAMPLE)
