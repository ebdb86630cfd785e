"""What the options of a command ask for: the form of the answer, and what the engine is to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd_cli.arguments import Given, leaves
from autograd_cli.environment import Environment
from autograd_cli.output import REPORT, form_of
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_core.request import Request


def chosen_format(
    format: str | None,
    json: bool,
    get: str | None = None,
    output: str | None = None,
    forms: Mapping[str, str] = REPORT,
    usual: str = "table",
) -> str:
    """The one form of the answer that the options ask for."""
    asked = [name for name, given in ((f"--format {format}", format), ("--json", json), ("--get", get)) if given]
    if get is not None and output is not None:
        asked.append(f"--output {output}")
    if len(asked) > 1 and asked != ["--format json", "--json"]:
        raise UsageError(
            f"{asked[0]} and {asked[1]} ask for different answers", code="AG104", hint=f"leave out {asked[1]}"
        )
    form = "json" if json else format
    return form_of(output, form, forms) if output is not None else form or usual


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
    values = found.read_values(reader)
    seeds = [reader.read("--grad-tensor", text, f"--grad-tensor {turn}") for turn, text in enumerate(grad_tensor or ())]
    return Request(
        found.expression, values, grad_tensors=tuple(seeds) or (None,), requires_grad=requires_grad, **settings
    )
