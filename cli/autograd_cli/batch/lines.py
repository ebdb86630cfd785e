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
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, TextIO

from autograd_cli.batch.grades import HEAD
from autograd_cli.errors import OutputError, quoted
from autograd_cli.limits import MAX_ENDLESS, MAX_LINE
from autograd_core.errors import UsageError

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
        return None if self._ready else self._descriptor

    def read(self) -> list[Line]:
        """The next lines, as many as are there; waits for at least something."""
        found, self._ready = self._ready or self._next(), []
        self.given += len(found)
        return found

    def skip(self, count: int) -> bool:
        """Pass over the next lines; whether there are so many."""
        while count and not self.ended:
            found = self.read()
            self._ready, count = found[count:], max(count - len(found), 0)
            self.given -= len(self._ready)
        return not count

    def digest(self, size: int | None) -> tuple[str, int]:
        """A digest of the first ``size`` bytes of a file, of all where it is None, and how many there are of these."""
        found, start, place = hashlib.sha256(), self.stream.tell(), 0
        while data := self.stream.read(_READ if size is None else min(_READ, size - place)):
            found.update(data)
            place += len(data)
        self.stream.seek(start)
        return found.hexdigest(), place

    def _next(self) -> list[Line]:
        data = self.stream.read(_READ) if self._descriptor is None else os.read(self._descriptor, _READ)
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


def resume(path: str, form: str, lines: Lines, settings: Mapping[str, Any], held: ExitStack) -> tuple[TextIO, bool]:
    """The file to write answers to, behind those that are in it, and whether these are all ok; their jobs are skipped.

    ``held`` closes it. Its first line has a schema, a digest of the jobs and the options; more jobs may follow those.
    Nothing is written before it is certain that the file is one of ours, and of these jobs. Raises UsageError where it
    is not, OutputError where the system refuses.
    """
    name = f"--resume {quoted(path)}"

    def refused(words: str, why: str) -> UsageError:
        hint = "give the same jobs, or another file to begin anew"
        return UsageError(f"{name}: {words}", code="AG104", why=why, hint=hint)

    if not lines.stream.seekable():
        why = "jobs that come through a pipe cannot be compared with those of an earlier run"
        hint = "batch jobs.jsonl --resume answers.jsonl"
        raise UsageError("--resume needs jobs in a file", code="AG103", why=why, hint=hint)
    stream = _opened(path, name, lines.stream)
    answers = held.enter_context(io.TextIOWrapper(stream, "utf-8", errors="backslashreplace", newline=""))
    first, csv_form = stream.readline(), form == "csv"
    said = _read(first, csv_form, head=True) or {}
    known = said.get("schema") == SCHEMA and type(said.get("bytes")) is int and type(said.get("options")) is dict
    digest, size = lines.digest(said["bytes"] if known else None)
    text = json.dumps({"schema": SCHEMA, "jobs": digest, "bytes": size, "options": dict(settings)})
    if csv_form:
        text = f'{HEAD},"{text.replace(chr(34), chr(34) * 2)}"'
    expected = text.encode() + b"\n"
    if not known:
        if not expected.startswith(first):  # as it does where a run was ended before it began
            raise refused(
                "this is not a file that batch --resume has begun",
                "the first line of such a file has a schema and a digest of the jobs; nothing was changed",
            )
        stream.seek(0)
        stream.truncate()
        stream.write(expected)
        stream.flush()
        return answers, True
    if said.get("jobs") != digest:
        why = "the jobs must be the same, in the same order, as in the run that is resumed; more may follow"
        raise refused("its answers are those of other jobs", why)
    for option, value in settings.items():
        if (before := said["options"].get(option)) != value:
            was, now = json.dumps(before), json.dumps(value)
            words = f"it was begun with other options: {option} was {was}, and is {now}"
            raise refused(words, "answers of one file are of one form")
    end, ok = len(first), True
    for count, line in enumerate(stream, 2):
        if not line.endswith(b"\n"):  # the run was ended meanwhile
            break
        if (answer := _read(line, csv_form)) is None:
            raise refused(f"line {count} is not an answer of batch", "only its own file is added to")
        if not lines.skip(1):
            raise refused("it has more answers than there are jobs", "a longer batch wrote it")
        end, ok = end + len(line), ok and bool(answer["ok"])
    stream.seek(end)
    stream.truncate()
    return answers, ok


def _read(line: bytes, csv_form: bool, *, head: bool = False) -> dict[str, Any] | None:
    """What a line holds, an answer or what the first one says of all; None for neither."""
    try:
        cells = next(csv.reader([line.decode()])) if csv_form else []
        if csv_form and not head:
            return {"ok": cells[1] in _FINE}
        found = json.loads(cells[-1] if csv_form else line)
        return found if type(found) is dict and (head or "ok" in found) else None
    except (ValueError, IndexError, StopIteration, csv.Error, RecursionError):
        return None


def _opened(path: str, name: str, jobs: BinaryIO | IO[bytes]) -> BinaryIO:
    """The file of answers, which is made where there is none, but not that of the jobs.

    A lock, which ends with the process and is not held by its children, keeps other batches away.
    """
    place, hint = Path(path).expanduser(), "--resume answers.jsonl"
    try:
        there = place.exists()
        if there and not place.is_file():
            raise UsageError(f"{name}: this is not a file", code="AG102", hint=hint)
        with suppress(ValueError, AttributeError, io.UnsupportedOperation):  # jobs that are in no file
            if there and os.path.samestat(place.stat(), os.fstat(jobs.fileno())):
                words, why = f"{name}: the jobs are read from this file", "answers would be added to them"
                raise UsageError(words, code="AG104", why=why, hint=hint)
        stream = place.open("r+b" if there else "x+b")
    except OSError as error:
        raise OutputError(f"{quoted(path)} cannot be written: {error.strerror or error}") from error
    try:
        import fcntl

        fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # no such thing here
        pass
    except OSError:
        stream.close()
        words, why = f"{name}: another batch is writing to it", "two would add every answer twice"
        raise UsageError(words, code="AG104", why=why, hint="wait for its end, or give another file") from None
    return stream
