"""SymPy in a process of its own, which starts early and can be stopped at any time.

``start`` forks a child that imports SymPy while this process goes on; the check sends it work and waits for the answer
no longer than its budget. What cannot be answered in time is given up by ending the child. Where there is no fork,
SymPy runs in this process, between deadlines. This module loads neither NumPy nor SymPy.
"""

from __future__ import annotations

import atexit
import gc
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from autograd_core import symbolic
from autograd_core.process import Child


class OutOfTimeError(Exception):
    """The answer did not come before the deadline."""


class Worker:
    """A child process that answers jobs one at a time; raises OSError where none can be had."""

    def __init__(self) -> None:
        self._child = Child(_serve)
        self._ready = False

    @property
    def pid(self) -> int:
        """The number of the process, 0 once it has ended."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the process is there, and belongs to this one."""
        return self._child.alive

    def ask(self, job: symbolic.Job, deadline: float) -> dict[str, Any]:
        """The answer to a job.

        ``deadline`` is a time of ``time.monotonic``; a job that gives ``seconds`` is given up by the child itself when
        they are over, and answered with ``failed``. Raises OutOfTimeError, after which the worker is gone.
        """
        self.wait(deadline)
        try:
            self._child.send(job)
            found: dict[str, Any] = self._receive(deadline)
        except OSError:
            self.stop()
            raise OutOfTimeError("SymPy's process ended") from None
        except BaseException:  # an interrupt: the answer that is still to come would be taken for the next one
            self.stop()
            raise
        return found

    def wait(self, deadline: float) -> None:
        """Wait until SymPy is imported; raises OutOfTimeError, after which the import goes on."""
        if not self._ready:
            if "failed" in (found := self._receive(deadline, patient=True)):
                self.stop()
                raise OutOfTimeError(found["failed"])
            self._ready = True

    def _receive(self, deadline: float, patient: bool = False) -> Any:
        while True:
            found = self._child.messages(deadline - time.monotonic())
            if found:
                return found[0]
            if found is None:
                self.stop()
                raise OutOfTimeError("SymPy's process ended")
            if time.monotonic() >= deadline:
                if patient:
                    raise OutOfTimeError("SymPy was not loaded within the budget")
                self.stop()
                raise OutOfTimeError("SymPy took longer than the budget")

    def stop(self) -> None:
        """End the process."""
        self._child.stop()


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
    signal.signal(signal.SIGALRM, _interrupt)
    for job in jobs:
        reply(_bounded(job))


def _bounded(job: symbolic.Job) -> dict[str, Any]:
    """The answer to a job, given up when its seconds are over."""
    try:
        # Again and again: SymPy catches whatever it meets in some places, and then goes on.
        signal.setitimer(signal.ITIMER_REAL, job.get("seconds", 0), 0.1)
        try:
            return symbolic.answer(job)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except TimeoutError:
        signal.setitimer(signal.ITIMER_REAL, 0)
        return {"failed": "SymPy took longer than its share of the budget"}


def _interrupt(_signal: int, _frame: Any) -> None:
    """Give up a job that takes longer than its share; the process goes on."""
    raise TimeoutError


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


def wait(deadline: float) -> None:
    """Wait until SymPy is imported, where that happens in the worker.

    Raises OutOfTimeError.
    """
    start()
    if _worker is not None:
        _worker.wait(deadline)


def ask(job: symbolic.Job, deadline: float) -> dict[str, Any]:
    """The answer of SymPy to a job, from the worker where there can be one.

    Raises OutOfTimeError.
    """
    start()
    if _worker is not None:
        return _worker.ask(job, deadline)
    if time.monotonic() > deadline:
        raise OutOfTimeError("SymPy took longer than the budget")
    return symbolic.answer(job)


atexit.register(stop)
