"""Reverse mode: the one walk over a graph, whatever its nodes hold.

A node of the graph has ``number`` (its place in the order of creation), ``op`` and ``params``, ``shape``, ``edges`` (for
each operand the node or leaf it comes from, None for a constant), ``shapes`` of its operands, and ``values(wrap)``: the
result and the operands for the rules. A leaf has ``op`` None. The walk goes by falling creation number, as PyTorch's
engine does: operands are created before what uses them, so each node is reached when all it must receive has arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from heapq import heappop, heappush
from sys import getrefcount
from typing import Any

import numpy as np

from autograd_core.errors import AutogradError
from autograd_core.ops import registry
from autograd_core.ops.spec import OpSpec, Rule, Shape

ops = registry.op

IN_PLACE = 4096
"""Entries above which adding in place is worth the question whether it is allowed."""


def sweep(
    roots: Sequence[Any],
    seeds: Sequence[Any],
    *,
    wrap: Callable[[Any, Any], Any] | None = None,
    rules: Callable[[OpSpec, int], Rule | None] = OpSpec.rule,
    observe: Callable[[Any, Any], None] | None = None,
    done: Callable[[Any], None] | None = None,
    within: Container[Any] | None = None,
) -> dict[Any, Any]:
    """Pull ``seeds`` back from ``roots`` to the leaves.

    Returns the gradient of each leaf that was reached, in the leaf's shape. ``wrap(array, edge)`` gives the rules
    values that record what is done to them; ``rules(op, operand)`` takes other rules than the declared ones.
    ``observe(node, gradient)`` is told the gradient of each inner node, which may broadcast to its shape; ``done(node)``
    is called when a node is no longer needed. ``within`` holds the nodes and leaves to walk to, all where it is None.
    """
    pending: dict[Any, Any] = {}
    queue: list[tuple[int, Any]] = []
    for root, seed in zip(roots, seeds, strict=True):
        if root in pending:
            pending[root] = pending[root] + seed
        else:
            pending[root] = seed
            if root.op is not None:
                heappush(queue, (-root.number, root))
    while queue:
        node = heappop(queue)[1]
        g = pending.pop(node)
        if observe is not None:
            observe(node, g)
        for edge, passed in pull_back(node, g, wrap, rules):
            if edge in pending:
                pending[edge] = accumulate(pending, edge, passed)
            elif within is None or edge in within:
                pending[edge] = passed
                if edge.op is not None:
                    heappush(queue, (-edge.number, edge))
        if done is not None:
            done(node)
    return {leaf: fill(g, leaf.shape) for leaf, g in pending.items()}


def pull_back(
    node: Any, g: Any, wrap: Callable[[Any, Any], Any] | None, rules: Callable[[OpSpec, int], Rule | None]
) -> list[tuple[Any, Any]]:
    """What one node passes on: pairs of an edge and its gradient."""
    op, params, shape, shapes = node.op, node.params, node.shape, node.shapes
    y, operands = node.values(wrap)
    passes: list[tuple[Any, Any]] = []
    if shapes is None:  # elementwise, all of one shape: nothing to fill in
        for position, edge in enumerate(node.edges):
            if edge is not None:
                passed = rules(op, position)(g, y, *operands, **params)  # type: ignore[misc]
                if type(passed) is float:
                    passed = constant(passed, g)
                if passed.shape != shape:
                    passed = unbroadcast(passed, shape, op, position)
                passes.append((edge, passed))
        return passes
    whole = None
    for position, edge in enumerate(node.edges):
        rule = None if edge is None else rules(op, position)
        if rule is None:
            continue
        target = shapes[position]
        incoming = g
        if g.shape != shape and not (op.uniform and g.shape == ()) and not (op.elementwise and target == shape):
            whole = incoming = fill(g, shape) if whole is None else whole
        if op.variadic:
            passed = rule(incoming, y, *operands, operand=position, **params)
        else:
            passed = rule(incoming, y, *operands, **params)
        if type(passed) is float:
            passed = constant(passed, g)
        if passed.shape != target:
            passed = unbroadcast(passed, target, op, position)
        passes.append((edge, passed))
    return passes


def constant(value: float, g: Any) -> Any:
    """A plain number that a rule returned, as the kind of value that ``g`` is."""
    return g.constant(value) if hasattr(g, "constant") else g.dtype.type(value)


def accumulate(pending: dict[Any, Any], edge: Any, passed: Any) -> Any:
    """The sum of what an edge has received; in place where the buffer is ours alone and large enough to matter."""
    held = pending[edge]
    if (
        type(held) is np.ndarray
        and held.size > IN_PLACE
        and getrefcount(held) == 3  # the table, this name, and the argument of getrefcount
        and held.base is None
        and held.shape == passed.shape
        and held.dtype == passed.dtype
    ):
        return np.add(held, passed, out=held)
    return held + passed


def unbroadcast(g: Any, target: Shape, op: OpSpec, position: int) -> Any:
    """Sum ``g`` over the axes along which an operand of shape ``target`` was broadcast.

    A gradient that itself broadcasts to ``target`` is left as it is: it is filled in at the leaf.
    """
    shape = g.shape
    lead = len(shape) - len(target)
    if lead <= 0 and all(n in (1, m) for n, m in zip(reversed(shape), reversed(target), strict=False)):
        return g
    summed = tuple(range(lead)) + tuple(
        lead + i for i, n in enumerate(target) if n == 1 and lead + i >= 0 and shape[lead + i] != 1
    )
    if lead < 0 or any(n not in (1, shape[lead + i]) for i, n in enumerate(target)):
        raise AutogradError(
            f"the rule of {op.name} gave operand {position + 1} a gradient of shape {shape}; expected {target}",
            code="AG001",
        )
    g = ops.sum(g, axis=summed, keepdims=True)
    return g if g.shape == target else ops.reshape(g, shape=target)


def fill(g: Any, shape: Shape) -> Any:
    """``g`` broadcast to ``shape``."""
    return g if g.shape == shape else ops.broadcast_to(g, shape=shape)
