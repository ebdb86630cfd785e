"""SymPy in a process of its own, which starts early and can be stopped at any time, and the time that a check may take.

``start`` forks a child that imports SymPy while this process goes on; a check sends it work and gives it no more
processor time than is left. What cannot be answered in it is given up by ending the child. Where no process can be had
SymPy runs in this one. This module loads neither NumPy nor SymPy.
"""

from __future__ import annotations

import atexit
import gc
import math
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from autograd_core import deadline, symbolic
from autograd_core.process import Child

CROWDED = 20
"""How many times as long as it computes the child may take by the clock: a busy machine decides no verdict."""

IMPORT_SECONDS = 60.0
"""Seconds that the import of SymPy may take by the clock."""

UNHEARD = 0.5
"""Seconds after which a child is ended that does not end a job by itself."""


TOO_LONG = "SymPy took longer than its share of the budget"


class OutOfTimeError(Exception):
    """The answer did not come before the budget was used up."""


class Clock:
    """The budget of a check: ``limit`` seconds of processor time, of this process since now and of SymPy's for it.

    ``answers`` keeps what SymPy said, by what it was asked.
    """

    def __init__(self, limit: float) -> None:
        self.limit = deadline.share(limit)
        self.answers: dict[str, symbolic.Job] = {}
        self.spent = 0.0
        self.begun = time.process_time()

    @property
    def left(self) -> float:
        """Seconds left, negative when none are."""
        return self.limit - self.spent - (time.process_time() - self.begun)

    def tick(self) -> None:
        """Raise OutOfTimeError when the budget is used up."""
        if self.left < 0:
            raise OutOfTimeError(f"the check took longer than its budget of {self.limit:g} s")


class Worker(Child):
    """A child process that answers jobs one at a time; raises OSError where none can be had."""

    def __init__(self) -> None:
        super().__init__(_serve)
        self._ready = False

    def ask(self, job: symbolic.Job) -> symbolic.Job:
        """The answer to a job, or what there is of it when its ``seconds`` are over.

        Raises OutOfTimeError where the process ends, or had to be ended.
        """
        try:
            self.send(job)
            return self._receive(job["seconds"] + UNHEARD)
        except OSError:
            self.stop()
            raise OutOfTimeError("SymPy's process ended") from None
        except BaseException:  # an interrupt: the answer that is still to come would be taken for the next one
            self.stop()
            raise

    def wait(self) -> None:
        """Wait until SymPy is imported; raises OutOfTimeError where it cannot be."""
        if not self._ready:
            if "failed" in (found := self._receive(IMPORT_SECONDS)):
                self.stop()
                raise OutOfTimeError(found["failed"])
            self._ready = True

    def _receive(self, seconds: float) -> symbolic.Job:
        """The next answer; raises OutOfTimeError where the process uses more than so much of its own time."""
        self.begin()
        left = seconds
        while left > 0:
            found = self.messages(max(left, 0.01))
            if found is None:
                break
            if found:
                answer: symbolic.Job = found[0]
                return answer
            left = seconds - self.spent(CROWDED)
        self.stop()
        raise OutOfTimeError("SymPy took longer than the budget" if left <= 0 else "SymPy's process ended")


def _serve(jobs: Iterator[Any], reply: Callable[[Any], None]) -> None:
    """The child: import SymPy, then answer jobs until the other side is gone."""
    gc.disable()  # a fifth off the import of SymPy
    warnings.simplefilter("ignore")
    try:
        symbolic.warm_up()
        reply({"ready": True})
    except Exception as error:  # whatever an import raises is the answer
        reply({"failed": f"SymPy cannot be imported: {error}"})
        return
    gc.freeze()
    gc.enable()
    deadline.forget()
    for job in jobs:
        begun = time.process_time()
        reply({**_bounded(job), "spent": time.process_time() - begun})


def _bounded(job: symbolic.Job) -> symbolic.Job:
    """The answer to a job, or as much of it as was found when its seconds were over."""
    found: symbolic.Job = {}
    try:
        with deadline.within(job["seconds"]):
            return symbolic.answer(job, found)
    except deadline.DeadlineError:
        return found or {"failed": TOO_LONG}


_worker: Worker | None = None


def start() -> None:
    """Start the process, so that SymPy is imported meanwhile; does nothing where it is there or none can be had."""
    global _worker
    if _worker is None or not _worker.alive:
        try:
            _worker = Worker()
        except OSError:
            _worker = None


def stop() -> None:
    """End the process."""
    if _worker is not None:
        _worker.stop()


def wait() -> None:
    """Wait until SymPy is imported, where that happens in the worker.

    Raises OutOfTimeError.
    """
    start()
    if _worker is not None:
        _worker.wait()


def ask(job: symbolic.Job, clock: Clock, seconds: float = math.inf) -> symbolic.Job:
    """The answer of SymPy to a job, from the worker where there can be one.

    After so many seconds it is what was found until then, ``failed`` if nothing was. Raises OutOfTimeError.
    """
    clock.tick()
    job = {**job, "seconds": max(min(seconds, clock.left), 0.01)}
    wait()
    if _worker is None:
        return _bounded(job)
    try:
        found = _worker.ask(job)
    except OutOfTimeError:
        clock.spent += job["seconds"]
        raise
    clock.spent += found.pop("spent")
    return found


atexit.register(stop)
