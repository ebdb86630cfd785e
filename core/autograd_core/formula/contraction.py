"""Sums over axes, matrix products, and sums of products that are matrix products."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from autograd_core.formula.algebra import MAX_FACTORS, Items, factors, items, parted, product, scale, split, total
from autograd_core.formula.axes import exactly, indexed, inserted, loose, outer, realign, times
from autograd_core.formula.numbers import ONE, recognised
from autograd_core.formula.terms import Table, Term, joint
from autograd_core.ops.registry import op
from autograd_core.ops.signature import axis_indices
from autograd_core.ops.spec import Shape


def reduced(table: Table, term: Term, shape: Shape, axes: Sequence[int], *, keepdims: bool = False) -> Term:
    """The sum over axes of an array of ``shape``, for which the term stands; the axes are dropped or have length 1."""
    mapping = [i for i in range(len(shape)) if keepdims or i not in axes]
    return _reduced(table, loose(term), shape, axes, mapping)


def _reduced(table: Table, term: Term, shape: Shape, axes: Sequence[int], mapping: list[int]) -> Term:
    """The sum over axes, with the axes of the result as ``mapping`` says."""
    lead = len(shape) - term.ndim
    own = [a for a in axes if a >= lead and (term.shape[a - lead] != 1 or shape[a] == 1)]
    count = math.prod(shape[a] for a in axes if a not in own)
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
        return product(table, [(s, 1) for s in sums])
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
    new_axes = {base.data if base.kind == "expand" else () for base in term.args}
    if len(new_axes) == 1 and new_axes != {()}:
        inner = product(table, [(b.args[0], e) for b, e in zip(term.args, term.data, strict=True)])
        whole = table.make("expand", (inner,), new_axes.pop(), term.shape, size=term.size)
        return _laid_out(table, _of_one(table, whole, [a - lead for a in own]), len(shape), own, mapping)
    inside: Items = []
    outside: Items = []
    apart: Items = []
    for base, exponent in factors(term)[0]:
        if base.kind == "outer" and len(own) == 1 and exponent % 1 == 0:
            apart += [(inserted(table, base.args[0], [-1]), exponent), (base.args[1], exponent)]
        else:
            apart.append((base, exponent))
    for base, exponent in apart:
        varies = any(_varies(base, a - len(shape), shape[a]) for a in own)
        (inside if varies else outside).append((base, exponent))
    if outside:
        parts = [(realign(table, base, len(shape), mapping), exponent) for base, exponent in outside]
        inner = product(table, inside)
        return times(table, [*parts, (_reduced(table, inner, (1,) * lead + term.shape, own, mapping), 1)])
    axes = [a - lead for a in own]
    return _laid_out(table, contracted(table, term, axes) or _reduce(table, term, axes), len(shape), own, mapping)


def _varies(base: Term, place: int, length: int) -> bool:
    """Whether a factor has entries along an axis, counted from the end."""
    if -place > base.ndim or (base.kind == "expand" and place in base.data):
        return False
    return base.shape[place] != 1 or length == 1


def contracted(table: Table, term: Term, own: list[int]) -> Term | None:
    """A sum of products as a matrix product, where it is one: a @ b of two vectors, A @ x, A.T @ x, a @ A @ b."""
    pairs, _ = factors(term)
    if term.ndim == 1 and len(pairs) == 2 and all(e == 1 and b.ndim == 1 for b, e in pairs):
        first, second = sorted((b for b, _ in pairs), key=lambda b: (b.kind != "var" and 1 + b.rank, str(b.data)))
        return chain(table, [first, second])
    around = next((b for b, e in pairs if b.kind == "outer" and e == 1), None)
    if around is not None and len(own) == 2:
        inside = product(table, [(b, e) for b, e in pairs if b is not around])
        return chain(table, [around.args[0], exactly(table, inside, around.shape), around.args[1]])
    unit = next((b for b, e in pairs if b.kind == "array" and b.data.symmetric and e == 1), None)
    others = product(table, [(b, e) for b, e in pairs if b is not unit])
    if unit is not None and len(own) == 2 and all(t.shape in ((), unit.shape) for t, _ in items(others)[0]):
        return _diagonal_sum(table, others, unit)
    grids = [b for b, e in pairs if b.ndim == 2 and e == 1]
    if len(own) == len(pairs) == len(grids) == 2 and _cancelled(table, grids[0], flipped(table, grids[1])) == []:
        return table.num(term.shape[0])  # the trace of the identity
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


def _diagonal_sum(table: Table, term: Term, unit: Term) -> Term:
    """The sum over the diagonal of what a term stands for beside the identity matrix ``unit``."""
    pairs, constant = items(term)
    found: Items = [(table.one, constant * unit.shape[0])]
    for part, coefficient in pairs:
        scalars, rest = parted(table, part)
        if rest.kind == "outer":
            made = chain(table, list(rest.args))
        elif rest.shape == unit.shape:
            made = table.call(op.trace, [rest], {}, ())
        else:
            made = reduced(table, rest, unit.shape[:1], [0])
        found.append((product(table, [*scalars, (made, 1)]), coefficient))
    return total(table, found)


def _reduce(table: Table, term: Term, own: list[int]) -> Term:
    if term.kind == "reduce" and term.ndim == len(own):
        return _reduce(table, term.args[0], list(range(term.args[0].ndim)))
    known = table.meanings.get(term, term)
    if known.kind == "var" and (known.data, "sum") in table.assumed and len(own) == term.ndim:
        return table.num(recognised(table.assumed[known.data, "sum"])[0])
    if known.kind == "var" and (known.data, "row sums") in table.assumed and term.ndim - 1 in own:
        rows = math.prod(term.shape[a] for a in own) // term.shape[-1]
        return table.num(recognised(table.assumed[known.data, "row sums"])[0] * rows)
    shape = tuple(n for i, n in enumerate(term.shape) if i not in own)
    places = tuple(a - term.ndim for a in own)
    left = _without_zeros(table, term, own)
    if left is not term:
        return reduced(table, left, term.shape, own)
    return table.make("reduce", (term,), places, shape, size=5 + (8 if shape else 0))


def _without_zeros(table: Table, term: Term, own: Sequence[int]) -> Term:
    """A term without the parts whose sums over axes cancel: one and its mean over them, and a name for such a sum."""
    if term in table.meanings:
        return table.zero if reduced(table, table.meanings[term], term.shape, own) is table.zero else term
    pairs, constant = items(term)
    left = dict(pairs)
    for part, coefficient in pairs if term.kind == "sum" else ():
        mean = part.args[0] if part.kind == "expand" else part
        mean = table.meanings.get(mean, mean)
        called = mean.kind == "call" and mean.data is op.mean
        inner = mean.args[0] if mean.kind == "reduce" or called else term
        added = mean.data if mean.kind == "reduce" else ()
        over = axis_indices(mean.params["axis"], inner.ndim) if called else [inner.ndim + a for a in added]
        count = 1 if called else math.prod(inner.shape[a] for a in over)
        if inner is not term and list(over) == list(own) and left.get(inner) == -coefficient * count:
            del left[part], left[inner]
        elif table.meanings and part.shape == term.shape and reduced(table, part, part.shape, own) is table.zero:
            del left[part]
    return term if len(left) == len(pairs) else total(table, left.items(), constant)


def flipped(table: Table, term: Term) -> Term:
    """The transpose of a matrix; a vector or a number is its own."""
    if term.ndim < 2 or term.shape == (1, 1):
        return term
    coefficient, rest = split(term)
    assert rest is not None
    if coefficient != 1:
        return scale(table, coefficient, flipped(table, rest))
    if term.kind == "transpose":
        return term.args[0]
    if symmetric(table, term):
        return term
    if term.kind == "var" and (term.data, "antisymmetric") in table.assumed:
        return scale(table, -1, term)
    if term.kind == "outer":
        return outer(table, term.args[1], term.args[0])
    if term.kind == "chain":
        return chain(table, turned(table, term.args))
    if term.kind == "expand" and term.data == (-1,):
        return term.args[0]
    if term.kind in ("sum", "prod") and all(a.ndim in (0, 2) for a in term.args):
        made = rebuilt(table, term, [flipped(table, a) for a in term.args])
        if made.size < term.size + 4 or any(a.kind == "transpose" for a in term.args):
            return made
    return table.make("transpose", (term,), shape=term.shape[::-1], size=2 + 2 * (term.kind in ("sum", "prod")))


def symmetric(table: Table, term: Term) -> bool:
    """Whether a term is its own transpose: by what is assumed of its names, or by how it is made."""
    if term.ndim < 2:
        return True
    if term.ndim > 2 or term.shape[0] != term.shape[1]:
        return False
    known = table.symmetric.get(term)
    if known is None:
        table.symmetric[term] = False  # while it is asked for
        known = table.symmetric[term] = _symmetric(table, term)
    return known


def _symmetric(table: Table, term: Term) -> bool:
    if term.kind == "var":
        return (term.data, "symmetric") in table.assumed
    if term.kind == "array":
        return bool(np.array_equal(term.data.expr.value, term.data.expr.value.T))
    if term.kind == "outer":
        return term.args[0] is term.args[1]
    if term.kind == "chain":
        return all(flipped(table, a) is b for a, b in zip(term.args, reversed(term.args), strict=True))
    if term.kind in ("sum", "prod"):
        pairs = set((items if term.kind == "sum" else factors)(term)[0])
        return all((a.ndim != 1 and (flipped(table, a), c) in pairs) for a, c in pairs)
    if term.kind == "fill":
        return not term.args[0].shape
    if term.kind == "call":
        if term.data.elementwise:
            return all(a.ndim != 1 and symmetric(table, a) for a in term.args)
        if term.data is op.diag:
            return term.args[0].ndim == 1 and not term.params.get("k")
        return term.data is op.inv and symmetric(table, term.args[0])
    return False


def turned(table: Table, parts: Sequence[Term]) -> list[Term]:
    """The factors of the transpose of a product, in their full shapes."""
    return [exactly(table, flipped(table, p), p.shape[::-1]) for p in reversed(parts)]


def chain(table: Table, given: Sequence[Term]) -> Term:
    """The product of matrices, with a vector allowed at either end; the factors have their full shapes."""
    coefficient = ONE
    pulled: Items = []
    parts: list[Term] = []
    for position, factor in enumerate(given):
        own, rest = split(factor)
        assert rest is not None  # a number is no factor of a matrix product
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
    return product(table, [(made, 1), *pulled], coefficient)


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
            return product(table, [(first, 1), (second, 1)])
        if part.kind == "array" and part.data.place is not None and len(parts) > 1:
            rest = left or turned(table, right)
            inner = rest[0] if len(rest) == 1 else chain(table, rest)
            if inner.kind == "transpose":
                return indexed(table, inner.args[0], (part.data.place,), inner.shape[:-1])
            return indexed(table, inner, (slice(None),) * (inner.ndim - 1) + (part.data.place,), inner.shape[:-1])
        if part.kind == "array" and part.data.symmetric and len(parts) > 1:
            return chain(table, [*left, *right])
        if part.kind == "fill" and part.shape == (1, 1) and not part.args[0].shape and len(parts) > 1:
            return product(table, [(part.args[0], 1), (chain(table, [*left, *right]), 1)])
        if part.shape == (1, 1) and len(parts) > 1 and all(p.ndim == 2 for p in parts):
            return product(table, [(part, 1), (chain(table, [*left, *right]), 1)])
        if part.kind == "fill":
            return _filled(table, left, part, right)
        if part.kind == "expand" and part.data == (-1,) and not right:
            return inserted(table, chain(table, [*left, part.args[0]]), [-1])
        joined = _cancelled(table, part, right[0]) if right else None
        if joined is not None and (joined or len(parts) > 2):
            return chain(table, [*left, *joined, *right[1:]])
    first, last = parts[0], parts[-1]
    if first.ndim == 1 and last.ndim == 2:
        other = turned(table, parts)
        made = _made(table, other)
        alike = any(p.ndim == 2 and symmetric(table, p) for p in parts)
        if table.forward and not alike and _order(parts)[0] <= _order(other)[0]:
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
    return sum(part.kind == "transpose" for part in parts), first, [f.rank for f in parts]


def _key(parts: list[Term]) -> object:
    return ("chain", tuple([p.rank for p in parts]), None, parts[0].shape[:-1] + parts[-1].shape[1:])


def _made(table: Table, parts: list[Term]) -> Term:
    brackets = sum(2 for p in parts if p.kind in ("sum", "prod"))
    shape = parts[0].shape[:-1] + parts[-1].shape[1:]
    return table.make("chain", tuple(parts), shape=shape, size=3 * (len(parts) - 1) + brackets)


def _cancelled(table: Table, a: Term, b: Term) -> list[Term] | None:
    """What two neighbours of a product are where one inverts the other: ``X @ inv(A @ X)`` is inv(A)."""
    before_it, after_it = _inverted(table, b), _inverted(table, a)
    if before_it and before_it[-1] is a and a.shape[0] == a.shape[-1]:
        rest = before_it[:-1]
    elif after_it and after_it[0] is b and b.shape[0] == b.shape[-1]:
        rest = after_it[1:]
    else:
        return None
    if not rest:
        return []
    inside = chain(table, rest)
    other = flipped(table, inside)
    if other.size < inside.size:
        return [flipped(table, table.call(op.inv, [other], {}, other.shape))]
    return [table.call(op.inv, [inside], {}, inside.shape)]


def _inverted(table: Table, term: Term) -> list[Term]:
    """The factors of the matrix of which a term is the inverse."""
    inverse = term.args[0] if term.kind == "transpose" else term
    if inverse.kind != "call" or inverse.data is not op.inv:
        return []
    inside = loose(inverse.args[0])
    parts = list(inside.args) if inside.kind == "chain" else [inside]
    return turned(table, parts) if term.kind == "transpose" else parts


def _filled(table: Table, left: list[Term], part: Term, right: list[Term]) -> Term:
    """A product in which one factor repeats a number, a row or a column: sums take its place."""
    inner = loose(part)
    if part.ndim == 1:
        ends = [*left, *right]
        axis = -1 if left else 0
        one = ends[-1] if left else ends[0]
        summed = reduced(table, one, one.shape, [axis % one.ndim])
        rest = ([*left[:-1], summed] if left else [summed, *right[1:]]) if len(ends) > 1 else [summed]
        return product(table, [(inner, 1), (chain(table, rest) if len(rest) > 1 else rest[0], 1)])
    column = realign(table, inner, 2, [0]) if inner.ndim == 2 and inner.shape[1] == 1 else None
    row = inner if inner.ndim == 1 else None
    if column is None and row is None and inner.ndim == 2:
        return _made(table, [*left, part, *right])
    scalar = [(inner, 1)] if column is None and row is None else []
    above = exactly(table, table.one if column is None else column, part.shape[:1])
    beside = exactly(table, table.one if row is None else row, part.shape[1:])
    first = chain(table, [*left, above]) if left else loose(above)
    second = chain(table, [beside, *right]) if right else loose(beside)
    if first.ndim == 1 and (not right or right[-1].ndim == 2):  # a column; one number may stand for the row beside it
        first = inserted(table, first, [-1])
    if first.kind == "expand" and second.ndim == 1:
        return product(table, [(outer(table, first.args[0], second), 1), *scalar])
    return product(table, [(first, 1), (second, 1), *scalar])


def over(table: Table, term: Term, done: Mapping[Term, Term]) -> Term:
    """The same operation on what its parts became, where that has the same shape."""
    args = [done[a] for a in term.args]
    new = term if all(a is b for a, b in zip(args, term.args, strict=True)) else rebuilt(table, term, args)
    return new if new.shape == term.shape else term


def rebuilt(table: Table, term: Term, args: list[Term]) -> Term:
    """The same operation on other parts."""
    if term.kind == "sum":
        return total(table, zip(args, term.data[0], strict=True), term.data[1])
    if term.kind == "prod":
        return times(table, zip(args, term.data, strict=True))
    if term.kind == "chain":
        return chain(table, args)
    if term.kind == "transpose":
        return flipped(table, args[0])
    if term.kind == "outer":
        return outer(table, args[0], args[1])
    if term.kind == "reduce":
        return reduced(table, args[0], args[0].shape, [args[0].ndim + a for a in term.data])
    if term.kind == "expand":
        return inserted(table, args[0], list(term.data))
    if term.kind == "fill":
        return exactly(table, args[0], term.shape)
    shape = joint(args) if term.data.elementwise else term.data.shape(*[a.shape for a in args], **term.params)
    return table.call(term.data, args, term.params, shape)


def summed_names(
    table: Table, given: Sequence[tuple[str, Term]], result: str, lengths: Mapping[str, int]
) -> Term | None:
    """The sum of products of matrices and vectors, each with a letter for each axis, over those that ``result`` lacks.

    None where a letter is that of more than two matrices.
    """
    parts = list(given)
    for gone in dict.fromkeys(letter for letters, _ in given for letter in letters if letter not in result):
        merged: dict[frozenset[str], tuple[str, Term]] = {}
        for letters, term in parts:
            first, made = merged.setdefault(frozenset(letters), (letters, table.one))
            merged[frozenset(letters)] = first, times(table, [(made, 1), (_named(table, letters, term, first), 1)])
        parts = [part for part in merged.values() if gone not in part[0]]
        inside = sorted((part for part in merged.values() if gone in part[0]), key=lambda part: len(part[0]))
        if len(inside) == 3 and inside[0][0] == gone:  # a vector scales one of the matrices
            letters, term = inside[1]
            inside = [(letters, times(table, [(_named(table, *inside[0], letters), 1), (term, 1)])), inside[2]]
        if len(inside) > 2:
            return None
        before, after = (part[0].replace(gone, "") for part in (inside[0], inside[-1]))
        left, right = (
            exactly(table, _named(table, *part, wanted), tuple(lengths[letter] for letter in wanted))
            for part, wanted in ((inside[0], before + gone), (inside[-1], gone + after))
        )
        if len(inside) == 1:
            parts.append((before, reduced(table, left, left.shape, [len(before)])))
        else:
            parts.append((before + after, loose(chain(table, [left, right]))))
    return times(table, [(_named(table, *part, result), 1) for part in parts])


def _named(table: Table, letters: str, term: Term, wanted: str) -> Term:
    """A term with these letters for its axes in the order of others, of which it may lack one."""
    if wanted.endswith(letters) or not term.shape:
        return term
    return inserted(table, term, [-1]) if term.ndim == 1 else flipped(table, term)
