"""JSON piece by piece: the text of large arrays is never held as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from autograd_cli.render.numbers import Array

PIECE = 1 << 16
"""Numbers that are turned into text at once."""


class Large:
    """An array in a document that is too large to become lists; ``numbers`` turns a part of it into lists."""

    def __init__(self, array: Array, numbers: Callable[[Array], Any]) -> None:
        self.array = array
        self.numbers = numbers

    def pieces(self) -> Iterator[str]:
        """The text, as ``json.dumps`` would write it: a part of the first axis at a time, or of the next one."""
        array = self.array
        if array.size <= PIECE:
            yield json.dumps(self.numbers(array), allow_nan=False)
            return
        rows = max(1, PIECE * len(array) // array.size)
        for start in range(0, len(array), rows):
            yield ", " if start else "["
            if rows > 1:
                yield json.dumps(self.numbers(array[start : start + rows]), allow_nan=False)[1:-1]
            else:
                yield from Large(array[start], self.numbers).pieces()
        yield "]"


def pieces(document: Any) -> Iterator[str]:
    """The text of a document of dictionaries, lists and what they hold, as ``json.dumps`` would write it."""
    if isinstance(document, Large):
        yield from document.pieces()
    elif isinstance(document, dict) and document:
        for place, (key, value) in enumerate(document.items()):
            yield f"{', ' if place else '{'}{json.dumps(key)}: "
            yield from pieces(value)
        yield "}"
    elif isinstance(document, list) and any(isinstance(each, (dict, Large)) for each in document):
        for place, value in enumerate(document):
            yield ", " if place else "["
            yield from pieces(value)
        yield "]"
    else:
        yield json.dumps(document, allow_nan=False)
