"""Claims that hold for symmetric matrices only, or count the entries of one twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.diagnosis.case import Case
from autograd_core.claims.evidence import look
from autograd_core.claims.points import symmetric_points
from autograd_core.claims.problem import Point
from autograd_core.claims.verdict import Diagnosis
from autograd_core.errors import AutogradError

Array = npt.NDArray[Any]

_POINTS = 4
_CONVENTIONS: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    ("G + G.T - diag(G)", lambda g: g + g.T - np.diag(np.diag(g))),
    ("G + G.T", lambda g: g + g.T),
    ("(G + G.T)/2", lambda g: (g + g.T) / 2),
)


def explain(case: Case) -> Iterator[Diagnosis]:
    """The claim is right when a matrix is symmetric, or is the gradient by the convention for symmetric matrices."""
    formula = case.evidence.formula
    square = [
        name
        for name, array in case.problem.inputs.items()
        if array.ndim == 2 and array.shape[0] == array.shape[1] > 1 and name in case.problem.program.variables
    ]
    if formula is None or not square:
        return
    points = symmetric_points(case.problem, _POINTS, 0, square)
    if len(points) < 2:
        return
    if all(look(case.evidence.claim, formula, point, case.evidence.tolerance).agrees for point in points):
        names = square
        for name in square if len(square) > 1 else []:
            alone = symmetric_points(case.problem, _POINTS, 0, [name])
            if all(look(case.evidence.claim, formula, point, case.evidence.tolerance).agrees for point in alone):
                names = [name]
                break
        verb = "is" if len(names) == 1 else "are"
        yield Diagnosis("symmetric", f"right only when {' and '.join(names)} {verb} symmetric")
        return
    if case.name in square:
        for words, convention in _CONVENTIONS:
            if all(_follows(case, point, convention) for point in points):
                yield Diagnosis(
                    "symmetric",
                    f"the convention for symmetric matrices: the claim is {words} for the gradient G in which every "
                    f"entry of {case.name} varies by itself, as in PyTorch",
                )
                return


def _follows(case: Case, point: Point, convention: Callable[[Array], Array]) -> bool:
    assert case.evidence.formula is not None
    try:
        value = point.evaluate(case.evidence.formula)
    except AutogradError:
        return False
    return case.same(value, convention(point.truth(case.name)))
