"""FAULTS.md, section 1: numbers that were shown wrongly."""

from __future__ import annotations

import pytest

from command_runs import Cli


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["1000003*x", "--x", "3"], "1000003"),
        (["sum(a)", "--a", "1000003,1000004.5"], "[1000003, 1000004.5]"),
        (["x/3", "--x", "1000000"], "x/3 = 333333.3"),
        (["x**2*1e-8 + x", "--x", "1"], "= 1.00000\n"),
        (["x*24691356", "--x", "1"], "24691356"),
        (["sum(a)", "--a", "1.00000001,1.00000002"], "[1.00000001, 1.00000002]"),
    ],
)
@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
def test_a_number_that_looks_exact_is_exact(cli: Cli, words: list[str], shown: str, form: str) -> None:
    done = cli("grad", *words, "--check", "none", "--format", form)
    if form != "table":  # other brackets and signs, the same digits
        shown = shown.strip("=\n ").split(" = ")[-1].strip("[]").split(", ")[0]
    assert shown in done.stdout
    assert "1e+06" not in done.stdout
