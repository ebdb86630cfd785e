"""The parts of a text: its tokens, the statements they make, and the tree that is parsed of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, Span


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


Change: TypeAlias = "tuple[list[Node], int] | None"
"""What stands for the tokens from a place on, and for how many of them; None for the token itself."""


def is_op(item: Node | None, *texts: str) -> bool:
    """Whether an item is one of these operators."""
    return item is not None and item.kind == "op" and item.text in texts


def text_at(tokens: Sequence[Node], place: int) -> str:
    """The text of a token; empty beyond the end."""
    return tokens[place].text if place < len(tokens) else ""


def closing(tokens: Sequence[Node], opening: int) -> int:
    """The place of the bracket that closes the one at ``opening``; the end where none does, or none is there."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += (tokens[place].kind == "open") - (tokens[place].kind == "close")
        if depth <= 0:
            return place if place > opening else len(tokens)
    return len(tokens)


def past(tokens: Sequence[Node], place: int) -> int:
    """The place behind a token, or behind the bracket that it opens."""
    return closing(tokens, place) + 1 if tokens[place].kind == "open" else place + 1


def past_marks(tokens: Sequence[Node], place: int) -> int:
    """The place behind the indices and powers that begin at a place: ``_{ij}``, ``^2``."""
    while place + 1 < len(tokens) and is_op(tokens[place], "_", "^"):
        place = past(tokens, place + 1)
    return min(place, len(tokens))


def bracketed(tokens: Sequence[Node], place: Node | None = None) -> list[Node]:
    """Tokens in brackets, which stand where a token does, or where the first and the last of them do.

    One name, and what stands in brackets already, needs none.
    """
    if (len(tokens) == 1 and tokens[0].kind != "num") or (
        tokens[0].text == "(" and closing(tokens, 0) == len(tokens) - 1
    ):
        return list(tokens)
    first, last = place or tokens[0], place or tokens[-1]
    return [Node("open", "(", *first.span, first.blank), *tokens, Node("close", ")", *last.span)]


def unwrapped(tokens: list[Node]) -> list[Node]:
    """What stands in the brackets around all tokens; without such brackets the tokens themselves."""
    return tokens[1:-1] if tokens[0].text in ("(", "[", "{") and closing(tokens, 0) == len(tokens) - 1 else tokens


def made(kind: str, children: Sequence[Node], text: str = "", end: int = 0, data: Any = None) -> Node:
    """A part from the first of its children to the last, or to an end behind that."""
    first = children[0]
    return Node(kind, text, first.start, max(end, children[-1].end), first.blank, children=children, data=data)


def where(test: Node, value: Node, other: Node, span: Span) -> Node:
    """A choice by a condition."""
    return Node("call", "where", *span, children=[test, value, other])


def fraction(sign: str, upper: Node, lower: Node, span: Span, blank: bool = False) -> Node:
    """A fraction, or a binomial coefficient, which is written as one."""
    kind, name = ("call", "binom") if sign in ("binom", "\\choose") else ("frac", "")
    return Node(kind, name, *span, blank, children=[upper, lower])


def power(base: Node, powers: list[Node], sign: str = "^") -> Node:
    """The base with its exponents, from the right."""
    if not powers:
        return base
    exponent = powers[-1]
    for each in reversed(powers[:-1]):
        exponent = made("power", [each, exponent])
    return made("power", [base, exponent], data=sign)


def joined(factors: Sequence[Node], sign: str = "") -> Node:
    """Factors with one sign between them, or none."""
    if len(factors) == 1:
        return factors[0]
    links = [Link(sign, factor.blank, factor.blank) for factor in factors]
    return made("terms", factors, data=links)


# Statements: where each begins, and in which order they can be carried out.


@dataclass(slots=True)
class TokenStatement:
    """One statement: what it sets, and the tokens of its value, or which part of it out of how many it sets.

    ``letters`` are the open indices of what it sets, as the i of ``y_i = w x_i``.
    """

    target: str | None
    tokens: list[Node]
    start: int
    end: int
    part: tuple[int, int] | None = None
    letters: Sequence[str] = ()

    @property
    def uses(self) -> set[str]:
        """The names in its value, with an index and without."""
        marked = re.findall(r"(?<!\w)(\w+) _ (?:\{ )?(\w+)", " ".join(token.text for token in self.tokens))
        return {token.text for token in self.tokens if token.kind == "name"} | {*map("_".join, marked)}

    @property
    def is_bare(self) -> bool:
        """Whether it is a name alone, which computes nothing."""
        texts = [token.text for token in self.tokens if token.text not in (".", "detach", "(", ")")]
        return len(texts) == 1 and self.tokens[0].kind == "name"


def is_literal(tokens: Sequence[Node]) -> bool:
    """Whether tokens are numbers, pi and e with signs, commas and brackets, or products and quotients of them."""
    plain, words = ("num", "sep", "open", "close"), ("-", "+", "*", "/", "inf", "nan", "pi", "π", "e")
    apart = all(b.kind != "name" or a.kind not in ("num", "name") for a, b in pairwise(tokens))
    return apart and all(token.kind in plain or token.text in words for token in tokens)


def body(tokens: list[Node]) -> list[Node]:
    """The body of the function ``@(x, y) ...``; anything else as it is."""
    if len(tokens) > 2 and is_op(tokens[0], "@") and tokens[1].text == "(":
        return tokens[closing(tokens, 1) + 1 :] or tokens
    return tokens


def split(tokens: Sequence[Node], between: str = ";\n") -> list[list[Node]]:
    """Statements: separated by ``;``, new lines, and a comma before another one, outside brackets; or other parts."""
    found: list[list[Node]] = [[]]
    depth = 0
    names = literal = True  # whether the statement so far is names alone, as in n, d = X.shape; whether NAME = numbers
    for place, token in enumerate(tokens):
        depth += (token.kind == "open") - (token.kind == "close")
        comma = token.text == "," and depth == 0 and not names
        ends = token.text in between or (comma and _begins(tokens, place + 1, found[-1], literal=literal))
        if token.kind in ("sep", "op") and ends and depth <= 0:
            found.append([])
            names = literal = True
        elif token.kind == "sep" and token.text == "\n":
            for following in tokens[place + 1 : place + 2]:
                following.blank = True
        else:
            found[-1].append(token)
            names = names and (token.kind == "name" or token.text == ",")
            if literal and (count := len(found[-1])) > 1:
                literal = is_op(token, "=") if count == 2 else is_literal([token])
    for statement in found[:-1] if between == ";\n" else ():
        while statement and (statement[-1].text == "," or is_op(statement[-1], ".")):
            statement.pop()
    return [statement for statement in found if statement]


def on_one_line(statements: list[list[Node]], text: str) -> list[list[Node]]:
    """The statements with lines that go on put together, as the language has them."""
    last = {token.text: place for place, tokens in enumerate(statements) for token in tokens}
    found: list[list[Node]] = []
    for place, tokens in enumerate(statements):
        before = found[-1] if found else []
        gap = text[before[-1].end : tokens[0].start] if before else ""
        named = len(before) > 1 and (is_op(before[1], "=") or [each.text for each in before[1:3]] == ["<", "-"])
        lost = is_op(tokens[0], "-") and not (named and last[before[0].text] >= place)
        product = is_op(tokens[0], "=", "+", "*", "/", ".*", "./") or (before and is_op(before[-1], "=", "+", "-", "/"))
        product = product or (is_op(tokens[0], "@") and len(tokens) > 1 and tokens[1].blank)  # @name is a decorator
        if ("\n" in gap or "\\\\" in gap) and ";" not in gap and (lost or product):
            before += tokens
        else:
            found.append(tokens)
    return found


def head(tokens: Sequence[Node], start: int = 0) -> int:
    """Where what a statement sets ends that begins at ``start``: ``x``, ``x_{ij}``, ``x^{(i)}``, ``f(x, y)``."""
    if not tokens[start:] or tokens[start].kind not in ("name", "T"):
        return start
    place = past_marks(tokens, start + 1)
    if place < len(tokens) and tokens[place].text == "(":
        end = closing(tokens, place)
        inner = zip(tokens[place:], tokens[place + 1 : end], strict=False)
        several = any(each.kind in ("sep", "bar") for each in tokens[place:end])
        if all(
            each.kind in ("name", "T", "sep", "bar", "quote")
            or each.text in (*".·_{}=", "^" if several else "_")
            or is_op(before, "^", "_")
            or (several and before.text == "{")
            for before, each in inner
        ):
            place = past_marks(tokens, end + 1)  # softmax(z)_i
    return min(place, len(tokens))


def _begins(tokens: Sequence[Node], place: int, before: Sequence[Node], *, literal: bool) -> bool:
    """Whether a statement begins behind a comma: an assignment, what is no number behind a value, or what uses it.

    ``before`` is the statement so far; no tuple holds what is set to it.
    """
    end = head(tokens, place)
    sets = place < end < len(tokens) and is_op(tokens[end], "=")
    equals = head(before)
    if sets or len(before) < 3 or equals == len(before) or not is_op(before[equals], "="):
        return sets
    if literal:
        return place < len(tokens) and tokens[place].kind not in ("num", "open", "op")
    name, called = before[0].text, equals > 1 and len(before[0].text) == 1  # f(x) = x^2, fg
    return any(each.kind == "name" and (name == each.text or (called and name in each.text)) for each in tokens[place:])


def position(tokens: Sequence[Node], *texts: str) -> int:
    """The place of the first of these words or signs outside brackets, -1 where there is none."""
    if {token.text for token in tokens}.isdisjoint(texts):  # a statement is asked six times
        return -1
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0 and token.text in texts:
            return place
    return -1


def ordered(statements: list[TokenStatement]) -> list[TokenStatement]:
    """Statements in an order in which each name is set before it is used, where they stand in another."""
    values = [statement for statement in statements if statement.target is None]
    made = {statement.target for statement in statements if statement.target is not None}
    if len(values) > 1 or len(made) + len(values) < len(statements):
        return statements
    if values and values[0] is not statements[-1]:
        place = statements.index(values[0])
        later = {each.target for each in statements[place:]}
        if not any(each.uses & later for each in statements[: place + 1]):
            return statements
    found: list[TokenStatement] = []
    left = [statement for statement in statements if statement.target is not None]
    while left:
        done = {each.target for each in found}
        ready = next((each for each in left if each.uses & made - {each.target} <= done), None)
        if ready is None:
            return statements
        left.remove(ready)
        found.append(ready)
    return [*found, *values]
