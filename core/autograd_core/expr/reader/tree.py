"""The parts of a text: its tokens, and the tree that is parsed of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, ExpressionError, Span


@dataclass(slots=True)
class Node:
    """A token, or a part of the text that was made of several; ``start`` and ``end`` are its place.

    The ``kind`` of a token is num, name, op, open, close, bar, str, sep, or the name of a mark (T, quote, root, sum,
    prod, frac, ones, nabla, partial, dagger). ``blank`` says whether a blank stands before it, ``side`` is l or r for a
    bar or bracket that is known to open or to close, ``whole`` marks a name that is not made of others. In a tree
    ``data`` is what belongs to the kind and ``wrapped`` the bracket around it; ``tokens`` are those in a bracket.
    """

    kind: str
    text: str
    start: int
    end: int
    blank: bool = False
    side: str = ""
    whole: bool = False
    children: Sequence[Node] = ()
    data: Any = None
    wrapped: str = ""
    tokens: Sequence[Node] = ()
    error: AutogradError | None = None
    depth: int = 1

    def __post_init__(self) -> None:
        if self.children:
            self.depth = 1 + max(child.depth for child in self.children)

    @property
    def span(self) -> Span:
        """The place in the text."""
        return self.start, self.end

    @property
    def single(self) -> bool:
        """Whether an item is one token."""
        return self.kind not in GROUPED

    def named(self, text: str) -> Node:
        """A name in the place of this token."""
        return Node("name", text, self.start, self.end, self.blank, "", True)


@dataclass(slots=True)
class Link:
    """What stands before a factor: its sign, empty for none, and the blanks on both sides of it."""

    sign: str
    before: bool
    after: bool


GROUPED = ("group", "norm", "brackets")
"""Kinds of items that are no tokens: ``(...)``, bars, and the brackets of an index."""


def is_op(item: Node | None, *texts: str) -> bool:
    """Whether an item is one of these operators."""
    return item is not None and item.kind == "op" and item.text in texts


def closing(tokens: Sequence[Node], opening: int) -> int:
    """The place of the bracket that closes the one at ``opening``; the end where none does."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += (tokens[place].kind == "open") - (tokens[place].kind == "close")
        if depth == 0 and tokens[place].kind == "close":
            return place
    return len(tokens)


def wrong(words: str, span: Span, code: str = "AG601", **more: Any) -> ExpressionError:
    """An error that points into the text."""
    return ExpressionError(words, code=code, span=span, **more)


def where(test: Node, value: Node, other: Node, span: Span) -> Node:
    """A choice by a condition."""
    return Node("call", "where", *span, children=[test, value, other], data=(None, ()))


def power(base: Node, powers: list[Node], sign: str = "^") -> Node:
    """The base with its exponents, from the right."""
    if not powers:
        return base
    exponent = powers[-1]
    for each in reversed(powers[:-1]):
        exponent = Node("power", "", each.start, exponent.end, children=[each, exponent])
    return Node("power", "", base.start, exponent.end, base.blank, children=[base, exponent], data=sign)


def joined(factors: Sequence[Node], sign: str = "") -> Node:
    """Factors with one sign between them, or none."""
    if len(factors) == 1:
        return factors[0]
    links = [Link(sign, factor.blank, factor.blank) for factor in factors]
    return Node("terms", "", factors[0].start, factors[-1].end, children=factors, data=links)
