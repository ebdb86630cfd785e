"""One text from those at several sizes: what follows the sizes is written by their letters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product

_TOKEN = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?|[^\W\d]\w*|\s+|.", re.DOTALL)

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


def _size_text(values: Sequence[Fraction], choices: Sequence[Mapping[str, int]]) -> str | None:
    """The expression in letters that has these values: ``n``, ``2*n``, ``n - 1``, ``n*m``, ``n/2``."""
    letters = list(choices[0])
    shapes: list[tuple[str, Callable[[Mapping[str, int]], int]]] = []
    for a in letters:
        shapes.append((a, lambda c, a=a: c[a]))  # type: ignore[misc]
        shapes.append((f"({a} - 1)", lambda c, a=a: c[a] - 1))  # type: ignore[misc]
        shapes.append((f"({a} + 1)", lambda c, a=a: c[a] + 1))  # type: ignore[misc]
    for a, b in product(letters, letters):
        if letters.index(a) <= letters.index(b):
            word = f"{a}*{b}" if a != b else f"{a}**2"
            shapes.append((word, lambda c, a=a, b=b: c[a] * c[b]))  # type: ignore[misc]
            shapes.append((f"({word} - 1)", lambda c, a=a, b=b: c[a] * c[b] - 1))  # type: ignore[misc]
    for word, value in shapes:
        ratios = {v / value(c) for v, c in zip(values, choices, strict=True)}
        if len(ratios) == 1:
            ratio = ratios.pop()
            if ratio.numerator < 1000 and ratio.denominator < 1000:
                above = word if ratio.numerator == 1 else f"{ratio.numerator}*{word}"
                whole = above if ratio.denominator == 1 else f"{above}/{ratio.denominator}"
                return whole if whole == word and "*" not in word else f"({whole})"
        products = {v * value(c) for v, c in zip(values, choices, strict=True)}
        if len(products) == 1:
            ratio = products.pop()
            if ratio.numerator < 1000 and ratio.denominator < 1000:
                below = word if ratio.denominator == 1 else f"({ratio.denominator}*{word})"
                return f"({ratio.numerator}/{below})"
    return None


def _exact(text: str) -> Fraction:
    """A number in a text; a long decimal is the fraction that it rounds."""
    if len(text) < LONG:
        return Fraction(text)
    near = Fraction(float(text)).limit_denominator(10**5)
    return near if abs(float(near) - float(text)) <= 1e-15 * abs(float(text)) else Fraction(text)


def _without_brackets(text: str) -> str:
    """``eye((n - 1))`` as ``eye(n - 1)``."""
    return re.sub(r"(?<=\()\(([\w\s*+-]+)\)(?=[,)])", r"\1", text)
