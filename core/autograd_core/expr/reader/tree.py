"""The parts that a text of mathematics is parsed into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, Span


@dataclass(slots=True)
class SyntaxNode:
    """A part of the text that has been understood; ``start`` and ``end`` are its place.

    ``kind`` says what it is, ``text`` its name, ``data`` what belongs to the kind, ``wrapped`` the bracket around it.
    """

    kind: str
    start: int
    end: int
    children: list[SyntaxNode] = field(default_factory=list)
    text: str = ""
    data: Any = None
    blank: bool = False
    wrapped: str = ""
    raw: Sequence[Any] = ()
    depth: int = 1
    error: AutogradError | None = None

    @property
    def span(self) -> Span:
        """The place in the text."""
        return self.start, self.end

    def __post_init__(self) -> None:
        self.depth = 1 + max((child.depth for child in self.children), default=0)


@dataclass(slots=True)
class Link:
    """What stands before a factor: its sign, empty for none, and the blanks on both sides of it."""

    sign: str
    before: bool
    after: bool
    place: tuple[int, int]


def power(base: SyntaxNode, powers: list[SyntaxNode], sign: str = "^") -> SyntaxNode:
    """The base with its exponents, from the right."""
    if not powers:
        return base
    exponent = powers[-1]
    for each in reversed(powers[:-1]):
        exponent = SyntaxNode("power", each.start, exponent.end, [each, exponent])
    return SyntaxNode("power", base.start, exponent.end, [base, exponent], blank=base.blank, data=sign)


def joined(factors: Sequence[SyntaxNode]) -> SyntaxNode:
    """Factors without signs between them."""
    if len(factors) == 1:
        return factors[0]
    links = [Link("", factor.blank, factor.blank, (factor.start, factor.start + 1)) for factor in factors]
    return SyntaxNode("terms", factors[0].start, factors[-1].end, list(factors), data=links)
