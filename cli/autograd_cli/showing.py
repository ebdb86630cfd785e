"""What the choices of a person and the streams of a run make of an answer and of its warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd_cli.document.blocks import Display
from autograd_cli.environment import Environment
from autograd_cli.messages import labelled, warning
from autograd_cli.options import Look

if TYPE_CHECKING:
    from autograd_cli.views.verdict import Warned


def view_of(environment: Environment, look: Look, *, file: bool = False, **choices: Any) -> Display:
    """The display of standard output or of a file, which has neither colour nor a width of its own."""
    stream = environment.stdout
    return Display(
        width=look.width if file else environment.width(look.width),
        color=not file and environment.color(stream, look.color),
        ascii=look.ascii if file else environment.ascii(stream, look.ascii),
        precision=look.precision,
        full=look.full,
        **choices,
    )


def show_warnings(report: Warned, environment: Environment, look: Look) -> None:
    """Write the warnings of a report where they do not mix with its answer."""
    for one in report.warnings:
        environment.remark(warning(one.code, one.message, **_look(environment, look)))


def show_reading(expression: str, environment: Environment, look: Look) -> None:
    """Say how the expression was read, where the answer itself does not show it."""
    from autograd_core.expr.read_text import read_text

    read = read_text(expression)
    if read is not None:
        show_note(f"read as  {read}", environment, look)


def show_note(text: str, environment: Environment, look: Look) -> None:
    """Write a sentence about an answer where it does not mix with it."""
    environment.remark(labelled("note", "1", text, **_look(environment, look)))


def _look(environment: Environment, look: Look) -> dict[str, Any]:
    """How standard error shows text."""
    stream = environment.stderr
    return {
        "color": environment.color(stream, look.color),
        "ascii": environment.ascii(stream),
        "width": environment.width(look.width, stream),
    }
