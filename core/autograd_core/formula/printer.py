"""From terms back to expressions, written as a textbook would: signs and numbers in front, one fraction bar."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce

import numpy as np

from autograd_core.expr.nodes import Const, Expr, Var
from autograd_core.expr.text import write
from autograd_core.formula.algebra import Items, split
from autograd_core.formula.contraction import turned
from autograd_core.formula.numbers import HALF, LARGEST_PART, ONE, nearest_float
from autograd_core.formula.terms import Number, Table, Term, TooLargeError, under
from autograd_core.ops.registry import op
from autograd_core.ops.signature import axis_indices
from autograd_core.ops.spec import Shape, number_text

_ORDER = {
    "num": 0,
    "const": 0,
    "var": 1,
    "array": 2,
    "call": 3,
    "reduce": 3,
    "outer": 4,
    "transpose": 5,
    "expand": 6,
    "sum": 7,
    "chain": 8,
}
"""Kinds of factors from left to right."""


BEYOND = "the formula holds a number beyond those of floating point arithmetic"


class Printer:
    """Writes terms as expressions.

    ``names`` are terms that have a name and are written by it; ``like`` maps shapes to variables of that shape.
    ``written`` is what other formulas without names have written already.
    """

    def __init__(
        self,
        table: Table,
        names: Mapping[Term, str],
        like: Mapping[Shape, str],
        written: dict[Term, Expr] | None = None,
    ) -> None:
        self.table = table
        self.names = names
        self.like = like
        self.written: dict[Term, Expr] = {} if written is None else written

    def to_expr(self, term: Term) -> Expr:
        """The expression for a term; the term's own name is not used for it."""
        for part in under(term.args, self.written):
            name = self.names.get(part)
            self.written[part] = Var(name, part.shape) if name else self.scaled(ONE, part)
        return self.scaled(ONE, term)

    def scaled(self, coefficient: Fraction, term: Term) -> Expr:
        """A number times a term."""
        if term in self.names and term in self.written:
            return self.times(coefficient, self.written[term])
        if term.kind == "sum":
            own, rest = split(term)
            if rest is not None and rest is not term:
                return self.scaled(own * coefficient, rest)
            numbers = [self.shown(c, part) for c, part in zip(term.data[0], term.args, strict=True)]
            sizes = {abs(c) for c in (*numbers, *([term.data[1]] if term.data[1] else []))}
            common = sizes.pop() if len(sizes) == 1 else ONE
            if abs(coefficient * common) == 1:
                return self.sum(term, coefficient)
            return self.times(coefficient * common, self.sum(term, 1 / common))
        if term.kind == "prod":
            return self.product(term, coefficient)
        if term.kind == "chain":
            return self.chain(term, coefficient)
        if term.kind == "reduce" and (shown := self.shown(coefficient, term)) != coefficient:
            return self.times(shown, self.reduction(term, keepdims=False, mean=True))
        if term.kind == "num":
            return number(term.data * coefficient)
        return self.times(coefficient, self.plain(term))

    def averaged(self, coefficient: Fraction, term: Term) -> Term | None:
        """The sum over axes, alone or as a factor, that is a mean with the number before the term."""
        bases = [b for b, e in zip(term.args, term.data, strict=True) if e == 1] if term.kind == "prod" else [term]
        sums = [b for b in bases if b.kind == "reduce" and b not in self.names]
        return next((b for b in sums if coefficient.denominator == summands(b) > 1), None)

    def shown(self, coefficient: Fraction, term: Term) -> Fraction:
        """The number before a term in which a sum over axes is written as a mean."""
        return coefficient if self.averaged(coefficient, term) is None else Fraction(coefficient.numerator)

    def times(self, coefficient: Fraction, expr: Expr) -> Expr:
        """A number in front of what is written already, or below it."""
        return fronted(coefficient, [expr], [])

    def plain(self, term: Term) -> Expr:
        """A term that is neither a sum nor a product."""
        made: Expr
        if term.kind == "var":
            made = self.written[term] if term in self.written else Var(term.data, term.shape)
        elif term.kind == "const":
            made = Const(getattr(np, term.data), text=term.data)
        elif term.kind == "array":
            made = term.data.expr
        elif term.kind == "transpose":
            made = op.transpose(self.written[term.args[0]], axes=None)
        elif term.kind == "outer":
            made = op.outer(self.written[term.args[0]], self.written[term.args[1]])
        elif term.kind == "reduce":
            made = self.reduction(term, keepdims=False)
        elif term.kind == "expand":
            made = self.expanded(term)
        elif term.kind == "fill":
            made = self.filled(term)
        else:
            made = term.data(*[self.written[a] for a in term.args], **term.params)
        return made

    def reduction(self, term: Term, *, keepdims: bool, mean: bool = False) -> Expr:
        """A sum over axes, or a mean."""
        inner = term.args[0]
        axes = tuple(inner.ndim + a for a in term.data)
        axis = None if len(axes) == inner.ndim else axes[0] if len(axes) == 1 else axes
        function = op.mean if mean else op.sum
        made: Expr = function(self.written[inner], axis=axis, keepdims=keepdims)
        return made

    def expanded(self, term: Term) -> Expr:
        """New axes: kept by a reduction where they are those it dropped, else ``[:, None]``."""
        inner = term.args[0]
        made: Expr
        if inner not in self.names:
            if inner.kind == "reduce" and inner.args[0].ndim == term.ndim and inner.data == tuple(sorted(term.data)):
                return self.reduction(inner, keepdims=True)
            if inner.kind == "call" and inner.params.get("keepdims") is False and inner.args[0].ndim == term.ndim:
                gone = axis_indices(inner.params["axis"], term.ndim)
                if term.data == tuple([a - term.ndim for a in gone]):
                    made = inner.data(*[self.written[a] for a in inner.args], **{**inner.params, "keepdims": True})
                    return made
        places = {term.ndim + a for a in term.data}
        key = tuple([None if i in places else slice(None) for i in range(term.ndim)])
        made = op.index(self.written[inner], key=key)
        return made

    def filled(self, term: Term) -> Expr:
        """Repeated to a shape: times ones in the shape of a variable that has it, if any does."""
        name = self.like.get(term.shape)
        inner = term.args[0]
        words = f"_like({name})" if name is not None else f"({', '.join(map(str, term.shape))})"
        if inner.kind == "num":
            ones = repeated(1, term.shape, "ones" + words)
            return self.times(inner.data, ones) if inner.data else repeated(0, term.shape, "zeros" + words)
        part, shape = self.written[inner], term.shape
        made: Expr = op.mul(part, repeated(1, shape, "ones" + words)) if name else op.broadcast_to(part, shape=shape)
        return made

    def sum(self, term: Term, sign: Number) -> Expr:
        """A sum: what is positive first, the number last unless it is the only positive part."""
        coefficients, constant = term.data
        pairs = [(sign * c, t) for c, t in zip(coefficients, term.args, strict=True)]
        pairs.sort(key=lambda pair: (pair[0] < 0, pair[1].kind == "transpose" and pair[1].args[0] in term.args))
        if constant:
            only = sign * constant > 0 > pairs[0][0]
            pairs.insert(0 if only else len(pairs), (sign * constant, self.table.one))
        made = self.scaled(*pairs[0])
        for coefficient, part in pairs[1:]:
            other = self.scaled(abs(coefficient), part)
            made = op.sub(made, other) if coefficient < 0 else op.add(made, other)
        return made

    def product(self, term: Term, coefficient: Fraction) -> Expr:
        """A product of powers as one fraction."""
        above = [(b, e) for b, e in zip(term.args, term.data, strict=True) if e > 0]
        below = [(b, -e) for b, e in zip(term.args, term.data, strict=True) if e < 0]
        above, below, instead = self.joined(above, below)
        mean = self.averaged(coefficient, term)
        if mean is not None:
            instead = {**instead, mean: self.reduction(mean, keepdims=False, mean=True)}
            coefficient *= coefficient.denominator
        above, below, top, bottom = self.roots(above, below)
        above.sort(key=lambda pair: self.place(pair[0]))
        below.sort(key=lambda pair: self.place(pair[0]))
        flip = None
        if coefficient < 0 and abs(numeral(coefficient)[0]) == 1:
            flip = next((i for i, (b, e) in reversed([*enumerate(above)]) if e == 1 and self.turns(b)), None)
        parts = list(top)
        for place, (base, exponent) in enumerate(above):
            sign = -1 if place == flip else 1
            parts.append(instead[base] if base in instead else self.powered(base, exponent, sign))
        bottoms = [*bottom, *(self.powered(b, e, 1) for b, e in below)]
        return fronted(coefficient if flip is None else -coefficient, parts, bottoms)

    def joined(self, above: Items, below: Items) -> tuple[Items, Items, dict[Term, Expr]]:
        """Powers with an exponent that varies take up whole powers of their base: ``x**(y - 1)``."""
        for power, exponent in above:
            if power.kind != "call" or power.data is not op.pow_tensor or exponent != 1 or power in self.names:
                continue
            base, raised = power.args
            whole = Fraction(dict(above).get(base, 0)) - dict(below).get(base, 0)
            if whole and whole.denominator == 1:
                number_ = Const(nearest_float(abs(whole)))
                other = op.add(self.written[raised], number_) if whole > 0 else op.sub(self.written[raised], number_)
                instead: dict[Term, Expr] = {power: op.pow_tensor(self.written[base], other)}
                return [p for p in above if p[0] is not base], [p for p in below if p[0] is not base], instead
        return above, below, {}

    def roots(self, above: Items, below: Items) -> tuple[Items, Items, list[Expr], list[Expr]]:
        """The factors that are no square roots, and all roots as one: of numbers, or of several factors.

        The root is above where it has a numerator, else below.
        """
        found = [[b for b, e in pairs if e == HALF] for pairs in (above, below)]
        sides = [sorted(side, key=self.place) for side in found]
        both = [*sides[0], *sides[1]]
        if not both or (len(both) == 1 and both[0].kind not in ("num", "const")):
            return above, below, [], []
        rest = [[(b, e) for b, e in pairs if e != HALF] for pairs in (above, below)]
        top, bottom = ([self.written[b] for b in side] for side in sides)
        if top:
            return rest[0], rest[1], [op.sqrt(fronted(ONE, top, bottom))], []
        return rest[0], rest[1], [], [op.sqrt(fronted(ONE, bottom, []))]

    def turns(self, term: Term) -> bool:
        """Whether the negative of a term can be written without a sign in front: a difference is turned round."""
        if term.kind != "sum" or term in self.names:
            return False
        coefficients, constant = term.data
        return any(c < 0 for c in coefficients) or constant < 0

    def powered(self, base: Term, exponent: Number, sign: Number) -> Expr:
        """A base to a positive power."""
        made = self.written[base] if sign == 1 else self.sum(base, sign)
        if exponent == HALF:
            made = op.sqrt(made)
        elif exponent != 1:
            made = op.pow_scalar(made, exponent=nearest_float(Fraction(exponent)))
        return made

    def place(self, base: Term) -> tuple[bool, int, object]:
        """Where a factor stands: what has no axes first; names, powers, functions, brackets, products, comparisons."""
        name = self.names.get(base) or (base.data if base.kind == "var" else None)
        kind = 1 if name else _ORDER.get(base.kind, 6)
        if base.kind == "call" and not name:
            numeric = all(a.kind in ("num", "const") for a in base.args)
            kind = 0 if numeric else 9 if base.data.group == "comparison" else 2 if base.data is op.pow_tensor else kind
        late = bool(base.shape) or kind == 9
        return late, kind, natural(name or write(self.written[base], most=60))

    def chain(self, term: Term, coefficient: Fraction) -> Expr:
        """A matrix product; the number goes to its first factor, brackets keep vectors small."""
        parts = list(term.args)
        if term in self.table.rows:
            parts = turned(self.table, parts)
            for part in under(parts, self.written):
                self.written[part] = self.scaled(ONE, part)
        made: Expr
        if term.ndim == 2 and len(parts) > 2 and all(p.kind == "transpose" and p not in self.names for p in parts):
            made = reduce(op.matmul, [self.written[part.args[0]] for part in reversed(parts)])
            return self.times(coefficient, op.transpose(made, axes=None))
        flip = None
        if coefficient == -1:
            flip = next((i for i, p in enumerate(parts) if self.turns(p)), None)
        exprs = [self.written[p] if i != flip else self.sum(p, -1) for i, p in enumerate(parts)]
        sign = None if flip is not None or coefficient == 1 else -1 if coefficient == -1 else number(coefficient)
        exprs[0] = before(sign, exprs[0])
        if term.ndim == 1 and parts[-1].ndim == 1:
            made = reduce(lambda right, left: op.matmul(left, right), reversed(exprs))
        else:
            made = reduce(op.matmul, exprs)
        return made


def summands(term: Term) -> int:
    """How many entries are added for each entry of a sum over axes."""
    shape = term.args[0].shape
    return math.prod(n for n, place in zip(shape, range(-len(shape), 0), strict=True) if place in term.data)


def natural(text: str) -> tuple[tuple[str, int, str], ...]:
    """What sorts texts as people do: a before B, h2 before h10."""
    return tuple((word.lower(), int(digits or 0), word) for word, digits in re.findall(r"(\D*)(\d*)", text))


def repeated(value: float, shape: Iterable[int], text: str) -> Const:
    """A constant array that is one number repeated, written in words."""
    return Const(np.broadcast_to(np.float64(value), tuple(shape)), text)


def fronted(coefficient: Fraction, above: Sequence[Expr], below: Sequence[Expr]) -> Expr:
    """A number and factors as one fraction; a decimal of a few digits stays one where nothing else is divided."""
    top, bottom = numeral(coefficient)
    text = number_text(nearest_float(abs(coefficient)))
    fraction = "/" in text
    short = not below and len(text) <= SHORT and not (fraction and coefficient < 0)
    if short and (abs(top) != 1 or (bottom % 5 == 0 and not fraction)):
        top, bottom = nearest_float(coefficient), 1
    made: Expr | None = None if abs(top) == 1 and above else Const(top)
    for part in above:
        made = before(-1 if top == -1 else None, part) if made is None else before(made, part)
    assert made is not None
    below = [*([Const(float(bottom))] if bottom != 1 else []), *below]
    return op.div(made, reduce(op.mul, below)) if below else made


def before(front: Expr | int | None, expr: Expr) -> Expr:
    """A factor or the sign -1 before an expression; what has no axes goes to the first factor of a matrix product."""
    if front is None:
        return expr
    rest = []
    scalar = isinstance(front, int) or front.shape == ()
    while expr.op is op.matmul and expr.shape and scalar:
        rest.append(expr.operands[1])
        expr = expr.operands[0]
    made: Expr = op.neg(expr) if isinstance(front, int) else op.mul(front, expr)
    for factor in reversed(rest):
        made = op.matmul(made, factor)
    return made


def number(value: Fraction) -> Expr:
    """A number, in a form in which a person knows it where there is one."""
    if len(number_text(nearest_float(value))) <= SHORT:
        return Const(nearest_float(value))
    top, bottom = numeral(value)
    if bottom == 1 or (top > 0 and "/" in number_text(top / bottom)):
        return Const(top / bottom)
    made: Expr = op.div(Const(top), Const(float(bottom)))
    return made


SHORT = 5
"""Characters up to which a decimal is clearer than a fraction."""


def numeral(value: Fraction) -> tuple[float, int]:
    """What stands above and below the line: 1 below where the number is written as a decimal.

    Raises TooLargeError for a number that is too large or too small for floating point numbers.
    """
    above, below = value.numerator, value.denominator
    decimal = nearest_float(value)
    if math.isinf(decimal) or decimal == 0:
        raise TooLargeError(BEYOND)
    small = max(abs(above), below) < LARGEST_PART
    if below == 1 or not (small or (Fraction(repr(decimal)) != value and max(abs(above), below) < 10**9)):
        return decimal, 1
    return float(above), below
