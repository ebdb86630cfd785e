"""How a text was read, and what the answer to it needs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, Span
from autograd_core.expr.build import parse
from autograd_core.expr.parser import Source
from autograd_core.expr.read_text import ReadText
from autograd_core.ops.spec import Shape

MATHEMATICS = re.compile(r"[\\{}|²³ᵀ√∑Σ‖⊙∘⊗·−⌊⌈]|\^\s*[({T-]|'|_(?:[a-z]|[i-l]{2})\b")
"""Signs that the language does not have."""

_LIBRARIES = (
    "np numpy torch jnp jax math nn F tf tnp scipy th functional keras K autograd anp mx Math sympy sp stats dist std "
    "optax Flux Losses cp ForwardDiff Zygote lax"
)
LIBRARIES = frozenset(_LIBRARIES.split())
"""Names of libraries and of parts of them, which stand before functions."""


@dataclass(frozen=True, slots=True)
class Note:
    """A warning about a reading: its code and sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text was read.

    ``text`` is in the language and ``source`` what was read of it; ``origin`` holds, for each of its characters, the
    place in ``typed``. ``values`` are texts of values that the text gives to names itself, ``seed`` that of the grad
    tensor. ``order`` is that of the derivative that the text asks for, ``by`` the names for each turn where it says
    so. ``counts`` are inputs that are read as numbers of terms, of factors or of an entry, and are no variables of
    ``text``.
    """

    typed: str
    text: str
    source: Source
    origin: Sequence[int] | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    seed: str | None = None
    notes: tuple[Note, ...] = ()
    order: int = 1
    by: Sequence[str] = ()
    counts: Sequence[str] = ()

    @property
    def expression(self) -> str:
        """The text in the language; where anything is to be said of it, with what was typed and the notes."""
        if self.read is None and not self.notes:
            return self.text
        return ReadText(self.text, self.typed, [(note.code, note.message) for note in self.notes])

    @property
    def read(self) -> str | None:
        """What was read, None where nothing was changed."""
        return None if self.origin is None else self.text

    def located(self, error: AutogradError) -> AutogradError:
        """The error, pointing into what was typed."""
        if self.origin is not None and error.text == self.text:
            error.text, error.read = self.typed, self.text
            error.span = None if error.span is None else self.place(error.span)
        return error

    def place(self, span: Span) -> Span:
        """The range of what was typed for a range of the text."""
        assert self.origin is not None
        if not self.origin or span == (0, len(self.text)):
            return 0, len(self.typed)
        places = self.origin[span[0] : max(span[1], span[0] + 1)] or self.origin[-1:]
        return min(places), max(places) + 1


@dataclass(slots=True)
class Wanted:
    """What the answer needs: the shapes of grad tensors, None for none; ``anything`` where every result will do.

    ``square`` is the number of rows of a square matrix that is wanted, 0 for none; ``orders`` are those of the
    derivatives that can be answered; ``kept`` are indices of the answer, which are not summed over.
    """

    seeds: Sequence[Shape] = ()
    anything: bool = False
    square: int = 0
    orders: Sequence[int] = (1,)
    kept: str = ""

    def fits(self, shape: Shape) -> bool:
        """Whether a result of this shape can be answered."""
        if self.anything or math.prod(shape) == 1:
            return True
        return bool(self.seeds) and all(seed in ((), shape) for seed in self.seeds)


def shape_of(value: Any) -> Shape:
    """The shape of an array, or the shape that stands for one."""
    return value if isinstance(value, tuple) else np.shape(value)


def whole_number(value: Any) -> int | None:
    """The number that an array is, where it is a single whole one: a size, or the number of terms of a sum."""
    if isinstance(value, tuple) or np.shape(value) != () or not abs(float(value)) < MOST_WHOLE:
        return None
    return int(value) if float(value).is_integer() else None


MOST_WHOLE = 1_000_000

ValueOf = Callable[[str, str], Any]


@dataclass(frozen=True, slots=True)
class Task:
    """A text to read; ``inputs`` gives an array or a shape by name.

    ``value_of(name, text)`` makes an array of a value that the text gives itself; ``places`` are the names that it
    gives one by ``at x = 2``. ``written_out`` says that what only a program of Python has was written out already,
    ``asked`` how often what asks a question was taken off.
    """

    typed: str
    inputs: Mapping[str, Any]
    syntax: str
    wanted: Wanted
    value_of: ValueOf | None
    places: Collection[str] = ()
    written_out: bool = False
    asked: int = 0

    def shape(self, reading: Reading) -> Shape:
        """The shape of the result of a reading."""
        return parse(reading.source, self.inputs).result.shape
