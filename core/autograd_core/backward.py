"""Backward passes over tensors: seeds, the walk, and what becomes of the gradients of leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sys import getrefcount
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy import ndarray

from autograd_core.backprop import fill, sweep
from autograd_core.errors import GradientError, ShapeError
from autograd_core.mode import set_grad_enabled
from autograd_core.node import Node

Array = npt.NDArray[Any]

ALONE = 2
"""References to an object that only one name holds: that name, and the argument of ``getrefcount``."""


def seed_for(output: Any, gradient: Any) -> Any:
    """The gradient a backward pass starts from, an array or the tensor that was given, checked against the output."""
    if not output._requires_grad:
        raise GradientError(
            "nothing to differentiate: the result does not depend on anything that requires grad",
            code="AG203",
            hint="create an input with requires_grad=True",
        )
    if gradient is None:
        if output.data.size != 1:
            raise GradientError(
                f"the result has shape {output.shape}; backward() without a gradient needs a single number",
                code="AG201",
                why="backward computes v.J, and for several entries it must be told how to weigh them",
                hint="backward(gradient) with a gradient of the same shape, or sum the result first",
            )
        return np.ones(output.shape, output.dtype)
    seed = gradient if isinstance(gradient, type(output)) else np.asarray(gradient, dtype=output.dtype)
    if seed.shape != output.shape:
        raise ShapeError(f"the gradient has shape {seed.shape}, the result {output.shape}", code="AG202")
    return seed


def run_backward(
    outputs: Sequence[Any],
    gradients: Sequence[Any],
    *,
    retain_graph: bool,
    create_graph: bool,
    observe: Callable[[Node, Any], None] | None = None,
) -> None:
    """Backward from several outputs at once, adding to the ``grad`` of every leaf reached.

    ``observe(node, gradient)`` is told the gradient of each inner node.
    """
    kind = type(outputs[0])
    leaves = pull(outputs, gradients, retain_graph, create_graph, observe)
    while leaves:
        leaf, g = leaves.popitem()
        if not isinstance(g, kind):
            alone = getrefcount(g) == ALONE
            g = kind.over(taken(g, leaf.data.dtype, alone))
        if leaf.grad is None:
            leaf.grad = g
        else:
            with set_grad_enabled(create_graph):
                leaf.grad = leaf.grad + g


def taken(g: Any, dtype: np.dtype[Any], alone: bool) -> Array:
    """A gradient as an array of the leaf's own: itself when nobody else can see it, else a copy."""
    if alone and type(g) is ndarray and g.base is None and g.dtype == dtype:
        return g
    return np.array(g, dtype=dtype)


def pull(
    outputs: Sequence[Any],
    gradients: Sequence[Any],
    retain_graph: bool,
    create_graph: bool,
    observe: Callable[[Node, Any], None] | None = None,
) -> dict[Any, Any]:
    """The gradients of the leaves, seeded by ``gradients``; with ``create_graph`` they are tensors with a history."""
    seeds = [seed_for(output, g) for output, g in zip(outputs, gradients, strict=True)]
    roots = [output.grad_fn or output for output in outputs]

    def done(node: Node, g: Any) -> None:
        if node.retained is not None:
            retain(node, g)
        if observe is not None:
            observe(node, g)
        if not retain_graph:
            node.kept = node.result = None

    with np.errstate(all="ignore"):
        if create_graph:
            kind = type(outputs[0])
            given = [kind.over(s) if isinstance(s, np.ndarray) else s for s in seeds]
            with set_grad_enabled(True):
                return sweep(roots, given, wrap=kind.saved, done=done)
        arrays = [s if isinstance(s, np.ndarray) else s.data for s in seeds]
        return sweep(roots, arrays, done=done, spend=observe is None and not retain_graph)


def retain(node: Node, g: Any) -> None:
    """Give a non-leaf that asked for it its gradient."""
    holder = node.retained()
    if holder is not None:
        whole = fill(g, node.shape)
        made = whole if isinstance(whole, type(holder)) else type(holder).over(np.array(whole))
        holder.grad = made if holder.grad is None else holder.grad + made
