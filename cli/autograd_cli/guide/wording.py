"""Which of many known messages a pasted text is, whatever numbers, shapes and names stand in it."""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")

ENOUGH = 0.45
"""The share of what two texts say that must be common before one is taken for the other."""

LONGEST = 20_000
"""Characters of a pasted text that are looked at: a traceback ends with what matters."""


def words(text: str) -> tuple[str, ...]:
    """The words of a text in small letters: no numbers, no names with digits in them, no punctuation."""
    found = _WORD.findall(text[-LONGEST:].lower())
    return tuple(word.replace("'", "").replace("’", "") for word in found if not any(map(str.isdigit, word)))


def best(text: str, phrases: Sequence[tuple[str, str]]) -> str | None:
    """The label of the phrase that ``text`` is or holds, or is most like; None where it is like none.

    ``phrases`` are pairs of a label and a text. A phrase that occurs in the text word for word is taken first, the
    longest of several; else the one with most in common, where rare words count for more.
    """
    asked = words(text)
    if not asked:
        return None
    known = [(label, words(phrase)) for label, phrase in phrases]
    held = [(len(said), label) for label, said in known if said == asked or (len(said) > 2 and _holds(asked, said))]
    if held:
        return max(held, key=lambda one: one[0])[1]
    weights = _weights(said for _, said in known)
    asked = tuple(_spelt(word, weights) for word in asked)
    scores = [(_alike(asked, said, weights), label) for label, said in known]
    score, label = max(scores, key=lambda one: one[0], default=(0.0, ""))
    return label if score >= ENOUGH else None


def _holds(text: Sequence[str], phrase: Sequence[str]) -> bool:
    """Whether the words of the phrase stand in the text, one after the other."""
    return f" {' '.join(phrase)} " in f" {' '.join(text)} "


def _weights(phrases: Iterable[Sequence[str]]) -> dict[str, float]:
    """How much each word tells: less, the more phrases it occurs in."""
    every = list(phrases)
    counts = Counter(word for phrase in every for word in set(phrase))
    return {word: math.log(1 + len(every) / count) for word, count in counts.items()}


def _spelt(word: str, weights: dict[str, float]) -> str:
    """The known word that a misspelt one is nearest to."""
    if word in weights or len(word) < 5:
        return word
    near = difflib.get_close_matches(word, weights, n=1, cutoff=0.85)
    return near[0] if near else word


def _alike(asked: Sequence[str], said: Sequence[str], weights: dict[str, float]) -> float:
    """The common part of two texts by weight, from 0 to 1: a part of a message counts like the message."""
    unknown = max(weights.values(), default=1.0)
    left, right = set(asked), set(said)
    common = sum(weights[word] for word in left & right)
    typed = sum(weights.get(word, unknown) for word in left)
    whole = sum(weights[word] for word in right)
    if not common or len(left & right) < 2:
        return 0.0
    part = 0.9 if _holds(said, asked) else 0.6 if len(left & right) > 2 else 0.0
    return max(2 * common / (typed + whole), part * common / typed)
