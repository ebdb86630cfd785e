"""Text files of numbers: tables with separators, and JSON lists."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from autograd_cli.errors import cut
from autograd_cli.limits import MAX_ECHO, MAX_NESTING
from autograd_cli.names import did_you_mean, nearest
from autograd_core.errors import AutogradError, LimitError, ValueTextError
from autograd_core.limits import RAISE_ELEMENTS, limits

if TYPE_CHECKING:
    from autograd_core.report import Array

Path = tuple[int, ...]
"""Where an entry stands in nested lists."""

_SEPARATORS = {".csv": ",;", ".tsv": "\t", ".txt": ",;\t"}
"""The marks that can separate numbers, the first that occurs counts; in .txt blanks do where there is none."""

SEPARATORS = (
    "numbers have a decimal point, and commas or semicolons between them in .csv, tabs in .tsv, any or blanks in .txt"
)

NUMBERS = "3, 1/2, -pi/2, sqrt(2), 1e-3, inf and nan are numbers"
_MISSING = "nan stands for a number that is missing"
_EVEN = "1,2;3,4 and [[1,2],[3,4]] have two rows of two"

NON_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
"""The words that stand in JSON for what is no finite number."""

_NOT_NUMBERS = {bool: "a boolean", type(None): "null", str: "text", dict: "an object"}


class EntryError(ValueTextError):
    """An entry or a row of a value is wrong; ``path`` says which."""

    def __init__(self, message: str, path: Path, **more: Any) -> None:
        super().__init__(message, **more)
        self.path = path


def from_table(text: str, kind: str, owner: str, name: str) -> Array:
    """The numbers of a .csv, .tsv or .txt file: one line is a vector, several lines are a matrix.

    Blank lines and lines that start with # are left out. The first line decides how numbers are separated.
    """
    import numpy as np

    first = next((line for _, line in _lines(text)), None)
    if first is None:
        raise ValueTextError(f"{owner}: there is no data in {name}", why="blank lines and # comments do not count")
    separator = next(
        (mark for mark in _SEPARATORS[kind] if mark in first), None if kind == ".txt" else _SEPARATORS[kind][0]
    )
    width = len(first.split()) if separator is None else first.count(separator) + 1
    most = limits().elements
    if (text.count("\n") + 1) * width > most and sum(1 for _ in _lines(text)) * width > most:
        raise too_many(f"{owner}: {name} has")
    try:
        lines = (_unquoted(line, separator) if '"' in line else line for _, line in _lines(text))
        array = np.loadtxt(lines, delimiter=separator, comments=None, ndmin=2)
    except ValueError:
        raise _wrong_cell(text, separator, owner, name) from None
    return array if len(array) > 1 else array[0]


def from_columns(text: str, kind: str, key: str, owner: str, name: str) -> Array:
    """The columns of a table that ``key`` names, as its first line calls them: one is a vector, several a matrix.

    Raises ValueTextError for a name that no column has.
    """
    lines = [line for _, line in _lines(text)]
    separator = next((mark for mark in _SEPARATORS[kind] if lines and mark in lines[0]), _SEPARATORS[kind][0])
    heads, *rows = ([cell.strip() for cell in _cells(line, separator)] for line in lines or [""])
    wanted = [each.strip() for each in key.split(",")]
    missing = next((each for each in wanted if each not in heads), None)
    if missing is not None:
        why = f"its columns are {cut(', '.join(heads), 100)}"
        guess = did_you_mean(nearest(missing, heads))
        raise ValueTextError(f"{owner}: {name} has no column called {missing!r}{guess}", why=why)
    places = [heads.index(each) for each in wanted]
    chosen = (separator.join(row[place] if place < len(row) else "" for place in places) for row in rows)
    array = from_table("\n".join(chosen), kind, owner, f"column {cut(key, MAX_ECHO)} of {name}")
    return array.reshape(len(rows), len(wanted)) if len(wanted) > 1 else array.ravel()


def from_json(text: str, owner: str, key: str | None = None, name: str = "") -> Array:
    """The numbers of a JSON text: a number, or lists of one shape; of an object what it holds under ``key``.

    Raises ValueError where it is not JSON.
    """
    if not key:
        check_count(text, owner)
    try:
        # Digits without end are quick as floats; as integers they are slow or refused.
        data = json.loads(text, parse_int=float)
    except RecursionError:
        raise too_deep(owner) from None
    why = f"it has {cut(', '.join(data), 100)}" if isinstance(data, dict) and data else None
    if key:
        if not isinstance(data, dict) or key not in data:
            guess = did_you_mean(nearest(key, list(data))) if isinstance(data, dict) else ""
            raise ValueTextError(f"{owner}: {name} has nothing called {key!r}{guess}", why=why or "it holds no object")
        data = data[key]
    elif isinstance(data, dict):
        hint = "of a file, @data.json:x takes its x"
        raise ValueTextError(f"{owner}: the value is an object, not a number", why=why, hint=hint)
    return from_lists(data, owner)


def too_deep(owner: str) -> LimitError:
    """The error for lists that are nested too deep."""
    return LimitError(f"{owner}: lists are nested deeper than {MAX_NESTING} levels", hint="[[1, 2], [3, 4]]")


def check_count(text: str, owner: str) -> None:
    """Refuse more numbers than an array may have, before they become one."""
    most = limits().elements
    if len(text) > most and text.count(",") + text.count(";") >= most:
        raise too_many(f"{owner}: there are")


def too_many(subject: str) -> LimitError:
    """The error for more numbers than an array may have."""
    return LimitError(f"{subject} more than {limits().elements:,} numbers, the limit", hint=RAISE_ELEMENTS)


def from_lists(data: object, owner: str, number: Callable[[Any, Path], float] | None = None) -> Array:
    """An array of nested lists, all of one shape; ``number`` turns an entry that is none into one, or raises."""
    import numpy as np

    shape: list[int] = []
    probe = data
    while isinstance(probe, list):
        shape.append(len(probe))
        if not probe:
            break
        probe = probe[0]
    if len(shape) > MAX_NESTING:
        raise too_deep(owner)
    flat: list[float] = []
    number = number or partial(_number, owner)

    def flatten(data: object, path: Path) -> None:
        """Append the numbers of what stands at a path; the shape is that of the first entries."""
        depth = len(path)
        if isinstance(data, list) != (depth < len(shape)):
            raise EntryError(
                f"{owner}: {place_of(path, entry=True)} is nested unlike {place_of((0,) * depth, entry=True)}",
                path,
                why="an array has one shape: a list holds numbers only, or lists of one length only",
                hint=_EVEN,
            )
        if not isinstance(data, list):
            flat.append(number(data, path))
        elif len(data) != shape[depth]:
            raise ragged(owner, (place_of((0,) * depth), shape[depth]), (place_of(path), len(data)), _EVEN, path)
        elif depth == len(shape) - 1 and set(map(type, data)) <= {float, int}:
            flat.extend(map(float, data))
        else:
            for index, entry in enumerate(data):
                flatten(entry, (*path, index))

    flatten(data, ())
    return np.array(flat, dtype=np.float64).reshape(shape)


def wrong_entry(entry: str, owner: str, place: str, hint: str | None = None) -> ValueTextError:
    """The error for an entry that is no number."""
    where, entry = f" ({place})" if place else "", entry.strip()
    return ValueTextError(f"{owner}: '{cut(entry, MAX_ECHO)}' is not a number{where}", hint=hint)


def ragged(owner: str, first: tuple[str, int], second: tuple[str, int], hint: str, path: Path = ()) -> ValueTextError:
    """The error for rows of different lengths."""
    (one, length), (other, another) = first, second
    entries = "entry" if length == 1 else "entries"
    words = f"{owner}: {one} has {length} {entries}, {other} has {another}"
    return EntryError(words, path, why="all rows have to be of one length", hint=hint)


def place_of(path: Path, *, entry: bool = False) -> str:
    """Where something stands, counted from 1 as people do; deeper than a matrix, by its index."""
    if not path:
        return "the value"
    if len(path) == 1:
        return f"{'entry' if entry else 'row'} {path[0] + 1}"
    if len(path) == 2 and entry:
        return f"row {path[0] + 1}, column {path[1] + 1}"
    return f"[{', '.join(map(str, path))}]"


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that hold data, with their numbers."""
    for number, line in enumerate(io.StringIO(text), 1):
        if not line.isspace() and not line.lstrip().startswith("#"):
            yield number, line.removesuffix("\n")


def _cells(line: str, separator: str | None) -> list[str]:
    """The cells of a line, without the quotes around them."""
    if '"' in line and separator is not None:
        import csv

        with suppress(csv.Error):
            return next(csv.reader([line], delimiter=separator, strict=True))
    return line.split(separator)


def _unquoted(line: str, separator: str | None) -> str:
    """A line without the quotes around its cells; as it is where a cell is empty or holds the separator."""
    cells = _cells(line, separator)
    if separator is None or any(not cell or separator in cell for cell in cells):
        return line
    return separator.join(cells)


def _wrong_cell(text: str, separator: str | None, owner: str, name: str) -> AutogradError:
    """The error for the first cell that is not a number, or the first line of another length."""
    first: tuple[int, int] | None = None
    for line, content in _lines(text):
        row = _cells(content, separator)
        for column, cell in enumerate(row, 1):
            if _is_number(cell):
                continue
            place = f"{name}, line {line}, column {column}"
            if not cell.strip():
                return ValueTextError(f"{owner}: {place} is empty", hint=_MISSING)
            error = wrong_entry(cell, owner, place)
            heads = ",".join(map(str.strip, row))
            if first is None and all(each[:1].isalpha() for each in row) and len(heads) < 100:
                error.why = "columns are taken by the names in the header behind ':'"
                error.hint = f"remove the header\n--{owner} @{name[1:-1]}:{heads}"
            elif re.search(r"[;\s]", cell.strip()):
                error.why = SEPARATORS
            return error
        first = first or (line, len(row))
        if len(row) != first[1]:
            return ragged(owner, (f"line {first[0]} of {name}", first[1]), (f"line {line}", len(row)), _MISSING)
    raise AssertionError("the table is right")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell.isascii() and "_" not in cell


def _number(owner: str, data: Any, path: Path) -> float:
    """The number that an entry of JSON is."""
    if type(data) in (float, int):
        return float(data)
    if isinstance(data, str) and data in NON_FINITE:
        return NON_FINITE[data]
    word = _NOT_NUMBERS.get(type(data), f"a {type(data).__name__}")
    shown, hint = f" ('{cut(data, MAX_ECHO)}')" if isinstance(data, str) else "", None
    if isinstance(data, bool):
        shown, hint = f" ({str(data).lower()})", "write 1 for true and 0 for false"
    raise EntryError(f"{owner}: {place_of(path, entry=True)} is {word}{shown}, not a number", path, hint=hint)
