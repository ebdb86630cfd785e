"""Answers that an earlier run has written: they are kept, and the rest is added to the same file."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from autograd_cli.batch.grades import HEAD, cell
from autograd_cli.batch.job import decoded, identity
from autograd_cli.batch.source import Line, Lines
from autograd_cli.errors import OutputError
from autograd_cli.values.files import shown
from autograd_core.errors import AutogradError, UsageError

SCHEMA = "autograd-cli/batch/1"
_FINE = ("right", "agree", "partial", "skipped")


class Answers:
    """A file of answers, open and locked; ``ok`` whether all that are in it are."""

    def __init__(self, stream: BinaryIO, name: str, form: str) -> None:
        self.stream = stream
        self.name = name
        self.csv = form == "csv"
        self.ok = True
        self.text: TextIO = io.TextIOWrapper(stream, "utf-8", errors="backslashreplace", newline="")

    def begin(self, lines: Lines, settings: Mapping[str, Any]) -> None:
        """Put the first line into an empty file, or pass over the jobs that are answered in one that is not.

        Nothing is written before it is certain that the file is one of ours, and of these jobs. Raises UsageError.
        """
        first = self.stream.readline()
        said = self._read(first) or {}
        known = said.get("schema") == SCHEMA and type(said.get("bytes")) is int and type(said.get("options")) is dict
        digest, size = lines.digest(said["bytes"] if known else None)
        text = json.dumps({"schema": SCHEMA, "jobs": digest, "bytes": size, "options": dict(settings)})
        if self.csv:
            text = f'{HEAD},"{text.replace(chr(34), chr(34) * 2)}"'
        expected = text.encode() + b"\n"
        if not known:
            if not expected.startswith(first):  # as it does where a run was ended before it began
                raise self._refused(
                    "this is not a file that batch --resume has begun",
                    "the first line of such a file has a schema and a digest of the jobs; nothing was changed",
                )
            self.stream.seek(0)
            self.stream.truncate()
            self.stream.write(expected)
            self.stream.flush()
            return
        if said.get("jobs") != digest:
            raise self._refused(
                "its answers are those of other jobs",
                "the jobs must be the same, in the same order, as in the run that is resumed; more may follow",
            )
        for name, value in settings.items():
            if (before := said["options"].get(name)) != value:
                was, now = json.dumps(before), json.dumps(value)
                words = f"it was begun with other options: {name} was {was}, and is {now}"
                raise self._refused(words, "answers of one file are of one form")
        self.stream.seek(len(first) + self._pass_over(lines))
        self.stream.truncate()

    def _pass_over(self, lines: Lines) -> int:
        """Pass over the jobs whose answers are in the file, and look at each; returns the bytes of whole answers."""
        whole = 0
        unseen: list[Line] = []
        for count, text in enumerate(self.stream, 1):
            if not text.endswith(b"\n"):
                break
            answer = self._read(text)
            if answer is None or not {"id", "ok"} <= answer.keys():
                raise self._refused(f"line {count + 1} is not an answer of batch", "only its own file is added to")
            while not unseen and not lines.ended:
                unseen = lines.read()[::-1]
            if not unseen:
                raise self._refused("it has more answers than there are jobs", "a longer batch wrote it")
            number, line = unseen.pop()
            whole += len(text)
            self.ok &= bool(answer["ok"])
            expected: Any = number
            with suppress(AutogradError):
                expected = identity(decoded(line), number)
            given, expected = (each if self.csv else json.dumps(each) for each in (answer["id"], expected))
            expected = cell(expected) if self.csv else expected
            if given != expected:
                raise self._refused(
                    f"answer {count} is of job {given}, and the job on line {number} is {expected}",
                    "the jobs must be the same, in the same order, as in the run that is resumed",
                )
        lines.unread(unseen[::-1])
        return whole

    def _read(self, line: bytes) -> dict[str, Any] | None:
        """What a line holds: an object, which the first row of a gradebook has in its last cell; None for neither."""
        try:
            text = line.decode()
            if not self.csv:
                found = json.loads(text)
            elif text.startswith(HEAD):
                found = json.loads(next(csv.reader([text]))[-1])
            else:
                row = next(csv.reader([text]))
                found = {"id": row[0], "ok": row[1] in _FINE}
            return found if type(found) is dict else None
        except (ValueError, IndexError, StopIteration, csv.Error, RecursionError):
            return None

    def _refused(self, words: str, why: str) -> UsageError:
        hint = "give the same jobs, or another file to begin anew"
        return UsageError(f"--resume {self.name}: {words}", code="AG104", why=why, hint=hint)


def open_answers(path: str, form: str, jobs: BinaryIO | None) -> Answers:
    """The file to write answers to, which is made where there is none; ``jobs`` is what they are read from.

    A lock, which ends with the process and is not held by its children, keeps other batches away. Raises UsageError for
    what is not a file of its own, OutputError where the system refuses.
    """
    name, place = shown(path), Path(path).expanduser()
    try:
        there = place.exists()
        if there and not place.is_file():
            raise UsageError(f"--resume {name}: this is not a file", code="AG102", hint="--resume answers.jsonl")
        with suppress(ValueError, AttributeError, io.UnsupportedOperation):  # jobs that are in no file
            if there and jobs is not None and os.path.samestat(place.stat(), os.fstat(jobs.fileno())):
                words = f"--resume {name}: the jobs are read from this file"
                hint = "--resume answers.jsonl"
                raise UsageError(words, code="AG104", why="answers would be added to them", hint=hint)
        stream = place.open("r+b" if there else "x+b")
    except OSError as error:
        raise OutputError(f"{name} cannot be written: {error.strerror or error}") from error
    try:
        import fcntl

        fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # no such thing here
        pass
    except OSError:
        stream.close()
        words, why = f"--resume {name}: another batch is writing to it", "two would add every answer twice"
        raise UsageError(words, code="AG104", why=why, hint="wait for its end, or give another file") from None
    return Answers(stream, name, form)
