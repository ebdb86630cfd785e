"""Whatever ends the program, at any time: it says nothing, leaves nothing half written, and nobody computes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograd_cli import signals
from command_runs import Cli

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])}
LONG = ["grad", "sum(sort(x)*sin(x))", "--x", "randn(300000)", "--output", "r.json", "--max-seconds", "60"]

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux for the children")


def start(words: list[str], folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "autograd_cli", *words]
    return subprocess.Popen(
        command, env=ENVIRONMENT, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_end_at_any_time_is_quiet_and_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    waits = random.Random(number)
    for turn in range(6):
        with start(LONG, tmp_path) as run:
            time.sleep(0.1 + waits.uniform(0, 0.25) * turn)  # any time will do
            run.send_signal(number)
            out, err = run.communicate(timeout=60)
        assert out == b""
        if b"Traceback" in err:  # Python itself was interrupted, before it had read a line of the program
            assert b"autograd_c" not in err
            continue
        assert err in (b"", b"wrote r.json\n")
        assert run.returncode in (0, 128 + number, -number)
        assert [path.name for path in tmp_path.iterdir() if path.name != "r.json"] == []


def descendants(pid: int) -> list[int]:
    found = []
    for line in subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True).stdout.splitlines():
        child, parent = map(int, line.split())
        if parent == pid:
            found += [child, *descendants(child)]
    return found


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_nobody_computes_on(number: signal.Signals, tmp_path: Path) -> None:
    slow = b'{"expr": "sum(X@X@X@X@X@X)", "vars": {"X": "rand(2000,2000)"}}\n' * 2
    words = ["batch", "--jobs", "2", "--max-seconds", "999", "--time-limit", "300"]
    with start(words, tmp_path) as run:
        assert run.stdin is not None
        run.stdin.write(slow)
        run.stdin.flush()
        while len(children := descendants(run.pid)) < 2:
            time.sleep(0.02)
        run.send_signal(number)
        run.communicate(timeout=60)
    for _ in range(500):
        if all(map(gone, children)):
            return
        time.sleep(0.02)
    pytest.fail("a child is still there")


SWALLOWED = """
import time, autograd_cli.main as program

class Slow:
    def __del__(self):
        print("begun", flush=True)
        time.sleep(60)

def prepare(words):
    Slow()
    time.sleep(60)

program.prepare = prepare
program.main()
"""
"""The program, with a destructor that takes long: no exception can be raised out of it."""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_signal_that_comes_in_a_destructor_is_not_lost(number: int, status: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SWALLOWED], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        run.stdout.readline()
        run.send_signal(number)
        _, err = run.communicate(timeout=60)
    assert (run.returncode, err) == (status, b"")


def test_a_signal_that_has_to_wait_is_not_forgotten() -> None:
    program = "from autograd_cli import signals; signals._send_again(2); signals.leave(0)"
    assert subprocess.run([sys.executable, "-c", program], env=ENVIRONMENT).returncode == signals.INTERRUPTED


LOST = """
import os, time
from autograd_cli import signals

sent, kill = [], os.kill

def lose_two(process, number):
    sent.append(number)
    if len(sent) > 2:
        kill(process, number)

os.kill = lose_two
try:
    with signals.raised():
        signals._send_again(2)
        time.sleep(60)
except KeyboardInterrupt:
    signals.leave(len(sent))
"""
"""A wait that the first two signals do not end, as where they come just before it."""


def test_a_signal_that_wakes_nothing_is_sent_until_it_is_raised() -> None:
    assert subprocess.run([sys.executable, "-c", LOST], env=ENVIRONMENT, timeout=50).returncode == 3


def test_an_interrupt_within_an_example_ends_the_page(monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    monkeypatch.setattr("autograd_cli.views.guide.perform", lambda words, environment: signals.INTERRUPTED)
    assert cli("explain", "AG605").status == signals.INTERRUPTED
