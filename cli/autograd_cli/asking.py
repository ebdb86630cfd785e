"""What the options of a command ask for: the form of the answer, and what the engine is to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autograd_cli.arguments import Given, leaves
from autograd_cli.environment import Environment
from autograd_cli.options import Gradients, Outputs, Values
from autograd_cli.output import REPORT, form_of
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_core.request import Request


def chosen_format(
    outputs: Outputs, *, get: bool = False, forms: Mapping[str, str] = REPORT, usual: str = "table"
) -> str:
    """The one form of the answer that the options ask for."""
    format, output = outputs.format, outputs.output
    named = ((f"--format {format}", format), ("--json", outputs.json), ("--get", get))
    asked = [name for name, given in named if given]
    if get and output is not None:
        asked.append(f"--output {output}")
    if len(asked) > 1 and asked != ["--format json", "--json"]:
        raise UsageError(
            f"{asked[0]} and {asked[1]} ask for different answers", code="AG104", hint=f"leave out {asked[1]}"
        )
    form = "json" if outputs.json else format
    return form_of(output, form, forms) if output is not None else form or usual


def request_of(
    found: Given, environment: Environment, gradients: Gradients, values: Values, **settings: Any
) -> Request:
    """The request for an expression with its values read; ``settings`` are fields of the request as they are."""
    requires_grad = leaves(gradients.wrt or (), gradients.no_grad or (), found.used)

    from autograd_cli.values import ValueReader
    from autograd_core.request import Request

    reader = ValueReader(environment.stdin, values.seed)
    read = found.read_values(reader)
    texts = enumerate(gradients.grad_tensor or (), 1)
    seeds = [reader.read("--grad-tensor", text, f"--grad-tensor {turn}") for turn, text in texts]
    return Request(
        found.expression,
        read,
        grad_tensors=tuple(seeds) or (None,),
        requires_grad=requires_grad,
        zero_grad=gradients.zero_grad,
        dtype=values.dtype,
        **settings,
    )
