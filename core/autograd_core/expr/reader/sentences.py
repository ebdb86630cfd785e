"""Mathematics in words, as ``square root of x squared plus one``: each word becomes the token that it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise

from autograd_core.errors import Span
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.tree import Node, closing, is_op
from autograd_core.ops.registry import find, functions

_TOKENS = notation.spellings_of("""
+    plus
-    minus negative
*    times multiplied_by
/    over divided_by
·    dot dotted_with
×    cross
^    to_the to_the_power to_the_power_of raised_to raised_to_the raised_to_the_power raised_to_the_power_of
^2   squared to_the_second_power
^3   cubed to_the_third to_the_third_power
^4   to_the_fourth to_the_fourth_power
^5   to_the_fifth to_the_fifth_power
^T   transpose transposed
^-1  inverse
!    factorial
=    equals
2*   twice
½    half one_half
⅓    one_third
¼    one_quarter
""")
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TOKENS |= {word: str(number) for number, word in enumerate(_NUMBERS)}
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

_KINDS = notation.spellings_of("""
of          of between
and         and with to
differences residual residuals error errors difference differences deviation deviations
entries     entries elements values components terms quantity
all         all whole
""")
"""Words that say what belongs together; entries are the value behind, differences of two values too."""

_SPOKEN = frozenset(words.partition("_")[0] for words in (*_TOKENS, *_FUNCTIONS, *_EACH, *_KINDS)) | {"the"}
_OF_PRODUCTS = ("sum", "mean", "product")
_OF_MATRICES = ("inv", "transpose", "pinv")
_OPERANDS = ("name", "num", "close", "T", "quote", "ones", "bar")
_LONGEST = 6
"""Words of one phrase."""

MAX_WORDS = 200
"""Tokens of a text that is read as a sentence: each word looks for the end of what it takes."""


class Words:
    """The ``tokens`` of a text in which each word is the token that it stands for, or one of the kind it is.

    A sign that was a word is ``whole``, and a function that was one has ``function`` for its side, or ``functions``
    where it was several.
    """

    def __init__(self, tokens: Sequence[Node], known: Callable[[str], bool]) -> None:
        self.known = known
        self.given = tokens
        self.tokens: list[Node] = []
        self.limits = self.spoken = False
        at = 0 if len(tokens) <= MAX_WORDS and self.any_words() else len(tokens)
        while at < len(tokens):
            at += self.read(at)

    def any_words(self) -> bool:
        """Whether there may be words in a text: one that is known, or two in a row."""
        names = [token.text.lower() if token.kind == "name" else "" for token in self.given]
        pairs = enumerate(pairwise([*names, ""]))
        return any((one in _SPOKEN or len(one) > 2 < len(other)) and self.word(at) for at, (one, other) in pairs)

    def word(self, at: int) -> str:
        """The word at a place, empty where there is none, or a name or a method of code."""
        token, behind = (self.given[place] if place < len(self.given) else None for place in (at, at + 1))
        if token is None or token.kind != "name" or token.side == "run" or self.known(token.text):
            return ""
        tight = behind is not None and not behind.blank and (behind.text == "(" or is_op(behind, ".", "_", "="))
        return "" if tight or (at and is_op(self.given[at - 1], ".")) else token.text.lower()

    def read(self, at: int) -> int:
        """Read what stands at a place: the number of tokens."""
        token, word, (meaning, count) = self.given[at], self.word(at), self.phrase(at)
        last = self.tokens[-1] if self.tokens else Node("", "", 0, 0)
        kind, operand, function = _KINDS.get(word, ""), last.kind in (*_OPERANDS, "all"), is_function(self.tokens)
        span = token.start, self.given[at + max(count, 1) - 1].end
        if word in ("over", "from") and last.text in ("sum", "product"):  # the sum from i = 1 to n of
            last.text = notation.FUNCTIONS.get(last.text, last.text)
            self.limits = True
            self.add("_{", span)
        elif self.limits and kind in ("of", "and"):
            self.limits = kind == "and"
            self.add("}^{" if self.limits else "}", span)
        elif word == "base" and function:
            self.add("_", span)
        elif word == "inverse" and function:
            self.add("^-1", span)
        elif word in _EACH and count < 2 and (not operand or self.phrase(at + 1)[0] in ("norm", "dist")):
            self.tokens.append(token.named(_EACH[word]))
            self.tokens[-1].side = "function"
        elif kind and (not count or (kind == "differences" and meaning == "difference")):
            behind = self.word(at + 1) if kind in ("entries", "differences") else ""
            behind = behind if _KINDS.get(behind) == "of" else ""
            self.tokens.append(Node(kind, word, *span, True, behind))
            self.spoken |= kind not in ("and", "all")
            return 1 + bool(behind)
        elif meaning[:1].isalpha():
            plural = (
                self.given[at + count - 1].text[-1:] == "s"
                and find(self.given[at + count - 1].text) is None
                and meaning not in _OPERATIONS
            )
            self.tokens.append(Node("name", meaning, *span, True, "functions" if plural else "function", True))
        elif meaning and (operand or meaning[0] not in "^*/·×!") and not (meaning[0] == "^" and self.raised()):
            self.add(meaning, span)
        elif word != "the":
            self.tokens.append(token)
            return 1
        self.spoken = True
        return max(count, 1)

    def add(self, meaning: str, span: Span) -> None:
        """Add the tokens that a phrase stands for."""
        kinds = {"T": "T", "{": "open", "}": "close"} | dict.fromkeys([*"0123456789", *notation.FRACTIONS], "num")
        for sign in [meaning] if meaning.isdigit() else meaning:
            text = f"({notation.FRACTIONS[sign]})" if sign in notation.FRACTIONS else sign
            self.tokens.append(
                Node(kinds.get(sign[0], "op"), text, *span, sign not in "^!_", "spoken", meaning == sign)
            )

    def raised(self) -> bool:
        """Whether a power would be raised again: no one means ``s^2^3`` by ``s squared cubed``."""
        return len(self.tokens) > 2 and is_op(self.tokens[-2], "^") and not self.tokens[-2].whole

    def phrase(self, at: int) -> tuple[str, int]:
        """The tokens that the longest phrase at a place stands for, or its function, and the number of its words."""
        found, words = ("", 0), ""
        for count in range(1, _LONGEST + 1):
            word = self.word(at + count - 1)
            if not word:
                break
            words += f"_{word}" if words else word
            behind = _KINDS.get(self.word(at + count), "and")
            named = _KINDS.get(word) != "of" and (count > 1 or behind not in ("and", "all"))
            function = self.function(words) if named else None
            if (meaning := function or _TOKENS.get(words)) is not None:
                found = meaning, count
        return found

    def function(self, words: str) -> str | None:
        """The function that words with ``_`` between them name: one of several, ``squares``; ``... function``.

        Of losses those alone that mathematics has a word for: code may give their two values in another order.
        """
        for form in (words, words.removesuffix("_function"), words.removesuffix("s")):
            function = notation.function_named(form)
            of_code = "_" in form and form not in notation.DEFINED and takes_two(form)
            found = form if form in _OPERATIONS else _FUNCTIONS.get(form) or (None if of_code else function)
            if (found := found or _declared().get(form)) is not None and not self.known(found):
                return found
        return None


@cache
def _declared() -> dict[str, str]:
    """Functions by the words that their declarations begin with: ``square_root``, ``standard_deviation``."""
    begun = ((re.match(r"([A-Za-z -]+)[.,:]", each.doc), each.name) for each in functions() if each.group != "loss")
    words = [(re.sub("[ -]", "_", match[1].lower()), name) for match, name in begun if match is not None]
    return dict(reversed(words))


def takes_two(name: str) -> bool:
    """Whether a function is one of two values, and not of settings alone, or may be."""
    function = find(name)
    several = function is not None and len(function.operands) - function.optional > 1
    defined = any("," in arguments for arguments, _ in notation.DEFINED.get(name, ()))
    return several or defined or name in ("max", "min", *_OPERATIONS)


def is_function(found: Sequence[Node]) -> bool:
    """Whether tokens end with a function, or one with an index or a power."""
    names = found[-3:-2] if len(found) > 2 and is_op(found[-2], "_", "^") else found[-1:]
    return any(
        name.kind == "name" and (name.side[:8] == "function" or notation.function_named(name.text) is not None)
        for name in names
    )


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
        if token.kind in _KINDS.values() or (token.kind == "name" and len(token.text) > 2 and token.text.isalpha()):
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
        return is_op(self.tokens[at], *signs) and before is not None and before.kind in _OPERANDS

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
                found = self.grouped(found)
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
            found = self.grouped(found)
        if following == place < end:
            following = end if one != self.doubt() else place
        elif following < place and is_op(self.tokens[following], "*") and self.doubt():
            following = place
        elif number and self.at + 1 < following and self.doubt():
            return [*found, sign]
        return [*found, sign, *self.grouped(self.level(following))]

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
        return self.grouped(self.level(place))

    def applied(self, found: list[Node]) -> list[Node]:
        """A function at the end of what was found, with its argument, or with two."""
        name, end = found[-1].text, self.end()
        place = self.joint(end) if takes_two(name) else end
        if place == end:
            found[-1].text = notation.FUNCTIONS.get(name, name)
            return [*found, *self.grouped(self.level(self.reach(name, end)))]
        first, second = self.two(place, end, tight=name in _OPERATIONS or find(name) is not None)
        comma = self.tokens[place].span
        if name not in _OPERATIONS:
            return [*found, *first[:-1], Node("sep", ",", *comma), *second[1:]]
        return [*found[:-1], *self.grouped([*first, Node("op", _OPERATIONS[name], *comma, True), *second])]

    def two(self, place: int, end: int, *, tight: bool = False) -> tuple[list[Node], list[Node]]:
        """The values before and behind a word, each in brackets."""
        first = self.grouped(self.level(place))
        self.at = place + 1
        second = self.grouped(self.level(self.reach("", end, tight=tight)))
        if len(first) > 1 and first[1].side == "functions" and second[1:] and not is_function(second[1:2]):
            second = self.grouped([first[1], *second])  # the sum of the squares of x and y
        return first, second

    def entries(self, word: Node) -> list[Node]:
        """What stands behind ``residuals``, or the difference of two values."""
        end = self.end()
        place = self.joint(end) if word.kind == "differences" else end
        if place == end:
            return self.grouped(self.level(self.reach(word.text, end)))
        first, second = self.two(place, end)
        return self.grouped([*first, Node("op", "-", *self.tokens[place].span, True), *second])

    def grouped(self, inner: Sequence[Node]) -> list[Node]:
        """Tokens in brackets."""
        if not inner:
            return []
        first, last = inner[0], inner[-1]
        return [Node("open", "(", *first.span, first.blank), *inner, Node("close", ")", *last.span)]
