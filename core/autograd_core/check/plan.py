"""The expression as steps for the kernel witness: what SymPy differentiates, what is linear, what has its own tangent.

Steps are built from the parsed expression alone. What does not depend on a wanted input is computed first and is a
constant. Operations such as softmax are written out in elementary parts (``check.expand``), so that SymPy sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.expand import EXPANSIONS, loss
from autograd_core.check.question import Question
from autograd_core.check.steps import HELD, LEAF, Step, Steps, Traced
from autograd_core.expr.evaluate import evaluate
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological

Array = npt.NDArray[Any]


class Plan(Steps):
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
            step = Step(LEAF, node.shape, varies=True, value=inputs[node.name])
            self.leaves[node.name] = self.append(step)
            return self.leaves[node.name]
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
