"""A newcomer types every command of the README in order: a fresh copy, an empty HOME, no cache, a Python with venv.

The set-up command and each example are typed word for word, in one environment. Only the command that runs the tests
is not run within the tests: ``.ci/run`` runs it, word for word, on a clean checkout.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from command_runs import steady

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```(sh|console|python)\n(.*?)```", re.DOTALL)
BLOCKS = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))


class Reader(NamedTuple):
    """Somebody at a shell, in a copy of the project."""

    folder: Path
    environment: dict[str, str]

    def types(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.environment, capture_output=True, encoding="utf-8",
            timeout=900, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    folder = tmp_path_factory.mktemp("newcomer")
    home, copy, programs = folder / "home", folder / "autograd-cli", folder / "bin"
    home.mkdir()
    programs.mkdir()
    (programs / "python3").symlink_to(sys.executable)
    leave = shutil.ignore_patterns("__pycache__", ".venv", ".git", ".*_cache", "*.egg-info")
    for name in ("core", "cli", "docs"):
        shutil.copytree(ROOT / name, copy / name, ignore=leave)
    for name in ("README.md", "LICENSE", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    ours = re.compile(r"PYTHON|VIRTUAL_ENV|XDG_|AUTOGRAD|COLUMNS|NO_COLOR|FORCE_COLOR|HOME$")
    environment = {name: value for name, value in os.environ.items() if not ours.match(name)}
    environment |= {"HOME": str(home), "PIP_NO_CACHE_DIR": "1", "PATH": f"{programs}:{os.environ['PATH']}"}
    return Reader(copy, {**environment, "LC_ALL": "C.UTF-8"})


def test_the_commands_of_the_readme_do_what_it_shows_one_after_the_other(reader: Reader) -> None:
    activate = ". .venv/bin/activate && "
    typed, shown = [], 0
    for kind, text in BLOCKS:
        if kind == "sh" and "pytest" in text:
            continue
        if kind == "sh":
            done = reader.types(text)
            assert done.returncode == 0, done.stderr
            assert steady(done.stdout) == steady(BLOCKS[0][1].partition("\n")[2]), "it ends with the first example"
            assert reader.types("autograd-cli --version").returncode == 127, "nothing is installed outside the folder"
            assert reader.types(f"{activate}autograd-cli --version").returncode == 0
            for earlier, answer in typed:
                assert steady(reader.types(activate + earlier).stdout) == steady(answer)
        elif kind == "console":
            command, _, answer = text.removeprefix("$ ").partition("\n")
            typed.append((command, answer))
            shown += 1
            if (reader.folder / ".venv").exists():
                assert steady(reader.types(activate + command).stdout) == steady(answer), command
        else:
            done = reader.types(f"{activate}python - <<'END'\n{text}END\n")
            assert (done.returncode, done.stdout) == (0, "tensor([4., 6.])\n"), done.stderr
    assert shown >= 5


def test_the_set_up_commands_are_two_and_one_runs_the_tests() -> None:
    commands = [text for kind, text in BLOCKS if kind == "sh"]
    assert ["pytest" in text for text in commands] == [False, True]
