"""A process that runs jobs, one after the other, and can be stopped at any time."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

Line = tuple[int, bytes]
"""The number of a line and its bytes."""

Perform = Callable[[bytes, int], tuple[bool, str]]
"""Runs the job of a line: whether it is ok, and the answer."""

_HEAD = struct.Struct("<QQ")
_REPLY = struct.Struct("<Q?Q")
_GRACE = 30
"""Seconds after the time limit in which a process that nobody looks after ends itself."""


class Worker:
    """One process; ``jobs`` are the lines it has been given and not answered, the first of them in work."""

    def __init__(self, perform: Perform, seconds: float, others: Sequence[int]) -> None:
        source, self._write = os.pipe()
        self.read_end, target = os.pipe()
        self.jobs: deque[Line] = deque()
        self.since = time.monotonic()
        self._buffer = bytearray()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                for descriptor in (self._write, self.read_end, *others):
                    os.close(descriptor)
                _serve(source, target, perform, seconds)
            finally:
                os._exit(1)
        os.close(source)
        os.close(target)

    @property
    def descriptors(self) -> tuple[int, int]:
        """The ends of the pipes that belong to the parent."""
        return self._write, self.read_end

    def give(self, lines: Iterable[Line]) -> None:
        """Hand over jobs; only to a process that has none, which reads them all before it begins."""
        self.jobs.extend(lines)
        self.since = time.monotonic()
        payload = b"".join(_HEAD.pack(number, len(line)) + line for number, line in self.jobs)
        view = memoryview(_HEAD.pack(len(self.jobs), len(payload)) + payload)
        while view:
            view = view[os.write(self._write, view) :]

    def answers(self) -> list[tuple[Line, bool, str]] | None:
        """What the process has answered since; None where it has ended. Waits for at least something to read."""
        data = os.read(self.read_end, 1 << 20)
        if not data:
            return None
        self._buffer += data
        found: list[tuple[Line, bool, str]] = []
        place = 0
        while len(self._buffer) - place >= _REPLY.size:
            number, ok, size = _REPLY.unpack_from(self._buffer, place)
            end = place + _REPLY.size + size
            if len(self._buffer) < end:
                break
            line = self.jobs.popleft()
            assert line[0] == number
            found.append((line, ok, self._buffer[place + _REPLY.size : end].decode("utf-8")))
            place = end
        if found:
            del self._buffer[:place]
            self.since = time.monotonic()
        return found

    def stop(self) -> int:
        """End the process; returns its status as ``os.waitpid`` gives it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        for descriptor in self.descriptors:
            os.close(descriptor)
        return os.waitpid(self.pid, 0)[1]


def _serve(source: int, target: int, perform: Perform, seconds: float) -> None:
    """The child: answer jobs until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends a job that runs on when the parent is gone
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    gc.freeze()
    gc.enable()
    with os.fdopen(source, "rb") as chunks:
        while len(head := chunks.read(_HEAD.size)) == _HEAD.size:
            count, size = _HEAD.unpack(head)
            payload = chunks.read(size)
            place = 0
            for _ in range(count):
                number, length = _HEAD.unpack_from(payload, place)
                place += _HEAD.size
                signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE)
                ok, text = perform(payload[place : place + length], number)
                signal.setitimer(signal.ITIMER_REAL, 0)
                place += length
                data = text.encode("utf-8", "backslashreplace")
                view = memoryview(_REPLY.pack(number, ok, len(data)) + data)
                while view:
                    view = view[os.write(target, view) :]
    os._exit(0)
