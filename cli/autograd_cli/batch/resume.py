"""Answers that an earlier run has written: they are kept, and the rest is added to the same file."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping
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
        self.form = form
        self.ok = True
        self.text: TextIO = io.TextIOWrapper(stream, "utf-8", errors="backslashreplace", newline="")

    def begin(self, lines: Lines, settings: Mapping[str, Any]) -> None:
        """Put the first line into an empty file, or pass over the jobs that are answered in one that is not.

        Nothing is written before it is certain that the file is one of ours, and of these jobs. Raises UsageError.
        """
        whole = 0
        first = self.stream.readline()
        said = self._head_in(first)
        digest, size = lines.digest(said["bytes"] if said else None)
        head = {"schema": SCHEMA, "jobs": digest, "bytes": size, "options": dict(settings)}
        expected = self._line_of(head)
        if said is None and not expected.startswith(first):  # as it does where a run was ended before it began
            raise self._refused(
                "this is not a file that batch --resume has begun",
                "the first line of such a file has a schema and a digest of the jobs; nothing was changed",
            )
        if said is not None:
            self._check_head(said, head)
            whole = len(first) + self._pass_over(lines)
        self.stream.seek(whole)
        self.stream.truncate()
        if not whole:
            self.stream.write(expected)
            self.stream.flush()

    def _line_of(self, head: Mapping[str, Any]) -> bytes:
        text = json.dumps(head)
        if self.form == "csv":
            buffer = io.StringIO()
            csv.writer(buffer, lineterminator="").writerow([*HEAD.split(","), text])
            text = buffer.getvalue()
        return text.encode() + b"\n"

    def _head_in(self, line: bytes) -> dict[str, Any] | None:
        """The head that a line holds; None where it is no such line."""
        try:
            text = line.decode("utf-8")
            found = json.loads(next(csv.reader([text]))[-1] if self.form == "csv" else text)
            good = line.endswith(b"\n") and found["schema"] == SCHEMA and type(found["bytes"]) is int
            return found if good and type(found["options"]) is dict else None
        except (ValueError, KeyError, IndexError, TypeError, StopIteration, csv.Error, RecursionError):
            return None

    def _check_head(self, said: Mapping[str, Any], head: Mapping[str, Any]) -> None:
        if said["jobs"] != head["jobs"]:
            raise self._refused(
                "its answers are those of other jobs",
                "the jobs must be the same, in the same order, as in the run that is resumed; more may follow",
            )
        for name, value in head["options"].items():
            if said["options"].get(name) != value:
                was, now = json.dumps(said["options"].get(name)), json.dumps(value)
                raise self._refused(
                    f"it was begun with other options: {name} was {was}, and is {now}",
                    "answers of one file are of one form",
                )

    def _pass_over(self, lines: Lines) -> int:
        """Pass over the jobs whose answers are in the file, and look at each; returns the bytes of whole answers."""
        whole = 0
        unseen: list[Line] = []
        for count, (size, given) in enumerate(self._identities(), 1):
            while not unseen and not lines.ended:
                unseen = lines.read()[::-1]
            if not unseen:
                raise self._refused("it has more answers than there are jobs", "a longer batch wrote it")
            number, line = unseen.pop()
            whole += size
            try:
                expected = self._spelled(identity(decoded(line), number))
            except AutogradError:
                expected = self._spelled(number)
            if given != expected:
                raise self._refused(
                    f"answer {count} is of job {given}, and the job on line {number} is {expected}",
                    "the jobs must be the same, in the same order, as in the run that is resumed",
                )
        lines.unread(unseen[::-1])
        return whole

    def _identities(self) -> Iterator[tuple[int, str]]:
        """Of each whole line its size, and the id that it answers."""
        for count, line in enumerate(self.stream, 2):
            if not line.endswith(b"\n"):
                return
            try:
                if self.form == "csv":
                    given, verdict = next(csv.reader([line.decode("utf-8", "replace")]))[:2]
                    ok = verdict in _FINE
                else:
                    answer = json.loads(line)
                    given, ok = self._spelled(answer["id"]), bool(answer["ok"])
            except (ValueError, KeyError, IndexError, TypeError, StopIteration, csv.Error, RecursionError):
                raise self._refused(
                    f"line {count} is not an answer of batch", "only its own file is added to"
                ) from None
            self.ok &= ok
            yield len(line), given

    def _spelled(self, given: Any) -> str:
        """An id as the file spells it."""
        return cell(given) if self.form == "csv" else json.dumps(given)

    def _refused(self, words: str, why: str) -> UsageError:
        return UsageError(
            f"--resume {self.name}: {words}",
            code="AG104",
            why=why,
            hint="give the same jobs, or another file to begin anew",
        )


def open_answers(path: str, form: str, jobs: BinaryIO | None) -> Answers:
    """The file to write answers to, which is made where there is none; ``jobs`` is what they are read from.

    Raises UsageError for what is not a file of its own, OutputError where the system refuses.
    """
    name, place = shown(path), Path(path).expanduser()
    try:
        if place.exists() and not place.is_file():
            raise UsageError(f"--resume {name}: this is not a file", code="AG102", hint="--resume answers.jsonl")
        if place.exists() and jobs is not None and _is_same(place, jobs):
            words = f"--resume {name}: the jobs are read from this file"
            raise UsageError(words, code="AG104", why="answers would be added to them", hint="--resume answers.jsonl")
        stream = place.open("r+b" if place.exists() else "x+b")
    except OSError as error:
        raise OutputError(f"{name} cannot be written: {error.strerror or error}") from error
    if not _locked(stream):
        stream.close()
        raise UsageError(
            f"--resume {name}: another batch is writing to it",
            code="AG104",
            why="two would add every answer twice",
            hint="wait for its end, or give another file",
        )
    return Answers(stream, name, form)


def _is_same(place: Path, jobs: BinaryIO) -> bool:
    try:
        return os.path.samestat(place.stat(), os.fstat(jobs.fileno()))
    except (OSError, ValueError):
        return False


def _locked(stream: BinaryIO) -> bool:
    """Whether the file is ours now; a lock of this kind ends with the process, and its children do not hold it."""
    try:
        import fcntl

        fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # no such thing here
        pass
    except OSError:
        return False
    return True
