"""Errors and warnings as text for people, and errors as JSON for programs."""

from __future__ import annotations

import unicodedata

from autograd_core.errors import AutogradError, Span

LINE_COLUMNS = 100
"""Columns of the user's text that an error shows around its span."""

MESSAGE_CHARACTERS = 500
"""Characters of each sentence of a message; three of them and the excerpt stay under 2 kB."""


def for_people(error: AutogradError, *, color: bool = False, ascii: bool = False) -> str:
    """The error as a person reads it: what is wrong, where, why, and something that works."""
    head = f"error[{error.code}]"
    lines = [f"{paint(head, '1;31', color)}: {cut(visible(error.message, ascii))}"]
    if error.span is not None and error.text is not None:
        shown, carets = excerpt(error.text, error.span, ascii)
        lines += [f"  {shown}", f"  {' ' * (len(carets) - len(carets.lstrip()))}{paint(carets.lstrip(), '31', color)}"]
    for word, sentence in (("why", error.why), ("try", error.hint)):
        if sentence:
            lines.append(f"{paint(word, '1', color)}: {paragraph(sentence, ascii)}")
    return "\n".join(lines) + "\n"


def for_programs(error: AutogradError, command: str) -> str:
    """The error as the one JSON object that ``--json`` promises."""
    import json

    found = {
        "code": error.code,
        "message": cut(encodable(error.message)),
        "why": error.why and cut(encodable(error.why)),
        "hint": error.hint and cut(encodable(error.hint)),
        "span": error.span and list(error.span),
        "text": encodable(error.text) if error.span and error.text and len(error.text) <= MESSAGE_CHARACTERS else None,
    }
    return json.dumps({"schema": f"autograd-cli/{command}/1", "ok": False, "error": found}) + "\n"


def warning(code: str, message: str, *, color: bool = False, ascii: bool = False) -> str:
    """A warning as one line."""
    head = f"warning[{code}]"
    return f"{paint(head, '1;33', color)}: {cut(visible(message, ascii))}\n"


def visible(text: str, ascii: bool = False) -> str:
    r"""``text`` with everything a terminal would act on or hide written as ``\x1b``, ``\u202e``, ``\n``."""
    return "".join(map(_visible_ascii if ascii else _visible, text))


def cut(text: str, length: int = MESSAGE_CHARACTERS) -> str:
    """``text``, without its middle where it is longer than ``length``."""
    if len(text) <= length:
        return text
    kept = length - 5
    return f"{text[: kept - kept // 3]} ... {text[-(kept // 3) :]}"


def paragraph(sentence: str, ascii: bool = False) -> str:
    """A sentence of an error, its further lines indented below the first."""
    return cut("\n     ".join(visible(line, ascii) for line in sentence.split("\n")))


def excerpt(text: str, span: Span, ascii: bool = False) -> tuple[str, str]:
    """The line of ``text`` that holds the start of ``span``, cut around it, and the line of carets below."""
    start = min(max(span[0], 0), len(text))
    head = text.rfind("\n", 0, start) + 1
    tail = text.find("\n", start)
    line = text[head : tail if tail >= 0 else len(text)]
    start -= head
    end = min(max(span[1] - head, start + 1), max(len(line), start + 1))
    shown = [visible(character, ascii) for character in line]
    widths = [columns(part) for part in shown]
    first, last = _window(widths, start, end)
    before = "..." if first else ""
    after = "..." if last < len(line) else ""
    indent = len(before) + sum(widths[first:start])
    carets = max(sum(widths[start : min(end, last)]), 1)
    return before + "".join(shown[first:last]) + after, " " * indent + "^" * carets


def columns(text: str) -> int:
    """Columns of a terminal that ``text`` fills."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def paint(text: str, style: str, color: bool) -> str:
    """``text`` in a style of the terminal, or as it is."""
    return f"\x1b[{style}m{text}\x1b[0m" if color else text


def encodable(text: str) -> str:
    """``text`` with bytes that were not UTF-8 on the command line written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _window(widths: list[int], start: int, end: int) -> tuple[int, int]:
    """First and last character to show: the span from its start, then both sides in turn while there is room."""
    if sum(widths) <= LINE_COLUMNS:
        return 0, len(widths)
    room = LINE_COLUMNS - 6
    first = last = min(start, len(widths))
    while last < min(end, len(widths)) and room >= widths[last]:
        room -= widths[last]
        last += 1
    grew = True
    while grew:
        grew = False
        if first > 0 and room >= widths[first - 1]:
            first -= 1
            room -= widths[first]
            grew = True
        if last < len(widths) and room >= widths[last]:
            room -= widths[last]
            last += 1
            grew = True
    return first, last


def _visible(character: str) -> str:
    return character if character.isprintable() else _escape(character)


def _visible_ascii(character: str) -> str:
    return character if " " <= character <= "~" else _escape(character)


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
