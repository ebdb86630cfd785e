"""Jobs over several processes: in order, within their time, with a new process for each that dies."""

from __future__ import annotations

import os
import select
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Protocol

from autograd_cli.batch.worker import Line, Perform, Worker
from autograd_core.errors import AutogradError, LimitError

WINDOW = 4_000
"""Lines that are read ahead of the first one without an answer."""

_MOST_BYTES = 64_000_000
"""Bytes of lines that are read ahead."""

_CHUNK_SECONDS = 0.02
_LONGEST_CHUNK = 64
_STALL = 1.0

Answer = tuple[bool, str]
Refuse = Callable[[bytes, int, AutogradError], Answer]


class Lines(Protocol):
    """Where jobs come from."""

    ended: bool
    consumed: int

    def fileno(self) -> int | None:
        """What to wait for; None where there is never anything to wait for."""

    def read(self) -> list[Line]:
        """The next lines, as many as are there; waits for at least something."""


def run(lines: Lines, perform: Perform, refuse: Refuse, processes: int, seconds: float) -> Iterator[Answer | None]:
    """The answers to all lines, in order; None before there is something to wait for."""
    if not hasattr(os, "fork"):
        yield from alone(lines, perform)
        return
    runner = Runner(lines, perform, refuse, processes, seconds)
    try:
        yield from runner.answers()
    finally:
        runner.stop()


def alone(lines: Lines, perform: Perform) -> Iterator[Answer]:
    """The answers, worked out in this process where no other can be had: without a limit on time."""
    while not lines.ended:
        for number, line in lines.read():
            yield perform(line, number)


class Runner:
    """Hands out lines, collects answers, and looks after the processes."""

    def __init__(self, lines: Lines, perform: Perform, refuse: Refuse, processes: int, seconds: float) -> None:
        self.lines = lines
        self.perform = perform
        self.refuse = refuse
        self.processes = processes
        self.seconds = seconds
        self.workers: list[Worker] = []
        self.waiting: deque[Line] = deque()
        self.held = 0
        self.order: deque[int] = deque()
        self.done: dict[int, Answer] = {}
        self.pace = _CHUNK_SECONDS
        self.looked = time.monotonic()

    def answers(self) -> Iterator[Answer | None]:
        """Every answer as soon as all before it are there, None before waiting."""
        while True:
            self.hand_out()
            while self.order and self.order[0] in self.done:
                yield self.done.pop(self.order.popleft())
            if self.lines.ended and not self.order:
                return
            yield None
            self.wait()

    def hand_out(self) -> None:
        """Give each process without work the next lines: few while they take long, many while they do not."""
        while self.waiting:
            idle = next((worker for worker in self.workers if not worker.jobs), None)
            if idle is None:
                if len(self.workers) >= self.processes:
                    return
                others = [end for worker in self.workers for end in worker.descriptors]
                idle = Worker(self.perform, self.seconds, others)
                self.workers.append(idle)
            share = -(-len(self.waiting) // self.processes)
            count = max(1, min(_LONGEST_CHUNK, share, int(_CHUNK_SECONDS / self.pace)))
            given = [self.waiting.popleft() for _ in range(count)]
            self.held -= sum(len(line) for _, line in given)
            with suppress(BrokenPipeError):  # its end is seen when it is read from
                idle.give(given)

    def wait(self) -> None:
        """Wait for answers, lines, or the end of somebody's time."""
        now = time.monotonic()
        if now - self.looked > _STALL:  # somebody kept us from looking: nobody's time has run meanwhile
            for worker in self.workers:
                worker.since = now
        busy = {worker.read_end: worker for worker in self.workers if worker.jobs}
        source = self.wanted_source()
        if source is None and self.wants_lines():
            self.take(self.lines.read())
            self.looked = time.monotonic()
            return
        left = min([self.seconds - (now - worker.since) for worker in busy.values()], default=1.0)
        ready, _, _ = select.select([*busy, *([source] if source is not None else [])], [], [], max(left, 0.0))
        for end in ready:
            if end == source:
                self.take(self.lines.read())
            else:
                self.collect(busy[end])
        now = self.looked = time.monotonic()
        for worker in list(self.workers):
            worker.look(now)
            if worker.jobs and now - worker.since >= self.seconds:
                self.replace(worker, _too_long(self.seconds))

    def wants_lines(self) -> bool:
        """Whether more lines should be read now."""
        few = len(self.waiting) < _LONGEST_CHUNK * self.processes * 2 and self.held < _MOST_BYTES
        return not self.lines.ended and few and len(self.order) < WINDOW

    def wanted_source(self) -> int | None:
        """What to wait for lines on, None where no more are wanted, or nothing has to be waited for."""
        return self.lines.fileno() if self.wants_lines() else None

    def take(self, lines: list[Line]) -> None:
        """Put lines at the end of what waits."""
        for number, line in lines:
            self.order.append(number)
            self.waiting.append((number, line))
            self.held += len(line)

    def collect(self, worker: Worker) -> None:
        """Take what a process has answered; one that has ended is replaced."""
        answers = worker.answers()
        if answers is None:
            self.replace(worker, None)
            return
        for (number, _), ok, text in answers:
            self.done[number] = ok, text
        if answers:
            now = time.monotonic()
            each = (now - worker.heard) / len(answers)
            worker.heard = now
            self.pace = max(0.5 * self.pace + 0.5 * each, 1e-5)

    def replace(self, worker: Worker, error: AutogradError | None) -> None:
        """End a process: the job it had in work gets an error, the others go to the next one."""
        self.workers.remove(worker)
        status = worker.stop()
        culprit = worker.culprit()
        if culprit is not None:
            number, line = culprit
            self.done[number] = self.refuse(line, number, error or _ended(status))
        self.waiting.extendleft(reversed(worker.jobs))
        self.held += sum(len(each) for _, each in worker.jobs)

    def stop(self) -> None:
        """End all processes."""
        while self.workers:
            self.workers.pop().stop()


def _too_long(seconds: float) -> AutogradError:
    return LimitError(
        f"the job took longer than {seconds:g} s",
        code="AG805",
        hint="--time-limit raises the limit; smaller arrays, or a job without check and formula, take less time",
    )


def _ended(status: int) -> AutogradError:
    """The error of a job whose process ended by itself."""
    by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    name = signal.Signals(by).name if by in set(signal.Signals) else f"status {status >> 8}"
    return LimitError(
        f"the process that ran the job ended ({name})",
        code="AG805",
        why="mostly the system had no memory left",
        hint="use smaller arrays",
    )
