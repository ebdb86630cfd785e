"""Gradients as functions, touching no ``grad``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_core.engine.backward import gradients_for, holders, no_history, pull, received, seed_for, several_entries
from autograd_core.engine.tensor import Tensor
from autograd_core.errors import GradientError
from autograd_core.expr.nodes import Expr
from autograd_core.functional.trace import Trace, positions, whole
from autograd_core.ops import registry


@np.errstate(all="ignore")
def grad(
    outputs: Any,
    inputs: Any = 0,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
    is_grads_batched: bool = False,
) -> Any:
    """The gradients of ``outputs`` with respect to ``inputs``, touching no ``grad`` (``torch.autograd.grad``).

    Of a function it is the function that gives the gradient, ``grad(f)(x)``, by the arguments that ``inputs`` numbers
    (``jax.grad``, HIPS autograd): arrays for arrays, tensors for tensors.

    Inputs may be leaves or results of operations. An input that the outputs do not depend on gets None with
    ``allow_unused``, zeros with ``materialize_grads``. With ``is_grads_batched`` each row of ``grad_outputs`` is one of
    its own, and so are those of the gradients. Raises GradientError where there is no output, for an input that
    the outputs do not depend on, and where ``grad_outputs`` are not as many as the outputs; TypeError for what is no
    tensor.
    """
    if callable(outputs) and not isinstance(outputs, Tensor):
        run = value_and_grad(outputs, inputs)
        return lambda *arguments: run(*arguments)[1]
    if is_grads_batched:
        rows = zip(*[list(v) for v in tensors(grad_outputs, "grad_outputs")], strict=True)
        passes = [grad(outputs, inputs, row, True, create_graph, allow_unused, materialize_grads) for row in rows]
        return tuple([None if each[0] is None else registry.op.stack(each) for each in zip(*passes, strict=True)])
    many, wanted = tensors(outputs, "outputs"), tensors(inputs, "inputs")
    given = gradients_for(many, grad_outputs)
    check_inputs(many, wanted, may_be_unused=bool(allow_unused or materialize_grads))
    found = pull(many, given, retain_graph, create_graph, wanted)
    held = holders(given)
    result: list[Tensor | None] = []
    for position, tensor in enumerate(wanted):
        g = found.get(tensor.grad_fn or tensor)
        if g is None and not (allow_unused or materialize_grads):
            raise GradientError(
                f"input {position + 1} does not occur in the graph of the outputs",
                code="AG211",
                hint="pass allow_unused=True to get None for it",
                pytorch=f"The differentiated Tensor at index {position} appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior.",
            )
        if g is not None:
            result.append(received(tensor, g, held))
        else:
            result.append(Tensor.over(np.zeros_like(tensor.array)) if materialize_grads else None)
    return tuple(result)


def check_inputs(outputs: Sequence[Tensor], inputs: Sequence[Tensor], *, may_be_unused: bool) -> None:
    """Raise GradientError where there is nothing to differentiate, or nothing to differentiate by."""
    if not outputs:
        raise GradientError(
            "nothing to differentiate: there is no output",
            code="AG203",
            hint="outputs is a tensor, or a list of at least one",
        )
    if not inputs:
        words = "`inputs` argument to `grad()` cannot be empty."
        raise GradientError("there is nothing to differentiate by", code="AG203", pytorch=words)
    for position, output in enumerate(outputs):
        if not output.requires_grad:
            raise no_history(position)
    if not may_be_unused and not all(tensor.requires_grad for tensor in inputs):
        raise GradientError(
            "an input does not require grad, so that nothing depends on it",
            code="AG211",
            hint="create it with requires_grad=True",
            pytorch="One of the differentiated Tensors does not require grad",
        )


def value_and_grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that gives the value and the gradient (``jax.value_and_grad``), a tuple for several ``argnums``.

    Arrays and numbers come back for arrays and numbers, tensors for tensors. Raises GradientError for a result that is
    not a single number.
    """

    def derived(*arguments: Any) -> Any:
        with np.errstate(all="ignore"):
            trace = Trace.of(function, arguments, positions(argnums, len(arguments)))
        if len(trace.outputs) != 1:
            raise GradientError(f"the function gives {len(trace.outputs)} results, not a single number", code="AG201")
        value = trace.outputs[0]
        if trace.symbolic and math.prod(value.shape) != 1:
            raise several_entries(value.shape)
        seed = np.ones(value.shape) if trace.symbolic else seed_for(value, None) if value.requires_grad else None
        found: list[Any] = [whole(g, x) for g, x in zip(trace.pull([seed]), trace.inputs, strict=True)]
        value = trace.values()[0]
        if not any(isinstance(a, (Tensor, Expr)) for a in arguments):
            value, *found = [t.array if t.array.ndim else t.array.item() for t in (value, *found)]
        return value, found[0] if isinstance(argnums, int) else tuple(found)

    return derived


def grad_and_value(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that gives the gradient and the value (``torch.func.grad_and_value``)."""
    run = value_and_grad(function, argnums)
    return lambda *arguments: run(*arguments)[::-1]


def tensors(given: Any, what: str) -> list[Tensor]:
    """One tensor or several as a list.

    Raises TypeError for anything else.
    """
    found = list(given) if isinstance(given, Iterable) and not isinstance(given, Tensor) else [given]
    for each in found:
        if not isinstance(each, Tensor):
            raise TypeError(f"{what} are tensors, not {type(each).__name__}")
    return found
