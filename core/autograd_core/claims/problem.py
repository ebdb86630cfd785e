"""The expression a claim is about, and everything that is true of it at one point.

It is run forward and backward on arrays node by node, so that every step can be looked at or changed.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.rounding import FACTOR, VALUE, Noise, Noisy, spread
from autograd_core.check.kinks import Corner, met, sharp
from autograd_core.check.question import Question
from autograd_core.dataclass import dataclass
from autograd_core.engine.backprop import backprop, expand_to, pull_back
from autograd_core.errors import AutogradError, GradientError
from autograd_core.expr.build import Builder, Program, statements
from autograd_core.expr.gradient import gradients
from autograd_core.expr.latex import latex
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.parser import Source, read
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.ops.spec import Shape

Array = npt.NDArray[Any]
Values = dict[Expr, Array]
Passes = Mapping[Expr, list[tuple[Expr, Array]]]
Formulas = list[tuple[str, str]]

GRADIENT, ENTRY, DIFFERENTIAL, STEP = "gradient", "derivative", "differential", "step"
JACOBIAN, HESSIAN = "jacobian", "hessian"
"""What is claimed: one of these, or that a step of a derivation equals the one before it."""

NOISE, SAMPLES = 5e-15, 4
"""Relative size of the noise that shows how rounding grows, some twenty times rounding itself, and changed runs."""


class NoValueError(Exception):
    """The numbers give an operation no value, or one of another shape."""


def compute(roots: Iterable[Expr], inputs: Mapping[str, Array], known: Values | None = None) -> Values:
    """The value of every node below ``roots``, those in ``known`` included.

    Raises AutogradError as the operations do, NoValueError where a shape depends on the numbers.
    """
    try:
        values = evaluate(list(roots), inputs, every=True, known=known)
    except (ValueError, IndexError) as error:  # a shape or an index that held for other numbers
        raise NoValueError(str(error)) from None
    for node in values if known is None else values.keys() - known.keys():
        values[node] = np.asarray(values[node])
        if values[node].shape != node.shape:
            raise NoValueError(f"{write(node, most=60)} has another shape at these numbers")
    return values


def pulled(root: Expr, seed: Array, values: Values, instead: Passes | None = None) -> dict[Expr, Array]:
    """The gradient of every node that ``root`` depends on, each in the shape of its node.

    ``instead`` gives what some nodes pass on in place of the right gradients of their operands.
    """
    found: dict[Expr, Any] = {}
    passing = None if instead is None else lambda node, _, pairs: instead.get(node, pairs)
    with np.errstate(all="ignore"):
        done = backprop([root], [seed], wrap=lambda node, _: values[node], done=found.__setitem__, passing=passing)
        return {node: np.asarray(expand_to(g, node.shape)) for node, g in {**found, **done}.items()}


def passed_on(node: Call, g: Array, values: Values) -> list[Array | None]:
    """What one node passes on to each operand, None for a constant; ``g`` has the shape of the node."""
    with np.errstate(all="ignore"):
        pairs = pull_back(node, g, lambda each, _: values[each])
    left = list(pairs)
    found: list[Array | None] = []
    for edge in node.edges:
        if left and edge is left[0][0]:
            found.append(np.asarray(expand_to(left.pop(0)[1], edge.shape)))
        else:
            found.append(None)
    return found


def jacobian(root: Expr, node: Expr, values: Values) -> Array:
    """The derivative of every entry of ``root`` with respect to every entry of ``node``."""
    found = np.zeros((*root.shape, *node.shape))
    for index in np.ndindex(*root.shape):
        unit = np.zeros(root.shape)
        unit[index] = 1.0
        row = pulled(root, unit, values).get(node) if root.depends else None
        if row is not None:
            found[index] = row
    return found


@dataclass(frozen=True, slots=True)
class Problem:
    """An expression that was read; ``inputs`` and ``weights`` are the numbers given, ``f`` and ``v`` the names that
    stand for the result and the grad tensor in claims. ``weights`` is None for a result with one element. ``order``
    holds every node that has a value, operands first: also a variable of which the expression asks the shape alone.
    ``directions`` are the variables ``dx`` along which the inputs ``x`` move in a claim about a differential, ``sharp``
    the operations at which there may be a kink.
    ``slopes`` keeps the gradients as the chain rule gives them, once they were looked for.
    """

    text: str
    program: Program
    inputs: Mapping[str, Array]
    weights: Array | None
    f: str
    v: str
    slopes: dict[str, Expr | None] = field(init=False, default_factory=dict)
    order: Sequence[Expr] = field(init=False)
    seed: Var = field(init=False)
    directions: Mapping[str, Var] = field(init=False)
    sharp: Sequence[Call] = field(init=False)

    def __post_init__(self) -> None:
        roots = [self.program.result, *self.program.named.values(), *self.program.variables.values()]
        object.__setattr__(self, "order", topological(roots))
        object.__setattr__(self, "seed", Var(self.v, self.program.result.shape))
        taken = {*self.inputs, *self.program.named, self.f, self.v}
        variables = self.program.variables
        found = {f"d{name}": Var(f"d{name}", var.shape) for name, var in variables.items() if f"d{name}" not in taken}
        object.__setattr__(self, "directions", found)
        object.__setattr__(self, "sharp", sharp(self.program.result, variables))

    @property
    def result(self) -> Expr:
        """The expression itself."""
        return self.program.result

    def target(self, name: str) -> Expr:
        """The input or the statement of this name."""
        return self.program.variables[name] if name in self.program.variables else self.program.named[name]

    @property
    def shapes(self) -> dict[str, Shape]:
        """The shapes of the inputs, of the statements, and of the grad tensor."""
        known = {name: self.shape(name) for name in [*self.inputs, *self.program.named]}
        return {self.v: self.result.shape, **known}

    def shape(self, name: str) -> Shape:
        """The shape of an input, also of one that the expression does not use, or of a statement."""
        known = name in self.program.variables or name in self.program.named
        return self.target(name).shape if known else tuple(np.shape(self.inputs[name]))

    def slope(self, name: str) -> Expr | None:
        """The gradient of an input as the chain rule gives it, unsimplified; None for a statement, and where a rule
        needs larger arrays than there may be.
        """
        if not self.slopes:
            self.slopes[""] = None
            with suppress(AutogradError):
                seed = Const(np.ones(self.result.shape)) if self.weights is None else self.seed
                found = gradients(self.result, seed, exact=True)
                self.slopes.update({var.name: each for var, each in found.items()})
        return self.slopes.get(name)

    def held(self, claims: int) -> int:
        """The numbers that are held of one point, with the values of so many claims."""
        sizes = [math.prod(node.shape) for node in self.order]
        return 2 * sum(sizes) + 2 * claims * max(sizes)

    def builder(self, source: Source) -> Changing:
        """What builds the formulas of claims: names of statements stand for what they are set to."""
        shapes = {name: var.shape for name, var in self.directions.items()}
        builder = Changing(source, {**self.inputs, **shapes, self.v: self.seed.shape})
        builder.variables.update(self.program.variables)
        builder.variables.update(self.directions)
        builder.variables.setdefault(self.v, self.seed)
        builder.named.update({self.f: self.result, **self.program.named})
        return builder

    def formula(self, source: Source) -> Expr:
        """The formula of a claim.

        Raises ExpressionError or ShapeError.
        """
        return self.builder(source).program().result

    def at(
        self,
        inputs: Mapping[str, Array],
        weights: Array | None,
        *,
        given: bool = False,
        random: np.random.Generator | None = None,
    ) -> Point:
        """Everything that is true at a point; ``random`` draws the directions of differentials there.

        Raises AutogradError where the expression has no value there, NoValueError where shapes depend on the numbers.
        """
        values = compute(self.order, inputs)
        seed = np.ones(self.result.shape) if weights is None else weights
        if not self.result.depends:
            raise GradientError(
                "nothing to differentiate: the result does not depend on an input",
                code="AG203",
                why="the expression is a constant",
                span=(0, len(self.text)),
                text=self.text,
            )
        grads = pulled(self.result, seed, values)
        drawn = np.random.default_rng(5) if random is None else random
        along = {name: drawn.standard_normal(var.shape) for name, var in self.directions.items()}
        return Point(self, inputs, seed, along, values, grads, given)


@dataclass(frozen=True, slots=True)
class Point:
    """Numbers for the inputs, the grad tensor (``weights``) and the ``directions`` of differentials; the value of every
    node there, and its gradient. ``noises`` keeps what rounding may do to formulas, ``beside`` the points next to it
    where nothing has a kink.
    """

    problem: Problem
    inputs: Mapping[str, Array]
    weights: Array
    directions: Mapping[str, Array]
    values: Values
    grads: Mapping[Expr, Array]
    given: bool
    noises: dict[tuple[Expr, Expr | None], Array] = field(init=False, default_factory=dict)
    beside: list[Point] = field(init=False, default_factory=list)

    def grad(self, node: Expr) -> Array:
        """The gradient of a node: zeros where nothing flows back to it."""
        found = self.grads.get(node)
        return np.zeros(node.shape) if found is None else found

    @property
    def bound(self) -> Mapping[str, Array]:
        """The numbers that the names in a claim stand for."""
        return {**self.inputs, **self.directions, self.problem.v: self.weights}

    def extended(self, root: Expr) -> Values:
        """The values of every node below ``root``, those of the expression included."""
        return self.values if root in self.values else compute([root], self.bound, self.values)

    def evaluate(self, root: Expr) -> Array:
        """The value of a formula here."""
        return self.extended(root)[root]

    def noise(self, root: Expr, by: Expr | None = None) -> Array:
        """How far rounding may carry each entry of a formula here, or of its derivative ``by`` a node."""

        def read(values: Values) -> dict[str, Array]:
            return {VALUE: values[root] if by is None else jacobian(root, by, values)}

        def changed(change: Noise) -> dict[str, Array]:
            values = evaluate([root], {name: Noisy(array, change) for name, array in self.bound.items()}, every=True)
            return read({node: getattr(each, "array", each) for node, each in values.items()})

        if (root, by) not in self.noises:
            self.noises[root, by] = spread(changed, read(self.extended(root)), NOISE / FACTOR, SAMPLES)[VALUE]
        return self.noises[root, by]

    def moved(self, inputs: Mapping[str, Array]) -> Point | None:
        """The point with other inputs; None where the expression has no value, no gradient, or a kink there."""
        with suppress(AutogradError, NoValueError):
            found = self.problem.at(inputs, self.weights)
            return found if found.smooth() else None
        return None

    def finite(self) -> bool:
        """Whether the result and all gradients are finite."""
        return bool(np.isfinite(self.values[self.problem.result]).all()) and all(
            bool(np.isfinite(g).all()) for g in self.grads.values()
        )

    def smooth(self) -> bool:
        """Whether the result and all gradients are finite, and there is no kink."""
        return self.finite() and not self.kinks()

    def kinks(self) -> list[Corner]:
        """The kinks met here, on the way from an input to the result."""
        problem = self.problem
        if not problem.sharp:
            return []
        variables, value = problem.program.variables, self.values[problem.result]
        asked = Question(problem.result, variables, self.inputs, tuple(variables), self.weights, value, {}, 0, 0, 0)
        return met(problem.sharp, self.values, asked)


class Changing(Builder):
    """Builds a formula with ``changes``, other expressions for some of its parts, and remembers what each became."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.changes: dict[ast.expr, Expr] = {}
        self.made: dict[ast.expr, Expr] = {}

    def visit(self, node: ast.expr) -> Any:
        """The expression for one node of the tree, or what stands in its place."""
        made = self.changes.get(node)
        if made is None:
            made = yield from super().visit(node)
        self.made[node] = made
        return made


def typeset(problem: Problem, source: Source | None, text: str | None = None) -> Formulas:
    """The statements of a claim, or of ``text`` in its place, by name; the last one is a derivative of the result.

    Nothing for a claim in numbers. Raises AutogradError where it has no shape.
    """
    shapes = {**{name: var.shape for name, var in problem.directions.items()}, **problem.shapes}
    shapes[problem.f] = problem.result.shape
    words = {f"d{name}": rf"\mathrm{{d}} {latex(Var(name, ()))}" for name in problem.inputs if f"d{name}" in shapes}
    if text is not None:
        with suppress(AutogradError):  # the helpers of the claim
            named = {} if source is None else Builder(source, shapes).program().named
            shapes |= {name: expr.shape for name, expr in named.items()}
        source = read(text)
    found = [] if source is None else statements(Builder(source, shapes).program())
    return [(name or problem.f, latex(expr, words)) for name, expr in found]
