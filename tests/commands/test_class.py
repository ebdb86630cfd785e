"""What a class did is kept in a file, and one submission is graded for an autograder, with all its questions."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from command_runs import Cli

KEY = """
[[question]]
id = "q1"
expr = "sum(x**2)"
vars = { x = [1, 2] }

[[question]]
id = "q2"
expr = "sum(y**3)"
vars = { y = [1, 2] }
require = ["y"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "key.toml").write_text(KEY)
    answers = tmp_path / "answers"
    (answers / "cem").mkdir(parents=True)
    (answers / "ann.txt").write_text("q1: x = x\nq2: y = 3*y**2")
    (answers / "bob.txt").write_text("q1: x = x + x = 2*x = 3*x\nq2: y = -3*y**2")
    (answers / "cem" / "q1.txt").write_text("x = x")
    return tmp_path


def test_the_summary_of_a_class_is_a_file_in_the_form_of_its_ending(cli: Cli, folder: Path) -> None:
    def summary(name: str) -> str:
        words = ("batch", "--key", str(folder / "key.toml"), str(folder / "answers"), "--jobs", "1")
        done = cli(*words, "--summary", str(folder / name))
        assert done.status == 1
        return (folder / name).read_text(encoding="utf-8")

    found = json.loads(summary("class.json"))
    assert [(each["id"], each["answers"], each["right"]) for each in found["questions"]] == [("q1", 3, 0), ("q2", 3, 1)]
    assert found["questions"][0]["score"] == pytest.approx(2 / 3 / 3)
    first = found["mistakes"][0]
    assert (first["question"], first["answers"], first["code"]) == ("q1", 2, "factor")
    assert {each["id"]: each["score"] for each in found["students"]} == pytest.approx(
        {"ann": 0.5, "bob": 1 / 3, "cem": 0.0}
    )
    rows = list(csv.DictReader(summary("class.csv").splitlines()))
    assert [row["student"] for row in rows if row["kind"] == "student"] == ["ann", "bob", "cem"]
    assert [row["points"] for row in rows if row["kind"] == "student"] == ["1", repr(2 / 3), "0"]
    assert "| q1 | 3 | 0 | 0.222222 |" in summary("class.md")
    assert "q1        3        0      0.222222\n" in summary("class.txt")


def test_one_submission_is_graded_with_all_its_questions(cli: Cli, folder: Path) -> None:
    def graded(name: str, grader: str) -> dict[str, object]:
        words = ("batch", "--key", str(folder / "key.toml"), str(folder / "answers" / name), "--jobs", "1")
        done = cli(*words, "--grader", grader)
        assert (done.status, done.stderr) == (1, "")
        assert "formula" not in done.stdout
        found: dict[str, object] = json.loads(done.stdout)
        return found

    found = graded("bob.txt", "gradescope")
    tests = found["tests"]
    assert isinstance(tests, list)
    assert found["score"] == pytest.approx(2 / 3)
    assert [(each["name"], each["max_score"]) for each in tests] == [("q1: gradient of x", 1), ("q2: gradient of y", 1)]
    assert "sign" in tests[1]["output"]
    found = graded("cem", "prairielearn")
    assert (found["score"], found["gradable"], found["message"]) == (0.0, True, "0 of 2 claims right")


def test_the_totals_of_a_resumed_run_say_what_they_leave_out(cli: Cli, folder: Path) -> None:
    words = ("batch", "--key", str(folder / "key.toml"), str(folder / "answers"), "--resume", str(folder / "out.jsonl"))
    assert cli(*words).stderr.startswith("6 answers: 1 right, 5 not\n")
    assert cli(*words).stderr == "0 answers: 0 right, 0 not; 6 that were there before are not counted\n"


def test_a_question_counts_by_its_points(cli: Cli, folder: Path) -> None:
    key = folder / "key.toml"
    key.write_text(key.read_text().replace('id = "q2"', 'id = "q2"\npoints = 3'))
    words = ("batch", "--key", str(key), "--jobs", "1", str(folder / "answers"))
    assert cli(*words, "--summary", str(folder / "class.json")).status == 1
    students = {each["id"]: each for each in json.loads((folder / "class.json").read_text())["students"]}
    assert (students["ann"]["score"], students["ann"]["points"]) == (0.75, 3.0)
    found = json.loads(cli(*words[:-1], str(folder / "answers" / "bob.txt"), "--grader", "gradescope").stdout)
    assert [each["max_score"] for each in found["tests"]] == [1, 3]
    assert found["score"] == pytest.approx(2 / 3)
    (folder / "unreadable.txt").write_text("q1: x = 2*(x\nq2: y = )")
    found = json.loads(cli(*words[:-1], str(folder / "unreadable.txt"), "--grader", "prairielearn").stdout)
    assert found["gradable"] is False
    assert len(found["format_errors"]) == 2
    key.write_text(key.read_text().replace("points = 3", "points = 0"))
    assert "points is a number above 0, not 0" in cli(*words).stderr


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--summary", "class.md"], "--summary needs a key"),
        (["--grader", "gradescope"], "--grader needs a key"),
        (["--key", "key.toml", "--grader", "gradescope", "--format", "csv"], "--format csv is about a class"),
        (["--key", "key.toml", "--summary", "class.xls"], "does not end in '.xls'"),
    ],
)
def test_what_does_not_go_together_is_said(cli: Cli, folder: Path, more: list[str], words: str) -> None:
    more = [str(folder / each) if "." in each else each for each in more]
    done = cli("batch", *more, str(folder / "answers"))
    assert done.status == 2
    assert words in done.stderr
