"""``batch --resume OUT``: only a file of its own and of the same jobs is added to; nothing else is changed."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from command_runs import Cli, Result

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "autograd_cli", "batch"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])}


def jobs_file(folder: Path, count: int, name: str = "jobs.jsonl", expression: str = "x**2") -> Path:
    path = folder / name
    path.write_text("".join(f'{{"expr": "{expression}", "vars": {{"x": {i}}}}}\n' for i in range(count)))
    return path


Batch = Callable[..., Result]


@pytest.fixture
def batch(cli: Cli) -> Batch:
    """Runs ``batch`` with these words."""
    return lambda *words, stdin=None: cli("batch", *map(str, words), stdin=stdin)


def test_a_file_that_is_not_ours_keeps_its_content_whatever_else_is_wrong(batch: Batch, tmp_path: Path) -> None:
    precious, jobs = tmp_path / "thesis.txt", jobs_file(tmp_path, 2)
    for content in ("only copy", '{"id": 1, "ok": true}\n', '{"id": 1}', "\x00\xff", "\n"):
        precious.write_text(content)
        for source, form in ((tmp_path / "nonexistent.jsonl", []), (jobs, []), (jobs, ["--format", "csv"])):
            done = batch(source, "--resume", precious, *form)
            assert done.status in (2, 3)
            assert done.stderr.startswith("error[AG")
            assert precious.read_text() == content
    precious.write_text("only copy")
    assert "not a file that batch --resume has begun" in batch(jobs, "--resume", precious).stderr


def test_jobs_are_not_written_into(batch: Batch, tmp_path: Path) -> None:
    jobs = jobs_file(tmp_path, 1)
    before = jobs.read_bytes()
    (tmp_path / "link").symlink_to(jobs)
    for out in (jobs, tmp_path / "link"):
        done = batch(jobs, "--resume", out)
        assert (done.status, "the jobs are read from this file" in done.stderr) == (2, True)
    assert jobs.read_bytes() == before


@pytest.mark.parametrize("form", [(), ("--format", "csv")], ids=["json", "csv"])
def test_answers_of_other_jobs_are_refused(batch: Batch, tmp_path: Path, form: tuple[str, ...]) -> None:
    out = tmp_path / "out"
    assert batch(jobs_file(tmp_path, 5), "--resume", out, *form).status == 0
    written = out.read_bytes()
    for other in (jobs_file(tmp_path, 3, "short"), jobs_file(tmp_path, 5, "other", "x**3")):
        done = batch(other, "--resume", out, *form)
        assert (done.status, "other jobs" in done.stderr) == (2, True)
    done = batch(jobs_file(tmp_path, 5), "--resume", out, *form, "--check", "numeric")
    assert (done.status, "check was" in done.stderr) == (2, True)
    assert batch(jobs_file(tmp_path, 5), "--resume", out, *form).status == 0
    assert out.read_bytes() == written
    longer = jobs_file(tmp_path, 7)  # the same, and two more behind them
    assert batch(longer, "--resume", out, *form).status == 0
    assert out.read_bytes().startswith(written)
    assert out.read_bytes().count(b"\n") == 8


def test_jobs_of_a_pipe_are_not_resumed_and_more_answers_than_jobs_are_refused(batch: Batch, tmp_path: Path) -> None:
    jobs, out = jobs_file(tmp_path, 4), tmp_path / "out.jsonl"
    words = [*PROGRAM, "--resume", str(out)]
    done = subprocess.run(words, env=ENVIRONMENT, input=jobs.read_text(), capture_output=True, text=True, check=False)
    assert (done.returncode, "--resume needs jobs in a file" in done.stderr, out.exists()) == (2, True, False)
    assert batch(jobs, "--resume", out).status == 0
    with out.open("ab") as stream:
        stream.write(out.read_bytes().splitlines(keepends=True)[1])
    assert "longer batch" in batch(jobs, "--resume", out).stderr


def test_ids_with_blanks_and_apostrophes_come_back_in_a_gradebook(batch: Batch, tmp_path: Path) -> None:
    jobs, out = tmp_path / "jobs", tmp_path / "out.csv"
    names = ["ann  lee", "bo\tb", "'eve", "=1+1", " x", "ü", "a,b", 'say "x"', "line\nbreak", "+7", "\ud800"]
    jobs.write_text("".join(json.dumps({"id": name, "expr": "x", "vars": {"x": 1}}) + "\n" for name in names))
    assert batch(jobs, "--resume", out, "--format", "csv").status == 0
    whole = out.read_bytes()
    assert whole.count(b"\n") == len(names) + 1
    for kept in range(1, len(names) + 1):
        out.write_bytes(b"".join(whole.splitlines(keepends=True)[:kept]) + b'"torn')
        done = batch(jobs, "--resume", out, "--format", "csv")
        assert (done.status, done.stderr, out.read_bytes()) == (0, "", whole)


def test_two_batches_do_not_write_into_one_file(batch: Batch, tmp_path: Path) -> None:
    jobs, out = jobs_file(tmp_path, 2), tmp_path / "out.jsonl"
    assert batch(jobs, "--resume", out).status == 0
    before = out.read_bytes()
    with out.open("r+b") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        words = [*PROGRAM, str(jobs), "--resume", str(out)]
        done = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, "another batch is writing" in done.stderr, out.read_bytes()) == (2, True, before)


def test_after_any_kill_all_answers_are_there_once(batch: Batch, tmp_path: Path) -> None:
    jobs, out = jobs_file(tmp_path, 2000), tmp_path / "out.jsonl"
    for turn in range(4):
        with subprocess.Popen([*PROGRAM, str(jobs), "--resume", str(out)], env=ENVIRONMENT) as run:
            before = out.stat().st_size if out.exists() else 0
            while run.poll() is None and (not out.exists() or out.stat().st_size < before + 20_000):
                time.sleep(0.002)
            run.send_signal([signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP][turn])
    with out.open("ab") as stream:
        stream.write(b'{"id": 17, "sch')  # as if it had been writing
    assert batch(jobs, "--resume", out).status == 0
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()[1:]] == list(range(1, 2001))
