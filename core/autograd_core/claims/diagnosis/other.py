"""The claim is right, for another variable."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy.typing as npt

from autograd_core.claims.diagnosis.case import Case, Look
from autograd_core.claims.verdict import Diagnosis

Array = npt.NDArray[Any]


def explain(case: Case) -> Iterator[Diagnosis]:
    """The claim is the gradient of another input or of a named statement, or no gradient at all."""
    if not case.telling:
        return
    yield from _gradient_of_another(case, 1.0, "")
    target = case.evidence.target
    if target is not None and case.explains(lambda look: look.point.values[target]):
        yield Diagnosis("value", f"this is {case.name} itself, not its gradient")
    if case.explains(lambda look: look.point.values[case.problem.result]):
        yield Diagnosis("value", "this is the value of the expression, not its gradient")


def negated(case: Case) -> Iterator[Diagnosis]:
    """The claim is the gradient of another variable, and the sign is wrong besides."""
    if case.telling:
        yield from _gradient_of_another(case, -1.0, ", with the wrong sign")


def _truth(name: str, sign: float, look: Look) -> Array:
    return sign * look.point.truth(name)


def _gradient_of_another(case: Case, sign: float, words: str) -> Iterator[Diagnosis]:
    program = case.problem.program
    for name in (*program.variables, *program.named):
        if name == case.name or not any(look.point.truth(name).any() for look in case.looks):
            continue
        if case.explains(partial(_truth, name, sign)):
            yield Diagnosis("other-variable", f"this is the gradient of {name}{words}, not of {case.name}")
