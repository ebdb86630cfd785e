"""``grad --assume``: formulas use what is assumed, the answer names it, and the numbers must satisfy it."""

from __future__ import annotations

import json

import pytest

from command_runs import Cli

QUADRATIC = ("grad", "x^T A x", "--A", "2,1;1,3", "--x", "1,2")
SYMMETRIC = ("--assume", "A symmetric")


def test_a_formula_uses_what_is_assumed(cli: Cli) -> None:
    without, assumed = cli(*QUADRATIC, "--json").json, cli(*QUADRATIC, *SYMMETRIC, "--json").json
    assert without["variables"]["x"]["formula"] == "(A + A.T) @ x"
    assert assumed["variables"]["x"]["formula"] == "2*A @ x"
    assert assumed["variables"]["x"]["grad"] == without["variables"]["x"]["grad"]
    assert assumed["assume"] == ["A symmetric"]
    assert "assume" not in without


def test_it_can_be_repeated(cli: Cli) -> None:
    words = ("grad", "norm(x)*sum(y)", "--x", "0.6,0.8", "--y", "0.25,0.75")
    done = cli(*words, "--assume", "norm(x) == 1", "--assume", "sum(y) == 1", "--format", "plain")
    lines = done.stdout.splitlines()
    assert lines[:2] == ["assume\tnorm(x) == 1", "assume\tsum(y) == 1"]
    assert "formula\tx\tx" in lines


@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
def test_every_document_names_it(cli: Cli, form: str) -> None:
    assert "assuming A symmetric" in cli(*QUADRATIC, *SYMMETRIC, "--format", form).stdout
    assert "assuming" not in cli(*QUADRATIC, "--format", form).stdout


@pytest.mark.parametrize(
    ("words", "status", "code", "said"),
    [
        (
            ("--A", "2,1;0,3", *SYMMETRIC),
            2,
            "AG102",
            "the numbers given for A do not satisfy the assumption A symmetric",
        ),
        (("--assume", "x symmetric"), 3, "AG301", "x is assumed to be symmetric, and has shape (2,)"),
        (("--assume", "x > 1"), 2, "AG102", "the numbers given for x do not satisfy the assumption x > 1"),
        (("--assume", "B symmetric"), 2, "AG101", "B is not an input"),
        (("--assume", "A nice"), 3, "AG601", "'A nice' is not an assumption that is known"),
        (("--no-formula", "--assume", "x < 0"), 2, "AG102", "do not satisfy"),
        (("--get", "x", "--assume", "x < 0"), 2, "AG102", "do not satisfy"),
    ],
)
def test_what_is_not_true_or_not_known_is_an_error(
    cli: Cli, words: tuple[str, ...], status: int, code: str, said: str
) -> None:
    given = QUADRATIC if "--A" not in words else ("grad", "x^T A x", "--x", "1,2")
    done = cli(*given, *words)
    assert (done.status, done.stdout) == (status, "")
    assert f"error[{code}]" in done.stderr
    assert said in done.stderr


def test_a_higher_order_names_it(cli: Cli) -> None:
    done = cli("grad", "x**3", "--x", "3", "--order", "2", "--assume", "x > 0")
    assert (done.status, "assuming x > 0" in done.stdout) == (0, True)
    assert cli("grad", "x**3", "--x=-3", "--order", "2", "--assume", "x > 0").status != 0


def test_a_job_of_a_batch_can_say_it(cli: Cli) -> None:
    job = {"expr": "x@A@x", "vars": {"A": [[2, 1], [1, 3]], "x": [1, 2]}, "assume": ["A symmetric"], "formula": True}
    answer = json.loads(cli("batch", "--jobs", "1", stdin=json.dumps(job)).stdout)
    assert answer["variables"]["x"]["formula"] == "2*A @ x"
    assert answer["assume"] == ["A symmetric"]
