"""Kinds of inputs: sizes in letters or numbers, and those that follow from an expression where only one fits.

A kind that is not given is looked for from the most general on: every axis a size of its own, then fewer and fewer
sizes. The convention of mathematics comes first: capital letters are matrices, small ones vectors, Greek ones numbers;
where everything is done entry by entry, small letters are numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, ShapeError, UsageError
from autograd_core.expr.build import parse
from autograd_core.expr.nodes import Call, Expr, topological
from autograd_core.expr.parser import read
from autograd_core.expr.reader import interpret
from autograd_core.expr.reader.reading import Wanted
from autograd_core.ops.registry import op
from autograd_core.ops.spec import Shape
from autograd_core.shapes.letters import lettered

Size = str | int
Sizes = tuple[Size, ...]
Reads = Callable[[Mapping[str, Shape]], tuple[str, Expr]]
"""Reads the expression for shapes: its text and what it is."""

PRIMES = (
    (29, 37, 41, 43, 53, 59, 61, 67),
    (31, 43, 37, 47, 59, 53, 71, 61),
    (47, 31, 59, 37, 43, 61, 53, 73),
    (61, 47, 37, 31, 29, 53, 43, 41),
    (73, 53, 41, 29, 31, 37, 47, 59),
)
"""Sizes for letters, in several choices: none divides another, and no size is near twice another."""

SMALL = ((2, 3, 4, 5, 6, 7, 8, 9), (4, 3, 2, 5, 6, 7, 8, 9))
"""Sizes for letters where SymPy works out every entry, in two choices."""

MAX_AXES = 16
"""Axes without a size for which sizes are looked for."""

MAX_SEARCHED = 5
"""Axes for which every way is tried; with more the errors of reading lead to one."""

MAX_READS = 60
"""Ways that are tried where the errors lead."""

_TRANSPOSED = re.compile(r"\^\s*\{?\s*\\?(?:T|top)\b|\^\s*T\(")
"""What makes a text mathematics, also where it could be read as code: ``^T``."""

MOST_LETTERS = 3
"""Letters of a word that may be a product of as many names."""

_GREEK = re.compile(
    r"""alpha|beta|gamma|delta|eps(ilon)?|zeta|eta|theta|kappa|lam(bda)?|mu|nu|xi|rho|sigma|tau|phi|chi|psi|omega
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SCALAR = frozenset(("", "()", "scalar", "number"))
_SIZE = re.compile(r"[^\W\d]\w*|[1-9]\d*")


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kind of each input, and which were inferred; ``text`` is the expression in the language, sizes in letters."""

    sizes: Mapping[str, Sizes]
    inferred: tuple[str, ...]
    text: str
    result: Sizes

    @property
    def letters(self) -> tuple[str, ...]:
        """The sizes that are letters, in the order in which they first occur."""
        return tuple(dict.fromkeys(size for sizes in self.sizes.values() for size in sizes if isinstance(size, str)))


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


def shapes_of(sizes: Mapping[str, Sizes], letters: Mapping[str, int]) -> dict[str, Shape]:
    """The shapes where each letter has a size."""
    return {name: tuple(letters.get(s, 0) if isinstance(s, str) else s for s in each) for name, each in sizes.items()}


def find_kinds(names: Sequence[str], given: Mapping[str, Sizes], reads: Reads, typed: str = "") -> Kinds:
    """The kind of every input, for the expression ``typed`` that ``reads`` reads; numbers in it may be sizes.

    Raises UsageError where several kinds fit, or none does, where a letter is a name too, and the errors of ``reads``
    where everything is given.
    """
    numbers = tuple(sorted({int(n) for n in re.findall(r"(?<![\w.])[2-9](?![\w.])", typed)}))
    taken = {*names, *re.findall(r"([^\W\d]\w*)\s*=(?!=)", typed)}
    for name, own in given.items():
        if both := taken.intersection(map(str, own)):
            letter = min(both)
            raise UsageError(
                f"{letter} is a size of {name} and a name in the expression",
                code="AG102",
                why="one letter has one meaning in a formula",
                hint=f"--{name} {','.join(s.upper() if s == letter else s for s in map(str, own))}",
            )
    unknown = [name for name in names if name not in given]
    if not unknown:
        return _kinds(given, (), reads)

    def inferring(shapes: Mapping[str, Shape]) -> tuple[str, Expr]:
        text, result = reads(shapes)
        for node in topological([result]):
            if node.op is op.trace and len({*node.operands[0].shape}) > 1:
                rows, columns = node.operands[0].shape
                raise ShapeError(f"the trace is of a square matrix: {rows} rows, {columns} columns", code="AG301")
        return text, result

    error: AutogradError | None = None
    for ranks, fixed in [*((r, ()) for r in _ranks(unknown)), *((r, numbers) for r in _ranks(unknown) if numbers)]:
        fits: list[dict[str, Sizes]] = []
        few = sum(ranks) <= MAX_SEARCHED
        known, fresh = _letters_for(given, fixed, taken)
        for sizes in (
            _general(given, unknown, ranks, known, fresh)
            if few
            else _led(given, unknown, ranks, known, fresh, inferring)
        ):
            if fits and _letters(sizes) < _letters(fits[0]):
                break
            try:
                _, result = inferring(shapes_of(sizes, _numbers(sizes, 0)))
            except AutogradError as problem:
                error = error or problem
                continue
            if entrywise(result) and any(ranks) and not given and _scalars_first(unknown):
                fits = []
                break
            fits.append(sizes)
        if len(fits) == 1:
            return _kinds(fits[0], tuple(unknown), reads)
        if fits:
            raise _several(unknown, fits)
    raise UsageError(
        f"no kinds of {', '.join(unknown)} were found that fit",
        code="AG605",
        why=error.message if error is not None else None,
        retry=tuple(word for name in unknown for word in (f"--{name}", "n,n" if name[:1].isupper() else "n")),
    )


def _kinds(sizes: Mapping[str, Sizes], inferred: tuple[str, ...], reads: Reads) -> Kinds:
    """The kinds with what the expression is read as, and the result's sizes in letters."""
    numbers = _numbers(sizes, 0)
    text, result = reads(shapes_of(sizes, numbers))
    choices = [numbers, _numbers(sizes, 1)]
    text = lettered([text, reads(shapes_of(sizes, choices[1]))[0]], choices) or text
    known = {value: letter for letter, value in numbers.items()}
    return Kinds(sizes, inferred, text, tuple(known.get(n, n) for n in result.shape))


def _numbers(sizes: Mapping[str, Sizes], choice: int) -> dict[str, int]:
    letters = dict.fromkeys(s for each in sizes.values() for s in each if isinstance(s, str))
    if len(letters) > len(PRIMES[0]):
        raise UsageError(f"{len(letters)} letters for sizes are too many: the limit is {len(PRIMES[0])}", code="AG801")
    return dict(zip(letters, PRIMES[choice], strict=False))


def numbers_for(kinds: Kinds, choice: Sequence[int]) -> dict[str, int]:
    """A size for each letter."""
    return dict(zip(kinds.letters, choice, strict=False))


def is_greek(name: str) -> bool:
    """Whether a name is a Greek letter, by its sign or by its name."""
    return bool(_GREEK.fullmatch(name)) or unicodedata.name(name[0], "").startswith("GREEK")


def _scalars_first(names: Sequence[str]) -> bool:
    return all(not name[:1].isupper() for name in names)


def _ranks(names: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """How many axes each input may have, the usual first."""
    choices = []
    for name in names:
        if is_greek(name):
            choices.append((0, 1, 2))
        else:
            choices.append((2, 1, 0) if name[:1].isupper() else (1, 0, 2))
    usual = sorted(product(*[range(3)] * len(names)), key=lambda places: (sum(places), places))
    for places in usual[:200]:
        ranks = tuple(choice[place] for choice, place in zip(choices, places, strict=True))
        if sum(ranks) <= MAX_AXES:
            yield ranks


def _general(
    given: Mapping[str, Sizes],
    unknown: Sequence[str],
    ranks: Sequence[int],
    known: Sequence[Size],
    fresh: Sequence[str],
) -> Iterator[dict[str, Sizes]]:
    """Sizes for every axis without one, from all different to all alike."""
    ways = sorted(_partitions(sum(ranks), len(known), len(fresh)), key=lambda way: -len(set(way)))
    for way in ways:
        names: list[Size] = [known[i] if i < len(known) else fresh[i - len(known)] for i in way]
        yield {**given, **_laid(unknown, ranks, names)}


def _led(
    given: Mapping[str, Sizes],
    unknown: Sequence[str],
    ranks: Sequence[int],
    known: Sequence[Size],
    fresh: Sequence[str],
    reads: Reads,
) -> Iterator[dict[str, Sizes]]:
    """The sizes to which the errors of reading lead: of two that do not fit the second becomes the first."""
    numbers = [size for size in known if isinstance(size, int)]
    stand = {letter: 100 + place for place, letter in enumerate(known) if isinstance(letter, str)}
    first = 100 + len(known)
    stack: list[tuple[int, ...]] = [tuple(range(first, first + sum(ranks)))]
    tried: set[tuple[int, ...]] = set()
    while stack and len(tried) < MAX_READS:
        way = stack.pop()
        if way in tried:
            continue
        tried.add(way)
        shapes = shapes_of({**given, **_laid(unknown, ranks, way)}, stand)
        try:
            reads(shapes)
        except AutogradError as error:
            bare = re.sub(r"\([\d,]+\)", "", error.message)
            met = [int(n) for text in (error.message, bare) for n in re.findall(r"\d+", text)]
            sizes = list(dict.fromkeys(n for n in reversed(met) if n >= 100 or n in numbers))
            pairs = list(combinations(sizes, 2))  # the two that a message names last are those that do not fit
            for a, b in reversed(pairs):
                keep, gone = min(a, b), max(a, b)
                if gone >= first:
                    stack.append(tuple([keep if n == gone else n for n in way]))
            continue
        names = {number: letter for letter, number in stand.items()}
        free = iter(fresh)
        letters: dict[int, Size] = {
            n: n if n in numbers else names.get(n) or next(free, "") for n in dict.fromkeys(way)
        }
        if "" not in letters.values():
            yield {**given, **_laid(unknown, ranks, [letters[n] for n in way])}
        return


def _letters_for(
    given: Mapping[str, Sizes], numbers: Sequence[int], taken: Collection[str]
) -> tuple[list[Size], list[str]]:
    """The sizes that are there, and letters for new ones."""
    known: list[Size] = [*dict.fromkeys(s for each in given.values() for s in each if isinstance(s, str)), *numbers]
    return known, [letter for letter in "nmkpqrstdhl" if letter not in known and letter not in taken][:8]


def _laid(unknown: Sequence[str], ranks: Sequence[int], sizes: Sequence[Any]) -> dict[str, Any]:
    """Sizes one after the other, for the axes of each input."""
    places = [sum(ranks[:turn]) for turn in range(len(ranks) + 1)]
    return {name: tuple(sizes[a:b]) for name, a, b in zip(unknown, places, places[1:], strict=False)}


def _partitions(axes: int, known: int, fresh: int) -> Iterator[tuple[int, ...]]:
    """Every way to give each axis one of the known sizes or a new one; new ones are numbered as they come."""
    if axes == 0:
        yield ()
        return
    for before in _partitions(axes - 1, known, fresh):
        new = max([known - 1, *before]) + 1
        for size in range(min(new + 1, known + fresh)):
            yield (*before, size)


def _letters(sizes: Mapping[str, Sizes]) -> int:
    return len({s for each in sizes.values() for s in each if isinstance(s, str)})


def _several(unknown: Sequence[str], fits: Sequence[Mapping[str, Sizes]]) -> UsageError:
    ways = [" ".join(f"--{name} {sizes_text(each[name], 'scalar')}" for name in unknown) for each in fits[:3]]
    return UsageError(
        f"several kinds of {', '.join(unknown)} fit: {' or '.join(ways)}",
        code="AG605",
        why="a kind is inferred only where one fits",
        retry=tuple(ways[0].split()),
    )


def sizes_text(sizes: Sizes, scalar: str = "scalar") -> str:
    """Sizes as they are typed."""
    return ",".join(map(str, sizes)) if sizes else scalar


def entrywise(result: Expr) -> bool:
    """Whether every operation of an expression acts entry by entry."""
    return all(node.op.elementwise for node in topological([result]) if isinstance(node, Call))


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


def names_in(typed: str, given: Mapping[str, Sizes], syntax: str) -> tuple[str, ...]:
    """The inputs of an expression, also of one that is not in the language."""
    if syntax != "math" and not _TRANSPOSED.search(typed):
        try:
            found = read(typed).variables
            if not {"eye", "vector"} & {*found} - {*given}:
                return found
        except AutogradError:
            pass
    names = list(given)
    for _ in range(20):
        shapes = {name: (29,) * max(1, len(given.get(name, "n"))) for name in names}
        try:
            missing = list(interpret(typed, shapes, syntax=syntax, wanted=Wanted(anything=True)).source.variables)
        except AutogradError as error:
            missing = [word[2:] for word in error.retry[::2] if word.startswith("--")] if error.code == "AG605" else []
        new = [name for word in missing if word not in names for name in _letters_of(word) if name not in names]
        if not new:
            break
        names += dict.fromkeys(new)
    return tuple(names)


def _letters_of(word: str) -> Sequence[str]:
    """The names that a word of mathematics is made of: ``Ax`` is A and x, ``theta`` is one."""
    return list(word) if word.isalpha() and 1 < len(word) <= MOST_LETTERS and not is_greek(word) else [word]


def reader_of(typed: str, syntax: str) -> Reads:
    """Reads an expression for shapes, as the language where it is in it."""

    def reads(shapes: Mapping[str, Shape]) -> tuple[str, Expr]:
        reading = interpret(typed, shapes, syntax=syntax, wanted=Wanted(anything=True))
        return reading.text, parse(reading.source, shapes).result

    return reads
