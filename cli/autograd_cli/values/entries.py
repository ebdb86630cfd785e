"""The entries of a value that is written out: where each stands, and the number it comes to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from autograd_cli.errors import cut
from autograd_cli.limits import MAX_ECHO
from autograd_cli.values.tables import from_lists, place_of, wrong_entry
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, ValueTextError

if TYPE_CHECKING:
    from autograd_core.report import Array

_NAMED = ("true", "false", "none", "null")
_COMPLEX = re.compile(r"(?<![\w.])[\d_.]+(?:[eE][-+]?\d+)?[jJ]\b", re.ASCII)
_TWO_SIGNS = re.compile(r"\s*[-+]\s*[-+]")
_SPACED = re.compile(r"[-+]?[\d.]\S*(?:\s+[-+]?[\d.]\S*)+", re.ASCII)
_RANDOM = re.compile(r"(?<![\w.])randn?\s*\(")
_MARKS = re.compile(r"[\[\](){},;]")


@dataclass(frozen=True, slots=True)
class Entry:
    """The text of one entry, and where it starts in the value."""

    text: str
    start: int


def rows(text: str) -> list[list[Entry]]:
    """The entries between the commas and semicolons that stand outside brackets; one mark at an end is dropped."""
    return _split(text, 0)[0]


def nested(text: str, start: int = 0) -> list[Any] | None:
    """Lists of entries as they are nested in brackets, from ``start`` on; None for more or less than that."""
    inner = text.strip()[1:-1]
    start += text.index("[") + 1
    entries, balanced = _split(inner, start)
    if not balanced or len(entries) > 1 or text.rstrip()[-1] != "]":
        return None
    row = entries[0] if inner.strip() else []
    found = [nested(one.text, one.start) if one.text.lstrip().startswith("[") else one for one in row]
    return None if None in found else found


def _split(text: str, offset: int) -> tuple[list[list[Entry]], bool]:
    """The entries of each row of a text that stands at ``offset``, and whether each bracket in it has its other one."""
    found: list[list[Entry]] = [[]]
    start = depth = 0
    balanced = True
    for mark in _MARKS.finditer(text):
        if mark[0] in "([{":
            depth += 1
        elif mark[0] in ")]}":
            depth -= 1
            balanced &= depth >= 0
        elif depth == 0:
            found[-1].append(Entry(text[start : mark.start()], offset + start))
            if mark[0] == ";":
                found.append([])
            start = mark.end()
    rest = text[start:]
    if rest.strip() or (not found[-1] and len(found) == 1):
        found[-1].append(Entry(rest, offset + start))
    for row in found:
        if len(row) > 1 and not row[-1].text.strip():
            row.pop()
    return (found if found[-1] else found[:-1]), balanced and depth == 0


def array(lists: list[Any], owner: str, text: str) -> Array:
    """The array of the numbers that the entries in nested lists come to."""
    return from_lists(lists, owner, lambda one, path: number(one, owner, text, place_of(path, entry=True)))


def number(entry: Entry, owner: str, text: str, place: str) -> float:
    """The one number that an entry comes to."""
    if entry.text.isascii():
        try:
            return float(entry.text)
        except ValueError:
            pass
    array = constant(entry, owner, text, place)
    if array.ndim or array.dtype.kind == "b":
        kind = "an array" if array.ndim else "a boolean"
        raise ValueTextError(
            f"{owner}: '{cut(entry.text.strip(), MAX_ECHO)}' is {kind}, not a number"
            + (f" ({place})" if place else ""),
            span=_span(entry),
            text=text,
            hint="write its numbers out, as in [[0,0,0],[1,1,1]]" if array.ndim else "write 1 or 0",
        )
    return float(array)


def constant(entry: Entry, owner: str, text: str, place: str) -> Array:
    """The value of an entry as an expression without variables."""
    from autograd_core.expr.build import constant as value_of

    problem = _problem(entry, owner, place)
    if problem is not None:
        raise problem.at(_span(entry), text)
    try:
        return value_of(entry.text)
    except AutogradError as error:
        word = entry.text.strip()
        if error.code == "AG605" or word.isidentifier():
            wrong = word if error.span is None else entry.text[slice(*error.span)]
            raise wrong_entry(wrong, owner, place).at(_span(entry), text) from None
        error.message = f"{owner}: {error.message}"
        if error.span is not None:
            error.span = (error.span[0] + entry.start, error.span[1] + entry.start)
            error.text = text
        raise


def _problem(entry: Entry, owner: str, place: str) -> ValueTextError | None:
    """What is wrong with an entry that is not in the language of numbers, by its name."""
    word = entry.text.strip()
    where = f" ({place})" if place else ""
    if not word:
        return ValueTextError(f"{owner}: {place or 'an entry'} is empty")
    if word.lower() in _NAMED:
        hint = "write 1 for true and 0 for false" if word.lower() in ("true", "false") else None
        return ValueTextError(f"{owner}: {word} is not a number{where}", hint=hint)
    if found := _COMPLEX.search(word):
        return ValueTextError(f"{owner}: {found[0]} is a complex number{where}", why="all numbers are real here")
    if word[0] in "'\"":
        return ValueTextError(f"{owner}: {cut(word, MAX_ECHO)} is text, not a number{where}")
    if _TWO_SIGNS.match(word):
        return wrong_entry(word, owner, place)
    if _RANDOM.search(word):
        return ValueTextError(
            f"{owner}: '{cut(word, MAX_ECHO)}' cannot be drawn{where}",
            why="rand and randn take the lengths of the axes, and stand in a value without commas around them",
            hint="0.1*randn(2,3)",
        )
    if _SPACED.fullmatch(word):
        error = wrong_entry(word, owner, place)
        error.hint = f"separate numbers by commas: {cut(','.join(word.split()), MAX_ECHO)}"
        return error
    return None


def _span(entry: Entry) -> tuple[int, int]:
    text = entry.text
    start = entry.start + len(text) - len(text.lstrip())
    return start, max(entry.start + len(text.rstrip()), start + 1)
