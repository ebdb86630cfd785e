"""A command ends when its time is over: between two steps, and where one step is long from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograd_core import deadline
from autograd_core.calculate import Request, calculate
from command_runs import Cli

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])}
GIVEN_UP = "error[AG806]: this takes longer than "


@pytest.mark.parametrize(
    ("words", "unfinished"),
    [
        (("grad", "sum(conv1d(x, w))", "--x", "ones(1,1,1000000)", "--w", "ones(1,1,50000)"), "forward and backward"),
        (("grad", "sum(x) + sum(digamma(lgamma(digamma(x))))", "--x", "rand(900000)"), "forward and backward"),
        (("check", "sum(x**2)", "--x", "1,2", "--claim", "x = 2*x + 0*sum(conv1d(ones(1,1,1000000), ones(1,1,50000)))"),
         "judging the claims"),
        (("grad", "x**x**x", "--x", "0.9", "--order", "10", "--check", "none"), "derivatives of derivatives"),
        (("hessian", "sum(conv1d(x, w)**4)", "--x", "rand(1,1,3000)", "--w", "ones(1,1,1500)", "--wrt", "x",
          "--check", "none"), "rows of the Hessian"),
    ],
    ids=lambda each: each[1][:20] if isinstance(each, tuple) else "",
)  # fmt: skip
def test_whatever_takes_longer_is_given_up_with_what_was_not_finished(
    words: tuple[str, ...], unfinished: str, cli: Cli
) -> None:
    began = time.process_time()
    done = cli(*words, "--max-seconds", "0.3")
    assert time.process_time() - began < 3
    assert (done.status, done.stdout) == (3, "")
    first, why, *advice = done.stderr.splitlines()
    assert first == f"{GIVEN_UP}0.3 s"
    assert why == f"why: it was given up after that much processor time, {unfinished} unfinished"
    assert "--max-seconds raises the limit" in " ".join(advice)
    assert ("--product gives H.u" in done.stderr) is (words[0] == "hessian")


LONG_STEP = ["grad", "norm(A, 'nuc')", "--A", "rand(1800,1800)", "--no-tree", "--max-seconds", "0.3"]
"""A decomposition of some seconds, which Python cannot interrupt."""


@pytest.mark.parametrize("more", [[], ["--output", "r.txt"]], ids=["shown", "written"])
def test_a_single_long_step_is_ended_from_outside(more: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "autograd_cli", *LONG_STEP, *more]
    with subprocess.Popen(
        command, env=ENVIRONMENT, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        out, err = run.communicate(timeout=120)
        used = os.times().children_user
    assert (run.returncode, out) == (3, "")
    assert err.startswith(f"{GIVEN_UP}0.3 s\nwhy: it was given up after that much processor time\n")
    assert used > 0
    assert list(tmp_path.iterdir()) == []


def test_a_job_of_one_long_step_is_ended_too(cli: Cli) -> None:
    slow = '{"id": 1, "expr": "norm(A, \'nuc\')", "vars": {"A": "rand(1500,1500)"}}\n'
    quick = '{"id": 2, "expr": "x", "vars": {"x": 1}}\n'
    done = cli("batch", "--jobs", "1", "--time-limit", "0.3", stdin=slow + quick)
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["error"]["code"], first["error"]["message"]) == ("AG805", "the job took longer than 0.3 s")
    assert (first["id"], second["ok"]) == (1, True)


def test_a_job_may_take_what_max_seconds_says(cli: Cli) -> None:
    claim = "x = 2*x + 0*sum(conv1d(ones(1,1,1000000), ones(1,1,50000)))"
    job = json.dumps({"command": "check", "expr": "sum(x**2)", "vars": {"x": [1, 2]}, "claims": [claim]})
    answer = cli("batch", "--jobs", "1", "--max-seconds", "0.2", stdin=job).json
    assert answer["error"]["message"] == "the job took longer than 0.2 s"


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("grad", "--full"), "; without --full arrays are summarised"),
        (("grad", "--json"), "; --no-tree has fewer"),
        (("grad", "--format", "plain"), ""),
        (("grad", "--get", "x"), ""),
        (("export", "--to", "torch"), ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_more_numbers_than_there_is_time_to_write_are_refused_before_anything_is_computed(
    words: tuple[str, ...], advice: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "_arm", lambda: None)  # what is foreseen is refused by itself
    done = cli(words[0], "sum(x**2)", "--x", "randn(90000)", *words[1:], "--max-seconds", "0.01")
    assert done.status == 3
    assert "numbers are to be written" in done.stdout + done.stderr
    assert f"--output r.npz holds all numbers{advice}" in done.stdout + done.stderr


def test_an_array_of_one_number_many_times_takes_no_time_to_export(cli: Cli) -> None:
    done = cli("export", "sum(x)", "--x", "ones(100000)", "--to", "numpy", "--max-seconds", "0.3")
    assert done.status == 0
    assert "np.full((100000,), 1.0)" in done.stdout


def test_a_check_that_takes_too_long_is_left_out_with_the_reason() -> None:
    import numpy as np

    values = {"A": np.eye(300) + 0.01}
    found = calculate(Request("logdet(A)", values, formula=False, graph=False, check_budget=0.001)).variables[0]
    assert found.grad is not None
    assert found.check is not None
    assert found.check.status == "skipped"
    assert found.check.reason == "the check took longer than its budget of 0.001 s"


def test_formulas_have_the_time_of_every_command(cli: Cli) -> None:
    chain = "sum((" + "@".join(f"W{i}" for i in range(9)) + "@x)**2)"
    done = cli("formula", chain, "--max-seconds", "0.02")
    assert (done.status, done.stderr.splitlines()[0]) == (3, f"{GIVEN_UP}0.02 s")


def test_a_class_that_is_being_made_does_not_hide_that_time_is_over() -> None:
    class Field:
        def __set_name__(self, owner: type, name: str) -> None:
            while True:
                pass

    with pytest.raises(deadline.DeadlineError), deadline.within(0.02):
        type("Late", (), {"field": Field()})
