"""What a run is doing now, told to whoever shows it to a person who waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_tell: ContextVar[Callable[[str], None] | None] = ContextVar("autograd_core.tell", default=None)
_now: ContextVar[str] = ContextVar("autograd_core.now", default="")


@contextmanager
def phase(words: str) -> Iterator[None]:
    """What runs inside, or the function that this decorates, is ``words``; phases may be nested, the inner is told."""
    tell = _tell.get()
    if tell is None:
        yield
        return
    before = _now.set(words)
    try:
        tell(words)
        yield
    finally:
        _now.reset(before)
        tell(_now.get())


@contextmanager
def told(tell: Callable[[str], None]) -> Iterator[None]:
    """Tell each phase of what runs inside when it begins, and when it is over the one around it or an empty text."""
    before = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(before)
