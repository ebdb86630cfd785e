"""Where the lines of a batch come from: a file, standard input as it arrives, or a list that is made meanwhile."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from itertools import islice
from typing import BinaryIO

from autograd_cli.batch.worker import Line
from autograd_cli.limits import MAX_ENDLESS, MAX_LINE

_READ = 1 << 18
_LIST = 256


class Lines(ABC):
    """Numbered lines without those that are empty; ``given`` of them were read."""

    def __init__(self) -> None:
        self.given = 0
        self._at_end = False
        self._ready: list[Line] = []

    @property
    def ended(self) -> bool:
        """Whether there are no more lines."""
        return self._at_end and not self._ready

    def fileno(self) -> int | None:
        """The descriptor to wait for; None where nothing has to be waited for."""
        return None if self._ready else self._descriptor()

    def read(self) -> list[Line]:
        """The next lines, as many as are there; waits for at least something."""
        found, self._ready = self._ready, []
        found = found or self._next()
        self.given += len(found)
        return found

    def unread(self, lines: list[Line]) -> None:
        """Put lines back that were read last."""
        self._ready = [*lines, *self._ready]
        self.given -= len(lines)

    @property
    def total(self) -> int | None:
        """How many lines there are: exactly at the end, before it as far as it can be foretold."""
        return self.given if self.ended else self._foretold()

    @abstractmethod
    def digest(self, size: int | None) -> tuple[str, int]:
        """A digest of the first ``size`` bytes, of all that can be known of beforehand where it is None, and the size.

        Other jobs have another digest, and the same jobs with more behind them have the same one.
        """

    @abstractmethod
    def _next(self) -> list[Line]: ...

    @abstractmethod
    def _foretold(self) -> int | None: ...

    def _descriptor(self) -> int | None:
        return None


class StreamLines(Lines):
    """The lines of a stream of ``size`` bytes, where that is known; of one that is too long only the start is kept."""

    def __init__(self, stream: BinaryIO, size: int | None = None) -> None:
        super().__init__()
        self.stream = stream
        self.size = size
        self.consumed = 0
        self._number = 0
        self._parts: list[bytes] = []
        self._held = 0
        self._endless = 0
        self._first = b""
        try:
            self._number_of_file: int | None = stream.fileno()
        except (OSError, ValueError):
            self._number_of_file = None

    def _descriptor(self) -> int | None:
        return None if self._first else self._number_of_file

    def digest(self, size: int | None) -> tuple[str, int]:
        """Of the whole file, or of the first line of what cannot be read twice."""
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
        number = self._number_of_file
        return os.read(number, _READ) if number is not None else self.stream.read(_READ)

    def _next(self) -> list[Line]:
        data, self._first = self._first or self._data(), b""
        self.consumed += len(data)
        pieces = data.split(b"\n")
        found: list[Line] = []
        for piece in pieces[:-1]:
            self._keep(piece)
            self._close(found)
        self._keep(pieces[-1])
        self._endless = len(pieces[-1]) + (self._endless if len(pieces) == 1 else 0)
        if not data or self._endless > MAX_ENDLESS:
            self._at_end = True
            self._close(found)
        return found

    def _foretold(self) -> int | None:
        """As many as there would be if all were as long as those that were read."""
        return round(self.given * self.size / self.consumed) if self.size and self.consumed else None

    def _keep(self, piece: bytes) -> None:
        room = MAX_LINE + 1 - self._held
        if piece and room > 0:
            self._parts.append(piece[:room])
            self._held += min(len(piece), room)

    def _close(self, found: list[Line]) -> None:
        line = b"".join(self._parts)
        self._parts, self._held = [], 0
        self._number += 1
        if line.strip():
            found.append((self._number, line))


class ListLines(Lines):
    """Lines that are made while they are read; ``make`` makes them from the start, about ``many``."""

    def __init__(self, make: Callable[[], Iterable[bytes]], many: int | None = None) -> None:
        super().__init__()
        self._make = make
        self._many = many
        self._lines = enumerate(make(), 1)

    def digest(self, size: int | None) -> tuple[str, int]:
        """Of all lines."""
        found, place = hashlib.sha256(), 0
        for line in self._make():
            if size is not None and place >= size:
                break
            found.update(line + b"\n")
            place += len(line) + 1
        return (found.hexdigest() if size in (None, place) else ""), place

    def _foretold(self) -> int | None:
        return self._many

    def _next(self) -> list[Line]:
        found = list(islice(self._lines, _LIST))
        self._at_end = not found
        return found
