"""SymPy works in a process that starts early, can be stopped, and holds nobody up."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from autograd_core.check import check
from autograd_core.deadline import DeadlineError
from autograd_core.symbolic import worker
from autograd_core.symbolic.script import Script
from autograd_core.symbolic.worker import Clock, OutOfTimeError
from checking import asked

CORE = str(Path(__file__).resolve().parents[2] / "core")

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def endless(factors: int) -> dict[str, object]:
    """A job that SymPy would work on for minutes: all derivatives of a product of thousands."""
    script = Script()
    symbols = [script.symbol() for _ in range(factors)]
    root = script.call("Mul", [script.call("sin", [symbol]) for symbol in symbols])
    paths = [(place,) for place in range(factors)]
    return {"task": "derive", "lines": script.lines, "roots": [root.at], "weights": [1.0], "paths": paths}


def run(code: str, timeout: float | None = None) -> str:
    """The output of a program, once nobody can write to it any more."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": CORE},
        check=True,
        timeout=timeout,
    )
    return done.stdout.strip()


@needs_fork
def test_a_job_ends_when_its_seconds_are_over_with_what_was_found_and_the_worker_goes_on() -> None:
    worker.wait()
    clock = Clock(30.0)
    found = worker.ask(endless(200), clock, 1.0)
    assert 1 < len(found["outputs"]) <= 200  # the root, and some of the derivatives
    assert 0 < clock.spent < 5
    pid = worker._worker.pid if worker._worker else 0
    assert check(asked("x**2", {"x": 3.0}, budget=30.0)).verdict.status == "agree"
    assert worker._worker is not None
    assert worker._worker.pid == pid


@needs_fork
def test_a_deadline_ends_a_worker_that_goes_on_and_the_next_job_has_another(monkeypatch: pytest.MonkeyPatch) -> None:
    worker.wait()

    def deaf(_job: object) -> object:
        while True:
            with suppress(DeadlineError):
                while True:  # within, so that no deadline falls between two rounds
                    math.factorial(1000)

    monkeypatch.setattr("autograd_core.symbolic.answer", deaf)
    worker.stop()
    worker.wait()
    clock = Clock(0.3)
    with pytest.raises(OutOfTimeError):
        worker.ask(endless(2100), clock)
    assert clock.left < 0
    monkeypatch.undo()
    assert check(asked("x**2", {"x": 3.0}, budget=60.0)).verdict.status == "agree"


@needs_fork
def test_an_interrupt_leaves_no_answer_behind_for_the_next_job() -> None:
    worker.wait()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            worker.ask(endless(2000), Clock(30.0), 0.6)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    time.sleep(0.6)
    assert check(asked("x**2", {"x": 3.0}, budget=60.0)).verdict.status == "agree"
    assert check(asked("x**3", {"x": 3.0}, budget=60.0)).verdict.status == "agree"


@needs_fork
def test_no_process_is_left_behind() -> None:
    output = run(
        "import os; from autograd_core.symbolic import worker\n"
        "worker.start(); pid = worker._worker.pid; worker.stop()\n"
        "try:\n os.kill(pid, 0); print('there')\nexcept ProcessLookupError: print('gone')"
    )
    assert output == "gone"


@needs_fork
def test_who_reads_the_output_does_not_wait_for_sympy(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    code = (
        "import os, time; from autograd_core import symbolic; from autograd_core.symbolic import worker\n"
        "def slow():\n"
        " for _ in range(6000):\n"
        f"  if os.path.exists({str(ended)!r}): return\n"
        "  time.sleep(0.01)\n"
        "symbolic.warm_up = slow; worker.start(); print('done', flush=True); os._exit(0)"
    )
    output = run(code, timeout=30)  # the worker is still there, and waits
    ended.touch()
    assert output == "done"


def test_starting_early_loads_neither_numpy_nor_sympy() -> None:
    output = run(
        "import sys; from autograd_core.symbolic import worker; worker.start()\n"
        "print(sorted({'numpy', 'sympy'} & set(sys.modules)))"
    )
    assert output == "[]"


@needs_fork
def test_a_check_leaves_sympy_out_of_this_process() -> None:
    output = run(
        "import sys, numpy as np\n"
        "from autograd_core.calculate import calculate, Request\n"
        "found = calculate(Request('sum(x*y)', {'x': np.ones(3), 'y': np.ones(3)}, check_budget=60.0))\n"
        "print(found.verdict.status, 'sympy' in sys.modules)"
    )
    assert output == "agree False"


def test_without_fork_sympy_works_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork", raising=False)
    found = check(asked("sum(tanh(x)*y)", {"x": [0.5, 1.0], "y": [1.0, 2.0]}, budget=60.0))
    assert found.verdict.status == "agree"
    assert found.verdict.compared == 4


@pytest.mark.parametrize(
    "text",
    [
        "+".join(["x"] * 900),
        "*".join(["x"] * 900),
        "tanh(" * 150 + "x" + ")" * 150,
        "sum((2*x)**1e9)",
        "x*9**9**9**9",
        "x**x**x**x**x",
        "+".join(f"sin({i}*x)" for i in range(300)),
        "; ".join(["y0 = x*x", *[f"y{i + 1} = y{i}*x + sin(y{i})" for i in range(200)]]) + "; y200",
    ],
    ids=["sum", "product", "nest", "power", "tower", "variable tower", "waves", "chain"],
)
def test_no_expression_keeps_the_check_beyond_its_budget(text: str) -> None:
    question = asked(text, {"x": 0.9}, budget=1.0)
    worker.wait()
    begun = time.process_time()
    found = check(question)
    assert time.process_time() - begun < 2.0
    assert found.verdict.status in ("agree", "partial", "skipped")
    assert found.verdict.status == "agree" or found.verdict.reason
