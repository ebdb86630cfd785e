"""Fenced ``gradient`` blocks in documents are run, and what is wrong in them fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograd_cli.blocks import main

RIGHT = 'check "x @ A @ x" --claim "x = (A + A.T) @ x" \\\n    --x 1,2 --A "1,2;3,4"\n'
WRONG = 'check "x @ A @ x" --claim "x = 2*A @ x" --x 1,2 --A "1,2;3,4"\n'


@pytest.mark.parametrize("fence", ["```", "~~~~", "    ```"])
def test_a_right_block_passes_and_a_wrong_one_fails(
    fence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "page.md"
    file.write_text(f"# Title\n\n{fence}gradient\n# a claim\n{RIGHT}{fence}\n")
    assert main([str(file)]) == 0
    assert capsys.readouterr().out == ""
    file.write_text(f"# Title\n\n{fence}gradient\n{RIGHT}{WRONG}{fence}\n")
    assert main([str(file)]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith(f"{file}:6: exit status 1\n")
    assert "x: right only when A is symmetric" in printed


def test_other_blocks_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(f"```sh\n{WRONG}```\n\ngradient\n{WRONG}")
    assert main([str(file)]) == 0


def test_a_docstring_can_hold_a_block(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(f'def f():\n    """A gradient.\n\n    ```gradient\n    {WRONG}    ```\n    """\n')
    assert main([str(file)]) == 1
