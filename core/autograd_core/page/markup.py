"""Text as HTML and SVG show it, letter for letter."""

from __future__ import annotations

import html
import unicodedata


def escape(text: str) -> str:
    """The text for HTML and XML: signs of markup escaped, what cannot be seen written by its code point."""
    if not text.isprintable():
        text = "".join(each if each.isprintable() or each == "\n" else f"\\u{ord(each):04x}" for each in text)
    return html.escape(text)


def width_of(text: str) -> int:
    """The columns of a text in letters of one width; signs of East Asia take two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
