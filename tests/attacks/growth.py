"""How time and memory grow with everything a user can repeat: python tests/attacks/growth.py [NAME...]

Each kind is run with 10, 30, 100 and 300 of what it repeats, every time in a fork of a process that has everything
imported. ``growth`` is the power of n by which the time rises from 100 to 300, over what one of them takes. The exit
status is 1 where an answer was a mistake of the program, or took more than a minute.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import math
import os
import pkgutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "core"), str(ROOT / "cli")]

COUNTS = (10, 30, 100, 300)
LONGEST = 60.0

Kind = Callable[[int], tuple[list[str], str]]


def command(*make: Callable[[int], list[str]]) -> Kind:
    """A command whose words are made from a count; nothing on standard input."""
    return lambda n: ([word for each in make for word in each(n)], "")


def words(*fixed: str) -> Callable[[int], list[str]]:
    return lambda _: list(fixed)


def joined(text: str, between: str = "+", before: str = "", behind: str = "") -> Callable[[int], list[str]]:
    """One word: a text for each number, joined."""
    return lambda n: [before + between.join(text.format(i, i=i, n=n) for i in range(n)) + behind]


def each(*texts: str) -> Callable[[int], list[str]]:
    """Words for each number."""
    return lambda n: [text.format(i, i=i, n=n) for i in range(n) for text in texts]


def typed(line: str, command: str = "repl") -> Kind:
    """Lines on standard input."""
    return lambda n: ([command], "".join(line.format(i, i=i, n=n) + "\n" for i in range(n)))


AB = each("--a{}", "1.01")
CHAIN = joined("y{} = sin(x)*x", "; ", behind="; x*y0")
SUM = joined("a{}**2")
ANSWERS = '{{"id": {}, "expr": "sum(x**2)", "vars": {{"x": [1, 2]}}'

KINDS: dict[str, Kind] = {
    "variables": command(words("grad"), SUM, AB),
    "variables, hessian": command(words("hessian"), SUM, AB),
    "variables, jacobian": command(words("jacobian"), joined("a{}", ", ", "stack([", "])"), AB),
    "factors": command(words("grad"), joined("a{}", "*"), AB),
    "terms": command(words("grad"), joined("sin({}*x)"), words("--x", "0.5")),
    "terms, steps": command(words("grad"), joined("sin({}*x)"), words("--x", "0.5", "--steps")),
    "statements": command(words("grad"), CHAIN, words("--x", "0.5")),
    "a chain of statements": command(
        words("grad"),
        lambda n: ["y0 = x; " + "; ".join(f"y{i + 1} = sin(y{i})*x" for i in range(n))],
        words("--x", "0.5"),
    ),
    "nested calls": command(words("grad"), lambda n: ["sin(" * n + "x" + ")" * n], words("--x", "0.5")),
    "brackets": command(words("grad"), lambda n: ["(" * min(n, 90) + "x" + ")" * min(n, 90)], words("--x", "0.5")),
    "conditions": command(
        words("grad"),
        lambda n: ["".join(f"where(x > {i}, {i}*x, " for i in range(min(n, 90))) + "x" + ")" * min(n, 90)],
        words("--x", "0.5"),
    ),
    "comparisons": command(words("grad"), joined("(x > {})*x"), words("--x", "0.5")),
    "stacked": command(words("grad"), joined("a{}", ", ", "sum(stack([", "])**2)"), AB),
    "concatenated": command(words("grad"), joined("a{}", ", ", "sum(concatenate([", "])**2)"), each("--a{}", "1,2")),
    "indices": command(words("grad"), joined("x[{}]**2"), lambda n: ["--x", f"randn({n})"]),
    "matrix products": command(words("grad"), joined("A", " @ ", "sum(", ")"), words("--A", "0.1,0.2;0.3,0.1")),
    "entries": command(words("grad", "sum(x**2)"), lambda n: ["--x", ",".join(map(str, range(n)))]),
    "rows": command(words("grad", "sum(x**2)"), lambda n: ["--x", ";".join(["1,2"] * n)]),
    "axes": command(words("grad", "sum(x)"), lambda n: ["--x", f"zeros({','.join('1' * min(n, 30))})"]),
    "orders": command(words("grad", "sin(x)*x", "--x", "0.5", "--order"), lambda n: [str(min(n, 10))]),
    "right claims": command(words("check"), SUM, AB, each("--claim", "a{i} = 2*a{i}")),
    "wrong claims": command(words("check"), SUM, AB, each("--claim", "a{i} = 3*a{i}")),
    "terms of a claim": command(
        words("check"), joined("sin({}*x)"), joined("{i}*cos({i}*x)", "+", "--claim=x = "), words("--x", "0.5")
    ),
    "terms of a wrong claim": command(
        words("check"), joined("sin({}*x)"), joined("{i}*cos({i}*x)", "+", "--claim=x = ", "+x"), words("--x", "0.5")
    ),
    "steps of a derivation": command(
        words("check", "sum(x**2)", "--x", "1,2"), joined("2*x*{n}/{n}", " = ", "--claim=x = ")
    ),
    "helpers of a claim": command(
        words("check", "sum(x**2)", "--x", "1,2"), joined("h{} = 2*x", "; ", "--claim=", "; x = h0")
    ),
    "assumptions": command(words("grad"), SUM, AB, each("--assume", "a{} > 0")),
    "assumptions, check": command(words("check"), SUM, AB, each("--assume", "a{} > 0"), words("--claim", "a0 = 2*a0")),
    "--get": command(words("grad"), SUM, AB, each("--get", "a{}")),
    "--wrt": command(words("grad"), SUM, AB, joined("a{}", ",", "--wrt=")),
    "--no-grad": command(
        words("grad"), joined("a{}**2", behind="+b"), AB, words("--b", "1"), joined("a{}", ",", "--no-grad=")
    ),
    "--grad-tensor": command(words("grad", "x**2", "--x", "1,2"), each("--grad-tensor", "{}")),
    "--var": command(words("grad"), SUM, each("--var", "a{}=1")),
    "symbols": command(words("formula"), joined("x{i}@A{i}@x{i}"), each("--x{}", "n", "--A{}", "n,n")),
    "sizes": command(words("formula"), joined("sum(x{}**2)"), each("--x{}", "n{}")),
    "terms of a formula": command(words("formula"), joined("sum(x**2*{})"), words("--x", "n")),
    "assumptions, formula": command(
        words("formula"), joined("x@A{}@x"), words("--x", "n"), each("--A{}", "n,n", "--assume", "A{} symmetric")
    ),
    "steps of a descent": command(words("descend", "sum(x**2)", "--x", "1,2", "--steps"), lambda n: [str(10 * n)]),
    "variables of a descent": command(words("descend"), SUM, AB, words("--steps", "5")),
    "terms of a plot": command(words("plot"), joined("sin({}*x)"), words("--x", "0:1")),
    "points of a plot": command(words("plot", "sin(x)", "--x", "0:9", "--points"), lambda n: [str(10 * n)]),
    "kinks of a plot": command(words("plot"), joined("abs(x - {})"), lambda n: ["--x", f"0:{n}"]),
    **{
        f"export to {place}": command(words("export", "--to", place), CHAIN, words("--x", "0.5"))
        for place in ("torch", "jax", "numpy", "sympy", "latex")
    },
    **{
        f"a {kind} file": command(words("grad"), CHAIN, words("--x", "0.5", "--output", f"f.{kind}"))
        for kind in ("html", "svg", "md", "tex", "json", "npz")
    },
    "a page of variables": command(words("grad"), SUM, AB, words("--output", "f.html")),
    "a page of claims": command(words("check"), SUM, AB, each("--claim", "a{} = 3"), words("--output", "f.html")),
    "--show-jacobian": command(words("jacobian", "x**2"), lambda n: ["--x", f"randn({n})"]),
    "graph": command(words("graph"), joined("sin({}*x)"), words("--x", "0.5")),
    "graph in DOT": command(words("graph", "--to", "dot"), joined("sin({}*x)"), words("--x", "0.5")),
    "unknown names": command(words("grad"), joined("alpha{}")),
    "unknown functions": command(words("grad"), joined("sinn(x{})"), each("--x{}", "1")),
    "misspelt options": command(words("grad", "sum(x**2)", "--x", "1"), each("--formatt{}", "1")),
    "values of no use": command(words("grad", "sum(x**2)", "--x", "1"), each("--var", "b{}=1")),
    "mathematics": command(words("grad"), joined("3 x"), words("--x", "0.5")),
    "fractions": command(
        words("grad"), lambda n: ["\\frac{1}{" * min(n, 40) + "x" + "}" * min(n, 40)], words("--x", "0.5")
    ),
    "sums over an index": command(words("grad"), joined("\\sum_i x_i^{}"), words("--x", "0.1,0.5")),
    "a comment": command(words("grad"), joined("x", " # a\n+ ", "(", ")"), words("--x", "0.5")),
    "lines of a session": typed("x = {i}\n"),
    "expressions of a session": lambda n: (["repl"], "x = 0.5\n" + "".join(f"sin({i}*x)\n" for i in range(n))),
    "wrong lines of a session": typed("sinn({i})"),
    "one open line of a session": typed("sin({i}*"),
    "jobs": typed(ANSWERS + "}}", command="batch"),
    "jobs that fail": typed('{{"expr": "sum(x{}"', command="batch"),
    "keys of a job": lambda n: (
        ["batch"],
        '{"expr": "sum(x**2)", "vars": {"x": 1}, ' + ", ".join(f'"k{i}": 1' for i in range(n)) + "}\n",
    ),
    "claims of a job": lambda n: (
        ["batch"],
        '{"command": "check", "expr": "sum(x**2)", "vars": {"x": [1, 2]}, "claims": ['
        + ", ".join(f'"x = {i}*x"' for i in range(n))
        + "]}\n",
    ),
}


def run(argv: list[str], typed: str) -> tuple[int, float, int, bytes]:
    """Status, seconds, MiB at the peak, and what was written, of one command in a fork."""
    with tempfile.TemporaryFile() as file:
        pid = os.fork()
        if pid == 0:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            with tempfile.TemporaryFile() as given:
                given.write(typed.encode())
                given.seek(0)
                os.dup2(given.fileno(), 0)
            sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
            status = 99
            with contextlib.suppress(BaseException):
                from autograd_cli.main import main

                status = main(argv)
            with contextlib.suppress(BaseException):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)
        _, status, usage = os.wait4(pid, 0)
        file.seek(0)
        return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024, file.read()


def main() -> int:
    import autograd_core

    for module in pkgutil.walk_packages(autograd_core.__path__, "autograd_core."):
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
            importlib.import_module(module.name)
    import autograd_cli.main  # noqa: F401

    asked, broken = sys.argv[1:], 0
    print(f"{'':28}{'seconds with 10, 30, 100, 300':^32}{'growth':>8}{'MiB':>7}  status")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, kind in KINDS.items():
            if asked and not any(part in name for part in asked):
                continue
            seen = [run(*kind(count)) for count in COUNTS]
            times = [seconds for _, seconds, _, _ in seen]
            growth = math.log(max(times[3] - times[0], 0.01) / max(times[2] - times[0], 0.01)) / math.log(3)
            wrong = any(b"AG999" in text or b"Traceback" in text for _, _, _, text in seen) or max(times) > LONGEST
            broken += wrong
            shown = "".join(f"{each:8.2f}" for each in times)
            most = max(mib for _, _, mib, _ in seen)
            statuses = " ".join(str(status) for status, _, _, _ in seen)
            print(f"{name:28}{shown}{growth:8.1f}{most:7}  {statuses}{'  BROKEN' if wrong else ''}", flush=True)
            if seen[0][0] not in (0, 1):
                print(f"    {seen[0][3][:100].decode()!r}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
