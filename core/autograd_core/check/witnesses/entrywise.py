"""Entrywise: one symbol for each entry of each input, and SymPy's derivative by each.

The most independent witness: nothing but SymPy's own rules is used, also across sums and products of matrices. What it
takes grows with the square of the entries, so that it gets a part of the time alone: what is found in it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.comparison import WitnessResult, lost
from autograd_core.check.kinks import corners
from autograd_core.check.question import Question
from autograd_core.dataclass import dataclass
from autograd_core.expr.nodes import topological
from autograd_core.expr.run import evaluate
from autograd_core.symbolic.program import InstructionProgram, differentiate
from autograd_core.symbolic.script import NoMeaningError, Script, Symbolic
from autograd_core.symbolic.worker import Clock, OutOfTimeError

Array = npt.NDArray[Any]

MAX_ENTRIES = 1_000
"""Entries of all nodes that are written down at most."""

MAX_LINES = 300
"""Lines of a formula over all entries: what is longer SymPy rarely differentiates in the time."""

SHORT = 500
"""Instructions of a program up to which it is carried out with 50 digits, too."""

ALL, HIGHER = 1 / 4, 1 / 8
"""The part of the time left for a check that SymPy may take for all entries at once, and for higher derivatives: what
speaks of these instead tells less.
"""


@dataclass()
class EntryFormula:
    """The expression written out: a script, the lines of the result's entries, and the inputs, rounded, in order."""

    script: Script
    roots: list[int]
    weights: list[float]
    inputs: list[float]
    rounding: float
    places: dict[str, tuple[int, int]]


def size(question: Question) -> int:
    """The entries of all nodes that depend on a wanted input: what writing down would cost."""
    return sum(max(int(np.prod(node.shape)), 1) for node in topological([question.result]) if node.depends)


def write_down(question: Question, most: int) -> EntryFormula:
    """The expression over one symbol for each entry of the wanted inputs.

    Raises NoMeaningError where an operation cannot be written down, or in no more than ``most`` lines.
    """
    script = Script(most)
    values: dict[str, Any] = {}
    numbers: list[float] = []
    places: dict[str, tuple[int, int]] = {}
    for name in question.variables:
        array = values[name] = np.asarray(question.inputs[name], dtype=np.float64)
        if name in question.wanted:
            entries, start = array.astype(object), len(numbers)
            for index in np.ndindex(array.shape):
                entries[index] = script.symbol()
                numbers.append(float(array[index]))
            places[name] = (start, len(numbers))
            values[name] = Symbolic(script, entries)
    made = evaluate([question.result], values)[question.result]
    weights, rounding = question.weights.reshape(-1).tolist(), float(np.finfo(np.asarray(question.value).dtype).eps)
    return EntryFormula(script, script.roots(made), weights, numbers, rounding, places)


def evaluated(
    formula: EntryFormula, program: InstructionProgram, clock: Clock, *, exact: bool = False
) -> tuple[Array, Array]:
    """All outputs of the program, with 50 digits where ``exact``, and how far rounding of the inputs moves them.

    Of a short program those have 50 digits too where floats have lost theirs: the engine may cancel alike. Values that
    the formula begins with are left alone. What moves the outputs of a long one is not known: inf, as for what is 0.
    Raises OutOfTimeError.
    """
    inputs = np.array(formula.inputs)

    def run(exact: bool, *points: Array) -> Array:
        outputs = program.run([*np.transpose(points)], (len(points),), clock, exact=exact)
        found = [np.broadcast_to(each, len(points)) for each in outputs]
        return np.array(found, dtype=np.float64).reshape(len(outputs), len(points)).T

    (found,) = run(exact, inputs)
    if len(program.instructions) > SHORT:
        return found, np.full(found.shape, np.inf)
    digits, nearby = run(True, inputs, inputs * (1 + formula.rounding * np.cos(np.arange(inputs.size))))
    wrong = lost(found, digits)
    wrong[: len(formula.roots)] = False
    found[wrong] = digits[wrong]
    with np.errstate(all="ignore"):
        return found, np.where(digits == 0, np.inf, np.abs(nearby - digits))


def derived(
    question: Question, clock: Clock, share: float, paths_of: Callable[[EntryFormula], list[list[int]]]
) -> tuple[EntryFormula, InstructionProgram, bool] | None:
    """SymPy's derivatives along paths of symbols, found in a share of the time; None where they are not possible.

    The last part says whether there was time for all of them. Raises OutOfTimeError.
    """
    if size(question) > MAX_ENTRIES:
        return None
    try:
        formula = write_down(question, MAX_LINES)
    except NoMeaningError:
        return None
    paths = paths_of(formula)
    found = differentiate(formula.script, formula.roots, formula.weights, paths, clock, clock.left * share)
    return None if isinstance(found, str) else (formula, found, len(found.outputs) == len(formula.roots) + len(paths))


def gradients(question: Question, clock: Clock, *, exact: bool = False) -> WitnessResult | None:
    """The value and every gradient, each entry by its own symbol, as far as the time lasts; None if not possible."""
    try:
        answer = derived(question, clock, ALL, lambda formula: [[i] for i in range(len(formula.inputs))])
        if answer is None:
            return None
        formula, program, whole = answer
        found, moved = evaluated(formula, program, clock, exact=exact)
        value, slopes = np.split(found, [len(formula.roots)])
    except OutOfTimeError:
        return None
    known = np.arange(len(formula.inputs)) < slopes.size
    slopes = np.concatenate([slopes, np.full(known.size - slopes.size, np.nan)])
    moved = np.concatenate([moved[len(formula.roots) :], np.full(known.size - known.sum(), np.inf)])
    result = WitnessResult("sympy", value.reshape(question.value.shape))
    for name, (start, stop) in formula.places.items():
        shape = question.inputs[name].shape
        result.gradients[name] = slopes[start:stop].reshape(shape)
        result.moved[name] = moved[start:stop].reshape(shape)
        result.compared[name] = whole or known[start:stop].reshape(shape)
    return result


def higher(
    question: Question, clock: Clock, path: Sequence[str] = ()
) -> tuple[EntryFormula, InstructionProgram] | None:
    """SymPy's higher derivatives of a number, None where they are not possible, and at a kink; raises OutOfTimeError.

    Those along a ``path`` of inputs of one entry, of which each step is a derivative, or for an empty path all second
    ones, the upper triangle row by row.
    """

    def paths(formula: EntryFormula) -> list[list[int]]:
        many, steps = range(len(formula.inputs)), [formula.places[name][0] for name in path]
        return [steps[: k + 1] for k in range(len(steps))] if path else [[i, j] for i in many for j in many[i:]]

    answer = None if corners(question) else derived(question, clock, HIGHER, paths)
    if answer is None or not answer[2]:
        return None
    value = evaluated(*answer[:2], clock)[0][0]
    return answer[:2] if np.allclose(value, question.value, question.rtol, question.atol, equal_nan=True) else None


def chosen(values: npt.NDArray[np.float64], count: int) -> list[tuple[int, ...]]:
    """The places of the extremes, the first and the last entry, and others between."""
    if not values.size:
        return []
    flat = np.nan_to_num(values.reshape(-1))
    places = [int(np.argmax(flat)), int(np.argmin(flat)), 0, flat.size - 1, int(np.argmin(np.abs(flat)))]
    places += np.linspace(0, flat.size - 1, count).astype(int).tolist()
    unique = list(dict.fromkeys(places))[:count]
    return [tuple(int(i) for i in np.unravel_index(place, values.shape)) for place in unique]
