"""What is told of a claim must not depend on how slow or busy a machine is."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _patient(request: pytest.FixtureRequest) -> None:
    """Patience for all but the tests of the budget itself."""
    if "time" not in request.node.name and "long" not in request.node.name:
        request.getfixturevalue("patient")
