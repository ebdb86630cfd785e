"""Mathematics in words, as ``square root of x squared plus one``: each word becomes the token that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from autograd_core.expr.reader import notation
from autograd_core.expr.reader.tree import Node, closing, is_op
from autograd_core.ops.registry import find

_TOKENS = notation.spellings_of("""
+    plus
-    minus negative
*    times multiplied_by
/    over divided_by
·    dot
×    cross
^    to_the to_the_power to_the_power_of raised_to raised_to_the raised_to_the_power raised_to_the_power_of
^2   squared to_the_second_power
^3   cubed to_the_third to_the_third_power
^4   to_the_fourth to_the_fourth_power
^5   to_the_fifth to_the_fifth_power
^T   transpose transposed
^-1  inverse
!    factorial
2*   twice
½    half one_half
0    zero
1    one
2    two
3    three
4    four
5    five
6    six
7    seven
8    eight
9    nine
10   ten
""")
"""Words, with ``_`` between several of them, and the tokens that they stand for."""

_FUNCTIONS = notation.spellings_of("""
norm     length magnitude euclidean_norm l2_norm frobenius_norm euclidean_length
norm1    l1_norm
mean     average expected_value
max      maximum largest_value
min      minimum smallest_value
log      natural_log
var      variance
log2     binary_logarithm
dot      dot_product inner_product scalar_product
dist     distance euclidean_distance
pinv     pseudoinverse
KL       kl_divergence relative_entropy
cross_entropy_of  cross_entropy
cosine_similarity cosine_similarity cosine_of_the_angle
""")
"""What functions are called where ``of`` stands behind them, beside the first words of their declarations."""

_OPERATIONS = {"sum": "+", "product": "*", "difference": "-", "quotient": "/", "ratio": "/"}
"""What is done with two values between which ``and`` stands."""

_EACH = {"squared": "square", "absolute": "abs"}
"""Words before what has entries: ``squared residuals``."""

_OF_MATRICES = ("inv", "transpose", "pinv")
_DIFFERENCES = notation.words("residual residuals error errors difference differences deviation deviations")
_ENTRIES = notation.words("entries elements values components terms quantity")
"""What stands before a value and means that value; differences are those of two values too."""

_OF = ("of", "between")
_AND = ("and", "with", "to")
_LONGEST = 6
"""Words of one phrase."""

MAX_WORDS = 200
"""Tokens of a text that is read as a sentence: each word looks for the end of what it takes."""


class Sentence:
    """The tokens of a text with its words replaced, ``found``.

    ``doubtful`` says that how far a word reaches can be read in two ways; the ``other`` one is taken where it is asked
    for.
    """

    def __init__(self, tokens: Sequence[Node], known: Callable[[str], bool], *, other: bool = False) -> None:
        self.tokens = tokens
        self.known = known
        self.other = other
        self.doubtful = False
        self.at, self.limit = 0, len(tokens)
        self.phrases: dict[int, tuple[str, int]] = {}
        self.found: Sequence[Node] = tokens
        if len(tokens) <= MAX_WORDS and any(map(self.begins, range(len(tokens)))):
            self.found = [self.unknown(token) for token in self.all(len(tokens))]

    def begins(self, at: int) -> bool:
        """Whether a word with a meaning stands at a place."""
        return self.phrase(at)[1] > 0 or self.word(at) in (*_OF, "the")

    # Words.

    def word(self, at: int) -> str:
        """The word at a place, empty where there is none, or a name or a method of code."""
        token = self.tokens[at] if at < len(self.tokens) else None
        if token is None or token.kind != "name" or token.side == "run" or self.known(token.text):
            return ""
        code = (at and is_op(self.tokens[at - 1], ".")) or self.tight(at + 1)
        return "" if code else token.text.lower()

    def tight(self, at: int) -> bool:
        """Whether a bracket or a dot stands right behind a word, as it does in code."""
        token = self.tokens[at] if at < len(self.tokens) else None
        return token is not None and not token.blank and (token.text == "(" or is_op(token, ".", "_", "="))

    def phrase(self, at: int) -> tuple[str, int]:
        """The tokens that the longest phrase at a place stands for, or its function, and the number of its words."""
        if at not in self.phrases:
            self.phrases[at] = self.longest(at)
        return self.phrases[at]

    def longest(self, at: int) -> tuple[str, int]:
        """What ``phrase`` gives."""
        found, words = ("", 0), ""
        for count in range(1, _LONGEST + 1):
            word = self.word(at + count - 1)
            if not word:
                break
            words += f"_{word}" if words else word
            behind = self.word(at + count)
            of = behind in _OF or behind in _ENTRIES or behind in _DIFFERENCES
            function = self.function(words) if of or count > 1 else None
            if (meaning := function or _TOKENS.get(words)) is not None:
                found = meaning, count
        return found

    def function(self, words: str) -> str | None:
        """The function that words with ``_`` between them name: one of several, ``squares``; ``... function``."""
        for form in (words, words.removesuffix("_function"), words.removesuffix("s")):
            found = form if form in _OPERATIONS else _FUNCTIONS.get(form) or notation.in_words(form)
            if found is not None and not self.known(found):
                return found
        return None

    def unknown(self, token: Node) -> Node:
        """A token; a word without a meaning is no run of letters."""
        long = token.text in (*_OF, *_AND) or len(token.text) > 2
        if token.kind == "name" and long and token.text.isascii() and token.text.isalpha():
            token.side = token.side if all(map(self.known, token.text)) else "word"
        return token

    # How far a word reaches.

    def end(self) -> int:
        """Where what stands between two separators, brackets or equal signs ends."""
        at = self.at
        while at < self.limit:
            token = self.tokens[at]
            if token.kind in ("close", "sep") or (is_op(token, "=") and self.word(at - 2) != "from"):
                return at
            at = closing(self.tokens, at) + 1 if token.kind == "open" else at + 1
        return self.limit

    def joint(self, end: int) -> int:
        """The place of the word between two values that no word behind takes for itself, the end where none stands."""
        at, waiting = self.at, 0
        while at < end:
            (meaning, count), word = self.phrase(at), self.word(at)
            if self.tokens[at].kind == "open":
                at = closing(self.tokens, at)
            elif self.word(at + (count or 1)) in _OF and (self.takes_two(meaning) or word in _DIFFERENCES):
                waiting += 1
            elif word in _AND and not count:
                if not waiting:
                    return at
                waiting -= 1
            at += count or 1
        return end

    def takes_two(self, name: str) -> bool:
        """Whether a function is one of two values, or may be."""
        return name in _OPERATIONS or notation.takes_two(name)

    def sign(self, signs: Collection[str], end: int) -> int:
        """The place of the first of some operators that has an operand before it, the end where there is none."""
        at, operand = self.at, False
        while at < end:
            token, (meaning, count) = self.tokens[at], self.phrase(at)
            text = meaning or (token.text if token.kind == "op" else "")
            if operand and text in signs:
                return at
            if token.kind == "open":
                at = closing(self.tokens, at)
            operand = token.kind != "op" and self.word(at) not in (*_OF, "the") and (not text or text not in "+-*/·×^")
            at += count or 1
        return end

    def number(self, at: int) -> bool:
        """Whether a number stands at a place."""
        return at < len(self.tokens) and (self.tokens[at].kind == "num" or self.phrase(at)[0].isdigit())

    def reach(self, function: str, end: int, *, tight: bool = False) -> int:
        """Where the argument of a function ends: at the end, or before the first sign where terms are alike."""
        if function in ("norm", "quantity"):
            end = next((at for at in range(self.at + 1, end) if self.word(at) == "squared"), end)
        place = self.sign(("+", "-"), end)
        number = place == self.at + 1 and self.number(self.at)
        first = tight or (not number and any(self.word(at) in _OF for at in range(place, end)))
        if place == end:
            place = self.sign(("*", "/"), end)
            number = place == self.at + 1 and self.number(self.at)
            place = end if number or not self.phrase(place)[1] else place
            first = function in _OF_MATRICES
        self.doubtful |= place < end
        return place if first != self.other else end

    # From words to tokens.

    def all(self, end: int) -> list[Node]:
        """Everything up to a place, with separators."""
        found: list[Node] = []
        while self.at < end:
            found += self.level(end)
            if self.at < end:
                found.append(self.tokens[self.at])
                self.at += 1
        return found

    def level(self, end: int) -> list[Node]:
        """What stands up to a separator, a bracket that closes, or a place."""
        found: list[Node] = []
        outer, self.limit = self.limit, end
        self.limit = end = self.end()
        while self.at < end:
            token, word, (meaning, count) = self.tokens[self.at], self.word(self.at), self.phrase(self.at)
            operand = bool(found) and found[-1].kind != "op"
            if token.kind == "open":
                self.at += 1
                close = closing(self.tokens, self.at - 1)
                outer_end, self.limit = self.limit, close
                found += [token, *self.all(close), *self.tokens[close : close + 1]]
                self.limit, self.at = outer_end, close + 1
            elif word in _OF and found and (found[-1].kind == "num" or self.named(found)):
                self.at += 1
                if found[-1].kind != "num":
                    found = self.applied(found)
            elif word in _OF and found and len(found[-1].text) > 2 and not self.known(found[-1].text):
                self.at += 1  # what is not known is the word before
            elif (word in _ENTRIES and not count) or (word in _DIFFERENCES and meaning in ("", "difference")):
                self.at += 1 + (self.word(self.at + 1) in _OF)
                found += self.entries(word)
            elif word in _EACH and count < 2 and (not operand or self.phrase(self.at + 1)[0] in ("norm", "dist")):
                found.append(token.named(_EACH[word]))
                self.at += 1
            elif word in ("all", "whole") and self.phrase(self.at + 1)[0][:1] in ("^", "/"):
                found = self.grouped(found)
                self.at += 1
            elif word == "the":
                self.at += 1
            elif word == "base" and found and self.named(found):
                found.append(Node("op", "_", *token.span))
                self.at += 1
            elif word in ("over", "from") and found and found[-1].text in ("sum", "product"):
                found[-1].text = notation.FUNCTIONS.get(found[-1].text, found[-1].text)
                found += self.limits(end)
            elif count and (operand or meaning[0] not in "^*/·×!") and not self.raised(found, meaning):
                found = self.replaced(found, meaning, count, end)
            else:
                found.append(token)
                self.at += 1
        self.limit = outer
        return found

    def named(self, found: Sequence[Node]) -> bool:
        """Whether what was found ends with a function, or one with an index or a power."""
        name = found[-3] if len(found) > 2 and is_op(found[-2], "_", "^") else found[-1]
        return name.kind == "name" and (name.side[:8] == "function" or notation.function_named(name.text) is not None)

    def limits(self, end: int) -> list[Node]:
        """``over i of``, ``from i = 1 to n of``: the index of a sum, with its limits."""
        made: list[Node] = []
        for mark in "_^":
            place = self.tokens[self.at].span
            last = next((at for at in range(self.at + 1, end) if self.word(at) in ("to", "of")), end)
            inner = self.tokens[self.at + 1 : last]
            made += [Node("op", mark, *place), Node("open", "{", *place), *inner, Node("close", "}", *place)]
            self.at = last
            if self.word(last) != "to":
                break
        self.at += self.word(self.at) == "of"
        return made

    def raised(self, found: Sequence[Node], meaning: str) -> bool:
        """Whether a power would be raised again, ``s squared cubed``, which no one means as ``s^2^3``."""
        return meaning[0] == "^" and len(found) > 2 and is_op(found[-2], "^")

    def replaced(self, found: list[Node], meaning: str, count: int, end: int) -> list[Node]:
        """What was found with the tokens of a phrase behind it."""
        first, last = self.tokens[self.at], self.tokens[self.at + count - 1]
        self.at += count
        place = (first.start, last.end, True)
        if meaning[0].isalpha():
            plural = last.text[-1:] == "s" and meaning not in _OPERATIONS and find(last.text) is None
            return [*found, Node("name", meaning, *place, "functions" if plural else "function", True)]
        if meaning == "½":
            return [*found, Node("num", "(1/2)", *place)]
        kinds = {"T": "T"} | dict.fromkeys("0123456789", "num")
        signs = [meaning] if meaning.isdigit() else list(meaning)
        made = [Node(kinds.get(sign[0], "op"), sign, *place) for sign in signs]
        if meaning == "/":
            return self.divided(found, made, end)
        if meaning == "^":
            return [*found, *made, *self.exponent(end)]
        return [*found, *made]

    def divided(self, found: list[Node], sign: list[Node], end: int) -> list[Node]:
        """A quotient: a sum before or behind it is a part of it in the other reading, and behind 1 in the first."""
        place = self.sign(("+", "-"), end)
        one = place == self.at + 1 and place < end and "1" in (self.tokens[self.at].text, self.phrase(self.at)[0])
        summed = any(is_op(token, "+", "-") for token in found[1:])
        self.doubtful |= place < end or summed
        if summed and self.other:
            found = self.grouped(found)
        if place == end or one == self.other:
            return [*found, *sign]
        return [*found, *sign, *self.grouped(self.level(end))]

    def exponent(self, end: int) -> list[Node]:
        """What is raised: factors without a sign between them, and a number below them."""
        place = self.sign(("+", "-", "*", "/", "·", "×"), end)
        over = self.phrase(place)[1] if self.phrase(place)[0] == "/" else 0
        number = place + over
        behind = number + 1
        if over and number < end and self.number(number):
            if behind == end or self.phrase(behind)[0] in ("+", "-", "*"):
                self.doubtful = True
                place = place if self.other else behind
        elif place == end - 2 and self.phrase(place)[0] in ("+", "-"):
            self.doubtful = True
            place = end if self.other else place
        return self.grouped(self.level(place))

    def applied(self, found: list[Node]) -> list[Node]:
        """A function at the end of what was found, with its argument, or with two."""
        name, end = found[-1].text, self.end()
        place = self.joint(end) if self.takes_two(name) else end
        if place == end:
            found[-1].text = notation.FUNCTIONS.get(name, name)
            return [*found, *self.grouped(self.level(self.reach(name, end)))]
        first, comma = self.grouped(self.level(place)), self.tokens[place].span
        self.at = place + 1
        tight = name in _OPERATIONS or find(name) is not None
        second = self.grouped(self.level(self.reach(name, end, tight=tight)))
        if name not in _OPERATIONS:
            return [*found, *first[:-1], Node("sep", ",", *comma), *second[1:]]
        if len(first) > 1 and first[1].side == "functions" and second[1:] and not self.named(second[1:2]):
            second = [first[1], *second]  # the sum of the squares of x and y
        return [*found[:-1], *self.grouped([*first, Node("op", _OPERATIONS[name], *comma, True), *second])]

    def entries(self, word: str) -> list[Node]:
        """What stands behind ``residuals``, or the difference of two values."""
        end = self.end()
        place = self.joint(end) if word in _DIFFERENCES else end
        if place == end:
            return self.grouped(self.level(self.reach(word, end)))
        first, sign = self.grouped(self.level(place)), Node("op", "-", *self.tokens[place].span, True)
        self.at = place + 1
        return self.grouped([*first, sign, *self.grouped(self.level(self.reach(word, end)))])

    def grouped(self, inner: Sequence[Node]) -> list[Node]:
        """Tokens in brackets."""
        if not inner:
            return []
        first, last = inner[0], inner[-1]
        return [Node("open", "(", *first.span, first.blank), *inner, Node("close", ")", *last.span)]
