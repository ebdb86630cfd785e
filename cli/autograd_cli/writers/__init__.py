"""An answer in each form, written by a writer of its own that is imported when it is asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, TextIO

from autograd_cli.document import blocks as doc
from autograd_cli.document.blocks import Answer, Display, Document
from autograd_cli.document.letters import shown
from autograd_cli.document.numbers import MOST

FORMS = ("table", "json", "plain", "markdown", "latex")
"""The forms of every answer; files can hold svg, html and npz besides."""


def document_writer(form: str) -> Callable[[Document, Display, TextIO], None]:
    """What writes a document in a form, imported."""
    if form == "markdown":
        from autograd_cli.writers.markdown import write_markdown as found
    elif form == "latex":
        from autograd_cli.writers.latex import write_latex as found
    elif form == "svg":
        from autograd_cli.writers.pictures import write_svg as found
    elif form == "html":
        from autograd_cli.writers.html import write_html as found
    else:
        from autograd_cli.writers.terminal import write_terminal as found
    return found


def write(answer: Answer, form: str, display: Display, stream: TextIO) -> None:
    """Write an answer in a form that is text."""
    if form in answer.others:
        answer.others[form](display, stream)
    elif form == "json":
        from autograd_cli.writers.data import write_json

        write_json(answer.json(display), stream)
    elif form == "plain":
        from autograd_cli.writers.data import write_records

        write_records(answer.records(display), display, stream)
    elif form == "csv":
        from autograd_cli.writers.data import write_columns

        assert answer.table is not None
        write_columns(*answer.table(), stream)
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

    @abstractmethod
    def piece(self, part: doc.Part) -> Any:
        """An inline part in this form."""

    def words(self, parts: doc.Parts) -> str:
        """Inline parts in a sentence."""
        return "".join(map(self.piece, parts))

    def too_large(self, block: doc.Matrix) -> bool:
        """Whether a matrix has no names to be shown with, or too many."""
        most = max(len(block.rows), len(block.columns))
        return not block.entries.size or (most > MOST and not self.display.full)
