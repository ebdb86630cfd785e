"""A bound on the processor time of whatever runs inside, enforced by a timer of the system.

Processor time is counted, not wall-clock time: it does not pass while the process waits, is stopped, or the machine is
busy. Python handles the timer's signal between two bytecodes. One call of NumPy can take long, so a watching thread can
end the process.
"""

from __future__ import annotations

import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

if not hasattr(signal, "setitimer"):
    import ctypes  # --help takes 3 % longer with it

_AGAIN = 0.2
"""Seconds after which a deadline that somebody has caught is raised once more."""

_STEP = 0.5
"""Seconds that a step may go on after its deadline before the process is given up."""


class DeadlineError(BaseException):
    """The time of a ``within`` is over; no part of the program may take it for an error of its own and go on."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:g} s are over")
        self.seconds = seconds
        self.phase = self.instead = ""
        """What was not finished, and what takes less."""


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = time.process_time() + seconds
        self.watched = False


_running: list[_Deadline] = []


@contextmanager
def within(seconds: float, give_up: Callable[[], Any] | None = None) -> Iterator[None]:
    """Raise DeadlineError in what runs inside when its ``seconds`` are over; deadlines may be nested.

    ``give_up`` ends the process: a thread calls it where a single step goes on after that, for the outermost deadline
    that has one. Outside of the main thread nothing is bounded.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    deadline = _Deadline(seconds)
    before = signal.getsignal(signal.SIGPROF) if _has_timer() else None
    if before is not None:
        signal.signal(signal.SIGPROF, _over)
    hook = sys.unraisablehook
    sys.unraisablehook = partial(_hide_deadline, hook)
    _running.append(deadline)
    ended = threading.Lock()
    if any(each.watched for each in _running):
        give_up = None
    deadline.watched = give_up is not None
    if deadline.watched or not _has_timer():
        with suppress(RuntimeError):  # the system has no thread to give
            threading.Thread(target=_watch, args=(deadline, ended, give_up), daemon=True).start()
    try:
        _arm()
        yield
    except DeadlineError as over:
        if _expired() is not deadline:
            raise
        over.seconds = seconds
        raise
    except RuntimeError as error:
        if isinstance(error.__cause__, DeadlineError):  # Python 3.11 wraps what comes while a class is made
            raise error.__cause__ from None
        raise
    finally:
        ended.acquire()  # what gives up has it until the process has ended
        _running.remove(deadline)
        _arm()
        sys.unraisablehook = hook
        if before is not None and not _running:
            signal.signal(signal.SIGPROF, before)


@contextmanager
def suspended() -> Iterator[None]:
    """Let what runs inside come to its end: its time counts for no deadline."""
    before, began = [(each, each.at) for each in _running], time.process_time()
    for each in _running:
        each.at = math.inf
    _arm()
    try:
        yield
    finally:
        for each, at in before:
            each.at = at + time.process_time() - began
        _arm()


def forget() -> None:
    """Drop the deadlines of the process that this one was forked from."""
    _running.clear()


def share(seconds: float) -> float:
    """So many seconds, or half of what is left until the nearest deadline."""
    return max(min([seconds, *((each.at - time.process_time()) / 2 for each in _running)]), 0.0)


def _hide_deadline(hook: Callable[[Any], Any], what: Any) -> None:
    """Say nothing of a deadline that came in a destructor, where no exception can be raised: it is raised once more."""
    if not isinstance(what.exc_value, DeadlineError):
        hook(what)


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
    if _has_timer():
        nearest = min((each.at for each in _running), default=math.inf)
        left = 0.0 if nearest == math.inf else max(nearest - time.process_time(), 0.001)
        signal.setitimer(signal.ITIMER_PROF, left, _AGAIN if left else 0.0)


def _watch(deadline: _Deadline, ended: threading.Lock, give_up: Callable[[], Any] | None) -> None:
    """Give the process up where the deadline has passed and no signal could be handled.

    Where the system has no timer, raise DeadlineError in the main thread first.
    """
    while deadline in _running:
        left = deadline.at - time.process_time()
        if left > 0:
            time.sleep(min(left, 1.0 if _has_timer() else _AGAIN))
        elif give_up is not None and left < -_STEP and ended.acquire(blocking=False):
            give_up()
        else:
            if not _has_timer():
                main = ctypes.c_ulong(threading.main_thread().ident or 0)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(main, ctypes.py_object(_OverError))
            time.sleep(_AGAIN)


class _OverError(DeadlineError):
    """A deadline that another thread raises, which can give no arguments."""

    def __init__(self) -> None:
        super().__init__((_expired() or _running[-1]).seconds if _running else 0.0)
