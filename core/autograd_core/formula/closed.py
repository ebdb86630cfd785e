"""Closed forms: from a result and its inputs to one formula for each variable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.errors import AutogradError
from autograd_core.expr.gradient import gradients as expressions
from autograd_core.expr.nodes import Call, Expr, Var, topological
from autograd_core.expr.text import write
from autograd_core.formula.axes import exactly, led
from autograd_core.formula.name import name_parts, with_result
from autograd_core.formula.normal import Converter
from autograd_core.formula.rules import simplify
from autograd_core.formula.share import shared
from autograd_core.formula.spell import Speller
from autograd_core.formula.terms import Table, Term
from autograd_core.formula.verify import Point, holds, measure, random_points

Array = npt.NDArray[Any]

MAX_FORMULA = 1_200
"""Characters of a formula that is printed; a longer one helps nobody and the reason is given instead."""


F_SAVES = 10
"""Characters that ``f`` for the result must save to be used."""


@dataclass(frozen=True, slots=True)
class Level:
    """How boldly a formula is simplified: exact rules or the textbook's, without ties or with, rewritten or not."""

    exact: bool
    lean: bool
    simpler: bool


LEVELS = (Level(False, True, True), Level(False, False, True), Level(True, False, True), Level(True, False, False))
"""What is tried, in this order, until the numbers agree: kinks and ties at the given point need the exact rules."""


@dataclass(frozen=True, slots=True)
class Formula:
    """The closed form of one gradient.

    ``text`` is in the language, helpers first; ``expr`` the last statement and ``helpers`` the named ones before it, in
    which a name stands as a variable. Without a formula they are None and ``reason`` says why in words.
    """

    text: str | None
    reason: str | None = None
    expr: Expr | None = None
    helpers: tuple[tuple[str, Expr], ...] = ()


def bound_names(variables: Iterable[str]) -> tuple[str, str]:
    """The names of the result and of the grad tensor: f and v, with ``_`` where a variable has that name."""
    taken = set(variables)
    found = []
    for name in ("f", "v"):
        while name in taken:
            name += "_"
        found.append(name)
    return found[0], found[1]


def closed_forms(
    result: Expr,
    variables: Mapping[str, Var],
    inputs: Mapping[str, Array],
    wanted: Sequence[str],
    gradients: Mapping[str, Array],
    *,
    weights: Array | None = None,
) -> Mapping[str, Formula]:
    """A formula for the gradient of ``result`` with respect to each wanted variable, or the reason why there is none.

    ``weights`` is the grad tensor, in the shape of the result, None for the number 1; ``gradients`` are the engine's
    numbers, which each formula must reproduce.
    """
    try:
        return Search(result, variables, inputs, list(wanted), gradients, weights).formulas()
    except AutogradError as error:
        return {name: Formula(None, error.message) for name in wanted}


class Search:
    """The search for the formulas of one result."""

    def __init__(
        self,
        result: Expr,
        variables: Mapping[str, Var],
        inputs: Mapping[str, Array],
        wanted: list[str],
        gradients: Mapping[str, Array],
        weights: Array | None,
    ) -> None:
        self.result = shared(result)
        self.variables = variables
        self.inputs = {name: np.asarray(array, dtype=np.float64) for name, array in inputs.items()}
        self.wanted = wanted
        self.weights = None if weights is None else np.asarray(weights, dtype=np.float64)
        self.f, self.v = bound_names(variables)
        self.given = gradients
        self.points: list[Point] | None = None

    def formulas(self) -> dict[str, Formula]:
        """A formula or a reason for each wanted variable."""
        found: dict[str, Formula] = {}
        for level in LEVELS:
            left = [name for name in self.wanted if name not in found or found[name].text is None]
            if not left:
                break
            for name, formula in self.attempt(left, level):
                if name not in found or formula.text is not None:
                    found[name] = formula
        return {name: found[name] for name in self.wanted}

    def attempt(self, left: list[str], level: Level) -> Iterator[tuple[str, Formula]]:
        """A formula for each variable, or what is wrong with it."""
        table = Table()
        table.lean = level.lean
        converter = Converter(table, self.result.number)
        seed = None if self.weights is None else Var(self.v, self.result.shape)
        grads = {var.name: grad for var, grad in expressions(self.result, seed, exact=level.exact).items()}
        names = [name for name in left if name in grads]
        labelled = [node for node in topological([self.result]) if isinstance(node, Call) and node.label]
        own = converter.convert([self.result, *labelled])
        terms = converter.convert([grads[name] for name in names])
        simple = simplify(table, [*own, *terms]) if level.simpler else {t: t for t in (*own, *terms)}
        by_name = {name: simple[term] for name, term in zip(names, terms, strict=True)}
        labels = {simple[term]: str(node.label) for node, term in zip(labelled, own[1:], strict=True)}
        whole = simple[own[0]] if own[0].shape == self.result.shape else None
        for name in left:
            yield name, self.written(table, by_name.get(name, table.zero), name, whole, labels)

    def written(self, table: Table, term: Term, name: str, whole: Term | None, labels: Mapping[Term, str]) -> Formula:
        """The text of one term, if it stands the test."""
        shape = self.variables[name].shape
        root = exactly(table, led(table, term, shape), shape)
        formula = self.spelled(table, root, name, labels)
        if whole is not None and whole.kind not in ("var", "num"):
            f = table.var(self.f, whole.shape)
            short = with_result(table, root, whole, f)
            if short is not root:
                other = self.spelled(table, simplify(table, [short])[short], name, labels)
                saves = len(formula.text or "") - len(other.text or "")
                if saves >= (3 * F_SAVES if short is f else F_SAVES):
                    formula = other
        assert formula.text is not None
        if len(formula.text) > MAX_FORMULA:
            return Formula(None, f"the formula is longer than {MAX_FORMULA:,} characters")
        return formula if self.proved(formula.text, name) else Formula(None, self.doubt(name))

    def spelled(self, table: Table, root: Term, name: str, labels: Mapping[Term, str]) -> Formula:
        """One term as text, with the parts that are worth a name before it."""
        names, helpers = name_parts(root, labels, {*self.variables, self.f, self.v, *labels.values()})
        speller = Speller(table, names, {root.shape: name})
        statements = tuple((names[helper], speller.spell(helper)) for helper in helpers)
        expr = speller.spell(root)
        most = MAX_FORMULA + 1
        text = "; ".join([*(f"{n} = {write(e, most=most)}" for n, e in statements), write(expr, most=most)])
        return Formula(text, None, expr, statements)

    def proved(self, text: str, name: str) -> bool:
        """Whether a text gives the engine's gradient at every point."""
        for point in self.measured():
            bound = {**point.inputs, self.f: point.value}
            if point.weights is not None:
                bound[self.v] = point.weights
            if not holds(text, bound, point.gradients[name]):
                return False
        return True

    def doubt(self, name: str) -> str:
        """Why there is no formula: the numbers differ."""
        if not np.isfinite(self.given[name]).all():
            return "the gradient is not finite here; a simplified formula gives other numbers"
        return "the simplified formula does not give the computed numbers here"

    def measured(self) -> list[Point]:
        """The given point and a random one; in float32 the engine is run again, in float64."""
        if self.points is None:
            double = all(np.asarray(g).dtype == np.float64 for g in self.given.values())
            here = measure(self.result, self.inputs, self.weights, self.wanted)
            if double:
                here = Point(here.inputs, here.weights, here.value, self.given)
            self.points = [here, *random_points(self.result, self.inputs, self.weights, self.wanted)]
        return self.points
