"""Programs of other libraries run where numbers stand for arrays, entries are picked, and sorted."""

from __future__ import annotations

import subprocess
import sys

import pytest

from command_runs import Cli


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("sum(x*log(2*pi))", "torch.log(torch.tensor("),
        ("sum(maximum(x, 2*pi))", "torch.maximum(x, torch.tensor("),
        ("sum(hypot(x, 1+pi))", "torch.hypot(x, torch.tensor("),
    ],
)
def test_torch_gets_tensors_where_it_takes_no_numbers(cli: Cli, text: str, piece: str) -> None:
    assert piece in cli("export", text, "--x", "1,2", "--to", "torch").stdout


@pytest.mark.parametrize(
    ("words", "target"),
    [
        (("L=a[0]; L // b + L", "--a", "7,2", "--b", "2"), "numpy"),
        (("sum(x[[0,2]]**2)", "--x", "1,2,3"), "numpy"),
        (("sort(ptp(B, dim=-2))", "--B", "1,2;5,3", "--grad-tensor", "1,1"), "sympy"),
    ],
)
def test_a_program_runs(cli: Cli, words: tuple[str, ...], target: str) -> None:
    program = cli("export", *words, "--to", target).stdout
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
