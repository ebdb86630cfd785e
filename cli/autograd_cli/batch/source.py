"""Where the lines of a batch come from: a file, standard input as it arrives, or what is written for it beforehand."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

from autograd_cli.limits import MAX_ENDLESS, MAX_LINE

Line = tuple[int, bytes]
"""The number of a line and its bytes."""

_READ = 1 << 18
_KEPT = 1 << 26
"""Bytes of lines that are kept in memory and not in a file."""


@contextmanager
def written(lines: Iterable[bytes]) -> Iterator[Lines]:
    """Lines that are made before they are read."""
    import tempfile

    with tempfile.SpooledTemporaryFile(max_size=_KEPT) as stream:
        stream.writelines(line + b"\n" for line in lines)
        size = stream.tell()
        stream.seek(0)
        yield Lines(stream, size)


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
