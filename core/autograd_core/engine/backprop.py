"""Reverse mode: the one backward pass, over recorded tensors and over expressions.

A node has ``number`` (its place in the order of creation), ``op``, ``params``, ``shape``, ``edges`` (for each operand
the node or leaf it comes from, None for a constant), ``operand_shapes``, and ``values(wrap)``: the result and the
operands, in a row, for the rules. A leaf has ``op`` None. Nodes are taken by falling creation number, as in PyTorch's
engine: operands are created before what uses them, so each node is reached when all it must receive has arrived.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Sequence
from functools import partial
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy import ndarray

from autograd_core.errors import AutogradError
from autograd_core.ops.reduce import sum_
from autograd_core.ops.shape import broadcast_to, reshape
from autograd_core.ops.spec import OpSpec, Shape, identity_vjp

NUMBERS = (ndarray, np.generic)


def backprop(
    roots: Sequence[Any],
    seeds: Sequence[Any],
    *,
    wrap: Callable[[Any, Any], Any] | None = None,
    textbook: bool = False,
    done: Callable[[Any, Any], Any] | None = None,
    passing: Callable[[Any, Any, list[tuple[Any, Any]]], list[tuple[Any, Any]]] | None = None,
    within: Container[Any] | None = None,
    inner: Container[Any] = (),
    release: bool = False,
) -> dict[Any, Any]:
    """Pull ``seeds`` back from ``roots``: the gradient of each leaf and ``inner`` node that was reached.

    Each may broadcast to the shape of what it belongs to.

    ``wrap(array, edge)`` gives the rules values that record what is done to them; with ``textbook`` the shorter rules
    for formulas are taken where there are such. ``done(node, gradient)`` is told the gradient of each node before it is
    passed on, and may return another in its place; ``passing(node, gradient, pairs)`` may change the pairs that are
    passed on. ``within`` holds the nodes and leaves to go to, None for all; with ``release`` nodes let go of values.
    """
    found: dict[Any, Any] = {}
    pending: dict[Any, Any] = {}
    sums: set[Any] = set()  # what is pending for these is a new array, which nobody else holds
    queue: list[tuple[int, Any]] = []
    pairs = list(zip(roots, seeds, strict=True))
    while True:
        for edge, passed in pairs:
            if within is not None and edge not in within:
                continue
            held = pending.get(edge)
            if held is None:
                pending[edge] = passed
                if edge.op is not None:
                    heappush(queue, (-edge.number, edge))
            elif edge in sums and type(passed) is ndarray and held.shape == passed.shape and held.dtype is passed.dtype:
                np.add(held, passed, held)
            else:
                total = pending[edge] = held + passed
                if type(total) is ndarray:
                    sums.add(edge)
                else:  # a batch took the array's place
                    sums.discard(edge)
        if not queue:
            break
        node = heappop(queue)[1]
        g = pending.pop(node)
        if done is not None and (changed := done(node, g)) is not None:
            g = changed
        if inner and node in inner:
            found[node] = g
        pairs = pull_back(node, g, wrap, textbook)
        if passing is not None:
            pairs = passing(node, g, pairs)
        if release:
            node.release()
    return found | pending if inner else pending


def between(roots: Sequence[Any], targets: set[Any], since: int = 0) -> tuple[set[Any], bool]:
    """The nodes and leaves on a way from ``roots`` to ``targets``, and whether there is any other way out.

    Nodes older than ``since`` are not walked.
    """
    seen: set[Any] = set()
    inner: list[Any] = []
    foreign = False
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.op is None or node.number < since:
            foreign = foreign or node not in targets
        else:
            inner.append(node)
            stack += [edge for edge in node.edges if edge is not None]
    if not foreign:
        return seen, False
    within = seen & targets
    inner.sort(key=lambda node: node.number)
    for node in inner:
        if any(edge in within for edge in node.edges):
            within.add(node)
    return within, True


def pull_back(
    node: Any, g: Any, wrap: Callable[[Any, Any], Any] | None = None, textbook: bool = False
) -> list[tuple[Any, Any]]:
    """What one node passes on: pairs of an edge and its gradient."""
    op = node.op
    if op.__class__ is not OpSpec:
        pulled: list[tuple[Any, Any]] = node.pull(g, wrap)
        return pulled
    params, shape, elementwise = node.params, node.shape, op.elementwise
    values = node.values(wrap)
    rules: Sequence[Any] = op.textbook if textbook and op.textbook else op.vjps
    if op.variadic:
        rules = [partial(rules[0], operand=position) for position in range(len(node.edges))]
    if not elementwise:
        g = expand_to(g, shape)
    found = []
    for position, edge in enumerate(node.edges):
        rule = None if edge is None else rules[position]
        if rule is None:
            continue
        passed = g
        if rule is not identity_vjp:
            passed = rule(g, *values, **params) if params else rule(g, *values)
            if type(passed) is float:
                passed = constant(passed, g)
        target = (edge if edge.op is not None else getattr(edge, "array", edge)).shape  # of a tensor no torch.Size
        if elementwise and target != shape:
            passed = sum_to(passed, shape, target) if isinstance(passed, NUMBERS) else expand_to(passed, shape)
        if passed.shape != target:
            passed = unbroadcast(passed, target, op, position)
        found.append((edge, passed))
    return found


def constant(value: float, g: Any) -> Any:
    """A plain number that a rule returned, as the kind of value that ``g`` is."""
    return g.constant(value) if hasattr(g, "constant") else g.dtype.type(value)


def unbroadcast(g: Any, target: Shape, op: OpSpec, position: int) -> Any:
    """Sum ``g`` over the axes along which an operand of shape ``target`` was broadcast.

    A gradient that itself broadcasts to ``target`` is left as it is: it is filled in at the leaf. Raises AutogradError
    for a rule that returned a gradient of another shape.
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
            f"the rule of {op.name} gave operand {position + 1} a gradient of shape {tuple(shape)}; "
            f"expected {tuple(target)}",
            code="AG001",
        )
    g = sum_(g, axis=summed, keepdims=True)
    return g if g.shape == target else reshape(g, shape=target)


def sum_to(g: Any, shape: Shape, target: Shape) -> Any:
    """An array that stands for one of ``shape``, which it broadcasts to, summed over the axes that ``target`` lacks.

    Where it is constant along such an axis the sum is a multiple: what is not there is not filled in to be added up.
    """
    lead = len(shape) - len(target)
    g = np.reshape(g, (1,) * (len(shape) - g.ndim) + g.shape)
    gone = [i for i, n in enumerate(shape) if n != 1 and (i < lead or target[i - lead] == 1)]
    times = math.prod(shape[i] for i in gone if g.shape[i] == 1)
    g = np.add.reduce(g, axis=tuple(i for i in gone if g.shape[i] != 1), keepdims=True)
    return np.reshape(g if times == 1 else g * float(times), g.shape[lead:])


def expand_to(g: Any, shape: Shape) -> Any:
    """``g`` broadcast to ``shape``."""
    return g if g.shape == shape else broadcast_to(g, shape=tuple(shape))
