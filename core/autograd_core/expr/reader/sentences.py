"""Mathematics in words, as ``square root of x squared plus one``: how far each word reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from autograd_core.expr.reader import notation
from autograd_core.expr.reader.tree import Node, closing, is_op
from autograd_core.expr.reader.words import KINDS, OPERANDS, OPERATIONS, Words, is_function, signs, takes_two
from autograd_core.ops.registry import find

_OF_PRODUCTS = ("sum", "mean", "product")
_OF_MATRICES = ("inv", "transpose", "pinv")


class Sentence:
    """The tokens of a text with its words replaced, ``found``; ``spoken`` says whether there are any.

    ``doubts`` counts the words whose reach can be read in two ways; of the one with the number ``other`` the less usual
    is taken.
    """

    def __init__(self, tokens: Sequence[Node], known: Callable[[str], bool], *, other: int = 0) -> None:
        self.known = known
        self.other = other
        self.doubts = self.at = 0
        words = Words(tokens, known)
        self.tokens, self.limit, self.spoken = words.tokens, len(words.tokens), words.spoken
        self.found = [self.plain(token) for token in self.all(self.limit)] if self.spoken else tokens

    def plain(self, token: Node) -> Node:
        """A token; a word without a meaning is no run of letters."""
        if token.kind in KINDS.values() or (token.kind == "name" and len(token.text) > 2 and token.text.isalpha()):
            known = all(map(self.known, token.text)) or not token.text.isascii()
            token = Node("name", token.text, *token.span, token.blank, token.side if known else "word", token.whole)
        return token

    # How far a word reaches.

    def doubt(self) -> bool:
        """Count a word whose reach is in doubt; whether the less usual one is taken."""
        self.doubts += 1
        return self.doubts == self.other

    def outside(self, end: int) -> Iterator[int]:
        """The places up to an end that stand in no bracket."""
        at = self.at
        while at < end:
            yield at
            at = closing(self.tokens, at) + 1 if self.tokens[at].kind == "open" else at + 1

    def end(self) -> int:
        """Where what stands between two separators, brackets or equal signs ends."""
        ends = (at for at in self.outside(self.limit) if self.tokens[at].kind in ("close", "sep") or self.sign(at, "="))
        return next(ends, self.limit)

    def sign(self, at: int, signs: str) -> bool:
        """Whether one of some operators stands at a place, with an operand before it."""
        before = self.tokens[at - 1] if at > self.at else None
        return is_op(self.tokens[at], *signs) and before is not None and before.kind in OPERANDS

    def first(self, signs: str, end: int) -> int:
        """The place of the first of some operators, the end where there is none before what reaches to the end."""
        for at in self.outside(end):
            if self.sign(at, signs):
                return at
            if self.tokens[at].text == "quantity" or (self.sign(at, "*/") and self.one(at + 1, end)):
                return end
        return end

    def one(self, at: int, end: int) -> bool:
        """Whether ``one plus`` or ``one minus`` stands at a place: one alone is no factor."""
        return at + 1 < end and self.tokens[at].text == "1" and is_op(self.tokens[at + 1], "+", "-")

    def joint(self, end: int) -> int:
        """The place of the word between two values that no word behind takes for itself, the end where none stands."""
        waiting = 0
        for at in self.outside(end):
            token = self.tokens[at]
            if token.kind == "and" and not waiting:
                return at
            takes = token.kind == "of" and takes_two(self.tokens[at - 1].text)
            waiting += takes or (token.kind == "differences" and token.side != "")
            waiting -= token.kind == "and"
        return end

    def reach(self, function: str, end: int, *, tight: bool = False) -> int:
        """Where the argument of a function ends: at the end, or before the first sign where terms are alike."""
        if function in ("norm", "quantity"):
            marks = (
                at for at in range(self.at + 1, end) if self.tokens[at].side == "spoken" and not self.tokens[at].whole
            )
            end = next((at for at in marks if is_op(self.tokens[at], "^") and self.tokens[at + 1].text == "2"), end)
        place, number = self.first("+-", end), self.at + (self.at < end and self.tokens[self.at].kind == "num")
        alike = any(token.kind == "of" for token in self.tokens[place:end])
        near = number != place and (tight or alike)
        if place == end:
            place = self.first("*/", end)
            alike = any(token.kind == "of" or (is_op(token, "^") and token.whole) for token in self.tokens[place:end])
            apart = function not in _OF_PRODUCTS or is_op(self.tokens[min(place, end - 1)], "/")
            near = function in _OF_MATRICES or (alike and apart)
            if place == end or number == place or not self.tokens[place].whole:
                return end
        return place if near != self.doubt() else end

    # From words to tokens.

    def all(self, end: int) -> list[Node]:
        """Everything up to a place, with separators."""
        found: list[Node] = []
        while self.at < end:
            found += self.level(end)
            found += self.tokens[self.at : min(self.at + 1, end)]
            self.at += 1
        self.at = end
        return found

    def level(self, end: int) -> list[Node]:
        """What stands up to a separator, a bracket that closes, or a place."""
        found: list[Node] = []
        outer, self.limit = self.limit, end
        self.limit = end = self.end()
        while self.at < end:
            token = self.tokens[self.at]
            self.at += 1
            if token.kind == "open":
                close = closing(self.tokens, self.at - 1)
                self.limit = close
                found += [token, *self.all(close)]
                self.limit = end
            elif token.kind == "of" and is_function(found):
                found = self.applied(found)
            elif token.kind in ("entries", "differences"):
                found += self.entries(token)
            elif token.kind == "all":
                found = _grouped(found)
            elif is_op(token, "^") and token.whole:
                found += [token, *self.exponent(end)]
            elif is_op(token, "*", "/") and token.whole:
                found = self.multiplied(found, token, end)
            elif (
                token.kind != "of" or not found or not (found[-1].kind == "num" or self.plain(found[-1]).side == "word")
            ):
                found.append(token)
        self.limit = outer
        return found

    def multiplied(self, found: list[Node], sign: Node, end: int) -> list[Node]:
        """A quotient by all factors that stand behind, or a product with ``one minus s``.

        Otherwise the sum before ``over``, a product or a sum behind it belong to it, or of factors a number alone.
        """
        place, following, one = self.first("+-", end), self.first("+-*/·×", end), self.one(self.at, end)
        if sign.text == "*" and not one:
            return [*found, sign]
        number = self.at < end and self.tokens[self.at].kind == "num"
        if sign.text == "/" and any(is_op(token, "+", "-") for token in found[1:]) and self.doubt():
            found = _grouped(found)
        if following == place < end:
            following = end if one != self.doubt() else place
        elif following < place and is_op(self.tokens[following], "*") and self.doubt():
            following = place
        elif number and self.at + 1 < following and self.doubt():
            return [*found, sign]
        return [*found, sign, *_grouped(self.level(following))]

    def exponent(self, end: int) -> list[Node]:
        """What is raised: factors without a sign between them, and a number below them."""
        place = self.first("+-*/·×", end)
        sign = self.tokens[place].text if place < end else ""
        behind = place + 2
        if sign == "/" and behind <= end and self.tokens[place + 1].kind == "num":
            if behind == end or is_op(self.tokens[behind], "+", "-", "*"):
                place = place if self.doubt() else behind
        elif sign in ("+", "-") and behind == end and self.doubt():
            place = end
        return _grouped(self.level(place))

    def applied(self, found: list[Node]) -> list[Node]:
        """A function at the end of what was found, with its argument, or with two."""
        name, end = found[-1].text, self.end()
        place = self.joint(end) if takes_two(name) else end
        if place == end:
            found[-1].text = notation.FUNCTIONS.get(name, name)
            return [*found, *_grouped(self.level(self.reach(name, end)))]
        first, second = self.two(place, end, tight=name in OPERATIONS or find(name) is not None)
        comma = self.tokens[place].span
        if name not in OPERATIONS:
            return [*found, *first[:-1], *signs(",", comma), *second[1:]]
        return [*found[:-1], *_grouped([*first, *signs(OPERATIONS[name], comma, blank=True), *second])]

    def two(self, place: int, end: int, *, tight: bool = False) -> tuple[list[Node], list[Node]]:
        """The values before and behind a word, each in brackets."""
        first = _grouped(self.level(place))
        self.at = place + 1
        second = _grouped(self.level(self.reach("", end, tight=tight)))
        if len(first) > 1 and first[1].side == "functions" and second[1:] and not is_function(second[1:2]):
            second = _grouped([first[1], *second])  # the sum of the squares of x and y
        return first, second

    def entries(self, word: Node) -> list[Node]:
        """What stands behind ``residuals``, or the difference of two values."""
        end = self.end()
        place = self.joint(end) if word.kind == "differences" else end
        if place == end:
            return _grouped(self.level(self.reach(word.text, end)))
        first, second = self.two(place, end)
        return _grouped([*first, *signs("-", self.tokens[place].span, blank=True), *second])


def _grouped(inner: Sequence[Node]) -> list[Node]:
    """Tokens in brackets."""
    if not inner:
        return []
    return [*signs("(", inner[0].span, blank=inner[0].blank), *inner, *signs(")", inner[-1].span)]
