"""A bound on the processor time of whatever runs inside, enforced from outside of it by a timer of the system.

Own time is counted, not that of a clock: it does not pass while the process waits, is stopped, or the machine is busy.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_AGAIN = 0.2
"""Seconds after which a deadline that somebody has caught is raised once more."""


class DeadlineError(BaseException):
    """The time of a ``within`` is over; no part of the program may take it for an error of its own and go on."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:g} s are over")
        self.seconds = seconds


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = time.process_time() + seconds


_running: list[_Deadline] = []


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise DeadlineError in what runs inside when its ``seconds`` are over; deadlines may be nested.

    Outside of the main thread nothing is bounded.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    deadline = _Deadline(seconds)
    before = signal.getsignal(signal.SIGPROF) if _has_timer() else None
    if before is not None:
        signal.signal(signal.SIGPROF, _over)
    _running.append(deadline)
    try:
        _arm()
        yield
    except DeadlineError:
        if _expired() is not deadline:
            raise
        raise DeadlineError(seconds) from None
    finally:
        _running.remove(deadline)
        _arm()
        if before is not None and not _running:
            signal.signal(signal.SIGPROF, before)


def over(seconds_left: float = 0.0) -> bool:
    """Whether the nearest deadline has come, or comes within so many seconds."""
    return bool(_running) and min(each.at for each in _running) - time.process_time() <= seconds_left


def _has_timer() -> bool:
    return hasattr(signal, "setitimer")


def _expired() -> _Deadline | None:
    """The outermost deadline that has come."""
    now = time.process_time() + 0.01  # timers count in ticks
    return next((each for each in _running if now >= each.at), None)


def _over(*_: Any) -> None:
    if (deadline := _expired()) is not None:
        raise DeadlineError(deadline.seconds)
    _arm()


def _arm() -> None:
    """Set the timer to the nearest deadline."""
    left = max(min((each.at for each in _running), default=0.0) - time.process_time(), 0.001) if _running else 0.0
    if _has_timer():
        signal.setitimer(signal.ITIMER_PROF, left, _AGAIN if _running else 0.0)
    elif _running:
        threading.Thread(target=_watch, args=(_running[-1],), daemon=True).start()


def _watch(deadline: _Deadline) -> None:
    """Where the system has no timer: a thread that looks, and raises DeadlineError in the main one."""
    import ctypes

    main = ctypes.c_ulong(threading.main_thread().ident or 0)
    while deadline in _running:
        time.sleep(_AGAIN)
        if deadline in _running and time.process_time() >= deadline.at:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(main, ctypes.py_object(_OverError))


class _OverError(DeadlineError):
    """A deadline that another thread raises, which can give no arguments."""

    def __init__(self) -> None:
        super().__init__((_expired() or _running[-1]).seconds if _running else 0.0)
