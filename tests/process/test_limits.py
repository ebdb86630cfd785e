"""Limits are foreseen, say so in words, and can be raised where that is safe."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import time
from collections import Counter
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograd_cli import app
from autograd_cli import limits as cli_limits
from autograd_cli.limits import asked_limits
from autograd_core import limits as core_limits
from autograd_core.calculate import Request, calculate
from autograd_core.errors import LimitError
from autograd_core.expr import parse
from autograd_core.limits import USUAL, Limits, hold, limits
from autograd_core.preflight import peak_memory
from autograd_core.run import run as run_engine
from command_runs import run

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (
            ("sum(outer(x, x))", "--x", "ones(4000)"),
            "error[AG801]: the result of outer would have 16,000,000 entries; the limit is 10,000,000\n",
            "--max-elements raises the limit",
        ),
        (
            ("sum(x)", "--x", "ones(10000001)"),
            "error[AG801]: x: ones would make 10,000,001 entries; the limit is 10,000,000\n",
            "--max-elements raises the limit",
        ),
        (
            ("x" + "+x" * 60, "--x", "1", "--max-nodes", "50"),
            "error[AG802]: the expression has more than 50 parts\n",
            "--max-nodes raises the limit",
        ),
        (
            ("; ".join(f"y{i} = x*x" for i in range(30)) + "; x", "--x", "1", "--max-nodes", "50"),
            "error[AG802]: the expression has more than 50 parts\n",
            "--max-nodes raises the limit",
        ),
        (
            ("sum(sin(x)*exp(x))", "--x", "zeros(9000000)"),
            "error[AG804]: this would need about 1.54 GiB of memory; the limit is 1 GiB\n",
            "with --check none, --no-formula, --no-tree less is needed; --max-memory 2 raises the limit",
        ),
    ],
)
def test_a_limit_is_said_with_the_option_that_raises_it(words: tuple[str, ...], message: str, hint: str) -> None:
    status, out, err = run("grad", *words)
    assert (status, out) == (3, "")
    assert err.startswith(message)
    assert hint in err.splitlines()[-1]


def test_a_raised_limit_holds_for_one_command_only() -> None:
    refused = run("grad", "sum(x)", "--x", "ones(20)", "--max-elements", "10", "--no-tree")
    raised = run("grad", "sum(x)", "--x", "ones(20)", "--max-elements=20", "--no-tree", "--get", "x")
    assert (refused[0], raised[0]) == (3, 0)
    assert limits() is USUAL
    wrong = run("grad", "sum(x)", "--x", "ones(20)", "--max-elements", "many")
    assert wrong[2].startswith("error[AG102]: --max-elements takes a whole number from 1 to ")
    assert limits() is USUAL


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "1e99", "", "٣٣x"])
@pytest.mark.parametrize(
    ("option", "takes", "works"),
    [
        ("--max-elements", "a whole number from 1 to 1,000,000,000,000,000", "10000000"),
        ("--max-nodes", "a whole number from 1 to 1,000,000,000,000,000", "50000"),
        ("--max-memory", "a number from 0.0625 to 1,000,000", "1"),
        ("--max-seconds", "a number from 0.0001 to 1,000,000", "3"),
    ],
)
def test_a_limit_says_between_what_it_lies(option: str, takes: str, works: str, text: str) -> None:
    found = run("grad", "x", "--x", "1", f"{option}={text}")
    assert found == (
        2,
        "",
        f"error[AG102]: {option} takes {takes}, not {text!r}\ntry: autograd-cli grad x --x 1 {option} {works}\n",
    )
    assert run("grad", "x", "--x", "1", option, works)[0] == 0


@pytest.mark.parametrize("option", ["--max-elements", "--max-nodes"])
def test_a_count_is_whole(option: str) -> None:
    assert "takes a whole number from 1 to" in run("grad", "x", "--x", "1", option, "1.5")[2]
    assert run("grad", "x", "--x", "1", option, "1e6")[0] == 0


@pytest.mark.parametrize("size", ["1e10", "1e-9", "1e-4", "0.0625", "0.07"])
def test_the_system_holds_no_limit_that_ends_the_process(size: str) -> None:
    """Through the start of a process, which asks the system to hold the limit before NumPy is loaded."""
    paths = os.pathsep.join(path for path in sys.path if path.endswith(("core", "cli")))
    words = ("grad", "sum(A @ A)", "--A", "ones(60,60)", "--full", "--no-tree", "--threads", "64", "--max-memory", size)
    done = subprocess.run(
        [sys.executable, "-m", "autograd_cli", *words],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    if size == "0.07":
        assert (done.returncode, done.stderr) == (0, "")
    else:
        assert done.stderr.startswith("error[AG804]" if size == "0.0625" else "error[AG102]: --max-memory takes")


@pytest.mark.parametrize("command", ["grad", "jacobian", "hessian", "check", "batch"])
def test_a_number_on_the_command_line_is_finite(command: str) -> None:
    inputs = ("sum(x**2)", "--x", "1,2") if command != "batch" else ()
    for option in {"batch": ("--time-limit",), "check": ("--rtol", "--atol")}.get(
        command, ("--rtol", "--check-budget")
    ):
        for text in ("inf", "nan", "1e999"):
            for words in ((option, text), (f"{option}={text}",)):
                status, out, err = run(command, *inputs, *words)
                assert (status, out) == (2, "")
                assert re.match(rf"error\[AG102\]: {option} takes a (finite )?number (of at least|from) 0", err), err


def test_options_say_what_they_raise() -> None:
    found = asked_limits(
        "grad", ["--max-elements", "1e8", "--max-nodes=7", "--max-memory", "2.5", "--max-seconds=6"], {}
    )
    assert (found.elements, found.nodes, found.memory, found.seconds) == (100_000_000, 7, 5 << 29, 6.0)


def default_of(command: str, option: str) -> float:
    """What an option of a command is where it is not given."""
    found = next(param.default for param in app.command(command).params if option in param.opts)
    assert isinstance(found, float)
    return found


def test_the_manual_states_every_limit_and_the_option_that_raises_it() -> None:
    stated = runpy.run_path(str(ROOT / "docs" / "manual.py"))["stated"]
    numbers = Counter(most.split("; ")[0] for _, most in stated())
    page = (ROOT / "cli" / "autograd-cli.1").read_text(encoding="utf-8").replace("\\-", "-")
    limited = Counter(
        f"{value:,}"
        for module in (core_limits, cli_limits)
        for name, value in vars(module).items()
        if name.startswith("MAX_") and name != "MAX_ECHO"  # how much a message repeats
    )
    assert not limited - numbers
    stands = {most.split("; ")[1]: most.split("; ")[0] for _, most in stated() if ";" in most}
    assert stands == {
        "--max-elements": f"{USUAL.elements:,}",
        "--max-nodes": f"{USUAL.nodes:,}",
        "--max-memory, AUTOGRAD_CLI_MAX_MEMORY": "half of what the machine has (a job of batch: 1 GiB)",
        "--max-seconds, AUTOGRAD_CLI_MAX_SECONDS": "60 s (a job of batch: 3 s)",
        "--check-budget": f"{default_of('grad', '--check-budget'):g}",
        "--time-limit": f"{USUAL.seconds:g}",
    }
    assert all(about in page and most in page for about, most in stated())


LARGE = ("sum(sin(x)*exp(x))", "--x", "zeros(9000000)")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("grad", *LARGE, "--steps", "--no-formula"), "with --check none less is needed; --max-memory 2 raises"),
        (("export", *LARGE, "--to", "latex"), "--max-memory 2 raises"),
        (("graph", *LARGE, "--max-memory", "0.2"), "--max-memory 1 raises"),
    ],
)
def test_too_much_memory_is_said_with_options_that_the_command_has_and_that_change_something(
    words: tuple[str, ...], hint: str
) -> None:
    status, _, err = run(*words)
    assert (status, err[:12]) == (3, "error[AG804]")
    assert err.splitlines()[-1].removeprefix("hint: ").startswith(hint)


def test_the_memory_of_a_check_and_formulas_is_foreseen_only_where_there_are_any() -> None:
    assert run("graph", *LARGE, "--max-memory", "0.8")[0] == 0
    assert run("export", *LARGE, "--to", "numpy", "--max-memory", "0.8")[0] == 0


def test_other_limits_hold_in_the_context_that_sets_them() -> None:
    def refused() -> None:
        hold(Limits(elements=3))
        with pytest.raises(LimitError, match="would have 4 entries; the limit is 3"):
            parse("x*1", {"x": (4,)})

    copy_context().run(refused)
    parse("x*1", {"x": (4,)})


def test_a_run_is_refused_before_anything_is_computed() -> None:
    values = {"x": np.broadcast_to(np.float64(1.0), (9_000_000,))}  # one number in memory
    with pytest.raises(LimitError) as found:
        calculate(Request("sum(sin(x)*exp(x))", values))
    assert found.value.code == "AG804"


@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize(
    "text", ["sum((y - w*v*x)**2)", "sum(exp(sin(x)*x)*cos(x) + tanh(x))", "sum(x)", "sum(softmax(x)*w)", "x*2"]
)
def test_what_is_foreseen_grows_with_the_shapes_and_with_what_is_shown(text: str, every: bool) -> None:
    def foreseen(size: int, *, witnesses: bool = False, every: bool = every) -> int:
        names = dict.fromkeys("vwxy", (size,))
        result = parse(text, names).result
        return peak_memory(result, set(names), every=every, witnesses=witnesses)

    assert foreseen(2_000_000) > foreseen(1_000_000) > foreseen(10)
    assert foreseen(1_000_000, witnesses=True) > foreseen(1_000_000)
    assert foreseen(1_000_000, every=True) >= foreseen(1_000_000, every=False)


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is asked of Linux")
@pytest.mark.parametrize(
    "words",
    [
        ("sum((Y-W2*W1*X)**2)", "--X", "rand(N)", "--W1", "rand(N)", "--W2", "rand(N)", "--Y", "rand(N)"),
        ("sum(sort(x)*cumsum(x))", "--x", "randn(N)"),
        ("softmax(x)", "--x", "randn(N)", "--grad-tensor", "1"),
    ],
)
def test_what_is_foreseen_is_enough(words: tuple[str, ...]) -> None:
    size = 300_000
    line = [word.replace("N", str(size)) for word in words]
    paths = os.pathsep.join(path for path in sys.path if path.endswith(("core", "cli")))
    program = (
        "import resource, sys; from autograd_cli.main import main; status = main(sys.argv[1:]);"
        "print(status, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    # Started by a small process: the peak of a process begins with that of the one it was started by.
    shell = ["sh", "-c", '"$@"', "sh", sys.executable, "-c", program, "grad", *line]
    done = subprocess.run(shell, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=True)
    status, kib = map(int, done.stderr.split()[-2:])
    assert status == 0
    refused = run("grad", *line, "--max-memory", "0.0625")[2]
    found = re.search(r"this would need about (\d+) MiB", refused)
    assert found
    assert kib / 1024 <= int(found[1])


@pytest.mark.parametrize("form", ["y{0} + y{0}", "sin(y{0})*y{0}", "y{0}*y{0} + y{0}", "x*y{0} - y{0}/x"])
def test_statements_that_double_do_not_take_for_ever(form: str) -> None:
    """Written out, the last of a hundred statements has 2**100 terms."""
    statements = "; ".join(f"y{i + 1} = {form.format(i)}" for i in range(100))
    started = time.process_time()
    for output in (("--format", "table", "--check", "none"), ("--json", "--check-budget", "0.5")):
        status, _, err = run("grad", f"y0 = x; {statements}; y100", "--x", "0.5", *output)
        assert status == 0, err
    assert time.process_time() - started < 10


def test_no_formula_is_proved_where_a_pass_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof runs everything again at other numbers."""
    ran = []
    monkeypatch.setattr("autograd_core.formula.closed.Search", lambda *_: ran.append("again"))
    monkeypatch.setattr("autograd_core.calculate.run", lambda request: replace(run_engine(request), seconds=1.0))
    found = calculate(Request("sum(x**2)", {"x": np.ones(3)}, check="none")).variables[0]
    assert (found.formula, ran) == (None, [])
    assert found.formula_reason == "to prove a formula at other numbers would take longer than 2 s"


def test_a_text_without_end_is_not_written() -> None:
    status, out, err = run("export", "sum(matrix_power(A, 1000000000))", "--A", "eye(2)", "--to", "latex")
    assert (status, out) == (3, "")
    assert err.startswith("error[AG802]: written out, the expression has more than 1,000,000 characters\n")
    assert run("grad", "sum(matrix_power(A, 1000000000))", "--A", "eye(2)", "--check", "none", "--no-formula")[0] == 0
