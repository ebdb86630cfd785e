"""A child process with a pipe each way: it can be stopped at any time, and does not outlive its parent.

The two exchange plain data (``marshal``). This module loads neither NumPy nor SymPy.
"""

from __future__ import annotations

import ctypes
import marshal
import os
import select
import signal
import time
import warnings
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

Serve = Callable[[Iterator[Any], Callable[[Any], None]], None]
"""What a child does: takes requests until there are no more, and replies as it likes."""

_HEADER = 8
_READ = 1 << 16  # as much as a pipe holds
_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


class Child:
    """A forked process that runs ``serve``; of the files of its parent it holds the standard streams alone.

    Raises OSError where no process or no pipe can be had.
    """

    def __init__(self, serve: Serve) -> None:
        self._owner = os.getpid()
        self._buffer = bytearray()
        self._since = time.monotonic()
        self._used: float | None = None
        ends: list[int] = []
        try:
            ends += os.pipe()
            ends += os.pipe()
            source, self.write_end, self.read_end, target = ends
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of fork beside threads: the child uses none
                self.pid = fork()
        except OSError:
            for end in ends:
                os.close(end)
            raise
        if self.pid == 0:
            status = 1
            try:
                _close_all_but({0, 1, 2, source, target})
                _settle(self._owner)
                with os.fdopen(source, "rb") as stream:
                    serve(_requests(stream), lambda data: _write(target, data))
                status = 0
            finally:
                os._exit(status)
        os.close(source)
        os.close(target)

    @property
    def alive(self) -> bool:
        """Whether the process has not been stopped, and belongs to this one."""
        return bool(self.pid) and self._owner == os.getpid()

    def send(self, data: Any) -> None:
        """Send a request; raises BrokenPipeError where the process has ended."""
        _write(self.write_end, data)

    def messages(self, seconds: float | None = None) -> list[Any] | None:
        """What has come, after waiting for something to read for at most ``seconds``; None where the process ended."""
        if seconds is not None and not select.select([self.read_end], [], [], max(seconds, 0.0))[0]:
            return []
        data = os.read(self.read_end, _READ)
        if not data:
            return None
        self._buffer += data
        found: list[Any] = []
        place = 0
        while len(self._buffer) - place >= _HEADER:
            end = place + _HEADER + int.from_bytes(self._buffer[place : place + _HEADER], "little")
            if len(self._buffer) < end:
                break
            found.append(marshal.loads(self._buffer[place + _HEADER : end]))
            place = end
        del self._buffer[:place]
        return found

    def begin(self) -> None:
        """Count the time of what the process does from now on."""
        self._since, self._used = time.monotonic(), self.own_seconds()

    def spent(self, crowded: float) -> float:
        """Seconds of its own time since ``begin``: a stopped or crowded machine is not its fault.

        At least a part of what passed by the clock, ``crowded`` being how many times as long it may take, and at most
        all of it.
        """
        passed, used = time.monotonic() - self._since, self.own_seconds()
        if used is None or self._used is None:
            return passed
        return min(max(used - self._used, passed / crowded), passed)

    def own_seconds(self) -> float | None:
        """Processor time that the process has used, which does not pass while it is stopped; None if not known."""
        try:
            return time.clock_gettime(~self.pid << 3 | 2)  # clock_getcpuclockid(3) of Linux
        except (AttributeError, OSError):
            return None

    def stop(self) -> int:
        """End the process; returns its status as ``os.waitpid`` gives it, 0 where nobody kept it."""
        status = 0
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            with suppress(ChildProcessError):  # SIGCHLD was ignored when this program was started
                status = os.waitpid(self.pid, 0)[1]
            for end in (self.write_end, self.read_end):
                os.close(end)
        self.pid = 0
        return status


def _close_all_but(kept: Container[int]) -> None:
    """Close what was open when this process was forked: whoever waits for the end of a pipe would wait for it."""
    try:
        ends: Iterable[int] = [int(each.name) for each in Path("/dev/fd").iterdir()]
    except OSError:
        ends = range(256)
    for end in ends:
        if end not in kept:
            with suppress(OSError):
                os.close(end)


def fork() -> int:
    """``os.fork``; raises OSError also where the system has none."""
    if not hasattr(os, "fork"):
        raise OSError("no process can be forked here")
    return os.fork()


def _settle(parent: int) -> None:
    """Prepare the child: the parent decides when it ends, and nobody who reads the parent's output waits for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    with suppress(ImportError, OSError, AttributeError, TypeError):  # only Linux tells a child of its parent's end
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, int(signal.SIGKILL))
        if os.getppid() != parent:
            os._exit(1)


def _requests(stream: BinaryIO) -> Iterator[Any]:
    while len(header := stream.read(_HEADER)) == _HEADER:
        yield marshal.loads(stream.read(int.from_bytes(header, "little")))


def _write(target: int, data: Any) -> None:
    content = marshal.dumps(data)
    view = memoryview(len(content).to_bytes(_HEADER, "little") + content)
    while view:
        view = view[os.write(target, view) :]
