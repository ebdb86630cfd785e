"""The numeric witness, both witnesses side by side, and what rounding alone does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_core.calculate import Request, calculate
from autograd_core.check import check
from autograd_core.check.witnesses import numeric
from autograd_core.matrices import hessian
from autograd_core.ops import find
from autograd_core.symbolic.worker import OutOfTimeError
from checking import asked, changed, planted

PATIENT = 30.0
METHODS = ("sympy", "numeric")


def numbers(*shape: int, seed: int = 0) -> Any:
    """Reproducible normal numbers."""
    return np.random.default_rng([seed, *shape]).normal(size=shape)


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("sum(softmax(x)*y)", {"x": numbers(10), "y": numbers(10, seed=1)}),
        ("sum(tanh(A @ b)**2)", {"A": numbers(5, 4), "b": numbers(4)}),
        ("det(A)", {"A": numbers(4, 4)}),
        ("sum(log(x))", {"x": [1e-8, 1e-3, 3.0]}),
        ("sum(sin(1000*x))", {"x": numbers(5)}),
        ("sum(x**y)", {"x": [1e-3, 2.0, 300.0], "y": [0.5, -2.0, 1.5]}),
    ],
)
def test_differences_agree_entry_by_entry(text: str, inputs: Any) -> None:
    found = check(asked(text, inputs, budget=PATIENT), "numeric")
    assert found.verdict.status == "agree", found.verdict.reason
    assert found.verdict.compared == found.verdict.total
    assert {each.method for each in found.variables.values()} == {"numeric"}
    assert all("1e-7" in (each.note or "") for each in found.variables.values())


@pytest.mark.parametrize("method", ["sympy", "numeric"])
def test_an_infinite_gradient_agrees_with_no_number_and_vouches_for_no_other(method: str) -> None:
    def infinite(gradient: Any) -> None:
        gradient[0] = np.inf

    found = check(changed(asked("sum(sin(x)*y)", {"x": [1, 2], "y": [3, 4]}), "x", infinite), method)
    assert (found.variables["x"].status, found.variables["x"].compared) == ("partial", 1)
    many = changed(asked("sum(sin(x)*y)", {"x": numbers(600), "y": numbers(600, seed=1)}), "x", infinite)
    assert check(many, "numeric").variables["x"].covered == 0


def test_many_entries_are_covered_along_directions() -> None:
    question = asked(
        "sum(tanh(A @ B)*C)", {"A": numbers(20, 30), "B": numbers(30, 25), "C": numbers(20, 25)}, budget=PATIENT
    )
    found = check(question, "numeric")
    assert found.verdict.status == "agree"
    assert found.verdict.compared + found.verdict.covered == found.verdict.total
    assert 0 < found.verdict.compared < 100

    def spoil(gradient: Any) -> None:
        gradient[7, 11] *= 1.5

    wrong = check(changed(question, "A", spoil), "numeric")
    assert wrong.verdict.status == "disagree"
    worst = wrong.variables["A"].worst
    assert worst is not None
    assert worst.index == (7, 11)


def test_a_rule_that_is_wrong_by_a_twentieth_of_a_percent_is_caught() -> None:
    exp: Any = find("exp")
    right = exp.vjps[0]
    with planted(exp, vjps=(lambda g, y, x: right(g, y, x) * 1.0005,)):
        found = check(asked("sum(exp(x))", {"x": [0.5, 1.0]}, budget=PATIENT), "numeric")
    assert found.verdict.status == "disagree"
    assert "uncomfortable" in (found.variables["x"].note or "")


def test_what_differences_cannot_resolve_is_not_called_right() -> None:
    question = asked("sum(sin(x)) + 1e12", {"x": [0.5, 1.0]}, budget=PATIENT)
    found = check(changed(question, "x", lambda gradient: 2 * gradient), "numeric")
    assert found.verdict.compared == 0
    assert found.verdict.status in ("partial", "skipped")


SHARP: list[tuple[str, dict[str, Any]]] = [
    ("mean(rms_norm(x, weight=w, normalized_shape=(3,)))", {"x": np.zeros(3), "w": [1.0, 0.5, -2.0]}),
    ("sum(cosine_similarity(c, x))", {"c": [-0.352, -0.732, 0.832], "x": np.full(3, 1e-9)}),
    ("sum(tanh(1e8*x))", {"x": [0.0, 1e-8, 1.0]}),
    ("sum(x + 1e-9*sin(1e10*x))", {"x": [0.1, 0.0, -0.3]}),
    ("sum(relu(x))", {"x": [1e-9, 1.0, -1.0]}),
]
"""Expressions that bend more sharply than the first steps are long."""


@pytest.mark.parametrize(("text", "inputs"), SHARP)
def test_a_slope_sharper_than_the_first_steps_is_found_by_smaller_ones(text: str, inputs: dict[str, Any]) -> None:
    question = asked(text, inputs, budget=PATIENT)
    found = check(question, "numeric").variables["x"]
    assert (found.status, found.compared) == ("agree", 3)
    wrong = check(changed(question, "x", lambda gradient: gradient * [1.001, 1, 1]), "numeric").variables["x"]
    assert wrong.status == "disagree"
    assert wrong.worst is not None
    assert wrong.worst.index == (0,)


def test_a_slope_on_which_no_steps_settle_is_neither_right_nor_wrong() -> None:
    question = asked("sum(tanh(1e17*x)) + sum(y**2)", {"x": [0.0, 0.0], "y": [1.0, 2.0]}, budget=PATIENT)
    for factor in (1, 0.5, -1):
        found = check(changed(question, "x", lambda gradient, factor=factor: factor * gradient), "numeric")
        assert (found.variables["x"].status, found.variables["x"].compared) == ("skipped", 0)
        assert "settle on no slope" in (found.variables["x"].reason or "")
        assert found.variables["y"].status == "agree"
    assert check(question, "all").verdict.status == "agree"


def test_directions_that_settle_nowhere_cover_nothing() -> None:
    question = asked("sum(w*tanh(1e17*x))", {"x": np.zeros(500), "w": numbers(500)}, wanted=["x"], budget=PATIENT)
    found = check(question, "numeric")
    assert found.verdict.status == "skipped"
    assert (found.verdict.compared, found.verdict.covered) == (0, 0)


def test_a_kink_is_seen_in_the_differences() -> None:
    found = check(asked("sum(relu(x))", {"x": [-1.0, 0.0, 1e-9, 2.0]}, budget=PATIENT), "numeric")
    assert found.verdict.status == "agree"
    assert (found.verdict.compared, found.verdict.kinks) == (3, 1)


def test_all_witnesses_stand_side_by_side() -> None:
    question = asked("sum(x**3)", {"x": [1.0, -2.0]}, budget=PATIENT)
    found = check(question, "all")
    assert found.verdict.status == "agree"
    one = found.variables["x"]
    assert one.method == "all"
    assert [row.index for row in one.rows] == [(0,), (1,)]
    for row, expected in zip(one.rows, (3.0, 12.0), strict=True):
        assert (row.engine, row.sympy) == (expected, expected)
        assert row.numeric == pytest.approx(expected, rel=1e-8)
    wrong = check(changed(question, "x", lambda gradient: -gradient), "all")
    assert wrong.verdict.status == "disagree"
    assert {check(changed(question, "x", lambda gradient: -gradient), each).verdict.status for each in METHODS} == {
        "disagree"
    }


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("sum(inv(A)*B)", {"A": 1 / (np.arange(8)[:, None] + np.arange(8) + 1), "B": numbers(8, 8)}),
        ("det(A)", {"A": 1 / (np.arange(4)[:, None] + np.arange(4) + 1)}),
        ("sum((a - b)**2)", {"a": 1e8 + numbers(5), "b": 1e8 + numbers(5, seed=1)}),
        ("sum(1e10*tanh(x))", {"x": [20.0, 21.0, 3.0]}),
        ("cos(1e15*x)", {"x": 1.234567}),
        ("((a + b) - a)**2", {"a": 1e16, "b": 1.0}),
    ],
)
def test_rounding_is_not_called_an_error(text: str, inputs: Any) -> None:
    assert check(asked(text, inputs, budget=PATIENT)).verdict.status != "disagree"


@pytest.mark.parametrize(
    ("text", "x"),
    [("(1 - cos(x))/x**2", 1e-9), ("(exp(x) - 1)/x", 1e-17), ("log(1 + x)/x", 1e-20), ("cos(1e15*x)", 1.2)],
)
def test_a_gradient_of_which_floats_have_lost_all_digits_is_not_called_right(text: str, x: float) -> None:
    verdict = check(asked(text, {"x": x}, budget=PATIENT)).verdict
    assert verdict.status == "skipped"
    assert "rounding" in (verdict.reason or "")
    beside = check(asked(f"relu(y) + {text}", {"x": x, "y": 0.0}, budget=PATIENT))  # by kernels, beside a kink
    assert beside.variables["x"].status == "skipped"


@pytest.mark.parametrize(
    ("text", "x", "digits"),
    [
        ("exp(x)/(1 + exp(x))", 40.0, "4.24835e-18"),
        ("x**3 - 3*x**2 + 3*x", 1.0000001, "3.00000e-14"),
        ("sqrt(1 + x) - sqrt(1 - x) - x", 1e-7, "3.75000e-15"),
    ],
)
def test_a_small_gradient_without_its_digits_is_not_called_right(text: str, x: float, digits: str) -> None:
    """However small it is beside what it is a difference of; rounding of the input explains none of these."""
    verdict = check(asked(text, {"x": x}, budget=PATIENT)).verdict
    assert verdict.status == "skipped"
    assert digits in (verdict.reason or "")
    among = check(asked(f"sum({text})", {"x": [x, 0.5]}, budget=PATIENT)).variables["x"]
    assert (among.status, among.compared) == ("partial", 1)
    second = hessian(Request(text, {"x": np.array(x)}, check_budget=PATIENT)) if x == 40 else None
    assert second is None or second.verdict.status == "skipped"


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("(x + 0.2 - 0.3)**2", {"x": 0.1}),
        ("(x - y)**2", {"x": 0.3, "y": 0.1 + 0.2}),
        ("sum((A @ x - b)**2)", {"A": [[0.1, 0.2], [0.3, 0.4]], "x": [1.0, 2.0], "b": [0.5, 1.1]}),
        ("cross_entropy(x, 0)", {"x": [40.0, 0.0, 1.0]}),
        ("sum(softmax(x))", {"x": [1.0, 2.0, 3.0]}),
    ],
)
def test_what_rounding_of_the_inputs_explains_has_lost_no_digits(text: str, inputs: Any) -> None:
    assert check(asked(text, inputs, budget=PATIENT)).verdict.status == "agree"


@pytest.mark.parametrize("text", ["atan2(y*0, x)", "atan2(fmod(y, y), x)", "sum(atan2([1, 0]*y, x))"])
def test_the_sign_of_a_zero_is_not_called_an_error(text: str) -> None:
    assert check(asked(text, {"x": -40.0, "y": -0.7}, budget=PATIENT)).verdict.status != "disagree"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "inputs",
    [
        {"x": [9876.5, 10234.25, 10012.125], "w": [1.0, 2.0, 3.0]},
        {"x": [10284.124, 9788.8794, 9620.3736], "w": [1.8951213, -2.983569, 2.1444257]},
    ],
)
def test_a_matrix_that_rounding_makes_singular_is_not_called_an_error(inputs: Any, dtype: Any) -> None:
    question = asked("det(outer(x, w) + eye(3)*1e-6)", inputs, budget=PATIENT, dtype=dtype)
    assert check(question, "all").verdict.status != "disagree"


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("sum(sinc(x))", {"x": [3.5e-9, -1e-5, 0.3]}),
        ("sum(sinc(x)*where(x > 0, x, 1))", {"x": [3.5e-9, -1e-5, 0.0]}),
        ("det(A)", {"A": [[-12.9, 2.7e-7, 4.7e-4, -5.3e-11], [-1.4e-10, 1.4e-7, 7.4, 1.2e-5],
                          [3554.1, -0.8, 32996.4, 169.1], [8.1e-5, 7.9e-11, 6.5e-4, 1.8e-3]]}),
    ],
)  # fmt: skip
def test_what_cancels_in_the_formulas_of_sympy_is_not_called_an_error(text: str, inputs: Any) -> None:
    question = asked(text, inputs, budget=PATIENT)
    assert check(question).verdict.status in ("agree", "partial")
    name = next(iter(inputs))
    assert check(changed(question, name, lambda gradient: gradient * 1.00001)).verdict.status == "disagree"


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("sum(cos(x))", {"x": [1.534e26, -8.1e22]}),
        ("sum(lerp(x, x, w))", {"x": [1.0, 1.0], "w": -6.75e18}),
        ("sum((1 + x) // x)", {"x": [1.7e-5, 1.4e-5]}),
    ],
)
@pytest.mark.parametrize("method", ["numeric", "all"])
def test_what_differences_see_from_afar_is_not_called_an_error(text: str, inputs: Any, method: str) -> None:
    assert check(asked(text, inputs, budget=PATIENT), method).verdict.status != "disagree"


def test_a_value_that_rounding_destroyed_is_not_called_right() -> None:
    found = check(asked("(a + b) - a", {"a": 1e16, "b": 1.0}, budget=PATIENT))
    assert found.verdict.status == "partial"
    assert "rounding" in (found.verdict.reason or "")


@pytest.mark.parametrize("text", ["sum((Y - W*X)**2)", "sum(softmax(X)*Y)", "mean(exp(X)*W)/norm(Y)"])
def test_single_precision_agrees_within_its_own_tolerance(text: str) -> None:
    inputs = {"X": numbers(300), "Y": numbers(300, seed=1), "W": numbers(300, seed=2)}
    used = {name: value for name, value in inputs.items() if name in text}
    question = asked(text, used, dtype=np.float32, budget=PATIENT)
    found = check(question)
    assert found.verdict.status == "agree", found.verdict.reason
    assert check(changed(question, "X", lambda gradient: gradient * np.float32(1.01))).verdict.status == "disagree"


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("sum(elu(x, alpha=0.5)**2)", {"x": np.array([-1.0, 0.0, -2.0])}),
        ("sum(maximum(flipud(g)[::2], min(g, axis=0)))", {"g": np.array([[-1.0, 2.0, 1.0], [1.0, 2.0, 2.0]])}),
    ],
)
def test_differences_at_a_kink_are_no_disagreement(text: str, inputs: dict[str, np.ndarray]) -> None:
    report = calculate(Request(text, inputs, check="numeric", formula=False))
    assert report.verdict.status != "disagree"
    assert report.verdict.kinks
    assert report.verdict.compared


def test_where_nothing_was_compared_no_error_is_judged() -> None:
    found = check(asked("x**y", {"x": 0.0, "y": 0.0}, budget=PATIENT), "numeric")
    assert [(each.compared, each.note) for each in found.variables.values()] == [(0, None), (0, None)]


def test_a_budget_that_ends_within_a_variable_is_the_reason_for_it_and_for_those_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    question = asked("sum(x*sin(x)) + sum(x*y)", {"x": numbers(5), "y": numbers(5)}, budget=PATIENT)
    asked_entries: list[tuple[int, ...]] = []
    entry = numeric._entry

    def out_of_time(differences: Any, name: str, index: tuple[int, ...], *rest: Any) -> None:
        if len(asked_entries) == 2:
            raise OutOfTimeError("no time is left")
        asked_entries.append(index)
        entry(differences, name, index, *rest)

    monkeypatch.setattr(numeric, "_entry", out_of_time)
    found = check(question, "numeric").variables
    assert [(each.status, each.compared, each.reason) for each in found.values()] == [
        ("partial", 2, "no time is left"),
        ("skipped", 0, "no time is left"),
    ]


def test_rounding_is_known_beside_labels_too() -> None:
    """What is 0 by SymPy and rounding here agrees; labels are whole numbers, which rounding does not move."""

    def rounded(gradient: Any) -> None:
        gradient[...] = 1.6e-16

    question = asked("cross_entropy(x + s, y)", {"x": [0.3, 1.7], "s": 0.2, "y": 1.0})
    assert check(changed(question, "s", rounded)).variables["s"].status == "agree"


@pytest.mark.parametrize("method", METHODS)
def test_where_there_is_no_time_for_rounding_nothing_is_called_wrong(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: Any, **__: Any) -> Any:
        raise OutOfTimeError("no time is left")

    monkeypatch.setattr("autograd_core.check.ladder.engine_spread", late)
    question = changed(asked("sum(x**2)", {"x": [1.0, 2.0]}, budget=PATIENT), "x", lambda gradient: 2 * gradient)
    found = check(question, method).variables["x"]
    assert (found.status, found.reason) == (
        "skipped",
        "what rounding makes of the difference is not known: no time is left",
    )
