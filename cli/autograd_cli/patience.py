"""One line on the terminal that says what a slow command is doing, gone when it is done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograd_cli.environment import Environment, is_terminal
from autograd_core.phases import told
from autograd_core.visible import visible

AFTER = 1.0
"""Seconds after which something is shown: what is over by then needs no words."""


class Line:
    """What is being done, in the last line of a terminal once it is ``late``."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.words = ""
        self.late = False
        self.drawn = False

    def tell(self, words: str) -> None:
        """Another phase begins; without words none, and the line is empty for whoever writes next."""
        self.words = words
        if self.late:
            self.draw()

    def ring(self, *_: Any) -> None:
        """The time without words is over."""
        self.late = True
        self.draw()

    def draw(self) -> None:
        """Replace the line by the words of now."""
        if not self.words and not self.drawn:
            return
        stderr = self.environment.stderr
        words = visible(f"{self.words} ..." if self.words else "", self.environment.ascii(stderr))
        width = self.environment.width(None, stderr) or 80
        self.drawn = bool(words)
        self.environment.remark(f"\r\x1b[K{words[: width - 1]}")


@contextmanager
def patiently(environment: Environment) -> Iterator[None]:
    """Show the phases of what runs inside where a person sees standard error, after a second.

    A timer of the system rings, not a thread: the line is drawn between two steps of the program, never into another's.
    """
    terminal = is_terminal(environment.stderr) and environment.variables.get("TERM") != "dumb"
    if not terminal or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    line = Line(environment)
    before = signal.signal(signal.SIGALRM, line.ring)
    signal.setitimer(signal.ITIMER_REAL, AFTER)
    try:
        with told(line.tell):
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        line.tell("")
