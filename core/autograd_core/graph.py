"""The computation graph of a run as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_core import report
from autograd_core.engine.node import Node
from autograd_core.engine.tensor import Tensor
from autograd_core.expr.nodes import Call, Expr, Var, topological
from autograd_core.expr.text import excerpts

TEXT_LENGTH = 120
"""Characters of a node's text; a longer one is cut."""


def describe(
    root: Expr, labels: Mapping[Expr, str], values: Mapping[Expr, Any], inner: Mapping[Node, Any] | None
) -> report.Graph:
    """Every node that depends on an input, operands before what uses them.

    ``labels`` are the names that statements give, ``values`` holds the tensor of each node, ``inner`` the gradients of
    those that are not leaves, None where there was no backward pass.
    """
    order = topological([root])
    shown = [node for node in order if node.depends]
    ids = {id(node): number for number, node in enumerate(shown)}
    names = {id(node): labels[node] for node in order if node in labels}
    numbers = {id(node): f"#{ids[id(node)]}" for node in shown if isinstance(node, Call)}
    texts, steps = excerpts(order, names, TEXT_LENGTH, numbers | names)
    nodes: list[report.GraphNode] = []
    for node in shown:
        tensor: Tensor = values[node]
        nodes.append(
            report.GraphNode(
                id=ids[id(node)],
                name=node.name if isinstance(node, Var) else names.get(id(node)),
                op=node.op.name if node.op is not None else None,
                text=texts[id(node)],
                step=steps[id(node)],
                inputs=tuple([ids[id(operand)] for operand in node.operands if operand.depends]),
                value=value_of(tensor),
                grad=_gradient(tensor, inner),
            )
        )
    return report.Graph(root=ids[id(root)], nodes=tuple(nodes))


def value_of(tensor: Tensor) -> report.Value:
    """A tensor as the report shows it."""
    return report.Value(
        data=tensor.array,
        requires_grad=tensor.requires_grad,
        is_leaf=tensor.is_leaf,
        grad_fn=tensor.grad_fn.name() if tensor.grad_fn else None,
    )


def _gradient(tensor: Tensor, inner: Mapping[Node, Any] | None) -> Any:
    """The whole gradient of a node, None where none is wanted, zeros where nothing flows back."""
    if not tensor.requires_grad or inner is None:
        return None
    g = tensor._grad.array if tensor._grad is not None else inner.get(tensor.grad_fn) if tensor.grad_fn else None
    return np.zeros_like(tensor.array) if g is None else np.broadcast_to(g, tensor.shape)
