"""What a command that a test runs wrote, and the streams it was given."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from autograd_cli.environment import Environment, StandardInput
from autograd_cli.main import perform

_OFFERED = re.compile(r"^try: (.*(?:\n     .*)*)", re.MULTILINE)


class Result(NamedTuple):
    """The exit status of a command, and what it wrote on both streams."""

    status: int
    stdout: str
    stderr: str

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


def run(
    *words: str, stdin: str | bytes | None = None, tty: bool = False, env: Mapping[str, str] | None = None
) -> Result:
    """Run a command in this process, as ``Cli`` says; what is offered behind ``try:`` has to be commands."""
    content = stdin.encode() if isinstance(stdin, str) else stdin
    out, err = Stream(tty), Stream(tty)
    source = StandardInput(None if content is None else io.BytesIO(content))
    status = perform(list(words), Environment(source, out, err, dict(env or {})))
    offered = _OFFERED.search(err.getvalue())
    lines = offered[1].split("\n") if offered else []
    assert all(line.strip().startswith("autograd-cli ") for line in lines), "behind try: stand commands alone"
    return Result(status, out.getvalue(), err.getvalue())


def _not_json(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def steady(text: str) -> str:
    """The text without what differs from machine to machine: how far rounding takes two witnesses apart."""
    return re.sub(r"largest difference \S+e-\d+|largest difference 0\b", "largest difference tiny", text.rstrip())
