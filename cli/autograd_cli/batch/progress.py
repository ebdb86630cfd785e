"""A line on the terminal that says how far a batch has come."""

from __future__ import annotations

import time
from dataclasses import field
from typing import TextIO

from autograd_cli.environment import is_terminal
from autograd_core.records import record

_EVERY = 0.1
_BAR = 24


@record(slots=True)
class Progress:
    """How many jobs are answered; ``share`` of all, where that is known. Silent where nobody sees ``stream``."""

    stream: TextIO
    ascii: bool = False
    width: int = 80
    count: int = 0
    bad: int = 0
    began: float = field(default_factory=time.monotonic)
    _shown: float = 0.0
    _drawn: bool = False

    def __post_init__(self) -> None:
        self._shown = self.began + _EVERY if is_terminal(self.stream) else float("inf")

    def add(self, ok: bool, share: float | None) -> None:
        """One more answer."""
        self.count += 1
        self.bad += not ok
        if (now := time.monotonic()) >= self._shown:
            self._shown = now + _EVERY
            self._draw(self._words(now, share))

    def end(self) -> None:
        """Replace the line by what was done."""
        if self._drawn:
            self._draw(self._words(time.monotonic(), None))
            self.stream.write("\n")
            self.stream.flush()

    def _words(self, now: float, share: float | None) -> str:
        rate = self.count / max(now - self.began, 1e-9)
        bad = f", {self.bad:,} not ok" if self.bad else ""
        words = f"{self.count:,} jobs{bad}, {rate:,.0f}/s"
        if share is None:
            return words
        full, empty = ("#", "-") if self.ascii else ("█", "░")
        done = round(_BAR * min(share, 1.0))
        return f"{full * done}{empty * (_BAR - done)} {min(share, 1.0):4.0%}  {words}"

    def _draw(self, words: str) -> None:
        self._drawn = True
        self.stream.write(f"\r\x1b[K{words[: self.width - 1]}")
        self.stream.flush()
