"""Whole Jacobians and Hessians, in batched passes: many directions at once along one leading axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_core.engine.grad_mode import set_grad_enabled
from autograd_core.engine.tensor import Tensor
from autograd_core.engine.vmap import Batched, rows
from autograd_core.expr.nodes import Expr
from autograd_core.functional.compilation import ENTRIES_AT_ONCE, planned
from autograd_core.functional.trace import Trace, dtype_of, positions
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
    """The function that gives the Hessian (``torch.func.hessian``), by one batched pass through the gradient's.

    For a scalar result and one argument it has the shape of the argument twice; for several ``argnums`` there is a
    tuple of tuples of blocks, one for each pair. A result with several entries puts its shape in front.
    """

    def derived(*arguments: Any) -> Any:
        trace = Trace.of(function, arguments, positions(argnums, len(arguments)))
        if len(trace.outputs) != 1 or size(trace.outputs[0]) != 1:
            return jacobian(jacobian(function, argnums), argnums)(*arguments)
        blocks = planned(hessian_blocks, trace)
        return trace.rebuild([blocks[0][0] if isinstance(argnums, int) else tuple(tuple(row) for row in blocks)])

    return derived


def jacobian_blocks(trace: Trace) -> list[list[Any]]:
    """For each output its Jacobian by each input: by rows, or by columns where these are fewer."""
    fewer = sum(map(size, trace.inputs)) < sum(map(size, trace.outputs))
    return by_columns(trace) if fewer else by_rows(trace)


def by_rows(trace: Trace) -> list[list[Any]]:
    """The Jacobian blocks by batched reverse passes: a batch of unit cotangents of one output at a time."""
    rows = passes(trace, trace.outputs, trace.pull, trace.inputs)
    return [
        [result(part, y.shape + x.shape) for part, x in zip(row, trace.inputs, strict=True)]
        for row, y in zip(rows, trace.outputs, strict=True)
    ]


def by_columns(trace: Trace) -> list[list[Any]]:
    """The Jacobian blocks by batched forward passes: a batch of unit tangents of one input at a time."""
    columns = passes(trace, trace.inputs, trace.pushforward, trace.outputs)
    return [
        [result(column[i].T, y.shape + x.shape) for column, x in zip(columns, trace.inputs, strict=True)]
        for i, y in enumerate(trace.outputs)
    ]


def passes(trace: Trace, starts: Sequence[Any], run: Function, ends: Sequence[Any]) -> list[list[Any]]:
    """For each of ``starts`` and each of ``ends`` the matrix of what all unit directions of the one give the other."""
    parts: list[list[list[Any]]] = [[[] for _ in ends] for _ in starts]
    for k, unit in directions(trace, starts):
        found = run([unit if i == k else None for i in range(len(starts))])
        for part, each, like in zip(parts[k], found, ends, strict=True):
            part.append(flat(each, unit.base.shape[0], like))
    with set_grad_enabled(trace.recording):
        return [[joined(part, like) for part, like in zip(row, ends, strict=True)] for row in parts]


def hessian_blocks(trace: Trace) -> list[list[Any]]:
    """The Hessian of a scalar output by each pair of inputs: the Jacobian of its gradient."""
    y, gradient = trace.outputs[0], trace.gradient()
    with set_grad_enabled(trace.recording):
        return [
            [result(block, y.shape + a.shape + b.shape) for block, b in zip(row, trace.inputs, strict=True)]
            for row, a in zip(by_rows(gradient), trace.inputs, strict=True)
        ]


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
