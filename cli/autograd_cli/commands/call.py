"""What every command does: it takes what was given, answers in the form that was asked for, and ends with a status."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from autograd_cli.arguments import Given, one_named
from autograd_cli.command import environment_of, given
from autograd_cli.options import Outputs
from autograd_cli.output import chosen_format, respond, show_warnings

if TYPE_CHECKING:
    from autograd_cli.document.blocks import Answer
    from autograd_core.report import Array, Warning

VALUE = "value"
"""What ``--get`` calls the result, where no variable has that name."""


class Call:
    """A command as it was called, and where its answer goes.

    Raises UsageError where the options ask for several forms, or for a file that cannot be written.
    """

    def __init__(self, context: typer.Context, outputs: Outputs, form: str | None = None) -> None:
        self.context = context
        self.outputs = outputs
        self.environment = environment_of(context)
        self.form = form or chosen_format(outputs)

    @property
    def given(self) -> Given:
        """The expression and the values."""
        return given(self.context)

    def respond(self, answer: Answer, warned: Iterable[Warning] = (), *, status: int = 0, **more: Any) -> NoReturn:
        """Write the answer with its warnings and end; ``more`` is a ``note`` and fields of the display."""
        respond(answer, self.form, self.outputs, self.environment, warned, **more)
        raise typer.Exit(status)

    def wanted(self, names: Collection[str]) -> list[str]:
        """What ``--get`` asks for: variables, and ``value``. Raises UsageError for other names."""
        asked = self.outputs.get or ()
        return [name if name == VALUE and VALUE not in names else one_named(name, "--get", names) for name in asked]

    def give(
        self,
        wanted: Iterable[str],
        value: Array | float,
        known: Mapping[str, Array],
        warned: Iterable[Warning],
        status: int,
    ) -> NoReturn:
        """Write what ``--get`` asks for as values to type back in, a line each, and end."""
        import numpy as np

        from autograd_cli.document.numbers import value_text

        show_warnings(warned, self.outputs, self.environment)
        self.environment.stdout.writelines(
            f"{value_text(np.asarray({VALUE: value, **known}[name]))}\n" for name in wanted
        )
        raise typer.Exit(status)
