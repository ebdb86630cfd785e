"""The expression as steps for the kernel witness: what SymPy differentiates, what is linear, what has its own tangent.

Steps are built from the parsed expression alone. What does not depend on a wanted input is computed first and is a
constant. Softmax, norms, variances and choices by size are written out in elementary parts, so that SymPy sees them
instead of a rule of their own. A shift by the largest entry keeps exponentials finite and is held constant: the result
does not depend on it. What picks entries by their size holds the choice constant, which is right wherever the choice is
unique; elsewhere there is a kink.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.question import Question
from autograd_core.check.witnesses.steps import ELEMENTWISE, HELD, LEAF, Step, Steps, Traced, hold
from autograd_core.expr.evaluate import evaluate
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.ops.arguments import axis_indices, reduced
from autograd_core.ops.registry import op
from autograd_core.ops.spec import OpSpec, Shape

Array = npt.NDArray[Any]

Made = Any
"""A traced value, or None where there is no form: operations are looked up by name, which tells mypy no type."""


def _softmax(x: Traced, axis: int) -> Made:
    if not x.shape:
        return None
    raised = op.exp(x - hold(op.max(x, axis=axis, keepdims=True)))
    return raised / op.sum(raised, axis=axis, keepdims=True)


def _log_softmax(x: Traced, axis: int) -> Made:
    if not x.shape:
        return None
    moved = x - hold(op.max(x, axis=axis, keepdims=True))
    return moved - op.log(op.sum(op.exp(moved), axis=axis, keepdims=True))


def _logsumexp(x: Traced, axis: Any, keepdims: bool) -> Made:
    if 0 in x.shape:
        return None
    top = hold(op.max(x, axis=axis, keepdims=True))
    total = op.log(op.sum(op.exp(x - top), axis=axis, keepdims=True)) + top
    return op.reshape(total, shape=reduced(x.shape, axis, keepdims))


def _left(x: Traced, axis: Any, ddof: float) -> float:
    return float(math.prod(x.shape[i] for i in axis_indices(axis, len(x.shape))) - ddof)


def _var(x: Traced, axis: Any, ddof: float, keepdims: bool) -> Made:
    if _left(x, axis, ddof) <= 0:
        return None
    squares = (x - op.mean(x, axis=axis, keepdims=True)) ** 2.0
    return op.sum(squares, axis=axis, keepdims=keepdims) / _left(x, axis, ddof)


def _std(x: Traced, axis: Any, ddof: float, keepdims: bool) -> Made:
    spread = _var(x, axis, ddof, keepdims)
    return None if spread is None else op.sqrt(spread)


def _norm(x: Traced, ord: float, axis: Any, keepdims: bool) -> Made:
    if ord == 2:
        return op.sqrt(op.sum(x * x, axis=axis, keepdims=keepdims))
    if ord == 1:
        return op.sum(op.abs(x), axis=axis, keepdims=keepdims)
    if math.isinf(ord):
        return (_max if ord > 0 else _min)(op.abs(x), axis, keepdims)
    return op.sum(op.abs(x) ** ord, axis=axis, keepdims=keepdims) ** (1 / ord)


def _extreme(function: OpSpec, x: Traced, axis: Any, keepdims: bool) -> Made:
    """The sum of the entries that were chosen, each by its share."""
    if 0 in x.shape:
        return None
    top = hold(function(x, axis=axis, keepdims=True))
    won = hold(op.equal(hold(x), top))
    share = won / op.sum(won, axis=axis, keepdims=True)
    return op.sum(op.where(won, x * share, 0.0), axis=axis, keepdims=keepdims)


def _max(x: Traced, axis: Any, keepdims: bool) -> Made:
    return _extreme(op.max, x, axis, keepdims)


def _min(x: Traced, axis: Any, keepdims: bool) -> Made:
    return _extreme(op.min, x, axis, keepdims)


def _sort(x: Traced, axis: int | None, descending: bool) -> Made:
    if not x.shape:
        return None
    if axis is None:
        x, axis = op.reshape(x, shape=(-1,)), 0
    order = hold(op.argsort(hold(x), axis=axis, descending=descending))
    return op.take_along_axis(x, order, axis=axis)


def _median(x: Traced, axis: Any, keepdims: bool) -> Made:
    if isinstance(axis, tuple) or 0 in x.shape or not x.shape:
        return None
    lined = op.reshape(x, shape=(-1,)) if axis is None else x
    place = 0 if axis is None else axis % len(x.shape)
    ranked = _sort(lined, place, False)
    count = lined.shape[place]
    lead = (slice(None),) * place
    middle = op.index(ranked, key=(*lead, slice((count - 1) // 2, count // 2 + 1)))
    found = op.mean(middle, axis=place, keepdims=keepdims)
    return op.reshape(found, shape=reduced(x.shape, axis, keepdims))


def _layer_norm(x: Traced, weight: Traced, bias: Traced, normalized_shape: Shape, eps: float) -> Made:
    return _standard(x, tuple(range(len(x.shape) - len(normalized_shape), len(x.shape))), weight, bias, eps)


def _batch_norm(x: Traced, weight: Traced, bias: Traced, eps: float) -> Made:
    scale, shift = (
        op.reshape(one, shape=one.shape + (1,) * (len(x.shape) - 2)) if one.shape else one for one in (weight, bias)
    )
    return _standard(x, tuple(i for i in range(len(x.shape)) if i != 1), scale, shift, eps)


def _standard(x: Traced, axis: Shape, weight: Traced, bias: Traced, eps: float) -> Made:
    """Entries less their mean, divided by their spread, scaled and shifted."""
    if 0 in x.shape:
        return None
    centred = x - op.mean(x, axis=axis, keepdims=True)
    variance = op.mean(centred**2.0, axis=axis, keepdims=True)
    return centred / op.sqrt(variance + eps) * weight + bias


WRITTEN_OUT: dict[str, Callable[..., Made]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "var": _var,
    "std": _std,
    "vector_norm": _norm,
    "max": _max,
    "min": _min,
    "sort": _sort,
    "median": _median,
    "native_layer_norm": _layer_norm,
    "native_batch_norm": _batch_norm,
}


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
    return (op.mean if params["reduction"] == "mean" else op.sum)(made, axis=None, keepdims=False)


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
        builder = WRITTEN_OUT.get(node.op.name)
        made: Traced | None = builder(*operands, **node.params) if builder else _loss(node.op, operands, node.params)
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
