"""A process that runs jobs, one after the other, and can be stopped at any time."""

from __future__ import annotations

import gc
import mmap
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from autograd_core.process import Child

Line = tuple[int, bytes]
"""The number of a line and its bytes."""

Perform = Callable[[bytes, int], tuple[bool, str]]
"""Runs the job of a line: whether it is ok, and the answer."""

_COUNT = struct.Struct("<Q")
_BUNDLE_SECONDS = 0.01
_BUNDLE_BYTES = 1 << 16
_PATIENCE = 10.0
"""How many times its limit a job may last that uses no processor time: it waits, or the machine has other work."""


class Worker:
    """One process; ``jobs`` are the lines it has been given and has not answered yet.

    Answers come in bundles. How many jobs are done is told by a number in memory that both processes see, so that it is
    known which one is in work. Raises OSError where no process can be had.
    """

    def __init__(self, perform: Perform, seconds: float) -> None:
        self.jobs: deque[Line] = deque()
        self.seconds = seconds
        self.heard = time.monotonic()
        self._counter = mmap.mmap(-1, _COUNT.size)
        self._answered = self._seen = 0
        counter = self._counter

        def serve(requests: Iterator[Any], reply: Callable[[Any], None]) -> None:
            _serve(requests, reply, perform, counter)

        self.child = Child(serve)
        self.child.begin()

    def time_left(self) -> float:
        """Seconds that the job in work has left."""
        if (done := self._done()) != self._seen:
            self._seen = done
            self.child.begin()
        return self.seconds - self.child.spent(_PATIENCE)

    def _done(self) -> int:
        done: int = _COUNT.unpack_from(self._counter)[0]
        return done

    def in_work(self) -> int | None:
        """The place of the job in work among those without an answer; None where all are done."""
        place = self._done() - self._answered
        return place if place < len(self.jobs) else None

    def give(self, lines: Iterable[Line]) -> None:
        """Hand over jobs; only to a process that has none, which reads them all before it begins."""
        self.jobs.extend(lines)
        self.heard = time.monotonic()
        self.child.begin()
        self.child.send(list(self.jobs))

    def answers(self) -> list[tuple[int, bool, str]] | None:
        """What the process has answered since; None where it has ended. Waits for at least something to read."""
        bundles = self.child.messages()
        if bundles is None:
            return None
        found = [answer for bundle in bundles for answer in bundle]
        for number, _, _ in found:
            assert self.jobs.popleft()[0] == number
        self._answered += len(found)
        return found

    def stop(self) -> int:
        """End the process; returns its status as ``os.waitpid`` gives it."""
        return self.child.stop()


def _serve(
    requests: Iterator[list[Line]],
    reply: Callable[[Any], None],
    perform: Perform,
    counter: mmap.mmap,
) -> None:
    """The child: answer jobs until the other side is gone."""
    gc.freeze()
    gc.set_threshold(20_000)  # a job leaves little behind that is not freed at once
    gc.enable()
    bundle: list[tuple[int, bool, str]] = []
    held, done, sent = 0, 0, time.monotonic()
    for lines in requests:
        for number, line in lines:
            ok, text = perform(line, number)
            bundle.append((number, ok, text.encode("utf-8", "backslashreplace").decode("utf-8")))
            held += len(text)
            done += 1
            _COUNT.pack_into(counter, 0, done)
            if (now := time.monotonic()) - sent > _BUNDLE_SECONDS or held > _BUNDLE_BYTES:
                reply(bundle)
                bundle, held, sent = [], 0, now
        reply(bundle)
        bundle, held = [], 0
