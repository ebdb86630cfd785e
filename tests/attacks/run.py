"""Attack the program from outside, and count what held: python tests/attacks/run.py [--share 0.1] [NAME...]

Minutes long, so it is no part of the test suite. Each attack counts its tries and prints the first try that broke a
promise; the exit status is 1 if there was one. ``--share`` does only that part of every attack.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "autograd_cli"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])}
NEVER = (b"Traceback", b"Exception ignored", b"AG999", b"internal error", b"Segmentation fault", b"core dumped")

Broken = str | None
Attack = Callable[[random.Random, Path], Broken]


def start(words: list[str], folder: Path, **more: Any) -> subprocess.Popen[bytes]:
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([*PROGRAM, *words], cwd=folder, env=ENVIRONMENT, **pipes, **more)


def said_too_much(out: bytes, err: bytes) -> Broken:
    """What the program must never say; what Python says before it has read a line of the program is not its own."""
    if not out and b"Traceback" in err and b"autograd_c" not in err:
        return None
    return next((f"says {words.decode()}" for words in NEVER if words in out + err), None)


def killed_and_resumed(draw: random.Random, folder: Path) -> Broken:
    """A batch that is ended at any time, again and again, has all answers once in the end."""
    count = draw.randrange(200, 1500)
    lines = [
        json.dumps({"id": i, "expr": "sum((Y-W*X)**2)", "vars": {"Y": [i, 2], "W": [1, 2], "X": [3, 1]}})
        for i in range(count)
    ]
    (folder / "jobs").write_text("\n".join(lines))
    words = ["batch", "jobs", "--resume", "out", "--jobs", "2"]
    for _ in range(draw.randrange(1, 4)):
        run = start(words, folder)
        time.sleep(draw.uniform(0.05, 1.5))
        run.send_signal(draw.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP]))
        run.communicate(timeout=120)
    run = start(words, folder)
    _, err = run.communicate(timeout=300)
    answers = [json.loads(line).get("id") for line in (folder / "out").read_text().splitlines()[1:]]
    return None if run.returncode == 0 and answers == list(range(count)) else f"{len(answers)} of {count}: {err!r}"


def killed_while_writing(draw: random.Random, folder: Path) -> Broken:
    """A file is the old one or the new one, whole, and nothing else is left (but by a kill that nobody can catch)."""
    target = folder / "r.json"
    target.write_text("old")
    run = start(["grad", "sum(x*sin(x))", "--x", "randn(200000)", "--check", "none", "--output", "r.json"], folder)
    time.sleep(draw.uniform(0.2, 1.5))
    number = draw.choice([signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
    run.send_signal(number)
    out, err = run.communicate(timeout=120)
    text = target.read_text()
    if text != "old" and not json.loads(text)["ok"]:
        return "half a file"
    left = [path.name for path in folder.iterdir() if path.name != "r.json"]
    return f"left {left}" if left and number != signal.SIGKILL else said_too_much(out, err)


def interrupted(draw: random.Random, folder: Path) -> Broken:
    """Ctrl-C at any time is quiet."""
    run = start(["grad", "sum(sort(x)*sin(x))", "--x", "randn(50000)"], folder, start_new_session=True)
    time.sleep(draw.uniform(0.03, 1.5))  # before that Python itself has not read the first line of the program
    os.killpg(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=120)
    if run.returncode not in (0, 130, -signal.SIGINT) and b"autograd_c" in err:
        return f"status {run.returncode}"
    return f"says {err[:80]!r}" if err and run.returncode == 130 else said_too_much(out, err)


SEEDS = [
    b'{"id": 1, "expr": "sum((Y - W*X)**2)", "vars": {"X": [1,2], "W": [1,2], "Y": [1,1]}}',
    b'{"id": "a", "command": "check", "expr": "sum(x**2)", "vars": {"x": [1,2,3]}, "claims": ["x = 2*x"]}',
    b'{"expr": "softmax(x)", "vars": {"x": "1,2;3,4"}, "grad_tensor": "ones(2,2)", "dtype": "float32"}',
    b'{"expr": "x^T A x", "vars": {"x": [1,2], "A": "eye(2)"}, "wrt": ["x"], "formula": true, "tree": true}',
]


def mutated(draw: random.Random) -> bytes:
    line = bytearray(draw.choice(SEEDS))
    for _ in range(draw.randrange(1, 4)):
        place = draw.randrange(len(line))
        kind = draw.randrange(4)
        if kind == 0:
            line[place] = draw.choice(b'{}[]":,\\ 0e9-+*()\x00\xff=;x')
        elif kind == 1:
            del line[place : place + draw.randrange(1, 6)]
        elif kind == 2:
            line[place:place] = line[place : place + draw.randrange(1, 9)]
        else:
            line[place:place] = draw.choice(
                [b"1e999", b"**9**9", b"\\ud800", b"NaN", b"[[", b"zeros(9999,9999)", b"@/etc"]
            )
    return bytes(line).replace(b"\n", b" ") or b" {"


def mutated_jobs(draw: random.Random, folder: Path) -> Broken:
    """500 jobs that were changed at random: an answer for each, in order, and none is a mistake of the program."""
    lines = [mutated(draw) for _ in range(500)]
    run = start(["batch", "--jobs", "2"], folder)
    out, err = run.communicate(b"\n".join(lines), timeout=600)
    answers = out.splitlines()
    if len(answers) != sum(bool(line.strip()) for line in lines) or err:
        return f"{len(answers)} answers, {err[:80]!r}"
    wrong = next((line for line, each in zip(lines, answers, strict=False) if b"AG999" in each), None)
    return None if wrong is None else f"a mistake of the program: {wrong!r}"


def folders(draw: random.Random, folder: Path) -> Broken:
    """Whatever was handed in: a row for each, with names that differ."""
    (folder / "key").write_text('[[question]]\nid = "q1"\nexpr = "sum(x**2)"\nvars = {x = [1, 2]}\n')
    place = folder / "answers"
    place.mkdir()
    for number in range(draw.randrange(1, 12)):
        name = draw.choice(["ann", "bob.b", "\u00e9", "=1", "a b", str(number)])
        path = place / (name + draw.choice(["", ".txt", ".md", ".pdf"]))
        if path.exists() or path.is_symlink():
            continue
        kind = draw.randrange(6)
        if kind == 0:
            path.mkdir()
            (path / draw.choice(["q1.txt", "Q1", "notes", ".x"])).write_bytes(draw.randbytes(20))
        elif kind == 1:
            path.symlink_to(draw.choice(["/etc/passwd", "nowhere", ".", path.name]))
        elif kind == 2:
            os.mkfifo(path)
        elif kind == 3:
            path.write_bytes(draw.randbytes(draw.choice([0, 9, 2_000_000])))
        else:
            path.write_text(draw.choice(["x = 2*x", "q1: x = x", "x = (", "", "hello"]))
    run = start(["batch", "--key", "key", "answers", "--format", "csv", "--jobs", "1"], folder)
    out, err = run.communicate(timeout=300)
    rows = [row["id"] for row in csv.DictReader(io.StringIO(out.decode()))]
    if len(rows) != len(set(rows)) or len(rows) != len(list(place.iterdir())):
        return f"{len(rows)} rows for {sorted(path.name for path in place.iterdir())}: {err!r}"
    return said_too_much(out, err)


LIMITS = {
    "RLIMIT_NOFILE": (8, 64),
    "RLIMIT_AS": (20 << 20, 400 << 20),
    "RLIMIT_NPROC": (1, 3),
    "RLIMIT_FSIZE": (0, 4096),
    "RLIMIT_STACK": (256 << 10, 8 << 20),
    "RLIMIT_DATA": (20 << 20, 400 << 20),
}


def limited(draw: random.Random, folder: Path) -> Broken:
    """Under any limit of the system: an answer, or a line that says what is missing."""
    name = draw.choice([name for name in LIMITS if hasattr(resource, name)])
    value = draw.randrange(*LIMITS[name])
    words = draw.choice([["grad", "sum(x**2)", "--x", "1,2"], ["hessian", "sum(x**2)", "--x", "1,2"], ["batch"]])
    limit = lambda: resource.setrlimit(getattr(resource, name), (value, value))  # noqa: E731
    run = start(words, folder, preexec_fn=limit)
    out, err = run.communicate(SEEDS[0], timeout=300)
    return said_too_much(out, err) and f"{name} {value}: {said_too_much(out, err)}: {(out + err)[:200]!r}"


WORST = [
    *(
        [
            "check",
            "*".join(f"sin(a{i})" for i in range(count)),
            *[w for i in range(count) for w in (f"--a{i}", "1", "--claim", f"a{i} = 2")],
        ]
        for count in (100, 300)
    ),
    ["hessian", "*".join(f"sin(x[{i}])" for i in range(300)), "--x", "randn(300)"],
    ["hessian", "*".join(f"a{i}" for i in range(300)), *[w for i in range(300) for w in (f"--a{i}", "1.01")]],
    ["grad", "x**x**x", "--x", "0.9", "--order", "10"],
    ["grad", "sum(x)", "--x", f"zeros({','.join('2' * 20)})"],
    ["grad", "; ".join(f"y{i} = sin(x)*x" for i in range(999)) + "; x", "--x", "0.5"],
    ["grad", "+".join(f"sin({i}*x)" for i in range(300)), "--x", "0.5", "--steps"],
    ["grad", "sum(x**2)", "--x", "ones(10000000)"],
    ["hessian", "logsumexp(x)", "--x", "randn(1500)"],
]
"""Inputs within the limits that take longest."""


def as_job(words: list[str]) -> bytes:
    """A job of ``batch`` that asks for the same as a command."""
    job: dict[str, Any] = {"command": words[0], "expr": words[1], "vars": {}}
    job.update({"check": {"claims": []}, "grad": {"check": "sympy", "formula": True}}.get(words[0], {}))
    rest = iter(words[2:])
    for word in rest:
        if word == "--claim":
            job["claims"].append(next(rest))
        elif word == "--steps":
            job["steps"] = True
        elif word == "--order":
            job["order"] = int(next(rest))
        else:
            job["vars"][word[2:]] = next(rest)
    return json.dumps(job).encode() + b"\n"


def measured(words: list[str], typed: bytes = b"") -> tuple[int, float, int]:
    """The status, the seconds of a processor and the MiB at the peak of a command."""
    report = "import resource,subprocess,sys; s=subprocess.run(sys.argv[1:],stdout=-3).returncode; "
    report += "u=resource.getrusage(resource.RUSAGE_CHILDREN); print(s, u.ru_utime+u.ru_stime, u.ru_maxrss)"
    run = [sys.executable, "-c", report, *PROGRAM, *words]
    status, seconds, kib = subprocess.run(run, env=ENVIRONMENT, input=typed, capture_output=True).stdout.split()
    return int(status), float(seconds), int(kib) // 1024


STARTED = (2.0, 150)
"""Seconds and MiB that the program itself may take besides."""


def worst() -> Iterator[tuple[str, bool]]:
    """Processor time and peak memory of the worst inputs that are accepted, alone and in ``batch``, and if too much."""
    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 21
    for words in WORST:
        found = [(measured(words), 60.0, half)]
        if words[0] in ("grad", "check"):
            found.append((measured(["batch", "--jobs", "1"], as_job(words)), 3.0, 1024))
        broken = any(s > most + STARTED[0] or mib > limit + STARTED[1] for (_, s, mib), most, limit in found)
        shown = "".join(f"{s:7.1f} s {mib:5d} MiB  status {status}" for (status, s, mib), _, _ in found)
        yield f"{shown:54}  {' '.join(words)[:50]}{'  BROKEN' if broken else ''}", broken


ATTACKS: dict[str, tuple[Attack, int]] = {
    "killed and resumed batches": (killed_and_resumed, 20),
    "kills while writing": (killed_while_writing, 40),
    "interrupts at random times": (interrupted, 150),
    "batches of 500 mutated jobs": (mutated_jobs, 60),
    "folders of submissions": (folders, 100),
    "runs under a limit of the system": (limited, 60),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="parts of the names of attacks; all if none is given")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    broken = 0
    for name, (attack, tries) in ATTACKS.items():
        if asked.names and not any(part in name for part in asked.names):
            continue
        count = max(1, round(tries * asked.share))
        began, first = time.monotonic(), None
        for turn in range(count):
            with tempfile.TemporaryDirectory(prefix="attack-") as folder:
                found = attack(random.Random(f"{asked.seed} {name} {turn}"), Path(folder))
            if found is not None:
                broken += 1
                first = first or f"try {turn}: {found}"
        print(f"{count:5d} {name}, {time.monotonic() - began:.0f} s: {first or 'all held'}", flush=True)
    if not asked.names or any("worst" in part for part in asked.names):
        print("worst inputs that are accepted, alone and in batch")
        for line, too_much in worst():
            broken += too_much
            print(line, flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
