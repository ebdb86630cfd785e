"""What sessions, pictures, descent and batches take, the least of several turns, in processor time."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from measure import Row

from autograd_cli.commands.repl import Loop
from autograd_cli.environment import Environment, StandardInput
from autograd_cli.main import perform
from autograd_core.descend import Settings, descend
from autograd_core.request import Request
from autograd_core.symbolic import worker

JOBS = 10_000


def streams() -> Environment:
    """Streams that lead nowhere."""
    return Environment(StandardInput(io.BytesIO(b"")), io.StringIO(), io.StringIO())


def least(run: Callable[[], object], turns: int = 15) -> float:
    """The least processor time of this process, in seconds."""
    found = []
    for _ in range(turns):
        began = time.process_time()
        run()
        found.append(time.process_time() - began)
    return min(found)


def session_line() -> float:
    """A line of a session with its check, each with other numbers, after the first; SymPy's process counts too."""
    loop = Loop(streams())
    loop.line("w = 0.5")
    loop.line("sum((w*sin(x) - 1)**2)" if loop.line("x = 1,2,3") == 0 else "")
    clock = iter(range(1, 1_000))

    def answer() -> None:
        loop.line(f"x = 1,{next(clock)},3")
        assert loop.line("sum((w*sin(x) - 1)**2)") == 0

    answer()
    child = worker._worker
    before = child.own_seconds() if child is not None else None
    own = least(answer)
    return own if before is None else own + (child.own_seconds() - before) / 15


def plot_beyond_grad() -> float:
    """A plot of 400 points, without what a gradient takes."""
    plain = ["--check", "none", "--no-formula", "--no-tree"]
    plot = ["plot", "x*sin(x)", "--x=-5:5", "--points", "400", "--width", "80"]
    grad = ["grad", "x*sin(x)", "--x", "2", *plain]
    assert perform(plot, streams()) == perform(grad, streams()) == 0
    return least(lambda: perform(plot, streams())) - least(lambda: perform(grad, streams()))


def descent() -> float:
    """A thousand steps of a regression."""
    random = np.random.default_rng(0)
    values = {"X": random.normal(size=(10, 3)), "y": random.normal(size=10), "w": np.zeros(3)}
    request = Request("mean((y - X@w)**2)", values)
    settings = Settings(rate=1e-3, steps=1_000, until=0.0)
    assert descend(request, ["w"], settings).taken == 1_000
    return least(lambda: descend(request, ["w"], settings))


def job() -> float:
    """Seconds of a small job without the check, by the processor time of all processes, shared by two cores."""
    lines = [
        json.dumps({"id": i, "expr": f"sum((Y-{i}*X)**2)", "vars": {"Y": [i, 2], "X": [3, 1]}}) for i in range(JOBS)
    ]
    with tempfile.TemporaryDirectory() as folder:
        jobs = Path(folder) / "jobs"
        jobs.write_text("\n".join(lines))
        before = os.times()
        command = [sys.executable, "-m", "autograd_cli", "batch", str(jobs), "--jobs", "2"]
        done = subprocess.run(command, capture_output=True)
        after = os.times()
    assert done.stdout.count(b'"ok": true') == JOBS
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return float(used / (2 * JOBS))


GOALS: list[tuple[str, Callable[[], float], float]] = [
    ("a line of a session with its check, after the first", session_line, 0.040),
    ("plot of 400 points beyond a grad", plot_beyond_grad, 0.005),
    ("descend of 1,000 steps, 10 by 3 regression", descent, 0.030),
    ("batch of distinct small jobs, two cores: a job", job, 1 / 2_500),
]


def measured() -> Iterator[Row]:
    """Each figure beside its goal."""
    for name, measure, goal in GOALS:
        found = measure()
        yield Row(name, "its goal", found, goal, 1.0, "the same answers")
