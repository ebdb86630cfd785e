"""A process that runs jobs, one after the other, and can be stopped at any time."""

from __future__ import annotations

import contextlib
import gc
import mmap
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
_COUNT = struct.Struct("<Q")
_BUNDLE_SECONDS = 0.01
_BUNDLE_BYTES = 1 << 16
_GRACE = 30
"""Seconds after the time limit in which a process that nobody looks after ends itself."""


class Worker:
    """One process; ``jobs`` are the lines it has been given and has not answered yet.

    Answers come in bundles. How many jobs are done is told by a number in memory that both processes see, so that it is
    known which one is in work.
    """

    def __init__(self, perform: Perform, seconds: float, others: Sequence[int]) -> None:
        source, self._write = os.pipe()
        self.read_end, target = os.pipe()
        self.jobs: deque[Line] = deque()
        self.since = self.heard = time.monotonic()
        self._buffer = bytearray()
        self._counter = mmap.mmap(-1, _COUNT.size)
        self._answered = 0
        self._seen = 0
        self.pid = os.fork()
        if self.pid == 0:
            try:
                for descriptor in (self._write, self.read_end, *others):
                    os.close(descriptor)
                _serve(source, target, perform, seconds, self._counter)
            finally:
                os._exit(1)
        os.close(source)
        os.close(target)

    @property
    def descriptors(self) -> tuple[int, int]:
        """The ends of the pipes that belong to the parent."""
        return self._write, self.read_end

    def look(self, now: float) -> None:
        """Note whether a job has been done since the last look: the time of the next one begins."""
        done: int = _COUNT.unpack_from(self._counter)[0]
        if done != self._seen:
            self._seen = done
            self.since = now

    def culprit(self) -> Line | None:
        """Take the job in work out of those without an answer; None where all are done."""
        done: int = _COUNT.unpack_from(self._counter)[0]
        place = done - self._answered
        if place >= len(self.jobs):
            return None
        line = self.jobs[place]
        del self.jobs[place]
        return line

    def give(self, lines: Iterable[Line]) -> None:
        """Hand over jobs; only to a process that has none, which reads them all before it begins."""
        self.jobs.extend(lines)
        self.since = self.heard = time.monotonic()
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
        del self._buffer[:place]
        self._answered += len(found)
        return found

    def stop(self) -> int:
        """End the process; returns its status as ``os.waitpid`` gives it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        for descriptor in self.descriptors:
            os.close(descriptor)
        return os.waitpid(self.pid, 0)[1]


def _serve(source: int, target: int, perform: Perform, seconds: float, counter: mmap.mmap) -> None:
    """The child: answer jobs until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends a job that runs on when the parent is gone
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    gc.freeze()
    gc.set_threshold(20_000)  # a job leaves little behind that is not freed at once
    gc.enable()
    bundle = bytearray()
    done, sent = 0, time.monotonic()
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
                bundle += _REPLY.pack(number, ok, len(data)) + data
                done += 1
                _COUNT.pack_into(counter, 0, done)
                if (now := time.monotonic()) - sent > _BUNDLE_SECONDS or len(bundle) > _BUNDLE_BYTES:
                    _send(target, bundle)
                    sent = now
            _send(target, bundle)
    os._exit(0)


def _send(target: int, bundle: bytearray) -> None:
    """Write what is in a bundle, and empty it."""
    view = memoryview(bytes(bundle))
    bundle.clear()
    while view:
        view = view[os.write(target, view) :]
