"""Where the lines of a batch come from: a file, standard input as it arrives, or a list."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from itertools import islice
from typing import BinaryIO

from autograd_cli.batch.worker import Line
from autograd_cli.limits import MAX_ENDLESS, MAX_LINE

_READ = 1 << 18
_LIST = 256


class StreamLines:
    """The lines of a stream; empty ones are left out, and of one that is too long only the start is kept.

    The first ``skip`` lines are passed over; ``skipped`` is told the last of them.
    """

    def __init__(self, stream: BinaryIO, skip: int = 0, skipped: Callable[[Line], None] | None = None) -> None:
        self.stream = stream
        self.skip = skip
        self.skipped = skipped
        self.ended = False
        self.consumed = 0
        self._number = 0
        self._parts: list[bytes] = []
        self._held = 0
        self._endless = 0
        try:
            self._descriptor: int | None = stream.fileno()
        except (OSError, ValueError):
            self._descriptor = None

    def fileno(self) -> int | None:
        """The descriptor to wait for."""
        return self._descriptor

    def read(self) -> list[Line]:
        """The lines that are complete with what can be read now."""
        data = os.read(self._descriptor, _READ) if self._descriptor is not None else self.stream.read(_READ)
        self.consumed += len(data)
        pieces = data.split(b"\n")
        found: list[Line] = []
        for piece in pieces[:-1]:
            self._keep(piece)
            self._close(found)
        self._keep(pieces[-1])
        self._endless = len(pieces[-1]) + (self._endless if len(pieces) == 1 else 0)
        if not data or self._endless > MAX_ENDLESS:
            self.ended = True
            self._close(found)
        return found

    def _keep(self, piece: bytes) -> None:
        room = MAX_LINE + 1 - self._held
        if piece and room > 0:
            self._parts.append(piece[:room])
            self._held += min(len(piece), room)

    def _close(self, found: list[Line]) -> None:
        line = b"".join(self._parts)
        self._parts, self._held = [], 0
        self._number += 1
        if not line.strip():
            return
        if self.skip:
            self.skip -= 1
            if not self.skip and self.skipped is not None:
                self.skipped((self._number, line))
            return
        found.append((self._number, line))


class ListLines:
    """Lines that are made while they are read."""

    def __init__(self, lines: Iterable[bytes], skip: int = 0, skipped: Callable[[Line], None] | None = None) -> None:
        self.ended = False
        self.consumed = 0
        self._lines = enumerate(lines, 1)
        last = None
        for _ in range(skip):
            last = next(self._lines, None)
        if last is not None and skipped is not None:
            skipped(last)

    def fileno(self) -> int | None:
        """There is nothing to wait for."""
        return None

    def read(self) -> list[Line]:
        """The next lines."""
        found = list(islice(self._lines, _LIST))
        self.ended = not found
        return found
