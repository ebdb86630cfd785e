"""``export``: programs that compute the numbers again and assert them; NumPy's and SymPy's are run here.

Those for PyTorch and JAX are run by test_export_elsewhere.py where a Python with them is at hand.
"""

from __future__ import annotations

import ast
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import command_runs
from autograd_core.calculate import Request, program_for
from autograd_core.export.code import UnsupportedError
from corpus_cases import Case, array, cases, inputs
from exported import performed, program

MAIN = ("sum((Y-W2*W1*X1)**2)", "--x1", "2,3,4,5", "--w1", "1,1,1,1", "--w2", "1,2,3,4", "--y", "1,1,1,1")
THREE = {"X1": [2, 3, 4, 5], "W1": [1, 1, 1, 1], "W2": [1, 2, 3, 4], "Y": [1, 1, 1, 1]}


run = partial(command_runs.run, "export")


def usable(case: Case) -> bool:
    return "error" not in case and case.get("policy") in (None, "match", "match+warn")


ALL = [case for case in cases("gradients.json") if usable(case)]
OPERATIONS = [case for case in cases("operations_*.json") if usable(case)][::5]


def seeds_of(case: Case) -> tuple[Any, ...]:
    return (array(case["grad_tensor"]),) if case.get("grad_tensor") is not None else (None,)


@pytest.mark.parametrize("case", ALL[::3] + OPERATIONS, ids=[case["id"] for case in ALL[::3] + OPERATIONS])
def test_numpy_programs_prove_themselves(case: Case) -> None:
    try:
        text = program_for(Request(case["expr"], inputs(case), grad_tensors=seeds_of(case)), "numpy")[0]
    except UnsupportedError:
        return
    imported = {name.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import) for name in node.names}
    assert imported <= {"numpy", "math"}
    performed(text)


SMALL = [case for case in ALL if sum(each.size for each in inputs(case).values()) <= 12 and "edge" not in case][::12]


@pytest.mark.parametrize("case", SMALL, ids=[case["id"] for case in SMALL])
def test_sympy_programs_prove_themselves(case: Case) -> None:
    performed(program_for(Request(case["expr"], inputs(case), grad_tensors=seeds_of(case)), "sympy")[0])


@pytest.mark.parametrize("target", ["numpy", "sympy"])
def test_a_program_fails_when_its_input_is_changed(target: str) -> None:
    text = program("sum((Y-W2*W1*X1)**2)", THREE, target)
    performed(text)
    with pytest.raises(AssertionError):
        performed(text.replace("[2.0, 3.0, 4.0, 5.0]", "[2.0, 3.0, 4.0, 6.0]", 1))


def test_the_torch_program_is_what_a_user_of_torch_writes() -> None:
    status, out, err = run(*MAIN, "--to", "torch")
    assert (status, err) == (0, "")
    assert "X1 = torch.tensor([2.0, 3.0, 4.0, 5.0], requires_grad=True)\n" in out
    assert "f = torch.sum((Y - W2*W1*X1)**2)\n\nf.backward()\n" in out
    assert "torch.testing.assert_close(X1.grad, torch.tensor([2.0, 20.0, 66.0, 152.0])" in out
    ast.parse(out)


def test_the_numpy_program_unrolls_the_backward_pass() -> None:
    out = run(*MAIN, "--to", "numpy")[1]
    assert "v1 = W2*W1\n" in out
    assert "dv3 = 2*v3\n" in out
    assert "grad_Y = dv3\n" in out
    assert "autograd" not in out.split('"""')[2]


def test_statements_keep_their_names_and_a_seed_is_passed_on() -> None:
    values = {"x": [1, 2], "W": [[1, 2], [3, 4]]}
    for target in ("torch", "jax", "numpy"):
        text = program("h = W @ x; h**2", values, target, grad_tensors=(np.array([1.0, 10.0]),))
        assert "h = W @ x\n" in text
        assert "[1.0, 10.0]" in text


def test_inputs_without_gradient_are_constants_elsewhere_too() -> None:
    text = program("sum(x*c)", {"x": [1, 2], "c": [3, 4]}, "torch", requires_grad=("x",))
    assert "c = torch.tensor([3.0, 4.0])\n" in text
    assert "c.grad" not in text
    assert "def compute(x):" in program("sum(x*c)", {"x": [1, 2], "c": [3, 4]}, "jax", requires_grad=("x",))


def test_several_grad_tensors_are_added_up() -> None:
    seeds = (np.array([1.0, 1.0]), np.array([1.0, 2.0]))
    performed(program("x**3", {"x": [1, 2]}, "numpy", grad_tensors=seeds))
    assert "[2.0, 3.0]" in program("x**3", {"x": [1, 2]}, "numpy", grad_tensors=seeds)


def test_float32_programs_compute_in_float32() -> None:
    text = program("sum(exp(x)*y)", {"x": [0.1, 0.2], "y": [0.3, 0.7]}, "numpy", dtype="float32")
    assert performed(text)["grad_x"].dtype == np.float32
    assert "torch.set_default_dtype(torch.float32)" in program("sum(x)", {"x": [1, 2]}, "torch", dtype="float32")


def test_numpy_programs_of_plain_convolutions_run() -> None:
    values = {"x": np.arange(9.0).reshape(1, 1, 3, 3), "w": np.ones((1, 1, 2, 2)), "b": [2.0]}
    performed(program("sum(conv2d(x, w, b)**2)", values, "numpy"))
    assert "np.maximum(x, -2.0)" in program("sum(maximum(x, -2))", {"x": [1, -3]}, "numpy")


@pytest.mark.parametrize(
    ("expression", "x"),
    [
        ("sum(sinc(x))", [0, 0.5]),
        ("sum(round(x)*x + round(3*x)*x)", [0.2, 0.7]),
        ("sum(floor(2*x)*x + sign(x - 1)*x)", [0.2, 0.7]),
    ],
    ids=["sinc", "round", "floor"],
)
def test_sympy_programs_with_branches_and_steps_run(expression: str, x: list[float]) -> None:
    performed(program(expression, {"x": x}, "sympy"))


def test_at_a_kink_and_where_a_number_is_not_finite_sympy_shows_and_does_not_assert() -> None:
    kinked = program("sum(abs(x))", {"x": [0, 1]}, "sympy")
    assert "not asserted" in kinked
    assert "# abs" in kinked, "it says which operation, and where"
    performed(kinked)
    performed(program("sum(sqrt(x))", {"x": [0, 1]}, "sympy"))
    performed(program("sum(abs(x)) + sum(sqrt(x))", {"x": [0, 1]}, "numpy"))


def test_an_operation_without_a_word_is_refused_by_name() -> None:
    status, out, err = run("sum(erfinv(x))", "--x", "0.1,0.5", "--to", "numpy")
    assert (status, out) == (3, "")
    assert err.startswith("error[AG630]: erfinv has no counterpart in numpy")
    assert run("sum(erfinv(x))", "--x", "0.1,0.5", "--to", "torch")[0] == 0
    assert "where nothing is held constant" in run("sum(detach(x)*x)", "--x", "1,2", "--to", "sympy")[2]


def test_too_many_symbols_are_refused() -> None:
    status, _, err = run("sum(x**2)", "--x", "zeros(3000)", "--to", "sympy")
    assert status == 3
    assert "--to torch" in err


def test_a_target_is_needed_and_named() -> None:
    status, _, err = run("sum(x)", "--x", "1,2")
    assert status == 2
    assert "--to torch" in err


def test_latex_is_a_whole_document_with_the_steps() -> None:
    status, out, err = run(*MAIN, "--to", "latex")
    assert (status, err) == (0, "")
    assert out.startswith("\\documentclass{article}\n\\usepackage{amsmath}\n")
    assert out.endswith("\\end{document}\n")
    assert "\\paragraph{Backward}" in out


def test_a_program_goes_to_a_file_or_into_json(tmp_path: Path) -> None:
    path = tmp_path / "check.py"
    status, out, err = run(*MAIN, "--to", "numpy", "--output", str(path))
    assert (status, out, err) == (0, "", f"wrote {path}\n")
    found = json.loads(run(*MAIN, "--to", "numpy", "--json")[1])
    assert (found["schema"], found["ok"], found["to"]) == ("autograd-cli/export/1", True, "numpy")
    assert found["program"] == path.read_text()
    assert run(*MAIN, "--to", "numpy", "--output", str(tmp_path / "x.docx"))[0] == 2


def test_nothing_typed_becomes_code() -> None:
    text = program('sum(x)  # """ \\ import os', {"x": [1, 2]}, "numpy")
    performed(text)
    assert not [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import) and node.names[0].name == "os"
    ]


def test_few_operations_have_no_word_in_numpy() -> None:
    refused = [case["expr"] for case in ALL if not spoken(case)]
    assert len(refused) <= len(ALL) // 50


def spoken(case: Case) -> bool:
    try:
        program_for(Request(case["expr"], inputs(case), grad_tensors=seeds_of(case)), "numpy")
    except UnsupportedError:
        return False
    return True


@pytest.mark.parametrize("target", ["torch", "latex"])
def test_what_is_read_otherwise_than_in_the_library_is_warned_of(cli: command_runs.Cli, target: str) -> None:
    assert "warning[AG419]: std divides" in cli("export", "torch.std(x)", "--x", "1,2,3", "--to", target).stderr
