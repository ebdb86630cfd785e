"""The kernel witness: forward, reverse and tangent sweeps over the steps of a plan.

The reverse sweep gives every entry of every gradient by itself: through kernels by SymPy's derivatives, through other
steps by adjoints that are proved on the spot. A tangent sweep uses no adjoint at all: it gives the derivative along one
direction, for what cannot be proved or has a tangent rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.question import Question
from autograd_core.check.witnesses import linear
from autograd_core.check.witnesses.kernels import Answers, Kernel, blocks, derive, refined, regions
from autograd_core.check.witnesses.steps import (
    CONSTANT,
    ELEMENTWISE,
    HELD,
    LEAF,
    LINEAR,
    TANGENT,
    Expansion,
    WitnessStep,
)
from autograd_core.expr.nodes import Expr
from autograd_core.symbolic.worker import Clock

Array = npt.NDArray[Any]
Noise = Callable[[Any], Any] | None

SYMBOLIC, BY_TANGENT, UNPROVED = 2, 1, 0
"""What the gradient of an input rests on, at its weakest step: SymPy and proved adjoints; the tangent rule of an
operation; an adjoint that failed its proof."""


class Sweeper:
    """The steps of a question with their kernels, values and proofs.

    ``watched`` are nodes that, with their operands, are not joined with others, and whose cotangents are kept. With
    ``exact`` what SymPy found is computed with 50 digits.
    """

    def __init__(
        self, question: Question, clock: Clock, watched: Collection[Expr] = (), *, exact: bool = False
    ) -> None:
        self.question = question
        self.clock = clock
        self.exact = exact
        self.plan = Expansion(question)
        self.directions = linear.Directions()
        self.values: list[Any] = []
        self.ways: dict[int, str] = {}
        self.proofs: dict[tuple[int, int], bool] = {}
        self.failures: dict[int, str] = {}
        seen = {part for node in watched for part in (node, *node.operands)}
        self.watched = frozenset(self.plan.places[node] for node in seen if node in self.plan.places)
        self.cotangents: dict[int, Array] = {}
        self.kernels = self._kernels()

    def _kernels(self) -> dict[int, Kernel]:
        """The kernels by their roots; a region that SymPy cannot do is cut into its operations.

        An operation that SymPy cannot do by itself is taken by the rules it declares.
        """
        known: Answers = {}
        found = regions(self.plan, self.watched)
        derive(found, self.clock, known)
        failed = [kernel for kernel in found if kernel.failed]
        if failed:
            alone = {at for kernel in failed for at in self._inside(kernel)}
            found = regions(self.plan, self.watched | alone)
            derive(found, self.clock, known)
            for kernel in found:
                if kernel.failed:
                    self.plan.steps[kernel.root].kind = TANGENT
                    self.failures[kernel.root] = kernel.failed
        return {kernel.root: kernel for kernel in found if not kernel.failed}

    def _inside(self, kernel: Kernel) -> set[int]:
        """The steps of a region."""
        inside: set[int] = set()
        stack = [kernel.root]
        while stack:
            at = stack.pop()
            if at not in inside and at not in kernel.inputs and self.plan.steps[at].kind == ELEMENTWISE:
                inside.add(at)
                stack += self.plan.steps[at].operands
        return inside

    def forward(self, noise: Noise = None) -> Array:
        """The value of the result; values of steps between kernels are kept."""
        self.values = [None] * len(self.plan.steps)
        for at, step in enumerate(self.plan.steps):
            if step.kind in (LEAF, CONSTANT):
                self.values[at] = step.value if noise is None or step.kind == CONSTANT else noise(step.value)
            elif step.kind == HELD:
                self.values[at] = self.values[step.operands[0]]
            elif step.kind == ELEMENTWISE:
                kernel = self.kernels.get(at)
                if kernel is not None:
                    assert kernel.value is not None
                    inputs = [self.values[i] for i in kernel.inputs]
                    made = blocks(kernel.value, inputs, step.shape, self.clock, noise)
                    made = refined(
                        kernel.value, inputs, made, step.shape, self.clock, exact=self.exact and noise is None
                    )
                    self.values[at] = np.broadcast_to(made[0], step.shape)
            else:
                self.values[at] = self._applied(step, noise)
        value: Array = self.values[self.plan.result]
        return value

    def _applied(self, step: WitnessStep, noise: Noise) -> Array:
        assert step.op is not None
        self.clock.tick()
        operands = [self.values[i] for i in step.operands]
        with np.errstate(all="ignore"):
            made = np.asarray(step.op.forward(*operands, **step.params))
        return made if noise is None else np.asarray(noise(made))

    def reverse(self, noise: Noise = None) -> Mapping[str, Array]:
        """The gradient of every wanted input; each adjoint is proved on its first use."""
        pending: dict[int, Any] = {self.plan.result: self.question.weights}
        for at in range(len(self.plan.steps) - 1, -1, -1):
            step = self.plan.steps[at]
            if step.kind in (LEAF, CONSTANT, HELD) or not step.varies:
                continue
            g = pending.pop(at, None)
            if g is None:
                continue
            if at in self.watched:
                self.cotangents[at] = g
            for operand, passed in self.passed_back(at, step, g, noise):
                pending[operand] = pending[operand] + passed if operand in pending else passed
        return {
            name: np.broadcast_to(pending.get(at, 0.0), self.plan.steps[at].shape)
            for name, at in self.plan.leaves.items()
        }

    def passed_back(self, at: int, step: WitnessStep, g: Array, noise: Noise) -> list[tuple[int, Array]]:
        """What one step passes on to those it reads."""
        if step.kind == ELEMENTWISE:
            kernel = self.kernels[at]
            passes = []
            for position, slope in zip(kernel.by, self.slopes(kernel, noise), strict=True):
                operand = kernel.inputs[position]
                with np.errstate(all="ignore"):
                    passes.append((operand, linear.fit(g * slope, self.plan.steps[operand].shape)))
            return passes
        self.clock.tick()
        operands, y = [self.values[i] for i in step.operands], self.values[at]
        moving = self.moving(step)
        for position, _ in moving:
            self.prove(at, step, position)
        return [(operand, linear.adjoint(step, g, y, operands, position)) for position, operand in moving]

    def slopes(self, kernel: Kernel, noise: Noise = None) -> list[Any]:
        """SymPy's derivatives of a kernel at the numbers of its inputs."""
        assert kernel.slopes is not None
        inputs = [self.values[i] for i in kernel.inputs]
        shape = self.plan.steps[kernel.root].shape
        made = blocks(kernel.slopes, inputs, shape, self.clock, noise)
        return refined(kernel.slopes, inputs, made, shape, self.clock, exact=self.exact and noise is None)

    def moving(self, step: WitnessStep) -> list[tuple[int, int]]:
        """Position and step of each operand that carries a gradient."""
        assert step.op is not None
        return [
            (position, operand)
            for position, operand in enumerate(step.operands)
            if self.plan.steps[operand].varies and step.op.rule(position) is not None
        ]

    def how(self, at: int, step: WitnessStep) -> str:
        """How the tangent of a step that is not in a kernel is found."""
        if at not in self.ways:
            operands = [self.values[i] for i in step.operands]
            positions = [position for position, _ in self.moving(step)]
            self.ways[at] = linear.tangent_method(step, operands, positions, self.directions)
        return self.ways[at]

    def prove(self, at: int, step: WitnessStep, position: int) -> None:
        """Find out whether the engine's rule for an operand is the adjoint of the tangent; it is used either way."""
        if (at, position) not in self.proofs:
            self.clock.tick()
            operands = [self.values[i] for i in step.operands]
            self.proofs[at, position] = linear.rule_is_adjoint(
                step, self.values[at], operands, position, self.how(at, step), self.directions
            )

    def tangent(self, tangents: Mapping[str, Array]) -> Array:
        """The derivative of the result along a direction in the space of inputs."""
        moved: list[Any] = [None] * len(self.plan.steps)
        for name, at in self.plan.leaves.items():
            moved[at] = tangents.get(name)
        for at, step in enumerate(self.plan.steps):
            if step.kind == ELEMENTWISE and at in self.kernels:
                kernel = self.kernels[at]
                reached = [(p, moved[kernel.inputs[p]]) for p in kernel.by]
                if any(one is not None for _, one in reached):
                    total: Any = 0.0
                    with np.errstate(all="ignore"):
                        for (_, one), slope in zip(reached, self.slopes(kernel), strict=True):
                            if one is not None:
                                total = total + slope * one
                    moved[at] = np.broadcast_to(total, step.shape)
            elif step.kind in (LINEAR, TANGENT) and any(moved[i] is not None for i in step.operands):
                self.clock.tick()
                operands = [self.values[i] for i in step.operands]
                ways = dict(self.moving(step))
                given = [moved[i] if p in ways else None for p, i in enumerate(step.operands)]
                if any(one is not None for one in given):
                    moved[at] = linear.tangent(step, given, operands, self.how(at, step))
        result = moved[self.plan.result]
        return np.zeros(self.plan.steps[self.plan.result].shape) if result is None else np.asarray(result)

    def trust(self) -> dict[str, int]:
        """What the gradient of each input rests on, after a reverse sweep."""
        levels: dict[int, int] = {self.plan.result: SYMBOLIC}
        for at in range(len(self.plan.steps) - 1, -1, -1):
            step = self.plan.steps[at]
            if at not in levels or step.kind in (LEAF, CONSTANT, HELD):
                continue
            if step.kind == ELEMENTWISE:
                kernel = self.kernels[at]
                edges = [(kernel.inputs[position], SYMBOLIC) for position in kernel.by]
            else:
                edges = [(operand, self._edge(at, position)) for position, operand in self.moving(step)]
            for operand, level in edges:
                levels[operand] = min(levels.get(operand, SYMBOLIC), level, levels[at])
        return {name: levels.get(at, SYMBOLIC) for name, at in self.plan.leaves.items()}

    def _edge(self, at: int, position: int) -> int:
        if not self.proofs.get((at, position), False):
            return UNPROVED
        return SYMBOLIC if self.ways[at] == linear.EXACT else BY_TANGENT
