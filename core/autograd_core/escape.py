"""What a user typed, made safe to be shown: one function for every place that text goes to."""

from __future__ import annotations


def escape_unprintable(text: str, ascii: bool = False) -> str:
    r"""``text`` with everything a terminal, a page or an editor would act on or hide written as ``\x1b``, ``\u202e``.

    Control characters and those that turn the direction of text are such. With ``ascii`` every foreign letter is
    written so, too.
    """
    if not text.isprintable():
        text = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    return text.encode("ascii", "backslashreplace").decode() if ascii else text
