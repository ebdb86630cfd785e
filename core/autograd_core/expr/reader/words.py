"""The words of mathematics, and the token that each of them stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

from autograd_core.errors import Span
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.tree import Node, bracketed, closing, is_op
from autograd_core.ops.registry import find, functions

_TOKENS = notation.spellings_of("""
+    plus
-    minus negative
*    times multiplied_by
/    over divided_by
·    dot dotted_with
×    cross
⊗    kron
⊙    hadamard
^    to_the to_the_power to_the_power_of raised_to raised_to_the raised_to_the_power raised_to_the_power_of
^2   squared to_the_second_power
^3   cubed to_the_third to_the_third_power
^4   to_the_fourth to_the_fourth_power
^5   to_the_fifth to_the_fifth_power
^T   transpose transposed
^-1  inverse
!    factorial
=    equals is_equal_to
_    sub
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
mul      hadamard_product entrywise_product
dist     distance euclidean_distance
pinv     pseudoinverse
KL       kl_divergence relative_entropy
cross_entropy_of  cross_entropy
cosine_similarity cosine_similarity cosine_of_the_angle
""")
"""What functions are called where ``of`` stands behind them, beside the first words of their declarations."""

OPERATIONS = {"sum": "+", "product": "*", "difference": "-", "quotient": "/", "ratio": "/"}
"""What is done with two values between which ``and`` stands."""

_LISTED = {"sum": "+", "product": "*", "mean": ",", "max": ",", "min": ","}
"""What stands between the values of a list where it is a text: ``the sum of x, y and z``."""

_EACH = {"squared": "square", "absolute": "abs"}
"""Words before what has entries: ``squared residuals``."""

KINDS = notation.spellings_of("""
of          of between
and         and with to
differences residual residuals error errors difference differences deviation deviations
entries     entries elements values components terms quantity
all         all whole
""")
"""Words that say what belongs together; entries are the value behind, differences of two values too."""

_OF_KIND = {"open": "([{", "close": ")]}", "sep": ",\n", "T": "T", "quote": "'", "num": "0123456789½⅓¼"}
_KINDS = {sign: kind for kind, every in _OF_KIND.items() for sign in every}
"""The kinds of signs that are no operators."""

_SPOKEN = frozenset(words.partition("_")[0] for words in (*_TOKENS, *_FUNCTIONS, *_EACH, *KINDS)) | {"the"}
OPERANDS = ("name", "num", "close", "T", "quote", "ones", "bar")
MAX_WORDS = 200
"""Tokens of a text that is read as a sentence: each word looks for the end of what it takes."""

_LONGEST = 6
"""Words of one phrase."""


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
        for at in reversed([at for at, token in enumerate(self.tokens) if token.kind == "of" and at]):
            self.base(at)
            self.enumeration(at)

    def any_words(self) -> bool:
        """Whether there may be words in a text: one that is known, or two in a row."""
        names = [token.text.lower() if token.kind == "name" else "" for token in self.given]
        pairs = enumerate(pairwise([*names, ""]))
        return any(self.word(at) for at, (one, other) in pairs if one in _SPOKEN or len(one) > 2 < len(other))

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
        kind, operand, function = KINDS.get(word, ""), last.kind in (*OPERANDS, "all"), is_function(self.tokens)
        span = token.start, self.given[at + max(count, 1) - 1].end
        if word in ("over", "from") and last.text in ("sum", "product"):  # the sum from i = 1 to n of
            last.text = notation.FUNCTIONS.get(last.text, last.text)
            self.limits = True
            self.add("_{", span)
        elif self.limits and kind in ("of", "and"):
            self.limits = kind == "and"
            self.add("}^{" if self.limits else "}", span)
        elif is_op(token, "%") and last.kind == "num" and KINDS.get(self.word(at + 1)) == "of":  # 50% of x
            self.tokens[-1] = replace(last, text=f"({last.text}/100)")
            self.add("*", span)
            self.spoken = True
            return 2
        elif kind == "of" and (definition := self.definition(at)):
            self.tokens += definition
            self.spoken = True
            return len(definition) - 1
        elif word == "to" and "base" in (words := [self.word(at + 1), self.word(at + 2)]):  # log of x to the base 2
            self.tokens.append(Node("base", "base", *span))
            return 2 + words.index("base")
        elif word == "base" and function:
            self.add("_", span)
        elif word == "inverse" and function:
            self.add("^-1", span)
        elif word in _EACH and count < 2 and (not operand or self.phrase(at + 1)[0] in ("norm", "dist")):
            self.tokens.append(token.named(_EACH[word]))
            self.tokens[-1].side = "function"
        elif kind and (not count or (kind == "differences" and meaning == "difference")):
            behind = self.word(at + 1) if kind in ("entries", "differences") else ""
            behind = behind if KINDS.get(behind) == "of" else ""
            self.tokens.append(Node(kind, word, *span, True, behind))
            self.spoken |= kind not in ("and", "all")
            return 1 + bool(behind)
        elif meaning[:1].isalpha():
            spoken = self.given[at + count - 1].text
            plural = spoken[-1:] == "s" and find(spoken) is None and meaning not in OPERATIONS
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
        for sign in [meaning] if meaning.isdigit() else meaning:
            text = f"({notation.FRACTIONS[sign]})" if sign in notation.FRACTIONS else sign
            kind = _KINDS.get(sign[0], "op")
            self.tokens.append(Node(kind, text, *span, sign not in "^!_", "spoken", meaning == sign))

    def definition(self, at: int) -> list[Node]:
        """``(x and y)`` of ``f of x and y equals ...``; nothing elsewhere."""
        end = at + 1
        while end < len(self.given) and (KINDS.get(self.word(end)) == "and" or len(self.given[end].text) == 1):
            end += 1
        if len(self.tokens) != 1 or is_function(self.tokens) or end == at + 1 or self.phrase(end)[0] != "=":
            return []
        given = enumerate(self.given[at + 1 : end], at + 1)
        inner = [part for place, each in given for part in (signs(",", each.span) if self.word(place) else [each])]
        return [*signs("(", self.given[at].span), *inner, *signs(")", inner[-1].span)]

    def base(self, of: int) -> None:
        """Put the base of a logarithm, ``log of x to the base 2``, behind its name."""
        marks = [at for at in range(of, len(self.tokens) - 1) if self.tokens[at].kind == "base"]
        if marks and is_function(self.tokens[:of]):
            base = self.tokens[marks[0] + 1]
            del self.tokens[marks[0] : marks[0] + 2]
            self.tokens[of:of] = [*signs("_", base.span), base]

    def enumeration(self, of: int) -> None:
        """Make ``x + y + z`` of the sum of x, y and z, and an array of what has another function."""
        each = self.tokens[of - 1] if self.tokens[of - 1].side == "functions" and of > 2 else None
        start = of - 1 if each is None else of - 3  # the sum of the squares of x, y and z
        function = self.tokens[start].text
        parts, end, several = _enumerated(self.tokens, of + 1)
        two = {"mean": several, "max": not several, "min": not several}.get(function, False)
        of_two = each is not None and takes_two(each.text)  # squared errors between y and x
        if of_two or function not in _LISTED or not parts[-1] or len(parts) < 3 - two or not (several or two):
            return
        sign, span = _LISTED[function], self.tokens[of].span
        link = signs(sign, span, blank=True)
        values = [[*([each] if each else []), *bracketed(part)] for part in parts]
        inner = [token for value in values for token in (*link, *value)][1:]
        behind = inner[-1].span
        if sign == ",":
            self.tokens[start + 1 : end] = [*signs("([", span), *inner, *signs("])", behind)]
        else:
            self.tokens[start:end] = [*signs("(", span, blank=True), *inner, *signs(")", behind)]

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
            behind = KINDS.get(self.word(at + count), "and")
            named = KINDS.get(word) != "of" and (count > 1 or behind not in ("and", "all"))
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
            found = form if form in OPERATIONS else _FUNCTIONS.get(form) or (None if of_code else function)
            if (found := found or _declared().get(form)) is not None and not self.known(found):
                return found
        return None


def signs(text: str, span: Span, *, blank: bool = False) -> list[Node]:
    """The tokens of single signs, all of them at one place."""
    return [Node(_KINDS.get(sign, "op"), sign, *span, blank) for sign in text]


def _enumerated(tokens: Sequence[Node], at: int) -> tuple[list[list[Node]], int, bool]:
    """The values of ``x, y and z`` from a place on, where they end, and whether ``and`` stands before the last."""
    parts: list[list[Node]] = [[]]
    several = False
    while at < len(tokens):
        token = tokens[at]
        separates = token.text == "," or token.kind == "and"
        ends = token.kind in ("close", "of") or (token.kind == "sep" and token.text != ",") or is_op(token, "=")
        if ends or (several and parts[-1] and (separates or is_op(token, "+", "-"))):
            break
        several = several or token.kind == "and"
        end = closing(tokens, at) if token.kind == "open" else at
        if not separates:
            parts[-1] += tokens[at : end + 1]
        elif parts[-1]:
            parts.append([])
        at = end + 1
    return parts, at, several


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
    return several or defined or name in ("max", "min", *OPERATIONS)


def is_function(found: Sequence[Node]) -> bool:
    """Whether tokens end with a function, or one with an index or a power."""
    names = found[-3:-2] if len(found) > 2 and is_op(found[-2], "_", "^") else found[-1:]
    return any(
        name.kind == "name" and (name.side[:8] == "function" or notation.function_named(name.text) is not None)
        for name in names
    )
