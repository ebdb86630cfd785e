"""The items of one value, taken one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd_core.errors import ExpressionError, LimitError, Span
from autograd_core.expr.reader.tree import Node
from autograd_core.expr.tokenizer import wrong

MAX_PREFIXES = 60
"""Signs and functions in a row without brackets."""


class Cursor:
    """The place in ``items`` up to which they are read; the last is one of the kind end."""

    def __init__(self) -> None:
        self.items: list[Node] = []
        self.at = 0
        self.prefixes = 0

    @property
    def item(self) -> Node:
        """The next item."""
        return self.items[self.at]

    @property
    def following(self) -> Node:
        """The item behind the next one."""
        return self.items[min(self.at + 1, len(self.items) - 1)]

    def advance(self) -> Node:
        """The next item, to go on behind it."""
        item = self.item
        if item.kind == "end":
            raise self.missing()
        self.at += 1
        return item

    def take(self, *signs: str) -> Node | None:
        """The next item, to go on behind it, where it is one of these operators."""
        item = self.items[self.at]
        if item.kind != "op" or item.text not in signs:
            return None
        self.at += 1
        return item

    def limit(self) -> Sequence[Node]:
        """The tokens of an index or a limit: one, or those in braces."""
        item = self.advance()
        return [item] if item.single else item.tokens

    def missing(self, place: Span | None = None) -> ExpressionError:
        """The error for an operand that is not there."""
        return wrong("something is missing behind this", place or self.items[-2].span)

    def deeper(self, parse: Callable[[], Node], words: str) -> Node:
        """What is parsed, counting how deep this is without brackets."""
        self.prefixes += 1
        if self.prefixes > MAX_PREFIXES:
            raise LimitError(f"{words} are nested too deep", code="AG803")
        found = parse()
        self.prefixes -= 1
        return found
