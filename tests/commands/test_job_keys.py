"""A job of a batch can say whatever the options of its command say, but for the form of the answer and the limits."""

from __future__ import annotations

import json
import re

import pytest

from command_runs import Cli

OF_THE_ANSWER = {"format", "json", "output", "precision", "full", "color", "ascii", "width", "get", "grader"}
OF_THE_PROCESS = {"var", "claim_file", "max_elements", "max_nodes", "max_memory", "max_seconds", "threads"}
OF_ALL = {"help", "version"}


@pytest.mark.parametrize("command", ["grad", "check"])
def test_every_option_is_a_key(cli: Cli, command: str) -> None:
    told = re.findall(r"^  (?:-\w, )?--([a-z][a-z-]+)", cli(command, "--help").stdout, re.MULTILINE)
    options = {name.replace("-", "_") for name in told} - OF_THE_ANSWER - OF_THE_PROCESS - OF_ALL
    assert {"grad_tensor", "seed", "rtol", "assume"} <= options
    job = {"command": command, "expr": "x**2", "vars": {"x": 3}}
    lines = "".join(json.dumps({**job, name: {}}) + "\n" for name in sorted(options))
    answers = [json.loads(line) for line in cli("batch", "--jobs", "1", stdin=lines).stdout.splitlines()]
    for name, answer in zip(sorted(options), answers, strict=True):
        assert "is not a key" not in answer["error"]["message"], name


def test_what_a_job_says_is_done(cli: Cli) -> None:
    jobs = [
        {"expr": "x**3", "vars": {"x": 2}, "order": 2},
        {"expr": "x**3", "vars": {"x": 2}, "steps": True, "formula": True},
        {"expr": "x**2", "vars": {"x": [1, 2]}, "grad_tensor": [1, 1], "show_jacobian": True},
        {"expr": "sqrt(x)", "vars": {"x": 0}},
        {"expr": "sqrt(x)", "vars": {"x": 0}, "strict": True},
    ]
    done = cli("batch", "--jobs", "1", stdin="".join(json.dumps(job) + "\n" for job in jobs))
    orders, steps, jacobian, loose, strict = map(json.loads, done.stdout.splitlines())
    assert [each["data"] for each in orders["derivatives"]] == [12, 12]
    assert steps["steps"]["backward"]
    assert steps["variables"]["x"]["formula"] == "3*x**2"
    assert jacobian["jacobian"]["J"]["x"] == [[2, 0], [0, 4]]
    assert (loose["ok"], strict["ok"], done.status) == (True, False, 1)


def test_what_is_assumed_has_the_name_that_it_has_everywhere(cli: Cli) -> None:
    done = cli("x @ A @ x", "--A", "2,1;1,3", "--x", "1,2", "--assume", "A symmetric", "--json")
    assert done.json["assumptions"] == done.json["assume"] == ["A symmetric"]
