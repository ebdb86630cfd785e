"""Styled lines: what they are made of, how wide they are, how they are broken, and how they reach a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, TextIO

from autograd_cli.columns import columns, visible
from autograd_cli.render.view import View
from autograd_core.records import record

if TYPE_CHECKING:
    from rich.text import Text

Piece = tuple[str, str]
"""A text and its style: the name of a rich style, or nothing."""

Line = list[Piece]

STRONG, GOOD, BAD, UNSURE, FUNCTION, FORMULA = "bold", "bold green", "bold red", "bold magenta", "cyan", "cyan"
"""The styles in use: each is readable on a dark and on a light background."""


@record(frozen=True, slots=True)
class Glyphs:
    """The signs that are not plain letters, in two alphabets."""

    rule: str
    gap: str
    right: str
    dash: str
    agree: str
    disagree: str
    partial: str
    see: str
    spine: str
    tee: str
    corner: str
    bar: str


UNICODE = Glyphs("─", "…", "→", "–", "✓", "✗", "◐", "↩", "●", "├─", "└─", "│ ")
ASCII = Glyphs("-", "...", "->", "-", "[ok]", "[no]", "[part]", "^", "*", "|-", "`-", "| ")


def glyphs(view: View) -> Glyphs:
    """The signs this view can show."""
    return ASCII if view.ascii else UNICODE


def clean(text: str, view: View) -> str:
    """The text letter for letter, with what this view cannot show written as escapes."""
    return visible(text, view.ascii)


def line_columns(line: Line) -> int:
    """How many columns of a terminal the line takes."""
    return sum(columns(text) for text, _ in line)


def cut(text: str, room: int, view: View) -> str:
    """The text, cut with an ellipsis if it takes more than ``room`` columns. For words, never for numbers."""
    if columns(text) <= room:
        return text
    gap = glyphs(view).gap
    kept = text[: max(room - len(gap), 0)]
    while kept and columns(kept) + len(gap) > room:
        kept = kept[:-1]
    return kept + gap if room >= len(gap) else ""


def folded(line: Line, room: int | None, indent: int = 0) -> list[Line]:
    """A line of pieces broken between words, the following lines indented."""
    if room is None or line_columns(line) <= room:
        return [line]
    found: list[Line] = []
    current: Line = []
    for text, style in line:
        for position, word in enumerate(text.split(" ")):
            spaced = (" " if position else "") + word
            if current and line_columns(current) + columns(spaced) > room and word:
                found.append(current)
                current, spaced = [(" " * indent, "")], word
            current.append((spaced, style))
    return [*found, current]


def padded(line: Line, width: int) -> Line:
    """The line filled with spaces up to ``width`` columns."""
    missing = width - line_columns(line)
    return [*line, (" " * missing, "")] if missing > 0 else line


def spaced(parts: Iterable[Iterable[Line]]) -> Iterator[Line]:
    """The lines of all parts, with air between those that have any."""
    started = False
    for part in parts:
        lines = iter(part)
        first = next(lines, None)
        if first is None:
            continue
        if started:
            yield []
        started = True
        yield from chain([first], lines)


def to_text(lines: Iterable[Line]) -> Text:
    """The lines as one rich text, for a console that records (HTML, SVG)."""
    from rich.text import Text

    return Text("\n").join(Text.assemble(*line) for line in lines)


def paint(lines: Iterable[Line], view: View, stream: TextIO) -> None:
    """Write the lines, coloured if the view says so; without colour there is not a single escape code."""
    painted = _colored(lines) if view.color else ("".join(text for text, _ in line).rstrip(" ") for line in lines)
    while batch := list(islice(painted, 1000)):
        text = "\n".join(batch) + "\n"
        stream.write(text.encode("ascii", "backslashreplace").decode() if view.ascii else text)


def write_lines(lines: Iterable[str], view: View, stream: TextIO) -> None:
    """Write lines without styles, with escapes for what this view cannot show."""
    for line in lines:
        stream.write((line.encode("ascii", "backslashreplace").decode() if view.ascii else line) + "\n")


def _colored(lines: Iterable[Line]) -> Iterable[str]:
    """Each line with the escape codes of the sixteen colours that every terminal lets its owner choose."""
    from rich.color import ColorSystem
    from rich.style import Style

    for line in lines:
        pieces = list(line)
        while pieces and not pieces[-1][0].strip(" "):
            pieces.pop()
        yield "".join(
            Style.parse(style).render(text, color_system=ColorSystem.STANDARD) if style and text else text
            for text, style in pieces
        ).rstrip(" ")
