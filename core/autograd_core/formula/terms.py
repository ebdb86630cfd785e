"""Terms: expressions in normal form, each kept once, so that equal terms are one object.

A term stands for an array up to broadcasting: where an expression has shape (4, 3) its term may have shape (3,) or ().
Only operations that are not elementwise need a term in its full shape; ``fill`` terms are made for them.
"""

from __future__ import annotations

import time
from collections.abc import Container, Iterable, Mapping
from fractions import Fraction
from typing import Any

from autograd_core.deadline import share
from autograd_core.errors import AutogradError
from autograd_core.expr.run import params_key
from autograd_core.formula.numbers import nearest_float
from autograd_core.ops.spec import OpSpec, Shape

Number = int | Fraction
"""Coefficients and exponents, which are exact."""

MAX_WORK = 400_000
"""Parts of terms that are built before a formula is given up."""

MAX_SECONDS = 2.0
"""Time after which the formulas still missing are given up: a safety net, the limit on work comes first."""


class TooLargeError(AutogradError):
    """The formula is not worth looking for any further; the message says why."""

    code = "AG802"


class Term:
    """A node in normal form.

    ``kind`` is one of: var, num (a Fraction), const (pi, e), array (what does not vary); sum (``data`` is the
    coefficients and the constant), prod (``data`` is the exponents); chain (matrix product), transpose, outer; reduce,
    expand (``data`` is axes counted from the end); fill; call (``data`` is the operation, ``params`` its static
    arguments). ``rank`` is the order of creation, ``size`` about the length of its text, of which ``own`` is not that
    of its parts.
    """

    __slots__ = ("args", "data", "kind", "params", "own", "rank", "shape", "size")

    def __init__(self, kind: str, args: tuple[Term, ...], data: Any, shape: Shape, rank: int, own: int) -> None:
        self.kind = kind
        self.args = args
        self.data = data
        self.shape = shape
        self.rank = rank
        self.own = own
        self.size: int = min(own + sum([a.size for a in args]), 10**9)
        self.params: Mapping[str, Any] = {}

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def value(self) -> Fraction | None:
        """The number, None for anything else."""
        return self.data if self.kind == "num" else None


class Table:
    """Makes terms and remembers them.

    ``lean`` says that largest entries may be taken to be single ones, ``careful`` that a condition may hide what is
    not finite; ``hidden`` are names that mean something else than the constant of that name. While ``forward`` is set
    terms come from the user's own expression, whose order of writing is kept. ``rows`` are matrix products that the
    user wrote with the vector first; ``assumed`` has what is assumed of inputs, by name and property, with the number
    that it compares with. ``meanings`` has what the user's names stand for; ``simple`` the terms that no rule
    shortens.
    """

    def __init__(
        self,
        lean: bool = False,
        careful: bool = False,
        deadline: float | None = None,
        hidden: Container[str] = (),
        assumed: Mapping[tuple[str, str], float] | None = None,
    ) -> None:
        self.lean = lean
        self.careful = careful
        self.deadline = time.process_time() + share(MAX_SECONDS) if deadline is None else deadline
        self.hidden = hidden
        self.assumed = assumed or {}
        self.known: dict[Any, Term] = {}
        self.symmetric: dict[Term, bool] = {}
        self.meanings: dict[Term, Term] = {}
        self.simple: set[Term] = set()
        self.work = 0
        self.forward = False
        self.rows: set[Term] = set()
        self.zero = self.num(0)
        self.one = self.num(1)

    def spend(self, work: int) -> None:
        """Count work; raises TooLargeError when there was too much of it."""
        self.work += work
        if self.work > MAX_WORK or time.process_time() > self.deadline:
            raise TooLargeError("the formula takes too long to simplify", code="AG802")

    def make(
        self,
        kind: str,
        args: tuple[Term, ...] = (),
        data: Any = None,
        shape: Shape = (),
        *,
        key: Any = None,
        size: int = 0,
    ) -> Term:
        """The term of these parts, made if it does not exist yet. ``key`` replaces ``data`` where that has no hash."""
        identity = (kind, tuple([a.rank for a in args]), data if key is None else key, shape)
        term = self.known.get(identity)
        if term is None:
            self.spend(len(args) + 1)
            term = self.known[identity] = Term(kind, args, data, shape, len(self.known), size)
        return term

    def num(self, value: Number) -> Term:
        """A number."""
        value = Fraction(value)
        return self.make("num", data=value, size=len(short(value)))

    def const(self, name: str) -> Term:
        """A constant with a name: pi, e."""
        return self.make("const", data=name, size=len(name))

    def var(self, name: str, shape: Shape) -> Term:
        """A name with a shape."""
        return self.make("var", data=name, shape=shape, size=len(name))

    def call(self, op: OpSpec, args: Iterable[Term], params: Mapping[str, Any], shape: Shape) -> Term:
        """An operation that has no normal form of its own."""
        operands = tuple(args)
        key = (op.name, params_key(params))
        extra = sum(len(str(v)) + 7 for p in op.params if (v := params.get(p.name)) != p.default)
        term = self.make("call", operands, op, shape, key=key, size=len(op.name) + 2 * max(len(operands), 1) + extra)
        term.params = params
        return term


def short(value: Number) -> str:
    """A number in few digits, for estimating lengths."""
    value = Fraction(value)
    decimal = repr(nearest_float(value))
    return min(str(value), decimal.removesuffix(".0"), key=len)


def joint(terms: Iterable[Term]) -> Shape:
    """The shape terms broadcast to; they are known to fit."""
    shape: list[int] = []
    for term in terms:
        if len(term.shape) > len(shape):
            shape[:0] = [1] * (len(term.shape) - len(shape))
        for back, n in enumerate(reversed(term.shape), 1):
            if n != 1:
                shape[-back] = n
    return tuple(shape)


def under(roots: Iterable[Term], known: Container[Term] = ()) -> list[Term]:
    """Every term from ``roots`` down, arguments before what uses them; what is ``known`` is left out with all below."""
    seen: set[int] = set()
    found: list[Term] = []
    stack = list(roots)
    while stack:
        term = stack.pop()
        if term.rank not in seen and term not in known:
            seen.add(term.rank)
            found.append(term)
            stack.extend(term.args)
    found.sort(key=lambda term: term.rank)
    return found
