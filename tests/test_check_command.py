"""The cross-check as a user meets it: its options, its words, its exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_cli.main import main
from autograd_core.ops import find
from checking import planted

Run = Callable[..., tuple[int, str, str]]

BUDGET = ("--check-budget", "30")


@pytest.fixture
def grad(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``grad``; its exit status and what it wrote."""

    def run(*words: str) -> tuple[int, str, str]:
        status = main(["grad", *words, "--no-tree", *BUDGET])
        written = capsys.readouterr()
        return status, written.out, written.err

    return run


def test_the_example_agrees(grad: Run) -> None:
    status, out, _ = grad(
        "sum((Y-W2*W1*X1)**2)", "--X1", "2,3,4,5", "--W1", "1,1,1,1", "--W2", "1,2,3,4", "--Y", "1,1,1,1"
    )
    assert status == 0
    assert "SymPy agrees: 16 of 16 gradient entries, largest difference 0" in out


def test_a_disagreement_names_the_entry_both_numbers_and_the_operation(grad: Run) -> None:
    tanh: Any = find("tanh")
    right = tanh.vjps[0]
    with planted(tanh, vjps=(lambda g, y, x: right(g, y, x) * 1.0005,)):
        status, out, _ = grad("sum(tanh(x)*y)", "--x", "0.5,-1", "--y", "1,2", "--width", "200")
    assert status == 1
    assert "SymPy disagrees: the gradient of x[1]" in out
    assert "relative error 0.0005" in out
    assert "ratio 1.0005" in out
    assert "suspect: TanhBackward0, tanh(x): its derivative for operand 1" in out


def test_what_is_wrong_stands_in_json_too(grad: Run) -> None:
    sin: Any = find("sin")
    with planted(sin, vjps=(lambda g, _y, x: -g * np.cos(x),)):
        status, out, _ = grad("sum(sin(x))", "--x", "0.5,1", "--json")
    found = json.loads(out)
    assert status == 1
    assert found["ok"] is False
    assert found["check"]["status"] == "disagree"
    assert found["check"]["suspect"]["grad_fn"] == "SinBackward0"
    worst = found["variables"]["x"]["check"]["worst"]
    assert worst["ratio"] == -1.0
    assert worst["relative_error"] == 2.0


def test_all_witnesses_stand_side_by_side(grad: Run) -> None:
    status, out, _ = grad("x**3", "--x", "2", "--check", "all")
    assert status == 0
    assert "SymPy and numeric differentiation agree: 1 of 1 gradient entry" in out
    assert "entry  here  SymPy  numeric" in out
    assert "you should be happy" in out


def test_differences_alone(grad: Run) -> None:
    status, out, _ = grad("sum(exp(x))", "--x", "0,1", "--check", "numeric")
    assert status == 0
    assert "numeric differentiation agrees: 2 of 2" in out


def test_kinks_are_shown_and_never_fail(grad: Run) -> None:
    for strict in ((), ("--strict",)):
        status, out, err = grad("sum(abs(x))", "--x", "-1,0,2", *strict)
        assert status == 0
        assert "2 of 3 gradient entries" in out
        assert "1 entry at a kink" in out
        assert "abs(x) (AbsBackward0) has no derivative at [1]" in err


def test_what_is_not_finite_warns_and_fails_only_when_strict(grad: Run) -> None:
    words = ("sum(where(x > 0, sqrt(x), 0))", "--x", "0,4")
    status, _, err = grad(*words)
    assert status == 0
    assert "where(x > 0, sqrt(where(x > 0, x, 1)), 0)" in err
    assert grad(*words, "--strict")[0] == 1


def test_a_check_without_time_is_left_out_and_changes_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["grad", "sum(x**2)", "--x", "1,2", "--no-tree", "--check-budget", "0"])
    written = capsys.readouterr()
    assert status == 0
    assert "[2, 4]" in written.out
    strict = main(["grad", "sum(x**2)", "--x", "1,2", "--no-tree", "--check-budget", "0", "--strict"])
    capsys.readouterr()
    assert strict == 1
