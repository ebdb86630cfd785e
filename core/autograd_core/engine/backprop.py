"""Reverse mode: the walk over a graph, whatever its nodes hold; ``walk`` has its plainest case.

A node has ``number`` (its place in the order of creation), ``op``, ``params``, ``shape``, ``edges`` (for each operand
the node or leaf it comes from, None for a constant), ``operand_shapes``, and ``values(wrap)``: the result and the
operands for the rules. A leaf has ``op`` None. The walk goes by falling creation number, as PyTorch's engine does:
operands are created before what uses them, so each node is reached when all it must receive has arrived.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator, Sequence
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
    done: Callable[[Any, Any], None] | None = None,
    within: Container[Any] | None = None,
) -> dict[Any, Any]:
    """Pull ``seeds`` back from ``roots`` to the leaves.

    Returns the gradient of each leaf that was reached, in the leaf's shape. ``wrap(array, edge)`` gives the rules
    values that record what is done to them; ``rules(op, operand)`` takes other rules than the declared ones.
    ``done(node, gradient)`` is called when a node is no longer needed, with its gradient, which may broadcast to its
    shape. ``within`` holds the nodes and leaves to walk to, all where it is None.
    """
    pending: dict[Any, Any] = {}
    queue: list[tuple[int, Any]] = []
    for root, seed in zip(roots, seeds, strict=True):
        receive(root, seed, pending, queue)
    while queue:
        node = heappop(queue)[1]
        g = pending.pop(node)
        for edge, passed in pull_back(node, g, wrap, rules):
            if within is None or edge in within:
                receive(edge, passed, pending, queue)
        if done is not None:
            done(node, g)
    return {leaf: fill(g, leaf.shape) for leaf, g in pending.items()}


def receive(edge: Any, passed: Any, pending: dict[Any, Any], queue: list[tuple[int, Any]]) -> None:
    """Add what a node or leaf is passed to what waits for it."""
    held = pending.get(edge)
    if held is None:
        pending[edge] = passed
        if edge.op is not None:
            heappush(queue, (-edge.number, edge))
    else:
        pending[edge] = added(held, passed)


def named() -> int:
    """What ``getrefcount`` says of an object that one name holds; this differs between versions of Python."""
    held = object()
    return getrefcount(held)


def tabled() -> int:
    """What ``getrefcount`` says in a function of an argument that a table and a name of the caller hold."""
    table = [object()]
    held = table[0]
    return references(held)


def references(held: Any) -> int:
    """What ``getrefcount`` says of an argument."""
    return getrefcount(held)


NAMED, TABLED = named(), tabled()


def added(held: Any, passed: Any) -> Any:
    """The sum of two gradients, in place of the first where it is large and only its table and the caller hold it."""
    if (
        type(held) is np.ndarray
        and held.size > IN_PLACE
        and getrefcount(held) == TABLED
        and held.base is None
        and held.shape == passed.shape
        and held.dtype == passed.dtype
    ):
        return np.add(held, passed, out=held)
    return held + passed


def pull_back(
    node: Any, g: Any, wrap: Callable[[Any, Any], Any] | None, rules: Callable[[OpSpec, int], Rule | None]
) -> Iterator[tuple[Any, Any]]:
    """What one node passes on: pairs of an edge and its gradient."""
    op, params, shape = node.op, node.params, node.shape
    edges = node.edges
    shapes = node.operand_shapes
    y, operands = node.values(wrap)
    whole = None
    for position, edge in enumerate(edges):
        rule = None if edge is None else rules(op, position)
        if rule is None:
            continue
        target = shapes[position]
        incoming = g
        narrow = wrap is None and op.elementwise and isinstance(g, (np.ndarray, np.generic))
        as_it_is = narrow or (op.uniform and g.shape == ()) or (op.elementwise and target == shape)
        if g.shape != shape and not as_it_is:
            whole = incoming = fill(g, shape) if whole is None else whole
        if op.variadic:
            passed = rule(incoming, y, *operands, operand=position, **params)
        else:
            passed = rule(incoming, y, *operands, **params)
        if type(passed) is float:
            passed = constant(passed, g)
        if narrow and target != shape:
            passed = narrowed(passed, shape, target)
        yield edge, passed if passed.shape == target else unbroadcast(passed, target, op, position)


def constant(value: float, g: Any) -> Any:
    """A plain number that a rule returned, as the kind of value that ``g`` is."""
    return g.constant(value) if hasattr(g, "constant") else g.dtype.type(value)


def unbroadcast(g: Any, target: Shape, op: OpSpec, position: int) -> Any:
    """Sum ``g`` over the axes along which an operand of shape ``target`` was broadcast.

    A gradient that itself broadcasts to ``target`` is left as it is: it is filled in at the leaf.
    """
    shape = g.shape
    if shape == ():
        return g
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


def narrowed(g: Any, shape: Shape, target: Shape) -> Any:
    """An array that stands for one of ``shape``, which it broadcasts to, summed over the axes that ``target`` lacks.

    Where it is constant along such an axis the sum is a multiple: what is not there is not filled in to be added up.
    """
    lead = len(shape) - len(target)
    g = np.reshape(g, (1,) * (len(shape) - g.ndim) + g.shape)
    gone = [i for i, n in enumerate(shape) if n != 1 and (i < lead or target[i - lead] == 1)]
    times = math.prod(shape[i] for i in gone if g.shape[i] == 1)
    g = np.add.reduce(g, axis=tuple(i for i in gone if g.shape[i] != 1), keepdims=True)
    return np.reshape(g if times == 1 else g * float(times), g.shape[lead:])


def fill(g: Any, shape: Shape) -> Any:
    """``g`` broadcast to ``shape``."""
    return g if g.shape == shape else ops.broadcast_to(g, shape=shape)
