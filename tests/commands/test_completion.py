"""The Tab key: what is offered for a line, that real shells offer it, and that installing it changes nothing else."""

from __future__ import annotations

import io
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from autograd_cli.environment import Environment, StandardInput
from autograd_cli.main import perform
from command_runs import Cli

ROOT = Path(__file__).resolve().parents[2]

SET_UP = {
    "bash": "PS1='> '; bind 'set page-completions off'; bind 'set completion-query-items 0'; . '{script}'",
    "zsh": "PS1='> '; autoload -Uz compinit; compinit -u -d '{home}/dump'; LISTMAX=1000; . '{script}'",
}
START = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}

IN_SHELLS = [
    ('autograd-cli grad "sum(W@x)" --x 1,2 --', ["--W"], ["--x "]),
    ('autograd-cli grad "sum(weight*bias)" --wrt bias,we', ["bias,weight"], []),
    ('autograd-cli check "sum(weight*bias)" --claim we', ["weight="], ["bias"]),
    ("autograd-cli grad 'sum(x)' --x @numbers.c", ["numbers.csv"], ["numbers.npy"]),
]
"""What each shell splits, quotes or compares in a way of its own; the rest is asked of the program alone."""

CASES = [
    *IN_SHELLS,
    ('autograd-cli grad "sum(W@x)" --', ["--W", "--x", "--grad-tensor"], []),
    ("autograd-cli grad 'sum(weight*bias)' --we", ["--weight"], ["--bias"]),
    ("autograd-cli grad logsumex", ["logsumexp"], []),
    ('autograd-cli grad "sum(weight*bias)" --get we', ["weight"], ["bias"]),
    ("autograd-cli grad 'sum(x)' --get ", ["x", "value"], []),
    ('autograd-cli grad "sum(weight*bias)" --no-grad bi', ["bias"], ["weight"]),
    ("autograd-cli 'sum(weight*bias)' --we", ["--weight"], ["--bias"]),
    ("autograd-cli grad 'sum(x)' --format ma", ["markdown"], ["latex"]),
    ("autograd-cli grad 'W*x' --no-grad W,", ["W,x"], ["W,W"]),
    ("autograd-cli export 'sum(x)' --to t", ["torch"], ["jax"]),
    ("autograd-cli grad 'sum(x)' --var ", ["x="], []),
    ("autograd-cli grad 'sum(x)' --var x=@numbers.c", ["x=@numbers.csv"], []),
    ("autograd-cli grad 'x*x' --grad-tensor @numbers.n", ["@numbers.npy"], ["@numbers.csv"]),
    ("autograd-cli grad @numbers.c", ["@numbers.csv"], []),
    ("autograd-cli grad 'sum(x)' --output num", ["numbers.csv", "numbers.npy"], []),
    ("autograd-cli batch num", ["numbers.csv"], []),
    ("autograd-cli formula 'W@x' --W", ["--W"], ["--x"]),
    ("autograd-cli plot 'x**2' --x ", [], ["--x"]),
    ("autograd-cli gra", ["grad"], []),
    ("autograd-cli functions softm", ["softmax"], []),
    ("autograd-cli explain AG20", ["AG201", "AG203"], []),
]


@pytest.mark.parametrize(("typed", "offered", "not_offered"), CASES, ids=[case[0] for case in CASES])
def test_a_line_is_completed(
    typed: str, offered: list[str], not_offered: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("numbers.csv", "numbers.npy"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    asked = {"_TYPER_COMPLETE_FISH_ACTION": "get-args", "_TYPER_COMPLETE_ARGS": typed}
    for name, value in {**asked, "_AUTOGRAD_CLI_COMPLETE": "complete_fish"}.items():
        monkeypatch.setenv(name, value)
    printed = io.StringIO()
    with redirect_stdout(printed):
        perform([], Environment(StandardInput(None), printed, printed, dict(os.environ)))
    found = {line.split("\t")[0] for line in printed.getvalue().splitlines()}
    found |= {each.partition("@")[2] for each in found}
    assert found >= set(offered)
    assert not {each.strip() for each in not_offered} & found


def environment(home: Path) -> dict[str, str]:
    """Few variables, and a program of that name before all others."""
    folder = home / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "autograd-cli"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m autograd_cli "$@"\n')
    program.chmod(0o755)
    return {
        "HOME": str(home),
        "PATH": f"{folder}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")]),
        "TERM": "dumb",
        "LANG": "C.UTF-8",
        "COLUMNS": "200",
        "XDG_CONFIG_HOME": str(home),
        "XDG_DATA_HOME": str(home),
    }


def completion_script(shell: str, home: Path) -> Path:
    """What the program prints for a shell to read."""
    asked = {**environment(home), "_AUTOGRAD_CLI_COMPLETE": f"source_{shell}"}
    for name in ("numbers.csv", "numbers.npy"):
        (home / name).touch()
    script = home / "completion"
    script.write_bytes(subprocess.run(["autograd-cli"], env=asked, capture_output=True, check=True).stdout)
    return script


class Terminal:
    """A shell that somebody types into."""

    def __init__(self, shell: str, home: Path) -> None:
        around = environment(home)
        script = completion_script(shell, home)
        pid, self.master = pty.fork()
        if pid == 0:
            os.chdir(home)
            os.execvpe(shell, [shell, *START[shell]], around)
        self.pid = pid
        self.prompt = {"bash": "> ", "zsh": "\x1b[?2004h"}[shell]  # zsh says by a sign that it reads keys
        self.read("")
        self.type(SET_UP[shell].format(script=script, home=home) + "; echo re''ady\n")
        self.read("ready\r\n")
        self.lines = 0
        self.settle()

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self.master, text.encode())

    def settle(self) -> None:
        """Drop the line, and wait until the shell has answered another one and reads keys again."""
        self.lines += 1
        self.read("")
        self.type("\x03")  # which drops what is typed and not yet read
        self.read("")
        self.type(f"\necho en''d{self.lines}.\n")
        seen = self.read(f"end{self.lines}.\r\n")
        if self.prompt not in seen.partition(f"end{self.lines}.\r\n")[2]:
            self.read(self.prompt)

    def read(self, *wanted: str, least: int = 0, patience: float = 60.0) -> str:
        """What appears on the screen, until everything wanted is there, ``least`` characters, and it is quiet."""
        seen = b""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.3)[0]:
                try:
                    seen += os.read(self.master, 65536)
                except OSError:
                    break
            elif len(seen) >= least and all(each.encode() in seen for each in wanted):
                break
        return seen.decode(errors="replace")

    def close(self) -> None:
        """End the shell."""
        os.close(self.master)
        os.waitpid(self.pid, 0)


@pytest.fixture(scope="module", params=["bash", "zsh"])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed here")
    terminal = Terminal(request.param, tmp_path_factory.mktemp(request.param))
    yield terminal
    terminal.close()


@pytest.mark.parametrize(("typed", "offered", "not_offered"), IN_SHELLS, ids=[case[0] for case in IN_SHELLS])
def test_the_tab_key_offers(shell: Terminal, typed: str, offered: list[str], not_offered: list[str]) -> None:
    last = typed.split()[-1].rpartition("@")[2]
    shell.type(typed)
    shell.read(last)
    wanted = offered if len(offered) > 1 else [offered[0].removeprefix(last)]
    shell.type("\t")
    seen = shell.read(least=1)  # a bell, if there are several
    if not all(each in seen for each in wanted):
        shell.type("\t")  # which lists them
        seen += shell.read(*wanted)
    shell.settle()
    for each in offered:
        remaining = each.removeprefix(last)  # what is typed already may not be shown again
        assert each in seen or (remaining and remaining in seen), seen
    for each in not_offered:
        assert each not in seen.replace(typed, ""), seen


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed here")
@pytest.mark.parametrize(("typed", "offered", "not_offered"), IN_SHELLS, ids=[case[0] for case in IN_SHELLS])
def test_fish_offers(typed: str, offered: list[str], not_offered: list[str], tmp_path: Path) -> None:
    script = completion_script("fish", tmp_path)
    program = 'source $argv[1]; complete --do-complete "$argv[2]"'
    done = subprocess.run(
        ["fish", "--no-config", "-c", program, str(script), typed],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [line.split("\t")[0] for line in done.stdout.splitlines()]
    found = [each[each.find("numbers") :] if "numbers" in each else each for each in found]  # whole words, as --x=@...
    assert set(offered) <= set(found)
    assert not {each.strip() for each in not_offered} & set(found)


STARTS = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
STATE = {
    "bash": "shopt; set -o; bind -v; complete -p",
    "zsh": "zstyle -L; setopt; bindkey -L; typeset -m 'LIST*' WORDCHARS",
    "fish": "bind; set --names --universal; complete",
}
"""What tells how a shell edits lines and completes words."""


def state(shell: str, home: Path) -> list[str]:
    """How an interactive shell is set when it has read the files of its user."""
    interactive = {"bash": ["-i"], "zsh": ["-i"], "fish": ["-i"]}[shell]
    around = {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "dumb"}
    words = [shell, *interactive, "-c", STATE[shell]]
    done = subprocess.run(words, env=around, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", list(STARTS))
def test_installing_completion_changes_nothing_else(
    shell: str, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")
    start = tmp_path / STARTS[shell]
    start.parent.mkdir(parents=True, exist_ok=True)
    mine = b"\n\n  # mine, \xe9\n" + (b"autoload -Uz compinit; compinit -u -D" if shell == "zsh" else b"true")
    start.write_bytes(mine)
    before = state(shell, tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ZDOTDIR", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)

    assert cli("--install-completion", shell).status == 0
    once = start.read_bytes()
    assert cli("--install-completion", shell).status == 0

    assert start.read_bytes() == once
    assert once == mine if shell == "fish" else (once.startswith(mine + b"\n") and once.count(b"\n", len(mine)) == 2)
    after = state(shell, tmp_path)
    assert [line for line in after if "autograd" not in line] == before
    assert shell != "bash" or any("autograd" in line for line in after)


def test_completion_is_installed_only_where_it_is_understood(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    refused = cli("--install-completion", "pwsh")
    assert refused.status == 2
    assert "bash, zsh and fish" in refused.stderr
    assert not list(tmp_path.iterdir())
