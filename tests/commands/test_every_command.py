"""What holds for every command: limits, help without docstrings, a pager for what is longer than the terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_cli.commands import COMMANDS
from command_runs import Cli

ROOT = Path(__file__).resolve().parents[2]
WORDS = {"explain": ("leaf",), "functions": ("relu",), "batch": (), "repl": ()}


@pytest.mark.parametrize("command", COMMANDS)
def test_limits_are_asked_for_by_an_option_or_a_variable(command: str, cli: Cli) -> None:
    words = (command, *WORDS.get(command, ("x**2", "--x", "1")))
    asked = cli(*words, "--max-seconds", "soon", stdin="")
    assert (asked.status, "--max-seconds takes a number" in asked.stderr) == (2, True)
    for name in ("AUTOGRAD_CLI_MAX_SECONDS", "AUTOGRAD_CLI_MAX_MEMORY"):
        asked = cli(*words, env={name: "soon"}, stdin="")
        assert (asked.status, f"{name} takes a number" in asked.stderr) == (2, True)
    assert "--max-memory GIB" in cli(command, "--help").stdout


def test_the_limits_of_a_session_hold_for_its_lines(cli: Cli) -> None:
    lines = "x = ones(5)\nsum(x)\n"
    assert "AG801" in cli("repl", "--max-elements", "3", stdin=lines).stderr
    assert cli("repl", stdin=lines).stderr == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("batch", "--summary"), "'--summary' needs a value"),
        (("batch", "--key", "--summary", "class.csv"), "'--key' needs a value"),
        (("functions", "--json=1"), "--json is an option and takes no value"),
        (("batch", "--jbos", "3"), "--jbos is not an option of batch; did you mean --jobs?"),
        (("repl", "--x=1"), "--x is not an option of repl"),
    ],
)
def test_what_is_no_option_or_has_no_value_is_said_in_our_words(words: tuple[str, ...], said: str, cli: Cli) -> None:
    done = cli(*words)
    assert (done.status, done.stdout) == (2, "")
    assert said in done.stderr
    assert "try: autograd-cli " in done.stderr or "hint:" in done.stderr


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])
    environment = {**os.environ, "PYTHONPATH": paths, **variables}
    return subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)


def test_python_without_docstrings_helps_too() -> None:
    done = run("-OO", "-m", "autograd_cli", "check", "--help")
    assert "Judge gradients of EXPR that were derived by hand" in done.stdout
    assert "Kronecker product" in run("-OO", "-m", "autograd_cli", "explain", "kron").stdout


def test_what_is_longer_than_the_terminal_goes_through_the_pager() -> None:
    ours, theirs = pty.openpty()
    code = "import sys; sys.path[:0] = sys.argv[1:3]; from autograd_cli.main import main; main(sys.argv[3:])"
    words = [sys.executable, "-c", code, str(ROOT / "core"), str(ROOT / "cli"), "functions", "--full"]
    pager = f"{sys.executable} -c 'import sys; print(len(sys.stdin.readlines()) > 300, \"lines\")'"
    with subprocess.Popen(
        words, stdin=theirs, stdout=theirs, env={**os.environ, "TERM": "xterm", "PAGER": pager}
    ) as process:
        os.close(theirs)
        assert process.wait(60) == 0
    assert os.read(ours, 4096).decode().strip() == "True lines"
    os.close(ours)
