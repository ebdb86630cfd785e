"""``cli(...)``: run a command as a user types it, in this process, and get what it wrote and its exit status."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from command_runs import Cli, run

os.environ["AUTOGRAD_CLI_MAX_SECONDS"] = "3"
os.environ["AUTOGRAD_CLI_MAX_MEMORY"] = "1"
"""What is refused must not depend on the machine that the tests run on."""
for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
    os.environ.pop(name, None)  # nor what is printed on whoever runs them
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts in the background

# How long a test takes says something about the machine, and nothing about the program.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


SHARED = (
    "test_hostile",
    "test_completion",
    "test_wheel",
    "test_readme_in_order",
    "test_recipe_for_an_operation",
    "test_pages_in_a_browser",
)
"""Files whose tests share what takes long to make: one process runs them all."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out single tests, and these files whole."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if Path(file).stem in SHARED else nodeid

    return Scheduling(config, log)


@pytest.fixture(autouse=True)
def raise_errors_of_witnesses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cross-check that breaks is a defect, and not a check that was left out."""
    monkeypatch.setattr("autograd_core.check.RAISE_ERRORS", True)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give diagnoses the time that a slow or busy machine needs: ten times the usual."""
    monkeypatch.setattr("autograd_core.claims.judge.BUDGET", 20.0)
    monkeypatch.setattr("autograd_core.claims.judge.CLAIM_BUDGET", 15.0)


@pytest.fixture
def cli() -> Cli:
    """Runs a command in this process."""
    return run
