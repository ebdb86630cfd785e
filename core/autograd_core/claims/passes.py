"""Runs an expression forward and backward on arrays, node by node, so that every step can be looked at or changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.engine.backprop import backprop, expand_to, pull_back
from autograd_core.expr.nodes import Call, Expr
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write

Array = npt.NDArray[Any]
Values = dict[Expr, Array]


class NoValueError(Exception):
    """The numbers give an operation no value, or one of another shape."""


def compute(roots: Iterable[Expr], inputs: Mapping[str, Array], known: Values | None = None) -> Values:
    """The value of every node below ``roots``, those in ``known`` included.

    Raises AutogradError as the operations do, NoValueError where a shape depends on the numbers.
    """
    try:
        values = evaluate(list(roots), inputs, every=True, known=known)
    except (ValueError, IndexError) as error:  # a shape or an index that held for other numbers
        raise NoValueError(str(error)) from None
    for node in values if known is None else values.keys() - known.keys():
        values[node] = np.asarray(values[node])
        if values[node].shape != node.shape:
            raise NoValueError(f"{write(node, most=60)} has another shape at these numbers")
    return values


def pulled(
    roots: Sequence[Expr],
    seeds: Sequence[Array],
    values: Values,
    instead: Mapping[Expr, list[tuple[Expr, Array]]] | None = None,
) -> dict[Expr, Array]:
    """The gradient of every node that ``roots`` depend on, each in the shape of its node.

    ``instead`` gives what some nodes pass on in place of the right gradients of their operands.
    """
    found: dict[Expr, Any] = {}
    passing = None if instead is None else lambda node, _, pairs: instead.get(node, pairs)
    with np.errstate(all="ignore"):
        found.update(backprop(roots, seeds, wrap=lambda node, _: values[node], done=found.__setitem__, passing=passing))
        return {node: np.asarray(expand_to(g, node.shape)) for node, g in found.items()}


def passed_on(node: Call, g: Array, values: Values) -> list[Array | None]:
    """What one node passes on to each operand, None for a constant; ``g`` has the shape of the node."""
    with np.errstate(all="ignore"):
        pairs = pull_back(node, g, lambda each, _: values[each])
    left = list(pairs)
    found: list[Array | None] = []
    for edge in node.edges:
        if left and edge is left[0][0]:
            found.append(np.asarray(expand_to(left.pop(0)[1], edge.shape)))
        else:
            found.append(None)
    return found


def jacobian(root: Expr, node: Expr, values: Values) -> Array:
    """The derivative of every entry of ``root`` with respect to every entry of ``node``."""
    found = np.zeros((*root.shape, *node.shape))
    for index in np.ndindex(*root.shape):
        unit = np.zeros(root.shape)
        unit[index] = 1.0
        row = pulled([root], [unit], values).get(node) if root.depends else None
        if row is not None:
            found[index] = row
    return found
