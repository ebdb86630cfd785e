"""Windows and macOS, as far as they can be played here: what their Python lacks is taken away before the start.

No test has run on these systems themselves; that is what the workflow's matrix is for. Taken away are ``fork`` and what
belongs to it, timers and signals, ``resource``, ``readline``, ``fcntl``, ``pwd``, the count of cores and of pages; on
"macOS" only what is Linux's own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = {
    "windows": """
for name in ("fcntl", "grp", "posix_spawn", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"):
    sys.modules[name] = None
for name in ("fork", "forkpty", "getppid", "getuid", "geteuid", "killpg", "mkfifo", "sched_getaffinity", "setsid",
             "sysconf", "WIFSIGNALED", "WTERMSIG", "WEXITSTATUS", "O_NONBLOCK", "O_DIRECTORY", "O_NOFOLLOW"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGALRM", "SIGBUS", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGPROF", "SIGTSTP", "SIGVTALRM",
             "SIGXCPU", "alarm", "setitimer", "getitimer", "pthread_sigmask", "sigwait", "sigpending"):
    if hasattr(signal, name):
        delattr(signal, name)
""",
    "macos": """
sys.platform = "darwin"
for name in ("sched_getaffinity", "posix_fadvise", "memfd_create", "pidfd_open", "splice"):
    if hasattr(os, name):
        delattr(os, name)
""",
}
COMMANDS = [
    (("grad", "sum(x**2)", "--x", "1,2", "--json"), ""),
    (("grad", "sum(exp(x))", "--x", "1,2", "--check", "all"), ""),
    (("check", "sum(x**2)", "--claim", "x = 2*x", "--x", "1,2"), ""),
    (("formula", "x^T A x"), ""),
    (("jacobian", "x**2", "--x", "1,2"), ""),
    (("plot", "x**2", "--x", "-1:1"), ""),
    (("descend", "sum(w**2)", "--w", "1,2", "--steps", "5"), ""),
    (("explain", "AG302"), ""),
    (("batch", "-"), '{"expr": "x**2", "vars": {"x": 3}}\n{"expr": "x*", "vars": {"x": 3}}\n'),
    (("repl",), "x = 1,2\nsum(x**2)\n"),
]


def play(system: str, folder: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    start = f"import os, signal, sys\n{SYSTEMS[system]}\nfrom autograd_cli.__main__ import run\nsys.exit(run())"
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])}
    return subprocess.run(
        [sys.executable, "-c", start, *words], input=given, cwd=folder, env={**variables, "HOME": str(folder)},
        capture_output=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip


CASES = [*[("windows", *case) for case in COMMANDS], *[("macos", *case) for case in COMMANDS[::8]]]


@pytest.mark.parametrize(
    ("system", "words", "given"), CASES, ids=[f"{system}: {' '.join(words)}" for system, words, _ in CASES]
)
def test_a_command_answers_as_it_does_here(system: str, words: tuple[str, ...], given: str, tmp_path: Path) -> None:
    found = play(system, tmp_path, *words, given=given)
    assert "Traceback" not in found.stderr
    assert found.returncode == (1 if words[0] == "batch" else 0), found.stderr
    assert found.stdout


def test_the_answer_is_written_to_a_file(tmp_path: Path) -> None:
    found = play("windows", tmp_path, "grad", "x**2", "--x", "3", "--output", "a.json")
    assert (found.returncode, found.stdout) == (0, "")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["variables"]["x"]["grad"] == 6.0


def test_the_check_says_how_far_it_came_without_processes_and_timers(tmp_path: Path) -> None:
    answer = json.loads(play("windows", tmp_path, "grad", "sum(x**2)", "--x", "1,2", "--json").stdout)
    assert (answer["check"]["status"], answer["check"]["compared"]) == ("agree", 2)


def test_a_batch_is_resumed_where_files_cannot_be_locked(tmp_path: Path) -> None:
    (tmp_path / "jobs.jsonl").write_text('{"expr": "x**2", "vars": {"x": 3}}\n')
    first = play("windows", tmp_path, "batch", "jobs.jsonl", "--resume", "out.jsonl")
    again = play("windows", tmp_path, "batch", "jobs.jsonl", "--resume", "out.jsonl")
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert sum('"ok"' in line for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()) == 1
