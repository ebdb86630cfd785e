"""Programs that compute a result and its gradients elsewhere, and prove themselves when they are run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.export.code import FreeNames, written
from autograd_core.export.targets import TARGETS, Draft, known_differences
from autograd_core.preflight import refuse_writing
from autograd_core.run import Run

__all__ = ["TARGETS", "export", "refuse_too_long"]

Array = npt.NDArray[Any]

NUMBER = 3_500.0
"""Nanoseconds that it takes to write one number of a program."""


def export(done: Run, target: str, kinks: Iterable[str] = ()) -> str:
    """A program for ``target`` that computes the value and the gradients of a run and asserts its numbers.

    ``kinks`` are sentences about points without a derivative, where libraries other than PyTorch may choose another
    gradient. Raises AutogradError naming an operation that the target has no word for.
    """
    chosen = TARGETS[target]
    refuse_too_long([*done.inputs.values(), done.result.array, *done.gradients.values()])
    differences = (*known_differences(done, target), *(kinks if target in ("jax", "sympy") else ()))
    draft = Draft(done, target, FreeNames(chosen.own.split()), differences)
    return "\n".join(chosen.lines(draft)) + "\n"


def refuse_too_long(arrays: Iterable[Array]) -> None:
    """Raise LimitError where a program with all numbers of these arrays would take too long to write."""
    count = sum(written(np.asarray(array)) for array in arrays)
    refuse_writing(count, NUMBER, "grad with `output r.npz` holds all numbers")
