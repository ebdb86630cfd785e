"""What a run is doing now and how far it is, told to whoever shows it to a person who waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from typing import Any

from autograd_core.deadline import DeadlineError

_listener: ContextVar[Any] = ContextVar("autograd_core.listener", default=None)
_now: ContextVar[str] = ContextVar("autograd_core.now", default="")


class Phase(ContextDecorator):
    """What runs inside, or the function that this decorates, is ``words``; phases may be nested, the inner is told.

    ``instead`` advises what takes less, where the phase does not come to its end in time. This is no generator, which
    would end itself in another context where a deadline leaves it behind.
    """

    def __init__(self, words: str, instead: str = "") -> None:
        self.words, self.instead = words, instead

    def _recreate_cm(self) -> Phase:
        return Phase(self.words, self.instead)

    def __enter__(self) -> None:
        self.listener, self.before = _listener.get(), _now.get()
        _now.set(self.words)
        if self.listener is not None:
            self.listener.begin(self.words)

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DeadlineError):
            error.phase, error.instead = error.phase or self.words, error.instead or self.instead
        _now.set(self.before)
        # Of an interrupt the listener says what was not finished, which is what it was told last.
        if self.listener is not None and not isinstance(error, KeyboardInterrupt):
            self.listener.begin(self.before)


phase = Phase


def report_progress(done: int, total: int, words: Callable[[], str] | None = None) -> None:
    """Tell how much of the phase is done; ``words`` gives what it is called now, where that changes."""
    listener = _listener.get()
    if listener is not None and total > 0:
        listener.reached(min(done / total, 1.0), words)


@contextmanager
def listening(listener: Any) -> Iterator[None]:
    """Tell ``listener`` of the phases of what runs inside, but not that one is over which was interrupted.

    ``begin(words)`` says that another phase begins, without words none; ``reached(part, words)`` that so much of it is
    done, from 0 to 1, and what it is called now, where ``words`` is a function that gives that.
    """
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)
