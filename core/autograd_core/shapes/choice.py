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
from autograd_core.expr.build import Program, parse
from autograd_core.expr.gradient import gradients as expressions
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.expr.statements import bound_names
from autograd_core.formula.closed import Formula, closed_forms
from autograd_core.formula.derivation import Derivation, DerivationStep
from autograd_core.formula.prepare import simple_gradients
from autograd_core.formula.verify import FAR, agreement, largest, measure
from autograd_core.functional import jacobian
from autograd_core.ops.registry import op
from autograd_core.shapes.kinds import Kinds
from autograd_core.shapes.letters import with_sizes
from autograd_core.shapes.sizes import shapes_of, some_numbers

Array = npt.NDArray[Any]


SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""What inputs are multiplied by where a result is not finite: a difference under a root, a logarithm."""


SINGULAR = 1e12
"""The condition number above which a matrix has no determinant to speak of."""


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
        self.assumptions = assumptions
        random = np.random.default_rng([sum(letters.values()), attempt])
        values = {name: some_numbers(shape, random) for name, shape in shapes_of(kinds.sizes, letters).items()}
        if attempt:
            values = {name: array * random.choice(SCALES) for name, array in values.items()}
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
        if any(np.linalg.cond(matrix) > SINGULAR for matrix in self.determined()):
            return False
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

    def determined(self) -> list[Array]:
        """The matrices whose determinants are taken: products of other matrices may be singular at some sizes."""
        nodes = topological([self.program.result])
        inner = [n.operands[0] for n in nodes if isinstance(n, Call) and n.op in (op.det, op.logdet) and n.depends]
        found = evaluate(inner, self.values) if inner else {}
        return [np.asarray(found[each]) for each in inner]

    def formulas(self) -> dict[tuple[str, ...], Formula]:
        """The formula of each derivative."""
        program, (f, v) = self.program, self.names
        if self.what == "hessian":
            found: dict[tuple[str, ...], Formula] = {}
            rows, names = simple_gradients(program.result, program.labels, self.assumptions)
            for a in self.wanted:
                numbers = {b: self.numbers((a, b)) for b in self.wanted}
                made = self._closed(rows.get(a, self.zero(a)), numbers, (f, v), names, program.result)
                found |= {(a, b): made[b] for b in self.wanted}
            return found
        numbers = {name: self.numbers((name,)) for name in self.wanted}
        if self.order == 1:
            return {(name,): each for name, each in self._closed(program.result, numbers, (f, v)).items()}
        return {
            (name,): self._closed(self.derived(name, self.order, simple=True), {name: numbers[name]}, ("", v))[name]
            for name in self.wanted
        }

    def derived(self, name: str, order: int, *, simple: bool = False) -> Expr:
        """The derivative before that of an order, summed up; a ``simple`` one is right away from kinks."""
        result = self.program.result
        for _ in range(order - 1):
            total: Expr = op.sum(result, axis=None, keepdims=False) if result.shape else result
            if simple:
                grads, _ = simple_gradients(total, {}, self.assumptions)
            else:
                grads = {var.name: grad for var, grad in expressions(total, None, exact=True).items()}
            result = grads.get(name, self.zero(name))
        made: Expr = op.sum(result, axis=None, keepdims=False) if result.shape else result
        return made

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
            result = self.derived(of[0], turn, simple=True)
            steps += Derivation(result, {}, variable, f + "'" * (turn - 1), self.assumptions).gradient(None)
        return steps

    def zero(self, name: str) -> Expr:
        """A derivative that vanishes."""
        return Const(np.zeros(self.values[name].shape))

    def _closed(
        self,
        result: Expr,
        numbers: Mapping[str, Array],
        names: tuple[str, str],
        labels: Mapping[Expr, str] | None = None,
        of: Expr | None = None,
    ) -> Mapping[str, Formula]:
        return closed_forms(
            result,
            self.program.variables,
            self.values,
            list(numbers),
            numbers,
            labels=self.program.labels if labels is None else labels,
            weights=self.weights,
            names=names,
            matrices=self.what in ("jacobian", "hessian"),
            assumptions=self.assumptions,
            of=of,
        )

    def block(self, result: Expr, name: str) -> Array:
        """The numbers of a Jacobian, by the engine."""
        if not result.depends:
            return np.zeros(result.shape + self.values[name].shape)
        return np.asarray(
            jacobian(lambda x: evaluate([result], {**self.values, name: x})[result])(self.values[name]).data
        )

    def numbers(self, of: tuple[str, ...]) -> Array:
        """The numbers of one derivative, by the engine."""
        name = of[0]
        if self.what == "hessian":
            rows = {var.name: grad for var, grad in expressions(self.program.result, None, exact=True).items()}
            return self.block(rows.get(name, self.zero(name)), of[1])
        if self.what == "jacobian":
            return self.block(self.program.result, name)
        if self.order == 1:
            return self.gradients[name]
        return self.slopes(self.derived(name, self.order), [name])[name]

    @staticmethod
    def reached(result: Expr) -> set[str]:
        """The inputs on which a result depends."""
        return {node.name for node in topological([result]) if isinstance(node, Var)}

    def slopes(self, result: Expr, names: Sequence[str]) -> dict[str, Array]:
        """The gradients of a result by the engine in one run, zero where it does not depend on an input."""
        asked = [name for name in names if name in self.reached(result)]
        found = measure(result, self.values, self.weights, asked)[1] if asked else {}
        return {name: found[name] if name in found else np.zeros(self.values[name].shape) for name in names}

    @cached_property
    def gradients(self) -> dict[str, Array]:
        """The gradients of all that are asked for, by the engine in one run."""
        return self.slopes(self.program.result, self.wanted)

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
