"""What a start costs: each way of calling the program imports what it needs and nothing else; threads of products."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GRAD = ("grad", "sum((Y-W*X)**2)", "--X", "2,3", "--W", "1,2", "--Y", "1,1")
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

HEAVY = {"numpy", "sympy", "rich"}
"""Packages that take as long to import as all the rest of a short answer."""

ELSEWHERE = {
    "csv",
    "hashlib",
    "numpy.random",
    "autograd_core.claims",
    "autograd_core.export",
    "autograd_core.functional",
    "autograd_core.page.mathml",
    "autograd_cli.guide",
    "autograd_core.matrices",
    "autograd_core.steps",
    "autograd_cli.batch",
    "autograd_cli.commands.batch",
    "autograd_cli.commands.check",
    "autograd_cli.commands.guide",
    "autograd_cli.commands.matrices",
}
"""What belongs to other commands and to options that are not given."""

WITNESSES = {f"autograd_core.check.witnesses.{name}" for name in ("entrywise", "numeric", "rereading", "sweep")}
WITNESSES |= {"autograd_core.check.ladder", "autograd_core.check.nonfinite"}


def around(**changes: str) -> dict[str, str]:
    """Environment variables with nothing said about threads."""
    variables = {name: value for name, value in os.environ.items() if name not in (*THREADS, "FORCE_COLOR")}
    return {**variables, "PYTHONPATH": os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")]), **changes}


def loaded(words: tuple[str, ...], variables: Mapping[str, str]) -> set[str]:
    """The modules that the process imports to answer, with the packages they are in."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "autograd_cli", *words],
        env=around(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stdout
    return set(re.findall(r"^import time:.*\| *(\S+)$", done.stderr, re.MULTILINE))


def test_a_lesson_starts_with_what_every_tensor_needs_and_loads_the_rest_on_first_use() -> None:
    """The import takes 1.2 times that of NumPy; with all operations and what they need it was 1.4."""
    program = """
import sys, numpy
before = set(sys.modules)
from autograd_core import torch
x = torch.tensor([1.0, 2.0], requires_grad=True)
((x - 3)**2).sum().backward()
x.data -= 0.1 * x.grad
print(x[0], len(x.view(2, 1)))
print(*sorted(set(sys.modules) - before))
torch.exp(x), x.cumsum(0), x.mul_
print("autograd_core.ops.convolutions" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=around(), capture_output=True, encoding="utf-8", check=True
    )
    answer, modules, rest = done.stdout.splitlines()
    assert answer == "tensor(1.4000, grad_fn=<SelectBackward0>) 2"
    new = set(modules.split())
    assert not new & {"decimal", "numpy.typing", "pkgutil", "string", "autograd_core.functional.gradient"}
    families = {name.rpartition(".")[2] for name in new if name.startswith("autograd_core.ops.")}
    assert families >= {"arithmetic", "indexing", "reduce", "shape"}
    assert not families & {"convolutions", "linalg", "losses", "special", "classification"}
    assert rest == "True"


def typed(line: str, place: int) -> dict[str, str]:
    """What bash asks when the Tab key is pressed in a word of a line."""
    return {"_AUTOGRAD_CLI_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(place)}


@pytest.mark.parametrize(
    ("words", "variables", "unwanted"),
    [
        ((), {}, {*HEAVY, *ELSEWHERE, "autograd_cli.command", "autograd_core.expr"}),
        (("--help",), {}, {*HEAVY, *ELSEWHERE, "autograd_cli.command", "autograd_core.expr"}),
        (("--version",), {}, {*HEAVY, *ELSEWHERE, "autograd_cli.command", "autograd_core.expr"}),
        (("grad", "--help"), {}, {*HEAVY, *ELSEWHERE, "autograd_core.expr"}),
        (("check", "--help"), {}, {*HEAVY, "autograd_core.claims", "autograd_core.expr"}),
        ((), typed("autograd-cli gra", 1), {*HEAVY, *ELSEWHERE, "autograd_cli.command", "autograd_core.expr"}),
        ((), typed("autograd-cli grad 'sum(weight*x)' --x 1 --we", 5), {*HEAVY, *ELSEWHERE}),
        ((), typed("autograd-cli grad 'sum(weight*x)' --x 1 --for", 5), {*HEAVY, *ELSEWHERE}),
        ((*GRAD, "--check", "none", "--no-tree", "--json"), {}, {"sympy", "rich", *ELSEWHERE, *WITNESSES}),
        (
            (*GRAD, "--check", "none", "--no-formula", "--no-tree"),
            {},
            {"sympy", *ELSEWHERE, *WITNESSES, "autograd_core.formula"},
        ),
        ((*GRAD, "--json"), {}, {"sympy", "rich", *ELSEWHERE, "autograd_core.check.nonfinite"}),
        (GRAD, {}, {"sympy", *ELSEWHERE, "autograd_core.check.nonfinite"}),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
)
def test_a_command_imports_only_what_it_needs(
    words: tuple[str, ...], variables: dict[str, str], unwanted: set[str]
) -> None:
    assert loaded(words, variables) & unwanted == set()


COUNT = """
import os, sys
from autograd_cli.main import main
from autograd_cli.main import prepare

prepare(sys.argv[1:])
status = main(sys.argv[1:])
print(status, len(os.listdir("/proc/self/task")))
"""


def threads(*options: str, **variables: str) -> int:
    """The threads of a process that multiplied matrices: NumPy's library starts its own when it is loaded."""
    words = ["grad", "sum(A @ A)", "--A", "rand(300,300)", "--check", "none", "--no-formula", "--json", *options]
    done = subprocess.run(
        [sys.executable, "-c", COUNT, *words], env=around(**variables), capture_output=True, text=True, check=True
    )
    status, count = done.stdout.split()[-2:]
    assert status == "0"
    return int(count)


@pytest.mark.skipif(
    not Path("/proc/self/task").is_dir() or len(os.sched_getaffinity(0)) < 2, reason="threads cannot be counted here"
)
def test_products_use_the_threads_that_are_asked_for() -> None:
    assert threads() == 1
    if threads(OPENBLAS_NUM_THREADS="2") != 2:
        pytest.skip("NumPy multiplies with a library that does not listen to OPENBLAS_NUM_THREADS")
    assert threads("--threads", "2") == threads("--threads=2") == 2
    assert threads(OMP_NUM_THREADS="2") == 2
    assert threads("--threads", "1", OPENBLAS_NUM_THREADS="2", OMP_NUM_THREADS="2") == 1


@pytest.mark.parametrize("text", ["0", "-1", "65", "1e9", "9" * 60, "two", "1.5", "²", ""])
def test_a_number_of_threads_is_a_small_whole_one(text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "autograd_cli", *GRAD, f"--threads={text}"],
        env=around(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == (
        f"error[AG102]: --threads takes a whole number from 1 to 64, not '{text}'\n"
        f"try: autograd-cli {shlex.join(GRAD)} --threads 2\n"
    )
