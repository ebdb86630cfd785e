"""Lessons on autograd print here what they print in PyTorch: each in ``lessons``, beside the output of PyTorch 2.13."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from pytorch import python_with_pytorch

LESSONS = sorted(path.stem for path in (Path(__file__).parent / "lessons").glob("*.lesson"))
RUN = """
import contextlib, io, json, pathlib, sys, warnings
{door}
warnings.simplefilter("ignore")
found = {{}}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.lesson")):
    text = path.read_text(encoding="utf-8").replace("import torch.nn.functional as F", "F = torch.nn.functional")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, str(path), "exec"), {{"torch": torch, "__name__": "__main__"}})
    found[path.stem] = out.getvalue()
print(json.dumps(found))
"""


@cache
def printed(door: str) -> dict[str, str]:
    """What each lesson prints where ``door`` brings the name ``torch``: a process runs all of them."""
    program = [
        python_with_pytorch() if door == "import torch" else sys.executable,
        "-c",
        RUN.format(door=door),
        str(Path(__file__).parent / "lessons"),
    ]
    done = subprocess.run(program, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return {name: re.sub(r"0x[0-9a-f]+", "0x...", text) for name, text in found.items()}


def expected(name: str) -> str:
    return (Path(__file__).parent / "lessons" / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_prints_what_it_prints_in_pytorch(name: str) -> None:
    assert printed("from autograd_core import torch")[name] == expected(name)


@pytest.mark.parametrize("name", LESSONS)
def test_the_recorded_output_is_that_of_pytorch(name: str) -> None:
    assert printed("import torch")[name] == expected(name)


def test_there_are_thirty_lessons_and_the_tutorial() -> None:
    assert "tutorial" in LESSONS
    assert len(LESSONS) > 30
