"""An environment whose streams are held in memory, for tests that run a command in this process."""

from __future__ import annotations

import io
from collections.abc import Mapping

from autograd_cli.environment import Environment, StandardInput


class Stream(io.StringIO):
    """A pipe that takes UTF-8."""

    encoding = "utf-8"  # type: ignore[assignment]


def environment(variables: Mapping[str, str] | None = None) -> tuple[Environment, Stream, Stream]:
    """An environment with its standard output and its standard error."""
    out, err = Stream(), Stream()
    return Environment(StandardInput(None), out, err, dict(variables or {})), out, err
