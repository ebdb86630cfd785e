"""Every case of hostile/cases.json: what is wrong is refused in words, what is right is answered, and that is all.

Most cases run in this process, through the same door as the program's; those about memory, time, streams, signals and
environment variables get a process of their own, beside.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograd_cli.environment import Environment, StandardInput
from autograd_cli.main import perform
from hostile.processes import content, lay_out, word

ROOT = Path(__file__).resolve().parents[2]
CASES_FILE = ROOT / "tests" / "hostile" / "cases.json"
CASES: list[dict[str, Any]] = json.loads(CASES_FILE.read_text(encoding="utf-8"))["cases"]

SECONDS = 5.0
MIB = 1024
MESSAGE = 2048
"""Bytes of a message at most."""

ENDED = {0, 1, 2, 3, 130, 141, 143}
NEVER = (
    "Traceback (most recent call last)",
    "Exception ignored",
    "Segmentation fault",
    "core dumped",
    "<unknown>:1",
    "RuntimeWarning",
    "internal error",
)
CONTROL = {"\x1b", "\x07", "\x9b", "\u200b", "\u202e"}


def needs_process(case: Mapping[str, Any]) -> bool:
    """Whether a case is about more than words in and words out."""
    stdin = case.get("stdin") or {}
    special = any({"sparse", "fifo"} & given.keys() for given in (case.get("files") or {}).values())
    streams = stdin and not {"text", "b64"} & stdin.keys()
    return bool(case["group"] == "dos" or case.get("run") or case.get("env") or streams or special)


@dataclass
class Outcome:
    """What came of a case."""

    status: int
    out: str
    err: str
    seconds: float
    mib: int
    written: list[str]
    statuses: list[int]


class Processes:
    """The cases with a process of their own, which run while the others are tested."""

    def __init__(self, names: list[str], folder: Path) -> None:
        self.file = folder / "outcomes"
        self.file.touch()
        paths = os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "hostile" / "processes.py"), str(CASES_FILE), str(self.file), *names],
            env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.DEVNULL,
        )
        self.found: dict[str, dict[str, Any]] = {}

    def outcome(self, name: str) -> Outcome:
        """What came of a case, as soon as it is there."""
        while name not in self.found:
            ended = self.process.poll() is not None
            lines = self.file.read_text(encoding="utf-8").splitlines(keepends=True)
            self.found = {one["id"]: one for one in map(json.loads, (line for line in lines if line.endswith("\n")))}
            assert name in self.found or not ended, f"no outcome for {name}"
            time.sleep(0 if name in self.found else 0.1)
        return Outcome(**{field: value for field, value in self.found[name].items() if field != "id"})


@pytest.fixture(scope="module")
def processes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    wanted = [
        item.callspec.params["case"]
        for item in request.session.items
        if item.path == Path(__file__) and "case" in getattr(getattr(item, "callspec", None), "params", ())
    ]
    names = [case["id"] for case in wanted if needs_process(case)]
    started = Processes(names, tmp_path_factory.mktemp("hostile"))
    yield started
    if started.process.poll() is None:
        started.process.terminate()
    started.process.wait()


def in_process(case: Mapping[str, Any], folder: Path, *more: str) -> Outcome:
    """Run a case here: the same words and streams, without a process around them."""
    words = [word(argument).decode("utf-8", "surrogateescape") for argument in case["argv"]]
    words += [option for option in more if option not in words]
    before = {path.name for path in folder.iterdir()}
    raw_out, raw_err = io.BytesIO(), io.BytesIO()
    out = io.TextIOWrapper(raw_out, "utf-8", errors="backslashreplace")
    err = io.TextIOWrapper(raw_err, "utf-8", errors="backslashreplace")
    given = io.BytesIO(content(case.get("stdin") or {"text": ""}))
    started = time.process_time()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), patience():
        status = perform(words, Environment(StandardInput(given), out, err))
    seconds = time.process_time() - started
    out.flush()
    err.flush()
    written = sorted({path.name for path in folder.iterdir()} - before)
    return Outcome(status, raw_out.getvalue().decode(), raw_err.getvalue().decode(), seconds, 0, written, [status])


@contextlib.contextmanager
def patience(seconds: int = 20) -> Iterator[None]:
    """End what takes for ever."""

    def give_up(*_: object) -> None:
        raise SystemExit(f"still running after {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in sorted(CASES, key=needs_process)])
def test_a_hostile_case_is_met_as_promised(
    case: Mapping[str, Any], processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lay_out(dict(case), tmp_path)
    found = processes.outcome(case["id"]) if needs_process(case) else in_process(case, tmp_path)
    assert_nothing_bad(case, found)
    assert_as_stated(case, found)
    if "expect" in case and not case.get("run"):
        assert_right(case["expect"], in_process(case, tmp_path, "--json"))


def assert_nothing_bad(case: Mapping[str, Any], found: Outcome) -> None:
    """What holds for every case."""
    both = found.out + found.err
    assert set(found.statuses) == {found.status}
    assert found.status in ENDED
    assert found.seconds <= case.get("within", SECONDS)
    assert found.mib <= MIB
    assert found.written == []
    typed = "".join(word(argument).decode("utf-8", "replace") for argument in case["argv"])
    for words in NEVER:
        assert words not in both or words in typed
    assert not CONTROL & set(both)
    assert len(found.err.encode()) <= MESSAGE


def assert_as_stated(case: Mapping[str, Any], found: Outcome) -> None:
    """What the case itself states."""
    must = case["must"]
    message = found.err
    if must == "reject" or (must == "either" and found.status != 0):
        assert found.status in (1, 2, 3)
        if "--json" in case["argv"]:
            answer = json.loads(found.out)
            assert answer["ok"] is False
            message = answer["error"]["message"]
        else:
            assert found.out == ""
        assert message.startswith("error[AG") or "--json" in case["argv"]
    elif must == "usage":
        assert found.status in (0, 2)
        assert found.out
    elif must != "quiet":
        assert found.status == 0
        assert found.out
    if must == "warn":
        assert message.startswith("warning[AG")
    if must in ("reject", "warn") or (must == "either" and found.status != 0):
        for pattern in case.get("says", ()):
            assert re.search(pattern, message, re.IGNORECASE), f"the message lacks /{pattern}/: {message}"


def assert_right(expected: Mapping[str, Any], found: Outcome) -> None:
    """The value and the gradients of a case that is right."""
    answer = json.loads(found.out)
    if "value" in expected:
        assert close(answer["result"]["data"], expected["value"])
    for name, gradient in expected.get("grads", {}).items():
        assert close(answer["variables"][name]["grad"], gradient)


def close(ours: Any, theirs: Any) -> bool:
    """Whether two nested lists of numbers are the same, nan included."""
    one, other = list(numbers(ours)), list(numbers(theirs))
    return len(one) == len(other) and all(
        a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
        for a, b in zip(one, other, strict=True)
    )


def numbers(data: Any) -> Iterator[float]:
    """The numbers in nested lists."""
    if isinstance(data, list):
        for entry in data:
            yield from numbers(entry)
    else:
        yield float(data)
