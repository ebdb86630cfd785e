"""Derivatives as functions, touching no ``grad``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd_core.engine.backward import own, pull
from autograd_core.engine.tensor import Tensor
from autograd_core.errors import GradientError


@np.errstate(all="ignore")
def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of ``outputs`` with respect to ``inputs``, touching no ``grad`` (``torch.autograd.grad``).

    Inputs may be leaves or results of operations. An input that the outputs do not depend on gets None with
    ``allow_unused``, zeros with ``materialize_grads``. Raises GradientError where there is no output, for an input that
    the outputs do not depend on, and where ``grad_outputs`` are not as many as the outputs; TypeError for what is no
    tensor.
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
        given = (
            [grad_outputs]
            if isinstance(outputs, Tensor) and not isinstance(grad_outputs, (list, tuple))
            else list(grad_outputs)
        )
    if len(given) != len(many):
        raise GradientError(
            f"{len(many)} outputs and {len(given)} gradients for them",
            code="AG202",
            hint="grad_outputs has one for each output, None for that of a single number",
        )
    for tensor in wanted:
        if not tensor.requires_grad and not (allow_unused or materialize_grads):
            raise GradientError(
                "an input does not require grad, so that nothing depends on it",
                code="AG211",
                hint="create it with requires_grad=True",
                pytorch="One of the differentiated Tensors does not require grad",
            )
    keep = create_graph if retain_graph is None else retain_graph
    leaves, _, inner = pull(many, given, keep, create_graph, inputs=wanted)
    result: list[Tensor | None] = []
    for position, tensor in enumerate(wanted):
        g = inner.get(tensor.grad_fn) if tensor.grad_fn is not None else leaves.get(tensor)
        if g is not None:
            result.append(own(g, tensor))
        elif materialize_grads:
            result.append(Tensor.over(np.zeros_like(tensor.array)))
        elif allow_unused:
            result.append(None)
        else:
            raise GradientError(
                f"input {position + 1} does not occur in the graph of the outputs",
                code="AG211",
                hint="pass allow_unused=True to get None for it",
                pytorch=f"The differentiated Tensor at index {position} appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior.",
            )
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
