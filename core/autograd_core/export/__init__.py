"""Programs that compute a result and its gradients elsewhere, and prove themselves when they are run."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_core.export.code import FreeNames
from autograd_core.export.draft import Draft
from autograd_core.export.targets import TARGETS, known_differences
from autograd_core.run import Run

__all__ = ["TARGETS", "export"]


def export(done: Run, target: str, kinks: Iterable[str] = ()) -> str:
    """A program for ``target`` that computes the value and the gradients of a run and asserts its numbers.

    ``kinks`` are sentences about points without a derivative, where libraries other than PyTorch may choose another
    gradient. Raises AutogradError naming an operation that the target has no word for.
    """
    chosen = TARGETS[target]
    differences = (*known_differences(done, target), *(kinks if target in ("jax", "sympy") else ()))
    draft = Draft(done, target, FreeNames(chosen.own.split()), differences)
    return "\n".join(chosen.lines(draft)) + "\n"
