"""The JSON of a report: one strict object with the keys of the contract."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from autograd_cli.document import Display, json_numbers
from autograd_cli.views.gradient import gradient_answer
from autograd_cli.writers import write
from autograd_core.report import Report, Variable
from cases import render_reports

ROOT = Path(__file__).resolve().parents[2]


def strict(text: str) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def as_json(report: Report, view: Display | None = None) -> Any:
    stream = io.StringIO()
    write(gradient_answer(report), "json", view or Display(), stream)
    assert stream.getvalue().isascii()
    assert stream.getvalue().count("\n") == 1
    return strict(stream.getvalue())


def test_the_main_job_is_the_object_of_the_contract() -> None:
    found = as_json(render_reports.main_job())
    keys = ["schema", "ok", "expression", "read", "result", "grad_tensors", "variables", "check", "graph", "warnings"]
    assert list(found) == keys
    assert found["schema"] == "autograd-cli/grad/1"
    assert found["ok"] is True
    assert found["result"] == {
        "shape": [],
        "dtype": "float64",
        "data": 508.0,
        "requires_grad": True,
        "is_leaf": False,
        "grad_fn": "SumBackward0",
    }
    assert found["grad_tensors"] == [None]
    assert list(found["variables"]) == ["X1", "W1", "W2", "Y"]
    assert found["variables"]["X1"] == {
        "shape": [4],
        "dtype": "float64",
        "data": [2.0, 3.0, 4.0, 5.0],
        "requires_grad": True,
        "is_leaf": True,
        "grad_fn": None,
        "grad": [2.0, 20.0, 66.0, 152.0],
        "formula": "-2*W1*W2*(Y - W1*W2*X1)",
        "check": {
            "status": "agree",
            "method": "sympy",
            "compared": 4,
            "covered": 0,
            "total": 4,
            "kinks": 0,
            "max_abs_error": 0.0,
            "reason": None,
        },
    }
    assert found["check"] == {
        "status": "agree",
        "compared": 16,
        "covered": 0,
        "total": 16,
        "kinks": 0,
        "max_abs_error": 0.0,
        "rtol": 1e-9,
        "atol": 1e-12,
    }
    assert found["graph"]["root"] == 8
    assert found["graph"]["nodes"][0] == {
        "id": 0,
        "name": "Y",
        "op": None,
        "grad_fn": None,
        "inputs": [],
        "shape": [4],
        "requires_grad": True,
        "is_leaf": True,
        "data": [1.0, 1.0, 1.0, 1.0],
        "grad": [-2.0, -10.0, -22.0, -38.0],
    }
    assert found["warnings"] == []


def test_the_keys_have_one_order() -> None:
    found = as_json(render_reports.main_job())
    variable = ["shape", "dtype", "data", "requires_grad", "is_leaf", "grad_fn", "grad", "formula", "check"]
    assert list(found["variables"]["X1"]) == variable
    node = ["id", "name", "op", "grad_fn", "inputs", "shape", "requires_grad", "is_leaf", "data", "grad"]
    assert list(found["graph"]["nodes"][0]) == node


def test_what_was_not_asked_for_is_left_out() -> None:
    found = as_json(render_reports.main_job(), Display(tree=False, formula=False))
    assert "graph" not in found
    assert all("formula" not in each for each in found["variables"].values())
    assert "graph" not in as_json(render_reports.softmax())


def test_an_input_without_gradient_has_null() -> None:
    found = as_json(render_reports.matrices())["variables"]["x"]
    assert (found["requires_grad"], found["grad"], found["check"]) == (False, None, None)


def test_ok_is_false_when_the_check_disagrees() -> None:
    assert as_json(render_reports.disagreeing())["ok"] is False
    assert as_json(render_reports.kinked())["ok"] is True


def test_grad_tensors_and_warnings_are_there() -> None:
    found = as_json(render_reports.matrices())
    assert found["grad_tensors"] == [[[1.0], [1.0], [1.0]], [[1.0], [2.0], [1.5e20]]]
    assert as_json(render_reports.large())["warnings"] == [{"code": "AG405", "message": "h[7] is nan"}]


def test_numbers_that_json_does_not_have_are_strings() -> None:
    report = render_reports.odd()
    check = dataclasses.replace(report.verdict, max_abs_error=math.inf)
    found = as_json(dataclasses.replace(report, verdict=check))
    assert found["variables"]["z"]["data"] == [-0.0, "NaN", "Infinity", "-Infinity"]
    assert math.copysign(1, found["variables"]["z"]["data"][0]) == -1
    assert found["check"]["max_abs_error"] == "Infinity"
    assert as_json(render_reports.large())["result"]["data"] == "NaN"


def test_dtypes_keep_their_nature() -> None:
    found = as_json(render_reports.odd())["variables"]
    assert found["x"]["data"] == [0.1, 0.33333334, 1e-9]
    assert found["x"]["dtype"] == "float32"
    assert found["mask"]["data"] == [True, False]
    assert found["count"]["data"] == [1, 2**40]
    assert found["none"]["data"] == [[], []]
    assert found["none"]["shape"] == [2, 0]


def test_what_users_type_is_carried_as_it_is() -> None:
    report = render_reports.markup()
    found = as_json(report)
    assert found["expression"] == report.expression
    assert list(found["variables"]) == ["x", "Größe_α"]


def test_a_lone_surrogate_does_not_break_the_stream() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    write(
        gradient_answer(dataclasses.replace(render_reports.main_job(), expression="x\udcff")), "json", Display(), stream
    )
    stream.flush()


ARRAYS = arrays_of.arrays(
    st.sampled_from([np.float64, np.float32]), arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
)


@given(ARRAYS)
def test_every_digit_comes_back(array: Any) -> None:
    def read(item: Any) -> Any:
        return [read(each) for each in item] if isinstance(item, list) else float(item)

    back = np.array(read(strict(json.dumps(json_numbers(array), allow_nan=False))), dtype=array.dtype)
    back = back.reshape(array.shape)
    np.testing.assert_array_equal(back, array)
    finite = ~np.isnan(array)
    assert (np.signbit(back) == np.signbit(array))[finite].all()


def test_an_array_without_strange_numbers_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd_cli.document.json_number", None)  # would be called for each strange entry
    assert len(json_numbers(np.zeros(10**5))) == 10**5


@pytest.mark.parametrize("format", ["json", "plain"])
def test_a_form_for_programs_loads_neither_rich_nor_sympy(format: str) -> None:
    program = (
        "import io, sys; from autograd_cli.document import Display; from autograd_cli.writers import write;"
        "from autograd_cli.views.gradient import gradient_answer; from cases.render_reports import main_job;"
        f"write(gradient_answer(main_job()), {format!r}, Display(width=80), io.StringIO());"
        "print(*[name for name in sys.modules if name.split('.')[0] in ('rich', 'typer', 'sympy')])"
    )
    paths = [str(ROOT / each) for each in ("core", "cli", "tests")]
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}; {program}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_the_report_is_not_changed() -> None:
    report = render_reports.odd()
    before = [np.array(each.value.data) for each in report.variables]
    as_json(report)
    each: Variable
    for each, data in zip(report.variables, before, strict=True):
        np.testing.assert_array_equal(each.value.data, data)
