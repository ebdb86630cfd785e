"""Matrix products in normal form: one flat chain, numbers and scalars in front, transposes on its factors."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_core.formula.axes import exactly, inserted, loose, outer, realign
from autograd_core.formula.elementwise import MAX_FACTORS, product, scale, split, total
from autograd_core.formula.sums import reduced
from autograd_core.formula.terms import Table, Term


def flipped(table: Table, term: Term) -> Term:
    """The transpose of a matrix; a vector or a number is its own."""
    if term.ndim < 2:
        return term
    coefficient, rest = split(term)
    assert rest is not None
    if coefficient != 1:
        return scale(table, coefficient, flipped(table, rest))
    if term.kind == "transpose":
        return term.args[0]
    if term.kind == "outer":
        return outer(table, term.args[1], term.args[0])
    if term.kind == "chain":
        return chain(table, turned(table, term.args))
    if term.kind == "fill" and not term.args[0].shape:
        return table.make("fill", term.args, shape=term.shape[::-1], size=15)
    if term.kind == "expand" and term.data == (-1,):
        return term.args[0]
    if term.kind == "prod" and term.shape[1] == 1 and any(a.kind == "expand" for a in term.args):
        return realign(table, term, 2, [0])
    if term.kind in ("sum", "prod") and all(a.ndim in (0, 2) for a in term.args):
        before = sum(_marks(a) for a in term.args) + (sum(a.ndim == 2 for a in term.args) == 1)
        if sum(1 - _marks(a) if a.ndim == 2 else 0 for a in term.args) <= before or before >= 1:
            parts = [flipped(table, a) for a in term.args]
            if term.kind == "prod":
                return product(table, zip(parts, term.data, strict=True))
            return total(table, zip(parts, term.data[0], strict=True), term.data[1])
    if term.kind == "array" and getattr(term.data, "symmetric", False):
        return term
    return table.make("transpose", (term,), shape=term.shape[::-1], size=2 + 2 * (term.kind in ("sum", "prod")))


def turned(table: Table, parts: Sequence[Term]) -> list[Term]:
    """The factors of the transpose of a product, in their full shapes."""
    return [exactly(table, flipped(table, p), p.shape[::-1]) for p in reversed(parts)]


def _marks(term: Term) -> int:
    return int(term.kind == "transpose")


def chain(table: Table, given: Sequence[Term]) -> Term:
    """The product of matrices, with a vector allowed at either end; the factors have their full shapes."""
    coefficient = 1.0
    pulled: list[tuple[Term, float]] = []
    parts: list[Term] = []
    for position, factor in enumerate(given):
        own, rest = split(factor)
        if rest is None:
            raise AssertionError("a number is not a factor of a matrix product")
        coefficient *= own
        if rest.kind == "prod" and any(not b.shape for b in rest.args):
            pairs = list(zip(rest.args, rest.data, strict=True))
            pulled += [(b, e) for b, e in pairs if not b.shape]
            _, left = split(product(table, [(b, e) for b, e in pairs if b.shape]))
            assert left is not None
            rest = left
        if rest.kind == "chain" and len(rest.args) > MAX_FACTORS:
            parts.append(rest)
        elif rest.kind == "chain" and rest.shape and (position == len(given) - 1 or rest.ndim == 2):
            parts += rest.args
        elif rest.kind == "chain" and rest.ndim == 1 and position == 0 and len(given) > 1:
            parts += turned(table, rest.args)
        else:
            parts.append(rest)
    made = _chain(table, parts)
    return product(table, [(made, 1.0), *pulled], coefficient)


def _chain(table: Table, parts: list[Term]) -> Term:
    """A product of factors without coefficients."""
    if len(parts) == 1:
        return parts[0]
    table.spend(len(parts))
    for position, part in enumerate(parts):
        left, right = parts[:position], parts[position + 1 :]
        if part.kind == "outer":
            a, b = part.args
            first, second = chain(table, [*left, a]), chain(table, [b, *right])
            if (not left or left[0].ndim == 2) and (not right or right[-1].ndim == 2):
                return outer(table, first, second)  # a vector each, also where one number stands for all of its entries
            return product(table, [(first, 1.0), (second, 1.0)])
        if part.kind == "array" and part.data.symmetric and len(parts) > 1:
            return chain(table, [*left, *right])
        if part.kind == "fill":
            return _filled(table, left, part, right)
        if part.kind == "expand" and part.data == (-1,) and not right:
            return inserted(table, chain(table, [*left, part.args[0]]), [-1])
        if right and _inverse(part, right[0]) and len(parts) > 2:
            return chain(table, [*left, *right[1:]])
    first, last = parts[0], parts[-1]
    if first.ndim == 1 and last.ndim == 2:
        made = _made(table, turned(table, parts))
        if table.forward:
            table.rows.add(made)
        return made
    if first.ndim == 1 and last.ndim == 1:
        other = turned(table, parts)
        if _key(other) in table.known:
            return table.known[_key(other)]
        if not table.forward and _key(parts) not in table.known:
            parts = min(parts, other, key=_order)
    return _made(table, parts)


def _order(parts: list[Term]) -> tuple[int, str, list[int]]:
    """Which of the two ways to write a scalar product comes first: fewer transposes, then variables by name."""
    first = str(parts[0].data) if parts[0].kind == "var" else "~"
    return sum(_marks(f) for f in parts), first, [f.rank for f in parts]


def _key(parts: list[Term]) -> object:
    return ("chain", tuple([p.rank for p in parts]), None, parts[0].shape[:-1] + parts[-1].shape[1:])


def _made(table: Table, parts: list[Term]) -> Term:
    brackets = sum(2 for p in parts if p.kind in ("sum", "prod"))
    shape = parts[0].shape[:-1] + parts[-1].shape[1:]
    return table.make("chain", tuple(parts), shape=shape, size=3 * (len(parts) - 1) + brackets)


def _inverse(a: Term, b: Term) -> bool:
    """Whether one of two neighbours is the inverse of the other."""
    for one, other in ((a, b), (b, a)):
        if one.kind == "call" and one.data.name == "inv" and one.args[0] is other:
            return True
        if one.kind == "transpose" and other.kind == "transpose" and _inverse(one.args[0], other.args[0]):
            return True
    return False


def _filled(table: Table, left: list[Term], part: Term, right: list[Term]) -> Term:
    """A product in which one factor repeats a number, a row or a column: sums take its place."""
    inner = loose(part)
    if part.ndim == 1:
        ends = [*left, *right]
        axis = -1 if left else 0
        one = ends[-1] if left else ends[0]
        summed = reduced(table, one, one.shape, [axis % one.ndim])
        rest = ([*left[:-1], summed] if left else [summed, *right[1:]]) if len(ends) > 1 else [summed]
        return product(table, [(inner, 1.0), (chain(table, rest) if len(rest) > 1 else rest[0], 1.0)])
    column = realign(table, inner, 2, [0]) if inner.ndim == 2 and inner.shape[1] == 1 else None
    row = inner if inner.ndim == 1 else None
    if column is None and row is None and inner.ndim == 2:
        return _made(table, [*left, part, *right])
    scalar = [(inner, 1.0)] if column is None and row is None else []
    above = exactly(table, table.one if column is None else column, part.shape[:1])
    beside = exactly(table, table.one if row is None else row, part.shape[1:])
    first = chain(table, [*left, above]) if left else loose(above)
    second = chain(table, [beside, *right]) if right else loose(beside)
    if first.ndim == 1 and (not right or right[-1].ndim == 2):  # a column; one number may stand for the row beside it
        first = inserted(table, first, [-1])
    if first.kind == "expand" and second.ndim == 1:
        return product(table, [(outer(table, first.args[0], second), 1.0), *scalar])
    return product(table, [(first, 1.0), (second, 1.0), *scalar])
