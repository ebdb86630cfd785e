"""What every report that was checked has in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from autograd_core.report import Check, Verdict, Warning


class Named(Protocol):
    """Something that was checked, under its name."""

    @property
    def name(self) -> str:
        """The name."""

    @property
    def check(self) -> Check | None:
        """What the witnesses found."""


class Checked(Protocol):
    """A report with a verdict."""

    @property
    def variables(self) -> Sequence[Named]:
        """Everything that was checked."""

    @property
    def verdict(self) -> Verdict:
        """The verdict over all of it."""


class Warned(Protocol):
    """A report with warnings."""

    @property
    def warnings(self) -> Sequence[Warning]:
        """What the user should know besides the answer."""
