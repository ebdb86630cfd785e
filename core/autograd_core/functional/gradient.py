"""Derivatives as functions, touching no ``grad``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd_core.engine.backprop import fill
from autograd_core.engine.backward import pull
from autograd_core.engine.node import Node
from autograd_core.engine.tensor import Tensor
from autograd_core.errors import GradientError


@np.errstate(all="ignore")
def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of ``outputs`` with respect to ``inputs``, touching no ``grad`` (``torch.autograd.grad``).

    Inputs may be leaves or results of operations. Raises GradientError where there is no output, for an input that the
    outputs do not depend on, unless ``allow_unused``, and where ``grad_outputs`` are not as many as the outputs;
    TypeError for what is no tensor.
    """
    many, wanted = tensors(outputs, "outputs"), tensors(inputs, "inputs")
    if not many:
        raise GradientError(
            "nothing to differentiate: there is no output",
            code="AG203",
            hint="outputs is a tensor, or a list of at least one",
        )
    if grad_outputs is None:
        given = [None] * len(many)
    else:
        given = [grad_outputs] if isinstance(outputs, Tensor) else list(grad_outputs)
    if len(given) != len(many):
        raise GradientError(
            f"{len(many)} outputs and {len(given)} gradients for them",
            code="AG202",
            hint="grad_outputs has one for each output, None for that of a single number",
        )
    inner: dict[Any, Any] = {}
    nodes = {tensor.grad_fn for tensor in wanted if tensor.grad_fn is not None}

    def observe(node: Node, g: Any) -> None:
        if node in nodes:
            inner[node] = g

    keep = create_graph if retain_graph is None else retain_graph
    found = {**pull(many, given, keep, create_graph, observe), **inner}
    result: list[Tensor | None] = []
    for position, tensor in enumerate(wanted):
        g = found.get(tensor.grad_fn or tensor)
        if g is None and not allow_unused:
            raise GradientError(
                f"input {position + 1} does not occur in the graph of the outputs",
                code="AG211",
                hint="pass allow_unused=True to get None for it",
            )
        made = g if g is None or isinstance(g, Tensor) else Tensor(g)
        result.append(made if made is None or made.shape == tensor.shape else fill(made, tensor.shape))
    return tuple(result)


def tensors(given: Any, what: str) -> list[Tensor]:
    """One tensor or several as a list.

    Raises TypeError for anything else.
    """
    found = list(given) if isinstance(given, Iterable) and not isinstance(given, Tensor) else [given]
    for each in found:
        if not isinstance(each, Tensor):
            raise TypeError(f"{what} are tensors, not {type(each).__name__}")
    return found
