"""What a claim is about: a gradient, a differential, a Jacobian, a Hessian, or the step of a derivation before it."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.claims.problem import Point, Problem, jacobian
from autograd_core.errors import AutogradError, GradientError, LimitError
from autograd_core.expr.gradient import gradients, simplify_units
from autograd_core.expr.nodes import Const, Expr, Var
from autograd_core.expr.parser import Source, read
from autograd_core.formula import Asked, closed_forms
from autograd_core.ops.registry import op
from autograd_core.ops.spec import Shape

Array = npt.NDArray[Any]

GRADIENT, DIFFERENTIAL, JACOBIAN, HESSIAN, STEP = "gradient", "differential", "jacobian", "hessian", "step"

UNKNOWN_NOISE = 1e-9
"""Rounding of a right value, relative to it, where no expression gives it."""

MAX_ENTRIES, MAX_ROWS = 250_000, 1_000
"""Entries of a Jacobian or Hessian, and rows, above which none is judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The right value of a claim, at any point.

    ``label`` is what stands before the ``=``; ``node`` the input or statement whose gradient is meant, None for what is
    no gradient; ``expr`` the right value as an expression, where there is one; ``root`` what is differentiated by
    ``node`` in full, for a matrix, or along directions, for a differential.
    """

    problem: Problem
    kind: str
    label: str
    shape: Shape
    node: Expr | None = None
    expr: Expr | None = None
    root: Expr | None = None
    known: dict[Point, Array] = field(init=False, default_factory=dict)

    def truth(self, point: Point) -> Array:
        """The right value at a point."""
        if point not in self.known:
            self.known[point] = self._truth(point)
        return self.known[point]

    def _truth(self, point: Point) -> Array:
        if self.kind == GRADIENT:
            return np.zeros(self.shape) if self.node is None else point.grad(self.node)
        if self.root is not None and self.node is not None:
            return jacobian(self.root, self.node, point.extended(self.root))
        return np.zeros(self.shape) if self.expr is None else np.asarray(point.evaluate(self.expr), dtype=np.float64)

    def noise(self, point: Point) -> Array:
        """How far rounding may carry each entry of the right value."""
        if self.root is not None and self.node is not None:
            return point.noise(self.root, self.node)
        if self.expr is None and self.node is not None:
            result, size = self.problem.result, point.weights.size
            rows = point.noise(result, self.node) if size * self.truth(point).size <= MAX_ENTRIES else None
            if rows is None or size > MAX_ROWS:
                return UNKNOWN_NOISE * np.abs(self.truth(point))
            return np.tensordot(np.abs(point.weights), rows, axes=point.weights.ndim)
        return np.zeros(self.shape) if self.expr is None else point.noise(self.expr)

    @property
    def words(self) -> str:
        """What is claimed, in words."""
        return f"the {self.kind} of {self.label}" if self.kind in (GRADIENT, DIFFERENTIAL) else f"the {self.kind}"


def gradient_of(problem: Problem, name: str) -> Target:
    """The gradient of an input or of a statement."""
    known = name in problem.program.variables or name in problem.program.named
    node = problem.target(name) if known else None
    return Target(problem, GRADIENT, name, problem.shape(name), node, problem.slope(name))


def target_of(problem: Problem, kind: str, names: Sequence[str], label: str, used: Collection[str]) -> Target:
    """What a claim of a kind is about; the inputs move along those directions ``dx`` of a differential that are used.

    Raises GradientError for the Hessian of several entries without weights, LimitError for what is too large.
    """
    name, rows, columns = names[0], problem.result.shape, names[-1]
    if kind == GRADIENT:
        return gradient_of(problem, name)
    if kind == DIFFERENTIAL:
        return _differential(problem, label, problem.program.named.get(name, problem.result), used)
    root: Expr | None = problem.result
    if kind == HESSIAN:
        if problem.weights is None and problem.result.shape != ():
            raise GradientError("the Hessian is that of one number, and the result has several entries", code="AG201")
        slope, rows = problem.slope(name), problem.shape(name)
        root = None if slope is None else simplify_units([slope])[id(slope)]
        label = name if name == columns else label
    shape, height = (*rows, *problem.shape(columns)), math.prod(rows)
    if math.prod(shape) > MAX_ENTRIES or height > MAX_ROWS:
        raise LimitError(
            f"the {kind} has {math.prod(shape):,} entries in {height:,} rows; claims are judged up to "
            f"{MAX_ENTRIES:,} entries and {MAX_ROWS:,} rows",
            code="AG801",
            hint="smaller inputs show the same mistake",
        )
    return Target(problem, kind, label, shape, problem.target(columns), root=root)


def _differential(problem: Problem, label: str, root: Expr, directions: Collection[str]) -> Target:
    """The change of ``root`` to first order when the inputs move along ``directions``."""
    seed = Var("", root.shape)
    total: Any = None
    for var, slope in gradients(root, seed, exact=True).items():
        if f"d{var.name}" in directions:
            term = op.sum(slope * problem.directions[f"d{var.name}"])
            total = term if total is None else total + term
    found = None if total is None else gradients(total, exact=True).get(seed)
    expr = Const(np.zeros(root.shape)) if found is None else found
    return Target(problem, DIFFERENTIAL, label, root.shape, expr=expr, root=root)


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
    inputs = {name: problem.inputs[name] for name in variables}
    weights = None if problem.weights is None and problem.result.shape == () else np.asarray(given.weights)
    asked = Asked(problem.result, variables, inputs, truths, problem.program.labels, weights, problem.f, problem.v)
    forms = closed_forms(asked, seconds)
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
        if value.shape == truths[name].shape and np.allclose(value, truths[name], 1e-6, 0, equal_nan=True):
            found[name] = Answer(form.text, source, formula)
    return found
