"""Entries of the guide as Markdown: the reader of the files in ``entries``.

An entry begins with ``# TOPIC: TITLE``; lines with ``names:`` and ``related:`` may follow, then a section for each
framework (``## PyTorch says``), ``## What it means``, ``## Why``, ``## Example`` and ``## What works``. Examples are
blocks of code: ``console`` holds a command, ``python NAME`` shows the function ``_NAME`` of ``scripts``. After that
stand the code of the error or warning that the example shows, if any, and its exit status, if that is not 0.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograd_cli.guide import scripts
from autograd_cli.guide.entry import PROGRAM, Command, Entry, Example, Script

FOLDER = Path(__file__).parent / "entries"

_HEAD = re.compile(r"^# (?=\S)", re.MULTILINE)
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


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
    sections = {name: content.strip() for name, content in zip(rest[::2], rest[1::2], strict=True)}
    says = {name.removesuffix(" says"): _items(content) for name, content in sections.items() if name.endswith(" says")}
    (example,) = examples(sections["Example"])
    return Entry(
        topic=topic,
        title=title,
        meaning=_paragraph(sections["What it means"]),
        why=_paragraph(sections["Why"]),
        example=example,
        fixes=tuple(examples(sections["What works"])),
        says=says,
        names=listed.get("names", ()),
        related=listed.get("related", ()),
    )


def examples(text: str) -> Iterator[Example]:
    """The examples in the blocks of code of a section."""
    for kind, words, body in _BLOCK.findall(text):
        info: Sequence[str] = words.split()
        if kind == "python":
            yield Script(getattr(scripts, f"_{info[0]}"), info[1] if len(info) > 1 else "")
        else:
            yield _command(body.removeprefix("$ "), info)


def _command(text: str, info: Sequence[str]) -> Command:
    """A line of a shell: the command, what is piped into it, and a stream that is closed or full."""
    stdin, without = None, ""
    before, pipe, line = text.rpartition(f" | {PROGRAM}")
    if pipe and before.startswith("echo "):
        stdin, text = shlex.split(before)[1], PROGRAM + line
    for name, sign in (("stdin", " <&-"), ("stdout", " > /dev/full")):
        if text.endswith(sign):
            without, text = name, text.removesuffix(sign)
    line = text.removeprefix(PROGRAM).strip()
    status = int(info[-1]) if info and info[-1].isdigit() else 0
    return Command(line, next((word for word in info if not word.isdigit()), ""), status, stdin, without)


def _items(text: str) -> tuple[str, ...]:
    return tuple(" ".join(item.split()) for item in re.split(r"^- ", text, flags=re.MULTILINE)[1:])


def _paragraph(text: str) -> str:
    return " ".join(text.split())
