"""A table of commands and what they print: every file of ``tests/cases/commands`` holds lines of a shell with answers.

To add a case, write one line ``$ autograd-cli ...`` into a file, with variables of the environment before it where they
matter, and run ``AUTOGRAD_WRITE_CASES=1 pytest tests/commands/test_answers.py``: it writes the answer below the line,
both streams, and the exit status where it is not 0. Read what it wrote before it is committed.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from command_runs import Cli

FILES = sorted((Path(__file__).parents[1] / "cases" / "commands").glob("*.txt"))
WRITE = os.environ.get("AUTOGRAD_WRITE_CASES") == "1"
MARK = "autograd-cli"


def cases_of(path: Path) -> list[tuple[str, str]]:
    """The commands of a file, each with its answer."""
    blocks = ("\n" + path.read_text(encoding="utf-8")).split("\n$ ")[1:]
    return [(command, answer) for command, _, answer in (f"{block}\n".partition("\n") for block in blocks)]


def answer_to(cli: Cli, command: str) -> str:
    """What a command prints on both streams, and its exit status where it is not 0."""
    words = shlex.split(command)
    place = words.index(MARK)
    settings = dict(word.split("=", 1) for word in words[:place])
    stdin = settings.pop("STDIN", None)
    done = cli(*words[place + 1 :], stdin=stdin, env=settings)
    status = f"[exit status {done.status}]\n" if done.status else ""
    return done.stdout + done.stderr + status


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_commands_answer_as_they_did(cli: Cli, path: Path) -> None:
    found = [(command, answer_to(cli, command)) for command, _ in cases_of(path)]
    if WRITE:
        path.write_text("\n".join(f"$ {command}\n{answer}" for command, answer in found), encoding="utf-8")
    for (command, answer), (_, expected) in zip(found, cases_of(path), strict=True):
        assert answer.rstrip("\n") == expected.rstrip("\n"), command


def test_no_command_stands_in_two_places() -> None:
    commands = [command for path in FILES for command, _ in cases_of(path)]
    assert len(commands) == len(set(commands)) > 50
