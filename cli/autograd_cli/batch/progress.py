"""A line on the terminal that says how far a batch has come."""

from __future__ import annotations

import time
from dataclasses import field
from typing import TextIO

from autograd_cli.environment import Environment, is_terminal
from autograd_cli.patience import APART, Line, has_line, share_done
from autograd_core.dataclass import dataclass

_BAR = 24


@dataclass(slots=True)
class Progress:
    """How many jobs are answered, besides those that ``earlier`` runs answered.

    Silent where nobody sees it, and where the ``target`` of the answers is the terminal: they say how far it is.
    """

    environment: Environment
    target: TextIO
    earlier: int = 0
    count: int = 0
    bad: int = 0
    began: float = field(default_factory=time.monotonic)
    _next: float = 0.0
    _drawn: bool = False

    def __post_init__(self) -> None:
        seen = has_line(self.environment) and not is_terminal(self.target)
        self._next = self.began + APART if seen else float("inf")

    def add(self, ok: bool, total: int | None) -> None:
        """One more answer, of so many jobs in all where that is known."""
        self.count += 1
        self.bad += not ok
        if (now := time.monotonic()) >= self._next:
            self._next = now + APART
            self._drawn = True
            Line(self.environment).write(self._words(now, total))

    def end(self) -> None:
        """Replace the line by what was done."""
        if self._drawn:
            Line(self.environment).write(self._words(time.monotonic(), None), "\n")

    def stopped(self, total: int | None) -> None:
        """Say what was answered when the batch was interrupted."""
        if has_line(self.environment):
            of = "" if total is None else f" of {total:,}"
            Line(self.environment).write(f"stopped: {self.earlier + self.count:,}{of} jobs are answered", "\n")
            self._drawn = False

    def _words(self, now: float, total: int | None) -> str:
        passed = max(now - self.began, 1e-9)
        bad = f", {self.bad:,} not ok" if self.bad else ""
        if not total:
            return f"{self.count:,} jobs{bad}, {self.count / passed:,.0f}/s"
        done = min((self.earlier + self.count) / total, 1.0)
        full, empty = ("#", "-") if self.environment.ascii(self.environment.stderr) else ("█", "░")
        bar = full * round(_BAR * done) + empty * (_BAR - round(_BAR * done))
        rest = share_done(min(self.count / max(total - self.earlier, 1), 1.0), passed).partition(", ")[2]
        words = f"{self.earlier + self.count:,} of {total:,} jobs{bad}, {self.count / passed:,.0f}/s"
        return f"{bar} {done:4.0%}  {words}{', ' if rest else ''}{rest}"
