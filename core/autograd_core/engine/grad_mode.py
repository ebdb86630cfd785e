"""Whether operations on tensors are recorded: in each thread by itself, as in PyTorch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any


class _Mode(threading.local):
    """The switch of a thread, read by every operation."""

    recording = True
    anomaly = False


mode = _Mode()


class _Switch(ContextDecorator):
    """A setting of the switch, as a context, or as a decorator of a function that runs with it."""

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled
        self.before: list[bool] = []

    def _recreate_cm(self) -> _Switch:
        return _Switch(self.enabled)  # each call of a decorated function has its own, for threads

    def __enter__(self) -> None:
        self.before.append(mode.recording)
        mode.recording = self.enabled

    def __exit__(self, *_: object) -> None:
        mode.recording = self.before.pop()


class set_grad_enabled(_Switch):  # noqa: N801 - PyTorch's name
    """Record operations from here on, or do not (``torch.set_grad_enabled``).

    It counts at once, as a statement; as a context or a decorator, for the block or the function alone.
    """

    def __init__(self, enabled: bool) -> None:
        self.enabled, self.before = enabled, [mode.recording]
        mode.recording = enabled

    def __enter__(self) -> None:
        mode.recording = self.enabled

    def __call__(self, function: Any) -> Any:
        """The function with this setting, and the setting as it was before."""
        mode.recording = self.before.pop()
        return super().__call__(function)


def no_grad(function: Callable[..., Any] | None = None) -> Any:
    """Record nothing inside the block or the function (``torch.no_grad``)."""
    switch = _Switch(False)
    return switch if function is None else switch(function)


def enable_grad(function: Callable[..., Any] | None = None) -> Any:
    """Record inside the block or the function, also within ``no_grad`` (``torch.enable_grad``)."""
    switch = _Switch(True)
    return switch if function is None else switch(function)


class set_detect_anomaly:  # noqa: N801 - PyTorch's name
    """Raise where a backward rule returns nan, from here on or within the block (``torch.autograd.detect_anomaly``)."""

    __slots__ = ("before",)

    def __init__(self, mode_: bool = True, check_nan: bool = True) -> None:
        self.before = mode.anomaly
        mode.anomaly = bool(mode_ and check_nan)

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        mode.anomaly = self.before


def is_grad_enabled() -> bool:
    """Whether operations are recorded now."""
    return mode.recording
