"""A key and a folder of submissions as jobs: one for each student and question."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograd_cli.batch.job import KEYS
from autograd_cli.document.numbers import json_number
from autograd_cli.files import decoded, opened, shown
from autograd_cli.limits import MAX_ANSWER, MAX_KEY
from autograd_cli.names import nearest
from autograd_core.errors import UsageError
from autograd_core.records import record

SUFFIXES = ("", ".txt", ".md")

_OWN = frozenset({"id", "require"})
_EXAMPLE = """[[question]]
id = "q1"
expr = "sum((X@w - y)**2)"
vars = { X = "1,2;3,4", w = "1,1", y = "1,1" }
require = ["w"]"""


@record(frozen=True, slots=True)
class Question:
    """One question of a key: its id, and the job that judges an answer once its claims are added."""

    id: str
    job: dict[str, Any]


def read_key(path: str) -> list[Question]:
    """The questions of a key.

    Raises UsageError for what is not a key, FileError for what cannot be read.
    """
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
        found.append(Question(given, {key: _plain(value, key, name) for key, value in each.items() if key != "id"}))
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


def folder_of(name: str) -> Path:
    """The folder of submissions of a name; raises UsageError for what is none."""
    place = Path(name).expanduser()
    if not place.is_dir():
        raise UsageError(
            f"{shown(name)} is not a folder of submissions", code="AG102", hint="batch --key key.toml answers/"
        )
    return place


def submissions(key: list[Question], folder: Path) -> Iterator[bytes]:
    """A line for each student and question, students in alphabetical order."""
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            answers = dict(_of_folder(path, key))
        elif path.suffix.lower() in SUFFIXES:
            answers = dict(_of_text(_text(path), key))
        else:
            continue
        for question in key:
            student = path.name if path.is_dir() else path.stem
            name = f"{student}/{question.id}" if len(key) > 1 else student
            claims = answers.get(question.id, "")
            yield json.dumps({"id": name, "command": "check", **question.job, "claims": [claims]}).encode()


def _text(path: Path) -> str:
    if path.stat().st_size == 0:
        return ""
    with opened(str(path), path.name, MAX_ANSWER) as stream:
        return stream.read().decode("utf-8", "replace").removeprefix("\ufeff")


def _of_folder(folder: Path, key: list[Question]) -> Iterator[tuple[str, str]]:
    """The answers of a student who has a folder: a file for each question."""
    for question in key:
        for suffix in SUFFIXES:
            path = folder / f"{question.id}{suffix}"
            if path.is_file() and not path.is_symlink():
                yield question.id, _text(path)
                break


def _of_text(text: str, key: list[Question]) -> Iterator[tuple[str, str]]:
    """The answers in one text: what follows ``q1:`` on its line and on the lines below it."""
    ids = "|".join(re.escape(question.id) for question in key)
    head = re.compile(rf"^[ \t]*(?:#+[ \t]*)?({ids})[ \t]*:", re.MULTILINE)
    heads = list(head.finditer(text))
    if not heads:
        if len(key) == 1:
            yield key[0].id, text
        return
    for this, following in zip(heads, [*heads[1:], None], strict=True):
        yield this[1], text[this.end() : following.start() if following else len(text)]
