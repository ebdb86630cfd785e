"""The expression as steps for the kernel witness: what SymPy differentiates, what is linear, what has its own tangent.

Steps are built from the parsed expression alone. What does not depend on a wanted input is computed first and is a
constant. What has a definition in smaller operations (softmax, norms, variances) is written out in them, so that SymPy
sees them instead of a rule of their own. A shift by the largest entry keeps exponentials finite and is held constant:
the result does not depend on it. What picks entries by their size holds the choice constant, which is right wherever
the choice is unique; elsewhere there is a kink.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.question import Question
from autograd_core.dataclass import dataclass
from autograd_core.engine.operators import Operators
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import OpSpec, Shape

Array = npt.NDArray[Any]

LEAF, CONSTANT, ELEMENTWISE, LINEAR, TANGENT, HELD = "leaf", "constant", "elementwise", "linear", "tangent", "held"


@dataclass(slots=True)
class WitnessStep:
    """One step: its kind, and the operation with its operands (numbers of earlier steps).

    ``varies`` says whether a wanted input reaches it with a gradient. ``value`` holds the numbers of constants. A step
    that is ``held`` has the value of its operand and no derivative.
    """

    kind: str
    shape: Shape
    varies: bool
    op: OpSpec | None = None
    operands: tuple[int, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    value: Array | None = None


def kind_of(op: OpSpec) -> str:
    """How the witness differentiates an operation: by SymPy, by what it is linear in, or by its own tangent."""
    return ELEMENTWISE if op.elementwise else LINEAR if op.linear else TANGENT


class WitnessSteps:
    """Steps in order, operands before what uses them."""

    def __init__(self) -> None:
        self.steps: list[WitnessStep] = []

    def append(self, step: WitnessStep) -> int:
        """Add a step; its number."""
        self.steps.append(step)
        return len(self.steps) - 1

    def constant(self, value: Any) -> int:
        """A constant step."""
        array = np.asarray(value, dtype=np.float64)
        return self.append(WitnessStep(CONSTANT, array.shape, varies=False, value=array))

    def apply(self, op: OpSpec, operands: Sequence[int], params: Mapping[str, Any], kind: str | None = None) -> int:
        """A step that applies an operation."""
        given = [self.steps[at] for at in operands]
        shape = op.shape(*[step.shape for step in given], **params)
        rules = [op.rule(position) for position in range(len(given))]
        reached = any(step.varies and rule is not None for step, rule in zip(given, rules, strict=True))
        if kind is None:
            kind = kind_of(op)
        varies = reached if kind != ELEMENTWISE else any(step.varies for step in given)
        return self.append(WitnessStep(kind, shape, varies, op, tuple(operands), params))

    def held(self, at: int) -> int:
        """The value of a step without its derivative."""
        return self.append(WitnessStep(HELD, self.steps[at].shape, False, None, (at,)))


class Traced(Operators):
    """A step as a value: operations on it add steps."""

    __slots__ = ("at", "plan", "shape")

    def __init__(self, plan: WitnessSteps, at: int) -> None:
        self.plan = plan
        self.at = at
        self.shape = plan.steps[at].shape

    @staticmethod
    def __apply_op__(op: OpSpec, operands: Sequence[Any], params: Mapping[str, Any]) -> Traced:
        plan = next(o.plan for o in operands if isinstance(o, Traced))
        if op is ops.detach:
            return Traced(plan, plan.held(operands[0].at))
        if op.definition is not None and any(plan.steps[o.at].varies for o in operands if isinstance(o, Traced)):
            defined: Traced | None = op.definition(*operands, **params)
            if defined is not None:
                return defined
        places = [o.at if isinstance(o, Traced) else plan.constant(o) for o in operands]
        return Traced(plan, plan.apply(op, places, params))


Made = Any
"""A traced value, or None where there is no form: operations are looked up by name, which tells mypy no type."""


def _loss(function: OpSpec, operands: Sequence[Traced], params: Mapping[str, Any]) -> Made:
    """A loss of pairs of entries: its formula for one pair, then the mean or the sum. None for anything else."""
    if function.group != "loss" or function.elementwise or "reduction" not in params or len(operands) != 2:
        return None
    if function.rule(1) is None or function.symbolic is None:
        return None
    plan = operands[0].plan
    each = {**params, "reduction": "none"}
    made = Traced(plan, plan.apply(function, [o.at for o in operands], each, ELEMENTWISE))
    if params["reduction"] == "none":
        return made
    return (ops.mean if params["reduction"] == "mean" else ops.sum)(made, axis=None, keepdims=False)


class Expansion(WitnessSteps):
    """The steps of an expression, operands before what uses them; the last one is the result."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.leaves: dict[str, int] = {}
        nodes = topological([question.result])
        varying: set[Expr] = {node for node in nodes if isinstance(node, Var) and node.name in question.wanted}
        for node in nodes:
            if any(operand in varying for operand in node.operands):
                varying.add(node)
        constants = [node for node in nodes if node not in varying]
        used = {operand for node in varying for operand in node.operands} | {question.result}
        roots = [node for node in constants if node in used and not isinstance(node, Const)]
        inputs = {name: np.asarray(array, dtype=np.float64) for name, array in question.inputs.items()}
        values = evaluate(roots, inputs) if roots else {}
        places: dict[Expr, int] = {}
        for node in nodes:
            if node in varying:
                places[node] = self._varying(node, places, inputs)
            elif isinstance(node, Const):
                places[node] = self.constant(node.value)
            elif node in values:
                places[node] = self.constant(values[node])
        self.result = places[question.result]
        self.places = places
        self._still()

    def _varying(self, node: Expr, places: Mapping[Expr, int], inputs: Mapping[str, Array]) -> int:
        if isinstance(node, Var):
            step = WitnessStep(LEAF, node.shape, varies=True, value=inputs[node.name])
            self.leaves[node.name] = self.append(step)
            return self.leaves[node.name]
        assert isinstance(node, Call)
        operands = [Traced(self, places[operand]) for operand in node.operands]
        made: Traced | None = _loss(node.op, operands, node.params)
        return (Traced.__apply_op__(node.op, operands, node.params) if made is None else made).at

    def _still(self) -> None:
        """Mark what carries no gradient because only held values are made of it: its numbers count, and no more."""
        carrying = {self.result}
        for at in range(len(self.steps) - 1, -1, -1):
            step = self.steps[at]
            if at not in carrying:
                step.varies = False
            elif step.kind != HELD:
                carrying.update(step.operands)
