"""Whatever the system refuses the process, it answers or says in a line what is missing."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command_runs import Cli

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])}
SQUARE = ["grad", "x**2", "--x", "3", "--no-tree"]
JOBS = b'{"expr": "x**2", "vars": {"x": 3}}\n' * 40


def process(
    words: list[str], before: Callable[[], Any] | None = None, **more: Any
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "autograd_cli", *words]
    return subprocess.run(
        command, preexec_fn=before, env=ENVIRONMENT, capture_output=True, timeout=120, check=False, **more
    )


def limited(name: int, value: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(name, (value, value))


def test_an_ignored_signal_of_children_is_not_inherited() -> None:
    done = process(SQUARE, lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    assert (done.returncode, done.stderr) == (0, b"")


def test_few_files_make_few_workers() -> None:
    done = process(["batch", "--jobs", "200"], limited(resource.RLIMIT_NOFILE, 40), input=JOBS)
    assert (done.returncode, done.stderr, done.stdout.count(b'"ok": true')) == (0, b"", 40)


WITHOUT_FORK = """
import errno, os, threading

def refused():
    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

def no_thread(self):
    raise RuntimeError("can't start new thread")

os.fork, threading.Thread.start = refused, no_thread
from autograd_cli.main import main
main()
"""
"""The program where the system refuses processes and threads, as with ``ulimit -u``, which does not hold for root."""


@pytest.mark.parametrize("words", [SQUARE, ["batch", "--jobs", "3"]], ids=["grad", "batch"])
def test_without_other_processes_there_is_the_same_answer(words: list[str]) -> None:
    command = [sys.executable, "-c", WITHOUT_FORK, *words]
    done = subprocess.run(command, env=ENVIRONMENT, input=JOBS, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"SymPy agrees: 1 of 1" in done.stdout if words is SQUARE else done.stdout.count(b'"ok": true') == 40


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere addresses are not limited")
@pytest.mark.parametrize("mib", [40, 80, 105])
def test_too_few_addresses_are_named(mib: int) -> None:
    done = process(SQUARE, limited(resource.RLIMIT_AS, mib << 20))
    assert done.returncode == 3
    assert done.stderr.startswith(f"error[AG804]: {mib} MiB of address space are allowed".encode())


def test_completion_without_its_words_is_a_line() -> None:
    environment = {**ENVIRONMENT, "_AUTOGRAD_CLI_COMPLETE": "complete_bash"}
    command = [sys.executable, "-m", "autograd_cli"]
    asked = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert (asked.returncode, asked.stderr.startswith(b"error[AG101]: COMP_WORDS is not set")) == (2, True)


def test_a_version_of_npy_that_is_not_known_is_named(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.ones(3))
    content = bytearray(path.read_bytes())
    content[6] = 4
    path.write_bytes(content)
    done = cli("grad", "sum(x)", "--x", f"@{path}")
    assert (done.status, "is of version 4.0 of the .npy format" in done.stderr) == (3, True)


@pytest.mark.parametrize("where", ["vars", "expr", "wrt", "claim", "id"])
def test_half_a_character_is_refused_in_words(cli: Cli, where: str) -> None:
    job: dict[str, Any] = {"id": 1, "expr": "x", "vars": {"x": 1}}
    half = {"vars": {"x": 1, "\ud800": "randn(2)"}, "expr": "x + \ud800", "wrt": "\ud800", "claim": "\ud800 = 1"}
    job |= {where: half.get(where, "\ud800")}
    answer = json.loads(cli("batch", stdin=json.dumps(job)).stdout)
    assert answer["ok"] is (where == "id")
    assert where == "id" or answer["error"]["code"] not in ("AG999", "AG805")


def test_a_line_of_64_mb_loses_no_later_job(cli: Cli) -> None:
    long = b'{"expr": "' + b"x" * 64_000_001 + b'"}\n'
    answers = [json.loads(line) for line in cli("batch", stdin=JOBS[:35] + long + JOBS[:35]).stdout.splitlines()]
    assert [answer["ok"] for answer in answers] == [True, False, True]


def test_a_worker_that_is_killed_from_outside_costs_no_job() -> None:
    jobs = b'{"expr": "sum(sin(x*ones(1000000)))", "vars": {"x": 1}}\n' * 4
    command = [sys.executable, "-m", "autograd_cli", "batch", "--jobs", "1", "--max-seconds", "60"]
    with subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        run.stdin.write(jobs)
        run.stdin.flush()
        first = run.stdout.readline()
        (child,) = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGKILL)
        run.stdin.close()
        answers = [json.loads(line) for line in (first, *run.stdout)]
    assert [answer["ok"] for answer in answers] == [True] * 4


def test_a_letter_that_looks_like_another_is_named(cli: Cli) -> None:
    for words in (("а*a", "--a", "3"), ("а*2", "--a", "3"), ("ѕin(x)", "--x", "1")):
        done = cli("grad", *words, "--json")
        letter = "U+0455" if "ѕ" in words[0] else "U+0430"
        assert letter in done.json["error"]["why"]
