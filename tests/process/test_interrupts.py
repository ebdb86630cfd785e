"""Ctrl-C in every phase: exit status 130, nothing said, nothing half written, the terminal as it was."""

from __future__ import annotations

import importlib
import io
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pytest

from autograd_cli.environment import Environment, StandardInput
from autograd_cli.main import perform
from autograd_cli.signals import EndError

ROOT = Path(__file__).resolve().parents[2]
REST = ["--x", "1,2,3", "--output", "report.json"]

PHASES = [
    "autograd_cli.command.parse_arguments",
    "autograd_cli.values.reader.ValueReader.read",
    "autograd_core.run.evaluate",
    "autograd_core.run.backward",
    "autograd_core.formula.closed_forms",
    "autograd_core.calculate.find_kinks",
    "autograd_core.check.ladder.differentiated",
    "autograd_core.calculate.describe",
    "autograd_cli.views.answer_json",
    "os.replace",
]


@pytest.mark.parametrize("phase", PHASES)
def test_an_interrupt_ends_a_phase_quietly(phase: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("autograd_cli.views.gradient", "autograd_cli.values.reader", "autograd_core.calculate"):
        importlib.import_module(module)
    importlib.import_module("autograd_core.check.ladder")
    called = []

    def interrupt(*_: Any, **__: Any) -> None:
        called.append(phase)
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.json").write_text("before")
    monkeypatch.setattr(phase, interrupt)
    out, err = io.StringIO(), io.StringIO()
    expression = f"sum(x**2) + {PHASES.index(phase) + 7919}.25"  # one that no other run has read
    status = perform(["grad", expression, *REST], Environment(StandardInput(None), out, err))
    assert called, f"{phase} is no phase any more"
    assert (status, out.getvalue(), err.getvalue()) == (130, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    assert (tmp_path / "report.json").read_text() == "before"


@pytest.mark.parametrize("ended", [KeyboardInterrupt, EndError])
def test_an_end_while_a_class_is_made_is_no_fault(ended: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    class Field:
        def __set_name__(self, *_: object) -> None:
            raise ended(signal.SIGTERM)

    monkeypatch.setattr("autograd_core.run.evaluate", lambda *_, **__: type("Made", (), {"field": Field()}))
    out, err = io.StringIO(), io.StringIO()
    words, environment = ["grad", "x**2 + 7907.25", "--x", "3"], Environment(StandardInput(None), out, err)
    if ended is KeyboardInterrupt:
        assert perform(words, environment) == 130
    else:
        with pytest.raises(EndError):
            perform(words, environment)
    assert (out.getvalue(), err.getvalue()) == ("", "")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks Linux for the child that imports SymPy")
@pytest.mark.parametrize("after", [0.0, 0.2, 0.5, 1.0])
def test_an_interrupt_from_a_terminal_leaves_it_as_it_was(after: float, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])}
    long = ["grad", "sum(sort(x)*cumsum(sin(x)))", "--x", "randn(2000000)", "--max-memory", "4", "--output", "r.json"]
    long += ["--max-seconds", "60"]
    process = subprocess.Popen(
        [sys.executable, "-m", "autograd_cli", *long],
        env=variables,
        cwd=tmp_path,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None and not (children.exists() and children.read_text().strip()):
        time.sleep(0.01)
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the child gets it too
    _, err = process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT)  # a shell says 130 for both
    assert err == b""
    assert termios.tcgetattr(theirs) == before
    assert list(tmp_path.iterdir()) == []
    os.close(ours)
    os.close(theirs)
