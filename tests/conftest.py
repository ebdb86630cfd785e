"""``cli(...)``: run a command as a user types it, in this process, and get what it wrote and its exit status."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, settings

from autograd_cli.environment import Environment, StandardInput
from autograd_cli.main import perform

os.environ["AUTOGRAD_CLI_MAX_SECONDS"] = "3"
os.environ["AUTOGRAD_CLI_MAX_MEMORY"] = "1"
"""What is refused must not depend on the machine that the tests run on."""


# How long a test takes says something about the machine, and nothing about the program.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@dataclass(frozen=True)
class Result:
    """What a command wrote on both streams, and its exit status."""

    stdout: str
    stderr: str
    status: int

    @property
    def json(self) -> Any:
        """Standard output, which has to be one JSON object."""
        return json.loads(self.stdout, parse_constant=_not_json)


class Cli(Protocol):
    """``cli("grad", "x**2", "--x", "3", stdin="", tty=False, env={"COLUMNS": "40"})``."""

    def __call__(
        self, *words: str, stdin: str | bytes | None = None, tty: bool = False, env: Mapping[str, str] | None = None
    ) -> Result:
        """Run a command; ``tty`` makes terminals of all streams, without it they are pipes that take UTF-8."""


class Stream(io.StringIO):
    """A terminal or a pipe."""

    encoding = "utf-8"

    def __init__(self, tty: bool) -> None:
        super().__init__()
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


def _not_json(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


@pytest.fixture(autouse=True)
def raise_errors_of_witnesses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cross-check that breaks is a defect, and not a check that was left out."""
    monkeypatch.setattr("autograd_core.check.RAISE_ERRORS", True)


@pytest.fixture
def cli() -> Cli:
    """Runs a command in this process."""

    def run(
        *words: str, stdin: str | bytes | None = None, tty: bool = False, env: Mapping[str, str] | None = None
    ) -> Result:
        content = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = Stream(tty), Stream(tty)
        source = StandardInput(None if content is None else io.BytesIO(content))
        status = perform(list(words), Environment(source, out, err, dict(env or {})))
        return Result(out.getvalue(), err.getvalue(), status)

    return run
