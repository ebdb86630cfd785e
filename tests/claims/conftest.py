"""Diagnoses get the time that a slow or busy machine needs: what is told must not depend on it."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def patient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the usual budget, but for the tests of the budget itself."""
    if "time" not in request.node.name and "long" not in request.node.name:
        monkeypatch.setattr("autograd_core.claims.judge.BUDGET", 20.0)
        monkeypatch.setattr("autograd_core.claims.judge.CLAIM_BUDGET", 15.0)
