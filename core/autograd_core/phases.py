"""What a run is doing now and how far it is, told to whoever shows it to a person who waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Listener(Protocol):
    """Who is told."""

    def begin(self, words: str) -> None:
        """Another phase begins; without words none."""

    def reached(self, part: float) -> None:
        """So much of the phase is done, from 0 to 1."""


_listener: ContextVar[Listener | None] = ContextVar("autograd_core.listener", default=None)
_now: ContextVar[str] = ContextVar("autograd_core.now", default="")


@contextmanager
def phase(words: str) -> Iterator[None]:
    """What runs inside, or the function that this decorates, is ``words``; phases may be nested, the inner is told."""
    listener = _listener.get()
    if listener is None:
        yield
        return
    before, interrupted = _now.set(words), False
    listener.begin(words)
    try:
        yield
    except KeyboardInterrupt:
        interrupted = True  # the listener says what was not finished
        raise
    finally:
        _now.reset(before)
        if not interrupted:
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
