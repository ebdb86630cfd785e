"""SymPy in a process of its own, which starts early and can be stopped at any time.

``start`` forks a child that imports SymPy while this process goes on; the check sends it work and waits for the answer
no longer than its budget. What cannot be answered in time is given up by ending the child. Where there is no fork,
SymPy runs in this process, between deadlines. This module loads neither NumPy nor SymPy.
"""

from __future__ import annotations

import atexit
import gc
import marshal
import os
import select
import signal
import time
import warnings
from typing import Any

from autograd_core import symbolic

_HEADER = 8


class OutOfTimeError(Exception):
    """The answer did not come before the deadline."""


class Worker:
    """A child process that answers jobs one at a time."""

    def __init__(self) -> None:
        to_child, self._write = os.pipe()
        self._read, to_parent = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of fork beside threads: the child uses none
            self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self._write)
                os.close(self._read)
                _serve(to_child, to_parent)
            finally:
                os._exit(0)
        os.close(to_child)
        os.close(to_parent)
        self._owner = os.getpid()
        self._ready = False
        self._buffer = b""

    def ask(self, job: symbolic.Job, deadline: float) -> dict[str, Any]:
        """The answer to a job.

        ``deadline`` is a time of ``time.monotonic``; a job that gives ``seconds`` is given up by the child itself when
        they are over, and answered with ``failed``. Raises OutOfTimeError, after which the worker is gone.
        """
        self.wait(deadline)
        data = marshal.dumps(job)
        try:
            self._send(len(data).to_bytes(_HEADER, "little") + data)
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

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._write, view) :]

    def _receive(self, deadline: float, patient: bool = False) -> Any:
        while True:
            if len(self._buffer) >= _HEADER:
                size = int.from_bytes(self._buffer[:_HEADER], "little")
                if len(self._buffer) >= _HEADER + size:
                    found = marshal.loads(self._buffer[_HEADER : _HEADER + size])
                    self._buffer = self._buffer[_HEADER + size :]
                    return found
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._read], [], [], left)[0]:
                if patient:
                    raise OutOfTimeError("SymPy was not loaded within the budget")
                self.stop()
                raise OutOfTimeError("SymPy took longer than the budget")
            data = os.read(self._read, 1 << 20)
            if not data:
                self.stop()
                raise OutOfTimeError("SymPy's process ended")
            self._buffer += data

    def stop(self) -> None:
        """End the process."""
        if self.pid and self._owner == os.getpid():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self._read)
            os.close(self._write)
        self.pid = 0

    @property
    def alive(self) -> bool:
        """Whether the process is there, and belongs to this one."""
        return bool(self.pid) and self._owner == os.getpid()


def _serve(source: int, target: int) -> None:
    """The child: import SymPy, then answer jobs until the other side is gone."""
    gc.disable()  # a fifth off the import of SymPy
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)  # so that nobody who reads our output waits for the child
    warnings.simplefilter("ignore")
    try:
        symbolic.warm_up()
        _reply(target, {"ready": True})
    except Exception as error:  # whatever an import raises is the answer
        _reply(target, {"failed": f"SymPy cannot be imported: {error}"})
        return
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGALRM, _interrupt)
    with os.fdopen(source, "rb") as jobs:
        while len(header := jobs.read(_HEADER)) == _HEADER:
            _reply(target, _bounded(marshal.loads(jobs.read(int.from_bytes(header, "little")))))


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


def _reply(target: int, found: dict[str, Any]) -> None:
    data = marshal.dumps(found)
    view = memoryview(len(data).to_bytes(_HEADER, "little") + data)
    while view:
        view = view[os.write(target, view) :]


_worker: Worker | None = None


def start() -> None:
    """Start the process, so that SymPy is imported meanwhile; does nothing where it is there or there is no fork."""
    global _worker
    if hasattr(os, "fork") and (_worker is None or not _worker.alive):
        _worker = Worker()


def stop() -> None:
    """End the process."""
    if _worker is not None:
        _worker.stop()


def wait(deadline: float) -> None:
    """Wait until SymPy is imported, where that happens in the worker.

    Raises OutOfTimeError.
    """
    if hasattr(os, "fork"):
        start()
        assert _worker is not None
        _worker.wait(deadline)


def ask(job: symbolic.Job, deadline: float) -> dict[str, Any]:
    """The answer of SymPy to a job, from the worker where there can be one.

    Raises OutOfTimeError.
    """
    if not hasattr(os, "fork"):
        if time.monotonic() > deadline:
            raise OutOfTimeError("SymPy took longer than the budget")
        return symbolic.answer(job)
    start()
    assert _worker is not None
    return _worker.ask(job, deadline)


atexit.register(stop)
