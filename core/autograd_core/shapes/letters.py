"""One text from those at several sizes: what follows the sizes is written by their letters."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

_TOKEN = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?|[^\W\d]\w*|\s+|.", re.DOTALL)

LARGE = 1000
"""Above it a factor beside a letter is a coincidence."""

LONG = 12
"""Characters of a decimal that may be a rounded fraction."""

_NUMBER = re.compile(r"\d")


def with_sizes(text: str, letters: Mapping[str, int]) -> str:
    """A text in which each letter for a size is its number."""
    return "".join(str(letters[part]) if part in letters else part for part in _TOKEN.findall(text))


def uses(lines: Sequence[str], word: str) -> bool:
    """Whether a word occurs in lines."""
    return any(word in _TOKEN.findall(line) for line in lines)


def without_numbers(text: str) -> str:
    """A text in which every number is the same."""
    return "".join("0" if _NUMBER.match(part) else part for part in _TOKEN.findall(text))


def lettered(texts: Sequence[str], choices: Sequence[Mapping[str, int]]) -> str | None:
    """One text from those at several sizes: numbers that follow the sizes are written by their letters.

    None where the texts differ in anything else, or no simple expression in the letters gives the numbers.
    """
    if len(set(texts)) == 1 and len(texts) == 1:
        return texts[0]
    rows = [_TOKEN.findall(text) for text in texts]
    if len({len(row) for row in rows}) != 1:
        return None
    made: list[str] = []
    for parts in zip(*rows, strict=True):
        if len(set(parts)) == 1:
            made.append(parts[0])
            continue
        if not all(_NUMBER.match(part) for part in parts):
            return None
        size = _size_text([_exact(part) for part in parts], choices)
        if size is None:
            return None
        made.append(size)
    return _without_brackets("".join(made))


def all_lettered(rows: Sequence[Sequence[str]], choices: Sequence[Mapping[str, int]]) -> list[str] | None:
    """The texts of several rows, each row at one choice of sizes, in letters; None where one has none."""
    if len({len(row) for row in rows}) != 1:
        return None
    made = [lettered(texts, choices) for texts in zip(*rows, strict=True)]
    return None if None in made else [text or "" for text in made]


def _size_text(values: Sequence[Fraction], choices: Sequence[Mapping[str, int]]) -> str | None:
    """The expression in letters that has these values: ``n``, ``2*n``, ``n - 1``, ``n*m``, ``n/2``, ``2/n``."""
    for word, sizes in _simple(choices):
        for power in (1, -1):
            ratios = {value / size**power for value, size in zip(values, sizes, strict=True)}
            ratio = ratios.pop()
            if ratios or max(ratio.numerator, ratio.denominator) >= LARGE:
                continue
            if power < 0:
                return f"({ratio.numerator}/{word if ratio.denominator == 1 else f'({ratio.denominator}*{word})'})"
            above = word if ratio.numerator == 1 else f"{ratio.numerator}*{word}"
            whole = above if ratio.denominator == 1 else f"{above}/{ratio.denominator}"
            return whole if whole == word and "*" not in word else f"({whole})"
    return None


def _simple(choices: Sequence[Mapping[str, int]]) -> Iterator[tuple[str, list[Fraction]]]:
    """Simple expressions in letters, each with its value at each choice."""
    letters = list(choices[0])
    products = [(a, b) for place, a in enumerate(letters) for b in letters[place:]]
    for parts in [*((a,) for a in letters), *products]:
        word = "*".join(parts) if len(set(parts)) == len(parts) else f"{parts[0]}**2"
        sizes = [Fraction(math.prod(choice[part] for part in parts)) for choice in choices]
        for more, shown in ((0, word), (-1, f"({word} - 1)"), (1, f"({word} + 1)")):
            if len(parts) == 1 or more < 1:
                yield shown, [size + more for size in sizes]


def _exact(text: str) -> Fraction:
    """A number in a text; a long decimal is the fraction that it rounds."""
    if len(text) < LONG:
        return Fraction(text)
    near = Fraction(float(text)).limit_denominator(10**5)
    return near if abs(float(near) - float(text)) <= 1e-15 * abs(float(text)) else Fraction(text)


def _without_brackets(text: str) -> str:
    """``eye((n - 1))`` as ``eye(n - 1)``."""
    return re.sub(r"(?<=\()\(([\w\s*+-]+)\)(?=[,)])", r"\1", text)
