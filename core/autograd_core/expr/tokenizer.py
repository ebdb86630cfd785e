"""The characters of an expression: statements are split, ``^`` becomes ``**``, what cannot be meant is refused."""

from __future__ import annotations

import re
import unicodedata

from autograd_core.dataclass import dataclass
from autograd_core.errors import ExpressionError, LimitError, Span
from autograd_core.limits import MAX_BRACKETS

_LAMBDA = re.compile(r"(?<![\w.])lambda(?!\w|[^\S\n]*[\w\s,*=]{0,80}:)")
_LETTERS = "".join(chr(ord(letter) - ord("a") + 0x1D41A) for letter in "lambda")
"""The name of the Greek letter in bold: for Python a name, which it normalises to the word, and no keyword."""

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_INSTEAD = {
    "\u2212": "-",
    "\u2013": "-",
    "\u00b7": "*",
    "\u00d7": "*",
    "\u22c5": "*",
    "\u2217": "*",
    "\u2219": "*",
    "\u00f7": "/",
    "\u2215": "/",
    "\u00b2": "**2",
    "\u00b3": "**3",
    "\u221a": "sqrt(...)",
    "\u2211": "sum(...)",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "!=",
    "\u2018": "'",
    "\u2019": "'",
    "\u22a4": ".T",
    "\u1d40": ".T",
    "?": "where(condition, a, b)",
    "$": "nothing: names have no sign in front",
    "`": "nothing",
    "\\": "nothing: a statement may go on over several lines inside brackets",
    "!": "nothing (!= compares)",
}


@dataclass(slots=True)
class Piece:
    """The text of one statement on one line, and for each of its characters where it came from."""

    code: str
    origin: list[int]
    places: list[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """The range in the original text for a range of UTF-8 bytes of the code, as ``ast`` gives it."""
        if not self.origin:
            return (0, 0)
        if not self.code.isascii():
            if self.places is None:
                self.places = [
                    i for i, ch in enumerate(self.code) for _ in range(len(ch.encode("utf-8", "surrogatepass")))
                ]
            size = len(self.places)
            start = self.places[start] if start < size else len(self.code)
            end = self.places[end] if end < size else len(self.code)
        last = len(self.origin) - 1
        first = self.origin[min(start, last)]
        return first, max(self.origin[min(max(end - 1, start), last)] + 1, first + 1)


def scan(text: str) -> list[Piece]:
    """The statements of a text, empty ones left out.

    Raises ExpressionError for a character that has no meaning here and for brackets that do not match.
    """
    pieces: list[Piece] = []
    code: list[str] = []
    origin: list[int] = []
    brackets: list[tuple[str, int]] = []
    quote = ""
    quoted_at = 0
    position = 0
    while position < len(text):
        ch = text[position]
        if quote:
            if ch == "\n":
                break
            quote = "" if ch == quote else quote
        elif ch in "'\"":
            quote, quoted_at = ch, position
        elif ch == "#":
            while position < len(text) and text[position] != "\n":
                position += 1
            continue
        elif ch in "([{":
            brackets.append((ch, position))
            if len(brackets) > MAX_BRACKETS:
                raise LimitError(
                    f"brackets are nested too deep: more than {MAX_BRACKETS} levels",
                    code="AG803",
                    span=(position, position + 1),
                    text=text,
                )
        elif ch in ")]}":
            if not brackets or _CLOSING[brackets[-1][0]] != ch:
                raise _unopened(ch, position, brackets[-1][0] if brackets else None, text)
            brackets.pop()
        elif ch in ";\n\r" and not brackets:
            _close(pieces, code, origin)
            code, origin = [], []
            position += 1
            continue
        if ch == "^" and not quote:
            code += "**"
            origin += (position, position)
        else:
            _refuse(ch, position, text, bool(quote))
            code.append(" " if ch in "\t\n\r\f\xa0\u2003\u2009" else ch)
            origin.append(position)
        position += 1
    if quote:
        raise ExpressionError("a string is not closed", code="AG601", span=(quoted_at, quoted_at + 1), text=text)
    if brackets:
        bracket, opened_at = brackets[-1]
        raise ExpressionError(
            f"'{bracket}' is never closed",
            code="AG601",
            span=(opened_at, opened_at + 1),
            text=text,
            hint=f"add '{_CLOSING[bracket]}' where the bracket should end",
        )
    _close(pieces, code, origin)
    return pieces


def _unopened(ch: str, position: int, opened: str | None, text: str) -> ExpressionError:
    """The error for a bracket that closes none, or not that which is open."""
    right = _CLOSING[opened] if opened else ""
    return ExpressionError(
        f"'{ch}' closes no bracket" + (f": '{opened}' is open" if opened else ""),
        code="AG601",
        span=(position, position + 1),
        text=text,
        hint=(f"write '{right}' for '{ch}'" if right else f"leave '{ch}' out"),
    )


def _close(pieces: list[Piece], code: list[str], origin: list[int]) -> None:
    """End a statement, without the blanks around it."""
    joined = "".join(code)
    start = len(joined) - len(joined.lstrip())
    stripped = joined.strip()
    if "lambda" in stripped:
        stripped = _LAMBDA.sub(_LETTERS, stripped)
    if stripped:
        pieces.append(Piece(stripped, origin[start : start + len(stripped)]))


def _refuse(ch: str, position: int, text: str, quoted: bool) -> None:
    """Refuse a character that cannot stand in an expression, naming it and what to write instead."""
    if ch == "!" and text[position + 1 : position + 2] == "=":
        return
    if ch == "|":
        raise ExpressionError(
            "'|' is not part of the language",
            code="AG602",
            span=(position, position + 1),
            text=text,
            hint="write abs(x) for |x|",
        )
    if ch not in _INSTEAD and (ch in "\t\n\r\f\xa0\u2003\u2009" or " " <= ch <= "~" or (quoted and ch.isprintable())):
        return
    if ch not in _INSTEAD and ("a" + ch).isidentifier() and unicodedata.category(ch) != "Nd":
        return
    name = unicodedata.name(ch, "")
    kind = "character" if ch.isprintable() else "invisible, non-printable character"
    shown = f"'{ch}' " if ch.isprintable() and not 0xD800 <= ord(ch) <= 0xDFFF else ""
    called = f" {name.lower()}" if name else " NUL" if ch == "\0" else ""
    raise ExpressionError(
        f"the {kind} {shown}(U+{ord(ch):04X}{called}) has no meaning here",
        code="AG602",
        span=(position, position + 1),
        text=text,
        hint=f"write {_INSTEAD[ch]}" if ch in _INSTEAD else None,
    )
