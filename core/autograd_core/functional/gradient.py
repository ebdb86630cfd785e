"""Derivatives as functions, touching no ``grad``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_core.engine.backward import no_history, owned_tensor, pull
from autograd_core.engine.grad_mode import is_grad_enabled, set_grad_enabled
from autograd_core.engine.tensor import Tensor
from autograd_core.errors import GradientError
from autograd_core.functional.trace import positions


@np.errstate(all="ignore")
def grad(
    outputs: Any,
    inputs: Any = 0,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of ``outputs`` with respect to ``inputs``, touching no ``grad`` (``torch.autograd.grad``).

    Of a function it is the function that gives the gradient, ``grad(f)(x)``, by the arguments that ``inputs`` numbers
    (``jax.grad``, HIPS autograd): arrays for arrays, tensors for tensors.

    Inputs may be leaves or results of operations. An input that the outputs do not depend on gets None with
    ``allow_unused``, zeros with ``materialize_grads``. Raises GradientError where there is no output, for an input that
    the outputs do not depend on, and where ``grad_outputs`` are not as many as the outputs; TypeError for what is no
    tensor.
    """
    if callable(outputs) and not isinstance(outputs, Tensor):
        run = value_and_grad(outputs, inputs)
        return lambda *arguments: run(*arguments)[1]
    many, wanted = tensors(outputs, "outputs"), tensors(inputs, "inputs")
    if not many:
        raise GradientError(
            "nothing to differentiate: there is no output",
            code="AG203",
            hint="outputs is a tensor, or a list of at least one",
        )
    if not wanted:
        words = "`inputs` argument to `grad()` cannot be empty."
        raise GradientError("there is nothing to differentiate by", code="AG203", pytorch=words)
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
    for position, output in enumerate(many):
        if not output.requires_grad:
            raise no_history(position)
    for tensor in wanted:
        if not tensor.requires_grad and not (allow_unused or materialize_grads):
            raise GradientError(
                "an input does not require grad, so that nothing depends on it",
                code="AG211",
                hint="create it with requires_grad=True",
                pytorch="One of the differentiated Tensors does not require grad",
            )
    keep = create_graph if retain_graph is None else retain_graph
    found = pull(many, given, keep, create_graph, inputs=wanted)
    result: list[Tensor | None] = []
    for position, tensor in enumerate(wanted):
        g = found.get(tensor if tensor.grad_fn is None else tensor.grad_fn)
        if g is not None:
            result.append(owned_tensor(g, tensor))
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


def value_and_grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that gives the value and the gradient (``jax.value_and_grad``), a tuple for several ``argnums``.

    Arrays and numbers come back for arrays and numbers, tensors for tensors. Raises GradientError for a result that is
    not a single number.
    """

    def derived(*arguments: Any) -> Any:
        asked = positions(argnums, len(arguments))
        given = list(arguments)
        outer = is_grad_enabled() and any(isinstance(a, Tensor) and a.requires_grad for a in given)
        for i in asked:
            x = given[i]
            if not (isinstance(x, Tensor) and x.requires_grad):
                array = x.array if isinstance(x, Tensor) else np.asarray(x)
                given[i] = Tensor(array, dtype=None if array.dtype.kind == "f" else np.float64).requires_grad_()
        with set_grad_enabled(True), np.errstate(all="ignore"):
            value = function(*given)
            value = value if isinstance(value, Tensor) else Tensor(value)
        found: list[Any] = []
        if value.requires_grad:
            found = list(grad(value, [given[i] for i in asked], create_graph=outer, materialize_grads=True))
        else:
            found = [Tensor.over(np.zeros_like(given[i].array)) for i in asked]
        plain = not any(isinstance(a, Tensor) for a in arguments)
        if plain:
            found = [g.array if g.array.ndim else g.array.item() for g in found]
        gradient = found[0] if isinstance(argnums, int) else tuple(found)
        return (value.array.item() if plain else value if outer else value.detach()), gradient

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
