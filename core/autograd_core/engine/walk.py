"""The walk of ``backprop.sweep`` in its plainest case: recorded arrays, the declared rules, nothing else asked.

What a node passes on is worked out in place here for the nodes of ``lean``, where a call more is a tenth of the time.
Each kind of node has its own lane, and edges are asked for their kind before anything else, because Python remembers
for each place in the code where an attribute is found in one type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush, heapreplace
from typing import Any

import numpy as np

from autograd_core.engine import spend
from autograd_core.engine.backprop import IN_PLACE, added, constant, fill, pull_back, receive, unbroadcast
from autograd_core.engine.node import RELEASED, Node, Pair, Record, Single
from autograd_core.ops.spec import OpSpec, unchanged

MANY = 64
"""Small arrays that are kept to be added up at once."""


def walk(
    roots: Sequence[Any],
    seeds: Sequence[Any],
    release: bool,
    done: Callable[[Node, Any], None] | None = None,
) -> dict[Any, Any]:
    """Pull arrays back from ``roots``: the gradient of each leaf that was reached, which may broadcast to its shape.

    With ``release`` nodes let go of their saved values as they are passed, and a gradient that nobody else holds may be
    written over once its node has passed it on. ``done(node, gradient)`` is told the gradient of each node before.
    """
    leaves: dict[Any, Any] = {}
    waiting: dict[Any, Any] = {}
    queue: list[tuple[int, Any]] = []
    ahead: Any = None  # a node that waits outside the queue, as in a chain each does
    arrived: Any = None  # its gradient
    piled = len(roots) > 1
    if piled or roots[0].op is None:
        for root, seed in zip(roots, seeds, strict=True):
            arrive(root, seed, leaves, waiting, queue)
    else:
        ahead, arrived = roots[0], seeds[0]
    spends = release and done is None
    while True:
        if ahead is None:
            if not queue:
                if not piled:
                    return leaves
                return {leaf: total(held) if type(held) is list else held for leaf, held in leaves.items()}
            node = heappop(queue)[1]
            g = waiting.pop(node)
        elif not queue or ahead.number > -queue[0][0]:
            node, g = ahead, arrived
        else:
            waiting[ahead] = arrived
            node = heapreplace(queue, (-ahead.number, ahead))[1]
            g = waiting.pop(node)
        ahead = arrived = passed = held = None  # a name for an array would say that somebody holds it
        if done is not None:
            done(node, g)
        kind = type(node)
        if kind is Pair:
            if node.retained is not None:
                retain(node, g)
            op = node.op
            a = node.a
            if a is not RELEASED and not (
                spends and op.into and (g.size > IN_PLACE or (a is not None and a.size > IN_PLACE))
            ):
                y = node.y
                b = node.b
                rule, second = op.vjps
                edge = node.first
                if edge is not None:
                    if rule is unchanged:
                        passed = g
                    else:
                        passed = rule(g, y, a, b)
                        if type(passed) is float:
                            passed = constant(passed, g)
                    if type(edge) is not Pair and edge.op is None:
                        held = leaves.get(edge)
                        if held is None:
                            leaves[edge] = passed
                        elif type(held) is list:
                            held.append(passed)
                            if len(held) == MANY:
                                leaves[edge] = total(held)
                        else:
                            piled = True
                            leaves[edge] = [held, passed] if edge.data.size <= IN_PLACE else added(held, passed)
                    elif waiting and edge in waiting:
                        receive(edge, passed, waiting, queue)
                    else:
                        ahead = edge
                        arrived = passed
                edge = node.second
                if edge is not None:
                    if second is unchanged:
                        passed = g
                    else:
                        passed = second(g, y, a, b)
                        if type(passed) is float:
                            passed = constant(passed, g)
                    if type(edge) is not Pair and edge.op is None:
                        held = leaves.get(edge)
                        if held is None:
                            leaves[edge] = passed
                        elif type(held) is list:
                            held.append(passed)
                            if len(held) == MANY:
                                leaves[edge] = total(held)
                        else:
                            piled = True
                            leaves[edge] = [held, passed] if edge.data.size <= IN_PLACE else added(held, passed)
                    elif edge is ahead:
                        waiting[edge] = arrived
                        arrived = None
                        heappush(queue, (-edge.number, edge))
                        ahead = None
                        receive(edge, passed, waiting, queue)
                    elif ahead is not None or edge in waiting:
                        receive(edge, passed, waiting, queue)
                    else:
                        ahead = edge
                        arrived = passed
                if release:
                    node.a = RELEASED
                    node.b = node.y = None
                continue
        elif kind is Single:
            if node.retained is not None:
                retain(node, g)
            op = node.op
            a = node.a
            if a is not RELEASED and not (
                spends and op.into and (g.size > IN_PLACE or (a is not None and a.size > IN_PLACE))
            ):
                y = node.y
                edge = node.first
                params = node.params
                (rule,) = op.vjps
                if op.elementwise:
                    passed = rule(g, y, a, **params) if params else rule(g, y, a)
                    if type(passed) is float:
                        passed = constant(passed, g)
                else:
                    shape = edge.shape
                    if (g.shape or not op.uniform) and g.shape != node.shape:
                        g = fill(g, node.shape)
                    # A rule that reads no numbers asks for the shape alone.
                    passed = rule(g, node if y is None else y, edge if a is None else a, **params)
                    if type(passed) is float:
                        passed = constant(passed, g)
                    if passed.shape and passed.shape != shape:
                        passed = unbroadcast(passed, shape, op, 0)
                if edge.op is None or edge in waiting:
                    arrive(edge, passed, leaves, waiting, queue)
                else:
                    ahead, arrived = edge, passed
                if release:
                    node.a = RELEASED
                    node.y = None
                continue
        elif node.retained is not None:
            retain(node, g)
        if kind is Record or a is RELEASED:
            for edge, passed in pull_back(node, g, None, OpSpec.rule):
                arrive(edge, passed, leaves, waiting, queue)
        else:
            a = None
            for edge, passed in spend.passed_on(node, g):
                arrive(edge, passed, leaves, waiting, queue)
        if release:
            node.release()


def arrive(edge: Any, passed: Any, leaves: dict[Any, Any], waiting: dict[Any, Any], queue: list[Any]) -> None:
    """Give a node or leaf what it is passed."""
    if edge.op is not None:
        receive(edge, passed, waiting, queue)
    elif (held := leaves.get(edge)) is None:
        leaves[edge] = passed
    elif type(held) is list:
        leaves[edge] = [total(held), passed]
    else:
        leaves[edge] = added(held, passed)


def total(held: list[Any]) -> Any:
    """What was passed to a leaf: one sum of many small arrays costs less than many sums of two."""
    try:
        return np.add.reduce(held)
    except ValueError:  # of several shapes, which broadcast
        return sum(held)


def retain(node: Node, g: Any) -> None:
    """Give a non-leaf that asked for it its gradient."""
    holder = node.retained()
    if holder is not None:
        whole = fill(g, node.shape)
        made = whole if isinstance(whole, type(holder)) else type(holder).over(np.array(whole))
        holder.grad = made if holder.grad is None else holder.grad + made
