"""The branches of expressions: operations that are one thing on one side of a number and another on the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.kinks import possible_kinks
from autograd_core.claims.problem import NoValueError, Point, compute, passed_on
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Expr, Var, topological
from autograd_core.expr.text import write

Array = npt.NDArray[Any]

SMALLEST, GREATEST = 1e-3, 1e12
"""Sizes that a place may have: what is smaller guards against a division by 0, what is larger no draw should reach."""

MAX_PLACES = 32
"""Places of branches that are told apart."""

_ENTRIES = 64
"""Entries of a constant that are looked at."""


def branching(nodes: Sequence[Expr]) -> list[Call]:
    """The nodes at which there are branches: operations that compare, or declare a kink.

    The nodes of the gradients should be among ``nodes``: a Huber loss has no kink, and its slope has two pieces.
    """
    return [node for node in nodes if isinstance(node, Call) and two_sided(node)]


def two_sided(node: Call) -> bool:
    """Whether an operation is one thing on one side and another thing on the other."""
    return node.op.group == "comparison" or bool(possible_kinks(node))


def places(nodes: Sequence[Call]) -> list[float]:
    """The sizes of numbers that decide at ``nodes``, ascending: 0, parameters, and constants in what is compared."""
    found = {abs(number) for number in numbers_at(nodes) if SMALLEST <= abs(number) <= GREATEST}
    ordered = sorted(found | {0.0} if nodes else found)
    if len(ordered) <= MAX_PLACES:
        return ordered
    return [ordered[i] for i in np.linspace(0, len(ordered) - 1, MAX_PLACES).astype(int)]


def numbers_at(nodes: Sequence[Call]) -> Iterator[float]:
    """The numbers that decide at ``nodes``."""
    for node in nodes:
        yield from (value for value in node.params.values() if isinstance(value, float))
    below = topological([operand for node in nodes for operand in node.operands])
    fixed = [each for each in below if not each.depends]
    inner = {operand for each in fixed for operand in each.operands}
    for each in fixed:
        if each in inner:
            continue  # 5 and 2 are no places where 5*2 is one
        with suppress(AutogradError, NoValueError):  # a constant may have no value
            yield from np.ravel(compute([each], {})[each])[:_ENTRIES].tolist()


def one_sided(
    claimed: Expr, shared: Collection[Expr], fixed: Collection[str], points: Sequence[tuple[Point, Array]]
) -> Call | None:
    """The first operation with branches in a claim of which one side alone was met at the ``points``.

    Each has a mask of the entries at which a comparison of the claim said something.

    Those that the claim shares with the expression and its gradient do what they do there; those of ``fixed`` inputs,
    which keep their numbers, are as they were given.
    """
    known = [_decision(node, points[0][0]) for node in branching(list(shared))]
    for node in branching(topological([claimed])):
        names = {each.name for each in topological([node]) if isinstance(each, Var)}
        if names <= set(fixed) or any(_same(_decision(node, points[0][0]), each) for each in known):
            continue
        if len(set().union(*(_pieces(node, *each) for each in points))) < 2:
            return node
    return None


def _decision(node: Call, point: Point) -> Array | None:
    """The numbers by whose sign an operation decides, where it is so simple."""
    values = [point.evaluate(operand) for operand in node.operands]
    with np.errstate(all="ignore"):
        return values[0] if len(values) == 1 else values[0] - values[1] if len(values) == 2 else None


def _same(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None or one.shape != other.shape:
        return False
    return np.allclose(one, other, 1e-9, 0) or np.allclose(one, -other, 1e-9, 0)


def _pieces(node: Call, point: Point, telling: Array) -> set[float]:
    """What tells the sides of an operation apart at a point: its slopes, or the values of one that has none."""
    try:
        values = point.extended(node)
        found = [] if node.op.group == "comparison" else passed_on(node, np.ones(node.shape), values)
    except (AutogradError, NoValueError):
        return set()
    if not telling.any():
        return set()
    here = telling if telling.shape == node.shape else np.ones(node.shape, dtype=bool)
    parts = [each[here] if each.shape == here.shape else each for each in found if each is not None]
    slopes = {float(slope) for each in parts for slope in np.unique(each)}
    return slopes if slopes - {0.0} else {float(value) for value in np.unique(values[node][here])}


def region(claimed: Expr, wrong: Sequence[tuple[Point, Array]]) -> str | None:
    """In words where a claim is wrong, if that is just where a comparison in it holds, or does not.

    Each of the points has a mask of the entries that are ``wrong``.
    """
    for node in topological([claimed]):
        if not isinstance(node, Call) or node.op.group != "comparison" or node.shape not in (claimed.shape, ()):
            continue
        held = [(np.broadcast_to(point.evaluate(node), mask.shape).astype(bool), mask) for point, mask in wrong]
        for side, words in ((True, ""), (False, " does not hold")):
            if all(np.array_equal(mask, truth == side) for truth, mask in held):
                return f"the claim is wrong where {write(node, most=60)}{words}"
    return None
