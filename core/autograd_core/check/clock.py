"""The budget of a check."""

from __future__ import annotations

import time

from autograd_core.check import worker
from autograd_core.check.worker import OutOfTimeError

IMPORT_GRACE = 0.8
"""Seconds that waiting for the import of SymPy, which happens once, may add to the budget."""


class Clock:
    """Counts from its creation; ``limit`` is in seconds."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.begun = time.monotonic()

    def wait_for_sympy(self) -> None:
        """Wait for the import, which does not count, within reason.

        Raises OutOfTimeError.
        """
        since = time.monotonic()
        worker.wait(self.deadline + IMPORT_GRACE)
        self.begun += min(time.monotonic() - since, IMPORT_GRACE)

    @property
    def deadline(self) -> float:
        """When the budget ends, in the time of ``time.monotonic``."""
        return self.begun + self.limit

    @property
    def left(self) -> float:
        """Seconds left, negative when none are."""
        return self.deadline - time.monotonic()

    def tick(self) -> None:
        """Raise OutOfTimeError when the budget is used up."""
        if self.left < 0:
            raise OutOfTimeError(f"the check took longer than its budget of {self.limit:g} s")
