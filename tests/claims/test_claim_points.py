"""A claim is right when it is right everywhere: also beyond branches, where rounding rules, and beside the infinite."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_core.claims.judge import judge
from autograd_core.claims.problem import Problem
from autograd_core.claims.request import ClaimsRequest
from judging import code, judged


def test_a_kink_wherever_one_looks_is_no_obstacle() -> None:
    assert judged("sum(maximum(x, x) + maximum(x, y))", "y = y > x", x=[1.5, 0.5], y=[1, 2]).right
    assert judged("sum(maximum(x, x) + maximum(x, y))", "y = y < x", x=[1.5, 0.5], y=[1, 2]).verdict == "wrong"


def test_a_missing_branch_is_found() -> None:
    assert judged("maximum(z, w)", "z = 1.0*z/z", z=2, w=-1).verdict == "right-here-only"
    assert judged("relu(x - 10)", "x = 0*x", x=1).verdict == "right-here-only"


@pytest.mark.parametrize("expression", ["relu(x)", "where(x > 0, x, 0)", "(x > 0)*x"])
@pytest.mark.parametrize(
    ("claim", "verdict"),
    [("x = 1", "right"), ("x = (x >= 0)", "right"), ("x = -1", "wrong"), ("x = x", "wrong"), ("x = x > 0", "right")],
)
def test_the_kink_of_a_comparison_is_one_too(expression: str, claim: str, verdict: str) -> None:
    assert judged(expression, claim, x=0).verdict == verdict


@pytest.mark.parametrize(
    ("expression", "claim", "inputs", "right"),
    [
        ("mean(abs(y - w*x))", "w = mean(x*sign(y - w*x))", {"y": [2, 4], "w": 2, "x": [1, 2]}, False),
        ("mean(abs(y - w*x))", "w = -mean(x*sign(y - w*x))", {"y": [2, 4], "w": 2, "x": [1, 2]}, True),
        ("relu(x)", "x = x", {"x": 0}, False),
        ("sum(maximum(0, 1 - s*y))", "s = 0*s", {"s": [1, 3], "y": [1, 1]}, False),
    ],
)
def test_what_is_taken_at_a_kink_makes_no_claim_right(
    expression: str, claim: str, inputs: dict[str, Any], right: bool
) -> None:
    found = judged(expression, claim, **inputs)
    assert found.verdict == ("right" if right else "wrong")
    assert right or "has no derivative: the claim gives what is taken" in found.notes[-1]


@pytest.mark.parametrize(
    ("expression", "claim", "inputs"),
    [
        ("x**2", "x = 2*x + (x > 10)", {"x": 1}),
        ("x**2", "x = 2*x + (x > 5000)", {"x": 1}),
        ("x**2", "x = 2*x + (x > 10)*(x < 11)", {"x": 1}),
        ("sum(clip(x, -10, 10))", "x = x/x", {"x": [0.1, 0.2]}),
        ("hardtanh(x, -20, 20)**2", "x = 2*x", {"x": 1}),
        ("threshold(x, 20, 0)", "x = 0*x", {"x": 1}),
        ("softshrink(x, 20)", "x = 0*x", {"x": 1}),
        ("huber_loss(x, y, delta=20)", "x = x - y", {"x": 1, "y": 0.5}),
        ("sum((x + y - w)**2)", "w = 2*(w - x - y) + (x > 10)*(y > 10)", {"w": 0, "x": 1, "y": 2}),
    ],
)
def test_a_branch_far_from_the_given_numbers_is_found(expression: str, claim: str, inputs: dict[str, Any]) -> None:
    assert judged(expression, claim, **inputs).verdict == "right-here-only"


def test_more_points_are_tried_for_branches_only_where_they_cost_little() -> None:
    assert judged("sum(relu(x))", "x = x > 0", x=[1, -2]).points == 97
    assert judged("sum(softmax(x)*y)", "y = softmax(x)", x=[1, -2], y=[3, 4]).points == 9
    text = "sum(relu(broadcast_to(x, (100_000, 2))))"
    assert judged(text, "x = 100_000*(x > 0)", x=[1, -2]).points <= 11


def test_a_number_is_no_infinite_gradient() -> None:
    assert judged("sqrt(x)", "x = 5", x=0).verdict == "wrong"
    assert judged("sum(sqrt(x))", "x = 1/(2*sqrt(x + (x == 0)))", x=[0, 1]).verdict == "wrong"
    assert judged("sum(sqrt(x))", "x = 1/(2*sqrt(x))", x=[0, 1]).right


def test_rounding_is_no_mistake() -> None:
    assert judged("sum(log(sigmoid(x)))", "x = exp(-x)/(1 + exp(-x))", x=[30, -20, 35]).right
    assert judged("sum(softmax(z))", "z = 0*z", z=[1, 2, 3]).right
    assert judged("1e-15*sum(x**2)", "x = 4e-15*x", x=[1, 2, 3]).verdict == "wrong"


def test_what_rounding_hides_everywhere_is_not_decided() -> None:
    assert judged("sum(x**2)/2", "x = (x + 1e20) - 1e20", x=[1, 2]).verdict == "undecided"


def test_whole_numbers_have_no_rounding_to_hide_a_mistake() -> None:
    assert judged("sum(x**2)", "x = 3*x + 9*x*(floor(x) != 1)", x=1.5).verdict == "wrong"
    assert judged("sum(x**2)", "x = 3*x + 9*x*(maximum(x, 1) != x)", x=1.5).verdict == "wrong"


def test_another_convention_at_a_kink_is_right_and_said() -> None:
    judgement = judged("sum(relu(x))", "x = (x >= 0)*1.0", x=[0, 1, -2])
    assert (judgement.verdict, code(judgement)) == ("right", "kink")
    assert "taken there is 0, as PyTorch" in (judgement.diagnosis.text if judgement.diagnosis else "")
    assert judged("sum(relu(x))", "x = (x > 0)*1.0", x=[0, 1, -2]).diagnosis is None
    assert judged("sum(abs(x))", "x = where(x == 0, 7, sign(x))", x=[0, 1]).verdict == "wrong"
    assert judged("sum(abs(x))", "x = 1,1", x=[0, 1]).verdict == "right"
    assert judged("sum(abs(x))", "x = 2,1", x=[0, 1]).verdict == "wrong"


def test_the_sides_of_a_tie_are_those_of_each_input() -> None:
    names = "abcdefghijkl"
    largest = f"max(stack([{', '.join(names)}]))"
    for name in names:  # the whole gradient to one of them
        judgement = judged(largest, f"{name} = 1.0*({name} >= {largest})", **dict.fromkeys(names, 1))
        assert (judgement.verdict, code(judgement)) == ("right", "kink")


def test_the_sides_of_a_kink_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[Any] = []
    at = Problem.at
    monkeypatch.setattr(Problem, "at", lambda *given, **more: passes.append(0) or at(*given, **more))
    names = [f"x{i}" for i in range(40)]
    inputs = dict.fromkeys(names, np.zeros(()))
    text = "+".join(f"relu({name})" for name in names)
    few = judge(ClaimsRequest(text, inputs, ["x0 = x0 >= 0"], points=5))
    once = len(passes)
    many = judge(ClaimsRequest(text, inputs, [f"{name} = {name} >= 0" for name in names], points=5))
    assert few.verdict == many.verdict == "right"
    assert len(passes) - once <= once < 300


def test_an_entry_that_rounding_makes_of_a_zero_refuses_no_claim() -> None:
    assert judged("log(abs(det(A)))", "A = inv(A).T", A=[[1, 2, 0], [3, -1, 4], [2, 1, 1]]).right


def test_numbers_without_a_gradient_leave_the_verdict_to_other_points() -> None:
    judgement = judged(
        "logdet(A@X)", "X = inv(X).T", A=[[1, 2, 0], [3, 4, 1], [1, 0, 2]], X=[[2, 1, 0], [0.5, 3, 1], [0, 1, 4]]
    )
    assert judgement.right
    assert "not finite at the given numbers" in " ".join(judgement.notes)
