"""``check`` on the command line: what a student reads, what a program reads, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command_runs import Cli

Answer = Callable[..., tuple[int, str, str]]

RIDGE = (
    *("sum((X@w - y)**2) + lam*sum(w**2)", "--X", "1,2;3,4;5,6", "--w", "1,1", "--y", "1,1,2"),
    *("--lam", "0.1", "--claim", "w = 2*X.T@(X@w - y)", "--claim", "lam = sum(w**2)"),
)


@pytest.fixture
def answer(cli: Cli) -> Answer:
    """Runs ``check``."""
    return partial(cli, "check")


def test_what_a_student_reads(answer: Answer) -> None:
    status, out, err = answer(*RIDGE, "--width", "80")
    assert (status, err) == (1, "")
    assert (
        out
        == """\
sum((X@w - y)**2) + lam*sum(w**2) = 121.2

✗ w: wrong: a term is missing: the contribution of lam*sum(w**2), the
    regulariser
    claim      2*X.T@(X@w - y)
    w = 2*X.T@(X@w - y)
        ^^^^^^^^^^^^^^^ add 2*lam*w
    right      2*(X.T @ (X @ w - y) + lam*w)
    worst      w[0]: the claim gives 130, the gradient is 130.2 (ratio 0.998464)

    entry  claim  gradient  ratio
    ───────────────────────────────────
    w[0]   130    130.2     0.998464  ✗
    w[1]   164    164.2     0.998782  ✗

✓ lam: right at these numbers and at 8 random points
    claim      sum(w**2)

✗ 1 of 2 claims is right
"""
    )


@pytest.mark.parametrize("width", ["40", "80", "140"])
def test_no_line_is_wider_than_the_terminal(answer: Answer, width: str) -> None:
    for words in (RIDGE, ("x @ A @ x", "--x", "1,2", "--A", "2,1;1,3", "--claim", "x = 2*A@x")):
        _, out, _ = answer(*words, "--width", width)
        assert max(map(len, out.splitlines())) <= int(width)


def test_no_answer_gives_nothing_away(answer: Answer) -> None:
    _, out, _ = answer(*RIDGE, "--no-answer")
    assert "wrong" in out
    assert "130.2" not in out
    assert "lam*w)" not in out
    _, out, _ = answer(*RIDGE, "--no-answer", "--json")
    assert "130.2" not in out
    assert "formula" not in json.loads(out)["claims"][0]


def test_ascii_is_ascii_and_without_a_terminal_there_is_no_colour(answer: Answer) -> None:
    _, out, _ = answer(*RIDGE, "--ascii")
    assert out.isascii()
    assert "\x1b" not in out
    _, out, _ = answer(*RIDGE, "--color", "always")
    assert "\x1b[" in out


def test_json_says_everything(answer: Answer) -> None:
    status, out, err = answer(*RIDGE, "--json")
    assert (status, err) == (1, "")
    found = json.loads(out)
    assert (found["schema"], found["ok"], found["score"]) == ("autograd-cli/check/1", False, 0.5)
    wrong, right = found["claims"]
    assert (wrong["name"], wrong["verdict"], wrong["diagnosis"]["code"]) == ("w", "wrong", "missing-term")
    assert (right["name"], right["verdict"], right["diagnosis"]) == ("lam", "right", None)
    assert wrong["worst"]["index"] == [0]
    assert wrong["worst"]["claim"] == 130
    assert wrong["worst"]["grad"] == pytest.approx(130.2)
    assert wrong["points"]["agree"] < wrong["points"]["compared"]
    assert right["points"] == {"compared": 9, "agree": 9}
    assert (wrong["score"], right["score"]) == (0.0, 1.0)


def test_plain_is_records(answer: Answer) -> None:
    _, out, _ = answer(*RIDGE, "--format", "plain")
    records = [line.split("\t") for line in out.splitlines()]
    assert records[1] == ["claim", "w", "wrong", "0/9", "0"]
    assert ["claim", "lam", "right", "9/9", "1"] in records
    assert ["formula", "w", "2*(X.T @ (X @ w - y) + lam*w)"] in records
    assert records[-1] == ["score", "0.5"]


def test_the_exit_status_is_the_verdict(answer: Answer) -> None:
    x = ("--x", "1,2,3")
    assert answer("sum(x**2)", *x, "--claim", "x = 2*x")[0] == 0
    assert answer("sum(x**2)", *x, "--claim", "x = 2,4,6")[0] == 0
    assert answer("sum(x**2)", *x, "--claim", "x = 3*x")[0] == 1
    assert answer("sum(w*x)", *x, "--w", "1,1,1", "--claim", "x = ones(3)")[0] == 1
    assert answer("sum(x**2)", *x)[0] == 2
    assert answer("sum(x**2)", *x, "--claim", "x = 2*x", "--clam", "1")[0] == 2
    assert answer("sum(x**2)", *x, "--claim", "x = 2*(x")[0] == 3
    assert answer("sum(x**2)", *x, "--claim", "x = 2*y")[0] == 3
    assert answer("x**2", *x, "--claim", "x = 2*x")[0] == 3


def test_an_error_points_into_the_claim(answer: Answer) -> None:
    status, out, err = answer("sum(x**2)", "--x", "1,2,3", "--claim", "q = 2*x; x = q*y")
    assert (status, out) == (3, "")
    assert "  q = 2*x; x = q*y\n                 ^\n" in err
    assert "a claim is written in x, f, v" in err


def test_claims_come_from_files(answer: Answer, tmp_path: Path) -> None:
    text = tmp_path / "claims.txt"
    text.write_text("# my homework\np = softmax(z)\nz = p - y\ny = -log(p)\n", encoding="utf-8")
    words = ("-sum(y*log(softmax(z)))", "--z", "1,2,3", "--y", "0,1,0")
    status, out, _ = answer(*words, "--claim-file", str(text), "--json")
    assert (status, json.loads(out)["score"]) == (0, 1.0)
    np.save(tmp_path / "dx.npy", np.array([2.0, 4.0, 6.0]))
    status, out, _ = answer("sum(x**2)", "--x", "1,2,3", "--claim", f"x = @{tmp_path / 'dx.npy'}")
    assert status == 0
    assert "at the given point only" in out


def test_a_result_with_entries_asks_for_a_grad_tensor(answer: Answer) -> None:
    words = ("W @ x", "--W", "1,2;3,4", "--x", "1,2", "--claim", "W = outer(v, x)")
    status, _, err = answer(*words)
    assert status == 3
    assert "--grad-tensor" in err
    assert answer(*words, "--grad-tensor", "0.5,2")[0] == 0
    status, out, _ = answer(*words[:-1], "W = outer(ones(2), x)", "--grad-tensor", "0.5,2", "--json")
    assert (status, json.loads(out)["claims"][0]["diagnosis"]["code"]) == (1, "grad-tensor")


def test_names_of_variables_and_options_do_not_get_in_each_others_way(answer: Answer) -> None:
    words: list[Any] = ["sum(claim*points)", "--var", "claim=1,2", "--var", "points=3,4", "--claim", "claim = points"]
    assert answer(*words)[0] == 0


def test_letters_of_two_columns_are_counted_as_two(answer: Answer) -> None:
    _, out, _ = answer(
        "sum(数値*重み*傾き)", "--数値", "1", "--重み", "1", "--傾き", "1", "--claim", "数値 = 1", "--width", "22"
    )
    assert out.splitlines()[:2] == ["sum(数値*重み*傾き)", "→ 1"]


def test_the_gradient_at_the_given_numbers_stands_before_the_numbers_elsewhere(answer: Answer) -> None:
    status, out, _ = answer("sum(relu(x))", "--x", "1,2", "--claim", "x = ones(2)")
    assert status == 1
    labels = [line.split()[0] for line in out.splitlines() if line.startswith("    ") and line[4] != " "]
    assert labels == ["claim", "x", "right", "gradient", "elsewhere", "there"]


def test_an_infinite_gradient_has_no_relative_error(answer: Answer) -> None:
    status, out, _ = answer("sqrt(x)", "--x", "0", "--claim", "x = 5")
    assert status == 1
    assert "x: the claim gives 5, the gradient is inf\n" in out
    assert "relative error" not in out


def test_graders_get_the_file_they_read_and_no_right_formula(answer: Answer, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    status, _, err = answer(*RIDGE, "--grader", "gradescope", "--output", str(file))
    found = json.loads(file.read_text(encoding="utf-8"))
    assert (status, found["score"], [test["score"] for test in found["tests"]]) == (1, 1.0, [0.0, 1.0])
    assert "regulariser" in found["tests"][0]["output"]
    status, out, err = answer(*RIDGE, "--grader", "prairielearn")
    found = json.loads(out)
    assert (status, err, found["score"], found["gradable"]) == (1, "", 0.5, True)
    assert "lam*w)" not in out
    steps = ("sum(x**2)", "--x", "1,2,3", "--claim", "x = x + x = 2*x = 3*x")
    assert json.loads(answer(*steps, "--grader", "prairielearn")[1])["score"] == pytest.approx(2 / 3)
    assert answer(*steps, "--grader", "gradescope", "--format", "table")[0] == 2


@pytest.mark.parametrize(
    "claim",
    [
        "f'(x) = 3x²y, y = x^3",
        "dL/dx: 3x²y",
        "x = 3s/x where s = x³y",
        "x: lambda x: 3*x**2*y",
        "f_x = 3x²y; f_y = x³",
        "∂z/∂x = 3x²y, ∂z/∂y = x³",
        "∇f = (3x²y, x³)",
        "h_1 = x³; x = 3h_1 y/x",
        "∇f = (60, 8)",
        r"\( \frac{df}{dx} = 3x^2 y \)",
        "$x = 3x²y$",
        "∇f = [60. 8.]",
        "(3x²y, x³)",
        "[3x²y; x³]",
        "x_grad = 3x²y",
        "wrt x: 3x²y",
        "the partial derivative with respect to y is x³",
    ],
)
def test_a_claim_may_be_written_as_in_a_book(answer: Answer, claim: str) -> None:
    assert answer("x**3*y", "--x", "2", "--y", "5", "--claim", claim)[0] == 0


def test_a_factor_that_was_seen_at_one_point_is_not_said_to_hold_everywhere(answer: Answer) -> None:
    status, out, _ = answer("x/(x+1)", "--x", "2", "--claim", "x = 1")
    assert status == 1
    assert "at the given numbers" in out
    assert "everywhere" not in out
