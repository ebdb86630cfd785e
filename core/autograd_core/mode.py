"""Whether operations on tensors are recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager


class _Mode:
    """One switch, read by every operation."""

    __slots__ = ("recording",)

    def __init__(self) -> None:
        self.recording = True


mode = _Mode()


@contextmanager
def set_grad_enabled(enabled: bool) -> Iterator[None]:
    """Record operations inside the block, or do not."""
    before = mode.recording
    mode.recording = enabled
    try:
        yield
    finally:
        mode.recording = before


def no_grad() -> AbstractContextManager[None]:
    """Record nothing inside the block (``torch.no_grad``)."""
    return set_grad_enabled(False)


def is_grad_enabled() -> bool:
    """Whether operations are recorded now."""
    return mode.recording
