"""Sums over axes: factors that do not vary stand outside, sums of products are matrix products where they can be."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd_core.formula.axes import loose, realign, times
from autograd_core.formula.elementwise import factors, product, scale, split
from autograd_core.formula.terms import Table, Term
from autograd_core.ops.spec import Shape


def reduced(table: Table, term: Term, shape: Shape, axes: Sequence[int], *, keepdims: bool = False) -> Term:
    """The sum over axes of an array of ``shape``, for which the term stands; the axes are dropped or have length 1."""
    mapping = [i for i in range(len(shape)) if keepdims or i not in axes]
    return _reduced(table, loose(term), shape, axes, mapping)


def _reduced(table: Table, term: Term, shape: Shape, axes: Sequence[int], mapping: list[int]) -> Term:
    """The sum over axes, with the axes of the result as ``mapping`` says."""
    lead = len(shape) - term.ndim
    own = [a for a in axes if a >= lead and (term.shape[a - lead] != 1 or shape[a] == 1)]
    count = float(math.prod(shape[a] for a in axes if a not in own))
    coefficient, rest = split(term)
    if rest is None:
        return table.num(coefficient * math.prod(shape[a] for a in axes))
    if not own:
        made = realign(table, rest, len(shape), mapping)
    elif rest.kind == "prod":
        made = _of_product(table, rest, shape, own, mapping)
    else:
        made = _laid_out(table, _of_one(table, rest, [a - lead for a in own]), len(shape), own, mapping)
    return scale(table, coefficient * count, made)


def _laid_out(table: Table, made: Term, ndim: int, gone: list[int], mapping: Sequence[int]) -> Term:
    """A result from which axes are gone, with axes of length 1 in their places where ``mapping`` keeps them."""
    left = [i for i in range(ndim) if i not in gone]
    return realign(table, made, len(left), [left.index(m) if m in left else None for m in mapping])


def _of_one(table: Table, term: Term, own: list[int]) -> Term:
    """The sum over axes of one term that is not a product."""
    if term.kind == "outer":
        sums = [reduced(table, a, a.shape, [0]) if i in own else a for i, a in enumerate(term.args)]
        return product(table, [(s, 1.0) for s in sums])
    if term.kind == "transpose":
        return _of_one(table, term.args[0], sorted(1 - a for a in own))
    if term.kind == "expand":
        base = term.args[0]
        kept = [i for i in range(term.ndim) if i - term.ndim not in term.data]
        inner = reduced(table, base, base.shape, [kept.index(a) for a in own if a in kept])
        left = [i for i in kept if i not in own]
        places = [left.index(i) if i in left else None for i in range(term.ndim) if i not in own]
        return realign(table, inner, len(left), places)
    return _reduce(table, term, own)


def _of_product(table: Table, term: Term, shape: Shape, own: list[int], mapping: list[int]) -> Term:
    """The sum over axes of a product: factors that do not vary along the axes stand outside."""
    lead = len(shape) - term.ndim
    inside: list[tuple[Term, float]] = []
    outside: list[tuple[Term, float]] = []
    for base, exponent in zip(term.args, term.data, strict=True):
        varies = any(_varies(base, a - len(shape), shape[a]) for a in own)
        (inside if varies else outside).append((base, exponent))
    if outside:
        parts = [(realign(table, base, len(shape), mapping), exponent) for base, exponent in outside]
        inner = product(table, inside)
        return times(table, [*parts, (_reduced(table, inner, (1,) * lead + term.shape, own, mapping), 1.0)])
    axes = [a - lead for a in own]
    return _laid_out(table, contracted(table, term, axes) or _reduce(table, term, axes), len(shape), own, mapping)


def _varies(base: Term, place: int, length: int) -> bool:
    """Whether a factor has entries along an axis, counted from the end."""
    if -place > base.ndim or (base.kind == "expand" and place in base.data):
        return False
    return base.shape[place] != 1 or length == 1


def contracted(table: Table, term: Term, own: list[int]) -> Term | None:
    """A sum of products as a matrix product, where it is one: a @ b of two vectors, A @ x, A.T @ x."""
    from autograd_core.formula.matrix import chain, flipped

    pairs, _ = factors(term)
    if term.ndim == 1 and len(pairs) == 2 and all(e == 1 and b.ndim == 1 for b, e in pairs):
        first, second = sorted((b for b, _ in pairs), key=lambda b: (b.kind != "var" and 1 + b.rank, str(b.data)))
        return chain(table, [first, second])
    if term.ndim != 2 or len(own) != 1:
        return None
    grid = [(b, e) for b, e in pairs if b.ndim == 2 and b.kind != "expand"]
    rows = [(b, e) for b, e in pairs if b.ndim == 1]
    columns = [(b.args[0], e) for b, e in pairs if b.kind == "expand" and b.data == (-1,)]
    if len(grid) != 1 or grid[0][1] != 1 or grid[0][0].shape != term.shape or 1 in term.shape:
        return None
    if own == [1] and rows and not columns and len(rows) + 1 == len(pairs):
        return chain(table, [grid[0][0], product(table, rows)])
    if own == [0] and columns and not rows and len(columns) + 1 == len(pairs):
        return chain(table, [flipped(table, grid[0][0]), product(table, columns)])
    return None


def _reduce(table: Table, term: Term, own: list[int]) -> Term:
    if term.kind == "reduce" and term.ndim == len(own):
        return _reduce(table, term.args[0], list(range(term.args[0].ndim)))
    shape = tuple(n for i, n in enumerate(term.shape) if i not in own)
    places = tuple(a - term.ndim for a in own)
    return table.make("reduce", (term,), places, shape, size=5 + (8 if shape else 0))
