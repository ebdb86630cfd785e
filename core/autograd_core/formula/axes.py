"""Axes: inserted, dropped and repeated ones, and products in which a column times a row is an outer product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd_core.formula.algebra import Items, factors, parted, product, scale, split, total
from autograd_core.formula.terms import Number, Table, Term
from autograd_core.ops.registry import op
from autograd_core.ops.spec import Shape

Mapping = Sequence[int | None]
"""For each axis of a result the axis of the operand it comes from, None where it is new."""


def exactly(table: Table, term: Term, shape: Shape) -> Term:
    """The term in this very shape: filled out where it is smaller."""
    if term.shape == shape:
        return term
    return table.make("fill", (term,), shape=shape, size=12 + 3 * len(shape))


def loose(term: Term) -> Term:
    """What fills a term out."""
    return term.args[0] if term.kind == "fill" else term


def realign(table: Table, term: Term, ndim: int, mapping: Mapping) -> Term:
    """Axes of length 1 dropped and inserted, the others left in order.

    ``term`` stands for an array of ``ndim`` axes, of which it may lack leading ones.
    """
    term = loose(term)
    if not term.shape:
        return term
    coefficient, rest = split(term)
    assert rest is not None
    if coefficient != 1:
        return scale(table, coefficient, realign(table, rest, ndim, mapping))
    lead = ndim - term.ndim
    sources = [None if source is None or source < lead else source - lead for source in mapping]
    if term.kind == "expand":
        base = term.args[0]
        kept = [i for i in range(term.ndim) if i - term.ndim not in term.data]
        inner = [kept.index(s) if s in kept else None for s in sources]
        return realign(table, base, base.ndim, inner)
    dropped = [i for i in range(term.ndim) if i not in sources]
    if dropped:
        if term.kind in ("prod", "sum"):
            return _inside(table, term, sources)
        shape = tuple(n for i, n in enumerate(term.shape) if i not in dropped)
        key = tuple([0 if i in dropped else slice(None) for i in range(max(dropped) + 1)])
        term = indexed(table, term, key, shape)
        sources = [None if s is None else s - sum(d < s for d in dropped) for s in sources]
    while sources and sources[0] is None:
        sources.pop(0)
    return inserted(table, term, [i - len(sources) for i, s in enumerate(sources) if s is None])


def _inside(table: Table, term: Term, sources: list[int | None]) -> Term:
    """Axes are moved within each part of a sum or a product, so that what was inserted there is dropped again."""
    parts = [realign(table, a, term.ndim, sources) for a in term.args]
    if term.kind == "prod":
        return times(table, zip(parts, term.data, strict=True))
    return total(table, zip(parts, term.data[0], strict=True), term.data[1])


def inserted(table: Table, term: Term, places: list[int]) -> Term:
    """New axes of length 1 at places counted from the end of the result."""
    if not places or not term.shape:
        return term
    scalars, shaped = parted(table, term)
    if scalars:
        return product(table, [*scalars, (inserted(table, shaped, places), 1)])
    if term.kind == "prod":
        if all(e < 0 for e in term.data):
            return product(table, [(inserted(table, product(table, [(term, -1)]), places), -1)])
        if len(term.args) == 1:
            return product(table, [(inserted(table, term.args[0], places), term.data[0])])
    shape = list(term.shape)
    for place in sorted(places, reverse=True):
        shape.insert(place + len(shape) + 1, 1)
    return table.make("expand", (term,), tuple(places), tuple(shape), size=3 + 3 * len(shape))


def led(table: Table, term: Term, shape: Shape) -> Term:
    """The term with the leading axes of length 1 that ``shape`` has and it lacks."""
    lacking = len(shape) - term.ndim
    if lacking <= 0 or not term.shape or shape != (1,) * lacking + term.shape:
        return term
    coefficient, rest = split(term)
    assert rest is not None
    places = tuple(range(-len(shape), -term.ndim))
    summed = [
        b for b, e in factors(rest)[0] if b.kind == "reduce" and e == 1 and b.data == places and b.ndim == term.ndim
    ]
    if rest.kind == "prod" and summed:
        others = [(b, e) for b, e in factors(rest)[0] if b is not summed[0]]
        return product(table, [*others, (led(table, summed[0], shape), 1)], coefficient)
    return scale(table, coefficient, table.make("expand", (rest,), places, shape, size=3 + 3 * len(shape)))


def indexed(table: Table, term: Term, key: tuple[object, ...], shape: Shape) -> Term:
    """``term[key]``."""
    return table.call(op.index, [term], {"key": key}, shape)


def times(table: Table, pairs: Iterable[tuple[Term, Number]], coefficient: Number = 1) -> Term:
    """A product in which a column times a row is an outer product."""
    made = product(table, pairs, coefficient)
    coefficient, rest = split(made)
    if rest is None or rest.kind != "prod" or not any(b.kind in ("expand", "outer") for b in rest.args):
        return made
    groups: dict[tuple[int, ...], Items] = {}
    others: Items = []
    rows: Items = []
    columns: Items = []
    for base, exponent in zip(rest.args, rest.data, strict=True):
        if base.kind == "outer":
            columns.append((base.args[0], exponent))
            rows.append((base.args[1], exponent))
        elif base.kind == "expand" and base.data == (-1,) and base.ndim == 2:
            columns.append((base.args[0], exponent))
        elif base.kind == "expand":
            groups.setdefault(base.data, []).append((base.args[0], exponent))
        elif base.ndim == 1:
            rows.append((base, exponent))
        else:
            others.append((base, exponent))
    for places, members in groups.items():
        others.append((inserted(table, product(table, members), list(places)), 1))
    column, row = product(table, columns), product(table, rows)
    if columns and column.ndim == 1 and row.ndim == 1 and len(column.shape) == 1:
        others.append((outer(table, column, row), 1))
    else:
        if columns:
            others.append((inserted(table, column, [-1]), 1))
        others.append((row, 1))
    return product(table, others, coefficient)


def outer(table: Table, a: Term, b: Term) -> Term:
    """The outer product of two vectors; a number for either of them is taken out."""
    first, a_rest = split(a)
    second, b_rest = split(b)
    if not loose(a).shape and not loose(b).shape:
        return product(table, [(loose(a), 1), (loose(b), 1)])
    if a_rest is None or b_rest is None or not a_rest.shape or not b_rest.shape:
        column = inserted(table, a, [-1]) if a.shape else a
        return product(table, [(column, 1), (b, 1)])
    pulled, a_rest = parted(table, a_rest)
    others, b_rest = parted(table, b_rest)
    shape = (a_rest.shape[0], b_rest.shape[0])
    if loose(a_rest).shape or loose(b_rest).shape:
        made = table.make("outer", (a_rest, b_rest), shape=shape, size=9)
    else:
        made = exactly(table, product(table, [(loose(a_rest), 1), (loose(b_rest), 1)]), shape)
    return product(table, [(made, 1), *pulled, *others], first * second)
