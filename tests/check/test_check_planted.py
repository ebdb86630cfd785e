"""Ten errors that engines are known for, each planted and each caught by the cross-check."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from autograd_core.check import Findings, Question, check
from autograd_core.check.compare.rounding import VALUE, incomparable
from autograd_core.check.question import fit
from autograd_core.expr import apply as expressions
from autograd_core.expr import build
from autograd_core.expr.nodes import Call, topological
from autograd_core.expr.run import evaluate
from autograd_core.ops import find
from autograd_core.symbolic.worker import Clock
from checking import asked, changed, planted
from fault_localization import suspect

PATIENT = 30.0
SIZES = [3, 64]
TEXT = "sum((Y - W1*X1)**2 - tanh(X1)*X1)"


def inputs(size: int) -> dict[str, Any]:
    """Three inputs, one of which is broadcast."""
    rng = np.random.default_rng(size)
    return {"Y": rng.normal(size=(2, size)), "W1": rng.normal(size=(2, 1)), "X1": rng.normal(size=(2, size))}


def ask(size: int, text: str = TEXT) -> Findings:
    """The check of an expression with the engine as it is."""
    return check(replace(asked(text, inputs(size), budget=PATIENT), text=text))


def swept(question: Question, *, lost: str = "", overwrite: bool = False, summed: bool = True) -> dict[str, Any]:
    """Gradients by a small engine with an error: a lost edge, no accumulation, or no sum over broadcast entries."""
    values = evaluate([question.result], question.inputs, every=True)
    received: dict[Any, Any] = {question.result: question.weights}
    for node in reversed(topological([question.result])):
        if not isinstance(node, Call) or node not in received:
            continue
        g = np.broadcast_to(received[node], node.shape)
        for position, operand in enumerate(node.operands):
            rule = node.op.rule(position)
            if rule is None or not operand.depends or node.op.name == lost:
                continue
            passed = rule(g, values[node], *[values[o] for o in node.operands], **node.params)
            passed = fit(passed, operand.shape) if summed else first(passed, operand.shape)
            received[operand] = received[operand] + passed if operand in received and not overwrite else passed
    return {
        name: np.broadcast_to(received[question.variables[name]], question.inputs[name].shape)
        for name in question.wanted
    }


def first(passed: Any, shape: tuple[int, ...]) -> Any:
    """What a missing sum over broadcast entries leaves: the first of them."""
    spread = np.broadcast_to(passed, np.broadcast_shapes(np.shape(passed), shape))
    return spread[tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)]


def judged(size: int, **error: Any) -> Findings:
    """The check of what the small engine finds."""
    question = asked(TEXT, inputs(size), budget=PATIENT)
    return check(replace(question, gradients=swept(question, **error)))


@pytest.mark.parametrize("size", SIZES)
def test_without_an_error_all_agrees(size: int) -> None:
    found = ask(size)
    assert found.verdict.status == "agree"
    assert found.verdict.compared == found.verdict.total


@pytest.mark.parametrize("size", SIZES)
def test_a_sign(size: int) -> None:
    sub: Any = find("sub")
    with planted(sub, vjps=(sub.vjps[0], lambda g, _y, _a, _b: g)):
        assert ask(size).verdict.status == "disagree"


@pytest.mark.parametrize("size", SIZES)
def test_a_factor(size: int) -> None:
    power: Any = find("pow_scalar")
    with planted(power, vjps=(lambda g, _y, x, exponent: g * x ** (exponent - 1),)):
        assert ask(size).verdict.status == "disagree"


@pytest.mark.parametrize("size", SIZES)
def test_overwriting_instead_of_accumulating(size: int) -> None:
    assert judged(size).verdict.status == "agree"
    assert judged(size, overwrite=True).variables["X1"].status == "disagree"


@pytest.mark.parametrize("size", SIZES)
def test_a_lost_edge(size: int) -> None:
    assert judged(size, lost="tanh").variables["X1"].status == "disagree"


@pytest.mark.parametrize("size", SIZES)
def test_a_sum_over_broadcast_entries_that_is_missing(size: int) -> None:
    assert judged(size, summed=False).variables["W1"].status == "disagree"


@pytest.mark.parametrize("size", SIZES)
def test_a_wrong_forward_with_its_own_consistent_rule(size: int) -> None:
    tanh: Any = find("tanh")
    with planted(tanh, forward=np.sin, vjps=(lambda g, _y, x: g * np.cos(x),)):
        found = ask(size)
    assert found.verdict.status == "disagree"
    assert found.verdict.value is not None


@pytest.mark.parametrize("size", SIZES)
def test_a_forward_in_single_precision(size: int) -> None:
    tanh: Any = find("tanh")
    with planted(tanh, forward=lambda x: np.tanh(x.astype(np.float32)).astype(np.float64)):
        assert ask(size).verdict.status == "disagree"


@pytest.mark.parametrize("size", SIZES)
def test_a_parser_that_groups_from_the_right(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    right = expressions.apply_operator

    def regrouped(function: Any, left: Any, other: Any) -> Any:
        if getattr(left, "op", None) is find("sub") and function.__name__ == "sub":
            first, second = left.operands
            return right(function, first, right(function, second, other))
        return right(function, left, other)

    text = "sum(Y - W1 - X1*Y)"
    assert ask(size, text).verdict.status == "agree"
    monkeypatch.setattr(build, "apply_operator", regrouped)
    found = ask(size, text)
    assert found.verdict.status == "disagree"
    assert "second time" in (found.verdict.reason or "")


@pytest.mark.parametrize("size", SIZES)
def test_one_entry_off_by_a_thousandth(size: int) -> None:
    def spoil(gradient: Any) -> None:
        gradient[1, size // 2] *= 1.001

    found = check(changed(asked(TEXT, inputs(size), budget=PATIENT), "Y", spoil))
    assert found.verdict.status == "disagree"
    worst = found.variables["Y"].worst
    assert worst is not None
    assert worst.index == (1, size // 2)
    assert worst.relative_error == pytest.approx(0.001, rel=0.01)
    assert worst.ratio == pytest.approx(1.001)


def test_a_gradient_of_another_shape() -> None:
    question = asked(TEXT, inputs(3), budget=PATIENT)
    found = check(changed(question, "W1", lambda gradient: np.broadcast_to(gradient, (2, 3))))
    assert found.variables["W1"].status == "disagree"


def test_the_operation_that_is_wrong_is_named() -> None:
    tanh: Any = find("tanh")
    right = tanh.vjps[0]
    with planted(tanh, vjps=(lambda g, y, x: right(g, y, x) * 1.0005,)):
        found = suspect(asked(TEXT, inputs(64), budget=PATIENT), Clock(PATIENT))
    assert found is not None
    assert (found.text, found.name, found.operand) == ("tanh(X1)", "TanhBackward0", 1)
    assert found.engine == pytest.approx(1.0005 * (found.witness or 0))
    matmul: Any = find("matmul")
    rules = matmul.vjps
    with planted(matmul, vjps=(rules[0], lambda *given: -rules[1](*given))):
        question = asked(
            "sum(tanh(A @ b)*c)", {"A": [[1.0, 2.0], [3.0, 5.0]], "b": [0.1, 0.2], "c": [1.0, -1.0]}, budget=PATIENT
        )
        found = suspect(question, Clock(PATIENT))
    assert found is not None
    assert (found.text, found.operand) == ("A @ b", 2)


def test_where_no_operation_is_wrong_none_is_accused() -> None:
    question = asked(TEXT, inputs(3), budget=PATIENT)
    found = check(changed(question, "X1", lambda gradient: 0 * gradient))
    assert found.verdict.status == "disagree"
    assert suspect(question, Clock(PATIENT)) is None


INFINITE = {"x": [-np.inf, 1.0], "y": [0.3, -1.0]}
APART = "sum(relu(x))*0 + sum(tanh(y)*y)"
"""An operation that the infinite decides, and one beside it."""


def test_the_infinite_hides_no_wrong_rule_beside_it() -> None:
    tanh: Any = find("tanh")
    right = tanh.vjps[0]
    with planted(tanh, vjps=(lambda g, y, x: 2 * right(g, y, x),)):
        found = check(asked(APART, INFINITE, budget=PATIENT))
    assert found.verdict.status == "disagree"
    assert [name for name, each in found.variables.items() if each.status == "disagree"] == ["y"]


def test_the_infinite_hides_no_wrong_forward_beside_it() -> None:
    tanh: Any = find("tanh")
    with planted(tanh, forward=lambda x: 1.5 * np.tanh(x)):
        found = check(asked(APART, INFINITE, budget=PATIENT))
    assert found.verdict.status == "disagree"
    assert [name for name, each in found.variables.items() if each.status == "disagree"] == ["y"]


def test_the_infinite_excuses_only_what_rests_on_it() -> None:
    question = asked(APART, INFINITE, budget=PATIENT)
    both = changed(changed(question, "x", lambda g: g + 1), "y", lambda g: g + 1)
    found = check(both)
    assert (found.variables["x"].status, found.variables["y"].status) == ("skipped", "disagree")
    assert found.variables["x"].reason == (
        "relu(x) is decided by what is infinite, of which SymPy does not know the sign"
    )
    assert incomparable(asked("sum(relu(x)) * y", {**INFINITE, "y": 2.0})).keys() == {VALUE, "x", "y"}
    assert incomparable(asked("sum(relu(x)*0) + tanh(y)", {**INFINITE, "y": 2.0})).keys() == {VALUE, "x"}


def test_a_slope_that_is_infinite_decides_nothing() -> None:
    assert not incomparable(asked("sum(sqrt(x)) + sum(y)", {"x": [np.inf, 1.0], "y": [1.0]}))


HUGE = {"x": [1.23456789e308, 1e-160, 1.23456789e308]}


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("sum(log_softmax(x)*[1, 0, 1])", HUGE),
        ("cosine_similarity(x, y)", {"x": [1.051, 1e-300, 2.0], "y": [1.5, 1e308, 0.5]}),
        ("sum(norm(broadcast_to(mean(x), (2, 3, 2)), axis=(0, 2)))", HUGE),
        ("sum(tanh(x)*y)", {"x": [1.0, 2.0], "y": [1e308, 1.0]}),
    ],
)
def test_numbers_without_squares_are_no_disagreement(text: str, inputs: Any) -> None:
    found = check(asked(text, inputs, budget=PATIENT))
    assert found.verdict.status != "disagree"
    for each in found.variables.values():
        assert each.status == "agree" or each.compared + each.covered == 0 or each.reason


def test_a_wrong_rule_is_found_beside_numbers_without_squares() -> None:
    with planted(find("tanh"), vjps=(lambda g, y, _x: g * (1 + y * y),)):
        found = check(asked("sum(tanh(x)) + norm(y)", {"x": [0.5, 1.0], "y": [1e308, 1e308]}, budget=PATIENT))
    assert found.verdict.status == "disagree"
    assert [name for name, each in found.variables.items() if each.status == "disagree"] == ["x"]
