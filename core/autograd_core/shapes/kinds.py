"""Kinds of inputs: sizes in letters or numbers, given or inferred, and the expression as it is read for them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, UsageError
from autograd_core.expr.parser import read
from autograd_core.expr.reader import interpret
from autograd_core.expr.reader.notation import LIBRARIES
from autograd_core.expr.reader.reading import Note, Wanted
from autograd_core.limits import MAX_ORDER
from autograd_core.shapes.inference import Inference, is_greek
from autograd_core.shapes.sizes import (
    PRIMES,
    Size,
    SizedText,
    Sizes,
    is_code,
    lettered,
    letters_of,
    numbers_for,
    sizes_text,
)

MOST_LETTERS = 3
"""Letters of a word that may be a product of as many names."""

_TRANSPOSED = re.compile(r"\^\s*\{?\s*\\?(?:T|top)\b|\^\s*T\(")
"""What makes a text mathematics, also where it could be read as code: ``^T``."""

_RUN = re.compile(r"(?<![\w\\])[A-Z][a-z](?= +(?:[A-Za-z](?![A-Za-z])|\())")
_PRODUCT = re.compile(r"(?<![*@/\w.])\s*\b([A-Z](?:[a-zα-ω]|[A-Z]{1,2})|[α-ω][A-Za-z])\b(?!\s*[*@/.(\[=\w])")
"""A capital letter and another one or two that are no factor: a product, ``Wx`` or ``AXB``, or a name."""

_LIBRARY = re.compile(r"(?<![\w.])(\w+)\.(?=[a-z]\w*\()")
"""What stands before a function as a library does: ``F.relu(``."""

_SUMMED = re.compile(r"(?:\\|(?<!\w))(?:sum|prod)_|[∑∏Σ]_")
_INDEXED = re.compile(r"_[i-n]{1,2}$")
"""Names under a sum over indices: ``x_i`` is an entry, or a row, of x."""

_FILLED = re.compile(r"(?<![\w.])(?:eye|ones|zeros)\(([\w\s,]+)\)")
"""An array of a given size: names in its brackets are sizes."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kind of each input, and which were inferred; ``text`` is the expression in the language, sizes in letters.

    ``inferred`` holds why a kind is not the usual one, or an empty text. ``order`` is that of the derivative that the
    text asks for, ``by`` the names for each turn where it says so.
    """

    sizes: Mapping[str, Sizes]
    inferred: Mapping[str, str]
    text: str
    result: Sizes
    notes: tuple[Note, ...]
    order: int = 1
    by: Sequence[str] = ()

    @property
    def letters(self) -> tuple[str, ...]:
        """The sizes that are letters, in the order in which they first occur."""
        return letters_of(self.sizes.values())


def find_kinds(typed: str, given: Mapping[str, Sizes], syntax: str) -> Kinds:
    """The kind of every input of an expression; numbers in it may be sizes.

    Raises UsageError where several kinds fit, or none does, where a letter is a name too, and the errors of reading
    where everything is given.
    """
    names = names_in(typed, given, syntax)
    sizes = {name: given[name] for name in names if name in given}
    _refuse_names(typed, names, sizes)
    text = SizedText(typed, syntax, _sizes_in(typed, given))
    unknown = [name for name in names if name not in sizes]
    if not unknown:
        return _kinds(text, sizes, syntax, {})
    search = Inference(text, sizes, unknown)
    fits = search.run()
    if len(fits) == 1:
        return _kinds(text, fits[0].sizes, fits[0].syntax, {name: search.reasons.get(name, "") for name in unknown})
    if fits:
        ways = [{name: sizes_text(each.sizes[name]) for name in unknown} for each in fits[:3]]
        listed = " or ".join(", ".join(f"{name} {sizes}" for name, sizes in way.items()) for way in ways)
        raise UsageError(
            f"several kinds of {', '.join(unknown)} fit: {listed}",
            code="AG605",
            why="a kind is inferred only where one fits",
            retry=ways[0],
        )
    raise UsageError(
        f"no kinds of {', '.join(unknown)} were found that fit",
        code="AG605",
        why=search.error.message if search.error is not None else None,
        retry={name: "n,n" if name[:1].isupper() else "n" for name in unknown},
    )


def _refuse_names(typed: str, names: Sequence[str], given: Mapping[str, Sizes]) -> None:
    """Raises UsageError where a letter is a size and a name."""
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


def _kinds(text: SizedText, sizes: Mapping[str, Sizes], syntax: str, inferred: Mapping[str, str]) -> Kinds:
    """The kinds with what the expression is read as, and the result's sizes in letters."""
    choices = [numbers_for(letters_of(sizes.values()), choice) for choice in PRIMES[:2]]
    known: dict[int, Size] = {number: letter for letter, number in choices[0].items()}
    try:
        readings = [text.read(sizes, choice, syntax) for choice in choices]
    except AutogradError as error:  # the numbers in it are no words of the user's
        for said in ("message", "why", "hint"):
            words = getattr(error, said) or ""
            setattr(
                error, said, re.sub(r"\d+", lambda number: str(known.get(int(number[0]), number[0])), words) or None
            )
        raise
    lengths = zip(*(program.result.shape for _, program in readings), strict=True)
    shape = tuple(
        n[0] if n[0] == n[1] else (lettered([*map(str, n)], choices) or str(n[0])).strip("()") for n in lengths
    )
    shown = lettered([reading.text for reading, _ in readings], choices)
    (first, built), (_, other) = readings
    pairs = zip(built.notes, other.notes, strict=False)
    notes = [Note(code, lettered([words, again], choices) or words) for (code, words), (_, again) in pairs]
    return Kinds(sizes, inferred, shown or first.text, shape, (*first.notes, *notes), first.order, first.by)


def _sizes_in(typed: str, given: Mapping[str, Sizes]) -> list[str]:
    """The letters that are sizes in an expression: those of given sizes, and those of ``eye(n)``."""
    filled = (word for inner in _FILLED.findall(typed) for word in re.findall(r"[^\W\d]\w*", inner))
    return [word for word in dict.fromkeys([*letters_of(given.values()), *filled]) if word not in given]


def _of_one_capital(typed: str, given: Collection[str]) -> list[str]:
    """Names such as Wq, Wk and Wv, each before what it multiplies, where no W stands alone: no products of letters."""
    runs = dict.fromkeys(_RUN.findall(typed))
    words = re.findall(r"[^\W\d_]+", typed)
    return [
        run
        for run in runs
        if run not in given
        and run[0] not in given
        and sum(other[0] == run[0] for other in runs) > 1
        and all(word in runs for word in words if run[0] in word)
    ]


def _two_columns(typed: str, names: Sequence[str], syntax: str) -> bool:
    """Whether two columns are multiplied by entry where capital letters are matrices and small ones vectors."""
    shapes = {name: (29,) * (1 + name[0].isupper()) for name in names}
    try:
        reading = interpret(typed, shapes, syntax=syntax, wanted=Wanted(anything=True))
    except AutogradError:
        return False
    return any(note.code == "AG416" for note in reading.notes)


def names_in(typed: str, given: Mapping[str, Sizes], syntax: str, words: Collection[str] = ()) -> tuple[str, ...]:
    """The inputs of an expression, also of one that is not in the language; ``words`` are no products of letters."""
    sizes = _sizes_in(typed, given)
    hidden = [name for name in given if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", typed)]
    if syntax != "math" and not _TRANSPOSED.search(typed):
        try:
            found = read(typed).variables
            products = () if is_code(typed) else {*_PRODUCT.findall(typed)} & {*found} - {*given}
            libraries = {*_LIBRARY.findall(typed)} & LIBRARIES & {*found} - {*given}
            if not (products or libraries or {"eye", "vector", "matrix", "E", "Pi"} & {*found} - {*given}):
                return tuple(dict.fromkeys(name for name in (*found, *hidden) if name not in sizes))
        except AutogradError:
            pass
    names = [*given, *words, *_of_one_capital(typed, given)]
    wanted = Wanted(anything=True, orders=range(1, MAX_ORDER + 1))
    for _ in range(20):
        shapes = {name: (29,) * max(1, len(given.get(name, "n"))) for name in [*names, *sizes]}
        try:
            missing = list(interpret(typed, shapes, syntax=syntax, wanted=wanted).source.variables)
            unused = [name for name in given if name not in missing and name not in typed]
        except AutogradError as error:
            missing = list(error.retry) if error.code == "AG605" else []
            unused = [name for name in given if name not in typed and not is_greek(name)]
        names = [name for name in names if name not in unused]
        missing = [_INDEXED.sub("", word) if _SUMMED.search(typed) else word for word in missing]
        # a word of mathematics may be a product of its letters: Ax is A and x, theta is one name
        letters = [
            [*word] if word.isalpha() and 1 < len(word) <= MOST_LETTERS and not is_greek(word) else [word]
            for word in missing
            if word not in names
        ]
        new = [name for word in letters for name in word if name not in names]
        if not new:
            break
        names += dict.fromkeys(new)
    runs = [run for run in dict.fromkeys(_RUN.findall(typed)) if run not in names]
    if runs and _two_columns(typed, names, syntax):  # W, q and x of Wq x, where Wq can be a matrix
        whole = names_in(typed, given, syntax, runs)
        if {*runs} <= {*whole} and not _two_columns(typed, whole, syntax):
            return whole
    return tuple(name for name in names if name not in sizes)
