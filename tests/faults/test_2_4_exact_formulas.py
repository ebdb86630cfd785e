"""Formulas lose no term, keep constants exact, and hold in the dtype of the run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from command_runs import Cli

ALONE = ("--json", "--check", "none", "--no-tree")


@pytest.mark.parametrize(
    ("text", "values", "formula"),
    [
        ("x**2*1e-17 + x", ("--x", "1"), "2e-17*x + 1"),
        ("x + 1e-30*sin(x)", ("--x", "1"), "1e-30*cos(x) + 1"),
        ("sum(x**2)/sqrt(3)", ("--x", "1,2,3"), "2*x/sqrt(3)"),
        ("x**2*pi", ("--x", "2"), "2*pi*x"),
        ("log(x)/log(2)", ("--x", "2"), "1/(log(2)*x)"),
        ("log(x, 3)", ("--x", "2"), "1/(log(3)*x)"),
        ("log(x, 1.5)", ("--x", "2"), "1/(log(1.5)*x)"),
        ("log(3, x)", ("--x", "2"), "-f/(x*log(x))"),
        ("sin(x*pi/180)", ("--x", "2"), "pi*cos(pi*x/180)/180"),
        ("sum(x**2)*1.1547005383792517", ("--x", "1,2,3"), "4*x/sqrt(3)"),
    ],
)
def test_terms_and_constants_are_kept_exactly(cli: Cli, text: str, values: tuple[str, ...], formula: str) -> None:
    assert cli("grad", text, *values, *ALONE).json["variables"]["x"]["formula"] == formula


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("asinh(x)", {"x": "1e22"}),
        ("x/y", {"x": "1e25", "y": "3e25"}),
        ("sinc(x)", {"x": "1e-5"}),
        ("atan2(y, x)", {"x": "1e25", "y": "2e24"}),
        ("hypot(y, x)", {"x": "1e25", "y": "2e24"}),
        ("sqrt((1e-170*x)**2)", {"x": "1e170"}),
        ("sigmoid(x)", {"x": "37.43"}),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_formula_gives_the_gradient_in_the_dtype_of_the_run(
    cli: Cli, text: str, values: dict[str, str], dtype: str
) -> None:
    if dtype == "float32" and "1e-170" in text:
        return
    words = [*(word for name, value in values.items() for word in ("--var", f"{name}={value}")), "--dtype", dtype]
    answer: Any = cli("grad", text, *words, *ALONE).json
    for name, each in answer["variables"].items():
        if each["formula"] is not None:
            f = f"f={answer['result']['data']!r}"
            again = cli("grad", each["formula"], *words, "--var", f, *ALONE).json["result"]["data"]
            np.testing.assert_allclose(again, each["grad"], rtol=1e-3 if dtype == "float32" else 1e-7, err_msg=name)


@pytest.mark.parametrize(
    "words",
    [
        ("jacobian", "a/(1.5 + cos(b))", "--a", "0.377,", "--b", "-1"),
        ("hessian", "norm(reshape((b*t)*b, (2, 3)))", "--b", "[[[0.7,-0.9,-0.6]],[[-0.2,-0.6,-1]]]", "--t", "0.6"),
    ],
)
def test_formulas_of_axes_of_one_entry_are_found(cli: Any, words: tuple[str, ...]) -> None:
    found = cli(*words, "--formula", "--check", "none")
    assert found.status == 0
    assert "failed" not in found.stdout


@pytest.mark.parametrize(
    ("text", "x", "formula"),
    [
        ("(x*1e-110)**3", "1e110", "3*(x*1e-110)**2*1e-110"),
        ("1/(1+exp(x))", "400", "-f*sigmoid(x)"),
        ("1/(1+exp(-x))", "-400", "f*(1 - f)"),
        ("1/(1+exp(x))", "-400", "-f*sigmoid(x)"),
    ],
)
def test_formulas_at_the_ends_of_floats(cli: Cli, text: str, x: str, formula: str) -> None:
    assert cli("grad", text, f"--x={x}", "--json").json["variables"]["x"]["formula"] == formula


def test_a_vector_of_one_entry_has_its_formula(cli: Cli) -> None:
    """The identity of one row is the number 1, also where rows are summed."""
    text = "sum(log_softmax(broadcast_to(w/(1.5 + cos(q)), (3,)))[0])"
    report = cli("hessian", text, "--w", "-1.805", "--q", "1.054,", "--formula", "--check", "none")
    assert "the simplification failed" not in report.stdout
    report = cli("jacobian", "y @ P", "--y", "-0.776,", "--P", "[[-0.207,0.22,1.184]]", "--formula", "--check", "none")
    assert "no formula" not in report.stdout


@pytest.mark.parametrize(
    "text", ["norm(x)", "norm(x, 3)", "std(x)", "pairwise_distance(x, x[::-1], eps=0)", "hypot(x[0] - 3, x[1] - 3)"]
)
def test_powers_of_two_that_keep_digits_stand_in_no_formula(cli: Cli, text: str) -> None:
    found = cli("grad", text, "--x", "0,0" if "norm" in text else "3,3", *ALONE).json
    assert "magnitude" not in (found["variables"]["x"]["formula"] or "")
    assert found["variables"]["x"]["formula"] or "hypot" in text
