"""From terms back to expressions, written as a textbook would: signs and numbers in front, one fraction bar."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np

from autograd_core.expr.nodes import Const, Expr, Var
from autograd_core.formula.elementwise import split
from autograd_core.formula.fractions import before, fronted, number
from autograd_core.formula.matrix import turned
from autograd_core.formula.numerals import numeral, tidy
from autograd_core.formula.terms import Table, Term, under
from autograd_core.ops.registry import op
from autograd_core.ops.spec import Shape

_ORDER = {"var": 1, "array": 2, "call": 3, "reduce": 3, "outer": 4, "transpose": 5, "expand": 6, "sum": 7, "chain": 8}
"""Kinds of factors from left to right."""


class Speller:
    """Writes terms as expressions.

    ``names`` are terms that have a name and are written by it; ``like`` maps shapes to variables of that shape.
    ``written`` is what other formulas without names have written already; ``hidden`` are names of variables.
    """

    def __init__(
        self,
        table: Table,
        names: Mapping[Term, str],
        like: Mapping[Shape, str],
        written: dict[Term, Expr] | None = None,
        hidden: Collection[str] = (),
    ) -> None:
        self.table = table
        self.names = names
        self.like = like
        self.written: dict[Term, Expr] = {} if written is None else written
        self.words: dict[Term, str] = {}
        self.hidden = hidden

    def spell(self, term: Term) -> Expr:
        """The expression for a term; the term's own name is not used for it."""
        for part in under(term.args, self.written):
            name = self.names.get(part)
            self.written[part] = Var(name, part.shape) if name else self.scaled(1.0, part)
        return self.scaled(1.0, term)

    def of(self, term: Term) -> Expr:
        """What was written for a part."""
        return self.written[term]

    def scaled(self, coefficient: float, term: Term) -> Expr:
        """A number times a term."""
        if term in self.names and term in self.written:
            return self.times(coefficient, self.of(term))
        if term.kind == "sum":
            own, rest = split(term)
            if rest is not None and rest is not term:
                return self.scaled(own * coefficient, rest)
            if abs(coefficient) == 1:
                return self.sum(term, coefficient)
            return self.times(coefficient, self.sum(term, 1.0))
        if term.kind == "prod":
            return self.product(term, coefficient)
        if term.kind == "chain":
            return self.chain(term, coefficient)
        if term.kind == "num":
            return number(term.data * coefficient, self.hidden)
        return self.times(coefficient, self.plain(term))

    def times(self, coefficient: float, expr: Expr) -> Expr:
        """A number in front of what is written already, or below it."""
        return fronted(coefficient, [expr], [], self.hidden)

    def plain(self, term: Term) -> Expr:
        """A term that is neither a sum nor a product."""
        made: Expr
        if term.kind == "var":
            made = Var(term.data, term.shape)
        elif term.kind == "array":
            made = array(term)
        elif term.kind == "transpose":
            made = op.transpose(self.of(term.args[0]), axes=None)
        elif term.kind == "outer":
            made = op.outer(self.of(term.args[0]), self.of(term.args[1]))
        elif term.kind == "reduce":
            made = self.reduction(term, keepdims=False)
        elif term.kind == "expand":
            made = self.expanded(term)
        elif term.kind == "fill":
            made = self.filled(term)
        else:
            made = term.data(*[self.of(a) for a in term.args], **term.params)
        return made

    def reduction(self, term: Term, *, keepdims: bool) -> Expr:
        """A sum over axes."""
        inner = term.args[0]
        axes = tuple(inner.ndim + a for a in term.data)
        axis = None if len(axes) == inner.ndim else axes[0] if len(axes) == 1 else axes
        made: Expr = op.sum(self.of(inner), axis=axis, keepdims=keepdims)
        return made

    def expanded(self, term: Term) -> Expr:
        """New axes: kept by a reduction where they are those it dropped, else ``[:, None]``."""
        inner = term.args[0]
        made: Expr
        if inner not in self.names:
            if inner.kind == "reduce" and inner.args[0].ndim == term.ndim and inner.data == tuple(sorted(term.data)):
                return self.reduction(inner, keepdims=True)
            if inner.kind == "call" and inner.params.get("keepdims") is False and inner.args[0].ndim == term.ndim:
                axis = inner.params["axis"]
                if axis is not None and term.data == tuple(
                    a - term.ndim for a in (axis if isinstance(axis, tuple) else (axis,))
                ):
                    params = {**inner.params, "keepdims": True}
                    made = inner.data(*[self.of(a) for a in inner.args], **params)
                    return made
        places = {term.ndim + a for a in term.data}
        key = tuple([None if i in places else slice(None) for i in range(term.ndim)])
        made = op.index(self.of(inner), key=key)
        return made

    def filled(self, term: Term) -> Expr:
        """Repeated to a shape: times ones in the shape of a variable that has it, if any does."""
        name = self.like.get(term.shape)
        inner = term.args[0]
        made: Expr
        if name is None:
            made = op.broadcast_to(self.of(inner), shape=term.shape)
            return made
        ones = repeated(1.0, term.shape, f"ones_like({name})")
        if inner.kind == "num":
            if inner.data == 0:
                return repeated(0.0, term.shape, f"zeros_like({name})")
            return self.times(inner.data, ones)
        made = op.mul(self.of(inner), ones)
        return made

    def sum(self, term: Term, sign: float) -> Expr:
        """A sum: what is positive first, the number last unless it is the only positive part."""
        coefficients, constant = term.data
        pairs = [(sign * c, t) for c, t in zip(coefficients, term.args, strict=True)]
        constant *= sign
        positive = [pair for pair in pairs if pair[0] > 0]
        ordered = positive + [pair for pair in pairs if pair[0] <= 0]
        made: Expr | None = number(constant, self.hidden) if constant > 0 and not positive else None
        for coefficient, part in ordered:
            if made is None:
                made = self.scaled(coefficient, part)
            elif coefficient < 0:
                made = op.sub(made, self.scaled(-coefficient, part))
            else:
                made = op.add(made, self.scaled(coefficient, part))
        assert made is not None
        if constant < 0:
            made = op.sub(made, number(-constant, self.hidden))
        elif constant > 0 and positive:
            made = op.add(made, number(constant, self.hidden))
        return made

    def product(self, term: Term, coefficient: float) -> Expr:
        """A product of powers as one fraction."""
        above = [(b, e) for b, e in zip(term.args, term.data, strict=True) if e > 0]
        below = [(b, -e) for b, e in zip(term.args, term.data, strict=True) if e < 0]
        above.sort(key=lambda pair: self.place(pair[0], term))
        below.sort(key=lambda pair: self.place(pair[0], term))
        flip = self._absorbing(above) if coefficient < 0 and abs(numeral(coefficient, self.hidden).top) == 1 else None
        parts = [self.powered(b, e, -1.0 if i == flip else 1.0) for i, (b, e) in enumerate(above)]
        bottoms = [self.powered(b, e, 1.0) for b, e in below]
        return fronted(coefficient if flip is None else -coefficient, parts, bottoms, self.hidden)

    def _absorbing(self, above: list[tuple[Term, float]]) -> int | None:
        """The factor that takes up a minus sign: a difference, which is turned round."""
        for i, (base, exponent) in reversed(list(enumerate(above))):
            if base.kind == "sum" and exponent == 1 and base not in self.names and _turns(base):
                return i
        return None

    def powered(self, base: Term, exponent: float, sign: float) -> Expr:
        """A base to a positive power."""
        made = self.of(base) if sign == 1 else self.sum(base, sign)
        if exponent == 0.5:
            made = op.sqrt(made)
        elif exponent != 1:
            made = op.pow_scalar(made, exponent=tidy(exponent))
        return made

    def place(self, base: Term, term: Term) -> tuple[int, str]:
        """Where a factor stands: names, numbers, powers, functions, brackets, matrix products, comparisons."""
        name = self.names.get(base) or (base.data if base.kind == "var" else None)
        if name is not None:
            return (1, name.lower() + name)
        kind = _ORDER.get(base.kind, 6)
        if base.kind == "call":
            kind = 9 if base.data.group == "comparison" else 2 if base.data.name == "pow_tensor" else kind
        if not base.shape and term.shape and kind in (3, 8):
            kind = 2
        return (kind, self.text(base))

    def text(self, term: Term) -> str:
        """The beginning of the text of what was written for a part, to sort by."""
        from autograd_core.expr.text import write

        if term not in self.words:
            self.words[term] = write(self.of(term), most=60)
        return self.words[term]

    def chain(self, term: Term, coefficient: float) -> Expr:
        """A matrix product; the number goes to its first factor, brackets keep vectors small."""
        parts = list(term.args)
        if term in self.table.rows:
            parts = turned(self.table, parts)
            for part in under(parts, self.written):
                self.written[part] = self.scaled(1.0, part)
        flip = None
        if coefficient == -1:
            flip = next((i for i, p in enumerate(parts) if p.kind == "sum" and p not in self.names and _turns(p)), None)
        exprs = [self.of(p) if i != flip else self.sum(p, -1.0) for i, p in enumerate(parts)]
        made: Expr
        if term.ndim == 1 and parts[-1].ndim == 1 and len(parts) > 2:
            made = exprs[-1]
            for expr in reversed(exprs[1:-1]):
                made = op.matmul(expr, made)
            made = op.matmul(before(1.0 if flip is not None else coefficient, exprs[0], self.hidden), made)
            return made
        made = before(1.0 if flip is not None else coefficient, exprs[0], self.hidden)
        for expr in exprs[1:]:
            made = op.matmul(made, expr)
        return made


def _turns(term: Term) -> bool:
    """Whether the negative of a sum can be written without a sign in front."""
    coefficients, constant = term.data
    return any(c < 0 for c in coefficients) or constant < 0


def repeated(value: float, shape: Iterable[int], text: str) -> Const:
    """A constant array that is one number repeated, written in words."""
    return Const(np.broadcast_to(np.float64(value), tuple(shape)), text)


def array(term: Term) -> Expr:
    """A constant array."""
    if isinstance(term.data, float):
        return Const(term.data)
    expr: Const = term.data.expr
    if term.data.identity is not None:
        rows, columns = term.data.identity
        return Const(expr.value, f"eye({rows})" if rows == columns else f"eye({rows}, {columns})")
    return expr
