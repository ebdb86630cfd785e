"""A folder of submissions as jobs: one for each student and question, and one for whatever cannot be judged."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograd_cli.batch.key import Question
from autograd_cli.limits import MAX_ANSWER
from autograd_cli.values.files import FileError, opened, reason_of, shown
from autograd_core.errors import AutogradError, UsageError

REFUSED = "refused"
"""The key of a job that says why there is nothing to judge; only jobs made here have it."""

_TEXT = (".txt", ".md")
_BINARY = (b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"{\\rtf")


def folder_of(name: str) -> Path:
    """The folder of submissions of a name; raises UsageError for what is none."""
    place = Path(name).expanduser()
    if not place.is_dir():
        raise UsageError(
            f"{shown(name)} is not a folder of submissions", code="AG102", hint="batch --key key.toml answers/"
        )
    return place


def submissions(key: list[Question], folder: Path) -> Iterator[bytes]:
    """The jobs, in alphabetical order; what two submissions would be called alike has its whole name."""
    paths = sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=lambda path: path.name)
    alike = Counter(_student(path) for path in paths)
    for path in paths:
        student = _student(path)
        if alike[student] > 1:
            student = f"{path.name}/" if _is_folder(path) else path.name
        yield from (json.dumps(job).encode() for job in _jobs(path, student, key))


def one_submission(key: list[Question], path: Path) -> Iterator[bytes]:
    """The jobs of a single submission: a text, a folder with a file for each question, or one that holds the text."""
    files = [each for each in path.iterdir() if not each.name.startswith(".")] if _is_folder(path) else []
    known = {question.id.casefold() for question in key}
    if len(files) == 1 and not known & {files[0].name.casefold(), files[0].stem.casefold()}:
        path = files[0]
    for job in _jobs(path, "", key):
        job["id"] = job["id"].strip("/") or (key[0].id if len(key) == 1 else "submission")
        yield json.dumps(job).encode()


def _jobs(path: Path, student: str, key: list[Question]) -> Iterator[dict[str, Any]]:
    try:
        answers = dict(_of_folder(path, key) if _is_folder(path) else _of_text(_text(path), key))
    except (AutogradError, OSError) as error:
        yield {"id": student, REFUSED: _reason(error)}
        return
    for question in key:
        name = f"{student}/{question.id}" if len(key) > 1 else student
        answer = answers.get(question.id, "")
        if isinstance(answer, Exception):
            yield {"id": name, REFUSED: _reason(answer)}
        else:
            yield {"id": name, "command": "check", **question.job, "claims": [answer]}


def _student(path: Path) -> str:
    """The name of who handed in a file or a folder: an ending that is none of a text belongs to the name."""
    known = path.suffix.lower() in _TEXT and not _is_folder(path)
    return path.stem if known else path.name


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _of_folder(folder: Path, key: list[Question]) -> Iterator[tuple[str, str | Exception]]:
    """The answers of a student who has a folder: a file for each question, or what is wrong with it."""
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    for question in key:
        known = question.id.casefold()
        found = [path for path in files if known in (path.name.casefold(), path.stem.casefold())]
        if len(found) > 1:
            names = " and ".join(shown(path.name) for path in found[:2])
            yield question.id, FileError(f"{names} both answer {question.id}")
        elif found:
            try:
                yield question.id, _text(found[0])
            except (AutogradError, OSError) as error:
                yield question.id, error


def _text(path: Path) -> str:
    """What a file says; raises FileError for what is no text, LimitError for what is too long."""
    if path.is_symlink():
        raise FileError(f"{shown(path.name)} is a link, and links are not followed")
    if path.is_file() and path.stat().st_size == 0:
        return ""
    with opened(str(path), "the answer", MAX_ANSWER) as stream:
        content = stream.read()
    if content.startswith(_BINARY) or b"\0" in content:
        raise FileError(f"{shown(path.name)} is not a text file", hint="an answer is plain text: w = 2*X.T@(X@w - y)")
    return content.decode("utf-8", "replace").removeprefix("\ufeff")


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


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"it cannot be read: {reason_of(error)}"
    return error.message if isinstance(error, AutogradError) else str(error)
