"""Backward passes over tensors: seeds, the walk, and what becomes of the gradients of leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sys import getrefcount
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy import ndarray

from autograd_core.engine.backprop import NAMED, fill, sweep
from autograd_core.engine.grad_mode import set_grad_enabled
from autograd_core.engine.node import Node
from autograd_core.engine.quiet import switch
from autograd_core.engine.walk import retain, walk
from autograd_core.errors import GradientError, ShapeError

Array = npt.NDArray[Any]
new = object.__new__


def seed_for(output: Any, gradient: Any) -> Any:
    """The gradient a backward pass starts from, an array or the tensor that was given, checked against the output."""
    if not output._requires_grad:
        raise GradientError(
            "nothing to differentiate: the result does not depend on anything that requires grad",
            code="AG203",
            hint="create an input with requires_grad=True",
        )
    data = output.data
    if gradient is None:
        if not data.shape:
            return data.dtype.type(1)
        if data.size != 1:
            raise GradientError(
                f"the result has shape {output.shape}; backward() without a gradient needs a single number",
                code="AG201",
                why="backward computes v.J, and for several entries it must be told how to weigh them",
                hint="backward(gradient) with a gradient of the same shape, or sum the result first",
            )
        return np.ones(data.shape, data.dtype)
    seed = gradient if isinstance(gradient, type(output)) else np.asarray(gradient, dtype=data.dtype)
    if seed.shape != data.shape:
        raise ShapeError(f"the gradient has shape {seed.shape}, the result {output.shape}", code="AG202")
    return seed


def run_backward(
    outputs: Sequence[Any],
    gradients: Sequence[Any],
    retain_graph: bool,
    create_graph: bool,
    observe: Callable[[Node, Any], None] | None = None,
) -> None:
    """Backward from several outputs at once, adding to the ``grad`` of every leaf reached.

    ``observe(node, gradient)`` is told the gradient of each inner node. What is not finite is an answer here, as in
    PyTorch, without a warning.
    """
    known = switch()
    if known is None:
        with np.errstate(all="ignore"):
            deliver(outputs, gradients, retain_graph, create_graph, observe)
        return
    variable, ignoring = known
    token = variable.set(ignoring)
    try:
        deliver(outputs, gradients, retain_graph, create_graph, observe)
    finally:
        variable.reset(token)


def deliver(
    outputs: Sequence[Any],
    gradients: Sequence[Any],
    retain_graph: bool,
    create_graph: bool,
    observe: Callable[[Node, Any], None] | None,
) -> None:
    """``run_backward`` with NumPy's warnings as they are."""
    kind = type(outputs[0])
    leaves = pull(outputs, gradients, retain_graph, create_graph, observe)
    while leaves:
        leaf, g = leaves.popitem()
        if type(g) is not kind:
            data = leaf.data
            # An array that nobody else can see becomes the leaf's own; anything else is copied.
            if not (
                type(g) is ndarray
                and getrefcount(g) == NAMED
                and g.base is None
                and g.shape == data.shape
                and g.dtype is data.dtype
            ):
                g = np.array(fill(g, data.shape), dtype=data.dtype)
            made = new(kind)
            made.data = g
            made.grad = made.grad_fn = None
            made._requires_grad = False
            g = made
        if leaf.grad is None:
            leaf.grad = g
        else:
            with set_grad_enabled(create_graph):
                leaf.grad = leaf.grad + g


def pull(
    outputs: Sequence[Any],
    gradients: Sequence[Any],
    retain_graph: bool,
    create_graph: bool,
    observe: Callable[[Node, Any], None] | None = None,
) -> dict[Any, Any]:
    """The gradients of the leaves, seeded by ``gradients``; with ``create_graph`` they are tensors with a history.

    To be called with NumPy's warnings off: what is not finite is an answer here, as in PyTorch.
    """
    kind = type(outputs[0])
    roots = []
    seeds = []
    for position, output in enumerate(outputs):
        seed = seed_for(output, gradients[position])
        if create_graph:
            seed = seed if type(seed) is kind else kind.over(np.asarray(seed))
        elif type(seed) is kind:
            seed = seed.data
        roots.append(output.grad_fn or output)
        seeds.append(seed)
    if not create_graph:
        return walk(roots, seeds, not retain_graph, observe)

    def done(node: Node, g: Any) -> None:
        if node.retained is not None:
            retain(node, g)
        if observe is not None:
            observe(node, g)
        if not retain_graph:
            node.release()

    with set_grad_enabled(True):
        return sweep(roots, seeds, wrap=kind.saved, done=done)
