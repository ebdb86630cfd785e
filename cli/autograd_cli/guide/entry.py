"""What the guide says about one subject: an error code, a message of another framework, or a term of the field."""

from __future__ import annotations

import inspect
import shlex
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import field

from autograd_core.dataclass import dataclass

PROGRAM = "autograd-cli"


@dataclass(frozen=True, slots=True)
class Command:
    """A command to type: ``line`` is what stands behind the program's name, as a shell reads it.

    ``shows`` is the code of the error or warning that it gives, empty when it gives an answer. ``stdin`` is what comes
    through a pipe. ``without`` names a stream that is closed or full: "stdin" or "stdout".
    """

    line: str
    shows: str = ""
    status: int = 0
    stdin: str | None = None
    without: str = ""

    @property
    def words(self) -> list[str]:
        """The words behind the program's name."""
        return shlex.split(self.line)

    @property
    def text(self) -> str:
        """The whole line, as it is typed in a shell."""
        typed = f"{PROGRAM} {self.line}".rstrip()
        if self.stdin is not None:
            typed = f"echo {shlex.quote(self.stdin)} | {typed}"
        return typed + {"": "", "stdin": " <&-", "stdout": " > /dev/full"}[self.without]


@dataclass(frozen=True, slots=True)
class Script:
    """A few lines of Python: ``body`` is a function that runs them, and its source is what is shown.

    ``shows`` is the code of the error that it raises, empty when it returns a value.
    """

    body: Callable[[], object]
    shows: str = ""

    @property
    def text(self) -> str:
        """The lines of the function's body; what it returns stands alone in the last line."""
        lines = inspect.getsource(self.body).splitlines()
        start = next(number for number, line in enumerate(lines) if line.endswith(":")) + 1
        body = textwrap.dedent("\n".join(lines[start:])).strip().splitlines()
        return "\n".join([*body[:-1], body[-1].removeprefix("return ")])


Example = Command | Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An explanation.

    ``topic`` is an error code or a word; ``names`` are other words for it. ``says`` holds, by framework, the messages
    that people meet it by. ``meaning`` says what such a message tells, ``why`` where it comes from. ``example`` shows
    it, and each of ``fixes`` is a way that works. ``related`` are other topics.
    """

    topic: str
    title: str
    meaning: str
    why: str
    example: Example
    fixes: tuple[Example, ...]
    says: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
