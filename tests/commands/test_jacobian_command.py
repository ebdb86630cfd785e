"""``jacobian`` as a user meets it: blocks with names, products, formulas, the check, formats and limits."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_cli.values.reader import ValueReader
from autograd_core.expr import parse
from autograd_core.expr.run import evaluate
from autograd_core.matrices import Request, jacobian
from autograd_core.ops import find
from checking import planted
from command_runs import Cli

Run = Callable[..., tuple[int, str, str]]
W, X = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.1, -0.2])
TANH = ("tanh(W @ x)", "--W", "1,2;3,4", "--x", "0.1,-0.2")
SLOPE = 1 - np.tanh(W @ X) ** 2


@pytest.fixture
def run(cli: Cli) -> Run:
    """Runs a command."""
    return lambda *words: cli(*words, "--check-budget", "30")


def document(run: Run, *words: str, command: str = "jacobian") -> dict[str, Any]:
    """The JSON answer of a command that succeeds."""
    status, out, err = run(command, *words, "--json")
    found: dict[str, Any] = json.loads(out)
    assert status == 0, err + out
    return found


def test_there_is_a_block_for_each_input_with_its_entries_named(run: Run) -> None:
    status, out, _ = run("jacobian", *TANH)
    assert status == 0
    assert "∂f/∂W  (2,) by (2,2)  ✓ 8/8" in out
    assert "∂f/∂x  (2,) by (2,)  ✓ 4/4" in out
    rows = {line.split()[0]: line.split()[1:] for line in out.split("∂f/∂x")[1].splitlines() if line.startswith("f[")}
    np.testing.assert_allclose([[float(n) for n in rows[k]] for k in ("f[0]", "f[1]")], SLOPE[:, None] * W, rtol=1e-5)
    assert "SymPy agrees: 12 of 12 Jacobian entries" in out


def test_json_holds_shapes_numbers_and_checks(run: Run) -> None:
    found = document(run, *TANH)
    assert found["schema"] == "autograd-cli/jacobian/1"
    assert found["ok"] is True
    assert list(found["jacobian"]) == ["W", "x"]
    block = found["jacobian"]["W"]
    assert (block["rows"], block["columns"]) == ([2], [2, 2])
    expected = np.einsum("i,ij,k->ijk", SLOPE, np.eye(2), X)
    np.testing.assert_allclose(block["data"], expected, rtol=1e-14)
    assert block["check"]["status"] == "agree"
    assert block["check"]["compared"] == block["check"]["total"] == 8
    assert found["product"] is None
    assert found["variables"]["x"]["wanted"] is True


def test_wrt_chooses_the_inputs(run: Run) -> None:
    found = document(run, *TANH, "--wrt", "x")
    assert list(found["jacobian"]) == ["x"]
    assert found["variables"]["W"]["wanted"] is False
    assert list(document(run, *TANH, "--no-grad", "x")["jacobian"]) == ["W"]


def test_a_product_with_v_is_what_grad_computes(run: Run) -> None:
    product = document(run, *TANH, "--product", "2,-1")["product"]
    gradient = document(run, *TANH, "--grad-tensor", "2,-1", command="grad")["variables"]
    assert product["kind"] == "v.J"
    assert product["given"] == {"v": [2.0, -1.0]}
    for name in ("W", "x"):
        assert product["found"][name]["data"] == gradient[name]["grad"]
        assert product["found"][name]["check"]["status"] == "agree"


def test_a_product_with_u_moves_the_result(run: Run) -> None:
    found = document(run, *TANH, "--product", "x=1,-1", "--product", "W=1")
    product = found["product"]
    moved = SLOPE * (W @ [1, -1] + np.ones((2, 2)) @ X)
    assert product["kind"] == "J.u"
    np.testing.assert_allclose(product["found"]["J.u"]["data"], moved, rtol=1e-14)
    assert product["found"]["J.u"]["check"]["compared"] == 2
    assert found["jacobian"] is None
    _, out, _ = run("jacobian", *TANH, "--product", "x=1,-1")
    assert "u of x = [1, -1]" in out
    assert "W does not move" in out


@pytest.mark.parametrize("variable", ["t", "v", "f"])
def test_a_variable_may_have_any_name(run: Run, variable: str) -> None:
    found = document(run, f"{variable}**2", "--var", f"{variable}=1,3", "--product", f"{variable}=1,1")
    assert found["product"]["found"]["J.u"]["data"] == [2.0, 6.0]
    assert found["check"]["status"] == "agree"
    found = document(run, f"{variable}**2", "--var", f"{variable}=1,3", "--formula")
    assert found["jacobian"][variable]["formula"] == f"2*diag({variable})"


@pytest.mark.parametrize(
    ("text", "values", "name", "formula"),
    [
        ("sin(x)*x", {"x": "1,2,3"}, "x", "diag(x*cos(x) + sin(x))"),
        ("x*y", {"x": "2", "y": "3"}, "x", "y"),
        ("x", {"x": "3"}, "x", "1"),
        ("x[0]", {"x": "1,2"}, "x", "[1, 0]"),
        ("softmax(x)", {"x": "1,2,3"}, "x", "diag(f) - outer(f, f)"),
        ("tanh(W @ x)", {"W": "1,2;3,4", "x": "1,2"}, "x", "diag(1 - f**2) @ W"),
        ("W @ x", {"W": "1,2;3,4", "x": "1,2"}, "x", "W"),
        ("X @ w", {"X": "1,2;3,4", "w": "1,2"}, "X", None),
        ("cumsum(x)**2", {"x": "1,2,3"}, "x", None),
        ("log_softmax(X)", {"X": "1,2;3,4"}, "X", None),
        ("outer(x, y)", {"x": "1,2", "y": "3,4"}, "y", None),
    ],
)
def test_a_formula_typed_back_gives_the_matrix(
    run: Run, text: str, values: dict[str, str], name: str, formula: str | None
) -> None:
    words = [word for each, value in values.items() for word in (f"--{each}", value)]
    found = document(run, text, *words, "--formula")
    block = found["jacobian"][name]
    if formula is not None:
        assert block["formula"] == formula
    reader = ValueReader(None)  # type: ignore[arg-type]
    bound = {each: reader.read(each, value) for each, value in values.items()}
    bound["f"] = np.array(found["result"]["data"])
    program = parse(block["formula"], bound)
    np.testing.assert_allclose(evaluate([program.result], bound)[program.result], block["data"], rtol=1e-12, atol=1e-16)


def test_kinks_are_counted_and_named(run: Run) -> None:
    status, out, err = run("jacobian", "relu(x)*y", "--x", "-1,0,2", "--y", "1,1,1", "--wrt", "x")
    assert status == 0
    assert "8/9, 1 kink" in out
    assert "relu(x) (ReluBackward0) has no derivative at [1]" in err


def test_a_wrong_rule_is_found_and_named_by_its_place(run: Run) -> None:
    tanh: Any = find("tanh")
    right = tanh.vjps[0]
    with planted(tanh, vjps=(lambda g, y, x: right(g, y, x) * (1 + 1e-5 * (y < -0.4)),)):
        status, out, _ = run("jacobian", *TANH)
    assert status == 1
    assert re.search(r"  (x\[1, .\]|W\[1, 1, .\]): .* here, .* by SymPy", out)
    with planted(tanh, vjps=(lambda g, y, x: right(g, y, x) * 1.0001,)):
        status, out, _ = run("jacobian", "tanh(x)", "--x", "0.5,1", "--json")
    found = json.loads(out)
    assert status == 1
    worst = found["jacobian"]["x"]["check"]["worst"]
    assert worst["index"] in ([0, 0], [1, 1])
    assert worst["ratio"] == pytest.approx(1.0001)


def test_a_wrong_batched_pass_is_found(run: Run) -> None:
    cumsum: Any = find("cumsum")
    right = cumsum.batch
    with planted(cumsum, batch=lambda op, operands, lead, params: right(op, operands, lead, params) * 1.01):
        status, _, _ = run("jacobian", "cumsum(x)**2", "--x", "1,2,3")
    assert status == 1


def test_other_witnesses_can_be_asked(run: Run) -> None:
    found = document(run, *TANH, "--check", "numeric")
    assert found["jacobian"]["x"]["check"]["method"] == "numeric"
    assert found["check"]["compared"] == 12
    both = document(run, *TANH, "--check", "all")
    assert len(both["jacobian"]["x"]["check"]["rows"]) == 4
    assert [row["index"] for row in both["jacobian"]["x"]["check"]["rows"]] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    status, out, _ = run("jacobian", *TANH, "--check", "none", "--strict")
    assert status == 1
    assert "not checked: not asked for" in out


def test_a_large_matrix_is_covered_by_a_sum_of_its_rows() -> None:
    request = Request(
        "tanh(A @ x)",
        {"A": np.random.default_rng(0).uniform(-1, 1, (150, 90)), "x": np.linspace(-1, 1, 90)},
        requires_grad=["x"],
        check_budget=30.0,
    )
    report = jacobian(request)
    check = report.blocks[0].check
    assert check is not None
    assert check.status == "agree"
    assert (check.compared, check.covered, check.total) == (0, 150 * 90, 150 * 90)


def test_a_matrix_is_held_to_the_limits_of_every_run(run: Run) -> None:
    words = ("x*2", "--x", "arange(1100)")
    status, out, _ = run("jacobian", *words, "--check", "none")
    assert status == 0
    assert "min 0, max 2" in out
    assert run("jacobian", *words, "--check", "none", "--force")[:2] == (0, out)  # as scripts may say
    status, _, err = run("jacobian", *words, "--max-elements", "1000000")
    assert status == 3
    assert "1,100 x 1,100 = 1,210,000 entries; the limit is 1,000,000" in err
    assert "--product gives v.J or J.u without the matrix" in err
    raised = err.splitlines()[-1].removeprefix("try: autograd-cli ").replace(" --check-budget 30", "")
    assert run(*shlex.split(raised), "--check", "none")[0] == 0
    assert run("jacobian", *words, "--product", "1", "--check", "none")[0] == 0


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("--product", "1,2,3"), 3, "--product has shape (3,), the result has shape (2,)"),
        (("--product", "x=1,2,3"), 3, "--product x has shape (3,), x has shape (2,)"),
        (("--product", "1,0", "--product", "0,1"), 2, "--product is given twice"),
        (("--product", "x=1", "--product", "x=2"), 2, "--product x= is given twice"),
        (("--product", "1", "--product", "x=2"), 2, "v for v.J, or NAME=u for J.u, and not both"),
        (("--product", "z=1"), 2, "'z' is not one of the variables"),
        (("--product", "W=1", "--wrt", "x"), 2, "no derivative is taken by W"),
        (("--get", "x"), 2, "--get"),
    ],
)
def test_misuse_is_explained(run: Run, words: tuple[str, ...], status: int, message: str) -> None:
    got, _, err = run("jacobian", *TANH, *words)
    assert got == status
    assert message in err


def test_a_constant_has_no_jacobian(run: Run) -> None:
    status, _, err = run("jacobian", "x > 0", "--x", "1,2")
    assert status == 3
    assert "nothing to differentiate" in err


def test_plain_text_can_be_typed_back(run: Run) -> None:
    _, out, _ = run("jacobian", *TANH, "--format", "plain", "--formula")
    records = [line.split("\t") for line in out.splitlines()]
    block = next(record for record in records if record[:2] == ["jacobian", "x"])
    np.testing.assert_allclose(ValueReader(None).read("J", block[2]), SLOPE[:, None] * W)  # type: ignore[arg-type]
    assert ["check", "agree", "12", "12"] in records
    assert any(record[:2] == ["formula", "x"] for record in records)
    _, out, _ = run("jacobian", *TANH, "--format", "plain", "--product", "1,1")
    assert [line.split("\t")[:2] for line in out.splitlines()][1:3] == [["product", "W"], ["product", "x"]]


def test_files(run: Run, tmp_path: Path) -> None:
    status, out, err = run("jacobian", *TANH, "--output", str(tmp_path / "j.npz"))
    assert (status, out) == (0, "")
    assert "j.npz" in err
    with np.load(tmp_path / "j.npz") as saved:
        assert set(saved) == {"value", "jacobian_W", "jacobian_x", "W", "x"}
        np.testing.assert_allclose(saved["jacobian_x"], SLOPE[:, None] * W)
    run("jacobian", *TANH, "--output", str(tmp_path / "j.json"))
    assert json.loads((tmp_path / "j.json").read_text())["schema"] == "autograd-cli/jacobian/1"
    run("jacobian", *TANH, "--output", str(tmp_path / "j.tex"), "--formula")
    tex = (tmp_path / "j.tex").read_text()
    assert r"\frac{\partial f}{\partial x} &= \operatorname{diag}" in tex
    assert r"= \begin{pmatrix} 0.915137" in tex
    assert tex.count(r"\begin{align*}") == tex.count(r"\end{align*}")
    run("jacobian", *TANH, "--output", str(tmp_path / "j.md"))
    assert "| `f[0]` |" in (tmp_path / "j.md").read_text()


@pytest.mark.parametrize("width", ["20", "40", "80"])
def test_no_number_is_cut_however_narrow(run: Run, width: str) -> None:
    _, out, _ = run("jacobian", *TANH, "--width", width, "--precision", "9")
    for number in (SLOPE[:, None] * W).ravel():
        assert f"{number:.9g}" in out
    _, out, _ = run("jacobian", *TANH, "--ascii", "--width", width)
    assert out.isascii()
    assert "df/dx" in out


def test_float32_and_shapes_of_all_kinds(run: Run) -> None:
    found = document(run, "sum(X, axis=0)*X[:1]", "--X", "1,2;3,4", "--dtype", "float32")
    assert found["result"]["dtype"] == "float32"
    assert found["jacobian"]["X"]["rows"] == [1, 2]
    assert np.shape(found["jacobian"]["X"]["data"]) == (1, 2, 2, 2)
    assert document(run, "x*2", "--x", "zeros(0)", "--check", "none")["jacobian"]["x"]["data"] == []
    assert document(run, "x**2", "--x", "3")["jacobian"]["x"]["data"] == 6.0


def test_strict_takes_an_entry_at_a_kink_as_grad_does(cli: Cli) -> None:
    words = ("relu(x) + y**2", "--x", "0", "--y", "2", "--strict")
    for command in ("grad", "jacobian", "hessian"):
        assert cli(command, *words).status == 0, command
        assert cli(command, *words, "--check", "none").status == 1, command
