"""What a run is doing now and how far it is, told to whoever shows it to a person who waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from autograd_core.deadline import DeadlineError


class Listener(Protocol):
    """Who is told."""

    def begin(self, words: str) -> None:
        """Another phase begins; without words none."""

    def reached(self, part: float) -> None:
        """So much of the phase is done, from 0 to 1."""


_listener: ContextVar[Listener | None] = ContextVar("autograd_core.listener", default=None)
_now: ContextVar[str] = ContextVar("autograd_core.now", default="")


@contextmanager
def phase(words: str, instead: str = "") -> Iterator[None]:
    """What runs inside, or the function that this decorates, is ``words``; phases may be nested, the inner is told.

    ``instead`` advises what takes less, where the phase does not come to its end in time.
    """
    listener, before, interrupted = _listener.get(), _now.set(words), False
    if listener is not None:
        listener.begin(words)
    try:
        yield
    except DeadlineError as over:
        over.phase, over.instead = over.phase or words, over.instead or instead
        raise
    except KeyboardInterrupt:
        interrupted = True  # the listener says what was not finished
        raise
    finally:
        _now.reset(before)
        if listener is not None and not interrupted:
            listener.begin(_now.get())


def reached(done: int, total: int) -> None:
    """Tell how much of the phase is done."""
    listener = _listener.get()
    if listener is not None and total > 0:
        listener.reached(min(done / total, 1.0))


@contextmanager
def told(listener: Listener) -> Iterator[None]:
    """Tell ``listener`` of the phases of what runs inside, but not that one is over which was interrupted."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)
