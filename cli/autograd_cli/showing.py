"""What the choices of a person and the streams of a run make of an answer and of its warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd_cli.document.blocks import Display
from autograd_cli.environment import Environment
from autograd_cli.messages import labelled, warning

if TYPE_CHECKING:
    from autograd_cli.views.verdict import Warned


def view_of(
    environment: Environment, *, width: int | None, color: str, ascii: bool, file: bool = False, **choices: Any
) -> Display:
    """The display of standard output or of a file, which has neither colour nor a width of its own."""
    if file:
        return Display(width=width, ascii=ascii, **choices)
    stream = environment.stdout
    return Display(
        width=environment.width(width),
        color=environment.color(stream, color),
        ascii=environment.ascii(stream, ascii),
        **choices,
    )


def show_warnings(report: Warned, environment: Environment, color: str, width: int | None = None) -> None:
    """Write the warnings of a report where they do not mix with its answer."""
    for one in report.warnings:
        environment.remark(warning(one.code, one.message, **_look(environment, color, width)))


def show_note(text: str, environment: Environment, color: str, width: int | None = None) -> None:
    """Write a sentence about an answer where it does not mix with it."""
    environment.remark(labelled("note", "1", text, **_look(environment, color, width)))


def _look(environment: Environment, color: str, width: int | None) -> dict[str, Any]:
    """How standard error shows text."""
    stream = environment.stderr
    return {
        "color": environment.color(stream, color),
        "ascii": environment.ascii(stream),
        "width": environment.width(width, stream),
    }
