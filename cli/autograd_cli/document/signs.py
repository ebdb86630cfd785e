"""The signs of this program that are not plain letters, in two alphabets, and text as a stream can show it."""

from __future__ import annotations

from autograd_cli.document.columns import columns, escape_unprintable
from autograd_core.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Signs:
    """What stands for what was left out, for a verdict, and for the lines of a drawing."""

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


UNICODE = Signs("─", "…", "→", "–", "✓", "✗", "◐", "↩", "●", "├─", "└─", "│ ")
ASCII = Signs("-", "...", "->", "-", "[ok]", "[no]", "[part]", "^", "*", "|-", "`-", "| ")

_SPELLED = str.maketrans(
    {getattr(UNICODE, name): getattr(ASCII, name) for name in ("rule", "gap", "right", "dash", "agree", "disagree")}
    | {UNICODE.partial: ASCII.partial, UNICODE.see: ASCII.see, UNICODE.spine: ASCII.spine, "∂": "d", "×": "x"}
    | dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
)


def signs(ascii: bool) -> Signs:
    """The signs that a stream can show."""
    return ASCII if ascii else UNICODE


def shown(text: str, *, ascii: bool, symbol: bool = False) -> str:
    """The text letter for letter, with what cannot be shown written as escapes; a symbol has a spelling in ASCII."""
    return escape_unprintable(text.translate(_SPELLED) if symbol and ascii else text, ascii)


def cut(text: str, room: int, ascii: bool) -> str:
    """The text, cut with an ellipsis if it takes more than ``room`` columns. For words, never for numbers."""
    if columns(text) <= room:
        return text
    gap = signs(ascii).gap
    kept = text[: max(room - len(gap), 0)]
    while kept and columns(kept) + len(gap) > room:
        kept = kept[:-1]
    return kept + gap if room >= len(gap) else ""
