"""Steps of an expression as the kernel witness sees it, and values that add steps when they are computed with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.engine.operators import Operators
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
