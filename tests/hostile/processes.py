"""Run hostile cases, each in a process of its own, and append what came of each to a file, one JSON object a line.

usage: python processes.py CASES OUTCOMES ID...

The tests start this beside themselves: a process that pytest starts directly would be charged for pytest's memory.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

PROGRAM = [sys.executable, "-m", "autograd_cli"]
PATIENCE = 180.0
"""Seconds by the clock after which a case is ended by force: on a busy machine one that is right may take thirty."""

KEPT = 1 << 16
"""Bytes of a stream that are looked at."""

_SETTINGS = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "AUTOGRAD_CLI_DEBUG")


def word(argument: Any) -> bytes:
    """A word of a command line: text, a text repeated, or bytes."""
    if isinstance(argument, str):
        return argument.encode("utf-8", "surrogateescape")
    if "$repeat" in argument:
        return "".join(part * count for part, count in argument["$repeat"]).encode()
    return base64.b64decode(argument["$bytes_b64"])


def content(given: dict[str, Any]) -> bytes:
    """What stands in a file or on standard input."""
    if "text" in given:
        return str(given["text"]).encode()
    if "b64" in given:
        return base64.b64decode(given["b64"])
    return "".join(part * count for part, count in given.get("repeat", ())).encode()


def lay_out(case: dict[str, Any], folder: Path) -> None:
    """Write the files of a case into its folder."""
    for name, given in (case.get("files") or {}).items():
        if "fifo" in given:
            os.mkfifo(folder / name)
            continue
        if "link" in given:
            (folder / name).symlink_to(given["link"])
            continue
        with (folder / name).open("wb") as file:
            file.write(content(given))
            if "sparse" in given:
                file.truncate(given["sparse"])


def environment(case: dict[str, Any]) -> dict[str, str]:
    """The environment variables of a case."""
    variables = {name: value for name, value in os.environ.items() if name not in _SETTINGS}
    variables["PYTHONDONTWRITEBYTECODE"] = "1"
    for name, value in (case.get("env") or {}).items():
        variables.pop(name, None)
        if value is not None:
            variables[name] = value
    return variables


def carry_out(case: dict[str, Any]) -> dict[str, Any]:
    """What came of a case: exit status, both streams, seconds of processor time, MiB, files that were not there."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as path:
        folder = Path(path)
        lay_out(case, folder)
        before = {path.name for path in folder.iterdir()}
        runs = [start(case, folder) for _ in range((case.get("run") or {}).get("parallel", 1))]
        outcomes = [attend(case, process) for process in runs]
        found = outcomes[0]
        found["id"] = case["id"]
        found["statuses"] = [one["status"] for one in outcomes]
        found["written"] = sorted({path.name for path in folder.iterdir()} - before)
        return found


def start(case: dict[str, Any], folder: Path) -> subprocess.Popen[bytes]:
    """Start the program as the case says."""
    surroundings = case.get("run") or {}
    stdin = case.get("stdin") or {}
    closed = [number for number, is_closed in ((0, "closed" in stdin), (2, surroundings.get("stderr"))) if is_closed]
    shell = ["sh", "-c", 'exec "$@" ' + " ".join(f"{number}>&-" for number in closed), "sh"] if closed else []
    return subprocess.Popen(
        [*(os.fsencode(part) for part in [*shell, *PROGRAM]), *map(word, case["argv"])],
        stdin=subprocess.PIPE if stdin and "closed" not in stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment(case),
        start_new_session=True,
    )


def attend(case: dict[str, Any], process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Feed a process, read what it writes, and wait for it, but not for ever."""
    surroundings = case.get("run") or {}
    stdin = case.get("stdin") or {}
    over = threading.Event()
    streams: dict[str, bytes] = {"out": b"", "err": b""}

    def feed() -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            while "endless" in stdin and not over.is_set():
                process.stdin.write(stdin["endless"].encode() * 4096)
            if "hang" in stdin:
                over.wait()
            else:
                process.stdin.write(content(stdin))
            process.stdin.close()

    def read(name: str, stream: Any) -> None:
        if name == "out" and surroundings.get("stdout") == "head1":
            streams[name] = stream.readline()
            stream.close()
            return
        while data := stream.read1(KEPT):
            streams[name] = (streams[name] + data)[: 4 * KEPT]

    helpers = [threading.Thread(target=read, args=pair) for pair in (("out", process.stdout), ("err", process.stderr))]
    if process.stdin is not None:
        threading.Thread(target=feed, daemon=True).start()
    for helper in helpers:
        helper.start()
    if "signal" in surroundings:
        time.sleep(surroundings["after"])
        process.send_signal(getattr(signal, "SIG" + surroundings["signal"]))
    ender = threading.Timer(PATIENCE, lambda: os.killpg(process.pid, signal.SIGKILL))
    ender.start()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # so that nobody waits for it again
    ender.cancel()
    over.set()
    for helper in helpers:
        helper.join(PATIENCE)
    return {
        "status": process.returncode,
        "out": streams["out"].decode(errors="replace"),
        "err": streams["err"].decode(errors="replace"),
        "seconds": used.ru_utime + used.ru_stime,
        "mib": used.ru_maxrss // 1024,
    }


def main() -> None:
    """Run the cases that were named, two at a time."""
    cases = {case["id"]: case for case in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["cases"]}
    with Path(sys.argv[2]).open("a", encoding="utf-8") as outcomes, ThreadPoolExecutor(2) as pool:
        for found in pool.map(lambda name: carry_out(cases[name]), sys.argv[3:]):
            outcomes.write(json.dumps(found) + "\n")
            outcomes.flush()


if __name__ == "__main__":
    main()
