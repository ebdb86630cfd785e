"""Sizes of inputs, as letters or numbers, the numbers that stand for the letters, and texts with letters for them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import combinations

import numpy as np

from autograd_core.errors import AutogradError, UsageError
from autograd_core.expr.build import Program, parse
from autograd_core.expr.parser import read
from autograd_core.expr.reader import Reading, interpret
from autograd_core.expr.reader.reading import Wanted
from autograd_core.limits import MAX_ORDER
from autograd_core.ops.spec import Shape

Size = str | int
Sizes = tuple[Size, ...]

PRIMES = (
    (29, 37, 41, 43, 53, 59, 61, 67),
    (31, 43, 37, 47, 59, 53, 71, 61),
    (47, 31, 59, 37, 43, 61, 53, 73),
    (61, 47, 37, 31, 29, 53, 43, 41),
    (73, 53, 41, 29, 31, 37, 47, 59),
    (37, 41, 53, 59, 61, 67, 71, 73),
)
"""Sizes for letters, in several choices: none divides another, and no size is near twice another."""

SMALL = ((2, 3, 4, 5, 6, 7, 8, 9), (4, 3, 2, 5, 6, 7, 8, 9))
"""Sizes for letters where SymPy works out every entry, in two choices."""

_SCALAR = frozenset(("", "()", "scalar", "number"))
_SIZE = re.compile(r"[^\W\d]\w*|[1-9]\d*")


_TOKEN = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?|[^\W\d]\w*|\s+|.", re.DOTALL)

LARGE = 1000
"""Above it a factor beside a letter is a coincidence."""

LONG = 12
"""Characters of a decimal that may be a rounded fraction."""

MOST_APART = 10
"""Numbers below it are added to a letter, or taken from it."""

_NUMBER = re.compile(r"\d")


def read_sizes(name: str, text: str) -> Sizes:
    """The sizes in ``n,n``, ``3``, ``n,1`` or ``scalar``.

    Raises UsageError for anything else.
    """
    words = unicodedata.normalize("NFKC", text).strip()
    if words.lower() in _SCALAR:
        return ()
    parts = [part.strip() for part in words.removeprefix("(").removesuffix(")").split(",")]
    parts = parts[:-1] if len(parts) > 1 and not parts[-1] else parts
    if not all(_SIZE.fullmatch(part) for part in parts):
        raise UsageError(
            f"--{name} {text}: these are no sizes",
            code="AG102",
            why="a size is a letter or a number: n is a vector, m,n a matrix, scalar a number",
            hint=f"--{name} n,n",
        )
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def sizes_text(sizes: Sizes) -> str:
    """Sizes as they are typed."""
    return ",".join(map(str, sizes)) or "scalar"


def letters_of(sizes: Iterable[Sizes]) -> tuple[str, ...]:
    """The sizes that are letters, in the order in which they first occur."""
    return tuple(dict.fromkeys(size for each in sizes for size in each if isinstance(size, str)))


def numbers_for(letters: Sequence[str], choice: Sequence[int]) -> dict[str, int]:
    """A number for each letter.

    Raises UsageError where there are more letters than numbers.
    """
    if len(letters) > len(choice):
        raise UsageError(f"{len(letters)} letters for sizes are too many: the limit is {len(choice)}", code="AG801")
    return dict(zip(letters, choice, strict=False))


def shapes_of(sizes: Mapping[str, Sizes], letters: Mapping[str, int]) -> dict[str, Shape]:
    """The shapes where each letter has a size."""
    return {name: tuple(letters.get(s, 0) if isinstance(s, str) else s for s in each) for name, each in sizes.items()}


def some_numbers(shape: Shape, random: np.random.Generator) -> np.ndarray:
    """Random numbers whose products stay near 1 for every size, and a square matrix that is well conditioned."""
    found = random.uniform(0.3, 0.9, shape)
    if len(shape) == 1:
        return np.asarray(found * 2 / np.sqrt(shape[0] or 1))
    if len(shape) >= 2:
        found = found * 2 / max(shape)
    if len(shape) == 2 and shape[0] == shape[1]:
        found = found + np.eye(shape[0]) * (1 + random.random())
    return np.asarray(found)


def with_sizes(text: str, letters: Mapping[str, int]) -> str:
    """A text in which each letter for a size is its number."""
    return "".join(str(letters[part]) if part in letters else part for part in words(text))


words = _TOKEN.findall
"""The names, numbers, spaces and signs of a text."""


def without_numbers(text: str) -> str:
    """A text in which every number is the same."""
    return "".join("0" if _NUMBER.match(part) else part for part in words(text))


def lettered(texts: Sequence[str], choices: Sequence[Mapping[str, int]]) -> str | None:
    """One text from those at several sizes: numbers that follow the sizes are written by their letters.

    None where the texts differ in anything else, or no simple expression in the letters gives the numbers.
    """
    if len(set(texts)) == 1 and len(texts) == 1:
        return texts[0]
    rows = [words(text) for text in texts]
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
        yield word, sizes
        for more in range(1, MOST_APART if len(parts) == 1 else 2):
            yield f"({word} - {more})", [size - more for size in sizes]
            if len(parts) == 1:
                yield f"({word} + {more})", [size + more for size in sizes]
    for a, b in combinations(letters, 2):
        yield f"({a} + {b})", [Fraction(choice[a] + choice[b]) for choice in choices]


def _exact(text: str) -> Fraction:
    """A number in a text; a long decimal is the fraction that it rounds."""
    if len(text) < LONG:
        return Fraction(text)
    near = Fraction(float(text)).limit_denominator(10**5)
    return near if abs(float(near) - float(text)) <= 1e-15 * abs(float(text)) else Fraction(text)


def _without_brackets(text: str) -> str:
    """``eye((n - 1))`` as ``eye(n - 1)``, and ``x[:(n - 1)]`` as ``x[:n - 1]``."""
    return re.sub(r"((?<=[(:])|(?<=, ))\(([\w\s*+-]+)\)(?=[],)])", r"\2", text)


_CODE = re.compile(r"\*\*|@|\.[a-z]\w*\(")
"""What says that a text is code, in which ``*`` is by entry."""


def is_code(typed: str) -> bool:
    """Whether a text is code, in which products have signs."""
    return _CODE.search(typed) is not None


class SizedText:
    """An expression as it was typed; ``letters`` are the sizes in it."""

    def __init__(self, typed: str, syntax: str, letters: Sequence[str] = ()) -> None:
        self.typed, self.syntax, self.letters = typed, syntax, letters

    @cached_property
    def plain(self) -> bool:
        """Whether it is in the language as it stands."""
        try:
            read(self.typed)
        except AutogradError:
            return False
        return self.syntax != "math"

    def read(self, sizes: Mapping[str, Sizes], numbers: Mapping[str, int], syntax: str) -> tuple[Reading, Program]:
        """What is read for inputs of these sizes, each letter with its number; raises the errors of reading."""
        shapes = shapes_of(sizes, numbers)
        text = with_sizes(self.typed, {letter: numbers[letter] for letter in self.letters if letter in numbers})
        reading = interpret(text, shapes, syntax=syntax, wanted=Wanted(anything=True, orders=range(1, MAX_ORDER + 1)))
        return reading, parse(reading.source, shapes)
