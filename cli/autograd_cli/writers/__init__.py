"""An answer in each form.

For programs: a JSON object, records separated by tabs, columns as CSV, arrays for NumPy. For people: documents, each
form by a writer of its own that is imported when it is asked for; ``Writer`` is what these share.
"""

from __future__ import annotations

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, BinaryIO, TextIO

import numpy as np

from autograd_cli import document as doc
from autograd_cli.document import Answer, Display, Document, json_numbers
from autograd_core.escape import escape_unprintable, shown
from autograd_core.number_text import Array, number_texts
from autograd_core.phases import report_progress

_MODULES = {"terminal": ("table",), "markup": ("markdown", "latex", "program"), "svg": ("svg", "dot", "mermaid")}
_FORMS = {form: module for module, forms in (_MODULES | {"html": ("html",)}).items() for form in forms}
"""Where the writer of each form of documents is; other forms are written as a table."""


def document_writer(form: str) -> Callable[[Document, Display, TextIO], None]:
    """What writes a document in a form, imported."""
    form = form if form in _FORMS else "table"
    found: Callable[..., None] = getattr(import_module(f"autograd_cli.writers.{_FORMS[form]}"), f"write_{form}")
    return found


def write(answer: Answer, form: str, display: Display, stream: TextIO) -> None:
    """Write an answer in a form that is text."""
    if form == "json":
        write_json(answer.json(display), stream)
    elif form == "plain":
        for record in answer.records(display):  # a line each; the characters that separate fields are escaped
            line = "\t".join(map(escape_unprintable, record))
            stream.write((line.encode("ascii", "backslashreplace").decode() if display.ascii else line) + "\n")
    elif form == "csv" and answer.csv is not None:
        answer.csv(stream)
    else:
        document_writer(form)(answer.document(display), display, stream)


def write_bytes(answer: Answer, stream: BinaryIO) -> None:
    """Write an archive that ``numpy.load`` opens; an input whose name is taken by a result gets underscores."""
    assert answer.arrays is not None
    results, inputs = answer.arrays()
    found: dict[str, Any] = dict(results)
    taken = inspect.signature(np.savez).parameters  # would be read as an option
    for name, array in inputs.items():
        while name in found or name in taken:
            name += "_"
        found[name] = array
    np.savez(stream, **found)


PIECE = 1 << 16  # numbers that are turned into text at once


def write_json(found: Mapping[str, Any], stream: TextIO) -> None:
    """Write an object; the text is ASCII, so any stream can carry it."""
    stream.writelines(pieces(found))
    stream.write("\n")


def _plain_object(found: Any) -> Any:
    """What ``json`` knows nothing of as what it knows."""
    return json_numbers(found) if isinstance(found, np.ndarray) else found.item()


json_text = json.JSONEncoder(allow_nan=False, default=_plain_object).encode
"""The text of an object whose arrays are small."""


def pieces(found: Any) -> Iterator[str]:
    """The text of an object, as ``json.dumps`` would write it, in pieces where an array is large."""
    large: list[Array] = []
    place = f"array {id(large)}"  # what nobody can type beforehand

    def put_aside(value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.size > PIECE:
            large.append(value)
            return place
        return _plain_object(value)

    first, *others = json.dumps(found, allow_nan=False, default=put_aside).split(json.dumps(place))
    yield first
    done, total = 0, sum(array.size for array in large)
    for array, after in zip(large, others, strict=True):
        for text in _array_pieces(array):
            yield text
            done += text.count(",")
            report_progress(done, total)
        yield after


def _array_pieces(array: Array) -> Iterator[str]:
    """A part of the first axis at a time, or of the next one."""
    rows = max(1, PIECE * len(array) // array.size)
    for start in range(0, len(array), rows):
        yield ", " if start else "["
        if rows == 1 and array[start].size > PIECE:
            yield from _array_pieces(array[start])
        else:
            yield json_text(array[start : start + rows])[1:-1]
    yield "]"


def write_columns(titles: Sequence[str], columns: Sequence[Array], stream: TextIO) -> None:
    """Write columns of numbers as CSV, each number so that it reads back as it is."""
    import csv

    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows([map(repr, row) for row in zip(*[column.tolist() for column in columns], strict=True)])


class Writer(ABC):
    """Writes blocks, each kind by a method; what a method yields is up to the form."""

    displayed: Any = None
    """Sets an equation on a line of its own below a table, where the form has such."""

    def __init__(self, display: doc.Display) -> None:
        self.display = display
        self.width = display.width

    def pieces(self, block: doc.Block) -> Iterator[Any]:
        """What a block is in this form; what a table or a matrix says in mathematics stands below it."""
        yield from getattr(self, f"_{type(block).__name__.lower()}")(block)
        if self.displayed is not None and isinstance(block, doc.Table | doc.Matrix):
            yield from (self.displayed(each) for each in block.equations if each.shown)

    def document(self, document: doc.Document) -> Iterator[Any]:
        """What the blocks of a document are."""
        for block in doc.blocks_of(document):
            yield from self.pieces(block)

    def shown(self, text: str, *, symbol: bool = False) -> str:
        """A text as the form can show it."""
        return shown(text, ascii=self.display.ascii, symbol=symbol)

    def piece(self, part: doc.Part) -> Any:
        """An inline part in this form."""
        if isinstance(part, doc.Numbers):
            return self.numbers(part)
        return self.text(doc.Text(part) if isinstance(part, str) else part)

    @abstractmethod
    def text(self, part: doc.Text) -> Any:
        """A text in this form."""

    @abstractmethod
    def numbers(self, part: doc.Numbers) -> Any:
        """A number or an array in this form."""

    def words(self, parts: doc.Parts) -> str:
        """Inline parts in a sentence."""
        return "".join(map(self.piece, parts))

    def apart(self, content: doc.Parts, block: doc.Fields) -> bool:
        """Whether every part of a content stands alone."""
        return block.column and len(content) > 1 and not any(isinstance(part, doc.Numbers) for part in content)

    def named(self, block: doc.Matrix) -> tuple[list[str], list[list[str]]]:
        """The titles and the rows of a matrix with names."""
        texts, width = number_texts(block.entries, self.display.precision), len(block.columns)
        rows = [[name, *texts[at * width : (at + 1) * width]] for at, name in enumerate(block.rows)]
        return ["", *block.columns], rows
