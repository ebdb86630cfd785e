"""The right formulas, each proved as a claim would be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd_core.claims.compare import Tolerance
from autograd_core.claims.problem import Point, Problem
from autograd_core.claims.targets import gradient_of
from autograd_core.errors import AutogradError
from autograd_core.expr.parser import read
from autograd_core.formula import closed_forms


class Answers:
    """The closed forms of the claimed gradients, searched for when one is first asked for."""

    def __init__(self, problem: Problem, given: Point, names: Sequence[str], seconds: float) -> None:
        self.problem = problem
        self.given = given
        self.seconds = seconds
        self.names = [name for name in names if name in problem.program.variables]
        self.found: dict[str, str] | None = None

    def of(self, name: str) -> str | None:
        """The formula of one gradient; None where there is none."""
        if self.found is None:
            self.found = self._search() if self.names else {}
        return self.found.get(name)

    def _search(self) -> dict[str, str]:
        problem, given = self.problem, self.given
        weights = None if problem.weights is None and problem.result.shape == () else np.asarray(given.weights)
        inputs = {name: problem.inputs[name] for name in problem.program.variables}
        truths = {name: gradient_of(problem, name).truth(given) for name in self.names}
        found = closed_forms(
            problem.result,
            problem.program.variables,
            inputs,
            self.names,
            truths,
            weights=weights,
            labels=problem.program.labels,
            names=(problem.f, problem.v),
            seconds=self.seconds,
        )
        return {
            name: each.text for name, each in found.items() if each.text is not None and self._means(each.text, name)
        }

    def _means(self, text: str, name: str) -> bool:
        """Whether a formula gives the gradient when it is read as a claim."""
        try:
            value = self.given.evaluate(self.problem.formula(read(text)))
        except AutogradError:
            return False
        truth = gradient_of(self.problem, name).truth(self.given)
        return value.shape == truth.shape and bool(Tolerance(1e-6).near(value, truth).all())
