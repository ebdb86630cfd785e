"""Jobs over several processes: in order, within their time, with a new process for each that dies."""

from __future__ import annotations

import gc
import select
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain

from autograd_cli.batch.lines import Line, Lines
from autograd_core import deadline
from autograd_core.errors import AutogradError, LimitError
from autograd_core.process import Child

WINDOW = 4_000  # lines that are read ahead of the first one without an answer

MOST_BYTES = 64_000_000
"""Bytes of answers that wait for the one before them; while there are more, only that one is worked on."""

_MOST = 16  # lines that a process is given at once
_STEP = 0.5  # seconds that one step of a job, which cannot be stopped by itself, may go on after the time of the job
_LOOK = 0.5  # seconds after which a job's own time is looked at again

_WAITING = 10.0
"""How many times its limit a job may last that uses no processor time: it waits, or the machine has other work."""

Answer = tuple[bool, str]
"""Whether a job is ok, and the line that answers it."""

Perform = Callable[..., Answer]
"""Runs the job of a line, which has a number; with an error it answers that instead."""


class Worker(Child):
    """A process that runs jobs, of which the first without an answer is in work."""

    def __init__(self, perform: Perform) -> None:
        self.jobs: deque[Line] = deque()

        def serve(requests: Iterator[list[Line]], reply: Callable[[Answer], None]) -> None:
            gc.freeze()
            gc.set_threshold(20_000)  # a job leaves little behind that is not freed at once
            gc.enable()
            for number, line in chain.from_iterable(requests):
                ok, text = perform(line, number)
                reply((ok, text.encode("utf-8", "backslashreplace").decode("utf-8")))

        super().__init__(serve)

    def give(self, jobs: list[Line]) -> None:
        """Hand over jobs, to a process that has none: it reads them all before it begins.

        That it has ended is seen when it is read from.
        """
        self.jobs.extend(jobs)
        self.begin()
        with suppress(BrokenPipeError):
            self.send(jobs)


class Runner:
    """Hands out lines, collects answers, and looks after the processes; a job gets ``seconds``."""

    def __init__(self, lines: Lines, perform: Perform, processes: int, seconds: float) -> None:
        self.lines = lines
        self.perform = perform
        self.processes = processes
        self.seconds = seconds
        self.workers: list[Worker] = []
        self.waiting: deque[Line] = deque()
        self.order: deque[int] = deque()
        self.done: dict[int, Answer] = {}
        self.kept = 0
        self.again: set[int] = set()

    def answers(self) -> Iterator[Answer | None]:
        """Every answer as soon as all before it are there, None before there is something to wait for."""
        try:
            while True:
                self.hand_out()
                while self.order and self.order[0] in self.done:
                    answer = self.done.pop(self.order.popleft())
                    self.kept -= len(answer[1])
                    yield answer
                if self.lines.ended and not self.order:
                    return
                yield None
                self.collect()
        finally:
            for worker in self.workers:
                worker.stop()

    def hand_out(self) -> None:
        """Give each process without work the next lines: a share of what waits, so that none is left with many."""
        while self.waiting and (self.kept <= MOST_BYTES or self.waiting[0][0] == self.order[0]):
            idle = next((worker for worker in self.workers if not worker.jobs), None)
            if idle is None and len(self.workers) >= self.processes:
                return
            if idle is None:
                try:
                    idle = Worker(self.within_time)
                except OSError:  # where the system has no more, those that are there do, or this one runs the next job
                    self.processes = max(len(self.workers), 1)
                    if not self.workers:
                        number, line = self.waiting.popleft()
                        self.keep(number, self.within_time(line, number))
                    return
                self.workers.append(idle)
            count = 1 if self.kept > MOST_BYTES else min(_MOST, 1 + len(self.waiting) // (4 * self.processes))
            idle.give([self.waiting.popleft() for _ in range(count)])

    def within_time(self, line: bytes, number: int) -> Answer:
        """Run a job within its time, in whatever process this is."""
        try:
            with deadline.within(self.seconds):
                return self.perform(line, number)
        except deadline.DeadlineError:
            return self.perform(line, number, self.too_long())

    def keep(self, number: int, answer: Answer) -> None:
        """Keep an answer until all before it are there."""
        self.done[number] = answer
        self.kept += len(answer[1])

    def collect(self) -> None:
        """Take what there is of answers and lines, after waiting for something; give up what takes too long."""
        busy = {worker.read_end: worker for worker in self.workers if worker.jobs}
        ends = set(busy)
        if not self.lines.ended and len(self.waiting) < 2 * _MOST * self.processes and len(self.order) < WINDOW:
            source = self.lines.fileno()
            if source is None:
                self.take()
                return
            ends.add(source)
        if not ends:
            return
        left = max(min([_LOOK, *map(self.time_left, busy.values())]), 0.0) if busy else None
        for end in select.select(ends, [], [], left)[0]:
            if end in busy:
                self.receive(busy[end])
            else:
                self.take()
        for worker in busy.values():
            if worker.jobs and worker.alive and self.time_left(worker) <= 0:
                self.replace(worker, self.too_long())

    def time_left(self, worker: Worker) -> float:
        """Seconds that the job in work has left."""
        return self.seconds + _STEP - worker.spent(_WAITING)

    def take(self) -> None:
        """Put the next lines at the end of what waits."""
        lines = self.lines.read()
        self.order.extend(number for number, _ in lines)
        self.waiting.extend(lines)

    def receive(self, worker: Worker) -> None:
        """Take what a process has answered; one that has ended is replaced."""
        found = worker.messages()
        if found is None:
            self.replace(worker, None)
            return
        for answer in found:
            self.keep(worker.jobs.popleft()[0], answer)
            worker.begin()

    def replace(self, worker: Worker, error: AutogradError | None) -> None:
        """End a process: the job it had in work gets an error, the others go to the next one.

        A process that ended by itself may have been ended by others, for their reasons: its job is tried once more.
        """
        self.workers.remove(worker)
        worker.stop()
        if worker.jobs:
            number, line = worker.jobs[0]
            if error is None and number not in self.again:
                self.again.add(number)
            else:
                words, why = "the process that ran the job ended, twice", "mostly the system had no memory left"
                ended = LimitError(words, code="AG805", why=why, hint="use smaller arrays")
                worker.jobs.popleft()
                self.keep(number, self.perform(line, number, error or ended))
        self.waiting = deque(sorted([*worker.jobs, *self.waiting]))

    def too_long(self) -> AutogradError:
        """The error of a job that takes longer than it may."""
        return LimitError(
            f"the job took longer than {self.seconds:g} s",
            code="AG805",
            hint="--time-limit raises the limit; smaller arrays, or a job without check and formula, take less time",
        )
