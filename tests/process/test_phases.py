"""What a slow command is doing is said on the terminal of the one who waits, and nowhere else."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from autograd_cli.progress import StatusLine
from command_runs import Cli

ROOT = Path(__file__).resolve().parents[2]
CLEARED = "\r\x1b[K"


@pytest.fixture
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command takes longer than one waits without words."""
    monkeypatch.setattr("autograd_cli.progress.AFTER", 1e-6)


COMMANDS = [
    (("grad", "sum(x**2)", "--x", "1,2,3"), ["forward and backward", "formulas", "checking with SymPy"]),
    (("grad", "sum(x**2)", "--x", "1,2,3", "--check", "numeric"), ["checking with differences"]),
    (("jacobian", "x**2", "--x", "1,2,3"), ["rows of the Jacobian", "checking the matrix"]),
    (("hessian", "sum(x**3)", "--x", "1,2,3"), ["rows of the Hessian", "checking the matrix"]),
    (("grad", "x**3", "--x", "2", "--order", "2"), ["derivatives of derivatives", "checking the derivatives"]),
    (("check", "x**2", "--x", "3", "--claim", "x = 2*x"), ["judging the claims"]),
    (("formula", "sum((A@x)**2)"), ["formulas"]),
    (("plot", "x**2", "--x=-1:1"), ["points of the curve"]),
]


@pytest.mark.usefixtures("_slow")
@pytest.mark.parametrize(("words", "phases"), COMMANDS, ids=lambda each: " ".join(each[:2]))
def test_phases_are_told_on_a_terminal_alone(words: tuple[str, ...], phases: list[str], cli: Cli) -> None:
    seen = cli(*words, tty=True)
    told = re.findall(r"\r\x1b\[K([^\r\n]+) \.\.\.", seen.stderr)
    assert [each for each in dict.fromkeys(told) if each in phases] == phases
    assert seen.stderr.endswith(CLEARED)
    assert "..." not in seen.stdout
    piped = cli(*words)
    assert (piped.stderr, piped.status) == ("", seen.status)


@pytest.mark.usefixtures("_slow")
def test_the_line_is_gone_before_an_error(cli: Cli) -> None:
    done = cli("hessian", "x**2", "--x", "1,2", tty=True)
    line, error = done.stderr.rsplit(CLEARED, 1)
    assert "rows of the Hessian ..." in line
    assert "error" in error.splitlines()[0]
    assert "..." not in error


@pytest.fixture
def _in_parts(_slow: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done in parts is done in small ones, and each is shown."""
    monkeypatch.setattr("autograd_core.functional.matrices.ENTRIES_AT_ONCE", 1)
    monkeypatch.setattr("autograd_cli.writers.PIECE", 1)
    monkeypatch.setattr("autograd_cli.progress.APART", 0.0)


@pytest.mark.usefixtures("_in_parts")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("hessian", "sum(x**3)*y", "--x", "1,2,3", "--y", "1"), "rows of the Hessian ...  75%"),
        (("jacobian", "x**2", "--x", "1,2,3,4"), "rows of the Jacobian ...  25%"),
        (("grad", "sum(x**3)", "--x", "1,2,3,4", "--check", "numeric"), "checking with differences ...  50%"),
        (("grad", "x**3*x", "--x", "2", "--order", "4", "--check", "none"), "derivatives of derivatives ...  50%"),
        (("grad", "sum(x)", "--x", "ones(400)", "--output", "r.json", "--no-tree"), "writing r.json ...  50%"),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else "",
)
def test_how_far_it_is_is_said_where_it_can_be_known(
    words: tuple[str, ...], told: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"{CLEARED}{told}" in cli(*words, tty=True).stderr
    assert "%" not in cli(*words).stderr


@pytest.mark.usefixtures("_in_parts")
def test_an_interrupt_says_how_much_was_done(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(import_module("autograd_core.matrices.blocks"), "at_kinks", interrupt)
    seen = cli("hessian", "sum(x**3)", "--x", "1,2,3", "--check", "none", tty=True)
    last = f"{CLEARED}stopped, not finished: rows of the Hessian (100% done)\n"
    assert (seen.status, seen.stdout, seen.stderr.endswith(last)) == (130, "", True)
    piped = cli("hessian", "sum(x**3)", "--x", "1,2,3", "--check", "none")
    assert (piped.status, piped.stdout, piped.stderr) == (130, "", "")


JOB = '{"expr": "x", "vars": {"x": 1}}\n'


@pytest.mark.usefixtures("_in_parts")
def test_a_batch_counts_jobs_and_those_of_an_earlier_run(cli: Cli, tmp_path: Path) -> None:
    jobs, out = tmp_path / "jobs", tmp_path / "out"
    jobs.write_text(JOB * 2)
    assert cli("batch", str(jobs), "--resume", str(out)).status == 0
    jobs.write_text(JOB * 4)
    seen = cli("batch", str(jobs), "--resume", str(out), tty=True)
    assert re.search(r"3 of 4 jobs, [\d,]+/s \.\.\.  75%", seen.stderr)
    assert seen.stderr.endswith("/s\n")
    assert "jobs" not in cli("batch", str(jobs), tty=True).stderr.replace(str(jobs), "")  # the answers are seen
    out.unlink()
    assert cli("batch", str(jobs), "--resume", str(out), tty=True, env={"TERM": "dumb"}).stderr == ""


def test_an_interrupted_batch_says_how_many_are_answered(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, out = tmp_path / "jobs", tmp_path / "out"
    jobs.write_text(JOB * 4)

    def interrupt(_: StatusLine, part: float, *__: object) -> None:
        if part == 0.75:
            raise KeyboardInterrupt

    monkeypatch.setattr(StatusLine, "reached", interrupt)
    seen = cli("batch", str(jobs), "--resume", str(out), tty=True)
    assert (seen.status, seen.stderr.split(CLEARED)[-1]) == (130, "stopped: 3 of 4 jobs are answered\n")
    monkeypatch.undo()
    assert cli("batch", str(jobs), "--resume", str(out)).status == 0
    assert out.read_text().count('"ok": true') == 4


@pytest.mark.usefixtures("_slow")
def test_a_terminal_that_cannot_clear_a_line_gets_none(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("descend", "x**2", "--x", "3", tty=True).stderr
    assert cli("grad", "x**2", "--x", "3", tty=True, env={"TERM": "dumb"}).stderr == ""
    assert cli("descend", "x**2", "--x", "3", tty=True, env={"TERM": "dumb"}).stderr == ""


def test_a_quick_command_says_nothing(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd_cli.progress.AFTER", 600.0)
    assert cli("grad", "x**2", "--x", "3", tty=True).stderr == ""


class Waiting:
    """A command in a terminal that waits for somebody to read what it writes, and has said so."""

    def __init__(self, folder: Path) -> None:
        self.pipe = folder / "r.json"
        os.mkfifo(self.pipe)
        self.ours, self.theirs = pty.openpty()
        self.before = termios.tcgetattr(self.theirs)
        paths = os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "autograd_cli", "grad", "x**2", "--x", "3", "--output", "r.json"],
            env={**os.environ, "PYTHONPATH": paths, "TERM": "xterm", "COLUMNS": "80"},
            cwd=folder,
            stdin=self.theirs,
            stdout=self.theirs,
            stderr=self.theirs,
            start_new_session=True,
        )
        self.text = ""
        self.until("writing r.json ...")

    def until(self, words: str) -> str:
        """What the terminal got up to ``words``, which has to come."""
        while words not in self.text:
            self.text += os.read(self.ours, 4096).decode()
        return self.text

    def close(self) -> None:
        """Leave nothing running."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[Waiting]:
    """A command that waits."""
    found = Waiting(tmp_path)
    yield found
    found.close()


def test_the_line_of_a_slow_command_comes_and_goes(waiting: Waiting) -> None:
    answer = json.loads(waiting.pipe.read_text())
    assert answer["result"]["data"] == 9
    assert waiting.process.wait(60) == 0
    assert f"writing r.json ...{CLEARED}wrote r.json" in waiting.until("wrote r.json")


def test_an_interrupt_says_what_was_not_finished_in_place_of_the_line(waiting: Waiting) -> None:
    os.killpg(waiting.process.pid, signal.SIGINT)
    assert waiting.process.wait(60) in (130, -signal.SIGINT)  # a shell says 130 for both
    said = waiting.until(f"writing r.json ...{CLEARED}stopped, not finished: writing r.json\r\n")
    assert said.endswith("r.json\r\n")
    assert termios.tcgetattr(waiting.theirs) == waiting.before
