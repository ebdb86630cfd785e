"""Time is foreseen as memory is: what would take too long is refused at once, and what takes little is not."""

from __future__ import annotations

import io
import time
from pathlib import Path

import numpy as np
import pytest

from autograd_cli.environment import Environment, StandardInput
from autograd_cli.main import perform
from autograd_core.calculate import Request, calculate
from autograd_core.errors import LimitError
from autograd_core.expr import parse
from autograd_core.limits import Limits, within
from autograd_core.ops import functions
from autograd_core.ops.spec import OpSpec
from autograd_core.work import rule_effort, spell, work

Shapes = dict[str, tuple[int, ...]]

SLOW: list[tuple[str, Shapes]] = [
    ("det(A)", {"A": (2500, 2500)}),
    ("sum(solve(A, b))", {"A": (3000, 3000), "b": (3000,)}),
    ("norm(A, 'nuc')", {"A": (2000, 2000)}),
    ("sum(A @ A @ A)", {"A": (3000, 3000)}),
    ("sum(conv2d(x, w))", {"x": (1, 8, 500, 500), "w": (16, 8, 31, 31)}),
    ("sum(conv1d(x, w))", {"x": (1, 1, 1_000_000), "w": (1, 1, 50_000)}),
    ("sum(max_pool2d(x, 40, stride=1))", {"x": (500, 500)}),
    ("sum(einsum('abc,cde,efa->bdf', A, A, A))", {"A": (80, 80, 80)}),
    ("sum(sort(sort(sort(x)*x)*x)*x)", {"x": (9_000_000,)}),
    ("sum(digamma(lgamma(digamma(x))))", {"x": (9_000_000,)}),
    ("; ".join(f"y{i} = sin({f'y{i - 1}' if i else 'x'})" for i in range(60)) + "; sum(y59)", {"x": (9_000_000,)}),
]

QUICK: list[tuple[str, Shapes]] = [
    ("sum((Y - W2*W1*X1)**2)", dict.fromkeys(("Y", "W2", "W1", "X1"), (10_000_000,))),
    (
        "cross_entropy(relu(X @ W1 + b1) @ W2 + b2, y)",
        {"X": (256, 784), "W1": (784, 512), "b1": (512,), "W2": (512, 10), "b2": (10,), "y": (256,)},
    ),
    ("sum(" + " @ ".join(["A"] * 30) + ")", {"A": (300, 300)}),
    ("det(A)", {"A": (1000, 1000)}),
    ("sum(sort(x)*cumsum(x))", {"x": (1_000_000,)}),
    ("sum(conv2d(x, w))", {"x": (8, 16, 64, 64), "w": (32, 16, 3, 3)}),
    ("sum(" + " + ".join(["x*x"] * 900) + ")", {"x": (1000,)}),
]


def run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    return perform(list(words), Environment(StandardInput(None), out, err)), out.getvalue(), err.getvalue()


def request(text: str, shapes: Shapes) -> Request:
    """A request whose arrays are one number in memory each."""
    values = {name: np.broadcast_to(np.float64(1.0), shape) for name, shape in shapes.items()}
    wanted = [name for name in shapes if name != "y"]
    return Request(text, values, requires_grad=wanted, check="none", formula=False, graph=False)


def short(value: object) -> str:
    return value[:40] if isinstance(value, str) else ""


@pytest.mark.parametrize(("text", "shapes"), SLOW, ids=short)
def test_what_would_take_too_long_is_refused_before_it_is_computed(text: str, shapes: Shapes) -> None:
    began = time.process_time()
    with within(Limits(memory=1 << 40)), pytest.raises(LimitError) as found:
        calculate(request(text, shapes))
    assert time.process_time() - began < 1
    assert found.value.code == "AG806"
    assert found.value.retry[0] == "--max-seconds"
    assert float(found.value.retry[1]) > 3


@pytest.mark.parametrize(("text", "shapes"), QUICK, ids=short)
def test_what_takes_a_second_or_two_is_not_refused(text: str, shapes: Shapes) -> None:
    effort = work(parse(text, shapes).result, [name for name in shapes if name != "y"])
    assert (effort.forward + effort.backward + effort.again) / 1e9 < 2.5


def test_the_message_says_how_long_why_and_what_works() -> None:
    words = ("grad", "sum(A @ A)", "--A", "randn(100,100)", "--no-tree", "--max-seconds", "0.0001")
    status, out, err = run(*words)
    assert (status, out) == (3, "")
    assert err.splitlines() == [
        "error[AG806]: this would take about 0.00044 s; the limit is 0.0001 s",
        "why: A @ A alone takes about 0.00041 s forward and back, counted from the shapes",
        "try: autograd-cli grad 'sum(A @ A)' --A 'randn(100,100)' --no-tree --max-seconds 0.0001 --max-seconds 1",
        "     smaller arrays take less",
    ]
    assert run(*words, "--max-seconds", "1")[0] == 0


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("grad", "sum(x**2)", "--x", "randn(9000)", "--full"), "without --full arrays are summarised"),
        (
            ("grad", "sum(x**2)", "--x", "randn(9000)", "--json"),
            "--output r.npz holds all numbers; --no-tree has fewer",
        ),
        (("grad", "sum(x**2)", "--x", "randn(90000)", "--format", "plain"), "--output r.npz holds all numbers"),
        (("grad", "sum(x**2)", "--x", "randn(90000)", "--get", "x"), "--output r.npz holds all numbers"),
        (("export", "sum(x**2)", "--x", "randn(9000)", "--to", "torch"), "--output r.npz holds all numbers"),
        (
            ("graph", "sum(x**2)", "--x", "randn(9000)", "--json"),
            "--format tree shows their range; --output r.npz holds all numbers",
        ),
        (("jacobian", "x**2", "--x", "randn(200)", "--json"), "--output r.npz holds all numbers"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(value[:1] + value[4:]),
)
def test_writing_more_numbers_than_there_is_time_for_is_refused_with_what_works(
    words: tuple[str, ...], advice: str
) -> None:
    quick = ("--check", "none") if words[0] in ("grad", "jacobian") else ()
    status, out, err = run(*words, *quick, "--max-seconds", "0.01")
    assert status == 3
    assert "numbers are to be written" in out + err
    assert advice in out + err
    assert run(*words, *quick, "--max-seconds", "5")[0] == 0


def test_an_array_of_one_number_many_times_takes_no_time_to_export() -> None:
    status, out, _ = run("export", "sum(x)", "--x", "ones(100000)", "--to", "numpy", "--max-seconds", "0.1")
    assert status == 0
    assert "np.full((100000,), 1.0)" in out


def test_what_is_not_written_whole_takes_no_time_to_write(tmp_path: Path) -> None:
    words = ("grad", "sum(x**2)", "--x", "randn(9000)", "--check", "none", "--max-seconds", "0.01")
    assert run(*words)[0] == 0
    assert run(*words, "--output", str(tmp_path / "r.npz"))[0] == 0
    assert run(*words, "--get", "x")[0] == 0


def test_a_check_that_takes_too_long_is_left_out_with_the_reason() -> None:
    values = {"A": np.eye(300) + 0.01}
    found = calculate(Request("logdet(A)", values, formula=False, graph=False, check_budget=0.001)).variables[0]
    assert found.grad is not None
    assert found.check is not None
    assert found.check.status == "skipped"
    assert found.check.reason == "the check took longer than its budget of 0.001 s"


def test_a_claim_that_would_take_too_long_is_refused() -> None:
    words = ("check", "sum(A @ A)", "--A", "randn(200,200)", "--claim")
    status, _, err = run(*words, "A = A.T @ ones(200,200) + ones(200,200) @ A.T", "--max-seconds", "0.01")
    assert (status, err[:12]) == (3, "error[AG806]")
    large = "x = 2*x + 0*sum(conv1d(ones(1,1,1000000), ones(1,1,50000)))"
    assert run("check", "sum(x**2)", "--x", "1,2", "--claim", large)[2].startswith("error[AG806]")


def test_a_matrix_of_many_passes_is_refused_and_its_product_is_not() -> None:
    words = ("hessian", "sum(conv1d(x, w)**2)", "--x", "ones(1,1,3000)", "--w", "ones(1,1,300)", "--no-grad", "x")
    quick = ("--check", "none", "--max-seconds", "1")
    status, _, err = run(*words, *quick)
    assert status == 3
    assert err.splitlines()[-1].strip() == "--product gives H.u without the matrix"
    assert run(*words, *quick, "--product", "w=ones(1,1,300)")[0] == 0


@pytest.mark.parametrize("op", [each for each in functions() if isinstance(each, OpSpec)], ids=lambda each: each.name)
def test_what_the_rules_of_every_operation_take_is_counted(op: OpSpec) -> None:
    for sample in op.samples:
        shapes = [each if isinstance(each, tuple) else np.shape(each) for each in sample.operands]
        forward = op.effort(shapes, op.shape(*shapes, **sample.params), sample.params)
        assert forward >= 0
        for position in range(len(shapes)):
            assert rule_effort(op, shapes, sample.params, position, 1e9, {}) < 1e6  # no guess


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0123, "0.012 s"), (2.55, "2.5 s"), (63.4, "63 s"), (110, "110 s"), (240, "4 minutes"), (3e9, "95 years")],
)
def test_times_are_said_in_words(seconds: float, words: str) -> None:
    assert spell(seconds) == words
