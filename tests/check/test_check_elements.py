"""The cross-check by element: every entry by SymPy, and an engine that is slightly wrong is caught."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_core.check import check
from autograd_core.ops import find
from checking import asked, changed, planted

EXAMPLE = "sum((Y-W2*W1*X1)**2)"
NUMBERS: dict[str, Any] = {"Y": [1, 1, 1, 1], "W2": [1, 2, 3, 4], "W1": [1, 1, 1, 1], "X1": [2, 3, 4, 5]}


def test_the_example_agrees_in_every_entry() -> None:
    found = check(asked(EXAMPLE, NUMBERS))
    assert found.verdict.status == "agree"
    assert (found.verdict.compared, found.verdict.covered, found.verdict.total) == (16, 0, 16)
    assert {each.method for each in found.variables.values()} == {"sympy"}
    assert found.verdict.max_abs_error == 0.0


@pytest.mark.parametrize("name", list(NUMBERS))
def test_one_entry_that_is_off_is_found_with_its_place_and_both_numbers(name: str) -> None:
    question = asked(EXAMPLE, NUMBERS)

    def spoil(gradient: Any) -> None:
        gradient[2] *= 1.0005

    found = check(changed(question, name, spoil))
    assert found.verdict.status == "disagree"
    assert [n for n, each in found.variables.items() if each.status == "disagree"] == [name]
    worst = found.variables[name].worst
    assert worst is not None
    assert worst.index == (2,)
    assert worst.witness == question.gradients[name][2]
    assert worst.engine == pytest.approx(1.0005 * worst.witness, rel=1e-12)


def test_a_rule_that_is_wrong_by_a_twentieth_of_a_percent_is_caught() -> None:
    tanh: Any = find("tanh")
    right = tanh.vjps[0]
    with planted(tanh, vjps=(lambda g, y, x: right(g, y, x) * 1.0005,)):
        question = asked("sum(tanh(x)*x)", {"x": [0.3, -1.0]})
    assert check(question).verdict.status == "disagree"


def test_a_wrong_forward_with_a_rule_to_match_is_caught_by_its_value() -> None:
    sin: Any = find("sin")
    with planted(sin, forward=np.cos, vjps=(lambda g, _y, x: -g * np.sin(x),)):
        question = asked("sum(sin(x))", {"x": [0.3, -1.0]})
    assert check(question).verdict.status == "disagree"


def test_entries_that_have_no_value_are_never_called_wrong() -> None:
    found = check(asked("sum(log(x))", {"x": [0.0, 1.0]}))
    assert found.verdict.status in ("agree", "partial")
    nan = check(asked("sum(1/(1 + exp(-x)))", {"x": [-1000.0, 4.0]}))
    assert nan.verdict.status == "partial"
    assert nan.verdict.compared == 1
    assert "not comparable" in (nan.verdict.reason or "")


def test_what_is_too_large_for_sympy_is_counted_as_reached_by_projections() -> None:
    inputs = {"x": np.linspace(-1, 1, 300), "W": np.ones((300, 300))}
    found = check(asked("sum(inv(W + 300*eye(300)) @ x)", inputs, budget=30.0)).variables
    assert [(n, found[n].compared, found[n].covered) for n in "Wx"] == [("W", 0, 90_000), ("x", 300, 0)]


def test_what_there_is_no_time_for_is_said_and_not_guessed() -> None:
    inputs = {"x": np.linspace(-1, 1, 300), "W": np.ones((300, 300))}
    found = check(asked("sum(inv(W + 300*eye(300)) @ x)", inputs, budget=0.0)).variables
    assert {(each.status, each.compared + each.covered) for each in found.values()} == {("skipped", 0)}
    assert all((each.reason or "").startswith("the check took longer than its budget") for each in found.values())


def test_entries_are_counted_as_they_are() -> None:
    found = check(asked("x**2", {"x": [1.0, 2.0]}, weights=[1.0, 3.0]))
    assert found.verdict.status == "agree"
    assert found.variables["x"].total == 2
    nothing = check(asked("sum(x)", {"x": np.zeros(0)}))
    assert nothing.verdict.total == 0
    none = check(asked(EXAMPLE, NUMBERS), "none")
    assert none.verdict.status == "skipped"
    assert none.verdict.compared == 0
