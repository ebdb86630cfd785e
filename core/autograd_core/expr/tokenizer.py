"""The characters of an expression: statements are split, ``^`` becomes ``**``, what cannot be meant is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, ExpressionError, LimitError, Span
from autograd_core.limits import MAX_BRACKETS

_LAMBDA = re.compile(r"(?<![\w.])lambda(?!\w|[^\S\n]*[\w\s,*=]{0,80}:)")
_LETTERS = "".join(chr(ord(letter) - ord("a") + 0x1D41A) for letter in "lambda")
"""The name of the Greek letter in bold: for Python a name, which it normalises to the word, and no keyword."""

CLOSING = {"(": ")", "[": "]", "{": "}"}
_BLANKS = "\t\n\r\f\xa0\u2003\u2009"

_NAMED = re.compile(r"(\w+)\s*=(?!=)")
"""A statement that sets a name."""

_INSTEAD = {
    **dict(zip("−–·×⋅÷²³", ["-", "-", "*", "*", "*", "/", "**2", "**3"], strict=True)),
    **dict(zip("√∑≤≥≠ᵀ", ["sqrt(...)", "sum(...)", "<=", ">=", "!=", ".T"], strict=True)),
    "?": "where(condition, a, b)",
    "$": "nothing: names have no sign in front",
    "`": "nothing",
    "\\": "nothing: a statement may go on over several lines inside brackets",
    "!": "nothing (!= compares)",
}
_PLAIN = frozenset(map(chr, range(32, 127))) - {*_INSTEAD, "|"}
"""The characters that are never refused."""
_RUN = re.escape("".join(_PLAIN - {*"#'\"^;()[]{}"}))
_PART = re.compile(rf"\#[^\n]*|'[^'\n]*'?|\"[^\"\n]*\"?|[{_RUN}]+|.", re.DOTALL)
"""A comment, a text in quotes, a run of what stands for itself, or one character."""


@dataclass(slots=True)
class Piece:
    """The text of one statement on one line, and for each of its characters where it came from."""

    code: str
    origin: list[int]
    places: list[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """The range in the original text for a range of UTF-8 bytes of the code, as ``ast`` gives it."""
        if not self.code.isascii():
            if self.places is None:
                self.places = [i for i, ch in enumerate(self.code) for _ in ch.encode("utf-8", "surrogatepass")]
            size = len(self.places)
            start = self.places[start] if start < size else len(self.code)
            end = self.places[end] if end < size else len(self.code)
        last = len(self.origin) - 1
        first = self.origin[min(start, last)]
        return first, max(self.origin[min(max(end - 1, start), last)] + 1, first + 1)


@contextmanager
def pointing_into(text: str) -> Iterator[None]:
    """Errors that point somewhere point into this text."""
    try:
        yield
    except AutogradError as error:
        error.at(None, text if error.span is not None else None)
        raise


def wrong(words: str, span: Span | None, code: str = "AG601", **more: Any) -> ExpressionError:
    """An error that points into the text."""
    return ExpressionError(words, code=code, span=span, **more)


def scan(text: str) -> list[Piece]:
    """The statements of a text, empty ones left out.

    Raises ExpressionError for a character that has no meaning here and for brackets that do not match.
    """
    pieces: list[Piece] = []
    code: list[str] = []
    origin: list[int] = []
    brackets: list[tuple[str, int]] = []
    with pointing_into(text):
        for match in _PART.finditer(text):
            part, place = match[0], match.start()
            here = place, place + 1
            if part[0] == "#":
                continue
            if part in "([{":
                brackets.append((part, place))
                if len(brackets) > MAX_BRACKETS:
                    raise too_deep(here)
            elif part in ")]}":
                opened = brackets.pop()[0] if brackets else ""
                if CLOSING.get(opened) != part:
                    raise unopened(part, opened, here)
            elif part in ";\n\r" and not brackets:
                _close(pieces, code, origin)
                code, origin = [], []
                continue
            quoted = part[0] in "'\""
            if not _PLAIN.issuperset(part):
                for at, ch in enumerate(part, place):
                    _refuse(ch, at, text, quoted)
            if quoted and (len(part) == 1 or part[-1] != part[0]):
                raise wrong("a string is not closed", here)
            code.append("**" if part == "^" else " " if part in _BLANKS else part)
            origin += [place, place] if part == "^" else range(place, match.end())
        if brackets:
            bracket, at = brackets[-1]
            hint = f"add '{CLOSING[bracket]}' where the bracket should end"
            raise wrong(f"'{bracket}' is never closed", (at, at + 1), hint=hint)
    _close(pieces, code, origin)
    return pieces


def on_one_line(pieces: list[Piece], text: str) -> list[Piece]:
    """The statements with lines that go on put together: those that begin with the sign of a product or of a sum.

    A line that begins with a minus goes on where the value before it would be lost otherwise: it has no name, or one
    that is not used any more.
    """
    if not any(piece.code[0] in "+-*/@" for piece in pieces[1:]):
        return pieces
    last = {word: place for place, piece in enumerate(pieces) for word in re.findall(r"\w+", piece.code)}
    found: list[Piece] = pieces[:1]
    for place, piece in enumerate(pieces[1:], 1):
        before, name = found[-1], _NAMED.match(found[-1].code)
        lost = piece.code[0] == "-" and (name is None or last[name[1]] < place)
        product = piece.code[0] in "+*/" or piece.code.startswith("@ ")  # @name begins a decorator
        if (product or lost) and ";" not in text[before.origin[-1] + 1 : piece.origin[0]]:
            found[-1] = Piece(f"{before.code} {piece.code}", [*before.origin, before.origin[-1], *piece.origin])
        else:
            found.append(piece)
    return found


def too_deep(span: Span) -> LimitError:
    """The error for more brackets in one another than are read."""
    words = f"brackets are nested too deep: more than {MAX_BRACKETS} levels"
    return LimitError(words, code="AG803", span=span)


def unopened(ch: str, opened: str, span: Span) -> ExpressionError:
    """The error for a bracket that closes none, or not that which is open."""
    hint = f"write '{CLOSING[opened]}' for '{ch}'" if opened in CLOSING else f"leave '{ch}' out"
    return wrong(f"'{ch}' closes no bracket" + (f": '{opened}' is open" if opened else ""), span, hint=hint)


def _close(pieces: list[Piece], code: list[str], origin: list[int]) -> None:
    """End a statement, without the blanks around it."""
    joined = "".join(code)
    start = len(joined) - len(joined.lstrip())
    stripped = joined.strip()
    if stripped:
        origin = origin[start : start + len(stripped)]
        pieces.append(Piece(_LAMBDA.sub(_LETTERS, stripped) if "lambda" in stripped else stripped, origin))


def _refuse(ch: str, place: int, text: str, quoted: bool) -> None:
    """Refuse a character that cannot stand in an expression, and say what to write instead."""
    if ch == "|":
        raise wrong("'|' is not part of the language", (place, place + 1), "AG602", hint="write abs(x) for |x|")
    if ch not in _INSTEAD:
        letter = ("a" + ch).isidentifier() and unicodedata.category(ch) != "Nd"
        if ch in _BLANKS or " " <= ch <= "~" or (quoted and ch.isprintable()) or letter:
            return
    if ch != "!" or text[place + 1 : place + 2] != "=":
        raise meaningless(ch, place, f"write {_INSTEAD[ch]}" if ch in _INSTEAD else None)


def meaningless(ch: str, place: int, hint: str | None = None) -> ExpressionError:
    """The error for a character that stands for nothing."""
    name = unicodedata.name(ch, "")
    kind = "character" if ch.isprintable() else "invisible, non-printable character"
    shown = f"'{ch}' " if ch.isprintable() and not 0xD800 <= ord(ch) <= 0xDFFF else ""
    called = f" {name.lower()}" if name else " NUL" if ch == "\0" else ""
    words = f"the {kind} {shown}(U+{ord(ch):04X}{called}) has no meaning here"
    return wrong(words, (place, place + 1), "AG602", hint=hint)
