"""What people type out of habit from other programs: the command that was meant is offered, and works."""

from __future__ import annotations

import json

import pytest

from command_runs import Cli

OFFERED = [
    (["grad", "x^2", "3"], "autograd-cli grad 'x^2' --x 3"),
    (["grad", "x*y", "3", "--y", "2"], "autograd-cli grad 'x*y' --x 3 --y 2"),
    (["grad", "x^2", "--x", "3", "--tree=1"], "autograd-cli grad 'x^2' --x 3 --tree"),
    (["grad", "x^2", "--x", "3", "--json=no"], "autograd-cli grad 'x^2' --x 3"),
    (["grad", "x*tree", "--x", "3", "--tree=1"], "autograd-cli grad 'x*tree' --x 3 --var tree=1"),
    (["grad", "x*y", "x", "3", "y", "4"], "autograd-cli grad 'x*y' --x 3 --y 4"),
    (["grad", "x^2", "--x", "3", "--precision", "40"], "autograd-cli grad 'x^2' --x 3 --precision 17"),
    (["grad", "x^2", "--x", "3", "--timeout", "5"], "autograd-cli grad 'x^2' --x 3 --max-seconds 5"),
    (["grad", "x^2", "--x", "3", "--digits", "3"], "autograd-cli grad 'x^2' --x 3 --precision 3"),
]


@pytest.mark.parametrize(("words", "offered"), OFFERED, ids=[" ".join(words) for words, _ in OFFERED])
def test_a_value_that_stands_alone_is_put_behind_its_name(cli: Cli, words: list[str], offered: str) -> None:
    result = cli(*words)
    assert (result.status, result.stderr.split("try: ")[1].strip()) == (2, offered)


@pytest.mark.parametrize(
    ("words", "dashed"),
    [
        (["grad", "x^2*y", "x=3", "y=2"], ["--x", "3", "--y", "2"]),
        (["grad", "x^2*y", "x=3,", "y=2"], ["--x", "3", "--y", "2"]),
        (["x^2*y", "at x = 3; y = 2"], ["--x", "3", "--y", "2"]),
        (["hessian", "x^2*y", "at", "x", "=", "3,", "y=2", "--full"], ["--x", "3", "--y", "2", "--full"]),
        (["grad", "sum(x*y)", "x=1,2,3,y=(4,5,6)"], ["--x", "1,2,3", "--y", "(4,5,6)"]),
        (["grad", "sum(x)*seed", "seed=3", "x=ones(2,3)"], ["--var", "seed=3", "--x", "ones(2,3)"]),
        (["plot", "x^2", "X=-1:1"], ["--x", "-1:1"]),
        (["grad", "x^2*y", "--x", "3, y=2"], ["--x", "3", "--y", "2"]),
        (["grad", "x^2*y", "--at", "x=3,y=2"], ["--x", "3", "--y", "2"]),
        (["grad", "x^2", "--point=x=3"], ["--x", "3"]),
        (["check", "x^2", "2x"], ["--claim", "2x"]),
        (["check", "x^2", "x = 6", "x = 3"], ["--claim", "x = 6", "--x", "3"]),
        (["check", "x^2", "2x", "at", "x=3"], ["--claim", "2x", "--x", "3"]),
        (["check", "x^2*y", "x = 2xy", "y = x^2"], ["--claim", "x = 2xy", "--claim", "y = x^2"]),
        (["check", "(3x+1)^5", "x = 15(3x+1)^4", "--x", "3"], ["--claim", "x = 15(3x+1)^4", "--x", "3"]),
        (["check", "x^2", "--claim", "2x", "x=3"], ["--claim", "2x", "--x", "3"]),
    ],
)
def test_values_may_stand_as_equations_and_a_claim_alone(cli: Cli, words: list[str], dashed: list[str]) -> None:
    expression = words[: 1 + (words[0] in ("check", "grad", "hessian", "plot"))]
    result = cli(*words)
    assert (result.status, result.stdout) == (0, cli(*expression, *dashed).stdout)


def test_a_value_that_sets_another_variable_is_refused(cli: Cli) -> None:
    result = cli("grad", "x^2*y", "--var", "x=3,y=2", "--var", "y=1")
    assert (result.status, result.stderr.splitlines()[0]) == (
        3,
        "error[AG606]: x: 'y=2' is the value of y, not an entry of x",
    )


@pytest.mark.parametrize("words", [["x*y", "1", "2"], ["3", "4"], ["x^2", "x^3", "--x", "3"]])
def test_a_value_that_may_be_several_is_not_given_a_name(cli: Cli, words: list[str]) -> None:
    result = cli("grad", *words)
    assert result.status == 2
    assert "try:" not in result.stderr


@pytest.mark.parametrize(
    ("job", "says"),
    [
        ({"expression": "x", "vars": {"x": 1}}, "did you mean expr?"),
        ({"expr": "x", "variables": {"x": 1}}, "did you mean vars?"),
        ({"expr": "x**2", "x": 3}, '"vars": {"x": 3}'),
    ],
)
def test_a_job_is_told_where_a_key_belongs(cli: Cli, job: dict[str, object], says: str) -> None:
    error = json.loads(cli("batch", stdin=json.dumps(job)).stdout)["error"]
    assert says in f"{error['message']} {error['hint']}"


def test_a_byte_order_mark_before_the_first_job_does_not_matter(cli: Cli) -> None:
    assert cli("batch", stdin=b'\xef\xbb\xbf{"expr": "x", "vars": {"x": 1}, "check": "none"}\n').status == 0


@pytest.mark.parametrize(
    ("expression", "x", "gradient"),
    [
        ("sum(x)", "zeros(2**2)", "1,1,1,1"),
        ("x[2**1]", "1,2,3", "0,0,1"),
        ("sum(reshape(x, (7 % 5, 2))[0])", "1,2,3,4", "1,1,0,0"),
    ],
)
def test_whole_powers_are_sizes_and_places(cli: Cli, expression: str, x: str, gradient: str) -> None:
    assert cli("grad", expression, "--x", x, "--get", "x", "--check", "none").stdout == f"{gradient}\n"


@pytest.mark.parametrize("power", ["2**-1", "9**9**9"])
def test_a_power_that_is_not_whole_is_no_size(cli: Cli, power: str) -> None:
    assert "must be an integer" in cli("grad", "sum(x)", "--x", f"zeros({power})").stderr


def test_numbers_at_the_end_of_what_floats_hold_are_drawn(cli: Cli) -> None:
    assert cli("plot", "1.7e308*x", "--x", "-1:1").status == 0
    assert "is no range" in cli("plot", "x", "--x", "-1e308:1e308").stderr


def test_a_descent_of_nothing_ends_at_once(cli: Cli) -> None:
    assert "converged after 0 steps" in cli("descend", "sum(x**2)", "--x", "zeros(0)").stdout


def test_a_session_ends_as_in_python(cli: Cli) -> None:
    assert cli("repl", stdin="exit()\nx +\n").status == 0
