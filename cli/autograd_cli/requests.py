"""What the options of a command ask of the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd_cli.arguments import Given, leaves
from autograd_cli.options import Checks, Gradients, Values

if TYPE_CHECKING:
    from autograd_core.report import Array
    from autograd_core.request import Request


def request_of(found: Given, gradients: Gradients, values: Values, **settings: Any) -> Request:
    """The request for an expression with its values read; ``settings`` are fields of the request as they are."""
    leaves(gradients.wrt or (), gradients.no_grad or (), found.used)  # what is wrong with them is said first
    read = found.read_values()
    texts = enumerate(gradients.grad_tensor or (), 1)
    seeds = [found.reader.read("--grad-tensor", text, f"--grad-tensor {turn}") for turn, text in texts]
    return gradient_request(found.expression, read, found.used, seeds, gradients, values, **settings)


def gradient_request(
    expression: str,
    arrays: Mapping[str, Array],
    used: Sequence[str],
    seeds: Sequence[Array | None],
    gradients: Gradients,
    values: Values,
    **settings: Any,
) -> Request:
    """The request for an expression, its values, and what is propagated back."""
    from autograd_core.request import Request

    return Request(
        expression,
        arrays,
        grad_tensors=tuple(seeds) or (None,),
        requires_grad=leaves(gradients.wrt or (), gradients.no_grad or (), used),
        zero_grad=gradients.zero_grad,
        dtype=values.dtype,
        **settings,
    )


def checking(checks: Checks) -> dict[str, Any]:
    """The fields of a request that say how it is checked."""
    return {name: getattr(checks, name) for name in ("check", "check_budget", "rtol", "atol")}
