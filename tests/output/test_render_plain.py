"""Tab-separated records, and arrays as text that types back to the same array."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from autograd_cli.document import Display, value_text
from autograd_cli.environment import StandardInput
from autograd_cli.values.reader import ValueReader
from autograd_cli.views.gradient import gradient_answer
from autograd_cli.writers import write
from autograd_core.report import Report, Warning
from cases import render_reports


def plain(report: Report, view: Display | None = None) -> str:
    stream = io.StringIO()
    write(gradient_answer(report), "plain", view or Display(), stream)
    return stream.getvalue()


def read(text: str) -> Any:
    """The array that the command line makes of a value."""
    return ValueReader(StandardInput(None)).read("x", text)


def test_the_main_job() -> None:
    assert plain(render_reports.main_job()) == (
        "value\t508\n"
        "grad\tX1\t2,20,66,152\n"
        "grad\tW1\t4,60,264,760\n"
        "grad\tW2\t4,30,88,190\n"
        "grad\tY\t-2,-10,-22,-38\n"
        "formula\tX1\t-2*W1*W2*(Y - W1*W2*X1)\n"
        "formula\tW1\t-2*X1*W2*(Y - W1*W2*X1)\n"
        "formula\tW2\t-2*X1*W1*(Y - W1*W2*X1)\n"
        "formula\tY\t2*(Y - W1*W2*X1)\n"
        "check\tagree\t16\t16\n"
    )


def test_formulas_can_be_left_out() -> None:
    assert "formula" not in plain(render_reports.main_job(), Display(formula=False))


def test_an_input_without_gradient_and_a_matrix() -> None:
    lines = plain(render_reports.matrices()).splitlines()
    assert lines[0] == "value\t2.125;18.625;35.125"
    assert lines[1] == "grad\tA\t1,-2,0.5,3.25;1,-2,0.5,3.25;1,-2,0.5,3.25"
    assert lines[2] == "grad\tx\tnull"


def test_warnings_come_last_and_nothing_breaks_a_record() -> None:
    report = render_reports.report("x", 1, warnings=(Warning("AG001", "a\tb\nc\x1b[31m"),))
    assert plain(report).splitlines()[-1] == "warning\tAG001\ta\\tb\\nc\\x1b[31m"


def test_ascii() -> None:
    assert plain(render_reports.markup(), Display(ascii=True)).isascii()
    assert "grad\tGröße_α\t1,1\n" in plain(render_reports.markup())


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (3, "3"),
        ([3], "3,"),
        ([2, 20, 66], "2,20,66"),
        ([0.1, 1 / 3, 1e-9, 1.5e20], "0.1,0.3333333333333333,1e-09,1.5e+20"),
        ([[1, 2], [3, 4]], "1,2;3,4"),
        ([[1], [2], [3]], "1;2;3"),
        ([[1, 2]], "[[1,2]]"),
        ([[1]], "[[1]]"),
        ([[[1, 2], [3, 4]]], "[[[1,2],[3,4]]]"),
        ([[[1]], [[2]]], "[[[1]],[[2]]]"),
        ([], "zeros(0)"),
        ([[], []], "zeros(2,0)"),
        ([np.nan, np.inf, -np.inf], "nan,inf,-inf"),
        (-0.0, "-0"),
    ],
)
def test_an_array_as_a_value(array: Any, text: str) -> None:
    assert value_text(np.array(array, dtype=float)) == text


@given(
    arrays_of.arrays(
        st.sampled_from([np.float64, np.float32]),
        arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    )
)
def test_a_value_typed_back_is_the_same_array(array: Any) -> None:
    text = value_text(array)
    back = read(text)
    assert back.shape == array.shape
    back = back.astype(array.dtype)
    np.testing.assert_array_equal(back, array)
    known = ~np.isnan(array)
    assert (np.signbit(back) == np.signbit(array))[known].all()
    assert not any(each.isspace() for each in text)
    assert not text.endswith(".0")
