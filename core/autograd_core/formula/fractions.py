"""Numbers before, and fraction bars under, expressions that are written already."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from autograd_core.expr.nodes import Const, Expr
from autograd_core.formula.numerals import SHORT, Numeral, numeral
from autograd_core.ops.notation import number_text
from autograd_core.ops.registry import op


def fronted(coefficient: float, above: Sequence[Expr], below: Sequence[Expr], hidden: Collection[str] = ()) -> Expr:
    """A number and factors as one fraction; a decimal of a few digits stays one where nothing else is divided."""
    found = numeral(coefficient, hidden) if math.isfinite(coefficient) else Numeral(coefficient)
    if not below and found.above is None and found.below is None and len(number_text(abs(coefficient))) <= SHORT:
        halved = abs(found.top) == 1 and found.bottom % 5 != 0
        found = found if halved else Numeral(coefficient)
    parts = [*([Const(*found.above)] if found.above else []), *above]
    bottom = [*([Const(float(found.bottom))] if found.bottom != 1 else [])]
    bottom += [Const(*found.below)] if found.below else []
    made: Expr | None = None if abs(found.top) == 1 and parts else Const(found.top)
    for part in parts:
        made = (op.neg(part) if found.top == -1 else part) if made is None else op.mul(made, part)
    assert made is not None
    return over(made, [*bottom, *below])


def before(coefficient: float, expr: Expr, hidden: Collection[str] = ()) -> Expr:
    """A number before the first factor of a matrix product."""
    if coefficient == 1:
        return expr
    made: Expr = op.neg(expr) if coefficient == -1 else op.mul(number(coefficient, hidden), expr)
    return made


def number(value: float, hidden: Collection[str] = ()) -> Expr:
    """A number, in a form in which a person knows it where there is one."""
    if not math.isfinite(value) or len(number_text(value)) <= SHORT:
        return Const(value)
    found = numeral(value, hidden)
    top: Expr = Const(found.top) if found.above is None else Const(*found.above)
    if found.above is None and found.below is None and found.top > 0:
        return Const(found.top / found.bottom)
    if found.above is not None and found.top != 1:
        top = op.neg(top) if found.top == -1 else op.mul(Const(found.top), top)
    below = [Const(float(found.bottom))] if found.bottom != 1 else []
    below += [Const(*found.below)] if found.below is not None else []
    return over(top, below)


def over(top: Expr, below: Sequence[Expr]) -> Expr:
    """One fraction bar."""
    if not below:
        return top
    under_bar: Expr = below[0]
    for part in below[1:]:
        under_bar = op.mul(under_bar, part)
    made: Expr = op.div(top, under_bar)
    return made
