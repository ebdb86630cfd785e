"""What the options of a command ask of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd_cli.arguments import Given, leaves
from autograd_cli.environment import Environment

if TYPE_CHECKING:
    from autograd_core.request import Request


def request_of(
    found: Given,
    environment: Environment,
    *,
    grad_tensor: Sequence[str] | None,
    wrt: Sequence[str] | None,
    no_grad: Sequence[str] | None,
    seed: int,
    **settings: Any,
) -> Request:
    """The request for an expression with its values read; ``settings`` are fields of the request as they are."""
    requires_grad = leaves(wrt or (), no_grad or (), found.used)

    from autograd_cli.values import ValueReader
    from autograd_core.request import Request

    reader = ValueReader(environment.stdin, seed)
    values = {name: reader.read(name, text) for name, text in found.values.items()}
    seeds = [reader.read("--grad-tensor", text, f"--grad-tensor {turn}") for turn, text in enumerate(grad_tensor or ())]
    return Request(
        found.source.text, values, grad_tensors=tuple(seeds) or (None,), requires_grad=requires_grad, **settings
    )
