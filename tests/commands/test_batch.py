"""``batch`` answers every line, in order, whatever the lines hold; it can be killed and goes on where it was."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command_runs import Cli

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "autograd_cli", "batch"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])}

HOSTILE = [
    b"not json",
    b'{"expr":',
    b"\xff\xfe\x00",
    b"null",
    b'"x"',
    b"[" * 100_000,
    b'{"id": "no expression"}',
    b'{"id": ' + b"9" * 6000 + b', "expr": "x", "vars": {"x": 1}}',
    b'{"id": "import", "expr": "__import__(\'os\').system(\'true\')"}',
    b'{"id": "file", "expr": "sum(x)", "vars": {"x": "@/etc/passwd"}}',
    b'{"id": "expression file", "expr": "@/etc/passwd"}',
    b'{"id": "stdin", "expr": "sum(x)", "vars": {"x": "-"}}',
    b'{"id": "huge", "expr": "sum(zeros(100000,100000)*x)", "vars": {"x": 1}}',
    b'{"id": "deep", "expr": "' + b"(" * 5000 + b"x" + b")" * 5000 + b'", "vars": {"x": 1}}',
    b'{"id": "nan", "expr": "x", "vars": {"x": NaN}}',
    b'{"id": "ragged", "expr": "x", "vars": {"x": [1, [2]]}}',
    b'{"id": "nested", "expr": "x", "vars": {"x": ' + b"[" * 500 + b"]" * 500 + b"}}",
    b'{"id": "bool", "expr": "x", "vars": {"x": true}}',
    b'{"id": "big", "expr": "x", "vars": {"x": ' + b"9" * 400 + b"}}",
    b'{"id": 1e999, "expr": "x"}',
    b'{"id": "rtol", "expr": "x", "vars": {"x": 1}, "claims": ["x = 1"], "rtol": 1e999}',
    b'{"id": "atol", "expr": "x", "vars": {"x": 1}, "atol": ' + b"9" * 400 + b"}",
    b'{"id": "seed", "expr": "x", "vars": {"x": 1}, "seed": true}',
    b'{"id": "points", "expr": "x", "vars": {"x": 1}, "claims": ["x = 1"], "points": 1001}',
    b'{"id": "typo", "expr": "x", "vars": {"x": 1}, "chekc": "none"}',
    b'{"id": "command", "command": "rm", "expr": "x"}',
    b'{"id": "claims", "command": "check", "expr": "x*x", "vars": {"x": 3}, "claims": 5}',
    b'{"id": "claim", "command": "check", "expr": "x*x", "vars": {"x": 3}, "claims": ["x = (x"]}',
]


def grad(number: int, **more: Any) -> bytes:
    """A small job."""
    inputs = {"X": [number, 2, 3, 4], "W": [1, 2, 3, 4], "Y": [1, 1, 1, 1]}
    return json.dumps({"id": number, "command": "grad", "expr": "sum((Y - W*X)**2)", "vars": inputs, **more}).encode()


def check(identity: Any, claim: Any, **more: Any) -> bytes:
    """A claim about x**2."""
    job = {"id": identity, "command": "check", "expr": "sum(x**2)", "vars": {"x": [1, 2, 3]}, "claims": claim, **more}
    return json.dumps(job).encode()


Run = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def run(cli: Cli) -> Run:
    """The exit status and the answers of a batch of lines."""

    def answers(lines: list[bytes], *words: str) -> tuple[int, list[dict[str, Any]]]:
        done = cli("batch", *words, stdin=b"\n".join(lines))
        assert done.stderr == ""
        return done.status, [json.loads(line) for line in done.stdout.splitlines()]

    return answers


def test_answers_come_in_order_with_their_ids(run: Run) -> None:
    status, answers = run([grad(number) for number in range(500)], "--jobs", "3")
    assert status == 0
    assert [each["id"] for each in answers] == list(range(500))
    for number, each in enumerate(answers):
        assert each["schema"] == "autograd-cli/grad/1"
        assert each["variables"]["X"]["grad"][0] == -2 * (1 - number)


def test_a_hostile_line_in_every_ten_loses_none(run: Run) -> None:
    lines: list[bytes] = []
    for number in range(9 * len(HOSTILE)):
        lines.append(grad(number))
        if number % 9 == 8:
            lines.append(HOSTILE[number // 9])
    status, answers = run(lines, "--jobs", "2")
    assert status == 1
    assert len(answers) == len(lines)
    assert [each["id"] for each in answers if each["ok"]] == list(range(9 * len(HOSTILE)))
    # Neither a mistake of the program nor the end of a process.
    assert {each["error"]["code"] for each in answers if not each["ok"]}.isdisjoint({"AG999", "AG805"})


def test_an_expression_that_numbers_decide_is_read_anew_for_each_job(run: Run) -> None:
    x = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
    jobs = [{"expr": "sum(x[arange(3), y])", "vars": {"x": x, "y": y}} for y in ([0, 1, 2], [-1, 0, 1], [-2, -3, 3])]
    _, answers = run([json.dumps(job).encode() for job in jobs], "--jobs", "1")
    assert [each["result"]["data"] for each in answers] == [1 + 6 + 11, 4 + 5 + 10, 3 + 6 + 12]


def test_an_id_that_json_cannot_write_is_the_number_of_the_line(run: Run) -> None:
    assert run([b'{"id": 1e999, "expr": "x", "vars": {"x": 3}}', grad(7)])[1][0]["id"] == 1


ADVICE: list[tuple[dict[str, Any], str]] = [
    ({"expr": "x*y", "vars": {"x": 1}}, 'add "y": "1,2,3" to vars'),
    ({"expr": "x*y"}, 'add "x": "1,2,3", "y": "1,2,3" to vars'),
    ({"expr": "x*y", "claims": "x = y", "vars": {"y": 1}}, 'add "x": "1,2,3" to vars'),
    (
        {"expr": "x", "vars": {"x": [1, 2]}},
        'add "grad_tensor": "1,1"; v of ones gives the gradient of the sum of the entries',
    ),
    (
        {"expr": "x", "vars": {"x": "zeros(0)"}},
        'add "grad_tensor": "1"; v of ones gives the gradient of the sum of the entries',
    ),
    ({"expr": "x", "vars": {"x": [1, 2]}, "grad_tensor": [1, 2, 3]}, '"grad_tensor": "ones(2)"'),
    ({"expr": "sum(x)", "vars": {"x": [1, 2]}, "wrt": "q"}, '"wrt": "x"'),
    ({"expr": "sum(x)", "vars": {"x": 1}, "no_grad": "x"}, '{"expr": "sum(x**2)", "vars": {"x": "1,2,3"}}'),
    ({"expr": "sum(x)", "vars": {"x": 1}, "claims": []}, '"claim": "x = ..."'),
    ({"expr": "sum(x)", "vars": {"x": ""}}, "3, or 1,2,3, or '1,2;3,4', or @file.csv"),
    ({"expr": "x", "vars": {"x": "zeros(20000000)"}}, "batch --max-elements raises the limit"),
]


def test_an_error_advises_in_the_keys_of_a_job(run: Run) -> None:
    answers = run([json.dumps(job).encode() for job, _ in ADVICE])[1]
    assert [answer["error"]["hint"] for answer in answers] == [hint for _, hint in ADVICE]
    assert not [answer for answer in answers if "--grad-tensor" in answer["error"]["message"]]


def test_jobs_say_what_options_say(run: Run) -> None:
    jobs = [
        grad(1, wrt=["X"], formula=True, tree=True, check="sympy"),
        json.dumps({"expr": "x*y", "vars": {"x": [1, 2], "y": "3,4"}, "grad_tensor": [1, 10]}).encode(),
        json.dumps({"expr": "x*y", "vars": {"x": 1.5, "y": [["NaN", 1]]}, "grad_tensors": [1, "1"]}).encode(),
        b"",
        check("a", ["x = 2*x"]),
        check("b", {"x": "p = x; p + p"}),
        check("c", {"x": [2, 4, 6]}),
        check("d", "x = 2*x + 1", answer=False),
        check("e", ["x = 2*x"], require=["x", "y"]),
    ]
    status, answers = run(jobs)
    assert status == 1
    first, second, third, *claims = answers
    assert first["variables"]["X"]["formula"]
    assert first["check"]["status"] == "agree"
    assert first["variables"]["Y"]["grad"] is None
    assert first["graph"]["nodes"]
    assert (second["id"], second["variables"]["y"]["grad"]) == (2, [1, 20])  # the number of its line
    assert third["variables"]["y"]["grad"] == [[3.0, 3.0]]
    assert [each["ok"] for each in claims] == [True, True, True, False, False]
    assert "formula" not in claims[3]["claims"][0]
    assert (claims[4]["score"], claims[4]["missing"]) == (0.5, ["y"])


def test_a_job_that_takes_too_long_is_given_up_and_the_others_go_on(run: Run) -> None:
    slow = b'{"id": "slow", "expr": "sum(X@X@X@X@X@X)", "vars": {"X": "rand(2500,2500)"}}'
    began = time.monotonic()
    settings = ("--time-limit", "0.5", "--max-seconds", "999", "--jobs", "2")
    status, answers = run([grad(1), slow, grad(2), slow, grad(3)], *settings)
    assert time.monotonic() - began < 30
    assert status == 1
    assert [each["id"] for each in answers] == [1, "slow", 2, "slow", 3]
    assert [each["ok"] for each in answers] == [True, False, True, False, True]
    assert answers[1]["error"]["code"] == "AG805"


def test_a_job_that_needs_too_much_memory_is_an_error_and_the_others_go_on(run: Run) -> None:
    large = b'{"id": "large", "expr": "sum(X@X)", "vars": {"X": "ones(3000,3000)"}}'
    status, answers = run([grad(1), large, grad(2)], "--jobs", "1", "--max-memory", "0.1")
    assert [each["ok"] for each in answers] == [True, False, True]
    assert (status, answers[1]["error"]["code"]) == (1, "AG804")
    checked = large.replace(b"}}", b'}, "check": "sympy", "tree": true}')
    (answer,) = run([checked], "--jobs", "1", "--max-memory", "0.4")[1]
    assert answer["error"]["hint"].startswith('with "check": "none", "tree": false less is needed; batch --max-memory')


def test_answers_come_while_more_is_to_come(run: Run) -> None:
    with subprocess.Popen(PROGRAM, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as talk:
        assert talk.stdin is not None
        assert talk.stdout is not None
        for number in range(3):
            talk.stdin.write(grad(number) + b"\n")
            talk.stdin.flush()
            assert json.loads(talk.stdout.readline())["id"] == number
        talk.stdin.close()
        assert talk.wait(timeout=30) == 0


def sheet(*words: str, stdin: bytes = b"") -> list[dict[str, str]]:
    """The rows of a gradebook."""
    done = subprocess.run(
        [*PROGRAM, *words, "--format", "csv"],
        input=stdin,
        env=ENVIRONMENT,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return list(csv.DictReader(io.StringIO(done.stdout.decode())))


def test_a_gradebook_has_a_row_for_each_job_and_no_formulas() -> None:
    jobs = [check("ann", ["x = 2*x"]), check("=bob()", ["x = x"]), check("cem", ["x = "]), check("eve", [])]
    rows = sheet(stdin=b"\n".join(jobs))
    assert [list(row) for row in rows] == [["id", "verdict", "score", "diagnosis"]] * 4
    assert [row["verdict"] for row in rows] == ["right", "wrong", "error", "missing"]
    assert [row["score"] for row in rows] == ["1", "0", "0", "0"]
    assert rows[1]["id"] == "'=bob()"
    assert "a factor 2 is missing" in rows[1]["diagnosis"]


KEY = """
[[question]]
id = "q1"
expr = "sum((X@w - y)**2)"
vars = { X = "1,2;3,4;5,6", w = [1, 1], y = [1, 1, 2] }
require = ["w", "y"]

[[question]]
id = "q2"
expr = "-sum(y*log(softmax(z)))"
vars = { z = [1, 2, 3], y = [0, 1, 0] }
"""


def test_a_key_grades_a_folder_of_submissions(tmp_path: Path) -> None:
    key, folder = tmp_path / "key.toml", tmp_path / "answers"
    key.write_text(KEY, encoding="utf-8")
    (folder / "cem").mkdir(parents=True)
    (folder / "ann.txt").write_text("q1: w = 2*X.T@(X@w - y)\ny = -2*(X@w - y)\nq2: p = softmax(z); z = p - y\n")
    (folder / "bob.txt").write_text("q1: w = X.T@(X@w - y)\nq2: z = softmax(z)\n")
    (folder / "cem" / "q1.txt").write_text("w = 2*(X@w - y)@X")
    (folder / "eve.txt").symlink_to("/etc/passwd")
    rows = {row["id"]: (row["verdict"], row["score"]) for row in sheet("--key", str(key), str(folder))}
    assert rows == {
        "ann/q1": ("right", "1"),
        "ann/q2": ("right", "1"),
        "bob/q1": ("wrong", "0"),
        "bob/q2": ("wrong", "0"),
        "cem/q1": ("incomplete", "0.5"),
        "cem/q2": ("missing", "0"),
        "eve": ("error", "0"),
    }


def test_a_key_may_hold_what_is_not_finite(tmp_path: Path) -> None:
    key, folder = tmp_path / "key.toml", tmp_path / "answers"
    folder.mkdir()
    (folder / "ann.txt").write_text("x = exp(x)\n")
    key.write_text('[[question]]\nexpr = "sum(exp(x))"\nvars = { x = [-inf, -inf] }\n', encoding="utf-8")
    assert [row["verdict"] for row in sheet("--key", str(key), str(folder))] == ["right"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("q = [", "not TOML"),
        ("", "no [[question]]"),
        ('[[question]]\nexp = "x"', "did you mean expr"),
        ("[[question]]\nid='/'", "id"),
        ('[[question]]\nexpr = "x"\nvars = { x = 1999-12-31 }', "x: the value is a date, not a number"),
    ],
)
def test_a_key_that_is_none_is_refused(tmp_path: Path, text: str, words: str, run: Run) -> None:
    key = tmp_path / "key.toml"
    key.write_text(text + "\n", encoding="utf-8")
    done = subprocess.run(
        [*PROGRAM, "--key", str(key), str(tmp_path)], env=ENVIRONMENT, capture_output=True, check=False
    )
    assert (done.returncode, words in done.stderr.decode()) == (2, True), done.stderr
