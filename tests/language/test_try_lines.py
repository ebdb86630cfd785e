"""What cannot be read is answered with the nearest text that can, whole; and what is offered runs as it is printed."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from autograd_core.expr.parser import read
from command_runs import Cli, Result

FOLDER = Path(__file__).parents[1]
CASES = json.loads((FOLDER / "cases" / "readings.json").read_text(encoding="utf-8"))
HOMEWORK = json.loads((FOLDER / "cases" / "homework.json").read_text(encoding="utf-8"))["cases"]
QUIET = ("--json", "--check", "none", "--no-formula", "--no-tree")
VALUES = {
    "s": "0.7",
    "t": "1.3",
    "lambda": "0.1",
    "x": "0.3,0.5,1.1",
    "y": "1,2,0.5",
    "A": "2,0.1,0.4;0.3,3,0.2;0.6,0.5,4",
}


def bound(values: Mapping[str, str]) -> list[str]:
    """The words that give values to names."""
    return [word for name, value in values.items() for word in ("--var", f"{name}={value}")]


def offered(answer: Result) -> Sequence[list[str]]:
    """The commands in the hint of an error."""
    hint = "" if answer.json.get("ok", True) else answer.json["error"]["hint"] or ""
    return [shlex.split(line)[1:] for line in hint.split("\n") if line.startswith("autograd-cli ")]


@pytest.mark.parametrize(("typed", "right"), CASES["nearest"], ids=[each[0][:30] for each in CASES["nearest"]])
def test_the_nearest_text_is_offered_whole_and_means_what_was_meant(cli: Cli, typed: str, right: str) -> None:
    words = bound({name: value for name, value in VALUES.items() if name in read(right).variables})
    answer = cli("grad", *QUIET, *words, "--", typed)
    assert answer.status in (2, 3), answer
    commands = offered(answer)
    assert commands, answer.json["error"]
    found, want = (cli(*each).json for each in (commands[0], ["grad", *QUIET, *words, "--", right]))
    assert np.allclose(found["result"]["data"], want["result"]["data"], rtol=1e-9)
    for name, each in want["variables"].items():
        assert np.allclose(found["variables"][name]["grad"], each["grad"], rtol=1e-9), name


def refusals() -> list[list[str]]:
    """Command lines that are refused: the words behind ``grad``."""
    found = [[*bound(VALUES), "--", typed] for typed in CASES["refused"]]
    found += [
        [*bound({form.get("names", {}).get(name, name): value for name, value in case["inputs"].items()}), form["text"]]
        for case in HOMEWORK
        for form in case["typed"]
    ]
    return found


def test_every_command_that_is_offered_runs(cli: Cli) -> None:
    broken, count = [], 0
    for words in refusals():
        answer = cli("grad", *QUIET, *words)
        if answer.status == 0 or not answer.stdout:
            continue
        for command in offered(answer):
            count += 1
            if cli(*command).status != 0:
                broken.append((words, command))
    assert count > 10
    assert broken == []
