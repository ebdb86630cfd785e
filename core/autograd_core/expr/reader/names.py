"""Which variables and functions a run of letters stands for."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence

from autograd_core.errors import AutogradError, Span
from autograd_core.expr.parser import CONSTANTS
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.sentences import Sentence
from autograd_core.expr.reader.tokenizer import Tokenizer
from autograd_core.expr.reader.tree import Node, is_op
from autograd_core.ops.registry import spellings

MAX_RUN = 40
"""Letters of a run that is split into names."""

_SET = re.compile(
    r"(?:^|[;,\n])[ \t]*+\{?[ \t]*+\\?(\w{1,200}(?:\{\\?\w{1,20}\}|(?<=_)\\\w{1,20})?)[ \t]*+\}?[ \t]*+"
    r"(?:\([^()=\n]{0,200}\))?[ \t]*+(?:=(?!=)|<-)"
    r"|(?:^|[;,\n])[ \t]*+\(?((?:\w{1,200}[ \t]*+,[ \t]*+){1,50}\w{1,200})[ \t]*+\)?[ \t]*+=(?!=)"
)


class Names:
    """The names that have a value or are set by a statement, and how they may be spelt."""

    def __init__(self, given: Sequence[str], made: Sequence[str] = ()) -> None:
        self.canonical: dict[str, str] = {}
        for name in [*made, *given]:
            for spelling in notation.spellings(name):
                self.canonical.setdefault(spelling, name)
        self.canonical |= {name: name for name in (*made, *given)}
        self.found: dict[str, str | None] = {}
        self.limits: Collection[str] = ()

    def find(self, word: str) -> str | None:
        """The variable that a word names, None for none; an entry or an accent stands behind ``_``."""
        if word not in self.found:  # a reading asks about each ten times
            self.found[word] = self._search(word)
        return self.found[word]

    def _search(self, word: str) -> str | None:
        for spelling in notation.spellings(word):
            if spelling in self.canonical:
                return self.canonical[spelling]
        word = with_accent(word)
        head, _, accent = word.rpartition("_")
        if head and accent in notation.ACCENTS:
            forms = [word, head + accent, accent + "_" + head, accent + head]
            if head == "y" and accent == "hat":
                forms += ["y_pred", "ypred", "ŷ"]
            return next((self.canonical[form] for form in forms if form in self.canonical), None)
        return None

    def __contains__(self, word: str) -> bool:
        return self.find(word) is not None

    def function(self, word: str) -> str | None:
        """The function that a word names, where it names no variable."""
        if word in self:
            return None
        if word in ("σ", "sigma") and not any(name.startswith(("σ", "sigma")) for name in self.canonical):
            return "sigmoid"
        if word == "E":
            return "mean"
        return notation.function_named(word)

    def value(self, word: str) -> bool:
        """Whether a word stands for something by itself: a variable, a constant, the identity."""
        return word in self or word in CONSTANTS or word in ("I", "π", "T")


def with_accent(word: str) -> str:
    """``y_bar`` for ȳ, a letter that has its accent; other words as they are."""
    apart = unicodedata.normalize("NFD", word)
    accent = notation.COMBINING.get(apart[-1:]) if len(apart) == 2 and len(word) == 1 else None
    return word if accent is None else f"{apart[0]}_{accent}"


def set_names(text: str) -> list[str]:
    """The names that the statements of a text seem to set, of ``y_i`` with an open index y."""
    found = [match[1] or match[2] for match in _SET.finditer(notation.plain(text))]
    names = [re.sub(r"[{\\]", "", name.strip(" \t}")) for each in found for name in each.split(",")]
    marked = [_INDEXED.fullmatch(name) for name in names]
    indexed = [mark is not None and all(is_index(text, letter) for letter in mark[2]) for mark in marked]
    return [mark[1] if mark and index else name for name, mark, index in zip(names, marked, indexed, strict=True)]


_INDEXED = re.compile(r"(\w+?)_(?!in$)([i-nt]{1,2})")
_SUM = r"(?:[∑Σ∏Π]|sum|prod|mean)\s*(?:\\limits\s*)?_\s*"
_LIMIT = re.compile(_SUM + r"(?:\{[^{}]*\}|\w)\s*\^\s*\{?\s*([^\W\d_])\b")
_LOWERED = str.maketrans({sign: f"_{plain}" for sign, plain in notation.SUBSCRIPTS.items()})


def sum_limits(text: str) -> Collection[str]:
    """The letters up to which the sums of a text run."""
    return frozenset(_LIMIT.findall(text))


def is_summed(text: str, letter: str) -> bool:
    """Whether a sum of a text runs over a letter."""
    return re.search(rf"{_SUM}(?:\{{\s*)?{letter}\b", text.translate(_LOWERED)) is not None


def is_index(text: str, letter: str, given: Collection[str] = ()) -> bool:
    """Whether a letter is an index in a text: of a sum, or of several names."""
    named = re.findall(rf"(\w)\}}?_\{{?(?!in\b)(?:[i-n],?|,){{0,2}}{letter}[i-n]{{0,2}}\}}?(?!\w)", text)
    return is_summed(text, letter) or len({base for base in named if f"{base}_{letter}" not in given}) > 1


def unset_names(text: str, given: Sequence[str]) -> list[str]:
    """The names of a text that have no value, in the order in which they occur; a run of letters is one.

    Raises ExpressionError for a sign that has no meaning.
    """
    names = Names(list(given), set_names(text))
    tokens = Sentence(Tokenizer(text, names.__contains__).run(), names.__contains__).found
    found: dict[str, None] = {}
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        other = is_op(before, ".") or is_op(after, "=") or names.value(token.text) or names.function(token.text)
        if token.kind == "name" and not other and not (is_op(after, ".") and token.text in notation.LIBRARIES):
            found[token.text] = None
    return list(found)


def variable(text: str, names: Sequence[str]) -> str | None:
    """The variable that a text names, as ``\\lambda``, ``x₁`` and ``x_{1}`` do; None for none."""
    known = Names(names)
    return known.find("".join(_words(text, known)))


def entry(text: str, shapes: Mapping[str, Sequence[int]]) -> str | None:
    """``w[0]`` for the entry ``w_1`` of a variable: as in mathematics it is counted from 1; None for anything else."""
    known = Names(list(shapes))
    words = _words(text, known)
    name = known.find(words[0]) if words[1:2] == ["_"] else None
    digits = [word for word in words[2:] if word != ","]
    rank = len(shapes[name]) if name is not None else 0
    places = list(digits[0]) if len(digits) == 1 and len(digits[0]) == rank else digits
    if not rank or len(places) != rank or not all(word.isdigit() and word != "0" for word in places):
        return None
    return f"{name}[{','.join(str(int(place) - 1) for place in places)}]"


def _words(text: str, known: Names) -> list[str]:
    """The words of a name, without braces; none where it is no name."""
    try:
        return [token.text for token in Tokenizer(text.strip(), known.__contains__).run() if token.text not in "{}"]
    except AutogradError:
        return []


def apart(tokens: Sequence[Node], names: Names) -> Sequence[Node]:
    """The tokens with the names that runs of letters are made of; where that can be done in one way."""
    found, doubtful = split_runs(tokens, names, {})
    return tokens if doubtful else found


Ways = list[list[str]]
"""The ways to split a run of letters into names."""

Key = tuple[str, Span]
"""A place that can be read in several ways: the kind of what stands there, and where."""


def split_runs(
    tokens: Sequence[Node], names: Names, chosen: Mapping[Key, int]
) -> tuple[list[Node], dict[Key, list[str]]]:
    """The tokens with the names that runs of letters are made of, and the runs that could be split in several ways.

    ``chosen`` says which way to take of those.
    """
    found: list[Node] = []
    doubtful: dict[Key, list[str]] = {}
    end = Node("end", "", 0, 0, True)
    padded = [end, *tokens, end, end]
    for before, token, after, then in zip(padded, tokens, padded[2:], padded[3:], strict=False):
        run = token.kind == "name" and len(token.text) > 1 and token.side != "word"
        ways = _ways(token, before, after, then, names) if run and not (token.whole and token.text in names) else []
        if not ways:
            found.append(token)
            continue
        if len(ways) > 1:
            doubtful["run", token.span] = [" ".join(way) for way in ways]
        found += _tokens(token, ways[chosen.get(("run", token.span), 0)], "T" in names)
    return found, doubtful


_OF_NUMBER = re.compile(r"([A-Za-z]{2,}?)(\d+)")
"""A function and the number that its argument begins with: ``sin2x``."""


def _ways(token: Node, before: Node, after: Node, then: Node, names: Names) -> Ways:
    """The ways to split a run with the fewest names; none where it is one name, or a letter in it has no value."""
    word = token.text
    turns = is_op(before, "^", "**") and word[0] == "T" and "T" not in names
    amplitude = word[0] == "A" in names and names.function(word[1:]) is not None  # Asin(wt)
    function = names.function(word) is not None and not (amplitude or (turns and word[1:] in names))  # q^Tr
    indexed = is_op(after, "_") and not after.blank and then.kind != "end"
    if (
        len(word) > MAX_RUN
        or (token.whole and notation.function_named(word))
        or (word in names or word in CONSTANTS or word in ("if", "else", "end", "True", "False"))
        or is_op(before, ".")
        or is_op(after, "=")
        or (is_op(after, ".") and (function or word in notation.LIBRARIES))
    ):
        return []
    if function:
        called = after.kind in ("open", "bar")
        if called or notation.is_mathematical(word) or not _fewest(word, names, called=False):
            return []
    lead: list[str] = []
    tail: list[str] = []
    if turns:
        lead, word = ["T"], word[1:]
    named = indexed and f"{word[-1:]}_{then.text}" in names
    if indexed and not named and word in notation.LETTER:
        return []
    if named or (indexed and then.kind != "open"):
        word, tail = word[:-1], [word[-1:]]
    turned = not after.blank and (after.kind in ("quote", "T") or after.text in ("^", "**", "."))
    if len(word) > 1 and len(set(word)) == 1 and word[0] in names and not (turned or tail or lead or word[0].isupper()):
        return []
    called = after.text == "(" and not after.blank and not tail
    ways = _fewest(word, names, called=called)
    if called and not ways and _is_product(word, names):
        ways = [list(word)]
    before_greek = after.kind == "name" and not after.blank and _piece(word, names, last=False, called=False)  # sin2θ
    if not ways and is_op(after, "^") and not after.blank:
        ways = _fewest(word, names, called=True)  # xcos^2 x
    if not ways and (lead or named or before_greek):
        ways = [[word]] if word else [[]]
    return [[*lead, *(part for piece in way for part in _parts(piece, names)), *tail] for way in ways]


def _is_product(word: str, names: Names) -> bool:
    """Whether letters before a bracket are factors, each with a value, and no function with a typing error."""
    different = len(word) == len(set(word)) < 5 and all(letter in names.canonical for letter in word)
    near = [name for name in spellings() if name[0] == word[0]] if different else []
    return different and not difflib.get_close_matches(word, near, cutoff=0.75)


def _parts(piece: str, names: Names) -> Sequence[str]:
    """A piece of a run, or the function and the number that it is: ``sin2``."""
    match = None if piece in names or names.function(piece) else _OF_NUMBER.fullmatch(piece)
    return [piece] if match is None else match.groups()


def _fewest(word: str, names: Names, *, called: bool) -> Ways:
    """The shortest splits of a word into names and functions; with ``called`` the last must be a function."""
    best: list[Ways] = [[] for _ in word] + [[[]]]
    for start in reversed(range(len(word))):
        ways = [
            [word[start:end], *way]
            for end in range(start + 1, len(word) + 1)
            if best[end]
            and (
                _piece(word[start:end], names, last=end == len(word), called=called)
                or (word[start:end] == "T" and start and "T" not in names)
            )
            for way in best[end]
        ]
        fewest = min(map(len, ways), default=0)
        best[start] = [way for way in ways if len(way) == fewest][:3]
    strange = [letter for letter in word if not names.value(letter)]
    alone = len(strange) == 1 and len(word) <= 6 and word.isalpha()
    return best[0] or ([list(word)] if alone else [])


def _piece(text: str, names: Names, *, last: bool, called: bool) -> bool:
    """Whether a part of a run is a name or a function."""
    if (
        len(text) > 1
        and notation.is_mathematical(text, of_arrays=False)
        and text not in notation.SHORT
        and names.function(text) is not None
    ):
        return not last or called
    if (of_number := _OF_NUMBER.fullmatch(text)) is not None:
        return not last and notation.is_mathematical(of_number[1], of_arrays=False) and of_number[1] not in names
    if last and called:
        return text in notation.CALLED and len(text) == 1
    if len(text) == 2 and text[1] in "123456789" and text[0] in names:  # x1x2, entries of x
        return True
    return text in names or text in names.limits or text in ("I", "π") or (text == "e" and last)


def _tokens(token: Node, pieces: Sequence[str], known: bool) -> Iterator[Node]:
    """A token for each piece of a run; ``known`` says that T has a value, and is no transpose."""
    place = token.start
    for number, piece in enumerate(pieces):
        turned = piece == "T" and len(pieces) > 1 and (number == 0 or not known)
        kind = "T" if turned else "num" if piece.isdigit() else "name"
        first = number == 0
        yield Node(kind, piece, place, place + len(piece), token.blank and first, "" if first else "run", True)
        place += len(piece)
