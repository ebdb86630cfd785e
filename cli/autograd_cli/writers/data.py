"""Answers for programs: a JSON object, records separated by tabs, columns as CSV, arrays for NumPy."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, TextIO

import numpy as np

from autograd_cli.document import Display, json_number, json_numbers
from autograd_core.escape import escape_unprintable
from autograd_core.number_text import Array
from autograd_core.phases import report_progress

PIECE = 1 << 16
"""Numbers that are turned into text at once."""


def write_json(found: Mapping[str, Any], stream: TextIO) -> None:
    """Write an object; the text is ASCII, so any stream can carry it."""
    done, total = 0, sum(array.size for array in _arrays(found))
    for text in pieces(found):
        stream.write(text)
        done += text.count(",")
        report_progress(done, total)
    stream.write("\n")


def plain_objects(found: Any) -> Any:
    """The object with lists for its arrays, and "NaN" or "Infinity" for what JSON has no number for."""
    match found:
        case str() | None | bool() | int():
            return found
        case Mapping():
            return {key: plain_objects(value) for key, value in found.items()}
        case list() | tuple():
            return [plain_objects(value) for value in found]
        case np.ndarray():
            return json_numbers(found)
        case float() | np.floating():
            return json_number(float(found))
        case np.integer() | np.bool_():
            return found.item()
    raise TypeError(f"{type(found).__name__} is not written as JSON")


def json_text(found: Any) -> str:
    """The text of an object whose arrays are small."""
    return json.dumps(plain_objects(found), allow_nan=False)


def pieces(found: Any) -> Iterator[str]:
    """The text of an object, as ``json.dumps`` would write it, in pieces where an array is large."""
    if not any(array.size > PIECE for array in _arrays(found)):
        yield json_text(found)
    elif isinstance(found, Mapping):
        for place, (key, value) in enumerate(found.items()):
            yield f"{', ' if place else '{'}{json.dumps(key)}: "
            yield from pieces(value)
        yield "}"
    elif isinstance(found, (list, tuple)):
        for place, value in enumerate(found):
            yield ", " if place else "["
            yield from pieces(value)
        yield "]"
    else:
        yield from _array_pieces(found)


def _array_pieces(array: Array) -> Iterator[str]:
    """A part of the first axis at a time, or of the next one."""
    if array.size <= PIECE:
        yield json_text(array)
        return
    rows = max(1, PIECE * len(array) // array.size)
    for start in range(0, len(array), rows):
        yield ", " if start else "["
        if rows > 1:
            yield json_text(array[start : start + rows])[1:-1]
        else:
            yield from _array_pieces(array[start])
    yield "]"


def _arrays(found: Any) -> Iterator[Array]:
    """The arrays in an object."""
    if isinstance(found, np.ndarray):
        yield found
    elif isinstance(found, Mapping):
        for value in found.values():
            yield from _arrays(value)
    elif isinstance(found, (list, tuple)):
        for value in found:
            yield from _arrays(value)


def write_records(records: Iterable[Sequence[str]], display: Display, stream: TextIO) -> None:
    """Write one record a line, with the characters that separate fields and records escaped."""
    for record in records:
        line = "\t".join(map(escape_unprintable, record))
        stream.write((line.encode("ascii", "backslashreplace").decode() if display.ascii else line) + "\n")


def write_columns(titles: Sequence[str], columns: Sequence[Array], stream: TextIO) -> None:
    """Write columns of numbers as CSV, each number so that it reads back as it is."""
    import csv

    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows([map(repr, row) for row in zip(*[column.tolist() for column in columns], strict=True)])


def write_npz(results: Mapping[str, Array], inputs: Mapping[str, Array], stream: BinaryIO) -> None:
    """Write an archive that ``numpy.load`` opens; an input whose name is taken by a result gets underscores."""
    found: dict[str, Any] = dict(results)
    taken = inspect.signature(np.savez).parameters  # would be read as an option
    for name, array in inputs.items():
        while name in found or name in taken:
            name += "_"
        found[name] = array
    np.savez(stream, **found)
