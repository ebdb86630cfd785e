"""What every command does: it takes what was given, answers in the form that was asked for, and ends with a status."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from autograd_cli.arguments import Given, one_named
from autograd_cli.command import KEY, environment_of
from autograd_cli.environment import is_terminal
from autograd_cli.errors.usage_errors import different
from autograd_cli.options import Outputs
from autograd_cli.output import DRAWN, display_of, form_of, page, replacing, say, write_text
from autograd_core.deadline import suspended
from autograd_core.phases import phase

if TYPE_CHECKING:
    from autograd_cli.document import Answer
    from autograd_core.report import Array, Warning

VALUE = "value"
"""What ``--get`` calls the result, where no variable has that name."""


class Call:
    """A command as it was called, and where its answer goes, in the one form that the options ask for.

    Raises UsageError where they ask for several forms, or for a file that cannot be written.
    """

    def __init__(self, context: typer.Context, outputs: Outputs, form: str | None = None) -> None:
        self.context = context
        self.outputs = outputs
        self.environment = environment_of(context)
        self.form = form or self._chosen_form()

    def _chosen_form(self) -> str:
        asked, file = self.outputs, self.outputs.output
        named = ((f"--format {asked.format}", asked.format), ("--json", asked.json), ("--get", asked.get))
        several = [name for name, given in named if given]
        if asked.get and file is not None:
            several.append(f"--output {file}")
        if len(several) > 1 and several != ["--format json", "--json"]:
            raise different(several[0], several[1])
        form: str | None = "json" if asked.json else "table" if asked.format == "tree" else asked.format
        return form_of(file, form, asked.FORMS) if file is not None else form or asked.DEFAULT

    @property
    def given(self) -> Given:
        """The expression and the values."""
        found: Given = self.context.meta[KEY]
        return found

    def respond(
        self,
        answer: Answer,
        warned: Iterable[Warning] = (),
        *,
        status: int = 0,
        note: str | None = None,
        paged: bool = False,
        **choices: Any,
    ) -> NoReturn:
        """Write the warnings and the ``note`` on an answer, and the answer where it was asked for, and end.

        ``paged`` answers are shown by the pager where they are longer than the terminal. ``choices`` are fields of the
        display.
        """
        from autograd_cli.writers import write, write_bytes

        self.warn(warned)
        if note is not None:
            self.note(note)
        form, file, stdout = self.form, self.outputs.output, self.environment.stdout
        display = display_of(self.outputs, self.environment, **choices)
        if file is None and paged and is_terminal(stdout):
            text = StringIO()
            write(answer, form, display, text)
            page(text.getvalue(), self.environment)
        elif file is None:
            shown = nullcontext() if is_terminal(stdout) else phase("writing the answer")
            with shown, suspended():  # half an answer would be worse than a late one
                write(answer, form, display, stdout)
        elif form == "npz":
            with phase(f"writing {file}"), replacing(file) as stream:
                write_bytes(answer, stream)
            say(file, self.environment)
        else:
            width = display.width or (DRAWN if form in ("svg", "html") else None)
            wide = replace(display, width=width, page=form == "html")
            write_text(file, lambda stream: write(answer, form, wide, stream), self.environment)
        raise typer.Exit(status)

    def warn(self, warned: Iterable[Warning]) -> None:
        """Write warnings where they do not mix with an answer."""
        for one in warned:
            from autograd_cli.errors.messages import warning

            self.environment.remark(warning(one.code, one.message, **self._look()))

    def note(self, text: str) -> None:
        """Write a sentence about an answer where it does not mix with it."""
        from autograd_cli.errors.messages import labelled

        self.environment.remark(labelled("note", "1", text, **self._look()))

    def note_reading(self) -> None:
        """Say how the expression was read, where the answer itself does not show it."""
        from autograd_core.expr.read_text import read_text

        if (read := read_text(self.given.expression)) is not None:
            self.note(f"read as  {read}")

    def _look(self) -> dict[str, Any]:
        """How standard error shows text."""
        return self.environment.look(self.environment.stderr, self.outputs.color, self.outputs.width)

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

        from autograd_cli.document import value_text

        self.warn(warned)
        self.environment.stdout.writelines(
            f"{value_text(np.asarray({VALUE: value, **known}[name]))}\n" for name in wanted
        )
        raise typer.Exit(status)
