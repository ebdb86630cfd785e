"""What the writers of documents have in common: a method for each kind of block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from autograd_cli.document import arrays
from autograd_cli.document import blocks as doc
from autograd_cli.document.letters import shown


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
        return not block.entries.size or (most > arrays.MOST and not self.display.full)
