"""Measure against the peers: ``python tests/benchmarks/run.py [--only WORDS] [--json FILE]`` (extra ``bench``)."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import engines
import scripts
from alone import PROGRAM
from growth import ARRAYS, CHAIN, fresh
from measure import Row, apart, interleaved, keep, processes, rows, table

PYTHON = sys.executable


def small() -> Iterator[Row]:
    """The example at four entries."""
    sides = engines.example(4)
    sides["jax.jit"] = engines.jax_example(4)
    checked = engines.agree(sides)
    times = interleaved(sides, rounds=40, inner=200)
    yield from rows("example, N=4", times, {"torch": 0.75, "jax.jit": None, "numpy by hand": None}, checked)
    yield from rows("example, N=4, compiled", times, {"torch": 0.15, "jax.jit": 0.8}, checked, ours="ours, compiled")


def tape() -> Iterator[Row]:
    """Long chains of small operations, each side in a process of its own.

    The goals are for the garbage collector as Python starts it, which is how a script in torch or HIPS autograd runs;
    beside that, all sides without it, as our program runs.
    """
    for length, rounds in ((10_000, 7), (100_000, 3)):
        sides = engines.chain(length)
        checked = engines.agree(sides)
        for collector in ("on", "off"):
            times = apart("chain", tuple(sides), length, rounds, collector)
            case = f"chain of {length:,} operations" + ("" if collector == "on" else ", no collector")
            on = collector == "on"
            goals = {"torch": 0.9, "HIPS autograd": 0.25} if on else {"torch": 0.9, "HIPS autograd": None}
            yield from rows(case, times, goals, checked)
    growth: dict[int, float] = {}
    for n in (1_000, 1_000_000):
        growth[n] = min(interleaved({"ours": engines.chain(n)["ours"]}, rounds=3)["ours"]) / n
    long, short = growth[1_000_000], growth[1_000]
    yield Row("time per operation, 10^6 against 10^3", "ours at 10^3", long, short, 1.3, "same code")
    yield Row("10^6 operations", "5 s", long * 1e6, 5.0, 1.0, "time alone")
    used = fresh("ours", CHAIN, 10**6)[1] / 2**20
    yield Row("memory of 10^6 operations", "400 MiB", used, 400.0, 1.0, "fresh process", "MiB")


def arrays() -> Iterator[Row]:
    """Large arrays on one thread."""
    import torch

    torch.set_num_threads(1)
    for n, goal, compiled, rounds in ((10**5, 0.8, 0.5, 7), (10**6, 0.6, None, 7), (10**7, 0.3, 0.15, 3)):
        checked = engines.agree(engines.example(min(n, 10**6)))
        times = apart("example", ("ours", "ours, compiled", "torch", "numpy by hand"), n, rounds)
        yield from rows(f"example, N={n:,}", times, {"torch": goal, "numpy by hand": None}, checked)
        yield from rows(f"example, N={n:,}, compiled", times, {"torch": compiled}, checked, ours="ours, compiled")
    tuned = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
    times = apart("example", (PROGRAM, "torch"), 10**7, rounds=3, torch=tuned)
    case = "example, N=10,000,000, torch with huge pages"
    yield from rows(case, times, {"torch": 0.9}, "as above; our memory as in the program", ours=PROGRAM)
    for side, goal in (("ours", 5.1), ("torch", None)):
        used = fresh(side, ARRAYS, 10**7)[1] / 8e7
        yield Row(f"extra peak memory at N=10^7, {side}", "arrays of N floats", used, 1.0, goal, "fresh process", "N")
    cases: list[tuple[str, str, dict[str, float | None]]] = [
        ("broadcast (1500,1)*(1,2000)+(1500,2000)", "broadcast", {"torch": 0.6, "HIPS autograd": 1.0}),
        (
            "MLP 256x784-512-10",
            "perceptron",
            {"torch": 0.95, "HIPS autograd": 1.0, "its two large products": 1.2},
        ),
        ("attention 256x64", "attention", {"torch": 0.95, "HIPS autograd": 1.0}),
    ]
    for name, case, goals in cases:
        sides = getattr(engines, case)()
        checked = engines.agree(sides)
        yield from rows(name, apart(case, tuple(sides), None, rounds=5), goals, checked)


def start() -> Iterator[Row]:
    """Whole processes."""
    import typer

    if typer.__version__ >= "0.29":
        print(f"typer {typer.__version__} is not what pyproject.toml asks for: it adds 0.1 s to every start of ours")
    cli = [PYTHON, "-m", "autograd_cli"]
    example = ["grad", scripts.EXAMPLE, *scripts.VALUES]
    empty = [PYTHON, "-c", scripts.EMPTY_TYPER]
    torch = [PYTHON, "-c", scripts.TORCH_EXAMPLE]
    asked = ["env", "_AUTOGRAD_CLI_COMPLETE=complete_bash", "COMP_WORDS=autograd-cli grad 'w*x' --x 1 --"]
    short = {"--help": [*cli, "--help"], "--version": [*cli, "--version"]}
    short |= {"completion": [*asked, "COMP_CWORD=5", *cli], "empty": [*empty, "--help"]}
    times = processes(short, rounds=15)
    for case in ("--help", "--version", "completion"):
        both = {"ours": times[case], "--help of an empty Typer": times["empty"]}
        yield from rows(case, both, {"--help of an empty Typer": 1.1}, "exit status 0")
    commands = {"ours": [*cli, *example, "--check", "none", "--no-tree", "--json"], "torch script": torch}
    yield from rows(
        "grad --check none --no-tree --json", processes(commands, 9), {"torch script": 0.12}, "same numbers"
    )
    commands = {"ours": [*cli, *example], "torch script": torch, "SymPy script": [PYTHON, "-c", scripts.SYMPY_EXAMPLE]}
    goals: dict[str, float | None] = {"torch script": 0.22, "SymPy script": 1.0}
    yield from rows("grad, everything", processes(commands, 9), goals, "same numbers")


def lesson() -> Iterator[Row]:
    """What a lesson waits for, whole processes: the goal is 1.3 of what NumPy takes, which it needs."""
    commands = {"ours": [PYTHON, "-c", "import autograd_core.torch"], "import numpy": [PYTHON, "-c", "import numpy"]}
    yield from rows("import autograd_core.torch", processes(commands, 25), {"import numpy": 1.3}, "exit status 0")


def files() -> Iterator[Row]:
    """Whole processes from .npy files."""
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        for n, goal in ((10**6, 0.12), (10**7, 0.2)):
            rng = np.random.default_rng(0)
            given: list[str] = []
            for name in ("X1", "W1", "W2", "Y"):
                np.save(f"{folder}/{name}.npy", rng.random(n))
                given += [f"--{name}", f"@{folder}/{name}.npy"]
            ours = [PYTHON, "-m", "autograd_cli", "grad", scripts.EXAMPLE, *given, "--check", "none", "--no-tree"]
            torch = [PYTHON, "-c", scripts.TORCH_FILES, folder]
            times = processes({"ours": [*ours, "--no-formula"], "torch script": torch}, rounds=5)
            yield from rows(f"no check and no formula, .npy, N={n:,}", times, {"torch script": goal}, "same numbers")


def of_module(name: str) -> Callable[[], Iterator[Row]]:
    """The rows of a module of this folder, which is loaded when it is asked for."""
    return lambda: import_module(name).measured()


GROUPS: dict[str, Callable[[], Iterator[Row]]] = {
    "small": small,
    "tape": tape,
    "arrays": arrays,
    "second": of_module("second_order"),
    "start": start,
    "lesson": lesson,
    "files": files,
    "expression": of_module("expression"),
    "growth": of_module("growth"),
    "sessions": of_module("sessions"),
    "reading": of_module("reading"),
    "formulas": of_module("formulas"),
}


def main() -> int:
    """Run the groups asked for and print the table; exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="names of groups, separated by commas: " + ", ".join(GROUPS))
    parser.add_argument("--json", type=Path, help="keep the rows in this file")
    options = parser.parse_args()
    chosen = [name for name in options.only.split(",") if name] or list(GROUPS)
    found: list[Row] = []
    for name in chosen:
        for row in GROUPS[name]():
            found.append(row)
            print(table([row]).splitlines()[1], flush=True)
    print()
    print(table(found))
    if options.json:
        keep(found, options.json)
    return 1 if any(row.met is False for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
