"""SymPy's part of the cross-check: a script in, the derivatives as a list of instructions out.

A script (see ``symbolic.script``) is plain data, and so are instructions. Nothing here needs NumPy or the engine, so
that it can run in a process that was started before either was loaded. SymPy differentiates; the result is neither
simplified nor turned into source code but lowered to instructions, one for each distinct sub-expression, which
``symbolic.program`` carries out on arrays, and ``evaluate`` with 50 digits, where float64 overflows or cancels.
"""

from __future__ import annotations

import math
import operator
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

from autograd_core.symbolic.instructions import (
    DIGITS,
    LITERALS,
    PLAIN,
    Line,
    Table,
    UnanswerableError,
    carry_out,
    lower,
    read_script,
    sympy,
    table,
)

Job = dict[str, Any]

SEEN = 1 / 8
"""The part of its time after which a job says whether it will suffice: what is found first takes longest."""


def answer(job: Job, found: Job | None = None) -> Job:
    """Carry out one job: derive, or evaluate; a failure is an answer with ``failed``.

    ``found`` gets the instructions as they come: what is in it when a deadline ends the work is an answer, too.
    """
    try:
        if job["task"] == "derive":
            return instructions({} if found is None else found, **job)
        return {"rows": evaluate(job["instructions"], job["outputs"], job["rows"])}
    except UnanswerableError as error:
        return {"failed": str(error)}
    except RecursionError:
        return {"failed": "the expression is nested too deep for SymPy"}
    except Exception as error:  # whatever SymPy runs into must not end the process
        return {"failed": f"SymPy failed: {type(error).__name__}: {str(error)[:80]}"}


def warm_up() -> None:
    """Load what SymPy loads on its first product and derivative."""
    sp = sympy()
    x, y = sp.Symbol("x0", real=True), sp.Symbol("x1", real=True)
    ((y - 2 * x) ** 2).diff(x)


def instructions(
    found: Job,
    lines: Sequence[Line],
    roots: Sequence[int],
    weights: Sequence[float],
    paths: Sequence[Sequence[int]],
    seconds: float = math.inf,
    **_: Any,
) -> Job:
    """Instructions for the formulas ``roots``, and for the derivatives of their weighted sum along each of ``paths``.

    A path is the numbers of the symbols by which the sum is differentiated, one after the other. Ends before the last
    where those before it show that all would take longer than so many ``seconds``.
    """
    begun = time.process_time()
    formulas = read_script(lines, roots)
    found.update(instructions=[], outputs=[])
    known: dict[Any, int] = {}
    for formula in formulas:
        found["outputs"].append(lower(formula, found["instructions"], known))
    read = time.process_time()
    for done, slope in enumerate(derivatives(formulas, weights, paths), start=1):
        found["outputs"].append(lower(slope, found["instructions"], known))
        taken = time.process_time() - read
        if taken > seconds * SEEN and read - begun + taken * len(paths) / done > seconds:
            break
    return found


def derivatives(formulas: Sequence[Any], weights: Sequence[float], paths: Sequence[Sequence[int]]) -> Iterator[Any]:
    """The derivatives of a weighted sum along paths; what these have in common is found once."""
    sp = sympy()
    touched: dict[Any, list[tuple[Any, Any]]] = {}
    for formula, weight in zip(formulas, weights, strict=True):
        factor = sp.Integer(weight) if weight in (0, 1) else LITERALS["float"](sp, weight)
        for term in formula.args if formula.is_Add else (formula,):
            for symbol in term.free_symbols:
                touched.setdefault(symbol, []).append((factor, term))
    known: dict[tuple[int, ...], Any] = {}
    for path in map(tuple, paths):
        for length in range(1, len(path) + 1):
            if path[:length] in known:
                continue
            symbol = sp.Symbol(f"x{path[length - 1]}", real=True)
            before = [(1, known[path[: length - 1]])] if length > 1 else touched.get(symbol, ())
            slopes = [factor * sp.diff(term, symbol) for factor, term in before if symbol in term.free_symbols]
            known[path[:length]] = sp.Add(*slopes)
        yield known[path]


def evaluate(
    instructions: Sequence[tuple[Any, ...]],
    outputs: Sequence[int],
    rows: Sequence[Sequence[float]],
) -> list[list[float]]:
    """The outputs for each row of inputs, rounded to floats; nan where there is no real number and no limit."""
    mp = sympy().core.numbers.mpmath.mp  # the arithmetic that SymPy itself computes with
    functions: Table = {name: partial(_applied, mp, function) for name, function in table(_library(mp)).items()}

    def number(value: float, name: str = "") -> Any:
        return mp.mpf(getattr(mp, name, value) if name else value)  # pi, e: with as many digits as are computed with

    def run(row: Sequence[Any]) -> list[float]:
        made = carry_out(instructions, outputs, [mp.mpf(x) for x in row], functions, number)
        return [_rounded(value) for value in made]

    found = []
    for row in rows:
        values: list[float] = []
        least = DIGITS + max((abs(math.log10(abs(x))) for x in row if x and math.isfinite(x)), default=0.0)
        for digits in PRECISIONS:
            before = values
            with mp.workdps(digits):
                values = run(row)
            enough = max(least, SMALLEST) if 0.0 in values else least
            if before and digits >= enough and all(a == b or a != a for a, b in zip(before, values, strict=True)):
                break
        if any(map(math.isnan, values)) and all(map(math.isfinite, row)):
            limits = _limits(mp, run, row)
            values = [limit if math.isnan(value) else value for value, limit in zip(values, limits, strict=True)]
        found.append(values)
    return found


PRECISIONS = (DIGITS, 3 * DIGITS, 9 * DIGITS, 40 * DIGITS)
"""Digits to compute with until more of them change no float: (sin x - x)/x**3 at 1e-308 cancels a thousand.

Those that tell the largest and the smallest input from 1 are taken at least: exp(x) - 1 is 0 with fewer.
"""

SMALLEST = 360
"""Digits that tell the smallest float from 1: 1 - tanh(190)**2 is 0 with fewer than 165."""


NEAR = (60, 80)
"""Points 1e-60 and 1e-80 away, at which a formula that is 0/0 or 0*inf at the point itself has its limit."""


def _limits(mp: Any, run: Callable[[Sequence[Any]], list[float]], row: Sequence[float]) -> list[float]:
    """The limits of the outputs at a point where they have no value: what all ways to it with values agree on."""
    # Each input by another amount: x - y at x = y must not stay 0, and x/y at 0 has no limit.
    moves = [[sign * (1 + mp.mpf(i) / 7) ** power for i in range(len(row))] for power in (1, -1) for sign in (1, -1)]
    with mp.workdps(DIGITS + 3 * NEAR[1]):
        ways = [
            run([x + mp.mpf(10) ** -away * m for x, m in zip(row, way, strict=True)]) for away in NEAR for way in moves
        ]
    found = []
    for values in zip(*ways, strict=True):
        known = [value for value in values if not math.isnan(value)] or [math.nan]
        alike = all(math.isfinite(x) and math.isclose(x, known[-1], rel_tol=1e-12, abs_tol=1e-20) for x in known)
        shrinks = abs(known[-1]) < abs(known[0]) / 2
        found.append(math.nan if not alike else 0.0 if shrinks else known[-1])
    return found


def _applied(mp: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function gives, nan where that is no real number."""
    try:
        made = function(*arguments)
    except (ValueError, ZeroDivisionError, OverflowError, ArithmeticError):
        return mp.nan
    return mp.nan if isinstance(made, mp.mpc) else made


def _rounded(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _library(mp: Any) -> Any:
    """mpmath's functions under SymPy's names."""
    return SimpleNamespace(
        **{
            **{name: getattr(mp, name) for name in PLAIN if hasattr(mp, name)},
            "ceiling": mp.ceil,
            "loggamma": lambda x: mp.log(abs(mp.gamma(x))) if x < 1000 else mp.loggamma(x),
            "polygamma": lambda order, x: mp.polygamma(int(order), x),
            "pow": lambda a, b: a**b,
            "maximum": max,
            "minimum": min,
            "negation": operator.not_,
            "where": lambda condition, a, b: a if condition else b,
        }
    )
