"""``autograd-cli grad --order N`` and ``--wrt x,x,y``: derivatives of higher orders of a number by numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd_cli.arguments import one_named
from autograd_cli.commands.requests import checking
from autograd_cli.names import listed
from autograd_cli.options import Checks, Gradients, Parts, Values
from autograd_core.errors import LimitError, UsageError
from autograd_core.limits import MAX_ORDER

if TYPE_CHECKING:
    from autograd_cli.document.blocks import Answer
    from autograd_core.matrices.report import OrdersReport
    from autograd_core.report import Array


def path_of(order: int | None, wrt: Sequence[str], used: Sequence[str]) -> tuple[str, ...]:
    """The inputs to differentiate by, one after the other; nothing where an ordinary gradient is meant.

    Raises UsageError where ``--order`` and ``--wrt`` do not go together.
    """
    names = [one_named(name.strip(), "--wrt", used) for words in wrt for name in words.split(",")]
    if order is None:
        return tuple(names) if len(set(names)) < len(names) else ()
    if not names:
        if len(used) != 1:
            raise UsageError(
                "--order needs --wrt where there are several variables",
                code="AG104",
                why=f"the variables are {listed(list(used))}",
                hint=f"--order {order} --wrt {used[0]}" if used else "leave out --order",
            )
        names = [used[0]]
    if order > MAX_ORDER:  # before there is a name for each
        raise LimitError(f"--order {order} is too high; the limit is {MAX_ORDER}")
    if len(names) == 1:
        names *= order
    if len(names) != order:
        raise UsageError(
            f"--order {order} and --wrt {','.join(names)} name different orders",
            code="AG104",
            why=f"a derivative by {listed(names)} is of order {len(names)}",
            hint="leave out --order",
        )
    return tuple(names)


def refuse(gradients: Gradients, parts: Parts, more: Mapping[str, Any]) -> None:
    """Raise UsageError for an option that means nothing beside a higher order."""
    given = {f"--{name.replace('_', '-')}": getattr(gradients, name) for name in ("grad_tensor", "no_grad")}
    given |= {f"--{name.replace('_', '-')}": getattr(parts, name) for name in ("steps", "show_jacobian")}
    for option, value in {**given, **more}.items():
        if value:
            raise UsageError(
                f"{option} is for gradients, and --order and a repeated name in --wrt ask for a higher derivative",
                code="AG104",
                hint=f"leave out {option}",
            )


def derive(
    path: tuple[str, ...], expression: str, arrays: Mapping[str, Array], parts: Parts, values: Values, checks: Checks
) -> tuple[OrdersReport, Answer]:
    """The derivatives of an expression up to that of ``path``, and what they answer."""
    from autograd_cli.views.matrices import derivatives_answer
    from autograd_core.matrices import MatrixRequest, derivatives

    settings = checking(checks)
    request = MatrixRequest(
        expression, arrays, formula=parts.formula, assume=parts.assume or (), dtype=values.dtype, **settings
    )
    report = derivatives(request, path)
    return report, derivatives_answer(report)
