"""The lines of a batch: jobs of a file, of standard input as it arrives, or written beforehand; and earlier answers.

Answers that an earlier run has written are kept, and the rest is added to the same file.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, TextIO

from autograd_cli.batch.grades import HEAD, cell
from autograd_cli.batch.job import decoded, identity
from autograd_cli.errors import OutputError
from autograd_cli.limits import MAX_ENDLESS, MAX_LINE
from autograd_cli.values.files import shown
from autograd_core.errors import AutogradError, UsageError

Line = tuple[int, bytes]
"""The number of a line and its bytes."""

_READ = 1 << 18


class Lines:
    """Numbered lines of a stream without those that are empty; ``given`` of them were read.

    ``size`` is that of the stream, where it is known. ``number`` is its descriptor, where something has to be waited
    for. Of a line that is too long only the start is kept.
    """

    def __init__(self, stream: BinaryIO | IO[bytes], size: int | None = None, number: int | None = None) -> None:
        self.stream = stream
        self.size = size
        self.given = 0
        self._descriptor = number
        self._ready: list[Line] = []
        self._at_end = False
        self._consumed = self._number = self._endless = 0
        self._part = bytearray()
        self._first = b""

    @property
    def ended(self) -> bool:
        """Whether there are no more lines."""
        return self._at_end and not self._ready

    @property
    def total(self) -> int | None:
        """How many lines there are: exactly at the end, before it if all are as long as those that were read."""
        if self.ended:
            return self.given
        return round(self.given * self.size / self._consumed) if self.size and self._consumed else None

    def fileno(self) -> int | None:
        """The descriptor to wait for; None where nothing has to be waited for."""
        return None if self._ready or self._first else self._descriptor

    def read(self) -> list[Line]:
        """The next lines, as many as are there; waits for at least something."""
        found, self._ready = self._ready or self._next(), []
        self.given += len(found)
        return found

    def unread(self, lines: list[Line]) -> None:
        """Put lines back that were read last."""
        self._ready = [*lines, *self._ready]
        self.given -= len(lines)

    def digest(self, size: int | None) -> tuple[str, int]:
        """A digest of the first ``size`` bytes and that number; where it is None, of all that can be known beforehand.

        That is the whole of a file, and the first line of what cannot be read twice. Other jobs have another digest,
        and the same jobs with more behind them have the same one.
        """
        found, place, last = hashlib.sha256(), 0, b"\n"
        if self.stream.seekable():
            start = self.stream.tell()
            while data := self.stream.read(_READ if size is None else min(_READ, size - place)):
                found.update(data)
                place += len(data)
                last = data[-1:]
            cut = self.stream.read(1)
            self.stream.seek(start)
        else:
            while b"\n" not in self._first and (data := self._data()):
                self._first += data
            head = self._first.partition(b"\n")[0]
            place = len(head) if size is None else min(size, len(self._first))
            found.update(self._first[:place])
            last, cut = self._first[place - 1 : place], self._first[place : place + 1]
        if size is not None and (place < size or b"\n" not in (last, cut or b"\n")):
            return "", place
        return found.hexdigest(), place

    def _data(self) -> bytes:
        return self.stream.read(_READ) if self._descriptor is None else os.read(self._descriptor, _READ)

    def _next(self) -> list[Line]:
        data, self._first = self._first or self._data(), b""
        self._consumed += len(data)
        *whole, rest = data.split(b"\n")
        found: list[Line] = []
        for piece in whole:
            self._close(piece, found)
        self._part += rest[: MAX_LINE + 1 - len(self._part)]
        self._endless = len(rest) + (0 if whole else self._endless)
        if not data or self._endless > MAX_ENDLESS:
            self._at_end = True
            self._close(b"", found)
        return found

    def _close(self, piece: bytes, found: list[Line]) -> None:
        """End a line with its last piece."""
        line = bytes(self._part + piece[: MAX_LINE + 1 - len(self._part)]) if self._part else piece[: MAX_LINE + 1]
        self._part = bytearray()
        self._number += 1
        if line.strip():
            found.append((self._number, line))


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
