"""Every example of the README prints what the README shows.

``AUTOGRAD_WRITE_CASES=1`` writes what the examples print now; look at the difference before committing it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[1] / "README.md"
WRITE = os.environ.get("AUTOGRAD_WRITE_CASES") == "1"
EXAMPLE = re.compile(r"```console\n\$ (autograd-cli [^\n]*)\n(.*?)```", re.DOTALL)
UNSAID = ("AUTOGRAD_CLI_MAX_SECONDS", "AUTOGRAD_CLI_MAX_MEMORY")
PYTHON_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def shown(command: str) -> str:
    """What a command prints on both streams, as in a pipe."""
    environment = {k: v for k, v in os.environ.items() if k not in (*UNSAID, "COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    program = f'"{sys.executable}" -m autograd_cli {command.removeprefix("autograd-cli ")} 2>&1'
    done = subprocess.run(
        ["bash", "-c", program], capture_output=True, text=True, check=False, timeout=60,
        env={**environment, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    return done.stdout


def steady(text: str) -> str:
    """The text without what differs from machine to machine: how far rounding takes two witnesses apart."""
    return re.sub(r"largest difference \S+e-\d+|largest difference 0\b", "largest difference tiny", text.rstrip())


def examples() -> list[tuple[str, str]]:
    return [(match[1], match[2]) for match in EXAMPLE.finditer(README.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("command", "output"), examples(), ids=[command[:60] for command, _ in examples()])
def test_example(command: str, output: str) -> None:
    printed = shown(command)
    if WRITE:
        text = README.read_text(encoding="utf-8")
        old = f"```console\n$ {command}\n{output}```"
        assert old in text
        README.write_text(text.replace(old, f"```console\n$ {command}\n{printed.rstrip()}\n```", 1), encoding="utf-8")
        return
    assert steady(printed) == steady(output)


def test_there_are_examples() -> None:
    assert len(examples()) >= 10


def test_the_library_example_runs() -> None:
    blocks = PYTHON_BLOCK.findall(README.read_text(encoding="utf-8"))
    assert blocks
    for block in blocks:
        done = subprocess.run(
            [sys.executable, "-c", block], capture_output=True, text=True, check=False, timeout=60,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("tensor([")
