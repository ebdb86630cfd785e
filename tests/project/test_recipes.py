"""The recipes of docs/recipes.md do in bash what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECTION = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"```bash\n(.*?)```\n\n```text\n(.*?)```", SECTION, re.DOTALL)


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in bash, with the program on the path."""
    program = folder / "autograd-cli"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m autograd_cli "$@"\n')
    program.chmod(0o755)
    variables = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    variables["PATH"] = f"{folder}:{variables['PATH']}"
    variables["PYTHONPATH"] = os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])
    return subprocess.run(
        ["bash", "-c", script], env=variables, capture_output=True, text=True, timeout=120, check=False
    )


def test_every_block_of_the_section_is_a_recipe_with_its_output() -> None:
    assert len(RECIPES) >= 4
    assert SECTION.count("```") == 4 * len(RECIPES)


@pytest.mark.parametrize(("script", "output"), RECIPES, ids=[script.splitlines()[0][:40] for script, _ in RECIPES])
def test_a_recipe_does_what_the_page_says(script: str, output: str, tmp_path: Path) -> None:
    if "jq" in script and shutil.which("jq") is None:
        pytest.skip("jq is not installed here")
    done = run(script, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == output


def test_the_step_of_continuous_integration_fails_when_the_gradient_is_wrong(tmp_path: Path) -> None:
    [script] = [script for script, _ in RECIPES if script.startswith("set -e")]
    assert "x = sigmoid(x)" in script
    done = run(script.replace("x = sigmoid(x)", "x = tanh(x)"), tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
