"""``hessian`` as a user meets it: blocks for each pair, what the matrix is like, products, formulas, the check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_cli.values.reader import ValueReader
from autograd_core.engine.tensor import Tensor
from autograd_core.expr import parse
from autograd_core.expr.run import evaluate
from autograd_core.matrices import Request, hessian
from autograd_core.ops import find
from checking import planted
from command_runs import Cli

Run = Callable[..., tuple[int, str, str]]
ROSENBROCK = "sum(100*(x[1:]-x[:-1]**2)**2 + (1-x[:-1])**2)"


@pytest.fixture
def run(cli: Cli) -> Run:
    """Runs ``hessian``."""
    return lambda *words: cli("hessian", *words, "--check-budget", "30")


def document(run: Run, *words: str) -> dict[str, Any]:
    """The JSON answer of a command that succeeds."""
    status, out, err = run(*words, "--json")
    found: dict[str, Any] = json.loads(out)
    assert status == 0, err + out
    return found


def test_rosenbrock_has_a_minimum_at_ones(run: Run) -> None:
    status, out, _ = run(ROSENBROCK, "--x", "1,1,1")
    assert status == 0
    assert "∂²f/∂x²  (3,) by (3,)  ✓ 9/9" in out
    assert "x[1]  -400  1002  -400" in out
    assert "symmetric         yes" in out
    assert "definiteness      positive definite" in out
    assert "eigenvalues       0.475190, 601.667, 1401.86" in out
    assert "condition number  2950.1" in out
    assert "SymPy agrees: 9 of 9 Hessian entries" in out


def test_there_is_a_block_for_each_pair_of_inputs(run: Run) -> None:
    found = document(run, "x @ A @ x / 2 + sum(b*x)", "--A", "1,2;3,4", "--x", "1,-1", "--b", "1,1", "--wrt", "x,A")
    assert found["schema"] == "autograd-cli/hessian/1"
    assert {a: sorted(row) for a, row in found["hessian"].items()} == {"x": ["A", "x"], "A": ["A", "x"]}
    block = found["hessian"]["x"]["A"]
    assert (block["rows"], block["columns"]) == ([2], [2, 2])
    x, eye = np.array([1.0, -1.0]), np.eye(2)
    expected = (np.einsum("ij,k->ijk", eye, x) + np.einsum("ik,j->ijk", eye, x)) / 2
    np.testing.assert_allclose(block["data"], expected)
    np.testing.assert_allclose(found["hessian"]["A"]["x"]["data"], expected.transpose(1, 2, 0))
    np.testing.assert_allclose(found["hessian"]["x"]["x"]["data"], [[1, 2.5], [2.5, 4]])
    assert found["gradient"]["x"] == [0.5 * (1 - 2) + 0.5 * (1 - 3) + 1, 0.5 * (3 - 4) + 0.5 * (2 - 4) + 1]
    assert found["check"]["compared"] == found["check"]["total"] == 36


@pytest.mark.parametrize(
    ("text", "values", "definite", "condition"),
    [
        ("x**2 + 2*y**2", ("1", "1"), "positive definite", 2.0),
        ("-(x**2) - y**2", ("1", "1"), "negative definite", 1.0),
        ("x**2 - y**2", ("1", "1"), "indefinite", 1.0),
        ("(x + y)**2", ("1", "1"), "positive semidefinite", "Infinity"),
        ("-((x + y)**2)", ("1", "1"), "negative semidefinite", "Infinity"),
        ("3*x + 2*y", ("1", "1"), "zero", "Infinity"),
    ],
)
def test_what_the_matrix_is_like(
    run: Run, text: str, values: tuple[str, str], definite: str, condition: float | str
) -> None:
    spectrum = document(run, text, "--x", values[0], "--y", values[1])["spectrum"]
    assert spectrum["definite"] == definite
    assert spectrum["condition"] == pytest.approx(condition) if isinstance(condition, float) else condition
    assert spectrum["symmetric"] is True
    assert len(spectrum["eigenvalues"]) == 2


def test_a_matrix_that_is_not_symmetric_is_said_to_be_so(run: Run) -> None:
    # PyTorch's conventions at 0**1 give derivatives that are none: the mixed ones differ
    _, out, _ = run("x**y", "--x", "0", "--y", "1")
    assert "symmetric  no: two entries differ by 1" in out
    assert "∂²f/∂y∂x" in out, "both blocks are shown then"
    assert "eigenvalues" not in out


def test_a_matrix_that_is_not_finite_has_no_spectrum(run: Run) -> None:
    found = document(run, "sqrt(x)", "--x", "0")
    assert found["hessian"]["x"]["x"]["data"] in ("-Infinity", "NaN")
    assert found["spectrum"]["eigenvalues"] is None
    assert found["spectrum"]["definite"] is None


def test_products_need_no_matrix(run: Run) -> None:
    whole = document(run, ROSENBROCK, "--x", "1,2,3")["hessian"]["x"]["x"]["data"]
    found = document(run, ROSENBROCK, "--x", "1,2,3", "--product", "1,-1,0.5")
    assert found["product"]["kind"] == "H.u"
    assert found["hessian"] is None
    assert found["spectrum"] is None
    np.testing.assert_allclose(found["product"]["found"]["x"]["data"], np.array(whole) @ [1, -1, 0.5])
    assert found["product"]["found"]["x"]["check"]["status"] == "agree"
    both = document(run, "x**2*y", "--x", "2", "--y", "3", "--product", "y=1")["product"]["found"]
    assert (both["x"]["data"], both["y"]["data"]) == (4.0, 0.0)


@pytest.mark.parametrize(
    ("words", "pair", "formula"),
    [
        (("x**2*y + sin(y)", "--x", "2", "--y", "3"), ("x", "y"), "2*x"),
        (("x**2*y + sin(y)", "--x", "2", "--y", "3"), ("y", "y"), "-sin(y)"),
        (("x**2", "--x", "3"), ("x", "x"), "2"),
        (("x*y", "--x", "3", "--y", "2"), ("x", "y"), "1"),
        (("y*mean(x)", "--x", "1,2,4", "--y", "2"), ("y", "x"), "ones_like(x)/3"),
        (("sum(sin(x))", "--x", "1,2,3"), ("x", "x"), None),
        (("logsumexp(g*y)", "--g", "1,2,3", "--y", "1,1,2"), ("g", "y"), None),
        (("g = x*y; logsumexp(g)", "--x", "1,2,3", "--y", "1,1,2"), ("x", "x"), None),
        (("sum(x**2)", "--x", "1,2,3"), ("x", "x"), "2*eye(3)"),
        (("logsumexp(x)", "--x", "1,2,3"), ("x", "x"), None),
        (("sum(exp(x)*y)", "--x", "1,2,3", "--y", "4,5,6"), ("x", "y"), None),
        (("x @ A @ x", "--A", "1,2;3,4", "--x", "1,-1"), ("x", "x"), None),
        (("sum(tanh(A @ x)**2)", "--A", "1,2;3,4", "--x", "1,-1"), ("x", "x"), None),
    ],
)
def test_a_formula_typed_back_gives_the_block(
    run: Run, words: tuple[str, ...], pair: tuple[str, str], formula: str | None
) -> None:
    found = document(run, *words, "--formula")
    block = found["hessian"][pair[0]][pair[1]]
    assert block["formula"] is not None
    if formula is not None:
        assert block["formula"] == formula
    reader = ValueReader(None)  # type: ignore[arg-type]
    bound = {words[i][2:]: reader.read("x", words[i + 1]) for i in range(1, len(words), 2)}
    bound["f"] = np.array(found["result"]["data"])
    program = parse(block["formula"], bound)
    np.testing.assert_allclose(evaluate([program.result], bound)[program.result], block["data"], rtol=1e-12)


def test_kinks_are_counted_and_named(run: Run) -> None:
    status, out, err = run("sum(abs(x)*x)", "--x", "-1,0,2")
    assert status == 0
    assert "3 kinks" in out
    assert "abs(x) (AbsBackward0) has no derivative at [1]" in err


def held(x: Any) -> Any:
    """A value that is followed by no derivative."""
    return x.detach() if isinstance(x, Tensor) else x


@pytest.mark.parametrize("check", ["sympy", "numeric", "all"])
@pytest.mark.parametrize("size", [2, 30])
def test_a_rule_that_is_wrong_in_the_second_derivative_alone_is_found(run: Run, check: str, size: int) -> None:
    tanh: Any = find("tanh")
    words = ("sum(tanh(x)*tanh(x[0]))", "--x", f"linspace(0.1,0.9,{size})", "--check", check)
    with planted(tanh, vjps=(lambda g, y, _x: g * (1 - held(y) * y),)):
        assert run(*words)[0] == 1
    assert run(*words)[0] == 0


def test_a_gradient_whose_formula_is_wrong_elsewhere_is_not_trusted(run: Run) -> None:
    # the slope is right at 0.5 and constant: first derivatives agree there, second ones cannot be told from it alone
    sin: Any = find("sin")
    text = "sum(sin(x))*sum(A @ tanh(A @ x))"
    words = (text, "--x", "0.5*ones(6)", "--A", "rand(6,6)", "--wrt", "x")
    with planted(sin, vjps=(lambda g, _y, x: g * np.cos(0.5),)):
        status, out, _ = run(*words)
    assert status == 1 or "nearby differs" in out
    assert "✓" not in out


def test_a_wrong_rule_is_found_in_second_derivatives(cli: Cli) -> None:  # tangents follow from the rule
    softmax: Any = find("softmax")
    right = softmax.vjps[0]
    words = ("hessian", "sum(softmax(x)**2)", "--x", "1,2,3", "--check-budget", "600")  # a share of it is SymPy's
    with planted(softmax, vjps=(lambda *given, **params: right(*given, **params) * 1.001,)):
        assert cli(*words)[0] == 1
    assert cli(*words)[0] == 0


def test_large_hessians_are_covered_and_say_so() -> None:
    values = {"A": np.random.default_rng(1).uniform(-1, 1, (40, 120)), "x": np.linspace(-1, 1, 120)}
    report = hessian(Request("sum(tanh(A @ x)**2)", values, requires_grad=["x"], check_budget=60.0))
    check = report.blocks[0].check
    assert check is not None
    assert check.status == "agree"
    assert (check.compared, check.covered, check.total) == (0, 120 * 120, 120 * 120)


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("x*2", "--x", "1,2"), 3, "the result has shape (2,): a Hessian is that of a single number"),
        (("x*y", "--x", "1", "--y", "2", "--product", "1"), 2, "--product needs the name of an input"),
        (("sum(x**2)", "--x", "1,2", "--product", "1,2,3"), 3, "--product x has shape (3,), x has shape (2,)"),
    ],
)
def test_misuse_is_explained(run: Run, words: tuple[str, ...], status: int, message: str) -> None:
    got, _, err = run(*words)
    assert got == status
    assert message in err


def test_the_other_forms(run: Run, tmp_path: Path) -> None:
    words = ("x**2*y", "--x", "2", "--y", "3")
    _, out, _ = run(*words, "--format", "plain")
    records = [line.split("\t") for line in out.splitlines()]
    assert ["hessian", "x", "y", "4"] in records
    assert ["grad", "x", "12"] in records
    assert ["definite", "indefinite"] in records
    assert ["check", "agree", "4", "4"] in records
    _, out, _ = run(*words, "--format", "latex")
    assert r"\nabla^2 f &= \begin{pmatrix} 6 & 4 \\ 4 & 0 \end{pmatrix}" in out
    _, out, _ = run(*words, "--format", "markdown")
    assert "- definiteness: indefinite" in out
    run(*words, "--output", str(tmp_path / "h.npz"))
    with np.load(tmp_path / "h.npz") as saved:
        assert saved["hessian_x_y"] == 4.0
        assert saved["grad_y"] == 4.0
        assert saved["eigenvalues"].shape == (2,)


def test_one_entry_in_any_shape_is_a_number(run: Run) -> None:
    assert document(run, "x**3", "--x", "2,")["hessian"]["x"]["x"]["data"] == [[12.0]]
    assert document(run, "sum(x**3)", "--x", "1,2", "--dtype", "float32")["check"]["status"] == "agree"


def test_inputs_that_do_not_meet_have_zero_blocks_that_count_as_compared(run: Run) -> None:
    found = document(run, "sum(A @ tanh(A @ x)) + y**3", "--A", "rand(5,5)", "--x", "rand(5)", "--y", "2")
    assert found["hessian"]["y"]["x"]["data"] == [0.0] * 5
    assert found["hessian"]["y"]["x"]["check"]["compared"] == 5
    assert found["check"]["status"] == "agree"
    assert found["check"]["compared"] == found["check"]["total"] == 31 * 31


def test_formulas_use_what_is_assumed_and_the_answer_names_it(run: Run) -> None:
    words = ("x@A@x", "--x", "1,2", "--A", "2,1;1,3", "--wrt", "x", "--assume", "A symmetric", "--formula")
    status, out, _ = run(*words)
    assert status == 0
    assert "assuming A symmetric" in out
    assert "= 2*A\n" in out
    found = document(run, *words)
    assert found["assumptions"] == ["A symmetric"]
    assert found["hessian"]["x"]["x"]["formula"] == "2*A"


def test_numbers_that_do_not_satisfy_an_assumption_are_refused(run: Run) -> None:
    status, _, err = run("x@A@x", "--x", "1,2", "--A", "2,1;5,3", "--assume", "A symmetric")
    assert status == 2
    assert "do not satisfy the assumption A symmetric" in err


def test_numbers_have_one_matrix(run: Run) -> None:
    _, out, _ = run("f(x,y) = x^3 - 3xy + y^3", "--x", "1", "--y", "1")
    assert "    x   y\n─────────\nx   6  -3\ny  -3   6\n" in out


def test_a_question_for_the_hessian_is_one(run: Run) -> None:
    _, out, _ = run("find the Hessian of x^2 y", "--x", "1", "--y", "2")
    assert "x  4  2\ny  2  0\n" in out


def test_gradients_that_are_constant_add_up_with_those_that_are_not(run: Run) -> None:
    found = document(run, "norm(hypot(fmod(fmod(y, y), x), y), ord=1)", "--x=-1,1", "--y", "1,40")
    assert found["hessian"]["y"]["y"]["data"] == [[0.0, 0.0], [0.0, 0.0]]


def test_an_entry_that_is_small_beside_a_kink_of_another_is_moved_by_little(run: Run) -> None:
    found = document(run, "prod(log(x)*floor(y))", "--x", "1e-9,1,0.3", "--y=3,-2,1e-9")
    assert found["hessian"]["x"]["x"]["data"] == [[0.0] * 3] * 3
