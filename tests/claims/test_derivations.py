"""The derivations of docs/derivations.md hold, and a false step planted at any place of them is found there."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd_cli.main import main
from command_runs import Cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "derivations.md"
COMMANDS = re.findall(r"^\$ autograd-cli (check .*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
RIGHT = [words for words in map(shlex.split, COMMANDS) if words[words.index("--claim") + 1].count(" = ") > 1][:11]
PLANTED: tuple[Callable[[str], str], ...] = (
    lambda step: f"2*({step})",
    lambda step: f"-({step})",
    lambda step: f"({step}) + 1",
)
Answer = Callable[[list[str]], tuple[int, dict[str, Any]]]


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Answer:
    def run(words: list[str]) -> tuple[int, dict[str, Any]]:
        status = main([*words, "--json"])
        return status, json.loads(capsys.readouterr().out)

    return run


def steps_of(words: list[str]) -> tuple[int, str, list[str]]:
    place = words.index("--claim") + 1
    name, *steps = words[place].split(" = ")
    return place, name, steps


def test_there_are_more_than_ten() -> None:
    assert len(RIGHT) >= 11


@pytest.mark.parametrize("words", RIGHT, ids=lambda words: words[1][:30])
def test_every_step_is_right_and_a_false_one_is_found_at_its_place(answer: Answer, words: list[str]) -> None:
    status, found = answer(words)
    assert status == 0
    place, name, steps = steps_of(words)
    assert [step["verdict"] for step in found["claims"][0]["steps"]] == ["right"] * len(steps)
    for number, step in enumerate(steps):
        for plant in PLANTED:
            spoilt = [*steps[:number], plant(step), *steps[number + 1 :]]
            status, found = answer([*words[:place], " = ".join([name, *spoilt]), *words[place + 1 :]])
            (claim,) = found["claims"]
            verdicts = [each["verdict"] for each in claim["steps"]]
            assert status == 1
            assert verdicts[:number] == ["right"] * number
            assert verdicts[number] != "right", (spoilt, verdicts)
            assert claim["score"] == verdicts.count("right") / len(verdicts)
            assert claim["diagnosis"] is not None


def test_steps_may_stand_on_lines_of_their_own(answer: Answer, tmp_path: Path) -> None:
    place, name, steps = steps_of(RIGHT[0])
    file = tmp_path / "claim.txt"
    file.write_text(f"{name} = " + "\n  = ".join(steps) + "\n", encoding="utf-8")
    words = [*RIGHT[0][: place - 1], "--claim-file", str(file), *RIGHT[0][place + 1 :]]
    status, found = answer(words)
    assert status == 0
    assert len(found["claims"][0]["steps"]) == len(steps)


def test_differentials_second_derivatives_and_matrices_are_claims(answer: Answer) -> None:
    least = ["check", "(A@x-b)@(A@x-b)", "--A", "1,2;3,4", "--x", "1,2", "--b", "1,1"]
    assert answer([*least, "--claim", "df = 2*(A@x-b)@A@dx"])[0] == 0
    assert answer([*least, "--claim", "df = 2*(A@x-b)@A.T@dx"])[0] == 1
    assert answer([*least, "--claim", "df = 2*(A@x-b)@(A@dx + dA@x - db)"])[0] == 0
    assert answer([*least, "--of", "hessian", "--claim", "x = 2*A.T@A"])[0] == 0
    assert answer([*least, "--of", "hessian", "--claim", "x,b = -2*A.T"])[0] == 0
    assert answer([*least, "--of", "hessian", "--claim", "x,b = -2*A"])[0] == 1
    assert answer(["check", "x**3*y", "--x", "2", "--y", "3", "--claim", "d2f/dx2 = 6*x*y"])[0] == 0
    assert answer(["check", "x**3*y", "--x", "2", "--y", "3", "--claim", "d2f/dxdy = 3*x**2"])[0] == 0
    linear = ["check", "A@x", "--A", "1,2;3,4", "--x", "1,2", "--of", "jacobian", "--claim"]
    assert answer([*linear, "x = A"])[0] == 0
    status, found = answer([*linear, "x = A.T"])
    assert (status, found["claims"][0]["diagnosis"]["code"]) == (1, "transposed")


def test_a_claim_may_write_out_what_it_differentiates(cli: Cli) -> None:
    question = ["check", "x^T A x", "--A", "2,1;0,3", "--x", "1,2", "--claim"]
    for head in ("d(x^T A x)/dx", "d/dx (x@A@x)", "∂(xᵀAx)/∂x"):
        assert cli(*question, f"{head} = (A + A^T) x").status == 0
        assert cli(*question, f"{head} = (A - A^T) x").status == 1
    assert cli(*question, "d(x^T A x) = x^T (A + A^T) dx").status == 0
    other = cli(*question, "d(x^T x)/dx = 2x")
    assert other.status == 2
    assert "the claim is about x^T x, which is not the expression that was given" in other.stderr


def test_assumptions_are_part_of_the_question(answer: Answer) -> None:
    form = ["check", "x@A@x", "--x", "1,2", "--claim", "x = 2*A@x", "--A"]
    status, found = answer([*form, "2,1;1,3"])
    assert (status, found["claims"][0]["verdict"], found["claims"][0]["condition"]) == (1, "right-if", "A is symmetric")
    status, found = answer([*form, "2,1;1,3", "--assume", "A symmetric"])
    assert (status, found["assumptions"]) == (0, ["A symmetric"])
    assert answer([*form, "2,1;0,3", "--assume", "A symmetric"])[0] == 2
    assert answer(["check", "sum(abs(x))", "--x", "1,2", "--claim", "x = ones(2)", "--assume", "x > 0"])[0] == 0
    trace = ["check", "trace(A@X@B)", "--A", "1,2;3,4", "--X", "1,1;2,5", "--B", "2,1;5,3", "--claim", "X = A@B"]
    assert answer(trace)[1]["claims"][0]["condition"] == "A and B are symmetric"


def test_the_place_and_the_smallest_change_are_told(answer: Answer) -> None:
    status, found = answer(["check", "sum((A@x)**2)", "--A", "1,2;3,5", "--x", "1,2", "--claim", "x = 2*A@(A@x)"])
    told = found["claims"][0]["diagnosis"]
    assert status == 1
    assert told["change"] == "transpose A here"
    assert told["mended"] == "x = 2*A.T@(A@x)"
    assert told["spans"] == [[6, 7]]


def test_rounding_in_a_hessian_is_no_mistake(answer: Answer) -> None:
    words = ["check", "p = sigmoid(X@theta); sum(y*log(p) + (1 - y)*log(1 - p))", "--of", "hessian"]
    words += ["--X", "2,3;4,7;5,6", "--y", "0,1,1", "--theta", "0.1,-0.2", "--claim"]
    assert answer([*words, "theta = -X.T@diag(p*(1 - p))@X"])[0] == 0
    status, found = answer([*words, "theta = X.T@diag(p*(1 - p))@X"])
    assert (status, found["claims"][0]["diagnosis"]["code"]) == (1, "sign")


def test_latex_sets_claims_as_mathematics(cli: Cli) -> None:
    words = ("--A", "1,2;3,4;5,6", "--x", "1,2", "--b", "1,1,2", "--format", "latex")
    shown = cli("check", "sum((A@x-b)**2)", *words, "--claim", "r = A@x - b; x = 2*A.T@A@x - A.T@b").stdout
    assert r"\frac{\partial f}{\partial x} &= 2 \, A^{\top} \, A \, x - A^{\top} \, b" in shown
    assert r"2 \, A^{\top} \, A \, x - 2 \, A^{\top} \, b && \text{mended}" in shown
    steps = cli("check", "sum((A@x-b)**2)", *words, "--claim", "x = 2*A.T@(A@x-b) = 2*A.T@A@x - A.T@b").stdout
    assert r"  \frac{\partial f}{\partial x} &= 2 \, A^{\top} \, A \, x - A^{\top} \, b && \text{wrong}" in steps
    numbers = cli("check", "sum(x**2)", "--x", "1,2", "--claim", "x = 2,5", "--format", "latex").stdout
    assert r"\frac{\partial f}{\partial x} &= \begin{pmatrix} 2 & 5 \end{pmatrix}^{\top}" in numbers
    assert all(r"\texttt" not in each and "verbatim" not in each for each in (shown, steps, numbers))
