"""Sizes of inputs, as letters or numbers, and the numbers that stand for the letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from autograd_core.errors import UsageError
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


def sizes_text(sizes: Sizes, scalar: str = "scalar") -> str:
    """Sizes as they are typed."""
    return ",".join(map(str, sizes)) if sizes else scalar


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
