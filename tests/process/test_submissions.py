"""``batch --key``: one bad submission ends no grading; it has a row that says what is wrong."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest

from command_runs import Cli, Result

KEY = """
[[question]]
id = "q1"
expr = "sum(x**2)"
vars = { x = [1, 2] }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "key.toml").write_text(KEY)
    (tmp_path / "answers").mkdir()
    return tmp_path / "answers"


def rows(done: Result) -> dict[str, dict[str, str]]:
    found = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len({row["id"] for row in found}) == len(found), "every name once"
    return {row["id"]: row for row in found}


def grade(cli: Cli, folder: Path) -> Result:
    return cli("batch", "--key", str(folder.parent / "key.toml"), str(folder), "--format", "csv", "--jobs", "1")


def test_every_bad_submission_has_one_row_that_says_what_is_wrong(cli: Cli, folder: Path) -> None:
    (folder / "ann.txt").write_text("x = 2*x")
    (folder / "big.txt").write_text("x = 2*x\n" + "#" * 1_000_001)
    (folder / "paper.pdf").write_bytes(b"%PDF-1.7\n\x00\xff")
    (folder / "data.txt").write_bytes(b"x = 2*x\0")
    (folder / "link.txt").symlink_to("/etc/passwd")
    (folder / "dangling").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.txt")
    (folder / "empty.txt").write_text("")
    (folder / "without").mkdir()
    (folder / "both").mkdir()
    (folder / "both" / "q1.txt").write_text("x = 2*x")
    (folder / "both" / "Q1.md").write_text("x = x")
    (folder / "zed").mkdir()
    (folder / "zed" / "q1.txt").write_text("x = 2*x")
    done = grade(cli, folder)
    found = rows(done)
    assert {name: row["verdict"] for name, row in found.items()} == {
        "ann": "right",
        "big": "error",
        "paper.pdf": "error",
        "data": "error",
        "link": "error",
        "dangling": "error",
        "pipe": "error",
        "empty": "missing",
        "without": "missing",
        "both": "error",
        "zed": "right",
    }
    says = {"big": "1,000,000 is the limit", "paper.pdf": "not a text", "data": "not a text", "link": "is a link"}
    says |= {"dangling": "is a link", "pipe": "not a regular file", "both": "both answer q1"}
    for name, words in says.items():
        assert words in found[name]["diagnosis"]
        assert found[name]["score"] == "0"
    assert (done.status, done.stderr.splitlines()[0]) == (1, "11 answers: 2 right, 9 not")


TWO = (
    KEY
    + """
[[question]]
id = "q2"
expr = "sum(y**3)"
vars = { y = [1, 2] }
"""
)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_the_mistakes_of_the_class_are_counted(cli: Cli, folder: Path, form: str) -> None:
    key = folder.parent / "key.toml"
    key.write_text(TWO)
    for name in ("ann", "bob", "cem"):
        (folder / f"{name}.txt").write_text("q1: x = x\nq2: y = 3*y**2")
    (folder / "dan.txt").write_text("q1: x = 2*x\nq2: y = -3*y**2")
    (folder / "eve.txt").write_text("q1: x = 2*x")
    done = cli("batch", "--key", str(key), str(folder), "--format", form, "--jobs", "1")
    total, head, *mistakes = done.stderr.splitlines()
    assert total == "10 answers: 5 right, 5 not"
    assert head == "answers  mistake"
    first, *others = (line.split(maxsplit=1) for line in mistakes)
    assert first[0] == "3"
    assert first[1].startswith("q1 x: ")
    assert "a factor 2 is missing" in first[1]
    assert [count for count, _ in others] == ["1", "1"]
    assert any(words.startswith("q2 y: ") and "sign" in words for _, words in others)
    assert any(words.startswith("q2 ") and "no claim" in words for _, words in others)


def test_a_class_without_mistakes_has_totals_alone(cli: Cli, folder: Path) -> None:
    (folder / "ann.txt").write_text("x = 2*x")
    assert grade(cli, folder).stderr == "1 answers: 1 right, 0 not\n"


def test_the_rarer_ones_of_many_mistakes_are_counted(cli: Cli, folder: Path) -> None:
    for number in range(25):
        (folder / f"s{number:02}.txt").symlink_to("nowhere")
    lines = grade(cli, folder).stderr.splitlines()
    assert len(lines) == 23
    assert lines[-1] == "and 5 more mistakes, each in at most 1"


def test_names_are_told_apart_and_dots_belong_to_them(cli: Cli, folder: Path) -> None:
    for name in ("alice.txt", "alice.md", "john.smith", "bob.txt"):
        (folder / name).write_text("x = 2*x")
    (folder / "alice").mkdir()
    (folder / "alice" / "q1.txt").write_text("x = x")
    found = rows(grade(cli, folder))
    assert {name: row["verdict"] for name, row in found.items()} == {
        "alice/": "wrong",
        "alice.md": "right",
        "alice.txt": "right",
        "bob": "right",
        "john.smith": "right",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_has_a_row(cli: Cli, folder: Path) -> None:
    (folder / "ann.txt").write_text("x = 2*x")
    (folder / "ann.txt").chmod(0)
    (folder / "bob").mkdir(mode=0)
    try:
        found = rows(grade(cli, folder))
    finally:
        (folder / "bob").chmod(0o700)
    assert {row["verdict"] for row in found.values()} == {"error"}
    assert all("permission denied" in row["diagnosis"] for row in found.values())


def test_nobody_writes_rows_of_this_kind(cli: Cli) -> None:
    answer = cli("batch", stdin='{"id": 1, "expr": "x", "refused": "no"}').json
    assert answer["error"]["code"] == "AG101"


def test_what_cannot_be_judged_is_an_answer_of_check_without_the_end_of_its_line(cli: Cli, folder: Path) -> None:
    (folder / "ann.txt").write_text("x = 2*(x\n")
    (folder / "bob.txt").write_bytes(b"x = 2*x\0")
    done = cli("batch", "--key", str(folder.parent / "key.toml"), str(folder), "--jobs", "1")
    ann, bob = (json.loads(line) for line in done.stdout.splitlines())
    assert ann["schema"] == bob["schema"] == "autograd-cli/check/1"
    assert ann["error"]["text"] == "x = 2*(x"


@pytest.mark.parametrize(
    "text",
    [
        "Q1: x = 2*x\nQ2: y = 3*y**2",
        "q1) x = 2*x\nq2) y = 3*y**2",
        "## q1\nx = 2*x\n\n## q2\ny = 3*y**2",
        "**q1:** x = 2*x\n\n**q2**: y = 3*y**2",
        "- q2. y = 3*y**2\n- q1. x = 2*x",
        "Question 1: x = 2*x\nQuestion 2: y = 3*y**2",
        "1. x = 2*x\n2. y = 3*y**2",
        "\\textbf{q1:} $x = 2x$\n\\textbf{q2:} $y = 3y^2$",
    ],
)
def test_a_head_is_read_as_students_set_it(cli: Cli, folder: Path, text: str) -> None:
    (folder.parent / "key.toml").write_text(TWO)
    (folder / "ann.tex").write_text(text)
    assert {name: row["verdict"] for name, row in rows(grade(cli, folder)).items()} == dict.fromkeys(
        ("ann/q1", "ann/q2"), "right"
    )


def test_an_answer_without_a_head_or_with_two_is_told(cli: Cli, folder: Path) -> None:
    (folder.parent / "key.toml").write_text(TWO)
    (folder / "ann.txt").write_text("x = 2*x\ny = 3*y**2")
    (folder / "bob.txt").write_text("q1: x = x\nq1: x = 2*x\nq2: y = 3*y**2")
    found = rows(grade(cli, folder))
    assert "no line begins with q1: or q2:" in found["ann"]["diagnosis"]
    assert "q1 is answered twice" in found["bob/q1"]["diagnosis"]
    assert found["bob/q2"]["verdict"] == "right"


def test_what_answers_other_questions_is_left_out(cli: Cli, folder: Path) -> None:
    (folder / "ann.txt").write_text("q1: x = 2*x\nq2: y = 3*y**2\nq17: z = 1")
    assert rows(grade(cli, folder))["ann"]["verdict"] == "right"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sum(x**2)", "sum(x**2) + t", "q1: no value for t"),
        ("sum(x**2)", "sum(x**2", "q1: '(' is never closed"),
        ("[1, 2] }", '[1, 2] }\nrequire = ["w"]', "q1: require names w, which is none of x"),
    ],
)
def test_a_fault_of_the_key_is_none_of_the_class(cli: Cli, folder: Path, old: str, new: str, words: str) -> None:
    (folder.parent / "key.toml").write_text(KEY.replace(old, new))
    (folder / "ann.txt").write_text("x = 2*x")
    done = grade(cli, folder)
    assert (done.status, words in done.stderr, done.stdout) == (2, True, "")


def test_a_key_that_is_not_there_is_no_value_of_a_variable(cli: Cli, folder: Path) -> None:
    done = cli("batch", "--key", "no.toml", str(folder))
    assert done.stderr == "error[AG621]: --key: 'no.toml' cannot be read: no such file or directory\n"
