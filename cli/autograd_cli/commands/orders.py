"""``autograd-cli grad --order N`` and ``--wrt x,x,y``: derivatives of higher orders of a number by numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_cli.arguments import Given, one_named
from autograd_cli.environment import Environment
from autograd_cli.names import listed
from autograd_cli.options import Checks, Look, Outputs, Values
from autograd_cli.output import answer
from autograd_cli.showing import show_warnings, view_of
from autograd_core.errors import LimitError, UsageError
from autograd_core.limits import MAX_ORDER


def path_of(order: int | None, wrt: Sequence[str], found: Given) -> tuple[str, ...]:
    """The inputs to differentiate by, one after the other; nothing where an ordinary gradient is meant.

    Raises UsageError where ``--order`` and ``--wrt`` do not go together.
    """
    names = [one_named(name.strip(), "--wrt", found.used) for words in wrt for name in words.split(",")]
    if order is None:
        return tuple(names) if len(set(names)) < len(names) else ()
    if not names:
        if len(found.used) != 1:
            raise UsageError(
                "--order needs --wrt where there are several variables",
                code="AG104",
                why=f"the variables are {listed(list(found.used))}",
                hint=f"--order {order} --wrt {found.used[0]}" if found.used else "leave out --order",
            )
        names = [found.used[0]]
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


def refuse(given: dict[str, Any]) -> None:
    """Raise UsageError for an option that means nothing beside a higher order."""
    for option, value in given.items():
        if value:
            raise UsageError(
                f"{option} is for gradients, and --order and a repeated name in --wrt ask for a higher derivative",
                code="AG104",
                hint=f"leave out {option}",
            )


def derive(
    path: tuple[str, ...],
    found: Given,
    environment: Environment,
    form: str,
    outputs: Outputs,
    look: Look,
    settings: Values,
    checks: Checks,
    *,
    formula: bool,
) -> int:
    """Write the derivatives up to that of ``path`` and return the exit status."""
    from autograd_cli.values import ValueReader
    from autograd_cli.views.derivatives import derivatives_answer
    from autograd_core.matrices import MatrixRequest, derivatives

    reader = ValueReader(environment.stdin, settings.seed)
    values = found.read_values(reader)
    request = MatrixRequest(
        found.expression,
        values,
        formula=formula,
        dtype=settings.dtype,
        check=checks.check,
        check_budget=checks.check_budget,
        rtol=checks.rtol,
        atol=checks.atol,
    )
    report = derivatives(request, path)
    show_warnings(report, environment, look)
    display = view_of(environment, look, file=outputs.output is not None)
    answer(derivatives_answer(report), form, outputs.output, environment, display)
    return report.exit_status(strict=checks.strict)
