"""The budget of a check."""

from __future__ import annotations

import time

from autograd_core.check.worker import OutOfTimeError


class Clock:
    """Counts from its creation; ``limit`` is in seconds."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.begun = time.monotonic()

    @property
    def deadline(self) -> float:
        """When the budget ends, in the time of ``time.monotonic``."""
        return self.begun + self.limit

    @property
    def left(self) -> float:
        """Seconds left, negative when none are."""
        return self.deadline - time.monotonic()

    def part(self, share: float) -> float:
        """A deadline after this share of what is left."""
        return time.monotonic() + share * max(self.left, 0.0)

    def tick(self) -> None:
        """Raise OutOfTimeError when the budget is used up."""
        if self.left < 0:
            raise OutOfTimeError(f"the check took longer than its budget of {self.limit:g} s")
