"""The expression as steps for the kernel witness: what SymPy differentiates, what is linear, what has its own tangent.

Steps are built from the parsed expression alone. What does not depend on a wanted input is computed first and is a
constant. Operations such as softmax are written out in elementary parts (``check.expand``), so that SymPy sees them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check import Question
from autograd_core.expr.evaluate import evaluate
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.operators import Operators
from autograd_core.ops.spec import OpSpec, Shape
from autograd_core.records import record

Array = npt.NDArray[Any]

LEAF, CONSTANT, ELEMENTWISE, LINEAR, TANGENT, HELD = "leaf", "constant", "elementwise", "linear", "tangent", "held"


@record(slots=True)
class Step:
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


class Plan:
    """The steps of an expression, operands before what uses them; the last one is the result."""

    def __init__(self, question: Question) -> None:
        self.steps: list[Step] = []
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
            step = Step(LEAF, node.shape, varies=True, value=inputs[node.name])
            self.leaves[node.name] = self._append(step)
            return self.leaves[node.name]
        from autograd_core.check.expand import EXPANSIONS, loss

        assert isinstance(node, Call)
        operands = [Traced(self, places[operand]) for operand in node.operands]
        builder = EXPANSIONS.get(node.op.name)
        made: Traced | None = builder(*operands, **node.params) if builder else loss(node.op, operands, node.params)
        if made is None:
            made = Traced.__apply_op__(node.op, operands, node.params)
        return made.at

    def _still(self) -> None:
        """Mark what carries no gradient because only held values are made of it: its numbers count, and no more."""
        carrying = {self.result}
        for at in range(len(self.steps) - 1, -1, -1):
            step = self.steps[at]
            if at not in carrying:
                step.varies = False
            elif step.kind != HELD:
                carrying.update(step.operands)

    def _append(self, step: Step) -> int:
        self.steps.append(step)
        return len(self.steps) - 1

    def constant(self, value: Any) -> int:
        """A constant step."""
        array = np.asarray(value, dtype=np.float64)
        return self._append(Step(CONSTANT, array.shape, varies=False, value=array))

    def apply(self, op: OpSpec, operands: Sequence[int], params: Mapping[str, Any], kind: str | None = None) -> int:
        """A step that applies an operation."""
        given = [self.steps[at] for at in operands]
        shape = op.shape(*[step.shape for step in given], **params)
        rules = [op.rule(position) for position in range(len(given))]
        reached = any(step.varies and rule is not None for step, rule in zip(given, rules, strict=True))
        if kind is None:
            kind = kind_of(op)
        varies = reached if kind != ELEMENTWISE else any(step.varies for step in given)
        return self._append(Step(kind, shape, varies, op, tuple(operands), params))

    def held(self, at: int) -> int:
        """The value of a step without its derivative."""
        return self._append(Step(HELD, self.steps[at].shape, False, None, (at,)))


class Traced(Operators):
    """A step as a value: operations on it add steps."""

    __slots__ = ("at", "plan", "shape")

    def __init__(self, plan: Plan, at: int) -> None:
        self.plan = plan
        self.at = at
        self.shape = plan.steps[at].shape

    @staticmethod
    def __apply_op__(op: OpSpec, operands: Sequence[Any], params: Mapping[str, Any]) -> Traced:
        plan = next(o.plan for o in operands if isinstance(o, Traced))
        places = [o.at if isinstance(o, Traced) else plan.constant(o) for o in operands]
        return Traced(plan, plan.apply(op, places, params))


def hold(x: Traced) -> Traced:
    """A value whose derivative does not count: where the result does not depend on it, or by intervals only."""
    return Traced(x.plan, x.plan.held(x.at))
