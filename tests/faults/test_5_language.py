"""Section 5, what was not in the language: values and gradients of torch 2.13, and what is said of a reading."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

CASES = json.loads((Path(__file__).parent / "torch_answers.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_pytorchs_answers(cli: Any, case: dict[str, Any]) -> None:
    words = [word for name, value in case["values"].items() for word in (f"--{name}", json.dumps(value))]
    found = cli("grad", case["text"], *words, "--wrt", case["by"], "--json")
    assert found.status == 0, found
    report = found.json
    assert report["result"]["data"] == pytest.approx(case["value"], rel=1e-12)
    np.testing.assert_allclose(report["variables"][case["by"]]["grad"], case["gradient"], rtol=1e-11, atol=1e-14)
    kinks = report["check"]["kinks"] > 0
    assert kinks or report["check"]["status"] in ("agree", "partial"), report["check"]
    formula = report["variables"][case["by"]]["formula"]
    if formula is not None and report["check"]["status"] == "agree":
        again = cli("grad", formula, *words, *bound(report, formula), "--no-formula", "--check", "none", "--json")
        if again.status == 0:
            np.testing.assert_allclose(again.json["result"]["data"], case["gradient"], rtol=1e-8, atol=1e-12)


def bound(report: Any, formula: str) -> list[str]:
    return ["--var", f"f={report['result']['data']}"] if "f" in formula else []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sum(max(x, 0))", "maximum"),
        ("max(0, 1-sum(x))", "maximum"),
        ("sum(min(x, 1))", "minimum"),
        ("sum(x.repeat(2))", "tile"),
        ("(-8)**(1/3)*sum(x)", "cbrt"),
    ],
)
def test_a_reading_that_may_surprise_is_said(cli: Any, text: str, said: str) -> None:
    report = cli("grad", text, "--x", "3,-1,2", "--json").json
    assert any(said in each["message"] for each in report["warnings"])


def test_max_of_two_is_the_larger_and_max_along_an_axis_stays(cli: Any) -> None:
    assert cli("grad", "sum(max(x, 0))", "--x", "3,-1,2", "--get", "x").stdout.split() == ["1,0,1"]
    assert cli("grad", "sum(max(x, axis=0))", "--x", "3,-1,2", "--get", "x").stdout.split() == ["1,0,0"]
    assert cli("grad", "sum(x.max(0))", "--x", "3,-1,2", "--get", "x").stdout.split() == ["1,0,0"]


def test_a_list_may_hold_infinities(cli: Any) -> None:
    found = cli("grad", "sum(maximum(x, [1, -inf]))", "--x", "0,0", "--get", "x")
    assert found.stdout.split() == ["0,1"]


def test_a_sum_where_a_condition_holds(cli: Any) -> None:
    assert cli("grad", "sum(x, where=x > 0)", "--x", "3,-1,2", "--get", "x").stdout.split() == ["1,0,1"]
    assert cli("grad", "mean(x, where=x > 0)", "--x", "3,-1,2", "--get", "x").stdout.split() == ["0.5,0,0.5"]


def test_a_logarithm_to_a_base(cli: Any) -> None:
    report = cli("grad", "log(x, 2)", "--x", "8", "--json").json
    assert report["result"]["data"] == pytest.approx(3, rel=1e-15)
    assert report["variables"]["x"]["grad"] == pytest.approx(1 / (8 * np.log(2)), rel=1e-15)


def test_two_integers_are_a_swap_and_a_tuple_is_a_permutation(cli: Any) -> None:
    for text, shape in (("x.transpose(0, 1)", [2, 3]), ("x.transpose((0, 1))", [3, 2]), ("x.permute(0, 1)", [3, 2])):
        report = cli("grad", text, "--x", "1,2;3,4;5,6", "--grad-tensor", "1", "--json").json
        assert report["result"]["shape"] == shape


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_a_loss_of_shapes_that_differ_is_warned_about(cli: Any, name: str) -> None:
    def messages(x: str, t: str) -> str:
        found = cli("grad", f"{name}(x, t)", "--x", x, "--t", t, "--json")
        return " ".join(each["message"] for each in found.json["warnings"])

    assert "(2, 2)" in messages("1;2", "3,4")
    assert "broadcast" not in messages("1,2", "3,4")
    assert "broadcast" not in messages("1,2", "3")


@pytest.mark.parametrize(
    ("text", "gradient", "said"),
    [
        ("sum(x.max(y))", "0,1,1", ""),
        ("torch.max(x, 0).values", "0,1,0", ""),
        ("sum(torch.topk(x, 2).values)", "0,1,1", ""),
        ("sum(sort(x)[0])", "1,0,0", "pair of values and positions"),
        ("vals, idx = torch.max(x, 0); vals*2", "0,2,0", "'idx' was left out"),
        ("s, i = x.sort(); s[0]", "1,0,0", "'i' was left out"),
        ("torch.std(x)*0 + sum(x)", "1,1,1", "correction=1"),
        ("sum(x)/x.size(0)*3", "1,1,1", ""),
    ],
)
def test_what_pytorch_gives_in_pairs_or_counts_otherwise(cli: Any, text: str, gradient: str, said: str) -> None:
    report = cli("grad", text, "--x", "1,3,2", "--var", "y=2,1,0", "--no-tree", "--json").json
    assert report["variables"]["x"]["grad"] == [float(e) for e in gradient.split(",")]
    assert any(said in each["message"] for each in report["warnings"]) or not said


def test_labels_are_left_out_by_the_index_that_stands_for_them_by_default(cli: Any) -> None:
    """``ignore_index=-100``, which the error of such a label offers, is taken as any other."""
    asked = [
        cli("grad", f"cross_entropy(X, y, ignore_index={index})", "--X", "1,2;3,4;5,5", f"--y=0,{index},1", "--json")
        for index in (-100, -7)
    ]
    assert [found.status for found in asked] == [0, 0], asked
    first, other = (found.json["variables"]["X"]["grad"] for found in asked)
    assert first == other
    assert first[1] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("dtype", "status"), [("'float32'", 0), ("np.float64", 0), ("float", 0), ("'O'", 3), ("object", 3), ("complex", 3)]
)
def test_only_kinds_of_real_numbers_are_read_over(cli: Any, dtype: str, status: int) -> None:
    found = cli("grad", "sum(x)", "--x", f"zeros(3, dtype={dtype})", "--no-formula", "--check", "none")
    assert found.status == status, found


def test_a_suggestion_is_no_helper_of_another_one(cli: Any) -> None:
    found = cli("functions", "cofactr")
    assert "did you mean cofactor" in found.stderr
    assert "cofactor_slope" not in found.stderr
    assert "did you mean" not in cli("functions", "factorial").stderr, "nothing is like it"
