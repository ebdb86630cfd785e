"""A mapped file that somebody shortens while it is read: a message in the place of the signal that ends the process."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Any

from autograd_cli import signals
from autograd_core.errors import AutogradError

_held: dict[str, Any] = {}


def watch(error: AutogradError) -> None:
    """Show ``error`` and end the process where reading a mapped file fails from here on, because it was shortened.

    The signal comes in the middle of an operation of NumPy, to which no exception can be given; a handler of Python
    would only run after it. So the C library calls us.
    """
    before, _held["error"] = "handler" in _held, error
    if before or not hasattr(signal, "SIGBUS"):
        return
    with suppress(ImportError, OSError, AttributeError, TypeError):
        import ctypes  # NumPy imports it anyhow

        handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(_end)
        _held["handler"] = handler  # it has to live as long as it may be called
        ctypes.CDLL(None).signal(ctypes.c_int(signal.SIGBUS), handler)


def _end(_: int) -> None:
    error: AutogradError = _held["error"]
    os._exit(signals.tell(error) if signals.tell is not None else error.exit_status)
