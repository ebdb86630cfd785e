"""The cross-check at any size: every entry by kernels that SymPy differentiated, and no claim beyond that."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_core.calculate import Request, calculate
from autograd_core.check import Question, check, find_kinks
from autograd_core.limits import CHECK_BUDGET
from autograd_core.ops import find
from autograd_core.symbolic import worker
from checking import asked, changed, planted

PATIENT = 30.0
"""A budget that a busy machine does not use up."""


def numbers(*shape: int, seed: int = 0) -> Any:
    """Reproducible normal numbers."""
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def example(size: int) -> Question:
    """The example expression at a size."""
    inputs = {name: numbers(size, seed=place) for place, name in enumerate(("Y", "W2", "W1", "X1"))}
    return asked("sum((Y-W2*W1*X1)**2)", inputs, budget=PATIENT)


def perceptron() -> Question:
    """Two layers with 8192 weights, a softmax with 16 classes."""
    inputs = {
        "x": numbers(8, 112),
        "W1": numbers(112, 64) / 10,
        "b1": numbers(64),
        "W2": numbers(64, 16) / 8,
        "b2": numbers(16),
        "t": np.eye(16)[np.arange(8)],
    }
    text = "h = tanh(x @ W1 + b1); -mean(sum(t*log_softmax(h @ W2 + b2), axis=1))"
    return asked(text, inputs, budget=PATIENT)


def attention() -> Question:
    """A single head, 64 positions of 32 numbers."""
    inputs = {name: numbers(64, 32, seed=place) for place, name in enumerate("QKV")}
    return asked("sum((softmax(Q @ K.T/sqrt(32)) @ V)**2)", inputs, budget=PATIENT)


LARGE: dict[str, Callable[[], Question]] = {
    "example": lambda: example(1000),
    "perceptron": perceptron,
    "attention": attention,
    "classes": lambda: asked(
        "cross_entropy(z, t)", {"z": numbers(4, 1000), "t": [1, 5, 9, 2]}, wanted=["z"], budget=PATIENT
    ),
    "log of softmax": lambda: asked("-sum(p*log(softmax(z)))", {"z": numbers(500), "p": numbers(500)}, budget=PATIENT),
    "statistics": lambda: asked(
        "sum((X - mean(X, axis=0))/std(X, axis=0)*Y) + norm(X) + max(Y)",
        {"X": numbers(40, 30), "Y": numbers(40, 30, seed=1)},
        budget=PATIENT,
    ),
    "choices": lambda: asked(
        "sum(sort(x)*y) + median(x) + sum(relu(x)*clip(y, -1, 1))",
        {"x": numbers(301), "y": numbers(301, seed=1)},
        budget=PATIENT,
    ),
    "losses": lambda: asked(
        "mse_loss(a, b) + huber_loss(a, b) + binary_cross_entropy_with_logits(a, b**2)",
        {"a": numbers(30, 20), "b": numbers(30, 20, seed=1)},
        budget=PATIENT,
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_expressions_agree_in_every_entry(name: str) -> None:
    question = LARGE[name]()
    found = check(question)
    assert found.verdict.status == "agree", found.verdict.reason
    assert found.verdict.compared == found.verdict.total == sum(g.size for g in question.gradients.values())
    assert {each.method for each in found.variables.values()} == {"sympy-kernels"}
    assert found.verdict.max_abs_error is not None
    assert found.verdict.max_abs_error < 1e-9


@pytest.mark.parametrize("name", LARGE)
def test_a_single_entry_that_is_off_by_a_thousandth_is_found(name: str) -> None:
    question = LARGE[name]()
    for variable, gradient in question.gradients.items():
        place = int(np.argmax(np.abs(gradient))) * 7 % gradient.size
        while gradient.flat[place] == 0:
            place = (place + 1) % gradient.size
        index = tuple(int(i) for i in np.unravel_index(place, gradient.shape))

        def spoil(array: Any, index: Any = index) -> None:
            array[index] *= 1.001

        found = check(changed(question, variable, spoil))
        assert found.verdict.status == "disagree"
        worst = found.variables[variable].worst
        assert worst is not None
        assert worst.index == index
        assert worst.engine == pytest.approx(1.001 * worst.witness, rel=1e-6)


def test_a_linear_rule_that_is_wrong_fails_its_proof_and_the_entry_is_found_without_it() -> None:
    matmul: Any = find("matmul")
    right = matmul.vjps
    with planted(matmul, vjps=(lambda *given: right[0](*given) * 1.0005, right[1])):
        question = asked(
            "sum(tanh(A @ B)*C)", {"A": numbers(20, 30), "B": numbers(30, 25), "C": numbers(20, 25)}, budget=PATIENT
        )
        found = check(question)
    assert {name: each.status for name, each in found.variables.items()} == {
        "A": "disagree",
        "B": "agree",
        "C": "agree",
    }
    worst = found.variables["A"].worst
    assert worst is not None
    assert worst.engine == pytest.approx(1.0005 * worst.witness, rel=1e-7)


def test_what_rests_on_a_tangent_rule_is_covered_and_not_compared() -> None:
    question = asked("sum(inv(X)*Y)", {"X": numbers(20, 20) + 9 * np.eye(20), "Y": numbers(20, 20)}, budget=PATIENT)
    found = check(question)
    assert found.verdict.status == "agree"
    assert found.variables["X"].covered + found.variables["X"].compared == 400
    assert found.variables["X"].compared < 20
    assert found.variables["Y"].compared == 400

    def spoil(array: Any) -> None:
        array[3, 4] *= 1.001

    wrong = check(changed(question, "X", spoil)).variables["X"]
    assert wrong.status == "disagree"
    assert wrong.worst is not None
    assert wrong.worst.index == (3, 4)


@pytest.mark.parametrize("text", ["det(X)", "logdet(X)", "trace(inv(X)*X)", "sum(exp(cholesky(X)))"])
def test_every_entry_of_a_small_matrix_is_compared_by_itself(text: str) -> None:
    found = check(asked(text, {"X": [[4.0, 1.0, 0.5], [1.0, 5.0, 2.0], [0.5, 2.0, 6.0]]}, budget=PATIENT))
    assert (found.variables["X"].compared, found.variables["X"].covered) == (9, 0)


def test_the_usual_budget_suffices_for_the_entries_of_a_small_inverse() -> None:
    inputs = {"X": [[4.0, 1.0, 0.5], [1.0, 5.0, 2.0], [0.5, 2.0, 6.0]], "a": [1.0, 2.0, 3.0], "b": [3.0, 1.0, 2.0]}
    found = check(asked("a @ inv(X) @ b", inputs, budget=4 * CHECK_BUDGET))  # under load, too
    assert [(each.compared, each.covered) for each in found.variables.values()] == [(3, 0), (9, 0), (3, 0)]


@pytest.mark.parametrize(
    ("text", "inputs", "kinks"),
    [
        ("sum(relu(x))", {"x": [-1.0, 0.0, 2.0]}, {"x": 1}),
        ("sum(abs(x)*y)", {"x": [-1.0, 0.0, 2.0], "y": [1.0, 3.0, 2.0]}, {"x": 1, "y": 0}),
        ("sum(abs(x)*y)", {"x": [-1.0, 0.0, 2.0], "y": [1.0, 0.0, 2.0]}, {"x": 0, "y": 0}),
        ("max(x)", {"x": [3.0, 3.0, 1.0]}, {"x": 2}),
        ("sum(maximum(x, y))", {"x": [1.0, 2.0], "y": [1.0, 0.0]}, {"x": 1, "y": 1}),
        ("sum(clip(x, -1, 1))", {"x": [-1.0, 0.5, 3.0]}, {"x": 1}),
        ("sum(sqrt(x))", {"x": [0.0, 4.0]}, {"x": 1}),
        ("norm(x) + sum(y)", {"x": [0.0, 0.0], "y": [1.0]}, {"x": 2, "y": 0}),
        (
            "sum(relu(A @ x)*w)",
            {"A": [[1.0, -1.0], [1.0, 2.0]], "x": [2.0, 2.0], "w": [1.0, 1.0]},
            {"A": 2, "x": 2, "w": 0},
        ),
    ],
)
def test_entries_at_a_kink_are_counted_apart_and_named(text: str, inputs: Any, kinks: dict[str, int]) -> None:
    question = asked(text, inputs, budget=PATIENT)
    found = check(question)
    assert {name: each.kinks for name, each in found.variables.items()} == kinks
    assert found.verdict.status == "agree"
    assert found.verdict.compared == found.verdict.total - sum(kinks.values())
    assert len(find_kinks(question)) == 1


def test_a_kink_is_named_with_the_slopes_on_both_sides_and_the_choice() -> None:
    (warning,) = find_kinks(asked("sum(abs(x))", {"x": [1.0, 0.0]}))
    for words in ("abs(x)", "AbsBackward0", "[1]", "-1 on the left", "1 on the right", "0, as PyTorch"):
        assert words in warning.message


@pytest.mark.parametrize(
    ("text", "inputs", "words", "slopes"),
    [
        ("x**0.5", {"x": 0.0}, "x**0.5 (PowBackward0) has no derivative: taken there is inf: ", "none on the left"),
        ("maximum(2, x)", {"x": 2.0}, "taken there is half to each", "slopes 0 on the left, 1 on the right"),
        ("sum(maximum(x, 1))", {"x": [0.0, 1.0]}, "at [1]", "slopes 0 on the left, 1 on the right"),
        (
            "max(x)",
            {"x": [3.0, 3.0]},
            "taken there is an equal share for each tied entry, as torch.amax",
            "slopes 0 on",
        ),
        ("x**y", {"x": 0.0, "y": 0.0}, "taken there is 0 with respect to the exponent", "none (a jump) on the right"),
        ("maximum(x, y)", {"x": 1.0, "y": 1.0}, "taken there is half to each", None),
        ("sum(maximum(x, [1,1]))", {"x": 1.0}, "at [0], [1]: taken there is half to each", None),
    ],
)
def test_slopes_are_told_where_one_operand_alone_can_move(
    text: str, inputs: Any, words: str, slopes: str | None
) -> None:
    (warning,) = find_kinks(asked(text, inputs))
    assert words in warning.message
    assert "slopes" not in warning.message if slopes is None else slopes in warning.message


@pytest.mark.parametrize(
    ("x", "kinks"),
    [([1.0, 2.0, 2.0, 3.0], 0), ([2.0, 1.0, 3.0, 2.0], 0), ([1.0, 2.0, 2.0, 2.0], 3), ([2.0, 2.0, 3.0], 2)],
)
def test_a_median_between_two_equal_entries_has_a_derivative(x: list[float], kinks: int) -> None:
    question = asked("median(x)", {"x": x}, budget=PATIENT)
    found = check(question, "all")
    assert (found.verdict.status, found.verdict.kinks, found.verdict.compared) == ("agree", kinks, len(x) - kinks)
    assert len(find_kinks(question)) == (kinks > 0)


def test_an_entry_beside_a_kink_that_is_wrong_is_still_found() -> None:
    question = asked("sum(relu(x))", {"x": [-1.0, 0.0, 2.0]}, budget=PATIENT)

    def spoil(array: Any) -> None:
        array[2] = 2.0

    assert check(changed(question, "x", spoil)).verdict.status == "disagree"


@pytest.mark.parametrize("text", ["sum(x @ y)", "sum(softmax(x) * y)", "sum(inv(x @ y.T + 900*eye(300)))"])
def test_the_check_keeps_to_its_budget(text: str) -> None:
    question = asked(text, {"x": numbers(300, 300), "y": numbers(300, 300, seed=1)}, budget=0.3)
    worker.wait()
    begun = time.process_time()
    found = check(question)
    assert time.process_time() - begun < 0.3 + 1.5
    assert found.verdict.status in ("agree", "partial", "skipped")
    if found.verdict.status != "agree":
        assert found.verdict.reason


def test_an_operation_with_kinks_is_never_taken_as_linear_because_a_few_points_say_so() -> None:
    text = "sum(sin(sum(max_pool1d(A, kernel_size=(2,))) + zeros(2, 3)))"
    report = calculate(Request(text, {"A": np.array([[0.504, -1.772, 1.498, 0.492]])}, formula=False))
    assert report.verdict.status == "agree"
    assert report.verdict.compared + report.verdict.covered == 4
