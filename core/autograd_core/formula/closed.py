"""Closed forms: from a result and its inputs to one formula for each variable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.errors import AutogradError
from autograd_core.expr.gradient import gradients as expressions
from autograd_core.expr.nodes import Expr, Var
from autograd_core.expr.text import write
from autograd_core.formula.axes import exactly
from autograd_core.formula.normal import Converter
from autograd_core.formula.spell import Speller
from autograd_core.formula.terms import Table, Term
from autograd_core.formula.verify import holds

Array = npt.NDArray[Any]

MAX_FORMULA = 1_200
"""Characters of a formula that is printed; a longer one helps nobody and the reason is given instead."""


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
        self.result = result
        self.variables = variables
        self.inputs = {name: np.asarray(array, dtype=np.float64) for name, array in inputs.items()}
        self.wanted = wanted
        self.gradients = gradients
        self.weights = weights
        self.f, self.v = bound_names(variables)

    def formulas(self) -> dict[str, Formula]:
        """A formula or a reason for each wanted variable."""
        found: dict[str, Formula] = {}
        for exact in (False, True):
            left = [name for name in self.wanted if name not in found or found[name].text is None]
            if not left:
                break
            table = Table()
            converter = Converter(table, self.result.number)
            seed = None if self.weights is None else Var(self.v, self.result.shape)
            grads = expressions(self.result, seed, exact=exact)
            by_name = {var.name: grad for var, grad in grads.items()}
            terms = dict(zip(by_name, converter.convert(by_name.values()), strict=True))
            for name in left:
                term = terms.get(name, table.zero)
                found[name] = self.written(table, term, name)
        return found

    def written(self, table: Table, term: Term, name: str) -> Formula:
        """The text of one term, if it stands the test."""
        shape = self.variables[name].shape
        speller = Speller(table, {}, {shape: name})
        expr = speller.spell(exactly(table, term, shape))
        text = write(expr, most=MAX_FORMULA + 1)
        if len(text) > MAX_FORMULA:
            return Formula(None, f"longer than {MAX_FORMULA:,} characters")
        bound = {**self.inputs}
        if self.weights is not None:
            bound[self.v] = np.asarray(self.weights, dtype=np.float64)
        if not holds(text, name, bound, np.asarray(self.gradients[name], dtype=np.float64)):
            return Formula(None, "does not hold: " + text)
        return Formula(text, None, expr)
