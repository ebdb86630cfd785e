"""What the tests of the cross-check have in common: run the engine, and plant errors in its operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_core.check import Question
from autograd_core.engine.tensor import Tensor
from autograd_core.expr.build import parse
from autograd_core.expr.run import evaluate
from autograd_core.limits import CHECK_BUDGET
from autograd_core.ops.spec import OpSpec
from autograd_core.request import TOLERANCES


def asked(
    text: str, inputs: Mapping[str, Any], weights: Any = None, *, wanted: Any = None, dtype: Any = float, **fields: Any
) -> Question:
    """The question about the gradients that the engine finds for an expression; ``fields`` may set its limits."""
    arrays = {name: np.asarray(value, dtype=dtype) for name, value in inputs.items()}
    program = parse(text, arrays)
    names = tuple(program.variables if wanted is None else wanted)
    tensors = {name: Tensor(arrays[name], requires_grad=name in names) for name in program.variables}
    result = evaluate([program.result], tensors, dtype=dtype)[program.result]
    seed = np.ones(result.shape) if weights is None else np.broadcast_to(np.asarray(weights, dtype), result.shape)
    result.backward(np.array(seed))
    grads = {name: tensors[name].grad for name in names}
    gradients = {name: np.zeros_like(arrays[name]) if g is None else g.array for name, g in grads.items()}
    return Question(
        result=program.result,
        variables=program.variables,
        inputs={name: arrays[name] for name in program.variables},
        wanted=names,
        weights=np.asarray(seed, dtype=float),
        value=result.array,
        gradients=gradients,
        **{**limits_of(np.dtype(dtype).name), **fields},
    )


def limits_of(dtype: str = "float64") -> dict[str, float]:
    """The tolerances and the budget of a check that no request says anything else about."""
    rtol, atol = TOLERANCES[dtype]
    return {"rtol": rtol, "atol": atol, "budget": CHECK_BUDGET}


def changed(question: Question, name: str, change: Any) -> Question:
    """The same question, with one gradient changed: ``change`` gets a copy and alters it or returns another."""
    gradient = np.array(question.gradients[name])
    made = change(gradient)
    return replace(question, gradients={**question.gradients, name: gradient if made is None else made})


@contextmanager
def planted(op: OpSpec, **fields: Any) -> Iterator[None]:
    """An operation with some of its declaration replaced."""
    kept = {name: getattr(op, name) for name in fields}
    unread = dict(op.unread)
    op.unread.clear()
    for name, value in fields.items():
        object.__setattr__(op, name, value)
    try:
        yield
    finally:
        for name, value in kept.items():
            object.__setattr__(op, name, value)
        op.unread.clear()
        op.unread.update(unread)
