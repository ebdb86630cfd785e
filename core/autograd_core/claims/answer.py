"""The right formulas, each proved as a claim would be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Tolerance
from autograd_core.claims.problem import Point, Problem
from autograd_core.claims.targets import gradient_of
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Expr
from autograd_core.expr.parser import Source, read
from autograd_core.formula import closed_forms

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The right formula of a gradient: as text, as it is read, and as an expression."""

    text: str
    source: Source
    formula: Expr


class Answers:
    """The closed forms of the claimed gradients, searched for when one is first asked for."""

    def __init__(self, problem: Problem, given: Point, names: Sequence[str], seconds: float) -> None:
        self.problem = problem
        self.given = given
        self.seconds = seconds
        self.names = [name for name in names if name in problem.program.variables]
        self.found: dict[str, Answer] | None = None

    def of(self, name: str) -> Answer | None:
        """The formula of one gradient; None where there is none."""
        if self.found is None:
            self.found = self._search() if self.names else {}
        return self.found.get(name)

    def _search(self) -> dict[str, Answer]:
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
        answers = {name: self._proved(each.text, truths[name]) for name, each in found.items() if each.text is not None}
        return {name: answer for name, answer in answers.items() if answer is not None}

    def _proved(self, text: str, truth: Array) -> Answer | None:
        """A formula that gives the gradient when it is read as a claim."""
        try:
            source = read(text)
            formula = self.problem.formula(source)
            value = self.given.evaluate(formula)
        except AutogradError:
            return None
        right = value.shape == truth.shape and bool(Tolerance(1e-6).near(value, truth).all())
        return Answer(text, source, formula) if right else None
