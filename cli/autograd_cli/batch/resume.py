"""Answers that an earlier run has written: they are kept, and the rest is added to the same file."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, TextIO

from autograd_cli.batch.job import decoded, identity
from autograd_cli.batch.sheet import HEAD
from autograd_cli.batch.worker import Line
from autograd_cli.failures import OutputError
from autograd_cli.files import shown
from autograd_core.errors import AutogradError, UsageError
from autograd_core.records import record

_FINE = ("right", "agree", "partial", "skipped")


@record(slots=True)
class Written:
    """A file of answers: how many are in it, whether all of them are ok, the id of the last one."""

    path: Path
    count: int = 0
    ok: bool = True
    last: Any = None

    def check(self, line: Line) -> None:
        """Refuse to go on with other jobs than those that were answered.

        Raises UsageError.
        """
        number, text = line
        try:
            expected = identity(decoded(text), number)
        except AutogradError:
            expected = number
        if str(expected) != str(self.last):
            raise UsageError(
                f"--resume {shown(str(self.path))}: answer {self.count} is of job {self.last!r}, and the job on line "
                f"{number} is {expected!r}",
                code="AG104",
                why="the jobs must be the same, in the same order, as in the run that is resumed",
                hint="give the same jobs, or another file to start anew",
            )

    def opened(self) -> TextIO:
        """The file, open to add to it."""
        try:
            return self.path.open("a", encoding="utf-8", newline="", errors="backslashreplace")
        except OSError as error:
            raise OutputError(f"{shown(str(self.path))} cannot be written: {error.strerror}") from error


def written(path: str, form: str) -> Written:
    """What is in a file of answers, after an unfinished line at its end was cut off; none where there is no file."""
    found = Written(Path(path).expanduser())
    try:
        if not found.path.exists():
            return found
        if not found.path.is_file():
            raise UsageError(f"--resume {shown(path)}: this is not a file", code="AG102")
        with found.path.open("r+b") as stream:
            whole = 0
            for line in stream:
                if not line.endswith(b"\n"):
                    stream.truncate(whole)
                    break
                whole += len(line)
                _count(found, line.decode("utf-8", "replace"), form)
    except OSError as error:
        raise OutputError(f"{shown(path)} cannot be read: {error.strerror}") from error
    return found


def _count(found: Written, line: str, form: str) -> None:
    """Take one line of a file into account."""
    try:
        if form == "csv":
            if line.strip() == HEAD and not found.count:
                return
            cells = next(csv.reader([line]))
            found.last, verdict = cells[0].removeprefix("'"), cells[1]
            ok = verdict in _FINE
        else:
            says = json.loads(line)
            found.last, ok = says["id"], bool(says["ok"])
    except (ValueError, KeyError, IndexError, TypeError, StopIteration):
        raise UsageError(
            f"--resume {shown(str(found.path))}: line {found.count + 1} is not an answer of batch",
            code="AG102",
            why="only a file that batch has written is added to",
            hint="--resume out.jsonl",
        ) from None
    found.count += 1
    found.ok &= ok
