"""Single entries: one symbol, all else numbers, where an operation has nothing but a tangent rule of its own.

The samples are spread over a variable and include its extremes. They prove the tangent rule at these entries; all
others are covered by projections.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from autograd_core.check import elements
from autograd_core.check.clock import Clock
from autograd_core.check.question import Question
from autograd_core.check.worker import OutOfTimeError
from autograd_core.errors import AutogradError
from autograd_core.symbolic.script import NoMeaningError

Array = npt.NDArray[np.bool_]

COUNT = 6
MAX_ENTRIES = 20_000
"""Entries of all nodes up to which a sample is taken: the entries that do not vary are handled one by one too."""

SECONDS = 0.25
"""What SymPy may take for one sample; its estimate, which is high here, may be ESTIMATED."""

ESTIMATED = 2.0


def chosen(values: npt.NDArray[np.float64], count: int = COUNT) -> list[tuple[int, ...]]:
    """The places of the extremes, the first and the last entry, and others between."""
    if not values.size:
        return []
    flat = np.nan_to_num(values.reshape(-1))
    places = [int(np.argmax(flat)), int(np.argmin(flat)), 0, flat.size - 1, int(np.argmin(np.abs(flat)))]
    places += np.linspace(0, flat.size - 1, count).astype(int).tolist()
    unique = list(dict.fromkeys(places))[:count]
    return [tuple(int(i) for i in np.unravel_index(place, values.shape)) for place in unique]


def compare(
    question: Question, name: str, witness: npt.NDArray[np.float64], clock: Clock, *, exact: bool = False
) -> Array:
    """Marks the entries whose derivative SymPy finds by one symbol; its numbers take the place of the witness's.

    Ends early where SymPy cannot, or where the time does not last.
    """
    marked = np.zeros(witness.shape, dtype=bool)
    if elements.size(question) > MAX_ENTRIES:
        return marked
    for index in chosen(np.asarray(question.inputs[name], dtype=np.float64)):
        if clock.left < SECONDS:
            break
        try:
            formula = elements.write_down(question, (name, index))
            if elements.cost(formula, 12) > ESTIMATED:
                break
            program = elements.ask(formula, clock, SECONDS)
            if program is None:
                break
            outputs = elements.evaluated(formula, program, clock.deadline, exact=exact)
        except (NoMeaningError, AutogradError, OutOfTimeError):
            break
        marked[index] = True
        witness[index] = outputs[-1]
    return marked
