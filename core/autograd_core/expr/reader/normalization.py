"""Texts with the characters that shells, keyboards and other programs have put in the place of those read here.

Backslashes of LaTeX that are lost, doubled or were read as escapes; East Asian fonts; Maxima's ``%pi``; ``;`` between
the arguments of a spreadsheet.
"""

from __future__ import annotations

import re
from collections.abc import Container

from autograd_core.expr.reader import notation

_ESCAPES = str.maketrans({chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"、": ",", "。": "."})
"""The signs and letters of East Asian fonts, as wide as two others."""
_ESCAPES |= str.maketrans({"\a": r"\a", "\b": r"\b", "\f": r"\f", "\v": r"\v"})
_TABS = re.compile(r"(?P<tab>\t)(?=imes|heta|ext|frac|op\b|au\b|ilde|anh|r\b)|\r(?=ho\b|ight\b|angle\b)")
_MAXIMA = re.compile(r"(?<![\w)\]%])%(?=(?:e|pi)\b)")
"""The sign before the constants of Maxima, ``%pi``."""
_SINGLE = re.compile(r"(?<!\\)(?:\\\\)*\\(?!\\)")
_DOUBLED = re.compile(r"\\\\(?=[A-Za-z]{2}|[|{},;])")
_SIGNS = [sign[1:] for sign in notation.SIGNS if sign[1:].isalpha()]
_COMMANDS = notation.any_of({*notation.FONTS, *notation.WORDS, *notation.ACCENTS, *_SIGNS})
_LOST = re.compile(
    rf"(?<![A-Za-z\\_.])(?P<name>{_COMMANDS}|begin(?=\{{)|end(?=\{{)|(?P<fence>left|right)(?=[\s(\[|.{{}})\]]))(?![A-Za-z])"
    r"(?P<braced>(?:\[\w+\])?\{)?"
)
_NO_WORD = ("cdot", "odot", "otimes", "leq", "geq", "neq")
"""Commands that are no words of a language, also where no brace says that they are commands."""


def normalized(text: str, known: Container[str]) -> str:
    """The text as it is read; ``known`` are names that have a value.

    ``frac{1}{2} x cdot y`` and ``\\\\frac{1}{2}`` stand for ``\\frac{1}{2}``, a form feed before ``rac`` for ``\\f``.
    """
    text = _TABS.sub(lambda match: r"\t" if match["tab"] else r"\r", text.translate(_ESCAPES))
    text = _MAXIMA.sub(" ", text)
    if text.lstrip().startswith("="):  # a spreadsheet where a comma is a decimal point
        text = text.replace(";", ",")
    if "\\" in text:
        return text if _SINGLE.search(text) else _DOUBLED.sub(r"\\", text)
    commands = [match for match in _LOST.finditer(text) if match["name"] not in known]
    if not any(match["braced"] or match["fence"] or match["name"] in _NO_WORD for match in commands):
        return text
    return _LOST.sub(lambda match: match[0] if match["name"] in known else "\\" + match[0], text)
