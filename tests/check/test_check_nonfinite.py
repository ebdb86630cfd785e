"""Values and gradients that are not finite: where it began, why, and what to write instead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_core.calculate import Request, calculate
from autograd_core.check import explain_nonfinite
from checking import asked


@pytest.mark.parametrize(
    ("text", "inputs", "words"),
    [
        ("sum(log(x))", {"x": [1.0, 0.0]}, ["log(x) is -inf at [1]", "log of 0"]),
        ("sum(x/y)", {"x": [1.0, 0.0], "y": [2.0, 0.0]}, ["x/y is nan at [1]", "0/0"]),
        ("1/x", {"x": 0.0}, ["division by 0"]),
        ("sqrt(x)", {"x": -1.0}, ["sqrt of a number below 0"]),
        ("x**(1/3)", {"x": -8.0}, ["-8 to a power that is not a whole number", "cbrt(x)"]),
        ("exp(x)", {"x": 800.0}, ["exp(800), an overflow", "1.8e+308"]),
        ("sum(x)", {"x": [1.0, np.nan]}, ["x[1] is given as nan"]),
        ("log(sum(exp(x)))", {"x": [1000.0, 0.0]}, ["exp(x) is inf at [0]", "logsumexp(x)"]),
        ("log(1 + exp(x))", {"x": 1000.0}, ["softplus(x)"]),
        ("log(softmax(x))[1]", {"x": [1000.0, 0.0]}, ["log_softmax(x)"]),
        ("x*log(x)", {"x": 0.0}, ["xlogy(x, x)"]),
        ("x // y", {"x": 5.0, "y": 0.0}, ["x // y is inf, a division by 0"]),
        ("x % y", {"x": 5.0, "y": 0.0}, ["x % y is nan, a division by 0"]),
        ("log1p(x)", {"x": -2.0}, ["log1p of a number below -1"]),
        ("asin(x)", {"x": 2.0}, ["asin of a number above 1"]),
        ("logit(x)", {"x": 1.0}, ["logit(1), which has no finite value"]),
        ("logit(x)", {"x": 2.0}, ["logit(2), which has no finite value"]),
        ("lgamma(x)", {"x": -2.0}, ["lgamma(-2), which has no finite value"]),
        ("polygamma(1, x)", {"x": -3.0}, ["polygamma(1, -3), which has no finite value"]),
        ("polygamma(20, x)", {"x": -3.0}, ["polygamma(20, -3), which has no finite value"]),
        ("xlogy(y, x)", {"x": 0.0, "y": 2.0}, ["xlogy(2, 0), which has no finite value"]),
        ("logdet(X)", {"X": [[0.0, 1.0], [1.0, 0.0]]}, ["logdet(X) is nan, for there is no finite value"]),
        ("lgamma(x)", {"x": 1e308}, ["lgamma(1e+308), an overflow: "]),
        ("(-x)**3", {"x": 1e200}, ["(-1e+200)**3, an overflow: "]),
        ("x**-2", {"x": 1e-200}, ["1e-200**-2, an overflow: "]),
        ("x/y", {"x": 1e200, "y": 1e-200}, ["1e+200/1e-200, an overflow: "]),
        ("x + y", {"x": 1e308, "y": 1e308}, ["1e+308 + 1e+308, an overflow: "]),
        ("det(X)", {"X": [[1e200, 1.0], [1.0, 1e200]]}, ["det(X) is inf, an overflow: "]),
    ],
)
def test_a_value_that_is_not_finite_is_traced_to_its_beginning(text: str, inputs: Any, words: list[str]) -> None:
    (warning,) = explain_nonfinite(asked(text, inputs))
    assert warning.code == "AG401"
    for word in ["the value of the result is not finite", *words]:
        assert word in warning.message
    assert ("overflow" in warning.message) == ("overflow" in " ".join(words) or "exp" in text)


@pytest.mark.parametrize(
    ("text", "inputs", "words"),
    [
        (
            "sum(where(x > 0, sqrt(x), 0))",
            {"x": [4.0, 0.0]},
            [
                "x[1] is nan",
                "slope of sqrt(x) is infinite at x[1] = 0",
                "0*inf",
                "where(x > 0, sqrt(where(x > 0, x, 1)), 0)",
            ],
        ),
        ("sqrt(x)", {"x": 0.0}, ["the gradient of x is inf", "slope of sqrt(x) is infinite at x = 0"]),
        ("sqrt(sum(x**2))", {"x": [0.0, 0.0]}, ["x[0] is nan (and 1 more)", "norm(x)"]),
        ("1/(1 + exp(-x))", {"x": -1000.0}, ["exp(-x) is inf", "sigmoid(x)"]),
        ("sum(where(x != 0, sin(x)/x, 1))", {"x": [0.0, 1.0]}, ["sin(x)/x is nan at [0]", "0/0"]),
    ],
)
def test_a_gradient_that_is_not_finite_is_traced_to_its_beginning(text: str, inputs: Any, words: list[str]) -> None:
    (warning,) = explain_nonfinite(asked(text, inputs))
    for word in words:
        assert word in warning.message


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("where(x > 0, sqrt(x), 0)", "where(x > 0, sqrt(where(x > 0, x, 1)), 0)"),
        ("where(x <= 0, 0, sqrt(x))", "where(x <= 0, 0, sqrt(where(x <= 0, 1, x)))"),
        ("where(x > 0, x**-0.5, 0)", "where(x > 0, where(x > 0, x, 1)**-0.5, 0)"),
        ("where(x > 0, 1/x, 0)", "where(x > 0, 1/where(x > 0, x, 1), 0)"),
        ("where(x > 0, log(x)*2, 0)", "where(x > 0, log(where(x > 0, x, 1))*2, 0)"),
        ("where(x != 0, sin(x)/x, 1)", "where(x != 0, sin(x)/where(x != 0, x, 1), 1)"),
        ("where(x > 0, polygamma(1, x), 0)", "where(x > 0, polygamma(1, where(x > 0, x, 1)), 0)"),
    ],
)
def test_what_is_suggested_for_where_can_be_typed_and_is_finite(text: str, suggested: str) -> None:
    inputs = {"x": [4.0, 0.0]}
    (warning,) = explain_nonfinite(asked(f"sum({text})", inputs))
    assert warning.message.endswith(f"; both branches of where are computed: write {suggested}")
    assert not explain_nonfinite(asked(f"sum({suggested})", inputs))


@pytest.mark.parametrize(
    "text", ["sum(where(x > 0, 1, 1/x))", "sum(where(x >= 0, sqrt(x), 0))", "sum(where(x > 0, x*sum(log(x)), 0))"]
)
def test_nothing_is_suggested_for_where_that_would_not_help(text: str) -> None:
    (warning,) = explain_nonfinite(asked(text, {"x": [4.0, 0.0]}))
    assert "where are computed" not in warning.message


def test_a_root_of_no_negative_number_is_not_told_of_those() -> None:
    (warning,) = explain_nonfinite(asked("(x**2)**(1/3)", {"x": 0.0}))
    assert "cbrt" not in warning.message


def test_the_rewrite_that_is_suggested_is_finite() -> None:
    assert not explain_nonfinite(asked("logsumexp(x)", {"x": [1000.0, 0.0]}))
    assert not explain_nonfinite(asked("log_softmax(x)[1]", {"x": [1000.0, 0.0]}))


def test_what_is_finite_is_not_warned_about() -> None:
    assert not explain_nonfinite(asked("sum(exp(x)/x)", {"x": [1.0, 2.0]}))
    assert not explain_nonfinite(asked("1/(1 + exp(-x))", {"x": -500.0}))


def test_a_result_that_is_not_a_number_has_no_gradient_that_could_be_wrong() -> None:
    text = "max(conv2d(broadcast_to(kl_div(u, c), (1, 1, 2, 2)), g, b)*w)"
    inputs = {
        "u": np.array([0.5, -1.5]),
        "c": np.array([-0.9, 0.6]),
        "g": np.array([[[[-1.3]]], [[[0.9]]]]),
        "b": np.array([0.0, -2.0]),
        "w": np.arange(1.0, 9.0).reshape(1, 2, 2, 2),
    }
    report = calculate(Request(text, inputs, formula=False))
    assert np.isnan(report.result.data)
    assert report.verdict.status != "disagree"
    assert report.warnings
