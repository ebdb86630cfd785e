"""Claims made to pass without being right: none of them does."""

from __future__ import annotations

from typing import Any

import pytest

from judging import judged

X = [0.5, 1.5, -2.0]
RIGHT = {
    "sum(x**2)": "2*x",
    "sum(sin(x))": "cos(x)",
    "sum(exp(x))/10": "exp(x)/10",
    "sum(x**3)": "3*x**2",
    "sum(atan(x))": "1/(1 + x**2)",
    "sum(log(1 + x**2))": "2*x/(1 + x**2)",
    "sum(sqrt(1 + x**2))": "x/sqrt(1 + x**2)",
    "sum(x*sigmoid(x))": "(sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x)))",
}
SPOILT = (
    "where((x == 0.5) + (x == 1.5) + (x == -2) > 0, {}, 0*x)",
    "({} + 1e20) - 1e20",
    "{}*(1 + 1e-5)",
    "{} + 1e-4",
    "{}*(1 + (x > 300))",
    "{} + (x < -50)*{}",
    "{}*(1 + exp(-(x - 40)**2))",
    "{}*(1 + relu(x - 30))",
    "nan*{}",
    "{}/0*0",
    "inf*sign({})",
    "0*x",
    "{} + where(x == floor(x), 0, 1e-3)",
)
OTHERS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("1e12*x[0]**2 + x[1]", "x = 2e12,-7", {"x": [1, 2]}),
    ("1e12*x[0]**2 + x[1]", "x = stack([2e12*x[0], 0*x[1] - 7])", {"x": [1, 2]}),
    ("max(x)", "x = nan,inf", {"x": [1, 1]}),
    ("max(x)", "x = 1,1", {"x": [1, 1]}),
    ("sum(tanh(100*x))", "x = 0*x", {"x": [1, 2]}),
    ("sum(sigmoid(1000*x))", "x = sigmoid(1000*x)*(1 - sigmoid(1000*x))", {"x": [1, 2]}),
    ("sum(sigmoid(1000*x - 5000))", "x = 0*x", {"x": [1, 2]}),
    ("sum(exp(-(x - 50)**2))", "x = 0*x", {"x": [1, 2]}),
    ("sum(sin(x/1e6))", "x = ones(2)/1e6", {"x": [1, 2]}),
    ("x[0]**2 + 1e-9*x[1]", "x = stack([2*x[0], 0*x[1]])", {"x": [1, 2]}),
    ("x[0]**2 + x[1]**2", "x = stack([2*x[0], (2*x[1] + 1e20) - 1e20])", {"x": [1, 2]}),
    ("x**2", "x = 6.00", {"x": 2.5}),
    ("sum(x**2)", "x = 100.00,0.00", {"x": [50, 0.0025]}),
    ("relu(x)", "x = inf", {"x": 0}),
    ("abs(x)", "x = nan", {"x": 0}),
    ("sqrt(x)", "x = 1", {"x": 0}),
    ("x @ A @ x", "x = 2*A @ x", {"A": [[2, 1], [1, 3]], "x": [1, 2]}),
    ("sum(softmax(z)*w)", "z = softmax(z)*w", {"z": [1, 2], "w": [0, 0]}),
)
TABLE = [(text, f"x = {way.format(right, right)}", {"x": X}) for text, right in RIGHT.items() for way in SPOILT]
TABLE += OTHERS


def test_there_are_as_many_as_the_documents_say() -> None:
    assert len(TABLE) >= 110
    assert all(judged(text, f"x = {right}", x=X).right for text, right in RIGHT.items())


@pytest.mark.parametrize(("expression", "claim", "inputs"), TABLE)
def test_a_cheat_does_not_pass(expression: str, claim: str, inputs: dict[str, Any]) -> None:
    assert judged(expression, claim, **inputs).verdict != "right"


def test_a_claim_that_was_seen_to_vanish_only_is_undecided() -> None:
    judgement = judged("sum(exp(-1e9*(1 + x**2)))", "x = 0*x", x=[1, 2])
    assert judgement.verdict == "undecided"
    assert judgement.reason is not None
    assert "wherever it was tried" in judgement.reason


@pytest.mark.parametrize(
    ("expression", "claim", "due"),
    [
        ("sum(relu(-x**2 - 1))", "x = 0*x", "right"),
        ("sum(relu(x)*relu(-x))", "x = zeros_like(x)", "right"),
        ("sum(cos(softmax(sum(x)*ones(1))))", "x = 0*x", "right"),
        ("sum(softmax(x))", "x = 0*x", "right"),
        ("sum(softmax(x))", "x = 0.01*x", "wrong"),
        ("sum(relu(-x**2 - 1))", "x = x", "wrong"),
        ("sum(relu(x - 1e7))", "x = 0*x", "right-here-only"),
        ("sum(relu(x - 1e300))", "x = 0*x", "undecided"),
    ],
)
def test_a_gradient_that_is_zero_everywhere_is_told_from_one_that_was_seen_to_vanish_only(
    expression: str, claim: str, due: str
) -> None:
    assert judged(expression, claim, x=[1, 2, 3]).verdict == due
