"""``batch --key``: one bad submission ends no grading; it has a row that says what is wrong."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest

from conftest import Cli, Result

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
    assert (done.status, done.stderr) == (1, "11 answers: 2 right, 9 not\n")


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
