"""Jobs over several processes: in order, within their time, with a new process for each that dies."""

from __future__ import annotations

import os
import select
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress

from autograd_cli.batch.source import Lines
from autograd_cli.batch.worker import Line, Perform, Worker
from autograd_core import deadline
from autograd_core.errors import AutogradError, LimitError

WINDOW = 4_000
"""Lines that are read ahead of the first one without an answer."""

MOST_BYTES = 64_000_000
"""Bytes of lines that are read ahead, and of answers that wait for the one before them."""

_CHUNK_SECONDS = 0.02
_LONGEST_CHUNK = 64
_STEP = 0.5
"""Seconds that one step of a job, which cannot be stopped by itself, may go on after the time of the job."""

_LOOK = 0.5
"""Seconds after which a job's own time is looked at again."""

Answer = tuple[bool, str]
Refuse = Callable[[bytes, int, AutogradError], Answer]


def run(lines: Lines, perform: Perform, refuse: Refuse, processes: int, seconds: float) -> Iterator[Answer | None]:
    """The answers to all lines, in order; None before there is something to wait for. A job gets ``seconds``."""
    runner = Runner(lines, perform, refuse, processes, seconds)
    try:
        yield from runner.answers()
    finally:
        runner.stop()


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
        self.read_ahead = 0
        self.order: deque[int] = deque()
        self.done: dict[int, Answer] = {}
        self.kept = 0
        self.again: set[int] = set()
        self.pace = _CHUNK_SECONDS

    def answers(self) -> Iterator[Answer | None]:
        """Every answer as soon as all before it are there, None before waiting."""
        while True:
            self.hand_out()
            while self.order and self.order[0] in self.done:
                answer = self.done.pop(self.order.popleft())
                self.kept -= len(answer[1])
                yield answer
            if self.lines.ended and not self.order:
                return
            yield None
            self.wait()

    @property
    def full(self) -> bool:
        """Whether so much waits for the first job without an answer that only this one may go on."""
        return self.kept > MOST_BYTES

    def hand_out(self) -> None:
        """Give each process without work the next lines: few while they take long, many while they do not."""
        while self.waiting and (not self.full or self.waiting[0][0] == self.order[0]):
            idle = next((worker for worker in self.workers if not worker.jobs), None) or self.hire()
            if idle is None:
                return
            share = -(-len(self.waiting) // self.processes)
            count = max(1, min(_LONGEST_CHUNK, share, int(_CHUNK_SECONDS / self.pace)))
            given = [self.waiting.popleft() for _ in range(1 if self.full else count)]
            self.read_ahead -= sum(len(line) for _, line in given)
            with suppress(BrokenPipeError):  # its end is seen when it is read from
                idle.give(given)

    def hire(self) -> Worker | None:
        """One more process; where the system has no more, those that are there do, or this one works by itself."""
        if len(self.workers) >= self.processes:
            return None
        try:
            self.workers.append(Worker(self.within_time, self.seconds + _STEP))
        except OSError:
            self.processes = max(len(self.workers), 1)
            if not self.workers:
                self.work_alone()
            return None
        return self.workers[-1]

    def work_alone(self) -> None:
        """Run the next job in this process, within its time."""
        number, line = self.waiting.popleft()
        self.read_ahead -= len(line)
        self.keep(number, self.within_time(line, number))

    def within_time(self, line: bytes, number: int) -> Answer:
        """Run a job within its time, in whatever process this is."""
        try:
            with deadline.within(self.seconds):
                return self.perform(line, number)
        except deadline.DeadlineError:
            return self.refuse(line, number, self.too_long())

    def keep(self, number: int, answer: Answer) -> None:
        """Keep an answer until all before it are there."""
        self.done[number] = answer
        self.kept += len(answer[1])

    def wait(self) -> None:
        """Wait for answers, lines, or the end of somebody's time."""
        busy: dict[int, Worker] = {}
        for worker in self.workers:
            if worker.jobs and self.full and worker.jobs[0][0] != self.order[0]:
                worker.child.begin()  # it has to wait until there is room for what it says
            elif worker.jobs:
                busy[worker.child.read_end] = worker
        source = self.lines.fileno()
        wants = self.wants_lines()
        if wants and source is None:
            self.take(self.lines.read())
            return
        if not busy and (self.waiting or not wants):
            return
        left = min([_LOOK, *(worker.time_left() for worker in busy.values())]) if busy else None
        sources = [source] if wants and source is not None else []
        ready, _, _ = select.select([*busy, *sources], [], [], left if left is None else max(left, 0.0))
        for end in ready:
            if end == source:
                self.take(self.lines.read())
            else:
                self.collect(busy[end])
        for worker in busy.values():
            if worker.jobs and worker.child.alive and worker.time_left() <= 0:
                self.replace(worker, self.too_long())

    def wants_lines(self) -> bool:
        """Whether more lines should be read now."""
        few = len(self.waiting) < _LONGEST_CHUNK * self.processes * 2 and self.read_ahead < MOST_BYTES
        return not self.lines.ended and few and len(self.order) < WINDOW and not self.full

    def take(self, lines: list[Line]) -> None:
        """Put lines at the end of what waits."""
        for number, line in lines:
            self.order.append(number)
            self.waiting.append((number, line))
            self.read_ahead += len(line)

    def collect(self, worker: Worker) -> None:
        """Take what a process has answered; one that has ended is replaced."""
        answers = worker.answers()
        if answers is None:
            self.replace(worker, None)
            return
        for number, ok, text in answers:
            self.keep(number, (ok, text))
        if answers:
            now = time.monotonic()
            each = (now - worker.heard) / len(answers)
            worker.heard = now
            self.pace = max(0.5 * self.pace + 0.5 * each, 1e-5)

    def replace(self, worker: Worker, error: AutogradError | None) -> None:
        """End a process: the job it had in work gets an error, the others go to the next one.

        A process that ended by itself may have been ended by others, for their reasons: its job is tried once more.
        """
        self.workers.remove(worker)
        status = worker.stop()
        place = worker.in_work()
        if place is not None:
            number, line = worker.jobs[place]
            if error is None and number not in self.again:
                self.again.add(number)
            else:
                del worker.jobs[place]
                self.keep(number, self.refuse(line, number, error or _ended(status)))
        self.waiting = deque(sorted([*worker.jobs, *self.waiting]))
        self.read_ahead += sum(len(each) for _, each in worker.jobs)

    def too_long(self) -> AutogradError:
        """The error of a job that takes longer than it may."""
        return LimitError(
            f"the job took longer than {self.seconds:g} s",
            code="AG805",
            hint="--time-limit raises the limit; smaller arrays, or a job without check and formula, take less time",
        )

    def stop(self) -> None:
        """End all processes."""
        while self.workers:
            self.workers.pop().stop()


def _ended(status: int) -> AutogradError:
    """The error of a job whose process ended by itself, twice."""
    by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    name = signal.Signals(by).name if by in set(signal.Signals) else f"status {status >> 8}"
    return LimitError(
        f"the process that ran the job ended ({name}), twice",
        code="AG805",
        why="mostly the system had no memory left",
        hint="use smaller arrays",
    )
