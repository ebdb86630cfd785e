"""Whole Jacobians and Hessians, in batched passes: many directions at once along one leading axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_core.engine.forward import Dual, dtype_of
from autograd_core.engine.grad_mode import set_grad_enabled
from autograd_core.engine.tensor import Tensor
from autograd_core.engine.vmap import Batched, rows
from autograd_core.expr.nodes import Expr
from autograd_core.functional.compilation import ENTRIES_AT_ONCE, planned
from autograd_core.functional.trace import Trace, positions
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import Shape
from autograd_core.phases import report_progress

Function = Callable[..., Any]


def jacobian(function: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives the Jacobian (``torch.func.jacrev``, ``jacfwd``).

    It has the shape of the result followed by that of the argument; for several ``argnums`` there is a tuple of them,
    for a result of several tensors one in the place of each. Rows are found by one batched backward pass, or columns by
    one batched forward pass where these are fewer.
    """

    def derived(*arguments: Any) -> Any:
        trace = Trace.of(function, arguments, positions(argnums, len(arguments)))
        blocks = planned(jacobian_blocks, trace)
        return trace.rebuild([row[0] if isinstance(argnums, int) else tuple(row) for row in blocks])

    return derived


def hessian(function: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives the Hessian (``torch.func.hessian``), forward over reverse in one batched pass.

    For a scalar result and one argument it has the shape of the argument twice; for several ``argnums`` there is a
    tuple of tuples of blocks, one for each pair. A result with several entries puts its shape in front.
    """

    def derived(*arguments: Any) -> Any:
        trace = Trace.of(function, arguments, positions(argnums, len(arguments)))
        if len(trace.outputs) != 1 or size(trace.outputs[0]) != 1:
            return jacobian(jacobian(function, argnums), argnums)(*arguments)
        blocks = planned(second_derivatives, trace)
        return trace.rebuild([blocks[0][0] if isinstance(argnums, int) else tuple(tuple(row) for row in blocks)])

    return derived


def jacobian_blocks(trace: Trace) -> list[list[Any]]:
    """For each output its Jacobian by each input: by rows, or by columns where these are fewer."""
    fewer = sum(map(size, trace.inputs)) < sum(map(size, trace.outputs))
    return by_columns(trace) if fewer else by_rows(trace)


def by_rows(trace: Trace) -> list[list[Any]]:
    """The Jacobian blocks by batched reverse passes: a batch of unit cotangents of one output at a time."""
    parts: list[list[list[Any]]] = [[[] for _ in trace.inputs] for _ in trace.outputs]
    for k, unit in directions(trace, trace.outputs):
        seeds = [unit if i == k else np.zeros(o.shape) for i, o in enumerate(trace.outputs)]
        for part, g, x in zip(parts[k], trace.pull(seeds), trace.inputs, strict=True):
            part.append(flat(g, length(unit), x))
    with set_grad_enabled(trace.recording):
        return [
            [result(joined(part, x), y.shape + x.shape) for part, x in zip(row, trace.inputs, strict=True)]
            for row, y in zip(parts, trace.outputs, strict=True)
        ]


def by_columns(trace: Trace) -> list[list[Any]]:
    """The Jacobian blocks by batched forward passes: a batch of unit tangents of one input at a time."""
    parts: list[list[list[Any]]] = [[[] for _ in trace.inputs] for _ in trace.outputs]
    for k, unit in directions(trace, trace.inputs):
        tangents = trace.pushforward([unit if i == k else None for i in range(len(trace.inputs))])
        for row, t, y in zip(parts, tangents, trace.outputs, strict=True):
            row[k].append(flat(t, length(unit), y))
    with set_grad_enabled(trace.recording):
        return [
            [result(joined(part, y).T, y.shape + x.shape) for part, x in zip(row, trace.inputs, strict=True)]
            for row, y in zip(parts, trace.outputs, strict=True)
        ]


def hessian_blocks(trace: Trace) -> tuple[list[Any], list[list[Any]]]:
    """The gradient by each input, and the Hessian of a scalar output by each pair of inputs.

    The tangents of all directions of an input go forward once and backward once, along with the gradient.
    """
    count = len(trace.inputs)
    parts: list[list[list[Any]]] = [[[] for _ in range(count)] for _ in range(count)]
    gradients: list[Any] = [None] * count
    y = trace.outputs[0]
    for k, unit in directions(trace, trace.inputs):
        starts = [unit if i == k else None for i in range(count)]
        found = trace.pull([np.ones(y.shape, dtype_of(y))], trace.push(starts))
        for i, g in enumerate(found):
            parts[i][k].append(flat(g.tangent if type(g) is Dual else None, length(unit), trace.inputs[i]))
            gradients[i] = g.value if type(g) is Dual else g
    with set_grad_enabled(trace.recording):
        return gradients, [
            [result(joined(part, a).T, y.shape + a.shape + b.shape) for part, b in zip(row, trace.inputs, strict=True)]
            for row, a in zip(parts, trace.inputs, strict=True)
        ]


def second_derivatives(trace: Trace) -> list[list[Any]]:
    """The blocks of the Hessian."""
    return hessian_blocks(trace)[1]


def directions(trace: Trace, values: Sequence[Any]) -> Iterator[tuple[int, Batched]]:
    """All unit directions of each input or output, with its place, in batches that keep intermediate values small."""
    largest = max([math.prod(node.shape) for node in trace.within] or [1])
    many = max(ENTRIES_AT_ONCE // max(largest, 1), 1)
    done, everything = 0, sum(map(size, values))
    for place, value in enumerate(values):
        total = size(value)
        for start in range(0, total, many):
            count = min(many, total - start)
            block = np.eye(count, total, start, dtype=dtype_of(value))
            yield place, Batched(block.reshape(count, *value.shape), unit=count == total)
            done += count
            report_progress(done, everything)


def size(value: Any) -> int:
    """How many entries a tensor or expression has."""
    return math.prod(value.shape)


def length(unit: Batched) -> int:
    """How many directions a batch holds."""
    found: int = unit.base.shape[0]
    return found


def flat(found: Any, many: int, like: Any) -> Any:
    """A batch of derivatives as rows, zeros where there are none."""
    return np.zeros((many, size(like)), dtype_of(like)) if found is None else rows(found, many, like.shape)


def joined(parts: Sequence[Any], like: Any) -> Any:
    """The rows of several passes as one matrix."""
    if not parts:
        return np.zeros((0, size(like)), dtype_of(like))
    return parts[0] if len(parts) == 1 else ops.concatenate(*parts, axis=0)


def result(matrix: Any, shape: Shape) -> Any:
    """A block in its full shape: a tensor, or an expression where the function was run on expressions."""
    if matrix.shape != shape:
        matrix = matrix.reshape(shape)
    return matrix if isinstance(matrix, (Tensor, Expr)) else Tensor.over(matrix)
