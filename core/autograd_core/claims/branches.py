"""Expressions made of pieces: whether there are branches that random points could miss, and where they may lie.

Nothing is told by names: an operation that compares, or declares a kink, has branches; so has one whose gradient rule,
written in operations, has such an operation in it (a Huber loss has no kink, and its slope has two pieces).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.problem import Problem
from autograd_core.claims.run import NoValueError, compute
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Const, Expr, topological

Array = npt.NDArray[Any]

LEAST, MOST = 1e-3, 1e6
"""Sizes that a place may have: what is smaller guards against a division by 0, what is larger no draw should reach."""

MAX_PLACES = 32
"""Places of branches that are told apart."""

_ENTRIES = 64
"""Entries of a constant that are looked at."""


def branching(problem: Problem, names: Collection[str], formulas: Sequence[Expr]) -> list[Call]:
    """The nodes at which the expression, the gradients of ``names`` or the formulas claimed for them have branches."""
    slopes = [slope for name in names if (slope := problem.slope(name)) is not None]
    return [
        node for node in topological([*problem.order, *slopes, *formulas]) if isinstance(node, Call) and _parts(node)
    ]


def _parts(node: Call) -> bool:
    """Whether an operation is one thing on one side and another thing on the other."""
    if node.op.group == "comparison":
        return True
    return any(kink.possible is None or kink.possible(**node.params) for kink in node.op.kinks)


def places(nodes: Sequence[Call]) -> list[float]:
    """The sizes of the numbers that decide at ``nodes``, ascending: parameters, and constants in what is compared."""
    found = {abs(number) for number in _numbers(nodes) if LEAST <= abs(number) <= MOST}
    ordered = sorted(found)
    if len(ordered) <= MAX_PLACES:
        return ordered
    return [ordered[i] for i in np.linspace(0, len(ordered) - 1, MAX_PLACES).astype(int)]


def _numbers(nodes: Sequence[Call]) -> Iterator[float]:
    for node in nodes:
        yield from (value for value in node.params.values() if isinstance(value, float))
    below = topological([operand for node in nodes for operand in node.operands])
    fixed = [each for each in below if not each.depends]
    inner = {operand for each in fixed for operand in each.operands}
    for each in fixed:
        if each in inner:
            continue  # 5 and 2 are no places where 5*2 is one
        with np.errstate(all="ignore"):
            yield from np.ravel(_value(each))[:_ENTRIES].tolist()


def _value(node: Expr) -> Array:
    """The number that a constant is; none where it has no value."""
    if isinstance(node, Const):
        return node.value
    try:
        return np.asarray(compute([node], {})[node], dtype=np.float64)
    except (AutogradError, NoValueError):
        return np.zeros(0)
