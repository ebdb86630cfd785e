"""Carries out instructions (see ``autograd_core.symbolic``) on NumPy arrays.

The functions are NumPy's and the standard library's, not the engine's: a wrong forward of the engine shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.symbolic import worker
from autograd_core.symbolic.instructions import LIBRARY, carry_out, table
from autograd_core.symbolic.script import Script

Array = npt.NDArray[Any]


REFINED = 200
"""Entries up to which they are computed once more with 50 digits."""


@dataclass(frozen=True, slots=True)
class InstructionProgram:
    """Instructions in order, and the numbers of those whose results are wanted."""

    instructions: Sequence[tuple[Any, ...]]
    outputs: Sequence[int]

    def known(self, entries: int) -> bool:
        """Whether so many entries have numbers."""
        return entries <= REFINED or all(name not in BY_DIGITS for name, *_ in self.instructions)

    def run(
        self, inputs: Sequence[Any], shape: tuple[int, ...], clock: worker.Clock, *, exact: bool = False
    ) -> list[Any]:
        """The outputs for inputs that broadcast to a shape; with 50 digits all where ``exact``, and what is not finite.

        An overflow on the way is so told from a value that does not exist, and what cancels from what is there. Where
        there are more than ``REFINED`` such entries, all outputs stay as they are. Raises OutOfTimeError.
        """
        clock.tick()
        with np.errstate(all="ignore"):
            outputs = carry_out(self.instructions, self.outputs, inputs, FUNCTIONS, lambda value, *_: np.float64(value))
        if not exact and all(np.isfinite(output).all() for output in outputs):
            return outputs
        with np.errstate(all="ignore"):
            bad = np.full(shape, exact) | ~np.isfinite(sum(np.broadcast_to(output, shape) for output in outputs))
            for given in inputs:
                bad &= np.broadcast_to(np.isfinite(given), shape)
        places = np.flatnonzero(bad)
        if not 0 < places.size <= REFINED:
            return outputs
        columns = [np.broadcast_to(given, shape).reshape(-1)[places].tolist() for given in inputs]
        rows = [[column[row] for column in columns] for row in range(places.size)]
        job = {"task": "evaluate", "instructions": self.instructions, "outputs": self.outputs, "rows": rows}
        exact_rows = worker.ask(job, clock).get("rows")
        if exact_rows is None:
            return outputs
        found = np.array(exact_rows, dtype=np.float64)
        whole = [np.array(np.broadcast_to(output, shape), dtype=np.float64).reshape(-1) for output in outputs]
        for output, numbers in zip(whole, found.T, strict=True):
            known = np.isfinite(numbers)
            output[places[known]] = numbers[known]
        return [output.reshape(shape) for output in whole]


def differentiate(
    script: Script,
    roots: Sequence[int],
    weights: Sequence[float],
    paths: Sequence[Sequence[int]],
    clock: worker.Clock,
    seconds: float = math.inf,
) -> InstructionProgram | str:
    """SymPy's program for the formulas ``roots`` and the derivatives of their weighted sum, or why there is none.

    A derivative is taken along a path: by symbols, one after the other. Where the ``seconds`` do not last for all of
    them the program has the outputs for the first ones alone, and at least for the formulas. What is asked again is
    remembered by the clock. Raises OutOfTimeError.
    """
    job = {"task": "derive", "lines": script.lines, "roots": roots, "weights": weights, "paths": paths}
    key = repr(job)
    if key not in clock.answers:
        clock.answers[key] = worker.ask(job, clock, seconds)
    found = clock.answers[key]
    if "failed" not in found and len(found["outputs"]) < len(roots):
        return worker.TOO_LONG
    return found["failed"] if "failed" in found else InstructionProgram(**found)


def _each(function: Callable[[float], float]) -> Callable[[Any], Any]:
    """A function of the standard library, entry by entry; nan where it has no value."""

    def apply(x: float) -> float:
        try:
            return function(x)
        except (ValueError, OverflowError):
            return math.nan

    ufunc = np.frompyfunc(apply, 1, 1)
    return lambda x: np.asarray(ufunc(np.asarray(x, dtype=np.float64)), dtype=np.float64)


OTHERWISE = {"ceiling": "ceil", "pow": "power", "negation": "logical_not", **{f"a{f}": f"arc{f}" for f in (
    "cos", "cosh", "sin", "sinh", "tan", "tan2", "tanh"
)}}  # fmt: skip
"""What NumPy calls the functions that have another name with it."""

BY_DIGITS = ("erfinv", "polygamma")
"""Functions that neither NumPy nor the standard library has: they are nan here, and then computed with 50 digits."""

_OWN = {
    **{name: _each(getattr(math, name)) for name in ("erf", "erfc", "gamma")},
    "loggamma": _each(math.lgamma),
    "sinc": lambda x: np.where(np.equal(x, 0), 1.0, np.sin(x) / x),
    **dict.fromkeys(BY_DIGITS, lambda *given: sum(given) * math.nan),
}
FUNCTIONS = table(
    SimpleNamespace(**{name: _OWN.get(name) or getattr(np, OTHERWISE.get(name, name)) for name in LIBRARY})
)
