"""Whether operations on tensors are recorded."""

from __future__ import annotations

from types import TracebackType


class _Mode:
    """One switch, read by every operation."""

    __slots__ = ("recording",)

    def __init__(self) -> None:
        self.recording = True


mode = _Mode()


class set_grad_enabled:  # noqa: N801 - PyTorch's name
    """Record operations inside the block, or do not (``torch.set_grad_enabled``)."""

    __slots__ = ("before", "enabled")

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled

    def __enter__(self) -> None:
        self.before = mode.recording
        mode.recording = self.enabled

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        mode.recording = self.before


def no_grad() -> set_grad_enabled:
    """Record nothing inside the block (``torch.no_grad``)."""
    return set_grad_enabled(False)


def is_grad_enabled() -> bool:
    """Whether operations are recorded now."""
    return mode.recording
