"""Pages of the guide as lines: headings, paragraphs, lists of terms, and examples with what they wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd_cli.columns import columns
from autograd_cli.rehearsal import Rehearsal, rehearse
from autograd_cli.render.ink import FORMULA, STRONG, Line, clean, folded
from autograd_cli.render.view import View
from autograd_core.guide.entry import Command, Example

WIDEST = 100
"""Columns that are comfortable to read."""

NARROWEST = 30
"""Columns below which text is no longer indented or broken."""


def room(view: View) -> int | None:
    """The columns for text; None where nothing limits them."""
    return None if view.width is None else max(min(view.width, WIDEST), NARROWEST)


def heading(text: str, view: View) -> list[Line]:
    """A blank line and a title."""
    return [[], [(clean(text, view), STRONG)]]


def paragraph(text: str, view: View, indent: int = 2) -> list[Line]:
    """A text broken between words."""
    return folded([(" " * indent + clean(text, view), "")], room(view), indent)


def bullets(texts: Sequence[str], view: View) -> list[Line]:
    """Several texts, each told apart from the next; one alone is a paragraph."""
    if len(texts) == 1:
        return paragraph(texts[0], view)
    return [line for text in texts for line in folded([("  - " + clean(text, view), "")], room(view), 4)]


def terms(
    pairs: Iterable[tuple[str, str | Sequence[str]]], view: View, style: str = FORMULA, most: int = 28
) -> list[Line]:
    """Words with texts beside them, in a column, each text in lines of its own.

    A word longer than ``most`` columns has a line to itself, and where there is little room all of them have.
    """
    known = [(clean(word, view), [text] if isinstance(text, str) else text) for word, text in pairs]
    limit = room(view)
    widest = max([columns(word) for word, _ in known if columns(word) <= most], default=0)
    beside = limit is None or widest + 40 <= limit
    indent = widest + 4 if beside else 6
    found: list[Line] = []
    for word, texts in known:
        head: Line = [("  ", ""), (word, style)]
        if not beside or columns(word) > widest:
            found += folded(head, limit, 4)
            head = []
        for text in texts:
            gap = indent - sum(columns(piece) for piece, _ in head)
            found += folded([*head, (" " * gap + clean(text, view), "")], limit, indent)
            head = []
    return found


def example(one: Example, done: Rehearsal, view: View) -> list[Line]:
    """An example as it is typed, and what it wrote."""
    prompt = "$ " if isinstance(one, Command) else ""
    lines: list[Line] = [[("  ", ""), (prompt + clean(text, view), FORMULA)] for text in one.text.splitlines()]
    if not prompt:
        lines.append([])
    return lines + [[("  " + text, "")] if text else [] for text in done.output.splitlines()]


def rehearsed(one: Example, view: View) -> Rehearsal:
    """An example, run with the room that its output has on the page."""
    inside = room(view)
    return rehearse(one, width=inside - 2 if inside else None, ascii=view.ascii)


def apart(blocks: Sequence[list[Line]]) -> list[Line]:
    """Blocks with a blank line between them."""
    found: list[Line] = []
    for block in blocks:
        found += [*([[]] if found else []), *block]
    return found
