"""What the guide says about one subject: an error code, a message of another framework, or a term of the field.

The files in ``entries`` hold it as Markdown. An entry begins with ``# TOPIC: TITLE``; lines with ``names:`` and
``related:`` may follow, then a section for each framework (``## PyTorch says``), ``## What it means``, ``## Why``,
``## Example`` and ``## What works``. Examples are blocks of code: ``console`` holds a command, ``python`` a program,
whose output is in the block of ``text`` behind it. After these words stand the code of the error or warning that the
example shows, if any, and its exit status, if that is not 0.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from autograd_cli import PROGRAM
from autograd_core.dataclass import dataclass

FOLDER = Path(__file__).parent / "entries"

_HEAD = re.compile(r"^# (?=\S)", re.MULTILINE)
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(
    r"^```(console|python) ?(AG\d+)? ?(\d*)\n(.*?)\n```$(?:\n\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
)
_COMMAND = re.compile(rf"\$ (?:echo (.*) \| )?{PROGRAM} ?(.*?)( <&-| > /dev/full)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """A command to type: ``line`` is what stands behind the program's name, as a shell reads it.

    ``shows`` is the code of the error or warning that it gives, empty when it gives an answer. ``stdin`` is what comes
    through a pipe. ``redirected`` says which stream is closed or full, as a shell writes it.
    """

    line: str
    shows: str = ""
    status: int = 0
    stdin: str | None = None
    redirected: str = ""

    @property
    def words(self) -> list[str]:
        """The words behind the program's name."""
        return shlex.split(self.line)

    @property
    def text(self) -> str:
        """The whole line, as it is typed in a shell."""
        piped = "" if self.stdin is None else f"echo {shlex.quote(self.stdin)} | "
        return f"{piped}{PROGRAM} {self.line}".rstrip() + self.redirected


@dataclass(frozen=True, slots=True)
class Script:
    """A few lines of Python, and what they write where they are typed one after the other.

    ``shows`` is the code of the error that they raise, empty when the last line has a value.
    """

    text: str
    output: str
    shows: str = ""
    status: int = 0


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
    says: Mapping[str, tuple[str, ...]]
    names: tuple[str, ...]
    related: tuple[str, ...]


def all_entries() -> Iterator[Entry]:
    """The entries of all files."""
    for path in sorted(FOLDER.glob("*.md")):
        for text in _HEAD.split(path.read_text(encoding="utf-8"))[1:]:
            yield read_entry(text)


def read_entry(text: str) -> Entry:
    """An entry, whose text begins with its topic."""
    head, *rest = _SECTION.split(text)
    first, *fields = [line for line in head.splitlines() if line]
    topic, title = first.split(": ", 1)
    listed = {name: tuple(words.split(", ")) for name, words in (line.split(": ", 1) for line in fields)}
    sections = dict(zip(rest[::2], rest[1::2], strict=True))
    (example,) = examples(sections["Example"])
    return Entry(
        topic=topic,
        title=title,
        meaning=_paragraph(sections["What it means"]),
        why=_paragraph(sections["Why"]),
        example=example,
        fixes=tuple(examples(sections["What works"])),
        says={
            name.removesuffix(" says"): tuple(map(_paragraph, re.split(r"^- ", content, flags=re.MULTILINE)[1:]))
            for name, content in sections.items()
            if name.endswith(" says")
        },
        names=listed.get("names", ()),
        related=listed.get("related", ()),
    )


def examples(text: str) -> Iterator[Example]:
    """The examples in the blocks of code of a section."""
    for kind, shows, status, body, output in _BLOCK.findall(text):
        if kind == "python":
            yield Script(body, output, shows, int(status or 0))
        elif (command := _COMMAND.fullmatch(body)) is not None:
            stdin, line, redirected = command.groups()
            piped = None if stdin is None else shlex.split(stdin)[0]
            yield Command(line, shows, int(status or 0), piped, redirected or "")


def _paragraph(text: str) -> str:
    return " ".join(text.split())
