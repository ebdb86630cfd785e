"""A key and the submissions that it judges, as jobs: one for each student and question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograd_cli.batch.job import KEYS, REFUSED, Job
from autograd_cli.document import json_number
from autograd_cli.errors import quoted
from autograd_cli.limits import MAX_ANSWER, MAX_KEY
from autograd_cli.names import did_you_mean, nearest
from autograd_cli.values.files import FileError, opened, reason_of, text_of_file
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, UsageError

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

    name, found = quoted(path), list[Question]()
    try:
        # Numbers that are not finite as JSON has them.
        read = tomllib.loads(text_of_file(path, "--key", MAX_KEY), parse_float=lambda text: json_number(float(text)))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"--key {name} is not TOML: {error}", code="AG102", hint=_EXAMPLE) from None
    questions = read.get("question")
    if not isinstance(questions, list) or not questions or not all(isinstance(each, dict) for each in questions):
        raise UsageError(f"--key {name} has no [[question]]", code="AG102", hint=_EXAMPLE)
    for number, each in enumerate(questions, 1):
        given = str(each.get("id", number))
        try:
            if any(given == one.id for one in found):
                raise UsageError("two questions have this id", code="AG104")
            found.append(_question(given, each))
        except AutogradError as error:
            words = f"--key {name}: {given}: {error.message}"
            raise UsageError(words, code=error.code, why=error.why, hint=error.hint) from None
    return found


def _question(given: str, says: dict[str, Any]) -> Question:
    """A question of an id; raises what is wrong with it itself, which no answer can mend."""
    allowed = sorted((KEYS["check"] - {"claim", "claims", "command"}) | {"id", "points", "require"})
    if unknown := [key for key in says if key not in allowed]:
        words = f"{unknown[0]} means nothing in a question{did_you_mean(nearest(unknown[0], allowed))}"
        raise UsageError(words, code="AG101", why=f"the keys are {', '.join(allowed)}")
    if not re.fullmatch(r"[\w.-]+", given):
        raise UsageError("this cannot be the id of a question", code="AG102", hint='id = "q1"')
    points = says.get("points", 1)
    if type(points) not in (int, float) or points <= 0:
        raise UsageError(f"points is a number above 0, not {points!r}", code="AG102", hint="points = 2")
    job = {key: value for key, value in says.items() if key not in ("id", "points")}
    read = Job(job)
    values = read.given([None])
    source = values.reading.source
    if lacking := [each for each in source.variables if each not in values.arrays]:
        raise UsageError(f"no value for {', '.join(lacking)}", code="AG605")
    known = [*values.arrays, *source.names]
    if wrong := [each for each in read.names("require") if each not in known]:
        raise UsageError(f"require names {wrong[0]}, which is none of {', '.join(known)}")
    return Question(given, job, points)


_TEXT = (".txt", ".md", ".tex")
_BINARY = (b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"{\\rtf")


def submissions(key: list[Question], name: str) -> Iterator[dict[str, Any]]:
    """The jobs of a folder, in alphabetical order; what two submissions would be called alike has its whole name.

    Raises UsageError for what is no folder.
    """
    folder = Path(name).expanduser()
    if not folder.is_dir():
        hint = "batch --key key.toml answers/"
        raise UsageError(f"{quoted(name)} is not a folder of submissions", code="AG102", hint=hint)
    paths = _files(folder)
    alike = Counter(map(_student, paths))
    for path in paths:
        student = _student(path)
        if alike[student] > 1:
            student = f"{path.name}/" if _is_folder(path) else path.name
        yield from _jobs(path, student, key)


def one_submission(key: list[Question], name: str) -> Iterator[dict[str, Any]]:
    """The jobs of a single submission: a text, a folder with a file for each question, or one that holds the text.

    Raises UsageError where there is none.
    """
    path = Path(name)
    if not path.exists():
        raise UsageError(f"there is no submission {name}", code="AG102", hint="batch --key key.toml ann.txt")
    files = _files(path) if _is_folder(path) else []
    known = {question.id.casefold() for question in key}
    if len(files) == 1 and not known & _names(files[0]):
        path = files[0]
    for job in _jobs(path, "", key):
        job["id"] = job["id"].strip("/") or (key[0].id if len(key) == 1 else "submission")
        yield job


def _files(folder: Path) -> list[Path]:
    return sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=lambda path: path.name)


def _names(path: Path) -> set[str]:
    return {path.name.casefold(), path.stem.casefold()}


def _jobs(path: Path, student: str, key: list[Question]) -> Iterator[dict[str, Any]]:
    try:
        answers = dict(_of_folder(path, key) if _is_folder(path) else _of_text(_text(path), key))
    except (AutogradError, OSError) as error:
        yield {"id": student, "command": "check", REFUSED: _reason(error)}
        return
    for question in key:
        name = f"{student}/{question.id}" if len(key) > 1 else student
        answer = answers.get(question.id, "")
        if isinstance(answer, Exception):
            yield {"id": name, "command": "check", REFUSED: _reason(answer)}
        else:
            yield {"id": name, "command": "check", **question.job, "claims": [answer.strip()]}


def _student(path: Path) -> str:
    """The name of who handed in a file or a folder: an ending that is none of a text belongs to the name."""
    known = path.suffix.lower() in _TEXT and not _is_folder(path)
    return path.stem if known else path.name


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _of_folder(folder: Path, key: list[Question]) -> Iterator[tuple[str, str | Exception]]:
    """The answers of a student who has a folder: a file for each question, or what is wrong with it."""
    files = _files(folder)
    for question in key:
        found = [path for path in files if question.id.casefold() in _names(path)]
        if len(found) > 1:
            names = " and ".join(quoted(path.name) for path in found[:2])
            yield question.id, FileError(f"{names} both answer {question.id}")
        elif found:
            try:
                yield question.id, _text(found[0])
            except (AutogradError, OSError) as error:
                yield question.id, error


def _text(path: Path) -> str:
    """What a file says; raises FileError for what is no text, LimitError for what is too long."""
    if path.is_symlink():
        raise FileError(f"{quoted(path.name)} is a link, and links are not followed")
    if path.is_file() and path.stat().st_size == 0:
        return ""
    with opened(str(path), "the answer", MAX_ANSWER) as stream:
        content = stream.read()
    if content.startswith(_BINARY) or b"\0" in content:
        raise FileError(f"{quoted(path.name)} is not a text file", hint="an answer is plain text: w = 2*X.T@(X@w - y)")
    return content.decode("utf-8", "replace").removeprefix("\ufeff")


def _of_text(text: str, key: list[Question]) -> Iterator[tuple[str, str | Exception]]:
    """The answers in one text: what follows the head of a question, as ``q1:``, on its line and on the lines below it.

    Raises FileError for a text without heads where a key has several questions.
    """
    names, numbers = _heads(key)
    ids, counted = ("|".join(map(re.escape, sorted(each, key=len, reverse=True))) for each in (names, names | numbers))
    others = {re.escape(each[: -len(number)]) for number, each in numbers.items()}
    ids = "|".join([ids, *(rf"{each}\d+" for each in others)])  # the head of a question that is not in the key
    heads = [*re.finditer(_HEAD.format(ids, counted), text, re.MULTILINE | re.IGNORECASE)]
    if not heads and len(key) > 1:  # numbered, as 1. and 2.
        heads = [*re.finditer(_HEAD.format(counted, counted), text, re.MULTILINE | re.IGNORECASE)]
    if not heads:
        if len(key) == 1:
            yield key[0].id, text
        elif text.strip():
            ids = " or ".join(f"{question.id}:" for question in key[:2])
            raise FileError(f"no answer has a head: no line begins with {ids}")
        return
    found: dict[str, str | Exception] = {}
    for this, following in zip(heads, [*heads[1:], None], strict=True):
        said = this[1] or this[2]
        question = names.get(said) or (numbers | names).get(said.casefold())
        if question is None:
            continue
        answer = text[this.end() : following.start() if following else len(text)]
        found[question] = FileError(f"{question} is answered twice") if question in found else answer
    yield from found.items()


_HEAD = (
    r"^(?:[ \t#>*_+-]|\\(?:textbf|section\*?|subsection\*?|paragraph)\{{|\\item\b)*"
    r"[(\[]?(?:({})|(?:question|problem|exercise|task|part)[ \t]*({}))"
    r"(?:[*_}}]*[ \t]*(?::|[.)\]](?=[\s*_}}]))[.:*_}}]*|[*_}}]*[ \t]*$)"
)
"""How a line names the question that it answers: ``q1:``, ``Q1)``, ``## q1``, ``**q1**:``, ``Question 1.``."""


def _heads(key: list[Question]) -> tuple[dict[str, str], dict[str, str]]:
    """The ids by what a head may call them, as they are or in small letters, and by their number behind a word."""
    found, numbers = {question.id: question.id for question in key}, {}
    digits = {each: re.fullmatch(r"[^\W\d_]+[-_.]?(\d+)", each) for each in found}
    counts = Counter(number[1] for number in digits.values() if number)
    for name, number in digits.items():
        found.setdefault(name.casefold(), name)
        if number and counts[number[1]] == 1:
            numbers[number[1]] = name
    return found, numbers


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"it cannot be read: {reason_of(error)}"
    return error.message if isinstance(error, AutogradError) else str(error)
