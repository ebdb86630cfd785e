"""``try:`` keeps its word: every command that an error offers runs as it is printed, and answers what was asked."""

from __future__ import annotations

import itertools
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from autograd_cli.errors.hints import command_line
from command_runs import Cli, Result
from hostile.processes import word

ROOT = Path(__file__).resolve().parents[2]
HOSTILE: list[dict[str, Any]] = json.loads((ROOT / "tests" / "hostile" / "cases.json").read_text("utf-8"))["cases"]

HOMEWORK: list[dict[str, Any]] = json.loads((ROOT / "tests" / "cases" / "homework.json").read_text("utf-8"))["cases"]

TYPED = """
diff 'x**2' --x 3
jac 'x**2' --x 3
grad diff 'x**2' --x 3
grad 'F.relu(x)' --x 3
grad 'x^T*A*x' --x 1,2 --A '1,2;3,4'
grad 'x^T*A*x' --x 1,2
grad 'log(x, 2)' --x 3
grad 'x**2' --x 3 --to torch
grad 'x**2' --x 3 --claim 'x = 2*x'
grad 'arctan((x+y)/(1-xy))' --x 0.1 --y 0.2
grad 'width*height' --width 2 --height 3
grad 'width*height' --width=2 --height 3
grad 'inv(A)' --A '1,2;2,4'
grad 'sum()' --x 1
grad 'y = 2a; y' --a 3
explain gradients
explain trc
functions Rellu
functions factorial
grad 'foo(x)' --x 1
grad 'Rellu(x)' --x 1
grad 'sun(x)' --x 1,2
grad 'max(0, 1-y*s)' --y 1 --s 2
grad 'solve(A, b)' --A '1,2;2,4' --b 1,2
grad 'sum(x' --x 1,2
grad 'x +' --x 1
grad x --x 1,2
hessian x --x 1,2
check 'x**2' --x 3
check 'x**2' --x 3 --claim 'y = 2'
grad 'x*y' --x 3
grad 'x @ y' --x 1,2 --y 1,2,3
grad 'x**2' --x
grad
grad 'x**2' --x 3 --format jsn
grad 'x**2' --x 3 --frmat json
grad 'x**2' -x 3
grad 'x**2' --x 1 2 3
grad x + y --x 1 --y 2
grad 'sum(x)' --x 1,2 --json yes
grad 'X*x' --X 2 --x 3 --q 4
grad '"a"*x' --x 3
grad "x*'b'" --x 3
jacobian 'x*2' --x 'arange(2000)' --max-elements 1000000 --check none
"""


def commands_in(done: Result) -> list[list[str]]:
    """The commands that an error offers, as a shell reads them; there is nothing else behind ``try:``."""
    advice = re.search(r"^try: (.*(?:\n     .*)*)", done.stderr, re.MULTILINE)
    lines = [line.strip() for line in advice[1].split("\n")] if advice else []
    assert all(line.startswith("autograd-cli ") for line in lines), done.stderr
    return [shlex.split(line)[1:] for line in lines]


def quickly(words: list[str]) -> list[str]:
    """The same command without SymPy."""
    checked = words[0] in ("grad", "hessian", "jacobian") and "--check" not in words
    return [words[0], "--check", "none", *words[1:]] if checked else words


def numbers_in(words: list[str]) -> set[str]:
    """The values of a command line."""
    return {value for word in words for value in [word.partition("=")[2] or word] if re.fullmatch(r"[-0-9.,;]+", value)}


@pytest.mark.parametrize("line", TYPED.strip().splitlines())
def test_what_is_offered_runs(cli: Cli, line: str) -> None:
    words = shlex.split(line)
    done = cli(*words)
    for better in commands_in(done):
        assert cli(*quickly(better)).status in (0, 1), better
        raised = {value for name, value in itertools.pairwise(words) if name.startswith("--max-")}
        kept = numbers_in(better) | {"1", "2", "3"} | raised
        assert "--help" in better or numbers_in(words) <= kept, "no number of the user is dropped"


@pytest.mark.parametrize("part", range(4))
def test_what_hostile_cases_are_offered_runs(cli: Cli, part: int, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    offered = 0
    for case in HOSTILE[part::4]:
        if (
            case["must"] not in ("reject", "either")
            or case["group"] == "dos"
            or any(case.get(key) for key in ("run", "env", "files", "stdin"))
        ):
            continue
        words = [word(argument).decode("utf-8", "surrogateescape") for argument in case["argv"]]
        if max(map(len, words), default=0) > 1000:
            continue
        for better in commands_in(cli(*words)):
            offered += 1
            if any(each.startswith("--max-") for each in better):
                continue  # it takes as long as the error said
            done = cli(*quickly(better))
            assert done.status in (0, 1), (case["id"], better, done.stderr)
    assert offered
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("part", range(2))
def test_what_homework_with_a_slip_is_offered_runs(cli: Cli, part: int) -> None:
    """A value forgotten, a bracket lost, a value of another size: slips of the trade, in every question."""
    offered = 0
    for case in HOMEWORK[part::2]:
        text = case["typed"][part % len(case["typed"])]["text"]
        values = [word for name, value in case["inputs"].items() for word in (f"--{name}", str(value))]
        command = [case["command"] if case["command"] in ("grad", "hessian", "jacobian") else "grad", "--check", "none"]
        for slip in (
            [text, *values[:-2]],
            [text.replace(")", "", 1), *values],
            [f"{text} + q", *values],
            [text, *values[:-1], "1,2,3,4,5"],
            [text, *values, "--precision", "many"],
        ):
            for better in commands_in(cli(*command, *slip)):
                offered += 1
                done = cli(*better)
                assert done.status in (0, 1), (case["id"], slip, better, done.stderr)
    assert offered > 20


@pytest.mark.parametrize(
    ("line", "better"),
    [
        ("grad 'sum()' --x 1", "grad 'sum(x)' --x 1"),
        ("grad 'sum(solve(A,b))' --A '1,2;2,4' --b 1,2", "grad 'sum(solve(A + 1e-6*eye(2),b))' --A '1,2;2,4' --b 1,2"),
        ("grad 'sum(X^-1)' --X '1,2;2,4'", "grad 'sum((X + 1e-6*eye(2))^-1)' --X '1,2;2,4'"),
        ("grad 'sum(x' --x 1,2", "grad 'sum(x)' --x 1,2"),
        ("hessian 'y = 2*x; y**2' --x 1,2", "hessian 'y = 2*x; sum(y**2)' --x 1,2"),
        ("plot 'x*y' --x -1:1 --y 1,2", "plot 'sum(x*y)' --x -1:1 --y 1,2"),
        ("descend 'x**2' --wrt x --x 1,2", "descend 'sum(x**2)' --wrt x --x 1,2"),
        ("grad '3*x' --x 1 --get=y", "grad '3*x' --x 1 --get x"),
        ("grad '3*x' --x 1 -o f", "grad '3*x' --x 1 --output f.json"),
        ("grad '3*x' --x 1 --format csv --no-tree", "grad '3*x' --x 1 --no-tree --format table"),
        ("grad 'x*y' --x 1 --\u0443 2", "grad 'x*y' --x 1 --y 2"),
        ("diff 'x**2' --x 3", "grad 'x**2' --x 3"),
        ("jac 'x**2' --x 3", "jacobian 'x**2' --x 3"),
        ("grad 'x**2' --x 3 --to torch", "export 'x**2' --x 3 --to torch"),
        ("grad 'x**2' --x 3 --claim 'x = 2*x'", "check 'x**2' --x 3 --claim 'x = 2*x'"),
        ("grad 'width*height' --width 2 --height 3", "grad 'width*height' --height 3 --var width=2"),
        ("grad 'Rellu(x)' --x 1", "grad 'relu(x)' --x 1"),
        ("grad 'x*y' --x 3", "grad 'x*y' --x 3 --y 1"),
    ],
)
def test_the_question_stays_the_same(cli: Cli, line: str, better: str) -> None:
    assert commands_in(cli(*shlex.split(line)))[0] == shlex.split(better)


def test_the_matrix_is_named_as_the_user_names_it(cli: Cli) -> None:
    assert "add a little to the diagonal: B + 1e-6*eye(2)" in cli("grad", "sum(inv(B))", "--B", "1,2;2,4").stderr


def test_an_expression_without_variables_says_what_is_wrong_with_itself(cli: Cli) -> None:
    assert cli("grad", "sum()", "--x", "1").stderr.startswith("error[AG612]: sum: ")


@pytest.mark.parametrize("topic", ["gradient", "ReLU", "tr", "Tr", "ln", "SUM", "derivative"])
def test_words_of_the_field_are_explained(cli: Cli, topic: str) -> None:
    assert cli("explain", topic).status == 0


def test_a_trial_writes_no_file(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    done = cli("grad", "foo(x)", "--x", "1", "--output", str(path))
    assert commands_in(done) == [["grad", "floor(x)", "--x", "1", "--output", str(path)]]
    assert not path.exists()


def test_cmd_exe_knows_double_quotes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.name", "nt")
    assert command_line(["autograd-cli", "grad", 'x*"b"', "--x", "1,2;3"], {}) == (
        'autograd-cli grad "x*\\"b\\"" --x "1,2;3"'
    )
    assert command_line(["autograd-cli", "grad", "x*2"], {"SHELL": "/bin/bash"}) == "autograd-cli grad 'x*2'"
