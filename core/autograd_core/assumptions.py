"""What is assumed of an input: ``A symmetric``, ``x > 0``, ``sum(y) == 1``. Read, tested, and made true of numbers."""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.errors import ExpressionError, ShapeError, UsageError
from autograd_core.number_text import exact_text
from autograd_core.report import shape_text

Array = npt.NDArray[Any]
Holds = Callable[[Array, float], bool]
Make: TypeAlias = "Callable[[Array, float, np.random.Generator], Array]"  # importing numpy.random takes 10 ms

NEAR = 1e-8
"""Relative rounding that numbers may have and still satisfy an assumption."""

ROUNDS = 30
"""How often several assumptions about one input are made true in turn until all of them hold."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A property of an array: whether it ``holds``, how it is made so, and what it ``implies``.

    ``square`` says that it is one of square matrices.
    """

    holds: Holds
    make: Make
    implies: tuple[str, ...] = ()
    square: bool = True


def _transposed(x: Array) -> Array:
    return np.swapaxes(x, -1, -2)


def _near(x: Array, y: Any) -> bool:
    scale = float(np.abs(y).max(initial=0)) + float(np.abs(x).max(initial=0))
    return bool((np.abs(x - y) <= NEAR * scale).all())


def _symmetric(x: Array, _: float = 0.0) -> bool:
    return _near(x, _transposed(x))


def _invertible(x: Array, _: float) -> bool:
    return bool((np.linalg.svd(x, compute_uv=False)[..., -1] > NEAR * np.abs(x).max(initial=0)).all())


def _gram(x: Array) -> Array:
    return np.asarray(x @ _transposed(x) / x.shape[-1])


def _with_sum(x: Array, number: float, _: np.random.Generator) -> Array:
    """The entries scaled to the sum, or moved where the scale would be large or negative."""
    total = float(x.sum())
    if number > 0 and total > 0.1 * number:
        return np.asarray(x * (number / total))
    return np.asarray(x + (number - total) / max(x.size, 1))


def _with_row_sums(x: Array, number: float, random: np.random.Generator) -> Array:
    return np.apply_along_axis(_with_sum, -1, x, number, random) if x.size else x


def _with_norm(x: Array, number: float, random: np.random.Generator) -> Array:
    x = x if np.any(x) else random.standard_normal(x.shape)
    return np.asarray(x * (number / float(np.linalg.norm(x.ravel()))))


def _compared(holds: Callable[[Array, float], Any], make: Make) -> Kind:
    """A comparison of every entry with a number."""
    return Kind(lambda x, c: bool(holds(x, c).all()), make, square=False)


KINDS: dict[str, Kind] = {
    "symmetric": Kind(_symmetric, lambda x, *_: (x + _transposed(x)) / 2),
    "antisymmetric": Kind(lambda x, _: _near(x, -_transposed(x)), lambda x, *_: (x - _transposed(x)) / 2),
    "diagonal": Kind(
        lambda x, _: _near(x, x * np.eye(x.shape[-1])), lambda x, *_: x * np.eye(x.shape[-1]), ("symmetric",)
    ),
    "positive definite": Kind(
        lambda x, _: _symmetric(x) and bool((np.linalg.eigvalsh(x) > 0).all()),
        lambda x, _, random: _gram(x) + (0.5 + random.random()) * np.eye(x.shape[-1]),
        ("symmetric", "invertible"),
    ),
    "positive semidefinite": Kind(
        lambda x, _: _symmetric(x) and bool((np.linalg.eigvalsh(x) >= -NEAR * np.abs(x).max(initial=0)).all()),
        lambda x, *_: _gram(x),
        ("symmetric",),
    ),
    "orthogonal": Kind(
        lambda x, _: _near(_transposed(x) @ x, np.broadcast_to(np.eye(x.shape[-1]), x.shape)),
        lambda x, _, random: (
            np.linalg.qr(x + 1e-3 * np.eye(x.shape[-1]))[0] * random.choice([-1.0, 1.0], x.shape[-1])
        ),  # rotations and reflections
        ("invertible",),
    ),
    "invertible": Kind(
        _invertible, lambda x, _, random: x if _invertible(x, 0) else x + (1 + random.random()) * np.eye(x.shape[-1])
    ),
    ">": _compared(operator.gt, lambda x, c, _: c + np.abs(x - c) + (x == c)),
    ">=": _compared(operator.ge, lambda x, c, _: c + np.abs(x - c)),
    "<": _compared(operator.lt, lambda x, c, _: c - np.abs(x - c) - (x == c)),
    "<=": _compared(operator.le, lambda x, c, _: c - np.abs(x - c)),
    "!=": _compared(operator.ne, lambda x, c, random: np.where(x == c, c + random.uniform(0.5, 1.5, x.shape), x)),
    "sum": Kind(lambda x, c: _near(np.asarray(x.sum()), c), _with_sum, square=False),
    "row sums": Kind(lambda x, c: _near(x.sum(axis=-1), c), _with_row_sums, square=False),
    "abs": _compared(
        lambda x, c: np.abs(np.abs(x) - c) <= NEAR * abs(c),
        lambda x, c, random: np.copysign(c, np.where(x == 0, random.choice([-1.0, 1.0], x.shape), x)),
    ),
    "norm": Kind(lambda x, c: _near(np.asarray(np.linalg.norm(x.ravel())), c), _with_norm, square=False),
}
"""Every property that can be assumed."""

_PLAIN = tuple(kind for kind, each in KINDS.items() if each.square)
_MEASURES = {"sum": "sum({})", "row sums": "sum({}, axis=1)", "norm": "norm({})", "abs": "abs({})"}
_OTHER_WORDS = {
    **dict.fromkeys(("spd", "positive-definite", "pos def", "pd"), "positive definite"),
    **dict.fromkeys(("psd", "positive-semidefinite"), "positive semidefinite"),
    **dict.fromkeys(("skew-symmetric", "skew symmetric", "skew"), "antisymmetric"),
    **dict.fromkeys(("nonsingular", "non-singular", "regular"), "invertible"),
    **dict.fromkeys(("positive",), ">"),
    **dict.fromkeys(("nonnegative", "non-negative"), ">="),
    **dict.fromkeys(("negative",), "<"),
    **dict.fromkeys(("nonzero", "non-zero"), "!="),
}
# Text, not compiled: a start that assumes nothing needs none of them.
_NUMBER = r"(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)"
_ROWS = r"(?P<rows>,\s*(?:(?:axis|dim)\s*=\s*)?-?1\s*)"
_MEASURE = rf"(?i:(?P<kind>sum|norm|abs)\s*\(\s*(?P<name>\w+)\s*{_ROWS}?\)\s*={{1,2}}\s*{_NUMBER})"
_COMPARED = rf"(?i:(?P<names>[\w\s,]+?)\s*(?P<kind>>=|<=|!=|>|<)\s*{_NUMBER})"
_TRANSPOSED = r"(?P<name>\w+)\s*={1,2}\s*(?P<minus>-?)\s*(?P<other>\w+)\s*(?:\.T|\^T|')"
_PHRASE = r"(?i:(?P<names>\w+(?:\s*(?:,|\band\b)\s*\w+)*)\s+(?:is\s+|are\s+)?(?P<kind>[a-z][a-z -]*))"


@dataclass(frozen=True, slots=True, eq=True)
class Assumption:
    """One property of one input: a key of ``KINDS``, with the number it compares with, where it compares."""

    name: str
    kind: str
    number: float = 0.0

    @property
    def text(self) -> str:
        """The assumption as it can be typed again."""
        if self.kind in _PLAIN:
            return f"{self.name} {self.kind}"
        measured = _MEASURES.get(self.kind)
        left = f"{self.name} {self.kind}" if measured is None else f"{measured.format(self.name)} =="
        return f"{left} {exact_text(self.number)}"

    @property
    def phrase(self) -> str:
        """The assumption inside a sentence: ``A is symmetric``, ``x > 0``."""
        return f"{self.name} is {self.kind}" if self.kind in _PLAIN else self.text

    def fits(self, shape: Sequence[int]) -> bool:
        """Whether an array of this shape can have the property."""
        if self.kind == "row sums":
            return len(shape) in (1, 2)
        return not KINDS[self.kind].square or (len(shape) >= 2 and shape[-1] == shape[-2])

    def holds(self, array: Array) -> bool:
        """Whether an array has the property; False where it is not finite or has the wrong shape."""
        if not self.fits(array.shape) or not np.isfinite(array).all():
            return False
        return KINDS[self.kind].holds(array, self.number)

    def make(self, array: Array, random: np.random.Generator) -> Array:
        """An array that has the property, near the one given where there is one near."""
        return np.asarray(KINDS[self.kind].make(np.asarray(array, dtype=np.float64), self.number, random))

    def implies(self, kind: str) -> bool:
        """Whether an input of which this is assumed has the property ``kind``, a key of ``KINDS`` without a number."""
        return kind == self.kind or kind in KINDS[self.kind].implies


def read_assumption(text: str, names: Collection[str]) -> list[Assumption]:
    """The assumptions in one text, as ``A symmetric`` or ``x, y > 0``, about inputs among ``names``.

    Raises ExpressionError for what is no assumption, UsageError for a name that is no input.
    """
    words = unicodedata.normalize("NFKC", text).strip()
    if (match := re.fullmatch(_MEASURE, words)) and (match["rows"] is None or match["kind"].lower() == "sum"):
        kind = match["kind"].lower() if match["rows"] is None else "row sums"
        found = [(match["name"], kind, float(match["number"]))]
    elif match := re.fullmatch(_COMPARED, words):
        found = [(each, match["kind"], float(match["number"])) for each in _listed(match["names"])]
    elif (match := re.fullmatch(_TRANSPOSED, words)) and match["name"] == match["other"]:
        found = [(match["name"], "antisymmetric" if match["minus"] else "symmetric", 0.0)]
    elif (match := re.fullmatch(_PHRASE, words)) and (kind := _kind(match["kind"])):
        found = [(each, kind, 0.0) for each in _listed(match["names"])]
    else:
        raise ExpressionError(
            f"{text.strip()!r} is not an assumption that is known",
            code="AG601",
            span=(0, len(text)),
            text=text,
            why=f"an input can be assumed to be {', '.join(_PLAIN)}, or to satisfy x > 0, sum(x) == 1, "
            "sum(Y, axis=1) == 1, norm(x) == 1 or abs(y) == 1",
            hint="`assume A symmetric`",
        )
    for name, _, _ in found:
        if name not in names:
            known = ", ".join(sorted(names))
            raise UsageError(
                f"`assume {text.strip()}`: {name} is not an input", code="AG101", why=f"the inputs are {known}"
            )
    return [Assumption(*each) for each in found]


def read_assumptions(texts: Sequence[str], names: Collection[str]) -> tuple[Assumption, ...]:
    """Every assumption of several texts, each once.

    Raises what ``read_assumption`` raises.
    """
    return tuple(dict.fromkeys(each for text in texts for each in read_assumption(text, names)))


def assumed(texts: Sequence[str], values: Mapping[str, Array]) -> tuple[Assumption, ...]:
    """What is assumed of inputs, and true of the numbers given for them.

    Raises ExpressionError, ShapeError or UsageError where it cannot be read or is not true.
    """
    found = read_assumptions(texts, list(values))
    require(found, values)
    return found


def require(assumptions: Sequence[Assumption], values: Mapping[str, Array]) -> None:
    """Raise ShapeError or UsageError where the numbers given do not satisfy what is assumed of them."""
    for each in assumptions:
        array = np.asarray(values[each.name], dtype=np.float64)
        if not each.fits(array.shape):
            raise ShapeError(
                f"it is assumed that {each.phrase}, and {each.name} has shape {shape_text(array.shape)}"
                if each.kind == "row sums"
                else f"{each.name} is assumed to be {each.kind}, and has shape {shape_text(array.shape)}",
                code="AG301",
                why="only a matrix has rows" if each.kind == "row sums" else "only a square matrix can be",
            )
        if not each.holds(array):
            raise UsageError(
                f"the numbers given for {each.name} do not satisfy the assumption {each.text}",
                code="AG102",
                hint=f"give numbers of which it is true, or leave `assume {each.text}` out",
            )


def make_true(
    assumptions: Sequence[Assumption], values: Mapping[str, Array], random: np.random.Generator
) -> dict[str, Array] | None:
    """The numbers changed so that every assumption holds; None where that was not reached."""
    found = dict(values)
    for _ in range(ROUNDS):
        broken = [each for each in assumptions if each.name in found and not each.holds(found[each.name])]
        if not broken:
            return found
        for each in broken:
            if not each.fits(np.shape(found[each.name])):
                return None
            found[each.name] = each.make(found[each.name], random)
    return None


def _listed(names: str) -> list[str]:
    return [each for each in re.split(r"\s*,\s*|\s+and\s+", names.strip()) if each]


def _kind(words: str) -> str | None:
    plain = " ".join(words.lower().split())
    known = _OTHER_WORDS.get(plain, plain)
    return known if known in KINDS and known not in _MEASURES else None
