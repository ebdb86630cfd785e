"""Which variables and functions a run of letters stands for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from autograd_core.errors import AutogradError
from autograd_core.expr.parser import CONSTANTS
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.tokenizer import Tokenizer
from autograd_core.expr.reader.tree import Node, is_op

MAX_RUN = 40
"""Letters of a run that is split into names."""

_SET = re.compile(
    r"(?:^|[;,\n])[ \t]*(?:\\math\w+\{[ ]?|\\)?(\w{1,200})[ ]?\}?[ \t]*(?:\([^()=\n]{0,200}\))?[ \t]*=(?!=)"
    r"|(?:^|[;,\n])[ \t]*\(?((?:\w{1,200}[ \t]*,[ \t]*){1,50}\w{1,200})[ \t]*\)?[ \t]*=(?!=)"
)


class Names:
    """The names that have a value or are set by a statement, and how they may be spelt."""

    def __init__(self, given: Sequence[str], made: Sequence[str] = ()) -> None:
        self.canonical: dict[str, str] = {}
        for name in [*made, *given]:
            for spelling in notation.spellings(name):
                self.canonical.setdefault(spelling, name)
        for name in [*made, *given]:
            self.canonical[name] = name

    def find(self, word: str) -> str | None:
        """The variable that a word names, None for none; an entry or an accent stands behind ``_``."""
        found = self.canonical.get(word)
        if found is not None:
            return found
        for spelling in notation.spellings(word):
            if spelling in self.canonical:
                return self.canonical[spelling]
        apart = unicodedata.normalize("NFD", word)
        if len(apart) == 2 and len(word) == 1 and apart[1] in notation.COMBINING:
            word = f"{apart[0]}_{notation.COMBINING[apart[1]]}"
        head, joint, accent = word.rpartition("_")
        if joint and accent in ("hat", "bar", "tilde"):
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


def set_names(text: str) -> list[str]:
    """The names that the statements of a text seem to set."""
    return [name.strip() for match in _SET.finditer(text) for name in (match[1] or match[2]).split(",")]


def unset_names(text: str, given: Sequence[str]) -> list[str]:
    """The names of a text that have no value, in the order in which they occur; a run of letters is one.

    Raises ExpressionError for a sign that has no meaning.
    """
    names = Names(list(given), set_names(text))
    tokens = Tokenizer(text, names.__contains__).run()
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
    name = known.find(words[0]) if len(words) > 2 and words[1] == "_" else None
    digits = [word for word in words[2:] if word != ","]
    if name is None or not all(word.isdigit() and word != "0" for word in digits):
        return None
    rank = len(shapes[name])
    places = list(digits[0]) if len(digits) == 1 and len(digits[0]) == rank else digits
    return f"{name}[{','.join(str(int(place) - 1) for place in places)}]" if len(places) == rank else None


def _words(text: str, known: Names) -> list[str]:
    """The words of a name, without braces; none where it is no name."""
    try:
        return [token.text for token in Tokenizer(text.strip(), known.__contains__).run() if token.text not in "{}"]
    except AutogradError:
        return []


def split_runs(
    tokens: Sequence[Node], names: Names, way: int = 0
) -> tuple[list[Node], list[tuple[Node, list[list[str]]]]]:
    """The tokens with the names that runs of letters are made of, and the runs that could be split in two ways.

    ``way`` says which way the first of these is split.
    """
    found: list[Node] = []
    doubtful: list[tuple[Node, list[list[str]]]] = []
    for place, token in enumerate(tokens):
        if token.kind != "name" or len(token.text) < 2 or (token.whole and token.text in names):
            found.append(token)
            continue
        after = tokens[place + 1 : place + 3]
        before = tokens[place - 1] if place else None
        pieces = None if _fixed(token, before, after, names) else _pieces(token, before, after, names)
        if not pieces:
            found.append(token)
            continue
        if len(pieces) > 1:
            doubtful.append((token, pieces))
        found += _tokens(token, pieces[way if len(doubtful) == 1 and len(pieces) > 1 else 0])
    return found, doubtful


def _fixed(token: Node, before: Node | None, after: Sequence[Node], names: Names) -> bool:
    """Whether a word is one name whatever stands in it."""
    if token.whole and notation.function_named(token.text):
        return True
    word = token.text
    if word in names or word in CONSTANTS or word in ("if", "else"):
        return True
    if before is not None and before.kind == "op" and before.text == ".":
        return True
    if after and after[0].kind == "op" and after[0].text in ("=", "."):
        return names.function(word) is not None or after[0].text == "=" or word in notation.LIBRARIES
    if names.function(word) is not None:
        called = bool(after) and after[0].kind in ("open", "bar")
        return called or notation.is_mathematical(word) or _fewest(word, names, called=False) == []
    if after and after[0].kind == "op" and after[0].text == "_" and not after[0].blank and len(after) > 1:
        return f"{word}_{after[1].text}" in names
    return False


def _pieces(token: Node, before: Node | None, after: Sequence[Node], names: Names) -> list[list[str]]:
    """The ways to split a run with the fewest names; none where a letter in it has no value."""
    word = token.text
    if len(word) > MAX_RUN:
        return []
    raised = before is not None and before.kind == "op" and before.text in ("^", "**")
    lead: list[str] = []
    if raised and word[0] == "T" and "T" not in names:
        lead, word = ["T"], word[1:]
    tail: list[str] = []
    indexed = len(after) > 1 and after[0].kind == "op" and after[0].text == "_" and not after[0].blank
    named = indexed and f"{word[-1:]}_{after[1].text}" in names
    if indexed and not named and word in notation.LETTER:
        return []
    if named or (indexed and after[1].kind != "open"):
        word, tail = word[:-1], [word[-1:]]
    turned = (
        bool(after) and not after[0].blank and (after[0].kind in ("quote", "T") or after[0].text in ("^", "**", "."))
    )
    if len(word) > 1 and len(set(word)) == 1 and word[0] in names and not (turned or tail or lead):
        return []
    called = bool(after) and after[0].kind == "open" and after[0].text == "(" and not after[0].blank
    ways = _fewest(word, names, called=called and not tail)
    if not ways and (lead or named):
        ways = [[word]] if word else [[]]
    return [[*lead, *way, *tail] for way in ways]


def _fewest(word: str, names: Names, *, called: bool) -> list[list[str]]:
    """The shortest splits of a word into names and functions; with ``called`` the last must be a function."""
    if not word:
        return [[]]
    best: list[tuple[int, list[list[str]]] | None] = [None] * (len(word) + 1)
    best[len(word)] = (0, [[]])
    for start in range(len(word) - 1, -1, -1):
        for end in range(start + 1, len(word) + 1):
            rest = best[end]
            if rest is None or not _piece(word[start:end], names, last=end == len(word), called=called):
                continue
            count = rest[0] + 1
            known = best[start]
            ways = [[word[start:end], *way] for way in rest[1]][:3]
            if known is None or count < known[0]:
                best[start] = (count, ways)
            elif count == known[0]:
                best[start] = (count, [*known[1], *ways][:3])
    if best[0] is None:
        return [_with_a_stranger(word, names)] if _with_a_stranger(word, names) else []
    return best[0][1]


def _piece(text: str, names: Names, *, last: bool, called: bool) -> bool:
    """Whether a part of a run is a name or a function."""
    if text in notation.FUNCTIONS and text not in notation.SHORT and names.function(text) is not None:
        return not last or called
    if last and called:
        return False
    return text in names or text in ("I", "π") or (text == "e" and last)


def _with_a_stranger(word: str, names: Names) -> list[str]:
    """A run of single letters of which exactly one has no value."""
    strange = [letter for letter in word if not names.value(letter)]
    return list(word) if len(strange) == 1 and len(word) <= 6 and word.isalpha() else []


def _tokens(token: Node, pieces: Sequence[str]) -> Iterator[Node]:
    """A token for each piece of a run."""
    place = token.start
    for number, piece in enumerate(pieces):
        blank = token.blank if number == 0 else False
        kind = "T" if piece == "T" and number == 0 and len(pieces) > 1 else "name"
        yield Node(kind, piece, place, place + len(piece), blank, "" if number == 0 else "run", True)
        place += len(piece)
