"""One line on the terminal that says what a slow command is doing and how far it is, gone when it is done."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from autograd_cli.environment import Environment, is_terminal
from autograd_core.escape import escape_unprintable
from autograd_core.phases import listening

AFTER = 1.0
"""Seconds after which something is shown: what is over by then needs no words."""

APART = 0.1
"""Seconds between two states of the line."""

CLEAR = "\r\x1b[K"


class StatusLine:
    """What is being done, in the last line of a terminal once it is ``late``; nothing where nobody sees it."""

    def __init__(self, environment: Environment, *, seen: bool) -> None:
        self.environment = environment
        self.seen = seen
        self.words = ""
        self.part = 0.0
        self.next = 0.0
        self.late = self.drawn = False
        self.progress: Any = None

    def begin(self, words: str) -> None:
        """Another phase begins; without words none, and the line is empty for whoever writes next."""
        self.words, self.part, self.progress = words, 0.0, None
        if self.late:
            self.draw()

    def reached(self, part: float, words: Callable[[], str] | None = None) -> None:
        """So much of the phase is done, which is said in other words from now on."""
        self.part = part
        if self.late and time.monotonic() >= self.next:
            self.words = words() if words is not None else self.words
            self.draw()

    def ring(self, *_: Any) -> None:
        """The time without words is over.

        A timer of the system rings, not a thread: the line is drawn between two steps of the program, one of which may
        be an import, so that nothing is imported here for a bar.
        """
        self.late, self.part = self.seen, 0.0
        self.draw()

    def draw(self) -> None:
        """Replace the line by the words of now."""
        self.next = time.monotonic() + APART
        if self.words or self.drawn:
            self.drawn = bool(self.words)
            self.write(self.text() if self.words else "")

    def text(self) -> str:
        """The words, and where it is known how far it is, a bar with the time that is left."""
        if not self.part:
            return f"{self.words} ..."
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        if self.progress is None:
            stderr = self.environment.stderr
            columns = (
                TextColumn("{task.description} ...", markup=False),
                TaskProgressColumn(),
                BarColumn(20),
                TimeRemainingColumn(),
            )
            width = (self.environment.width(None, stderr) or 80) - 1
            console = Console(file=stderr, width=width, color_system=None)
            self.progress = Progress(*columns, console=console, auto_refresh=False)
            self.progress.add_task("", total=1.0)
        (task,) = self.progress.tasks
        self.progress.update(task.id, description=self.words, completed=self.part)
        with self.progress.console.capture() as captured:
            self.progress.console.print(self.progress.make_tasks_table([task]))
        return str(captured.get()).partition("\n")[0].rstrip()

    def end(self, words: str) -> None:
        """Leave some words in the place of the line, where a person sees it."""
        if self.seen:
            self.write(words, "\n")
        self.words, self.drawn = "", False

    def write(self, words: str, end: str = "") -> None:
        """Write over the line."""
        stderr = self.environment.stderr
        width = self.environment.width(None, stderr) or 80
        self.environment.remark(f"{CLEAR}{escape_unprintable(words, self.environment.ascii(stderr))[: width - 1]}{end}")


@contextmanager
def showing_progress(environment: Environment, answers: TextIO | None = None) -> Iterator[StatusLine]:
    """Show the phases of what runs inside where a person sees standard error, after a second.

    Not where ``answers`` that come one after the other are seen: they say how far it is. An interrupt says what was not
    finished.
    """
    seen = is_terminal(environment.stderr) and environment.variables.get("TERM") != "dumb"
    seen &= answers is None or not is_terminal(answers)
    line = StatusLine(environment, seen=seen and hasattr(signal, "setitimer"))
    if not line.seen or threading.current_thread() is not threading.main_thread():
        yield line
        return
    before = signal.signal(signal.SIGALRM, line.ring)
    signal.setitimer(signal.ITIMER_REAL, AFTER)
    try:
        with listening(line):
            yield line
    except KeyboardInterrupt:
        if line.words:
            line.end(f"stopped, not finished: {line.words}" + (f" ({line.part:.0%} done)" if line.part else ""))
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        line.begin("")
