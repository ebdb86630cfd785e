"""The right formulas, each proved as a claim would be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from autograd_core.claims.compare import Tolerance
from autograd_core.claims.problem import Point, Problem
from autograd_core.claims.targets import gradient_of
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Expr
from autograd_core.expr.parser import Source, read
from autograd_core.formula import closed_forms


class Answer(NamedTuple):
    """The right formula of a gradient: as text, as it is read, and as an expression."""

    text: str
    source: Source
    formula: Expr


def right_formulas(problem: Problem, given: Point, names: Sequence[str], seconds: float) -> dict[str, Answer]:
    """The closed forms of gradients that give them when they are read as a claim, by name."""
    variables = problem.program.variables
    names = [name for name in names if name in variables]
    if not names:
        return {}
    truths = {name: gradient_of(problem, name).truth(given) for name in names}
    forms = closed_forms(
        problem.result,
        variables,
        {name: problem.inputs[name] for name in variables},
        names,
        truths,
        weights=None if problem.weights is None and problem.result.shape == () else np.asarray(given.weights),
        labels=problem.program.labels,
        names=(problem.f, problem.v),
        seconds=seconds,
    )
    found: dict[str, Answer] = {}
    for name, form in forms.items():
        if form.text is None:
            continue
        try:
            source = read(form.text)
            formula = problem.formula(source)
            value = given.evaluate(formula)
        except AutogradError:
            continue
        if value.shape == truths[name].shape and Tolerance(1e-6).near(value, truths[name]).all():
            found[name] = Answer(form.text, source, formula)
    return found
