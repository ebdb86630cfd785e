"""What the size of an expression costs: each part of a run at 100, 1,000 and 10,000 nodes, and how it grows."""

from __future__ import annotations

import gc
import io
import math
import time
from collections.abc import Callable, Iterator

import numpy as np
from measure import Row, scaled

from autograd_cli.document import Display
from autograd_cli.views.gradient import gradient_answer
from autograd_cli.writers import write
from autograd_core import report
from autograd_core.calculate import calculate, describe
from autograd_core.expr.build import parse
from autograd_core.expr.parser import read
from autograd_core.formula import Asked, closed_forms
from autograd_core.limits import Limits, hold
from autograd_core.request import Request
from autograd_core.run import run
from autograd_core.steps import steps_of

SIZES = (100, 1_000, 10_000)
INPUTS = {name: np.array([0.5, 0.25]) for name in "abcx"}
LINEAR, PRINTED = 1.3, 2.0
"""The slope that still is linear, and the seconds that a drawing of 10,000 nodes may take."""


def deep(size: int) -> str:
    """A chain: every operation works on the one before it, fifty to a statement."""
    lines, name = [], "x"
    for number in range(max(size // 100, 1)):
        lines.append(f"y{number} = " + "(" * 50 + name + "*a + b)" * 50)
        name = f"y{number}"
    return "\n".join([*lines, f"sum({name})"])


def steep(size: int) -> str:
    """Chains as deep as a statement may be."""
    lines, name = [], "x"
    for number in range(max(size // 900, 1)):
        lines.append(f"y{number} = {name}" + " + a" * min(size, 900))
        name = f"y{number}"
    return "\n".join([*lines, f"sum({name})"])


def wide(size: int) -> str:
    """Operations with as many operands as they may have."""
    lists = [range(start, start + min(size // 2, 1_000)) for start in range(1, size // 2, 1_000)]
    return " + ".join(f"sum(concatenate([{', '.join(f'x*{number}' for number in each)}]))" for each in lists)


def bushy(size: int) -> str:
    """A balanced tree of products and sums."""
    level = [f"{left}*{right}" for left, right in zip("abcx" * size, "bcxa" * size, strict=True)][: size // 3]
    while len(level) > 1:
        level = [f"({' + '.join(level[at : at + 2])})" for at in range(0, len(level), 2)]
    return f"sum({level[0]})"


def shared(size: int) -> str:
    """Every statement is used ten times by the next one, which is twice as large times a: the numbers stay finite."""
    lines, name = [], "x"
    for number in range(max(size // 20, 1)):
        used = f"{name}*a"
        lines.append(f"y{number} = {used}" + f" + {used}" * 5 + f" - {used}" * 4)
        name = f"y{number}"
    return "\n".join([*lines, f"sum({name})"])


KINDS: tuple[Callable[[int], str], ...] = (deep, steep, wide, bushy, shared)


def parts(text: str) -> dict[str, Callable[[], object]]:
    """The parts of a run, each ready to be timed alone."""
    request = Request(text, INPUTS, check="none", formula=False, steps=True)
    done = run(request)
    gradients = {name: done.gradients.get(name) for name in done.wanted}
    found = calculate(Request(text, INPUTS, check="none", formula=False))
    with_steps = calculate(request)

    def printed(what: report.Report, **choices: bool) -> Callable[[], object]:
        return lambda: write(gradient_answer(what), "table", Display(**choices), io.StringIO())

    source = read(text)
    return {
        "parse": lambda: read(text),
        "shapes": lambda: parse(source, INPUTS),
        "run": lambda: run(Request(text, INPUTS, check="none", formula=False, graph=False)),
        "formulas": lambda: closed_forms(
            Asked(done.program.result, done.program.variables, done.inputs, {n: gradients[n] for n in done.wanted})
        ),
        "steps": lambda: steps_of(done),
        "graph": lambda: describe(done),
        "printing": printed(found),
        "printing, --full": printed(found, full=True),
        "printing, --steps": printed(with_steps, tree=False),
    }


def seconds(action: Callable[[], object], rounds: int = 5) -> float:
    """The least time of the processor for some calls; of one alone where that takes long."""
    times: list[float] = []
    gc.disable()  # as the program does
    try:
        while len(times) < rounds and sum(times) < 2:
            start = time.process_time()
            action()
            times.append(time.process_time() - start)
    finally:
        gc.enable()
        gc.collect()
    return min(times)


def measured() -> Iterator[Row]:
    """Each part of each kind of expression: its slope from 1,000 to 10,000 nodes, both scales logarithmic."""
    hold(Limits(nodes=10**6))
    for kind in KINDS:
        times: dict[str, list[float]] = {}
        for size in SIZES:
            for part, action in parts(kind(size)).items():
                times.setdefault(part, []).append(seconds(action))
        for part, (_, before, after) in times.items():
            slope = math.log10(after / before)
            about = ", ".join(scaled(each, "s") for each in times[part])
            yield Row(f"{kind.__name__}: {part}", about, slope, 1.0, LINEAR, "same code", "slope")
            if part.startswith("printing"):
                case = f"{kind.__name__}: {part}, 10,000 nodes"
                yield Row(case, "2 s", after, PRINTED, 1.0, "time alone")
