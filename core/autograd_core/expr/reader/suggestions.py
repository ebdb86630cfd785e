"""The text nearest to one that cannot be read: whole, and one that can."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator

from autograd_core.errors import AutogradError
from autograd_core.expr.apply import nearest
from autograd_core.expr.reader import notation
from autograd_core.ops.registry import IN_LATEX

LONGEST = 600
"""Characters of a text that is written again."""

MAX_EDITS = 5
"""Mistakes in one text that are mended."""

MAX_TRIED = 24
"""Texts that are read in search of one."""

POINTS = 1001
"""Points at which an integrand is taken."""

Attempt = Callable[[str], str]
"""Reads a text: gives what to offer for it, or raises AutogradError."""

_OPENING = {"(": ")", "[": "]", "{": "}"}
_OPERATORS = "+-*/^=<>,.;:_'\"@%\\"
_COMMANDS = sorted(
    {
        *(sign[1:] for sign in notation.SIGNS if sign[0] == "\\"),
        *(*notation.BARS, *notation.LETTER, *notation.FUNCTIONS, *IN_LATEX, *notation.WORDS),
    }
)
_BESIDE = re.compile(r"(?<=[\w)])[ \t]+(?=[\w(])")
"""Blanks between two operands."""
_NO_REPAIR = ("AG619", "AG803", "AG802", "AG301")

_INTEGRAL = re.compile(
    r"(?:\\int|∫)\s*(?:\\limits)?\s*_\s*(?P<low>\{[^{}]*\}|[-+]?\\?\w+)\s*\^\s*(?P<high>\{[^{}]*\}|[-+]?\\?\w+)"
    r"(?P<body>.*?)(?:\\[,;!]|\s)*(?:\\mathrm\{d\}|\bd)\s*(?P<name>[A-Za-z])(?![A-Za-z])",
    re.DOTALL,
)
_LIMIT = re.compile(
    r"\\?lim\s*_?\s*[\{(]?\s*(?P<name>\w)\s*(?:\\to|\\rightarrow|→|->)\s*(?P<to>[-+]?\d+(?:\.\d+)?)\s*[\})]?"
)


def one_line(text: str) -> str:
    """The lines of a program as statements with ``;`` between them."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return re.sub(r":; ", ": ", "; ".join(lines)) if len(lines) > 1 else text


def suggest(text: str, error: AutogradError, attempt: Attempt) -> tuple[str, ...]:
    """What to offer for a text that gave an error; nothing where no text near to it can be read."""
    if len(text) > LONGEST or error.code in _NO_REPAIR or error.rewrites:
        return ()
    tried = {text}
    waiting: list[tuple[str, AutogradError, int]] = [(text, error, 0)]
    while waiting and len(tried) < MAX_TRIED:
        current, problem, edits = waiting.pop(0)
        for candidate in _candidates(current, problem):
            if candidate in tried or not candidate.strip() or len(tried) >= MAX_TRIED:
                continue
            tried.add(candidate)
            try:
                return (attempt(candidate),)
            except AutogradError as again:
                if edits + 1 < MAX_EDITS and again.code not in _NO_REPAIR and again.span is not None:
                    waiting.append((candidate, again, edits + 1))
    return ()


def _candidates(text: str, error: AutogradError) -> Iterator[str]:
    """Texts with one mistake less, the likeliest first."""
    yield from filter(None, (_summed(text), _without_limit(text)))
    start, end = error.span if error.span is not None and error.text in (None, text) else (0, 0)
    start, end = min(start, len(text)), min(end, len(text))
    part, before, behind = text[start:end], text[:start], text[start:]
    if error.code == "AG603" and error.why is not None:  # it is known for what it is, and nothing of it is left out
        return
    if error.code in ("AG604", "AG605"):
        word = re.match(r"\\?([^\W\d_]\w*)", behind)
        if (raised := re.match(r"([a-z]{2,}?)([2-9])\b", behind)) and notation.function_named(
            raised[1]
        ):  # sin2 x of a page
            yield f"{before}{raised[1]}^{raised[2]}{behind[raised.end() :]}"
        if word is not None and len(word[1]) > 2 and word[1] not in notation.LETTER and behind[word.end() :].strip():
            yield from (before + near + behind[word.end() :] for near in _functions(word[1]))
        return
    if (command := re.match(r"\\([A-Za-z]+|.)", behind, re.DOTALL)) is not None and part:
        rest = behind[command.end() :]
        meant = difflib.get_close_matches(command[1], _COMMANDS, 2, 0.7)
        yield from (f"{before}\\{near}{rest}" for near in meant)
        for function in _functions(command[1]):
            yield f"{before}\\operatorname{{{function}}}{rest}"
        if notation.LETTER.keys().isdisjoint(meant) and (
            rest.lstrip()[:1] != "{" or command[1].startswith(("math", "text"))
        ):
            yield f"{before} {rest}"
    yield _BESIDE.sub("*", text)
    yield _balanced(text)
    if text.count("|") % 2:
        for single in re.finditer(r"(?<!\|)\|(?!\|)", text):
            yield f"{text[: single.end()]}|{text[single.end() :]}"
        yield text + "|"
    for place in range(start, min(end, start + 3)):
        if text[place] in _OPERATORS:
            yield text[:place] + text[place + 1 :]
    if len(part) == 1 and (part in "$#~`" or not part.isprintable()):
        yield before + text[end:]
    if before.rstrip()[-1:] in tuple(_OPERATORS):
        yield before.rstrip()[:-1] + " " + behind
    if before and behind[:1].isalnum():
        yield before + "*" + behind
    yield text.rstrip(" \n" + _OPERATORS.replace("'", "").replace("|", ""))
    yield text.lstrip(" \n*/^=,.;:&_!?@%>")


def _functions(word: str) -> list[str]:
    """The functions that a word was probably meant to be: with letters exchanged, or hardly another."""
    word = word.lower()
    found = []
    for near in nearest(word, 5):
        alike = sorted(near) == sorted(word) or difflib.SequenceMatcher(None, word, near).ratio() >= 0.8
        if alike or (len(near) == len(word) == 3 and near[0] == word[0]):
            found.append(near)
    return sorted(found, key=lambda near: sorted(near) != sorted(word))[:2]


def _balanced(text: str) -> str:
    """The text with every bracket closed that is open, and without those that close none."""
    found: list[str] = []
    stack: list[str] = []
    for ch in text:
        if ch in _OPENING:
            stack.append(_OPENING[ch])
        elif ch in ")]}":
            if not stack:
                continue
            ch = stack.pop()
        found.append(ch)
    return "".join(found).rstrip() + "".join(reversed(stack)) if stack else "".join(found)


def _summed(text: str) -> str | None:
    """An integral as the mean over points between its ends."""
    match = _INTEGRAL.search(text)
    if match is None or not match["body"].strip():
        return None
    low, high = (match[side].strip("{} ") for side in ("low", "high"))
    if any(re.search(r"inf|∞", end) for end in (low, high)):
        return None
    width = high if low == "0" else f"({high} - ({low}))"
    mean = f"{width}*mean({match['body'].strip()})"
    return f"{match['name']} = linspace({low}, {high}, {POINTS}); {text[: match.start()]}{mean}{text[match.end() :]}"


def _without_limit(text: str) -> str | None:
    """A limit as its expression beside the point."""
    match = _LIMIT.search(text)
    if match is None or not text[match.end() :].strip():
        return None
    beside = "1e-6" if float(match["to"]) == 0 else f"{match['to']} + 1e-6"
    return f"{match['name']} = {beside}; {text[: match.start()]}({text[match.end() :].strip()})"
