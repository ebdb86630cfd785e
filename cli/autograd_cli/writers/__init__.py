"""An answer in each form, written by a writer of its own that is imported when it is asked for; what they share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, BinaryIO, TextIO

from autograd_cli import document as doc
from autograd_cli.document import MOST, Answer, Display, Document
from autograd_core.escape import shown
from autograd_core.number_text import number_texts

FORMS = ("table", "json", "plain", "markdown", "latex")
"""The forms of every answer; files can hold svg, html and npz besides."""

_OWN = ("markdown", "latex", "svg", "html")
"""The forms of documents that are not what a terminal shows."""


def document_writer(form: str) -> Callable[[Document, Display, TextIO], None]:
    """What writes a document in a form, imported."""
    found: Callable[[Document, Display, TextIO], None]
    found = import_module(f"autograd_cli.writers.{form if form in _OWN else 'terminal'}").write
    return found


def write(answer: Answer, form: str, display: Display, stream: TextIO) -> None:
    """Write an answer in a form that is text."""
    from autograd_cli.writers import data

    if form in answer.others:
        answer.others[form](display, stream)
    elif form == "json":
        data.write_json(answer.json(display), stream)
    elif form == "plain":
        data.write_records(answer.records(display), display, stream)
    elif form == "csv" and answer.table is not None:
        data.write_columns(*answer.table(), stream)
    else:
        document_writer(form)(answer.document(display), display, stream)


def write_bytes(answer: Answer, stream: BinaryIO) -> None:
    """Write the arrays of an answer for NumPy."""
    from autograd_cli.writers.data import write_npz

    assert answer.arrays is not None
    write_npz(*answer.arrays(), stream)


class Writer(ABC):
    """Writes blocks; what a method yields is up to the form."""

    def __init__(self, display: doc.Display) -> None:
        self.display = display
        self.width = display.width

    def pieces(self, block: doc.Block) -> Iterator[Any]:
        """What a block is in this form."""
        yield from getattr(self, f"_{type(block).__name__.lower()}")(block)

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
        """The titles and the rows of a matrix with names, behind its leading column if there is one."""
        texts, width = number_texts(block.entries, self.display.precision), len(block.columns)
        titles = ["", *block.columns]
        rows = [[name, *texts[at * width : (at + 1) * width]] for at, name in enumerate(block.rows)]
        if block.lead is None:
            return titles, rows
        title, numbers = block.lead
        lead = [*number_texts(numbers, self.display.precision), *[""] * len(rows)]
        return [title, *titles], [[first, *row] for first, row in zip(lead, rows, strict=False)]

    def too_large(self, block: doc.Matrix) -> bool:
        """Whether a matrix has no names to be shown with, or too many."""
        most = max(len(block.rows), len(block.columns))
        return not block.entries.size or (most > MOST and not self.display.full)
