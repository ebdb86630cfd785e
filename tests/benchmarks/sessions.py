"""What sessions, pictures, descent and batches take, beside their goals: ``python tests/benchmarks/sessions.py``.

Each figure is the least of several turns, in processor time, which is longer where neighbours use the machine. Exit
status 1 where a goal is missed.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "core"), str(ROOT / "cli")]

import numpy as np  # noqa: E402

from autograd_cli.commands.repl import Loop  # noqa: E402
from autograd_cli.environment import Environment, StandardInput  # noqa: E402
from autograd_cli.main import perform  # noqa: E402
from autograd_core.descend import Settings, descend  # noqa: E402
from autograd_core.request import Request  # noqa: E402
from autograd_core.symbolic import worker  # noqa: E402

JOBS = 10_000


def streams() -> Environment:
    return Environment(StandardInput(io.BytesIO(b"")), io.StringIO(), io.StringIO())


def least(run: Callable[[], object], turns: int = 15) -> float:
    """The least processor time of this process, in milliseconds."""
    found = []
    for _ in range(turns):
        began = time.process_time()
        run()
        found.append(time.process_time() - began)
    return 1e3 * min(found)


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
    return own if before is None else own + 1e3 * (child.own_seconds() - before) / 15


def plot_beyond_grad() -> float:
    plain = ["--check", "none", "--no-formula", "--no-tree"]
    plot = ["plot", "x*sin(x)", "--x=-5:5", "--points", "400", "--width", "80"]
    grad = ["grad", "x*sin(x)", "--x", "2", *plain]
    assert perform(plot, streams()) == perform(grad, streams()) == 0
    return least(lambda: perform(plot, streams())) - least(lambda: perform(grad, streams()))


def descent() -> float:
    random = np.random.default_rng(0)
    values = {"X": random.normal(size=(10, 3)), "y": random.normal(size=10), "w": np.zeros(3)}
    request = Request("mean((y - X@w)**2)", values)
    settings = Settings(rate=1e-3, steps=1_000, until=0.0)
    assert descend(request, ["w"], settings).taken == 1_000
    return least(lambda: descend(request, ["w"], settings))


def jobs_a_second() -> float:
    """Distinct small jobs without the check, by the processor time of all processes, shared by two cores."""
    lines = [
        json.dumps({"id": i, "expr": f"sum((Y-{i}*X)**2)", "vars": {"Y": [i, 2], "X": [3, 1]}}) for i in range(JOBS)
    ]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "jobs").write_text("\n".join(lines))
        paths = os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])
        before = os.times()
        command = [sys.executable, "-m", "autograd_cli", "batch", "jobs", "--jobs", "2"]
        done = subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": paths}, capture_output=True)
        after = os.times()
    assert done.stdout.count(b'"ok": true') == JOBS
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return 2 * JOBS / used


GOALS = [
    ("a line of a session with its check, after the first", session_line, 40.0, "ms", True),
    ("plot of 400 points beyond a grad", plot_beyond_grad, 5.0, "ms", True),
    ("descend of 1,000 steps, 10 by 3 regression", descent, 30.0, "ms", True),
    ("batch of distinct small jobs, two cores", jobs_a_second, 2_500.0, "jobs/s", False),
]


def main() -> int:
    missed = 0
    for name, measure, goal, unit, below in GOALS:
        found = measure()
        missed += (found > goal) is below
        print(f"{name:52} {found:8,.1f} {unit:7} goal {'<=' if below else '>='} {goal:,.0f}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
