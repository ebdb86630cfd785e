"""``grad --show-jacobian``: v, J and v.J side by side say what ``--grad-tensor`` means."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from command_runs import Cli

Run = Callable[..., tuple[int, str, str]]
PRODUCT = ("x*y", "--x", "0,2,8", "--y", "5,1,7", "--grad-tensor", "1,1,2", "--show-jacobian", "--no-tree")


@pytest.fixture
def run(cli: Cli) -> Run:
    """Runs ``grad``."""
    return partial(cli, "grad")


def test_v_stands_beside_the_rows_and_the_product_below(run: Run) -> None:
    status, out, _ = run(*PRODUCT, "--width", "100")
    assert status == 0
    assert "l = v[0]*f[0] + v[1]*f[1] + v[2]*f[2]; the gradient is that of l" in " ".join(out.split())
    grid = [line.split() for line in out.splitlines()]
    assert ["1", "*", "f[0]", "5", "0", "0"] in grid
    assert ["2", "*", "f[2]", "0", "0", "7"] in grid
    assert ["v.J", "5", "1", "14"] in grid


def test_json_holds_v_and_every_block(run: Run) -> None:
    _, out, _ = run("W @ x", "--W", "1,2;3,4", "--x", "1,0", "--grad-tensor", "1,-1", "--show-jacobian", "--json")
    found = json.loads(out)
    v, blocks = np.array(found["jacobian"]["v"]), found["jacobian"]["J"]
    assert blocks["x"] == [[1.0, 2.0], [3.0, 4.0]]
    for name in ("W", "x"):
        np.testing.assert_allclose(np.tensordot(v, blocks[name], 1), found["variables"][name]["grad"])


def test_the_weights_of_several_backwards_are_their_sum(run: Run) -> None:
    words = ("x**2", "--x", "1,3", "--grad-tensor", "1,0", "--grad-tensor", "1,1", "--show-jacobian", "--json")
    assert json.loads(run(*words)[1])["jacobian"]["v"] == [2.0, 1.0]
    assert json.loads(run(*words, "--zero-grad")[1])["jacobian"]["v"] == [1.0, 1.0]


def test_a_variable_may_be_called_v_or_f(run: Run) -> None:
    words = (
        "v*v_*f",
        "--v",
        "1,2",
        "--v_",
        "1,1",
        "--f",
        "3,4",
        "--grad-tensor",
        "1,1",
        "--show-jacobian",
        "--no-tree",
    )
    _, out, _ = run(*words)
    assert "l = v__[0]*f_[0] + v__[1]*f_[1]" in " ".join(out.split())
    assert "\nv__ = [1, 1]\n" in out
    _, narrow, _ = run(*words, "--width", "12")
    assert "v__.J by v_\n  [3, 8]" in narrow
    _, latex, _ = run(*words, "--format", "latex")
    assert [line.split(" &=")[0] for line in latex.splitlines() if line.startswith("  v")] == ["  v''", "  v", "  v'"]


def test_a_statement_may_be_called_v_or_f(run: Run) -> None:
    _, out, _ = run("v = exp(x); f = v*x; v*f", "--x", "1,2", "--grad-tensor", "1,1", "--show-jacobian", "--no-tree")
    assert "l = v_[0]*f_[0] + v_[1]*f_[1]" in " ".join(out.split())
    assert "\nv_ = [1, 1]\n" in out
    assert "v_*" in out.split("formula")[1].split("✓")[0]


def test_the_weights_of_several_backwards_are_told_apart_in_latex(run: Run) -> None:
    _, out, _ = run(*PRODUCT, "--grad-tensor", "1,0,0", "--format", "latex")
    assert [line.split(" &=")[0].strip() for line in out.splitlines() if line.startswith("  v")] == [
        "v^{(1)}",
        "v^{(2)}",
        "v",
    ]


@pytest.mark.parametrize("form", ["table", "latex", "markdown", "plain", "json"])
@pytest.mark.parametrize("expression", ["sum(x)", "x", "y*x"])
def test_an_empty_jacobian_is_shown(run: Run, form: str, expression: str) -> None:
    words = [expression, "--x", "zeros(0,2)", "--var", "y=3", "--show-jacobian", "--grad-tensor", "1", "--format", form]
    for more in ([], ["--width", "10"]):
        status, out, err = run(*words, *more)
        assert (status, "AG999" in err) == (0, False), err
        assert out


@pytest.mark.parametrize("form", ["plain", "latex", "markdown"])
def test_every_form_has_the_matrix(run: Run, form: str) -> None:
    _, with_it, _ = run(*PRODUCT, "--format", form)
    _, without, _ = run(*[word for word in PRODUCT if word != "--show-jacobian"], "--format", form)
    expected = {
        "plain": "jacobian\tx\t5,0,0;0,1,0;0,0,7",
        "latex": r"J_{x} &= \begin{pmatrix} 5 & 0",
        "markdown": "J by x",
    }
    assert expected[form] in with_it
    assert expected[form] not in without


@pytest.mark.parametrize("width", ["12", "30", "60"])
def test_no_number_is_cut_however_narrow(run: Run, width: str) -> None:
    _, out, _ = run(
        "x*y", "--x", "0.123456,2", "--y", "5.54321,1", "--grad-tensor", "1,1", "--show-jacobian", "--width", width
    )
    assert "0.123456" in out.split("weighs")[1]
    assert "5.54321" in out.split("weighs")[1]


def test_large_ones_are_left_to_the_jacobian_command(run: Run) -> None:
    status, _, err = run("sum(x*2)", "--x", "arange(20)", "--show-jacobian")
    assert status == 3
    assert "--show-jacobian is for small results and inputs: one has 20 entries, the limit is 16" in err
    assert "the command jacobian" in err
