"""The manual page says what the program says, reads well, and comes with the program."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from autograd_cli.app import command
from autograd_cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "cli" / "autograd-cli.1"
READERS = {
    "man": ["man", "--warnings", "-E", "UTF-8", "-l", str(PAGE)],
    "mandoc": ["mandoc", "-T", "utf8", "-W", "error", str(PAGE)],
}


def test_the_page_is_what_the_program_says_now() -> None:
    again = "python docs/manual.py > cli/autograd-cli.1"
    page = runpy.run_path(str(ROOT / "docs" / "manual.py"))["page"]
    written = re.sub(r"\[(\w+(?:\|\w+)+)\]", r"<\1>", page())  # typer 0.26 brackets choices otherwise
    assert PAGE.read_text(encoding="utf-8") == written, f"write it again: {again}"


@pytest.mark.parametrize("reader", READERS)
def test_readers_of_pages_show_every_command_and_option(reader: str) -> None:
    if shutil.which(reader) is None:
        pytest.skip(f"{reader} is not installed here")
    done = subprocess.run(
        READERS[reader],
        env={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MANPAGER": "cat", "TERM": "dumb"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    shown = _plain(done.stdout)
    assert "autograd-cli - gradients on the command line" in shown
    for name in COMMANDS:
        assert f"autograd-cli {name}" in shown
        for param in command(name).params:
            for option in param.opts if param.param_type_name == "option" and not param.hidden else ():
                assert option in shown
    assert "sum((Y-W2*W1*X1)**2)" in shown
    for heading in ("NAME", "SYNOPSIS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT"):
        assert f"\n{heading}\n" in shown


def _plain(text: str) -> str:
    """The text without overstrikes."""
    return re.sub(r".\x08|\x1b\[[0-9;]*m", "", text)


def test_the_wheel_puts_the_page_where_man_finds_it() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    assert wheel["wheel"]["shared-data"] == {"cli/autograd-cli.1": "share/man/man1/autograd-cli.1"}
