"""Examples of the guide, run in this process as a shell would run them, so that the output shown is real."""

from __future__ import annotations

import errno
import io

from autograd_cli.environment import Environment, StandardInput
from autograd_cli.errors import messages
from autograd_cli.errors.failures import as_autograd_error
from autograd_cli.guide.entry import Example, Script
from autograd_cli.main import perform
from autograd_core.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """What an example wrote, on both streams as a terminal shows them, and its exit status."""

    output: str
    status: int


class Page(io.StringIO):
    """Takes what a command writes; ``ascii`` says what the page that it is shown on can hold."""

    encoding = "utf-8"

    def __init__(self, ascii: bool) -> None:
        super().__init__()
        if ascii:
            self.encoding = "ascii"


class FullDisk(Page):
    """A stream that has no room, as /dev/full."""

    def write(self, text: str) -> int:
        """Refuse."""
        raise OSError(errno.ENOSPC, "No space left on device")


def run_example(example: Example, *, width: int | None = None, ascii: bool = False) -> Shown:
    """Run an example; ``width`` is the room for what it writes."""
    if isinstance(example, Script):
        return _run_script(example, ascii)
    page = Page(ascii)
    content = None if example.without == "stdin" else io.BytesIO(f"{example.stdin or ''}\n".encode())
    environment = Environment(
        StandardInput(content),
        FullDisk(ascii) if example.without == "stdout" else page,
        page,
        {"COLUMNS": str(width)} if width else {},
    )
    status = perform(example.words, environment)
    return Shown(page.getvalue(), status)


def _run_script(script: Script, ascii: bool) -> Shown:
    try:
        return Shown(f"{script.body()!r}\n", 0)
    except Exception as error:  # what an example raises is what it shows
        known = as_autograd_error(error)
        return Shown(messages.for_people(known, ascii=ascii), known.exit_status)
