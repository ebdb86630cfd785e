"""Section 6, the process: typer of every version that is allowed."""

from __future__ import annotations

import errno

import pytest
import typer

from autograd_cli import main
from command_runs import Cli


def test_no_class_is_asked_for_that_a_version_of_typer_lacks(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """0.26 has no TyperException: every failure of the system would end where it is named."""
    monkeypatch.delattr(typer, "TyperException", raising=False)
    assert "AG102" in cli("grad", "x", "--x", "1", "--color", "blue").stderr

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(main, "run", full)
    done = cli("grad", "x", "--x", "1")
    assert (done.status, done.stderr[:13]) == (3, "error[AG624]:")
