"""Closed forms: from a result and its inputs to one formula for each variable."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.errors import AutogradError
from autograd_core.expr.evaluate import evaluate
from autograd_core.expr.gradient import gradients as expressions
from autograd_core.expr.nodes import Expr, Var, topological
from autograd_core.expr.statements import bound_names
from autograd_core.expr.text import write
from autograd_core.formula.axes import exactly, led
from autograd_core.formula.name import name_parts, with_result
from autograd_core.formula.normal import Converter
from autograd_core.formula.rules import simplify
from autograd_core.formula.share import shared
from autograd_core.formula.spell import Speller
from autograd_core.formula.terms import MAX_SECONDS, Table, Term, TooLargeError, under
from autograd_core.formula.verify import Point, holds, largest, measure, random_points, read_back
from autograd_core.ops.spec import Shape
from autograd_core.records import record

Array = npt.NDArray[Any]

MAX_FORMULA = 1_200
"""Characters of a formula that is printed; a longer one helps nobody and the reason is given instead."""


PASSES = 4
"""What the proof of a formula takes, counted in passes forward and backward."""

F_SAVES = 10
"""Characters that ``f`` for the result must save to be used."""


@record(frozen=True, slots=True)
class Level:
    """How boldly a formula is simplified: exact rules or the textbook's, without ties or with, rewritten or not."""

    exact: bool
    lean: bool
    simpler: bool


LEVELS = (Level(False, True, True), Level(False, False, True), Level(True, False, True), Level(True, False, False))
"""What is tried, in this order, until the numbers agree: kinks and ties at the given point need the exact rules."""


@record(frozen=True, slots=True)
class Formula:
    """The closed form of one gradient.

    ``text`` is in the language, helpers first; ``expr`` the last statement and ``helpers`` the named ones before it, in
    which a name stands as a variable. Without a formula they are None and ``reason`` says why in words.
    """

    text: str | None
    reason: str | None = None
    expr: Expr | None = None
    helpers: tuple[tuple[str, Expr], ...] = ()


TOO_LONG = Formula(None, f"the formula is longer than {MAX_FORMULA:,} characters")
TOO_SLOW = Formula(None, f"to prove a formula at other numbers would take longer than {MAX_SECONDS:g} s")
DOUBTS = (
    "the simplified formula does not give the computed numbers here",
    "the gradient is not finite here; a simplified formula gives other numbers",
)
FAILED = "the simplification failed"


def closed_forms(
    result: Expr,
    variables: Mapping[str, Var],
    inputs: Mapping[str, Array],
    wanted: Sequence[str],
    gradients: Mapping[str, Array],
    *,
    labels: Mapping[Expr, str] | None = None,
    weights: Array | None = None,
    names: tuple[str, str] | None = None,
    seconds: float = 0.0,
) -> Mapping[str, Formula]:
    """A formula for the gradient of ``result`` with respect to each wanted variable, or the reason why there is none.

    ``weights`` is the grad tensor, in the shape of the result, None for the number 1; ``gradients`` are the engine's
    numbers, which each formula must reproduce. ``labels`` are the names that statements give to parts of the result,
    ``names`` those of the result and the grad tensor, f and v where no variable has them. ``seconds`` is what the
    numbers took: a proof takes several times as long.
    """
    if PASSES * seconds > MAX_SECONDS:
        return dict.fromkeys(wanted, TOO_SLOW)
    try:
        return Search(result, labels or {}, variables, inputs, list(wanted), gradients, weights, names).formulas()
    except AutogradError as error:
        return {name: Formula(None, error.message) for name in wanted}


class Search:
    """The search for the formulas of one result."""

    def __init__(
        self,
        result: Expr,
        labels: Mapping[Expr, str],
        variables: Mapping[str, Var],
        inputs: Mapping[str, Array],
        wanted: list[str],
        gradients: Mapping[str, Array],
        weights: Array | None,
        names: tuple[str, str] | None,
    ) -> None:
        self.result, self.labels = shared(result, labels)
        self.variables = variables
        self.inputs = {name: np.asarray(array, dtype=np.float64) for name, array in inputs.items()}
        self.wanted = wanted
        self.weights = None if weights is None else np.asarray(weights, dtype=np.float64)
        self.f, self.v = names or bound_names(variables)
        self.given = gradients
        self.points: list[Point] | None = None
        self.deadline = time.monotonic() + MAX_SECONDS

    def formulas(self) -> dict[str, Formula]:
        """A formula or a reason for each wanted variable."""
        found: dict[str, Formula] = {}
        left = self.wanted
        for level in LEVELS:
            try:
                found |= self.attempt(left, level)
            except TooLargeError as error:
                found |= dict.fromkeys(left, Formula(None, error.message))
                break
            except Exception as error:  # a formula is an extra: a mistake made here must not take the numbers away
                found |= dict.fromkeys(left, Formula(None, f"{FAILED} ({type(error).__name__})"))
            left = [name for name in left if found[name].text is None and found[name] is not TOO_LONG]
            if not left:
                break
        return {name: found[name] for name in self.wanted}

    def attempt(self, left: list[str], level: Level) -> dict[str, Formula]:
        """A formula for each variable, or what is wrong with it."""
        table = Table(level.lean, not level.simpler, self.deadline)
        converter = Converter(table, self.result.number)
        seed = None if self.weights is None else Var(self.v, self.result.shape)
        grads = {var.name: grad for var, grad in expressions(self.result, seed, exact=level.exact).items()}
        labelled = [node for node in topological([self.result]) if node in self.labels]
        own = converter.convert([self.result, *labelled])
        names = [name for name in left if name in grads]
        terms = dict(zip(names, converter.convert([grads[name] for name in names]), strict=True))
        short = {name: term for name, term in terms.items() if len(under([term])) <= MAX_FORMULA}
        simple = simplify(table, [*own, *short.values()]) if level.simpler else {}
        labels = {simple.get(term, term): self.labels[node] for node, term in zip(labelled, own[1:], strict=True)}
        writer = Writer(self, table, simple.get(own[0], own[0]), labels)
        found = {}
        for name in left:
            term = short.get(name)
            if name in terms and term is None:
                found[name] = TOO_LONG
                continue
            try:
                found[name] = writer.formula(table.zero if term is None else simple.get(term, term), name)
            except TooLargeError as error:
                found[name] = Formula(None, error.message)
        return found

    def proved(self, text: str, name: str) -> bool:
        """Whether a text, read back, gives the engine's gradient at every point."""
        formula: Expr | None = None
        for point in self.measured():
            bound = {**point.inputs, self.f: point.value}
            if point.weights is not None:
                bound[self.v] = point.weights
            formula = read_back(text, bound) if formula is None else formula
            scale = largest(point.value) / max(1.0, largest(point.inputs[name]))
            if formula is None or not holds(formula, bound, point.gradients[name], scale):
                return False
        return True

    def doubt(self, name: str) -> str:
        """Why there is no formula: the numbers differ."""
        return DOUBTS[0] if np.isfinite(self.given[name]).all() else DOUBTS[1]

    def measured(self) -> list[Point]:
        """The given point and a random one; in float32 the engine is run again, in float64."""
        if self.points is None:
            double = all(np.asarray(g).dtype == np.float64 for g in self.given.values())
            if double:
                value = np.asarray(evaluate([self.result], self.inputs)[self.result])
                here = Point(self.inputs, self.weights, value, self.given)
            else:
                here = measure(self.result, self.inputs, self.weights, self.wanted)
            self.points = [here, *random_points(self.result, self.inputs, self.weights, self.wanted)]
        return self.points


class Writer:
    """Writes the terms of one attempt as formulas."""

    def __init__(self, search: Search, table: Table, whole: Term, labels: Mapping[Term, str]) -> None:
        self.search = search
        self.table = table
        self.whole = whole if whole.shape == search.result.shape and whole.kind not in ("var", "num") else None
        self.labels = labels
        self.like: dict[Shape, str] = {}
        for name, var in search.variables.items():
            self.like.setdefault(var.shape, name)
        self.written: dict[Term, Expr] = {}

    def formula(self, term: Term, name: str) -> Formula:
        """The text of one term, if it stands the test."""
        shape = self.search.variables[name].shape
        root = exactly(self.table, led(self.table, term, shape), shape)
        formula = self.spelled(root, name)
        if self.whole is not None:
            f = self.table.var(self.search.f, self.whole.shape)
            short = with_result(self.table, root, self.whole, f)
            if short is not root:
                other = self.spelled(simplify(self.table, [short])[short], name)
                saves = len(formula.text or " " * MAX_FORMULA) - len(other.text or " " * MAX_FORMULA)
                if saves >= (3 * F_SAVES if short is f else F_SAVES):
                    formula = other
        if formula.text is not None and not self.search.proved(formula.text, name):
            return Formula(None, self.search.doubt(name))
        return formula

    def spelled(self, root: Term, name: str) -> Formula:
        """One term as text, with the parts that are worth a name before it."""
        search = self.search
        names, length = name_parts(root, self.labels, {*search.variables, search.f, search.v})
        if length > 2 * MAX_FORMULA:
            return TOO_LONG
        filled = root.kind == "fill"
        like = {**self.like, root.shape: name} if filled else self.like
        speller = Speller(self.table, names, like, None if names or filled else self.written, search.variables)
        statements = tuple((label, speller.spell(helper)) for helper, label in names.items())
        expr = speller.spell(root)
        most = MAX_FORMULA + 1
        text = "; ".join([*(f"{n} = {write(e, most=most)}" for n, e in statements), write(expr, most=most)])
        return Formula(text, None, expr, statements) if len(text) <= MAX_FORMULA else TOO_LONG
