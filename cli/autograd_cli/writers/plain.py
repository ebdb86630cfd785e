"""Records on lines of their own, their fields separated by tabs, and arrays for NumPy."""

from __future__ import annotations

import csv
import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO, TextIO

import numpy as np

from autograd_cli.document.blocks import Display
from autograd_cli.document.numbers import Array
from autograd_core.escape import escape_unprintable


def write_records(records: Iterable[Sequence[str]], display: Display, stream: TextIO) -> None:
    """Write one record a line."""
    for record in records:
        line = "\t".join(map(field, record))
        stream.write((line.encode("ascii", "backslashreplace").decode() if display.ascii else line) + "\n")


def field(text: str) -> str:
    """The text with the characters that separate fields and records escaped."""
    return escape_unprintable(text)


def write_columns(titles: Sequence[str], columns: Sequence[Array], stream: TextIO) -> None:
    """Write columns of numbers as CSV, each number so that it reads back as it is."""
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
