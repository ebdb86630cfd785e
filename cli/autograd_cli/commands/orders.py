"""``autograd-cli grad --order N`` and ``--wrt x,x,y``: derivatives of higher orders of a number by numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_cli.arguments import Given, one_named
from autograd_cli.environment import Environment
from autograd_cli.names import listed
from autograd_cli.output import write_text
from autograd_cli.showing import show_warnings, view_of
from autograd_core.errors import LimitError, UsageError
from autograd_core.limits import MAX_ORDER

FORMS = {".json": "json", ".txt": "table", ".md": "markdown", ".tex": "latex"}
"""The form of derivatives by the end of a file's name."""


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


def answer(
    path: tuple[str, ...],
    found: Given,
    environment: Environment,
    form: str,
    output: str | None,
    seed: int,
    look: dict[str, Any],
    **settings: Any,
) -> int:
    """Write the derivatives up to that of ``path`` and return the exit status.

    ``look`` is what ``view_of`` takes; ``settings`` are ``strict`` and fields of the request.
    """
    from autograd_cli.render import orders
    from autograd_cli.values import ValueReader
    from autograd_core.matrices import MatrixRequest, derivatives

    strict = settings.pop("strict")
    reader = ValueReader(environment.stdin, seed)
    values = found.read_values(reader)
    report = derivatives(MatrixRequest(found.expression, values, **settings), path)
    show_warnings(report, environment, look["color"], look["width"])
    view = view_of(environment, file=output is not None, **look)
    write = orders.WRITERS[form]
    if output is not None:
        write_text(output, lambda stream: write(report, view, stream), environment)
    else:
        write(report, view, environment.stdout)
    status: int = report.exit_status(strict=strict)
    return status
