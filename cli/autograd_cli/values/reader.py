"""From the text of a value to an array: numbers, arithmetic, lists, generators, files and standard input."""

from __future__ import annotations

import io
import json
import math
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import field
from functools import cache
from typing import TYPE_CHECKING, Any

from autograd_cli.environment import StandardInput
from autograd_cli.errors import cut, inside, quoted
from autograd_cli.limits import MAX_ARRAY_FILE, MAX_ECHO, MAX_NESTING, MAX_TEXT_FILE, MAX_WRITTEN
from autograd_cli.names import pairs_in
from autograd_cli.values import files, tables
from autograd_cli.values.tables import from_lists, place_of, wrong_entry
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, ExpressionError, ValueTextError
from autograd_core.limits import limits

if TYPE_CHECKING:
    from autograd_core.report import Array

_RANDOM = re.compile(r"(?<![\w.])(randn?)\s*\(\s*\(?\s*((?:\d+\s*,\s*)*\d*)\s*\)?\s*\)", re.ASCII)
_MARKS = re.compile(r"[\[\](){},;]")
_MATHEMATICS = re.compile(
    r"(?!.*\d\s*(?!pi\b)[A-Za-z]|.*\d\s+[-+]?[\d.]|.*\be\d|.*\\begin)(?=.*[\dπ∞½¼¾⅐-⅞]|\\pi)[^][\"'|<>:;%]+",
    re.DOTALL | re.ASCII,
)
"""An entry as mathematics may write it: ``2π``, ``√2``, ``ln 2``, ``3!``; a letter behind a digit is a slip."""


@dataclass(frozen=True, slots=True)
class ValueReader:
    """Reads the values of one command; ``seed`` decides what ``rand`` and ``randn`` give.

    ``notes`` says of each value what was read otherwise than it stands there, and which were drawn.
    """

    stdin: StandardInput
    seed: int = 0
    notes: dict[str, str] = field(default_factory=dict)

    def read(self, owner: str, text: str, key: str | None = None) -> Array:
        """The array that ``text`` means for ``owner``, a variable or an option; its errors name it.

        What ``rand`` draws depends on ``key``, which is the owner's name unless it is given.
        """
        text = text.strip()
        if not text:
            raise ValueTextError(f"{owner}: the value is empty", hint="3, or 1,2,3, or '1,2;3,4', or @file.csv")
        if text in ("-", "@-"):
            content = self.stdin.read(owner, MAX_TEXT_FILE)
            if content.startswith(files.NPY_MAGIC):
                found = files.read_npy(io.BytesIO(content), len(content), owner, "standard input")
                return self._floats(owner, found)
            return self._from_text(files.decoded(content, owner, "standard input"), owner, "standard input")
        if text.startswith("@"):
            try:
                return self._from_file(owner, text[1:].strip())
            except files.FileError as error:
                if error.code == "AG623" or isinstance(error.__cause__, FileNotFoundError):
                    near, why = files.beside(text[1:].strip())
                    error.why, error.rewrites = error.why or why, (f"@{near}",) if near else ()
                    error.hint = error.hint or "a file is named after @, as in --x @data/x.csv"
                    error.at((0, len(text)), text)
                raise
        return self.noted(owner, self._inline(owner, text, key), lambda: text)

    def noted(self, owner: str, array: Array, text: Callable[[], str]) -> Array:
        """The array; whole numbers of its text that no float is equal to are noted."""
        import numpy as np

        if not np.vdot(array, array) < 2.0**106:  # some entry may be 2**53 or more, or is nan
            from autograd_core.expr.reader.interpret import rounded

            if notes := rounded(text()):
                self.notes[owner] = f"{owner}: {notes[0].message}" + "; others are rounded too" * (len(notes) > 1)
        return array

    def _floats(self, owner: str, array: Array) -> Array:
        """The array of a file of NumPy in floats."""
        import numpy as np

        def changed() -> str:
            with np.errstate(invalid="ignore"):  # beyond the largest of its type
                return " ".join(map(str, array[floats.astype(array.dtype) != array][:2]))

        floats: Array = np.ascontiguousarray(array, dtype=np.float64).reshape(array.shape)
        return floats if array.dtype.kind == "f" else self.noted(owner, floats, changed)

    def _inline(self, owner: str, text: str, key: str | None = None) -> Array:
        """A value written out, as here or as another program writes it."""
        tables.check_count(text, owner)
        try:
            return _plain(text)
        except ValueError:
            pass
        try:
            return self._written(owner, text, key)
        except (ValueTextError, ExpressionError):
            from autograd_cli.values.pasted import rewritten

            other = rewritten(text, owner)
            if other is None or other == text:
                raise
        return self._inline(owner, other, key)

    def _written(self, owner: str, text: str, key: str | None) -> Array:
        """A value in the notation of the command line."""
        import numpy as np

        @cache
        def generator() -> Any:
            # From the seed and the name: the same numbers whatever other variables there are, in whatever order.
            return np.random.default_rng([self.seed, *(key or owner).encode()])

        def number(entry: Any, path: tuple[int, ...]) -> float:
            found = constant(entry, owner, text, place_of(path, entry=True), generator)
            if found.ndim:
                place = f" ({place_of(path, entry=True)})" if path else ""
                words = f"{owner}: '{cut(entry.text.strip(), MAX_ECHO)}' is an array, not a number{place}"
                raise ValueTextError(words, span=_span(entry), text=text)
            return float(found)

        try:
            if text.startswith("["):
                with suppress(json.JSONDecodeError):
                    return tables.from_json(text, owner)
            nested = nested_entries(text)
            if nested is None:
                return constant(Entry(text, 0), owner, text, "", generator)
            return from_lists(nested, owner, number)
        except RecursionError:
            raise tables.too_deep(owner) from None
        except tables.EntryError as error:
            error.hint = error.hint or tables.NUMBERS
            raise error.at(_span_at(nested_entries(text), error.path, text), text) from None

    def _from_file(self, owner: str, path: str) -> Array:
        path, kind, key = files.kind_of(path, owner)
        name = quoted(path)
        limit = MAX_ARRAY_FILE if kind in (".npy", ".npz") else MAX_TEXT_FILE
        with files.opened(path, owner, limit) as stream:
            if kind == ".npz":
                return self._floats(owner, files.read_npz(stream, key, owner, name))
            if kind == ".npy":
                size = os.fstat(stream.fileno()).st_size
                return self._floats(owner, files.read_npy(stream, size, owner, name))
            text = files.decoded(stream.read(limit), owner, name)
        if kind == ".txt":
            return self._from_text(text, owner, name)
        if kind == ".json":
            found = self._from_json(text, owner, name, key)
        elif key:
            found = tables.from_columns(text, kind, key, owner, name)
        else:
            found = tables.from_table(text, kind, owner, name)
        return self.noted(owner, found, lambda: text)

    def _from_text(self, text: str, owner: str, name: str) -> Array:
        """Text that may be a table, or a value as on the command line."""
        value = text.strip()
        if not value:
            raise ValueTextError(f"{owner}: {name} is empty")
        if not value.startswith("[") and ("\n" in value or len(value) > MAX_WRITTEN):
            found = tables.from_table(text, ".txt", owner, name)
        elif len(value) > MAX_WRITTEN:
            found = self._from_json(value, owner, name)
        else:
            try:
                found = self._inline(owner, value)
            except AutogradError as error:
                error.span = error.text = None  # what a file holds is not shown
                error.message = error.message.replace(f"{owner}: ", f"{owner}: {name}: ", 1)
                raise
        return self.noted(owner, found, lambda: text)

    def _from_json(self, text: str, owner: str, name: str, key: str | None = None) -> Array:
        try:
            return tables.from_json(text, owner, key, name)
        except json.JSONDecodeError as error:
            place = f"(line {error.lineno}, column {error.colno})"
            raise ValueTextError(f"{owner}: {name} is not JSON: {inside(error.msg)} {place}") from None


def _plain(text: str) -> Array:
    """Numbers without arithmetic and brackets, quickly; ValueError for anything else."""
    import numpy as np

    if not text.isascii():  # float() would read the digits of every script
        raise ValueError
    if ";" not in text:
        if "," not in text:
            return np.array(float(text))
        return np.array(list(map(float, text.removesuffix(",").split(","))))
    rows = [row.rstrip().removesuffix(",") for row in text.removesuffix(";").split(";")]
    width = rows[0].count(",") + 1
    if any(row.count(",") + 1 != width for row in rows):
        raise ValueError
    return np.array(list(map(float, ",".join(rows).split(",")))).reshape(len(rows), width)


@dataclass(frozen=True, slots=True)
class Entry:
    """The text of one entry, and where it starts in the value."""

    text: str
    start: int


def nested_entries(text: str) -> list[Any] | None:
    """The entries of a value as they are nested, in brackets or in rows; None for a single one."""
    if text.startswith("["):
        return entries_in_lists(text)
    rows, _ = _split(text, 0)
    return None if len(rows) == len(rows[0]) == 1 else rows if len(rows) > 1 or text[-1] == ";" else rows[0]


def entries_in_lists(text: str, start: int = 0, depth: int = 1) -> list[Any] | None:
    """Lists of entries as they are nested in brackets, from ``start`` on; None for more or less than that."""
    if depth > MAX_NESTING:
        raise RecursionError
    inner = text.strip()[1:-1]
    start += text.index("[") + 1
    entries, balanced = _split(inner, start)
    if not balanced or len(entries) > 1 or text.rstrip()[-1] != "]":
        return None
    row = entries[0] if inner.strip() else []
    inside = ((each.text.lstrip().startswith("["), each) for each in row)
    found = [entries_in_lists(each.text, each.start, depth + 1) if lists else each for lists, each in inside]
    return None if None in found else found


def _split(text: str, offset: int) -> tuple[list[list[Entry]], bool]:
    """The entries of each row of a text that stands at ``offset``, and whether each bracket in it has its other one.

    Entries stand between the commas and semicolons outside brackets; one mark at an end is dropped.
    """
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


def constant(entry: Entry, owner: str, text: str, place: str, generator: Callable[[], Any]) -> Array:
    """The value of an entry as an expression without variables; ``rand`` and ``randn`` in it are drawn."""
    import numpy as np

    from autograd_core.expr.build import constant as value_of
    from autograd_core.expr.reader import interpret

    if entry.text.isascii():
        with suppress(ValueError):
            return np.array(float(entry.text))
    drawn: dict[str, Array] = {}

    def draw(match: re.Match[str]) -> str:
        shape = tuple(int(length) for length in match[2].split(",") if length.strip())
        if math.prod(shape) > limits().elements:
            raise tables.too_many(f"{owner}: {match[0]} has")
        drawn[f"random_{len(drawn)}"] = np.asarray(
            generator().random(shape) if match[1] == "rand" else generator().standard_normal(shape)
        )
        return f"random_{len(drawn) - 1}"

    word = entry.text.strip()
    if not word:
        fewer = re.sub(r"([,;\[])(?:\s*[,;])+", r"\1", text.strip(" ,;"))
        why = "one comma stands between two entries, one semicolon between two rows"
        error = ValueTextError(f"{owner}: {place or 'an entry'} is empty", why=why, span=_span(entry), text=text)
        error.rewrites = (fewer,) if fewer else ()
        raise error
    before, pairs = pairs_in(word)
    if pairs and not before and pairs[0][0] != owner and owner.isidentifier():
        first, others = pairs_in(text)
        cure = " ".join(f"--{name} {value}" for name, value in [(owner, first), *others] if value)
        words = f"{owner}: '{cut(word, MAX_ECHO)}' is the value of {pairs[0][0]}, not an entry of {owner}"
        raise ValueTextError(words, span=_span(entry), text=text, hint=cut(cure, MAX_ECHO))
    if re.match(r"[-+]\s*[-+]", word):  # two signs are a slip; in an expression they are its own
        raise wrong_entry(word, owner, place, tables.NUMBERS).at(_span(entry), text)
    program = _RANDOM.sub(draw, entry.text)
    try:
        return np.asarray(value_of(program, drawn), dtype=np.float64)
    except AutogradError as error:
        if len(word) <= MAX_ECHO and _MATHEMATICS.fullmatch(word):
            with suppress(AutogradError):
                return np.asarray(value_of(interpret(program, drawn).expression, drawn))
        hint = next((hint for pattern, hint in _MEANT if re.search(pattern, word, re.ASCII)), None)
        if error.code == "AG605" or word.isidentifier() or hint is not None:
            wrong = word if error.span is None or hint is not None else program[slice(*error.span)]
            hint = (hint or tables.NUMBERS).format(word=word, owner=owner, commas=cut(",".join(word.split()), MAX_ECHO))
            raise wrong_entry(wrong, owner, place, hint).at(_span(entry), text) from None
        error.message = error.message if error.message.startswith(owner) else f"{owner}: {error.message}"
        if error.span is not None:
            start, end = error.span if not drawn else (0, len(entry.text))
            error.span, error.text = (start + entry.start, end + entry.start), text
        raise


_MEANT = (
    (r"(?<![\w.])randn?\s*\(", "0.1*randn(2,3)"),
    (r"^[-+\d.]+:[-+\d.:]+$", "linspace(0, 1, 5) and arange(1, 6) are numbers of a range; plot takes a range 0:1"),
    (r"^[-+\d.]+\s*%$", "50% is 0.5"),
    (r"^(?i:true|false)$", "write 1 for true and 0 for false"),
    (f"({'|'.join(files.KINDS)})$", "--{owner} @{word}"),
    (r"^[-+]?[\d.]\S*(\s+[-+]?[\d.]\S*)+$", "separate numbers by commas: {commas}"),
)
"""How a text is known that is no number, and what works."""


def _span(entry: Entry) -> tuple[int, int]:
    text = entry.text
    start = entry.start + len(text) - len(text.lstrip())
    return start, max(entry.start + len(text.rstrip()), start + 1)


def _span_at(nested: Any, path: tuple[int, ...], text: str) -> tuple[int, int] | None:
    """Where the entry or the row at a path stands; None for one of several rows without entries."""
    for index in path:
        nested = nested[index]
    first = last = nested
    while isinstance(first, list) and first:
        first, last = first[0], last[-1]
    if isinstance(first, list):
        empty = [*re.finditer(r"\[\s*\]", text)]
        return empty[0].span() if len(empty) == 1 else None
    return _span(first)[0], _span(last)[1]
