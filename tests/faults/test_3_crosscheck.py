"""False alarms and false comfort of the cross-check: what it says of right gradients, and of points without one."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from autograd_core.check import check
from autograd_core.symbolic.worker import Clock
from checking import asked, changed
from command_runs import Cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(cli: Cli) -> Run:
    """Runs a command."""
    return lambda *words: cli(*words, "--check-budget", "30")


def document(run: Run, *words: str) -> dict[str, Any]:
    """The JSON answer of a command that succeeds."""
    status, out, err = run(*words, "--json")
    assert status == 0, err + out
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.mark.parametrize(
    ("text", "value", "gradient"),
    [
        ("exp(x - 1000)", "1000", 1.0),
        ("exp(1000 - x)", "1000", -1.0),
        ("sigmoid(softplus(100*(x-8)))", "8", 100 / 9),
        ("sum(sigmoid(100*(x-8)))", "8", 25.0),
        ("softplus(100*(x-8)) + tanh(x - 8)", "8", 51.0),
        ("log(exp(x - 700.5)*exp(700.5))", "3", 1.0),
        ("erf(x - 1e3)", "1000", 2 / 3.141592653589793**0.5),
        ("x**2.5*1e-8", "4", 2e-7),
        ("x + inf", "1", 1.0),
        ("minimum(x, inf)", "3", 1.0),
        ("x/1e308*1e300", "1e10", 1e-8),
    ],
)
def test_large_and_infinite_constants_are_not_folded(run: Run, text: str, value: str, gradient: float) -> None:
    found = document(run, "grad", text, "--x", value)
    assert found["variables"]["x"]["grad"] == pytest.approx(gradient, rel=1e-12)
    assert found["check"]["status"] == "agree"
    assert found["check"]["compared"] == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(x*1e-110)**3", "1e110"),
        ("(x*1e-110)**4", "1e109"),
        ("((x/1e200)**2)**2", "3e200"),
        ("(x*1e120)**3", "1e-120"),
        ("hypot(x, 1e-200)", "1e-200"),
        ("hypot(3e-170, x)", "4e-170"),
    ],
)
def test_scales_whose_powers_are_no_floats_agree(run: Run, text: str, value: str) -> None:
    found = document(run, "grad", text, "--x", value)
    assert found["check"]["status"] == "agree"


@pytest.mark.parametrize(
    ("text", "inputs", "kinks"),
    [
        ("norm(a - b, ord=1)", ["--a", "1,2,3", "--b", "1,0,5"], 2),
        ("sum(abs(a*b))", ["--a", "0,2,3", "--b", "1,2,5"], 1),
        ("max(abs(a - b))", ["--a", "1,1", "--b", "1,1"], 4),
        ("pairwise_distance(a, b, eps=0)", ["--a", "1,2", "--b", "1,2"], 4),
        ("sum(maximum(a*b, a + b))", ["--a", "2,1", "--b", "2,3"], 2),
        ("norm(relu(a) - b, ord=inf)", ["--a", "0,2", "--b", "1,3"], 0),
    ],
)
def test_kinks_between_joined_operations_are_counted(run: Run, text: str, inputs: list[str], kinks: int) -> None:
    found = document(run, "grad", text, *inputs)
    assert "failed" not in json.dumps(found["check"])
    assert found["check"]["kinks"] >= kinks
    assert found["check"]["compared"] + found["check"]["kinks"] == found["check"]["total"]


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("cross_entropy(X@W, y)", ["--X", "1,2;3,4", "--W", "1,2,3;0,1,0", "--y", "0,2", "--wrt", "W"]),
        ("cross_entropy(X@W, y)", ["--X", "1,2;3,4", "--W", "1,2,3;0,1,0", "--y", "0,2"]),
        ("nll_loss(log_softmax(X@W), y)", ["--X", "1,2;3,4", "--W", "1,2,3;0,1,0", "--y", "0,2", "--wrt", "W"]),
        ("sum(take_along_axis(x, i, axis=0)**3)", ["--x", "1,2,3", "--i", "0,2", "--wrt", "x"]),
        ("sum(X[y]**3)", ["--X", "1,2,3", "--y", "0,2"]),
        ("cross_entropy(X@W, y)", ["--X", "1,2;3,4", "--W", "1,2;0,1", "--y", "0,1", "--wrt", "W", "--product", "W=1"]),
        ("sum(X[y]**3)", ["--X", "1,2,3", "--y", "0,2", "--product", "X=1,2,3"]),
    ],
)
@pytest.mark.parametrize("method", ["sympy", "all"])
def test_labels_and_indices_stay_what_they_are(run: Run, text: str, inputs: list[str], method: str) -> None:
    status, out, err = run("hessian", text, *inputs, "--check", method)
    assert status == 0, err
    assert "label" not in err
    assert "agree" in out


def test_the_numeric_witness_says_that_labels_are_not_moved(run: Run) -> None:
    found = document(run, "grad", "cross_entropy(x, y)", "--x", "1,2;3,4", "--y", "0,1", "--check", "numeric")
    assert found["variables"]["x"]["check"]["status"] == "agree"
    assert found["variables"]["y"]["check"]["reason"] == "y holds labels or indices, which are not moved"


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("sum(cholesky(A)**2)", ["--A", "1,0.9999;0.9999,1"]),
        ("tanh(atanh(x))", ["--x", "0.99999"]),
        ("exp(log(x))", ["--x", "1e10"]),
        ("sin(arcsin(x))", ["--x", "0.999999"]),
    ],
)
def test_rounding_of_a_hessian_is_no_disagreement(run: Run, text: str, inputs: list[str]) -> None:
    status, out, _ = run("hessian", text, *inputs)
    assert status == 0
    assert "disagree" not in out
    assert "symmetric yes" in " ".join(out.split())


def test_a_smooth_function_is_not_said_to_have_a_kink(run: Run) -> None:
    found = document(run, "grad", "x/(x**2+1e-20)", "--x", "1e-10", "--check", "numeric")
    assert found["check"]["kinks"] == 0
    assert "settle on no slope" in found["check"]["reason"]
    _, out, _ = run("hessian", "logsigmoid(-40 + 1e10*t)", "--t", "0", "--check", "all")
    assert "kink" not in out


@pytest.mark.parametrize(
    ("text", "inputs", "words"),
    [
        (
            "where(x>0,x,0)",
            ["--x", "0"],
            "where(x > 0, x, 0) (WhereBackward0) has no derivative: taken there is the slope",
        ),
        ("where(x>0,x,0)", ["--x", "0"], "slopes 0 on the left, 1 on the right"),
        ("where(0<x,x,0)", ["--x", "0"], "slopes 0 on the left, 1 on the right"),
        ("(x>0)*x", ["--x", "0"], "(x > 0)*x (MulBackward0) has no derivative: taken there is the slope"),
        ("(x>0)*x", ["--x", "0"], "slopes 0 on the left, 1 on the right"),
        ("where(x<1, x, 2*x)", ["--x", "1"], "it jumps from 1 on the left to 2 on the right"),
        ("sum(where(x>=2, 3*x, x))", ["--x", "1,2,3"], "it jumps from 2 on the left to 6 on the right"),
        ("where(a>b, a, b)", ["--a", "2", "--b", "2"], "where(a > b, a, b) (WhereBackward0) has no derivative"),
        ("where(x==0, 5, x)", ["--x", "0"], "it jumps"),
        ("where((x>0)*(y>0), x*y, 0)", ["--x", "0", "--y", "1"], "where((x > 0)*(y > 0), x*y, 0) (WhereBackward0)"),
        ("3*where(x>0, 1, 2) + x", ["--x", "0"], "where(x > 0, 1, 2) (WhereBackward0) has no derivative"),
        ("where(x==0, 0, x)", ["--x", "0"], "is another branch at this point alone: taken there is the slope"),
        ("x*(x<=0) + x**2*(x>0)", ["--x", "0"], "has no derivative"),
    ],
)
def test_kinks_and_jumps_of_choices_are_named(run: Run, text: str, inputs: list[str], words: str) -> None:
    status, out, err = run("grad", text, *inputs)
    assert status == 0
    assert words in err
    assert "at a kink" in out


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("where(x>0, x**2, 0)", "0"),
        ("(x>0)*x**2", "0"),
        ("where(x<1, x, x**1)", "1"),
        ("where(x>0, x, 0) + where(x<=0, x, 0)", "0"),
        ("where(x==0, 1, sin(x)/x)", "0"),
        ("where(x>0, x, 0)", "1e-300"),
    ],
)
def test_a_choice_that_changes_nothing_is_no_kink(run: Run, text: str, value: str) -> None:
    status, out, err = run("grad", text, "--x", value)
    assert status == 0
    assert "no derivative" not in err
    assert "kink" not in out


@pytest.mark.parametrize(("text", "value"), [("where(x<1,x,2*x)", "1"), ("tanh(x)", "20")])
def test_numeric_differentiation_agrees_only_where_it_found_something(run: Run, text: str, value: str) -> None:
    _, out, _ = run("grad", text, "--x", value, "--dtype", "float32", "--check", "all")
    assert "numeric differentiation agree" not in out


@pytest.mark.parametrize("value", ["5", "7", "9"])
def test_a_gradient_that_agrees_is_not_called_probably_wrong(run: Run, value: str) -> None:
    status, out, _ = run("grad", "tanh(x)", "--x", value, "--dtype", "float32", "--check", "all")
    assert status == 0
    assert "probably wrong" not in out
    assert "uncomfortable" not in out


def test_powers_roots_and_logarithms_name_what_is_not_there(run: Run) -> None:
    found = document(run, "grad", "x**p", "--x", "0", "--p", "2")
    assert found["check"]["status"] == "agree"
    found = document(run, "grad", "x**p", "--x", "0", "--p", "0.5")
    assert found["variables"]["p"]["check"]["kinks"] == 0
    assert found["variables"]["x"]["check"]["kinks"] == 1
    _, _, err = run("grad", "sum(sqrt(x))", "--x", "-3,0,1")
    assert "slopes none on the left, infinite on the right" in err
    _, _, err = run("grad", "x**y", "--x", "-2", "--y", "2")
    assert "x**y has no slope at y = 2: log(x) is nan, log of a number below 0" in err


@pytest.mark.parametrize(
    ("text", "inputs"),
    [("(x*1e-110)**3", {"x": 1e110}), ("sum(x**2)*1e-30", {"x": [1.0, 2.0]}), ("tanh(x)", {"x": 20.0})],
)
def test_a_wrong_gradient_is_found_however_small_it_is(text: str, inputs: dict[str, Any]) -> None:
    question = asked(text, inputs, budget=30.0)
    assert check(question).verdict.status == "agree"
    assert check(changed(question, "x", lambda gradient: 2 * gradient)).verdict.status == "disagree"


def test_rounding_that_leaves_a_little_instead_of_nothing_agrees(run: Run) -> None:
    for text in ("sum(softmax(x))", "logsumexp(x) - log(sum(exp(x)))"):
        found = document(run, "grad", text, "--x", "0.3,1.7,2.9")
        assert found["check"]["status"] == "agree"


def test_a_witness_that_breaks_is_raised_in_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError(2)

    monkeypatch.setattr("autograd_core.check.ladder.differentiated", broken)
    question = asked("x**2", {"x": 3.0}, budget=30.0)
    with pytest.raises(KeyError):
        check(question)
    monkeypatch.setattr("autograd_core.check.RAISE_ERRORS", False)
    assert check(question).verdict.reason == "the cross-check failed: KeyError: 2"


def test_a_busy_machine_decides_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time that passes by the clock alone is not the check's: here an hour at every look."""
    hours = count(step=3600.0)
    monkeypatch.setattr("time.monotonic", lambda: next(hours))
    question = asked("sum(sin(x)*y)", {"x": [1.0, 2.0], "y": [3.0, 4.0]}, budget=20.0)
    assert Clock(20.0).left > 19
    assert check(question, "numeric").verdict.status == "agree"


def test_digits_are_enough_for_what_cancelling_leaves_and_no_sample_breaks_a_witness(run: Run) -> None:
    assert document(run, "grad", "sum(tanh(x))", "--x", "190,0.5,-60")["check"]["status"] == "agree"
    assert document(run, "grad", "1e308*tanh(mean(x))", "--x", "3e154,1,2")["check"]["status"] == "agree"  # 1/3 - 1/3
    assert document(run, "grad", "mse_loss(x, y)", "--x", "zeros(0)", "--y", "zeros(0)")["check"]["total"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "cross_entropy(X, y, ignore_index=1)",
        "nll_loss(log_softmax(X), y, ignore_index=0)",
        "sum(X[arange(2), y]*(y == 1))",
        "sum(take_along_axis(X, y[:, None], axis=1)[:, 0]*(y > 0))",
        "sum(embedding(y, X)*(y != 0)[:, None])",
    ],
)
def test_labels_have_no_jumps(run: Run, text: str) -> None:
    found = document(run, "grad", text, "--X", "1,2;3,4", "--y", "0,1")
    assert found["warnings"] == []
    assert found["check"]["kinks"] == 0
    assert document(run, "hessian", text, "--X", "1,2;3,4", "--y", "0,1", "--wrt", "X")["check"]["status"] == "agree"
    product = document(run, "hessian", text, "--X", "1,2;3,4", "--y", "0,1", "--product", "X=1,0;0,1")
    assert product["check"]["status"] == "agree"


@pytest.mark.parametrize(
    ("text", "values", "compared", "total"),
    [
        ("x**y", ["--x", "-2", "--y", "3"], 1, 2),
        ("sum(log(x))", ["--x", "-1,0,1"], 2, 3),
        ("sum(x*y)", ["--x", "nan,2", "--y", "3,inf"], 2, 4),
    ],
)
def test_what_is_no_number_is_not_counted_as_compared(
    run: Run, text: str, values: list[str], compared: int, total: int
) -> None:
    check = document(run, "grad", text, *values)["check"]
    assert (check["status"], check["compared"], check["total"]) == ("partial", compared, total)
    assert "which is no number to compare" in check["reason"]


@pytest.mark.parametrize("text", ["sum(sinc(x, order=2))", "sum((sin(x) - x)/x**3)"])
@pytest.mark.parametrize("x", ["1e-150,2", "1e-308,0.5"])
def test_formulas_that_cancel_more_than_50_digits_are_no_disagreement(run: Run, text: str, x: str) -> None:
    assert run("grad", text, "--x", x)[0] == 0


def test_what_cancels_at_the_end_of_floats_is_no_disagreement(run: Run) -> None:
    text = "mean(cross(broadcast_to(mean(t), (3, 2)), g, axis=0))"
    assert run("grad", text, "--t", "0.5,1.25", "--g", "1.2e308,1e-300;-1.25,0.3;0.4,1.6")[0] == 0


@pytest.mark.parametrize(
    ("text", "x", "kinks"),
    [
        ("sum(topk(x, 2)*[1, 3])", "-2,-1,2,-1", 2),
        ("sum(sort(x)*[1, 2, 3])", "3,1,3", 2),
        ("sum(sort(x, axis=0)*[[1, 2], [3, 5]])", "3,1;3,4", 2),
        ("sum(sort(x, axis=None)*[1, 2, 3, 5])", "3,1;3,4", 2),
    ],
)
def test_ties_are_at_the_entries_that_are_tied(run: Run, text: str, x: str, kinks: int) -> None:
    for witness in ("sympy", "all"):
        check = document(run, "grad", text, f"--x={x}", "--check", witness)["check"]
        assert (check["status"], check["kinks"]) == ("agree", kinks)
    assert run("grad", text, f"--x={x}", "--check", "numeric")[0] == 0


def test_a_bias_beside_huge_numbers_is_no_disagreement(run: Run) -> None:
    """Differences of an output of 1e16 tell nothing of a slope of 2; the gradient of the bias is the sum of v."""
    found = document(run, "grad", "conv1d(x, w, b)", "--x", "[[1,9007199254740994,2]]", "--w", "[[[0.7]],[[0.2]]]",
                     "--b", "2,2", "--grad-tensor", "-1,2,1;0.5,0.25,0.5")  # fmt: skip
    assert found["variables"]["b"]["grad"] == [2, 1.25]
    assert found["check"]["status"] != "disagree"


def test_a_middle_entry_beside_a_huge_one_is_no_disagreement(run: Run) -> None:
    """A step that is small for 1e8 carries entries of 1 across each other."""
    found = document(run, "grad", "median(x, axis=1)", "--x", "-0.952,0.745,123456789.123,-1.5;1,2,3,4.5",
                     "--grad-tensor", "1,0.81")  # fmt: skip
    assert found["variables"]["x"]["grad"] == [[0.5, 0.5, 0, 0], [0, 0.405, 0.405, 0]]
    assert found["check"]["status"] == "agree"


@pytest.mark.parametrize(
    ("text", "v"),
    [
        ("celu(q, alpha=0.5) + zeros(3, 2)", "1.48,0.65;1.42,-0.06;-2.9,-0.59"),
        ("diff(broadcast_to(celu(q, alpha=0.5), (3, 2)), axis=0)", "1.48,0.65;1.42,-0.06"),
    ],
)
def test_a_grad_tensor_that_adds_up_to_nothing_is_no_disagreement(run: Run, text: str, v: str) -> None:
    found = document(run, "grad", text, "--q", "0.3333333333333333", "--grad-tensor", v)
    assert found["check"]["status"] != "disagree"
    wrong = document(run, "grad", text, "--q", "0.3333333333333333", "--grad-tensor", v.replace("1.48", "1.4800001"))
    assert wrong["check"]["status"] == "agree"


def test_what_rounding_leaves_of_nothing_is_not_called_wrong(run: Run) -> None:
    """All classes have the same logit: the second derivative by it is 0, computed as 1e-17."""
    text = "mean(cross_entropy(broadcast_to(w/(1.5 + cos(q)), (2, 3)), z))"
    status, out, _ = run("hessian", text, "--w", "-1.805", "--q", "1.054", "--z", "0.3,0.2,0.5;0.1,0.1,0.8",
                         "--check", "numeric")  # fmt: skip
    assert status == 0
    assert "probably wrong" not in out


def test_a_step_below_the_smallest_float_breaks_no_witness(run: Run) -> None:
    big = "[[0.8,1.7e308,-1.7e308,1.6e308],[1.7e308,-1.5e308,1.6e308,0.2]]"
    for text, x in (("sum(max_pool2d(X, 2))", f"[{big}]"), ("mean(cofactor(X[:2, :2]))", big)):
        found = document(run, "grad", text, "--X", x)
        assert "failed" not in str(found["check"])


@pytest.mark.parametrize("text", ["expm1(t)*g", "log1p(t)*g", "elu(t)*g"])
def test_inputs_that_50_digits_do_not_tell_from_nothing_are_no_disagreement(run: Run, text: str) -> None:
    assert document(run, "grad", text, "--t=-2.2e-308", "--g", "1.2e308")["check"]["status"] == "agree"


def test_what_looks_linear_beside_a_large_number_is_not_taken_as_linear(run: Run) -> None:
    text = "logcumsumexp(broadcast_to(ceil(broadcast_to(l1_loss(w, target=g), (3,))), (2, 3)), axis=1)"
    words = ("--w", "1e16,1e-300,1.2e308;0.3,-2e-308,0.3", "--g", "3e154,1e-160,1.2e308;1e-160,1e-300,9e15")
    assert run("grad", text, *words, "--grad-tensor=-1,0.1,-1.4;0.8,0.9,-1.4")[0] == 0


def test_what_is_added_to_an_infinite_value_is_no_disagreement(run: Run) -> None:
    found = document(run, "grad", "sum(x) + digamma(relu(-1 - y**2))", "--x", "1,2", "--y", "3")
    assert found["variables"]["x"]["check"]["status"] == "agree"
    assert found["check"]["status"] == "partial"
