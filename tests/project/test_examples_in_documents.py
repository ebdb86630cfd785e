"""Every example of the README and of the pages in docs prints what is shown there.

``AUTOGRAD_WRITE_CASES=1`` writes what the examples print now; look at the difference before committing it.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_cli.environment import Environment, StandardInput
from autograd_cli.main import perform
from command_runs import Stream, steady

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WRITE = os.environ.get("AUTOGRAD_WRITE_CASES") == "1"
UNSAID = ("AUTOGRAD_CLI_MAX_SECONDS", "AUTOGRAD_CLI_MAX_MEMORY", "COLUMNS", "NO_COLOR", "FORCE_COLOR")
EXAMPLE = re.compile(r"```console\n\$ (autograd-cli [^\n]*)\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)
EXAMPLES = [(page, *match.groups()) for page in PAGES for match in EXAMPLE.finditer(page.read_text(encoding="utf-8"))]
PROGRAMS = [
    (page, *match.groups())
    for page in PAGES
    if page.name in ("README.md", "library.md")
    for match in PYTHON.finditer(page.read_text(encoding="utf-8"))
]


def printed(*command: str, shell: bool = False) -> subprocess.CompletedProcess[str]:
    """What a command prints, as in a pipe."""
    environment = {k: v for k, v in os.environ.items() if k not in UNSAID}
    return subprocess.run(
        ["bash", "-c", *command] if shell else command, capture_output=True, text=True, check=False, timeout=120,
        env={**environment, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("page", "command", "output"), EXAMPLES, ids=[f"{page.name}: {command[:60]}" for page, command, _ in EXAMPLES]
)
def test_an_example_prints_what_is_shown(
    page: Path, command: str, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if re.search(r"[|<>$;*]", re.sub(r"'[^']*'|\"[^\"]*\"", "", command)):
        program = f'"{sys.executable}" -m autograd_cli {command.removeprefix("autograd-cli ")} 2>&1'
        found = printed(program, shell=True).stdout
    else:  # what needs no shell needs no process of its own either
        for name in UNSAID:
            monkeypatch.delenv(name, raising=False)
        stream = Stream(tty=False)
        perform(shlex.split(command)[1:], Environment(StandardInput(io.BytesIO()), stream, stream, dict(os.environ)))
        found = stream.getvalue()
    if WRITE:
        text = page.read_text(encoding="utf-8")
        old = f"```console\n$ {command}\n{output}```"
        assert old in text
        page.write_text(text.replace(old, f"```console\n$ {command}\n{found.rstrip()}\n```", 1), encoding="utf-8")
        return
    assert steady(found) == steady(output)


@pytest.mark.parametrize(("page", "program", "output"), PROGRAMS, ids=[page.name for page, _, _ in PROGRAMS])
def test_a_program_runs(page: Path, program: str, output: str | None) -> None:
    done = printed(sys.executable, "-c", program)
    assert done.returncode == 0, done.stderr
    if output is not None:
        assert done.stdout == output


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 25
    assert PROGRAMS


def test_the_picture_is_what_the_program_draws(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    command = EXAMPLE.search(text)
    assert command is not None
    file = tmp_path / "example.svg"
    words = command[1].replace("autograd-cli grad", f'"{sys.executable}" -m autograd_cli graph', 1)
    printed(f"{words} --output {file}", shell=True)
    if WRITE:
        (ROOT / "docs" / "example.svg").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    assert file.read_text(encoding="utf-8") == (ROOT / "docs" / "example.svg").read_text(encoding="utf-8")


LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#([^)]*))?\)")


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    missing = [
        target
        for target, _ in LINK.findall(text)
        if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists()
    ]
    assert not missing, f"{page.name}: {missing}"
