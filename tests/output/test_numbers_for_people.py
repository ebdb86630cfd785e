"""CONTRACT, numbers for people, in every output: what looks exact is exact, and different numbers look different."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from command_runs import Cli

COMMANDS = {
    "grad": ("grad", "a*x/3", "--a", "{0},{1}", "--x", "{2},{3}", "--grad-tensor", "1,{0}", "--check", "none"),
    "steps": ("grad", "sum(a*x)", "--a", "{0},{1}", "--x", "{2},{3}", "--steps", "--check", "none"),
    "check": ("check", "sum(a*x)/3", "--claim", "x = 2*a", "--a", "{0},{1}", "--x", "{2},{3}"),
    "orders": ("grad", "a*x**3", "--a", "{0}", "--x", "{2}", "--order", "2", "--wrt", "x", "--check", "none"),
    "jacobian": ("jacobian", "A @ x/3", "--A", "{0},{1};{2},2", "--x", "{3},1", "--check", "none"),
    "hessian": ("hessian", "x@A@x/3", "--A", "{0},{1};{1},{2}", "--x", "{3},1", "--check", "none"),
    "graph": ("graph", "a*x/3", "--a", "{0}", "--x", "{1}"),
    "plot": ("plot", "a*x", "--a", "{0}", "--x", "0:{0}", "--points", "5"),
    "descend": ("descend", "sum((x - a)**2)", "--wrt", "x", "--a", "{0},{1}", "--x", "{2},{3}", "--steps", "2"),
}
DRAWN = ("plot", "descend")
"""Beside their axes stand numbers of their own, which are left out; in characters there is little else."""

FORMS = ("table", "tree", "plain", "markdown", "latex", "page", "svg")
TOKEN = re.compile(r"(?<![\w.#-])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])")
LATEX = re.compile(r" \\cdot 10\^\{?(-?\d+)\}?")
SURE = 1e5
"""Numbers that nothing else in a page is near to: those above, or below the inverse."""


def drawn(draw: random.Random) -> list[str]:
    """Four numbers as typed: two that are alike, and two of other kinds."""
    first = draw.choice((1000003.0, 24691356.0, 1e6 / 3, 1e-9, 1.5e20, 1e7 + 1 / 3, draw.uniform(1e6, 1e7)))
    alike = first * (1 + draw.choice((1e-6, -1e-8, 1e-11)))
    others = [draw.choice((2e6 / 3, 7654321.5, 4e-7 / 3, draw.uniform(1e-8, 1e-7), 123456.5)) * k for k in (1, 3)]
    return [repr(each) for each in (first, alike, *others)]


def floats(found: Any) -> Iterator[float]:
    """All numbers of a JSON document."""
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, list):
        for each in found:
            yield from floats(each)
    elif isinstance(found, (int, float)) and not isinstance(found, bool):
        yield float(found)


def last_digit(token: str) -> Decimal:
    """What the last digit of a text counts."""
    mantissa, _, power = token.partition("e")
    return Decimal(10) ** (int(power or 0) - len(mantissa.partition(".")[2]))


def faults(text: str, known: set[float]) -> Iterator[str]:
    """Texts of numbers that look exact and are not, or are not what a number is rounded to."""
    text = LATEX.sub(lambda found: f"e{found[1]}", text.replace("\N{MINUS SIGN}", "-"))
    for token in TOKEN.findall(text):
        shown = float(token)
        if shown in known or -shown in known or not (abs(shown) > SURE or 0 < abs(shown) < 1 / SURE):
            continue
        near = [abs(Decimal(each)) for each in known if abs(abs(each) - abs(shown)) <= 1e-3 * abs(shown)]
        if not near:
            continue
        digits = len(token.partition("e")[0].replace(".", "").lstrip("-0"))
        if digits < 6 or not re.search("[.e]", token):
            yield f"{token} looks exact, the number is {near[0]!r}"
        elif min(abs(each - abs(Decimal(token))) for each in near) > last_digit(token) / 2:
            yield f"{token} is none of the numbers rounded, such as {near[0]!r}"


@pytest.mark.parametrize(
    ("command", "form"),
    [(c, f) for c in COMMANDS for f in FORMS if c not in DRAWN or f in ("plain", "page", "svg")],
)
def test_what_looks_exact_is_exact_and_what_is_rounded_is_near(
    cli: Cli, tmp_path: Path, command: str, form: str
) -> None:
    draw = random.Random(f"{command} {form}")
    for _ in range(2):
        numbers = drawn(draw)
        words = [word.format(*numbers) for word in COMMANDS[command]]
        known = {*floats(cli(*words, "--json").json), *map(float, numbers)}
        if form in ("page", "svg"):
            path = tmp_path / f"answer.{'html' if form == 'page' else form}"
            done = cli(*words, "-o", str(path))
            text = path.read_text()
        else:
            done = cli(
                *words, *(() if form == "tree" else ("--format", form)), tty=form == "tree", env={"COLUMNS": "160"}
            )
            text = done.stdout
        if command in DRAWN:
            text = re.sub(r'text-anchor="[a-z]+">[^<]*<', "", text)
        assert done.status in (0, 1), done.stderr
        assert not (found := list(faults(text, known))), (words, found)


@pytest.mark.parametrize("form", ["page", "svg"])
def test_points_of_a_curve_are_told_apart(cli: Cli, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"curve.{'html' if form == 'page' else form}"
    cli("plot", "x*x", "--x", "1000003:1000003.1", "-o", str(path))
    found = re.findall(r"<title>x = (\S+), f = (\S+)<", path.read_text())
    assert len(found) > 20
    assert len({x for x, _ in found}) == len({f for _, f in found}) == len(found)
    assert all(float(a) < float(b) for (a, _), (b, _) in pairwise(found))


def test_marks_of_an_axis_are_told_apart(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "curve.svg"
    cli("plot", "x*x", "--x", "1000003:1000003.001", "-o", str(path))
    marks = [float(each) for each in re.findall(r'text-anchor="middle">([^<x]*)<', path.read_text())]
    assert len(set(marks)) == len(marks) / 2 > 3  # of the function, and of its derivative below


def test_a_session_and_a_page_of_a_large_array_tell_numbers_apart(cli: Cli, tmp_path: Path) -> None:
    done = cli("repl", stdin="a = 1000003\nx = 2.000002\na*x/3\n")
    assert "= 666669.3\n" in done.stdout
    path = tmp_path / "answer.html"
    cli("grad", "sum(x**2)", "--x", "1000003 + arange(100)/1000", "--check", "none", "-o", str(path))
    assert "min 1000003, max 1000003.10" in path.read_text()
