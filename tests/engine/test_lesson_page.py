"""The page "The tutorial, run" holds every statement of the tutorial, and its programs print what is shown there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "lesson.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)


def test_the_programs_of_the_page_print_what_is_shown() -> None:
    program = "\nprint('----')\n".join(code for code, _ in BLOCKS)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found = re.sub(r"0x[0-9a-f]+", "0x...", done.stdout).split("----\n")
    assert found == [output for _, output in BLOCKS]


def test_the_page_has_every_statement_of_the_tutorial() -> None:
    lesson = (Path(__file__).parent / "lessons" / "tutorial.lesson").read_text(encoding="utf-8")
    shown = "".join(code for code, _ in BLOCKS)
    for line in lesson.splitlines():
        assert line in shown or line.lstrip().startswith("print("), line
