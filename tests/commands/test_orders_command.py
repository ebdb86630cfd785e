"""``grad --order N`` and ``grad --wrt x,x,y``: derivatives of higher orders, checked one after the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

from autograd_core.expr import parse
from autograd_core.expr.run import evaluate
from autograd_core.matrices import blocks
from autograd_core.ops import find
from autograd_core.ops.registry import op
from checking import planted
from command_runs import Cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(cli: Cli) -> Run:
    """Runs ``grad``."""
    return lambda *words: cli("grad", *words, "--check-budget", "30")


def document(run: Run, *words: str) -> dict[str, Any]:
    """The JSON answer of a command that succeeds."""
    status, out, err = run(*words, "--json")
    found: dict[str, Any] = json.loads(out)
    assert status == 0, err + out
    return found


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("tanh(x)", sympy.tanh),
        ("x**x", lambda x: x**x),
        ("sigmoid(x)", lambda x: 1 / (1 + sympy.exp(-x))),
        ("exp(-x**2)*log(x)", lambda x: sympy.exp(-(x**2)) * sympy.log(x)),
    ],
)
@pytest.mark.parametrize("at", ["0.7", "1", "2"])
def test_every_order_is_right_and_agrees(run: Run, text: str, meaning: Any, at: str) -> None:
    found = document(run, text, "--x", at, "--order", "4")
    x = sympy.Symbol("x", positive=True)
    assert found["schema"] == "autograd-cli/derivative/1"
    assert [each["order"] for each in found["derivatives"]] == [1, 2, 3, 4]
    for each in found["derivatives"]:
        expected = float(sympy.diff(meaning(x), x, each["order"]).subs(x, sympy.Rational(at)).evalf(25))
        assert each["data"] == pytest.approx(expected, rel=1e-11, abs=1e-12)
        assert each["check"]["status"] == "agree"
        if each["formula"] is not None:
            bound = {"x": np.array(float(at)), "f": np.array(found["result"]["data"])}
            program = parse(each["formula"], bound)
            assert evaluate([program.result], bound)[program.result] == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert found["derivatives"][1]["formula"] is not None
    assert found["check"]["compared"] == 4


def test_a_name_that_a_formula_sets_is_no_input(run: Run) -> None:
    found = document(run, "exp(exp(x)*d1)", "--x", "0.3", "--d1", "2", "--wrt", "x,x")
    bound = {"x": np.array(0.3), "d1": np.array(2.0), "f": np.array(found["result"]["data"])}
    second = found["derivatives"][1]
    program = parse(second["formula"], bound)
    assert evaluate([program.result], bound)[program.result] == pytest.approx(second["data"], rel=1e-12)


def test_a_repeated_name_asks_for_a_mixed_derivative(run: Run) -> None:
    words = ("x**2*y**3 + sin(x*y)", "--x", "2", "--y", "3")
    found = document(run, *words, "--wrt", "x,x,y")
    assert [each["by"] for each in found["derivatives"]] == [["x"], ["x", "x"], ["x", "x", "y"]]
    expected = 6 * 3**2 - 2 * 3 * np.sin(6) - 2 * 9 * np.cos(6)
    assert found["derivatives"][-1]["data"] == pytest.approx(expected)
    assert document(run, *words, "--wrt", "y,x", "--order", "2")["derivatives"][-1]["by"] == ["y", "x"]
    assert document(run, *words, "--wrt", "y", "--order", "2")["derivatives"][-1]["by"] == ["y", "y"]
    assert document(run, *words, "--wrt", "x,y", "--no-tree")["schema"] == "autograd-cli/grad/1"


def test_people_see_a_row_for_each_order(run: Run) -> None:
    status, out, _ = run("x**3", "--x", "2", "--order", "3", "--width", "80")
    assert status == 0
    assert "∂³f/∂x³" in out
    assert "6*x" in out
    assert "SymPy agrees: 3 of 3 derivative entries, largest difference 0" in out
    _, out, _ = run("x**3*y", "--x", "2", "--y", "1", "--wrt", "x,x,y", "--ascii")
    assert "d3f/dx2dy" in out
    assert out.isascii()
    _, out, _ = run("x**3", "--x", "2", "--order", "2", "--no-formula")
    assert "6*x" not in out


@pytest.mark.parametrize("check", ["sympy", "numeric", "all"])
def test_a_wrong_second_derivative_is_found(run: Run, check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = blocks.numbers_of

    def wrong(*given: Any) -> Any:
        return {place: number + (len(place) > 1) for place, number in right(*given).items()}

    monkeypatch.setattr(blocks, "numbers_of", wrong)
    status, out, _ = run("tanh(x)", "--x", "0.5", "--order", "3", "--check", check, "--json")
    statuses = [each["check"]["status"] for each in json.loads(out)["derivatives"]]
    assert status == 1
    assert statuses[:2] == ["agree", "disagree"]


def test_a_rule_that_is_wrong_from_the_second_order_on_is_found(run: Run) -> None:
    tanh: Any = find("tanh")
    with planted(tanh, vjps=(lambda g, y, _x: g * (1 - op.detach(y) * y),)):
        status, out, _ = run("tanh(x)", "--x", "0.5", "--order", "3", "--json")
    statuses = [each["check"]["status"] for each in json.loads(out)["derivatives"]]
    assert status == 1
    assert statuses[:2] == ["agree", "disagree"]


def test_a_derivative_that_should_be_0_is_compared_with_0(run: Run) -> None:
    neg: Any = find("neg")
    with planted(neg, vjps=(lambda g, _y, x: -g * op.exp(x - op.detach(x)),)):
        status, out, _ = run("-x", "--x", "1", "--order", "2", "--json")
    second = json.loads(out)["derivatives"][1]
    assert (status, second["check"]["status"]) == (1, "disagree")
    assert second["check"]["max_abs_error"] == 1.0


def test_kinks_are_named_and_not_compared(run: Run) -> None:
    status, out, err = run("abs(x)*x", "--x", "0", "--order", "2")
    assert status == 0
    assert "abs(x) (AbsBackward0) has no derivative" in err
    assert "✗" not in out
    assert "agree:" not in out


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("x*2", "--x", "1,2", "--order", "2"), 3, "the result has shape (2,)"),
        (("sum(x)", "--x", "1,2", "--order", "2"), 3, "x has shape (2,): higher orders are by single numbers"),
        (("x*y", "--x", "1", "--y", "2", "--order", "2"), 2, "--order 2 needs one name in --wrt"),
        (("x*y", "--x", "1", "--y", "2", "--order", "3", "--wrt", "x,y"), 2, "--order 3 needs one name in --wrt, or 3"),
        (("x", "--x", "1", "--order", "2", "--steps"), 2, "--steps is for gradients"),
        (("x", "--x", "1", "--order", "2", "--grad-tensor", "1"), 2, "--grad-tensor is for gradients"),
        (("x", "--x", "1", "--order", "11"), 3, "order 11 is too high; the limit is 10"),
        (("x", "--x", "1", "--order", "0"), 2, "--order"),
    ],
)
def test_misuse_is_explained(run: Run, words: tuple[str, ...], status: int, message: str) -> None:
    got, _, err = run(*words)
    assert got == status
    assert message in err


def test_the_other_forms(run: Run, tmp_path: Path) -> None:
    words = ("x**2*y", "--x", "2", "--y", "3", "--wrt", "x,x,y")
    _, out, _ = run(*words, "--format", "plain")
    records = [line.split("\t") for line in out.splitlines()]
    assert ["derivative", "x,x,y", "2"] in records
    assert ["formula", "x,x", "2*y"] in records
    assert ["check", "agree", "3", "3"] in records
    run(*words, "--output", str(tmp_path / "d.tex"))
    assert r"\frac{\partial^{3} f}{\partial x^{2} \, \partial y} &= 2" in (tmp_path / "d.tex").read_text()
    _, out, _ = run(*words, "--format", "markdown")
    assert "| `∂²f/∂x²` | `6` | `2*y` | ✓ 1/1 |" in out


def test_shapes_of_one_entry_and_constant_derivatives(run: Run) -> None:
    found = document(run, "x**2", "--x", "3,", "--order", "3")
    assert [each["data"] for each in found["derivatives"]] == [[6.0], [2.0], [0.0]]
    assert found["derivatives"][2]["formula"] == "zeros(1)"
    assert found["check"]["status"] == "agree"
    assert document(run, "3*x", "--x", "1", "--order", "2", "--check", "numeric")["check"]["status"] == "agree"


def test_formulas_of_higher_orders_use_what_is_assumed(cli: Cli) -> None:
    words = ("grad", "abs(x)**3", "--x", "2", "--order", "2", "--json")
    assert cli(*words, "--assume", "x > 0").json["derivatives"][1]["formula"] == "6*x"
    assert "abs" in cli(*words).json["derivatives"][1]["formula"]


@pytest.mark.parametrize("x", ["1e-5", "1e-9"])
def test_what_floats_have_lost_is_called_neither_right_nor_wrong(cli: Cli, x: str) -> None:
    for command in (("grad", "--order", "2"), ("hessian",)):
        status, out, _ = cli(command[0], "(1 - cos(x))/x**2", "--x", x, *command[1:])
        assert status == 0
        assert "has lost its digits to rounding" in out


def test_a_value_that_is_not_a_number_has_derivatives_by_convention(cli: Cli) -> None:
    found = cli("grad", "clip(x, -1, 1)", "--x", "nan", "--order", "3", "--json")
    assert (found.status, found.json["check"]["status"]) == (0, "partial")
    assert "convention" in found.json["derivatives"][0]["check"]["reason"]


def test_advice_about_several_options_is_a_command_that_runs(run: Run) -> None:
    status, _, err = run("x*y", "--x", "1", "--y", "3", "--order", "2")
    assert status == 2
    assert "\ntry: autograd-cli grad 'x*y' --x 1 --y 3 " in err
    assert err.endswith(" --order 2 --wrt x\n")
