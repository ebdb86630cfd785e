"""Reverse mode: the one walk over a graph, whatever its nodes hold.

A node of the graph has ``number`` (its place in the order of creation), ``op`` and ``params``, ``shape``, ``edges`` (for
each operand the node or leaf it comes from, None for a constant), ``shapes`` of its operands, and ``values(wrap)``: the
result and the operands for the rules. A leaf has ``op`` None. The walk goes by falling creation number, as PyTorch's
engine does: operands are created before what uses them, so each node is reached when all it must receive has arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd_core.errors import AutogradError
from autograd_core.ops import registry
from autograd_core.ops.spec import OpSpec, Rule, Shape

ops = registry.op


def reachable(roots: Iterable[Any]) -> list[Any]:
    """Every node below ``roots``, leaves left out, latest first."""
    seen: set[int] = set()
    found: list[Any] = []
    stack = [root for root in roots if root.op is not None]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        found.append(node)
        for edge in node.edges:
            if edge is not None and edge.op is not None and id(edge) not in seen:
                stack.append(edge)
    found.sort(key=lambda node: node.number, reverse=True)
    return found


def sweep(
    roots: Sequence[Any],
    seeds: Sequence[Any],
    *,
    wrap: Callable[[Any, Any], Any] | None = None,
    rules: Callable[[OpSpec, int], Rule | None] | None = None,
    observe: Callable[[Any, Any], None] | None = None,
    done: Callable[[Any], None] | None = None,
) -> dict[Any, Any]:
    """Pull ``seeds`` back from ``roots`` to the leaves.

    Returns the gradient of each leaf that was reached, in the leaf's shape. ``wrap(array, edge)`` gives the rules
    values that record what is done to them; ``rules(op, operand)`` takes other rules than the declared ones.
    ``observe(node, gradient)`` is told the gradient of each inner node, which may broadcast to its shape; ``done(node)``
    is called when a node is no longer needed.
    """
    pending: dict[Any, Any] = {}
    for root, seed in zip(roots, seeds, strict=True):
        pending[root] = pending[root] + seed if root in pending else seed
    for node in reachable(roots):
        g = pending.pop(node, None)
        if g is None:
            continue
        if observe is not None:
            observe(node, g)
        op, shape, shapes, params = node.op, node.shape, node.shapes, node.params
        y, operands = node.values(wrap)
        whole = None
        for position, edge in enumerate(node.edges):
            if edge is None:
                continue
            rule = op.rule(position) if rules is None else rules(op, position)
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
            if passed is None:
                continue
            if type(passed) in (int, float):
                passed = g.constant(passed) if hasattr(g, "constant") else g.dtype.type(passed)
            if passed.shape != target:
                passed = unbroadcast(passed, target, op, position)
            pending[edge] = pending[edge] + passed if edge in pending else passed
        if done is not None:
            done(node)
    return {leaf: fill(g, leaf.shape) for leaf, g in pending.items()}


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
