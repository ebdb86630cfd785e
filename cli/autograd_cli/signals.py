"""Signals that end the program: what was begun is cleaned up, and nothing is said."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any, NoReturn

from autograd_core.errors import AutogradError

INTERRUPTED = 130

_AGAIN = "signals that are sent again"
_PAUSE = 0.05  # seconds between them

_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class EndError(BaseException):
    """The process is asked to end by a signal, whose number this has."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


_late: list[int] = []  # signals for which nothing has been raised

tell: Callable[[AutogradError], int] | None = None
"""Shows an error to the user and returns the exit status for it."""

owned = False
"""Whether this process is the program's alone, and may be ended."""


@contextmanager
def raised() -> Iterator[None]:
    """Raise EndError, for an interrupt KeyboardInterrupt, in what runs inside; a signal that comes later is noted.

    A signal that is ignored stays so, as behind nohup.
    """
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _raise)
    hook = sys.unraisablehook
    sys.unraisablehook = partial(_swallowed, hook)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number in _ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda received, _: _late.append(received))


def ending_process(error: AutogradError) -> Callable[[], Any] | None:
    """What ends the process with ``error``, from any thread; None where it is not the program's alone."""
    return (lambda: leave(tell(error) if tell is not None else error.exit_status)) if owned else None


def leave(status: int, by: int = 0) -> NoReturn:
    """End the process, whose output is flushed, without taking apart what it holds: that takes a tenth of a run.

    Where a signal ended it, ``by`` is its number, and whoever waits for the process is told.
    """
    atexit._run_exitfuncs()
    by = by or (_late[0] if _late else 0)
    if by and by != signal.SIGINT:
        signal.signal(by, signal.SIG_DFL)
        os.kill(os.getpid(), by)
    os._exit(INTERRUPTED if by else status)


def _swallowed(hook: Callable[[Any], Any], what: Any) -> None:
    """Send a signal once more that came in a destructor, where no exception can be raised."""
    number = signal.SIGINT if isinstance(what.exc_value, KeyboardInterrupt) else getattr(what.exc_value, "number", None)
    if number is None:
        hook(what)
    else:
        _send_again(number)


def _raise(number: int, frame: FrameType | None) -> None:
    """Raise what ends the program; later, where a module is imported: compiled ones lose what is raised meanwhile."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            _send_again(number)
            return
        frame = frame.f_back
    _late.clear()
    raise KeyboardInterrupt if number == signal.SIGINT else EndError(number)


def _send_again(number: int) -> None:
    _late.append(number)
    while not any(each.name == _AGAIN for each in threading.enumerate()):
        try:
            threading.Thread(target=_remind, name=_AGAIN, daemon=True).start()
            return
        except (KeyboardInterrupt, EndError):  # on a busy machine it comes before the thread has begun
            continue


def _remind() -> None:
    """Send a signal until it is raised: one that comes while a call lets this thread run does not wake that call."""
    while _late and signal.getsignal(number := _late[0]) is _raise:
        time.sleep(_PAUSE)
        if _late:
            os.kill(os.getpid(), number)
