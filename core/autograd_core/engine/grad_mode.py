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
    """A setting of one switch, as a context, or as a decorator of a function that runs with it."""

    def __init__(self, enabled: bool, name: str = "recording") -> None:
        self.enabled = enabled
        self.name = name
        self.before: list[bool] = []

    def _recreate_cm(self) -> _Switch:
        return _Switch(self.enabled, self.name)  # each call of a decorated function has its own, for threads

    def __enter__(self) -> None:
        self.before.append(getattr(mode, self.name))
        setattr(mode, self.name, self.enabled)

    def __exit__(self, *_: object) -> None:
        setattr(mode, self.name, self.before.pop())


class _AtOnce(_Switch):
    """A setting that counts at once, as a statement; as a context or a decorator, for the block or function alone."""

    def __init__(self, enabled: bool, name: str = "recording") -> None:
        super().__init__(enabled, name)
        super().__enter__()

    def __enter__(self) -> None:
        setattr(mode, self.name, self.enabled)

    def __call__(self, function: Any) -> Any:
        """The function with this setting, and the setting as it was before."""
        self.__exit__()
        return super().__call__(function)


def set_grad_enabled(enabled: bool) -> Any:
    """Record operations from here on, or do not, or within the block or function (``torch.set_grad_enabled``)."""
    return _AtOnce(enabled)


def set_detect_anomaly(mode: bool = True, check_nan: bool = True) -> Any:
    """Raise where a backward rule returns nan, from here on or within the block (``torch.autograd.detect_anomaly``)."""
    return _AtOnce(bool(mode and check_nan), "anomaly")


def no_grad(function: Callable[..., Any] | None = None) -> Any:
    """Record nothing inside the block or the function (``torch.no_grad``)."""
    switch = _Switch(False)
    return switch if function is None else switch(function)


def enable_grad(function: Callable[..., Any] | None = None) -> Any:
    """Record inside the block or the function, also within ``no_grad`` (``torch.enable_grad``)."""
    switch = _Switch(True)
    return switch if function is None else switch(function)


def is_grad_enabled() -> bool:
    """Whether operations are recorded now."""
    return mode.recording
