"""Text as it is shown: what a user typed made safe, which signs a stream prints, the columns they fill, line breaks."""

from __future__ import annotations

import re
import unicodedata

_ALL_NARROW = re.compile(r"[\u0000-\u02ff\u0370-\u0482\u2010-\u2027\u2190-\u22ff\u2500-\u25fc]*").fullmatch

_TOKEN = re.compile(r"-?(?:inf\b|\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|\w+|\*\*|//|[<>=!]=|.", re.DOTALL)


def escape_unprintable(text: str, ascii: bool = False) -> str:
    r"""``text`` with everything a terminal, a page or an editor would act on or hide written as ``\x1b``, ``\u202e``.

    Control characters and those that turn the direction of text are such. With ``ascii`` every foreign letter is
    written so, too.
    """
    if not text.isprintable():
        text = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    return text.encode("ascii", "backslashreplace").decode() if ascii else text


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii() or _ALL_NARROW(text):
        return len(text)
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    return len(text) + wide - sum(unicodedata.combining(each) != 0 for each in text)


def fold(text: str, room: int | None, *, whole_words: bool = False) -> list[str]:
    """The text broken at spaces into lines of at most ``room`` columns.

    Words that are longer are broken at their signs, numbers never; ``whole_words`` breaks none of them. A line does not
    begin with a sign behind what is too long by itself.
    """
    if room is None or columns(text) <= room:
        return [text]
    found, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if columns(joined) <= room:
            line = joined
            continue
        if line:
            found.append(line)
        line = ""
        for token in [word] if whole_words else _TOKEN.findall(word):
            if line and columns(line + token) > room and (columns(line) <= room or token[-1].isalnum()):
                found.append(line)
                line = ""
            line += token
    return [*found, line]


_SPELLED = str.maketrans(
    {"─": "-", "…": "...", "→": "->", "–": "-", "✓": "[ok]", "✗": "[no]", "◐": "[part]", "↩": "^", "●": "*"}
    | {"├": "|", "└": "`", "│": "|", "∂": "d", "×": "x"}
    | dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
)
"""The spelling in ASCII of the signs of this program."""


def sign(text: str, ascii: bool) -> str:
    """Signs of this program as a stream can show them."""
    return text.translate(_SPELLED) if ascii else text


def shown(text: str, *, ascii: bool, symbol: bool = False) -> str:
    """The text letter for letter, with what cannot be shown written as escapes; a symbol has a spelling in ASCII."""
    return escape_unprintable(sign(text, ascii and symbol), ascii)


def cut(text: str, room: int, ascii: bool) -> str:
    """The text, cut with an ellipsis if it takes more than ``room`` columns. For words, never for numbers."""
    if columns(text) <= room:
        return text
    gap = sign("…", ascii)
    kept = text[: max(room - len(gap), 0)]
    while kept and columns(kept) + len(gap) > room:
        kept = kept[:-1]
    return kept + gap if room >= len(gap) else ""


def escape(text: str) -> str:
    """The text for HTML and XML, letter for letter: signs of markup escaped, what cannot be seen as an escape."""
    import html  # with every entity that HTML names; of no use to an answer for programs

    return html.escape("\n".join(map(escape_unprintable, text.split("\n"))))
