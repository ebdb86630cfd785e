"""Texts with the characters that shells, keyboards and other programs have put in the place of those read here.

Backslashes of LaTeX that are lost, doubled or were read as escapes; East Asian fonts; Maxima's ``%pi``; ``;`` between
the arguments of a spreadsheet.
"""

from __future__ import annotations

import re
from collections.abc import Container

from autograd_core.expr.reader import notation
from autograd_core.expr.reader.page import MAX_QUESTION

_ESCAPES = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"、": ",", "。": ".", "¿": " "}
)
"""The signs and letters of East Asian fonts, as wide as two others."""
_ESCAPES |= str.maketrans({"\a": r"\a", "\b": r"\b", "\f": r"\f", "\v": r"\v"})
_TABS = re.compile(r"(?P<tab>\t)(?=imes|heta|ext|frac|op\b|au\b|ilde|anh|r\b)|\r(?=ho\b|ight\b|angle\b)")
_WRITTEN = (
    (r"(?<![\w)\]%])%(?=(?:e|pi)\b)", " "),  # the constants of Maxima
    (r"\.{3}[ \t]*(?:%[^\n]*)?\n(?=\s*[\w(\[])", " "),  # a line of MATLAB that goes on
    (
        r"(?:(?<=;)[ \t]*|^[ \t]+)%[^\n]*$|(?:^|(?<=[;{}]))[ \t]*//[^\n]*$|/\*(?s:.{0,999}?)\*/",
        "",
    ),  # comments of MATLAB, C, JavaScript
    (r"^using [A-Z][\w., ]*$", ""),  # Julia
    (r"([=!]=)=", r"\1"),  # JavaScript
    (r"\broot\((\d)\)(?=\()", r"\\sqrt[\1]"),  # AsciiMath
    (r"\{\}\^t\s*([A-Za-z])|\^top\b", r"\1^T"),  # French; Typst
    (r"∂_(\w)\s*(?=\()", r"∂/∂\1 "),
    (r"(?<![\w.])(\d+(?:\.\d+)?)\s*(?:[°º]|\^\s*\{?\s*\\circ\b\s*\}?)(?!\s?[CFK]\b)", r"(\1/180·π)"),
    (r"\{\s*(\\(?:text|mathrm|operatorname)\s*\{\s*\w+\s*\})\s*\}(?=\s*\()", r"\1"),
    (r"\\p?dv(?:\{\s*\})?\{(\\?\w+)\}(?!\{)", r"\\frac{d}{d \1}"),  # of the package physics
)
"""What other programs write, and what stands for it here."""
_MACRO = re.compile(
    r"\\(?:(?:re|provide)?newcommand\*?|def|DeclareMathOperator\*?)\s*\{?\\(?P<name>[A-Za-z]+)\}?\s*(?:\[(?P<count>\d)\])?\{"
)
_SINGLE = re.compile(r"(?<!\\)(?:\\\\)*\\(?!\\)")
_DOUBLED = re.compile(r"\\\\(?=[A-Za-z]{2}|[|{},;])")
_SIGNS = [sign[1:] for sign in notation.SIGNS if sign[1:].isalpha()]
_COMMANDS = notation.any_of({*notation.FONTS, *notation.WORDS, *notation.ACCENTS, *_SIGNS})
_LOST = re.compile(
    rf"(?<![A-Za-z\\_.])(?=[A-Za-z]{{2}})(?P<name>{_COMMANDS}|begin(?=\{{)|end(?=\{{)|(?P<fence>left|right)(?=[\s(\[|.{{}})\]]))(?![A-Za-z])"
    r"(?P<braced>(?:\[\w+\])?\{)?"
)
_NO_WORD = ("cdot", "odot", "otimes", "leq", "geq", "neq")
"""Commands that are no words of a language, also where no brace says that they are commands."""


def normalized(text: str, known: Container[str]) -> str:
    """The text as it is read; ``known`` are names that have a value.

    ``frac{1}{2} x cdot y`` and ``\\\\frac{1}{2}`` stand for ``\\frac{1}{2}``, a form feed before ``rac`` for ``\\f``.
    """
    text = _TABS.sub(lambda match: r"\t" if match["tab"] else r"\r", text.translate(_ESCAPES))
    for pattern, by in _WRITTEN:
        text = re.sub(pattern, by, text, flags=re.MULTILINE)
    if text.lstrip().startswith("="):  # a spreadsheet where a comma is a decimal point
        text = text.replace(";", ",")
    if "\\" in text:
        text = without_macros(text)
        return text if _SINGLE.search(text) else _DOUBLED.sub(r"\\", text)
    commands = [match for match in _LOST.finditer(text) if match["name"] not in known]
    if not any(match["braced"] or match["fence"] or match["name"] in _NO_WORD for match in commands):
        return text
    return _LOST.sub(lambda match: match[0] if match["name"] in known else "\\" + match[0], text)


def without_macros(text: str) -> str:
    """The text with what its own commands stand for, without comments; what is no LaTeX without escapes."""
    if not re.search(r"\\[A-Za-z]", text):
        return re.sub(r"\\([*^_])", r"\1", text)
    text = re.sub(r"(?<!\\)%[^\n]*", "", text)
    while len(text) < MAX_QUESTION and (macro := _MACRO.search(text)) is not None:
        end = notation.group_end(text, macro.end() - 1)
        count = int(macro["count"] or 0)
        body = text[macro.end() : end - 1].replace("\\", r"\\")
        body = re.sub(rf"#([1-{count}])", r" \\g<\1>", body) if count else body
        used = rf"\\{macro['name']}(?![A-Za-z])" + r"\s*\{([^{}]*)\}" * count
        text = re.sub(used, body, text[: macro.start()] + text[end:])
    return text
