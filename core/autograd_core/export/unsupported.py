"""The refusal of an export."""

from __future__ import annotations

from autograd_core.errors import AutogradError


class UnsupportedError(AutogradError):  # the name says what is wrong
    """An operation has no spelling in a target."""

    code = "AG630"
