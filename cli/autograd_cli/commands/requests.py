"""What the options of a command ask of the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd_cli.arguments import Given, leaves
from autograd_cli.options import Checks, Gradients, Values

if TYPE_CHECKING:
    from autograd_core.report import Array
    from autograd_core.request import Request, Writing

EACH = {"json": 500.0, "plain": 700.0, "table": 2_500.0, "latex": 1_200.0, "svg": 7_000.0, "html": 7_000.0}
"""Nanoseconds that a number takes in each form, measured. The other forms hold bytes, or summarise large arrays."""

WHOLE = ("json", "plain")
"""The forms that never summarise."""

_FILE = "--output r.npz holds all numbers"

NPZ = f"autograd-cli grad ... {_FILE}"
"""What to advise in a command that writes no ``.npz`` file itself."""


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


def writing(
    form: str, *, full: bool, tree: bool = False, only: Sequence[str] = (), instead: str | None = None
) -> Writing | None:
    """What will be written number by number of a report; None where large arrays are summarised.

    ``tree`` says that the graph is part of it, ``only`` names the gradients that alone are written. ``instead`` advises
    what takes less in a command that has other options than ``grad``.
    """
    from autograd_core.request import Writing

    if only:
        return Writing(EACH["plain"], _FILE, result="value" in only, inputs=False, gradients=tuple(only))
    if form not in EACH or not (full or form in WHOLE):
        return None
    graph = tree and form == "json"
    fewer = "; --no-tree has fewer" if graph else "" if form in WHOLE else "; without --full arrays are summarised"
    return Writing(EACH[form], instead or _FILE + fewer, inputs=form != "plain", graph=graph)
