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
    # nearly right: a number, a power, a small term
    ("x*1000003", "x = 1000004", {"x": 3}),
    ("x*1000003", "x = 1000004.0 + 0*x", {"x": 3}),
    ("x*1000003", "x = 1000003.5 + 0*x", {"x": 3}),
    ("sum(x**2)/3", "x = 0.666*x", {"x": X}),
    ("sum(x**2)/3", "x = 0.66666*x", {"x": X}),
    ("sum(x**2)/3", "x = 0.666665*x", {"x": X}),
    ("exp(1)*x", "x = 2.718 + 0*x", {"x": 2}),
    ("pi*sum(x)", "x = 22/7*ones_like(x)", {"x": X}),
    ("pi*sum(x)", "x = 355/113*ones_like(x)", {"x": X}),
    ("pi*sum(x)", "x = 3.141593*ones_like(x) + 1e-5*(0.1234567 - x*0)", {"x": X}),
    ("sum(x**2)", "x = 2*x + 1e6*(0.1234561 - 0.123456)", {"x": X}),
    ("sum(x**2)", "x = 2.0000001*x", {"x": X}),
    ("sum(x**2)", "x = 2*x**1.0000001", {"x": [1, 2]}),
    ("sum(x**2) + 1e-12*sum(x)", "x = 2*x", {"x": X}),
    ("sum(exp(x)) + 1e-11*x[0]", "x = exp(x)", {"x": [1, 2]}),
    ("sum(x**3) + 1e-13*sum(x)", "x = 3*x**2", {"x": [0.1, 0.2]}),
    ("sum(x**2)", "x = 2*sqrt(x**2 + 1e-14)*sign(x)", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*x + 1e-9*sin(x)", {"x": [1, 2]}),
    ("sum(sin(x))", "x = (sin(x + 1e-5) - sin(x - 1e-5))/2e-5", {"x": [1, 2]}),
    ("sum(exp(x))", "x = (exp(x + 1e-7) - exp(x))/1e-7", {"x": [1, 2]}),
    ("sum(sin(x))", "x = 1 - x**2/2 + x**4/24 - x**6/720 + x**8/40320", {"x": [0.01, 0.02]}),
    ("sum(sin(x))", "x = ones_like(x)", {"x": [1e-9, 2e-9]}),
    ("logsumexp(x)", "x = exp(x)/(sum(exp(x)) + 1e-8)", {"x": [1, 2]}),
    ("sum(x*w)/sqrt(norm(x)**2 + 1e-5)", "w = x/norm(x)", {"x": [1, 2], "w": [3, 4]}),
    # wrong in one point, or in a region
    ("sum(x**2)", "x = where(x == 3.7, 0, 2*x)", {"x": [1, 2]}),
    ("sum(x**2)", "x = where(x != -12, 2*x, 0)", {"x": [1, 2]}),
    ("sum(x**2)", "x = where(2*x == 7.4, 0, 2*x)", {"x": [1, 2]}),
    ("sum(x**2)", "x = where(x**2 == 2, 0, 2*x)", {"x": [1, 2]}),
    ("sum(exp(x))", "x = (x > 0)*exp(x) + (x < 0)*exp(x)", {"x": [1, 2]}),
    ("sum(exp(x))", "x = exp(x)*(x != 0)", {"x": [1, 2]}),
    ("sum(cos(x))", "x = -sin(x) + (x == 0)", {"x": [1, 2]}),
    ("x*y", "x = where(x == 2*y + 0.37, 0, y)", {"x": 1, "y": 2}),
    ("x*y", "x = where(x + y > 1e7, 0, y)", {"x": 1, "y": 2}),
    ("sum(x**2)", "x = where(x < 1e13, 2*x, 0)", {"x": [1, 2]}),
    ("sum(x**2)", "x = where(abs(x) > 1e-5, 2*x, 0)", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*x + relu(x - 1e7)", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*minimum(x, 1e8)", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*clip(x, -1e5, 1e5)", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*x + floor(x/1e7 + 0.5)", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*x*(1 + (sum(x) > 4000))", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*x*(1 + (max(x) > 777))", {"x": [1, 2]}),
    ("sum(log(x))", "x = where(x < 300, 1/x, 7)", {"x": [1, 2, 3, 4, 5, 6]}),
    ("sum(relu(x))", "x = x > -1e-3", {"x": [1, 2]}),
    ("sum(relu(x))", "x = ones_like(x)", {"x": [1, 2]}),
    ("sum(relu(x - 1e9) + x)", "x = ones_like(x)", {"x": [1, 2]}),
    ("sum(abs(x - 5000))", "x = -ones_like(x)", {"x": [1, 2]}),
    ("sum(maximum(x, 100))", "x = 0*x", {"x": [1, 2]}),
    ("sum(softplus(x))", "x = where(x > 20, 1, sigmoid(x))", {"x": [1, 2]}),
    # nan, infinity, zero
    ("sum(x**2)", "x = 2*x + where(x > 40, nan, 0)", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*x + 0*log(x)", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*sqrt(x)**2", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*x*(1/(1/x - 1/x + 1))*inf/inf", {"x": [1, 2]}),
    ("sum(x**2)", "x = nan*x", {"x": [1, 2]}),
    ("sum(x**2)", "x = inf", {"x": [1, 2]}),
    ("sum(x*y)", "x = 0*x", {"x": [1, 2], "y": [0, 0]}),
    ("prod(x)", "x = 0*x", {"x": [0, 0, 1]}),
    ("sum((x - 1)**2)", "x = 0*x", {"x": [1, 1]}),
    ("sum(x**3)", "x = 0*x", {"x": [0, 0]}),
    # flat, or alike at what was given
    ("sum(tanh(1e4*x))", "x = 0*x", {"x": [1, 2]}),
    ("sum(erf(300*x - 900))", "x = 0*x", {"x": [1, 2]}),
    ("sum(sigmoid(x - 700))", "x = exp(x - 700)", {"x": [1, 2]}),
    ("sum(x**2)", "x = x + x**2/2 + 1/2", {"x": [1, 1]}),
    ("sum(x**2)", "x = 2*ones_like(x)", {"x": [1, 1]}),
    ("sum(x**2)", "x = 2*x**3", {"x": [1, -1]}),
    ("x**2", "x = x*x", {"x": 2}),
    ("x**3", "x = x**3*1.5", {"x": 2}),
    ("max(x)", "x = x == max(x)", {"x": [3, 3]}),
    ("sum(sort(x)*w)", "x = w", {"x": [1, 2, 3], "w": [4, 5, 6]}),
    # periods and whole numbers
    ("sum(x**2)", "x = 2*x + sin(2*pi*x)", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*floor(x)", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*round(x)", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*x*cos(2*pi*x)", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*x + (x - floor(x))", {"x": [1, 2]}),
    ("sum(cos(pi*x))", "x = 0*x", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2*x + (x - 1)*(x - 2)*(x + 3)", {"x": [1, 2, -3]}),
    # shapes that broadcasting hides, and the names of the result
    ("sum(x*y)", "x = sum(y)/2", {"x": [1, 2], "y": [3, 3]}),
    ("sum(X @ w)", "w = sum(X)/2", {"X": [[1, 2], [2, 1]], "w": [1, 2]}),
    ("sum(X)", "X = ones(2)", {"X": [[1, 2], [3, 4]]}),
    ("sum(X + b)", "b = ones_like(b)", {"X": [[1, 2], [3, 4]], "b": [1, 2]}),
    ("sum(X**2)", "X = 2*X.T", {"X": [[1, 2], [2, 1]]}),
    ("sum(A @ A)", "A = 2*A", {"A": [[1, 0], [0, 1]]}),
    ("exp(x)", "x = f + (f - exp(x)*1.0000001)", {"x": 1}),
    ("sum(x**2)", "x = f/5*2*x", {"x": [1, 2]}),
    ("sum(x)**2", "x = 6*ones_like(x)", {"x": [1, 2]}),
    ("sum(x)**2", "x = 2*f/3*ones_like(x)", {"x": [1, 2]}),
    # entries of other sizes
    ("1e9*x[0]**2 + 1e-9*x[1]**2", "x = stack([2e9*x[0], 3e-9*x[1]])", {"x": [1, 2]}),
    ("1e-30*x[0] + x[1]**2", "x = stack([0*x[0], 2*x[1]])", {"x": [1, 2]}),
    ("exp(20*x[0]) + x[1]", "x = stack([20*exp(20*x[0]), 2 + 0*x[1]])", {"x": [1, 2]}),
    ("1e150*x[0] + 1e-150*x[1]", "x = 1e150,2e-150", {"x": [1, 2]}),
    ("sum(x**2)", "x = 2.1,4.0", {"x": [1, 2]}),
    ("sum(x**2)", "x = 3.14159*2", {"x": [3]}),
    ("sum(x**2)", "x = 1.9999999*x", {"x": X}),
    ("sum(x)", "x = 1 + 1e-9*cos(x)", {"x": X}),
)
TABLE = [(text, f"x = {way.format(right, right)}", {"x": X}) for text, right in RIGHT.items() for way in SPOILT]
TABLE += OTHERS


def test_there_are_as_many_as_the_documents_say() -> None:
    assert len(OTHERS) >= 110
    assert len(TABLE) >= 200
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
