"""What cannot be read is answered with what was meant: an equation, a derivative in a formula, cases, one kernel."""

from __future__ import annotations

import shlex

import pytest

from command_runs import Cli


@pytest.mark.parametrize(
    ("words", "said", "offered"),
    [
        (["x^2 + y^2 = 25", "--x", "3", "--y", "4"], "an equation has no gradient", "'x^2 + y^2 - (25)'"),
        (
            ["sum(conv2d(X, K))", "--X", "eye(3)", "--K", "eye(2)"],
            "conv2d needs",
            "conv2d(X[None, None], K[None, None])",
        ),
        (["dQ/dP * P/Q where Q = 100 - 2P, P = 10"], "dQ/dP is a derivative", ""),
        (["f(x) = { x^2 if x < 0; x^3 otherwise", "--x", "2"], "by cases is where(x < 0, x**2, x**3)", "where(x < 0,"),
        (["if x > 0: x else: 2", "--x", "2"], "by cases is where(x < 0, x**2, x**3)", ""),
        (["np.exp(x).som()", "--x", "2"], ".som() is not a method that is supported", ""),
        (["F.relu(x).maen() + np.exp(x)", "--x", "2"], "did you mean .mean()?", ""),
        ([r"\hat{}+x", "--x", "2"], r"\hat stands above a letter", ""),
        (["((model(x) - y)**2).mean()", "--x", "1", "--y", "2"], "unknown function 'model'", ""),
    ],
)
def test_what_was_meant_is_said(cli: Cli, words: list[str], said: str, offered: str) -> None:
    done = cli("grad", *words)
    assert done.status in (2, 3)
    assert said in " ".join(done.stderr.split())
    commands = [
        line.removeprefix("try: autograd-cli ") for line in done.stderr.splitlines() if line.startswith("try: ")
    ]
    assert [offered in line for line in commands] == [True] * bool(offered)
    assert all(cli(*shlex.split(line)).status == 0 for line in commands)


@pytest.mark.parametrize(
    ("value", "number"), [("2π", 6.283185307179586), ("30°", 0.5235987755982988), ("3pi/2", 4.71238898038469)]
)
def test_angles_are_read_as_they_are_written(cli: Cli, value: str, number: float) -> None:
    assert cli("grad", "sin(x)", "--x", value, "--json").json["variables"]["x"]["data"] == pytest.approx(number)


def test_long_commands_are_offered_whole(cli: Cli) -> None:
    layers = "; ".join(f"h{n + 1} = tanh(W h{n} + U x)" for n in range(6))
    values = {"W": "[[0.1, 0.2], [0.3, 0.4]]", "U": "[[0.5, 0.6], [0.7, 0.8]]", "h0": "1,2", "x": "1,2", "t": "0,0"}
    words = [word for name, value in values.items() for word in (f"--{name}", value)]
    done = cli("grad", f"{layers}; 1/2||h6 - t||^2", *words)
    commands = [line[5:] for line in done.stderr.splitlines() if "autograd-cli " in line]
    assert len(commands) == 2
    assert all(cli(*shlex.split(line)[1:], "--check", "none").status == 0 for line in commands)


def test_the_result_of_several_lines_is_told_on_one(cli: Cli) -> None:
    shown = cli("grad", "r = x**2 + y**2\n1/r  # the end", "--x", "1", "--y", "2").stdout
    assert "f = 1/r  (the result)\n" in shown
