"""The recipe of docs/CONTRIBUTING.md, followed to the letter in a copy of the project, adds an operation."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages with the statement of the recipe at the end of the module it names."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("core/autograd_core", "cli/autograd_cli"):
        shutil.copytree(ROOT / name, folder / Path(name).name, ignore=shutil.ignore_patterns("__pycache__"))
    text = (ROOT / "docs" / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Add an operation")[2]
    [statement] = re.findall(r"```python\n(.*?)```", text.partition("\n## ")[0], re.DOTALL)
    module = folder / "autograd_core" / "ops" / "activations.py"
    module.write_text(module.read_text(encoding="utf-8") + "\n\n" + statement, encoding="utf-8")
    return folder


def run(copy: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "autograd_cli", *words], cwd=copy, capture_output=True, encoding="utf-8", check=False,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_gradient_is_right_and_proved(copy: Path) -> None:
    answer = json.loads(run(copy, "grad", "sum(bent_identity(x))", "--x", "0,1,-2", "--json"))
    gradient = answer["variables"]["x"]
    assert gradient["grad"] == pytest.approx([1, 1 + 0.5 / 2**0.5, 1 - 1 / 5**0.5], rel=1e-12)
    assert gradient["check"]["status"] == "agree"
    assert gradient["formula"]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("graph", "bent_identity(x)", "--x", "1"), "BentIdentityBackward0"),
        (("hessian", "sum(bent_identity(x))", "--x", "1,2"), "SymPy agrees"),
        (("functions", "bent_identity"), "(sqrt(x**2 + 1) - 1)/2 + x."),
        (("check", "sum(bent_identity(x))", "--claim", "x = x/(2*sqrt(x^2+1)) + 1", "--x", "1,2"), "right"),
        (("export", "sum(bent_identity(x))", "--x", "1,2", "--to", "numpy"), "(np.sqrt(x**2 + 1) - 1)/2 + x"),
        (("export", "sum(bent_identity(x))", "--x", "1,2", "--to", "torch"), "(torch.sqrt(x**2 + 1) - 1)/2 + x"),
        (("export", "sum(bent_identity(x))", "--x", "1,2", "--to", "jax"), "(jnp.sqrt(x**2 + 1) - 1)/2 + x"),
        (("export", "sum(bent_identity(x))", "--x", "1,2", "--to", "sympy"), "sp.sqrt(sp.S(1) + x_0**sp.S(2))/sp.S(2)"),
    ],
    ids=lambda words: f"{words[0]} {words[-1]}" if isinstance(words, tuple) else "",
)
def test_every_command_knows_it(copy: Path, words: tuple[str, ...], shown: str) -> None:
    assert shown in run(copy, *words)
