"""An expression at one choice of sizes: its numbers by the engine, its formulas, and whether a text gives them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption, make_true
from autograd_core.check import kinks
from autograd_core.errors import AutogradError
from autograd_core.expr.build import Program, bound_names, parse
from autograd_core.expr.gradient import gradients as expressions
from autograd_core.expr.nodes import Const, Expr, Var, variables_in
from autograd_core.expr.run import evaluate
from autograd_core.formula import Asked, Formula, closed_forms
from autograd_core.formula.derivation import Derivation, DerivationStep
from autograd_core.formula.prepare import simple_gradients, summed
from autograd_core.formula.verify import FAR, agreement, largest, measure
from autograd_core.functional import jacobian
from autograd_core.shapes.kinds import Kinds
from autograd_core.shapes.sizes import shapes_of, some_numbers, with_sizes

Array = npt.NDArray[Any]


SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""What inputs are multiplied by where a result is not finite: a difference under a root, a logarithm."""

FAR_SCALES = (-1.0, 1.0, 16.0, -16.0, 128.0)
"""The same, from the attempt ``FIRST_FAR`` on: ``log(x - 10)``, ``sqrt(-x)``."""

FIRST_FAR = 6


class Choice:
    """An expression at one choice of sizes, with random numbers of which the assumptions hold."""

    def __init__(
        self,
        kinds: Kinds,
        letters: Mapping[str, int],
        what: str,
        order: int,
        wanted: Sequence[str],
        assumptions: Sequence[Assumption],
        attempt: int = 0,
    ) -> None:
        self.letters, self.what, self.order, self.wanted = letters, what, order, wanted
        self.matrices = what in ("jacobian", "hessian")
        self.assumptions = assumptions
        random = np.random.default_rng([sum(letters.values()), attempt])
        values = {name: some_numbers(shape, random) for name, shape in shapes_of(kinds.sizes, letters).items()}
        if attempt:
            scales = SCALES if attempt < FIRST_FAR else FAR_SCALES
            values = {name: array * random.choice(scales) for name, array in values.items()}
        self.values = make_true(assumptions, values, random) or values
        self.program: Program = parse(with_sizes(kinds.text, letters), self.values)
        self.values = {name: self.values[name] for name in self.program.variables}
        self.class_numbers = kinks.labels(self.program.result)
        for name in self.class_numbers:
            self.values[name] = random.integers(0, 2, self.values[name].shape).astype(np.float64)
        self.names = bound_names({*self.program.variables, *self.program.named, *letters})
        shape = self.program.result.shape
        self.weights = random.uniform(0.3, 0.9, shape) if what == "v.J" else None

    def defined(self) -> bool:
        """Whether the result and its gradient are finite, and do not hang on rounding errors.

        Raises what evaluating raises.
        """
        if not self.program.result.depends:
            return True
        shape = self.program.result.shape
        weights = np.linspace(0.5, 1.5, math.prod(shape)).reshape(shape) ** 2
        value, gradients = measure(self.program.result, self.values, weights, self.wanted)
        if not all(np.isfinite(each).all() for each in (value, *gradients.values())):
            return False
        moved = {n: array if n in self.class_numbers else array * (1 + 1e-13) for n, array in self.values.items()}
        again = measure(self.program.result, moved, weights, self.wanted)[1]
        return all(
            np.abs(again[name] - grad).max(initial=0) <= 1e-6 * largest(grad) for name, grad in gradients.items()
        )

    def groups(self) -> list[list[tuple[str, ...]]]:
        """The derivatives that are asked for, those of one expression together."""
        if self.what == "hessian":
            return [[(a, b) for b in self.wanted] for a in self.wanted]
        each: list[tuple[str, ...]] = [(name,) for name in self.wanted]
        return [each] if self.order == 1 else [[of] for of in each]

    def formulas(self) -> dict[tuple[str, ...], Formula]:
        """The formula of each derivative."""
        found: dict[tuple[str, ...], Formula] = {}
        for group in self.groups():
            result, labels = self.before(group[0], self.order, simple=True)
            asked = Asked(
                result,
                self.program.variables,
                self.values,
                {of[-1]: self.numbers(of) for of in group},
                labels,
                self.weights,
                self.names[0] if self.order == 1 else "",
                self.names[1],
                self.matrices,
                self.assumptions,
                self.program.result if self.what == "hessian" else None,
                self.letters,
            )
            made = closed_forms(asked)
            found |= {of: made[of[-1]] for of in group}
        return found

    def before(self, of: tuple[str, ...], order: int, *, simple: bool = False) -> tuple[Expr, Mapping[Expr, str]]:
        """The expression of which a derivative is the first one, and the names of its parts.

        Where higher orders are asked for all entries are summed up. A ``simple`` one is right away from kinks.
        """
        result, labels = self.program.result, self.program.labels if self.order == 1 else {}
        for _ in range(order - 1 + (self.what == "hessian")):
            total = summed(result)
            if simple:
                grads, labels = simple_gradients(total, labels, self.assumptions)
            else:
                grads = {var.name: grad for var, grad in expressions(total, None, exact=True).items()}
            result = grads.get(of[0], Const(np.zeros(self.values[of[0]].shape)))
        return summed(result) if self.order > 1 else result, labels

    def steps(self, of: tuple[str, ...]) -> list[DerivationStep]:
        """How one derivative is worked out."""
        program, f = self.program, self.names[0]
        variable = program.variables[of[0]]
        whole = Derivation(program.result, program.labels, variable, f, self.assumptions)
        if self.what == "jacobian":
            return whole.jacobian()
        if self.what == "hessian":
            return whole.hessian(program.variables[of[1]])
        steps = whole.gradient(Var(self.names[1], program.result.shape) if program.result.shape else None)
        for turn in range(2, self.order + 1):
            result, _ = self.before(of, turn, simple=True)
            steps += Derivation(result, {}, variable, f + "'" * (turn - 1), self.assumptions).gradient(None)
        return steps

    def numbers(self, of: tuple[str, ...]) -> Array:
        """The numbers of one derivative, by the engine."""
        (result, _), name = self.before(of, self.order), of[-1]
        used = variables_in(result)
        if name not in used:
            return np.zeros((result.shape if self.matrices else ()) + self.values[name].shape)
        if not self.matrices:
            # all inputs at once: class numbers alone would leave nothing to differentiate
            return measure(result, self.values, self.weights, [each for each in self.wanted if each in used])[1][name]
        return np.asarray(
            jacobian(lambda x: evaluate([result], {**self.values, name: x})[result])(self.values[name]).data
        )

    @cached_property
    def bound(self) -> dict[str, Array]:
        """The names that a formula may use."""
        f = np.asarray(evaluate([self.program.result], self.values)[self.program.result])
        weights = {} if self.weights is None else {self.names[1]: self.weights}
        return {**self.values, self.names[0]: f, **weights}

    def gives(self, text: str, of: tuple[str, ...]) -> bool:
        """Whether a formula in letters, with these sizes for them, gives the engine's numbers."""
        try:
            bound = self.bound
            made = parse(with_sizes(text, self.letters), bound).result
            value = np.asarray(evaluate([made], bound)[made])
            expected = self.numbers(of)
        except (AutogradError, KeyError, ValueError, ArithmeticError):
            return False
        slope = largest(bound[self.names[0]]) / (largest(self.values[of[-1]]) or 1.0)
        return agreement(value, expected, slope, np.dtype(np.float64)) != FAR[0]
