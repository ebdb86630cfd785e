"""Examples of the guide, run in this process as a shell would run them, so that the output shown is real."""

from __future__ import annotations

import errno
import io

from autograd_cli.environment import Environment, StandardInput
from autograd_cli.guide.entry import Example, Script
from autograd_cli.main import perform


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


def run_example(example: Example, *, width: int | None = None, ascii: bool = False) -> tuple[str, int]:
    """What an example writes on both streams, as a terminal of ``width`` columns shows them, and its exit status."""
    if isinstance(example, Script):
        return example.output, example.status
    page = Page(ascii)
    out = FullDisk(ascii) if example.redirected.endswith("/dev/full") else page
    content = None if example.redirected.endswith("<&-") else io.BytesIO(f"{example.stdin or ''}\n".encode())
    variables = {"COLUMNS": str(width)} if width else {}
    status = perform(example.words, Environment(StandardInput(content), out, page, variables))
    return page.getvalue(), status
