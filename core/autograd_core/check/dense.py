"""Small operations that are neither elementwise nor linear: their whole Jacobian by SymPy, entry by entry.

A determinant of three rows, a solved pair of equations, a median of five: each entry of the operands is a symbol, each
entry of the result a formula. What is larger has its own tangent rule (``check.linear``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check import worker
from autograd_core.check.clock import Clock
from autograd_core.check.elements import MAX_LINES, Formula, cost
from autograd_core.check.kernels import refined
from autograd_core.check.program import Program
from autograd_core.check.steps import Step
from autograd_core.ops.spec import Shape
from autograd_core.records import record
from autograd_core.symbolic.arrays import Symbolic
from autograd_core.symbolic.script import NoMeaningError, Script, Term

Array = npt.NDArray[Any]

MAX_PARTS = 40
"""Entries of the operands, and of the result, up to which the whole Jacobian is found."""

MAX_SECONDS = 3.0
"""What SymPy may take by the estimate, which counts shared parts each time and is far too high for most."""

SHARE = 0.4
"""Seconds after which SymPy gives up."""

NESTING = 8


@record(slots=True)
class Dense:
    """The Jacobian of one step.

    ``places`` gives for each moving operand its columns, ``shapes`` its shape; ``inputs`` are the entries of all
    operands that are symbols, in order. ``matrix`` holds the numbers once ``evaluate`` was called, computed with 50
    digits where ``exact``.
    """

    shape: Shape
    program: Program
    places: dict[int, slice]
    shapes: dict[int, Shape]
    matrix: Array
    exact: bool = False

    def evaluate(self, operands: Sequence[Array], clock: Clock, noise: Any = None) -> Array:
        """The value of the result; the Jacobian is kept.

        Raises OutOfTimeError.
        """
        inputs: list[Any] = [np.float64(x) for position in self.places for x in operands[position].reshape(-1)]
        made = self.program.run(inputs, noise)
        outputs = np.array([float(x) for x in refined(self.program, inputs, made, (), clock, exact=self.exact)])
        size = math.prod(self.shape)
        self.matrix = outputs[size:].reshape(size, len(inputs))
        return outputs[:size].reshape(self.shape)

    def pulled(self, g: Array) -> list[tuple[int, Array]]:
        """What each moving operand receives."""
        with np.errstate(all="ignore"):
            whole = np.broadcast_to(g, self.shape).reshape(-1) @ self.matrix
        return [(position, whole[part].reshape(self.shapes[position])) for position, part in self.places.items()]

    def pushed(self, tangents: Sequence[Array | None]) -> Array:
        """The tangent of the result."""
        moved = np.zeros(self.matrix.shape[1])
        for position, part in self.places.items():
            if (one := tangents[position]) is not None:
                moved[part] = np.asarray(one).reshape(-1)
        with np.errstate(all="ignore"):
            made: Array = (self.matrix @ moved).reshape(self.shape)
        return made


def small(
    step: Step, operands: Sequence[Array], moving: Sequence[int], clock: Clock, *, exact: bool = False
) -> Dense | None:
    """The Jacobian of a step, None where it is too large or has no meaning in SymPy.

    Raises OutOfTimeError.
    """
    assert step.op is not None
    if sum(operands[position].size for position in moving) > MAX_PARTS or math.prod(step.shape) > MAX_PARTS:
        return None
    script = Script(MAX_LINES)
    places: dict[int, slice] = {}
    given: list[Any] = list(operands)
    begun = 0
    for position in moving:
        given[position] = Symbolic(script, script.symbols(operands[position].shape))
        places[position] = slice(begun, begun + operands[position].size)
        begun += operands[position].size
    try:
        made = step.op(*given, **step.params)
    except NoMeaningError:
        return None
    roots = [(e if isinstance(e, Term) else script.number(e)).at for e in made.entries.reshape(-1)]
    by = list(range(begun))
    if cost(Formula(script, roots, [], [], {}), NESTING) > MAX_SECONDS:
        return None
    share = min(SHARE, clock.left / 4)
    if share <= 0:
        return None
    job = {"task": "jacobian", "lines": script.lines, "roots": roots, "by": by, "seconds": share}
    found = worker.ask(job, clock.deadline)
    if "failed" in found:
        return None
    program = Program(found["instructions"], found["outputs"])
    shapes = {position: operands[position].shape for position in moving}
    dense = Dense(step.shape, program, places, shapes, np.zeros((len(roots), begun)), exact)
    value = dense.evaluate(operands, clock)
    return dense if np.isfinite(value).all() and np.isfinite(dense.matrix).all() else None
