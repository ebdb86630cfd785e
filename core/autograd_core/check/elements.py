"""By element: one symbol for each entry of each input, and SymPy's derivative by each.

The most independent witness: nothing but SymPy's own rules is used, also across sums and products of matrices. Its cost
grows with the square of the entries, so that it is estimated from the script before SymPy is asked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check import worker
from autograd_core.check.clock import Clock
from autograd_core.check.program import Program
from autograd_core.check.question import Question
from autograd_core.expr.evaluate import evaluate
from autograd_core.expr.nodes import topological
from autograd_core.records import record
from autograd_core.symbolic.arrays import Symbolic
from autograd_core.symbolic.script import Script, Term

Array = npt.NDArray[Any]

MAX_ENTRIES = 5_000
"""Entries of all nodes that are written down at most: above, it would not pay even to find the cost."""

MAX_LINES = 30_000
"""Lines of a formula that is written down."""

MAX_SECONDS = 0.1
"""What this witness may cost by its estimate."""

SECONDS_A_NODE = 200e-6
"""SymPy's time to differentiate one node of a formula, measured."""

NESTING = 4
"""Functions within functions: SymPy's own evaluation takes exponential time in this depth."""

LITERALS = ("symbol", "bound", "integer", "rational", "decimal", "float", "constant")
SUMS = ("add", "sub", "neg", "sum")


@record()
class Formula:
    """The expression written out: a script, the lines of the result's entries, and the inputs in order."""

    script: Script
    roots: list[int]
    weights: list[float]
    inputs: list[float]
    places: dict[str, tuple[int, int]]


def size(question: Question) -> int:
    """The entries of all nodes that depend on a wanted input: what writing down would cost."""
    return sum(max(int(np.prod(node.shape)), 1) for node in topological([question.result]) if node.depends)


def write_down(question: Question, single: tuple[str, tuple[int, ...]] | None = None) -> Formula:
    """The expression over one symbol for each entry of the wanted inputs, or for a ``single`` entry of one of them.

    Raises NoMeaningError where an operation cannot be written down.
    """
    script = Script(MAX_LINES)
    values: dict[str, Any] = {}
    numbers: list[float] = []
    places: dict[str, tuple[int, int]] = {}
    for name in question.variables:
        array = np.asarray(question.inputs[name], dtype=np.float64)
        if single is not None:
            values[name] = array
            if name == single[0]:
                entries = array.astype(object)
                numbers.append(float(array[single[1]]))
                entries[single[1]] = script.symbol()
                values[name] = Symbolic(script, entries)
        elif name in question.wanted:
            values[name] = Symbolic(script, script.symbols(array.shape))
            places[name] = (len(numbers), len(numbers) + array.size)
            numbers += array.reshape(-1).tolist()
        else:
            values[name] = array
    made = evaluate([question.result], values)[question.result]
    flat = made.entries.reshape(-1) if isinstance(made, Symbolic) else np.asarray(made).reshape(-1)
    roots = [(entry if isinstance(entry, Term) else script.number(entry)).at for entry in flat]
    return Formula(script, roots, question.weights.reshape(-1).tolist(), numbers, places)


def cost(formula: Formula, most: int = NESTING) -> float:
    """Seconds that SymPy will take, estimated from the script: every derivative walks every term it occurs in.

    Infinite where functions are nested too deep.
    """
    lines = formula.script.lines
    sizes = [1.0] * len(lines)
    nested = [0] * len(lines)
    symbols = [0] * len(lines)
    for at, line in enumerate(lines):
        if line[0] == "symbol":
            symbols[at] = 1 << line[1]
        elif line[0] not in LITERALS:
            sizes[at] = 1 + sum(sizes[operand] for operand in line[1:])
            nested[at] = max(nested[operand] for operand in line[1:])
            for operand in line[1:]:
                symbols[at] |= symbols[operand]
            if line[0] not in SUMS and line[0] not in ("mul", "div", "product"):
                nested[at] += 1
    if any(nested[root] > most for root in formula.roots):
        return float("inf")
    terms = [0.0] * len(lines)  # how often a line is a term of a root: shared sums double with each line
    for root in formula.roots:
        terms[root] += 1
    total = 0.0
    for at in range(len(lines) - 1, -1, -1):
        if terms[at] and lines[at][0] in SUMS:
            for operand in lines[at][1:]:
                terms[operand] += terms[at]
        elif terms[at]:
            total += terms[at] * sizes[at] * (1 + symbols[at].bit_count())
    return total * SECONDS_A_NODE


def ask(formula: Formula, clock: Clock, seconds: float = math.inf) -> Program | None:
    """SymPy's derivatives, as a program over the inputs; None where it has none in that time.

    It gets half of what is left of the budget at most.

    Raises OutOfTimeError.
    """
    job = {
        "task": "derive",
        "lines": formula.script.lines,
        "roots": formula.roots,
        "weights": formula.weights,
        "by": list(range(len(formula.inputs))),
        "seconds": max(min(seconds, clock.left / 2), 0.01),
    }
    found = worker.ask(job, clock.deadline)
    return None if "failed" in found else Program(found["instructions"], found["outputs"])


def evaluated(formula: Formula, program: Program, deadline: float, *, exact: bool = False) -> Array:
    """All outputs of the program, in float64; where that has no value, or all where ``exact``, with 50 digits.

    Raises OutOfTimeError.
    """
    outputs = np.array([float(out) for out in program.run([np.float64(x) for x in formula.inputs])])
    kept = np.isfinite(outputs) & (not exact)
    if not kept.all() and np.isfinite(formula.inputs).all():
        found = digits(program, [formula.inputs], deadline)[0]
        outputs = np.where(kept | ~np.isfinite(found), outputs, found)
    return outputs


def digits(program: Program, rows: Sequence[Sequence[float]], deadline: float) -> Array:
    """The outputs of a program for each row of inputs, computed with 50 digits; nan where that fails.

    Raises OutOfTimeError.
    """
    job = {
        "task": "evaluate",
        "instructions": program.instructions,
        "outputs": program.outputs,
        "rows": [[float(x) for x in row] for row in rows],
    }
    found = worker.ask(job, deadline)
    return np.array(found.get("rows", np.full((len(rows), len(program.outputs)), np.nan)), dtype=np.float64)


def results(question: Question, formula: Formula, outputs: Array) -> tuple[Array, Mapping[str, Array]]:
    """The witness's value and gradients in their shapes."""
    value = outputs[: len(formula.roots)].reshape(question.value.shape)
    slopes = outputs[len(formula.roots) :]
    gradients = {
        name: slopes[start:stop].reshape(question.inputs[name].shape) for name, (start, stop) in formula.places.items()
    }
    return value, gradients
