"""Closed forms: from a result and its inputs to one formula for each variable."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.errors import AutogradError
from autograd_core.expr.gradient import gradients as expressions
from autograd_core.expr.nodes import Expr, Var, topological
from autograd_core.expr.statements import bound_names
from autograd_core.expr.text import write
from autograd_core.formula.contraction import exactly, led
from autograd_core.formula.names import name_parts, with_result
from autograd_core.formula.normalize import Converter, shared
from autograd_core.formula.printer import Printer
from autograd_core.formula.rules import simplify
from autograd_core.formula.terms import MAX_SECONDS, Table, Term, TooLargeError, under
from autograd_core.formula.verify import FAR, Proof
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
        self.wanted = wanted
        self.f, self.v = names or bound_names(variables)
        self.given = {name: np.asarray(gradients[name]) for name in wanted}
        self.seed = None if weights is None else Var(self.v, self.result.shape)
        self.proof = Proof(self.result, variables, inputs, weights, self.given, (self.f, self.v))
        self.deadline = time.monotonic() + MAX_SECONDS
        self.rough: dict[str, Formula] = {}

    def formulas(self) -> dict[str, Formula]:
        """A formula or a reason for each wanted variable.

        A formula that agrees but for rounding errors of the result is kept until a bolder or an exacter one agrees to
        its own digits.
        """
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
        return {name: self.rough.get(name, found[name]) if name in left else found[name] for name in self.wanted}

    def attempt(self, left: list[str], level: Level) -> dict[str, Formula]:
        """A formula for each variable, or what is wrong with it."""
        table = Table(level.lean, not level.simpler, self.deadline, self.variables)
        converter = Converter(table, self.result.number)
        grads = {var.name: grad for var, grad in expressions(self.result, self.seed, exact=level.exact).items()}
        labelled = [node for node in topological([self.result]) if node in self.labels]
        own = converter.convert([self.result, *labelled])
        names = [name for name in left if name in grads]
        terms = dict(zip(names, converter.convert([grads[name] for name in names]), strict=True))
        short = {name: term for name, term in terms.items() if len(under([term])) <= MAX_FORMULA}
        simple = simplify(table, [*own, *short.values()]) if level.simpler else {}
        labels = {simple.get(term, term): self.labels[node] for node, term in zip(labelled, own[1:], strict=True)}
        writer = Writer(self, table, simple.get(own[0], own[0]), labels)
        found: dict[str, Formula] = {}
        candidates: list[tuple[str, Formula]] = []
        for name in left:
            term = short.get(name)
            if name in terms and term is None:
                found[name] = TOO_LONG
                continue
            root = table.zero if term is None else simple.get(term, term)
            candidates += [(name, formula) for formula in writer.formulas(root, name)]
        return found | self.proved(candidates)

    def proved(self, candidates: list[tuple[str, Formula]]) -> dict[str, Formula]:
        """The first formula of each variable that gives the engine's gradient, or why there is none."""
        written = [(name, formula) for name, formula in candidates if formula.text is not None]
        verdicts = self.proof.judge([(name, formula.text or "") for name, formula in written])
        found: dict[str, Formula] = {}
        for name, formula in candidates:
            if formula.text is None:
                found.setdefault(name, formula)
        for (name, formula), verdict in zip(written, verdicts, strict=True):
            if verdict == FAR[1]:
                self.rough.setdefault(name, formula)
            if verdict == FAR[2] and (name not in found or found[name].text is None):
                found[name] = formula
            found.setdefault(name, Formula(None, self.doubt(name)))
        return found

    def doubt(self, name: str) -> str:
        """Why there is no formula: the numbers differ."""
        return DOUBTS[0] if np.isfinite(self.given[name]).all() else DOUBTS[1]


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

    def formulas(self, term: Term, name: str) -> Iterator[Formula]:
        """The ways to write one term, the best first."""
        shape = self.search.variables[name].shape
        root = exactly(self.table, led(self.table, term, shape), shape)
        plain = self.spelled(root, name)
        other = Formula(None)
        if self.whole is not None:
            f = self.table.var(self.search.f, self.whole.shape)
            short = with_result(self.table, root, self.whole, f)
            if short is not root:
                other = self.spelled(simplify(self.table, [short])[short], name)
                saves = len(plain.text or " " * MAX_FORMULA) - len(other.text or " " * MAX_FORMULA)
                if other.text is not None and saves >= (3 * F_SAVES if short is f else F_SAVES):
                    yield other
        yield plain
        if other.text is not None:
            yield other

    def spelled(self, root: Term, name: str) -> Formula:
        """One term as text, with the parts that are worth a name before it."""
        search = self.search
        names, length = name_parts(root, self.labels, {*search.variables, search.f, search.v})
        if length > 2 * MAX_FORMULA:
            return TOO_LONG
        filled = root.kind == "fill"
        like = {**self.like, root.shape: name} if filled else self.like
        printer = Printer(self.table, names, like, None if names or filled else self.written)
        try:
            statements = tuple((label, printer.spell(helper)) for helper, label in names.items())
            expr = printer.spell(root)
            most = MAX_FORMULA + 1
            text = "; ".join([*(f"{n} = {write(e, most=most)}" for n, e in statements), write(expr, most=most)])
        except TooLargeError as error:
            return Formula(None, error.message)
        return Formula(text, None, expr, statements) if len(text) <= MAX_FORMULA else TOO_LONG
