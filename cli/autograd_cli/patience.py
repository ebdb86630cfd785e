"""One line on the terminal that says what a slow command is doing and how far it is, gone when it is done."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograd_cli.environment import Environment, is_terminal
from autograd_core.escape import escape_unprintable
from autograd_core.phases import listening

AFTER = 1.0
"""Seconds after which something is shown: what is over by then needs no words."""

APART = 0.1
"""Seconds between two states of the line."""

CLEAR = "\r\x1b[K"


class Line:
    """What is being done, in the last line of a terminal once it is ``late``."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.words = ""
        self.part = 0.0
        self.began = self.next = 0.0
        self.late = False
        self.drawn = False

    def begin(self, words: str) -> None:
        """Another phase begins; without words none, and the line is empty for whoever writes next."""
        self.words, self.part, self.began = words, 0.0, time.monotonic()
        if self.late:
            self.draw()

    def reached(self, part: float) -> None:
        """So much of the phase is done."""
        self.part = part
        if self.late and time.monotonic() >= self.next:
            self.draw()

    def ring(self, *_: Any) -> None:
        """The time without words is over."""
        self.late = True
        self.draw()

    def draw(self) -> None:
        """Replace the line by the words of now."""
        self.next = time.monotonic() + APART
        if self.words or self.drawn:
            self.drawn = bool(self.words)
            done = share_done(self.part, time.monotonic() - self.began)
            self.write(f"{self.words} ... {done}".rstrip() if self.words else "")

    def stopped(self) -> None:
        """Say what was not finished."""
        if self.words:
            done = f" ({self.part:.0%} done)" if self.part else ""
            self.write(f"stopped, not finished: {self.words}{done}", "\n")

    def write(self, words: str, end: str = "") -> None:
        """Write over the line."""
        stderr = self.environment.stderr
        width = self.environment.width(None, stderr) or 80
        self.environment.remark(f"{CLEAR}{escape_unprintable(words, self.environment.ascii(stderr))[: width - 1]}{end}")


def has_line(environment: Environment) -> bool:
    """Whether a person sees standard error on a terminal that can clear a line."""
    return is_terminal(environment.stderr) and environment.variables.get("TERM") != "dumb"


def share_done(part: float, seconds: float) -> str:
    """How much is done and how long the rest will take, where that can be known after so many seconds."""
    if not part:
        return ""
    left = seconds * (1 - part) / part
    spelled = f"{left / 60:.0f} min" if left >= 120 else f"{left:.0f} s"
    return f"{part:.0%}, {spelled} left" if left >= 1 else f"{part:.0%}"


@contextmanager
def patiently(environment: Environment) -> Iterator[None]:
    """Show the phases of what runs inside where a person sees standard error, after a second.

    A timer of the system rings, not a thread: the line is drawn between two steps of the program, never into another's.
    An interrupt says what was not finished.
    """
    if (
        not has_line(environment)
        or not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return
    line = Line(environment)
    before = signal.signal(signal.SIGALRM, line.ring)
    signal.setitimer(signal.ITIMER_REAL, AFTER)
    try:
        with listening(line):
            yield
    except KeyboardInterrupt:
        line.stopped()
        line.words, line.drawn = "", False
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        line.begin("")
