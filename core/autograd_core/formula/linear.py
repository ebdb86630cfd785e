"""The matrix of what is linear in a vector: from the formula of v.J to that of J.

``p*(v - p @ v)`` is ``(diag(p) - outer(p, p)) @ v``. Where a formula has no such matrix, all rows are worked out at
once: read for every unit vector as a batch, the formula of v.J is the formula of J.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_core.engine.vmap import Batched
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Const, Expr, Var
from autograd_core.expr.run import evaluate
from autograd_core.formula.algebra import Items, factors, items, parted, product, total
from autograd_core.formula.axes import exactly, loose, outer
from autograd_core.formula.contraction import chain, flipped, reduced
from autograd_core.formula.names import replaced
from autograd_core.formula.normalize import Converter, identity
from autograd_core.formula.printer import Printer
from autograd_core.formula.terms import Table, Term, under
from autograd_core.ops.registry import op
from autograd_core.ops.spec import Shape

SMALL = 16
"""Entries of a constant matrix, or of an index, that is written out."""

NAMED = 10_000
"""Entries of a constant matrix that is looked at: it may be one that has a name, as ``tril(ones(n, n))``."""


def jacobian(table: Table, term: Term, v: Var | None, variable: Var, variables: Mapping[str, Var]) -> Term | None:
    """The Jacobian, of the shapes of the result and the variable, from the term of v.J; None where none is found.

    ``v`` is None for a result without axes, whose Jacobian is the gradient.
    """
    if v is None:
        return _worked_out(table, exactly(table, term, variable.shape))
    seed = table.var(v.name, v.shape)
    if len(v.shape) == 1 and not variable.shape and v.shape[0] <= SMALL and (rows := _entries(table, seed, term)):
        stacked = table.call(op.stack, rows, {"axis": 0}, v.shape)
        return _worked_out(table, stacked)
    if len(v.shape) == 1 and len(variable.shape) <= 1:
        whole = exactly(table, term, variable.shape)
        found = Linear(table, seed, whole).matrix(whole)
        if found is not None:
            return _worked_out(table, exactly(table, flipped(table, found), v.shape + variable.shape))
    batch = _batched(table, term, v, variable, variables)
    return None if batch is None else _worked_out(table, batch)


def _entries(table: Table, seed: Term, term: Term) -> list[Term]:
    """What the term is for each unit vector as the seed, where it uses single entries of it alone."""
    uses = [part for part in under([term]) if seed in part.args]
    if any(part.kind != "call" or part.data is not op.index or part.shape for part in uses):
        return []
    places = [part.params["key"][0] % seed.shape[0] for part in uses]
    units = [
        {part: table.one if place == row else table.zero for part, place in zip(uses, places, strict=True)}
        for row in range(seed.shape[0])
    ]
    return [loose(replaced(table, term, unit)) for unit in units]


def _worked_out(table: Table, term: Term) -> Term:
    """An array that is made of numbers alone, as these numbers where they are few or have a name."""
    parts = under([term])
    if term.kind != "call" or any(part.kind == "var" for part in parts) or math.prod(term.shape) > NAMED:
        return term
    expr = Printer(table, {}, {}).to_expr(term)
    made = Converter(table, -1).convert([Const(evaluate([expr], {})[expr])])[0]
    unnamed = made.kind == "array" and made.data.expr.text is None
    return term if unnamed and math.prod(term.shape) > SMALL else made


class Linear:
    """Reads the matrix of terms that are linear in ``seed``."""

    def __init__(self, table: Table, seed: Term, root: Term) -> None:
        self.table = table
        self.seed = seed
        self.length = seed.shape[0]
        self.depends: set[Term] = set()
        for part in under([root, seed]):
            if part is seed or any(a in self.depends for a in part.args):
                self.depends.add(part)

    def matrix(self, term: Term) -> Term | None:
        """``M`` with ``term = M @ seed``: of two axes, or of one for a term without axes; None where none is found."""
        table, inner = self.table, loose(term)
        if inner is not term and term not in self.depends:
            self.depends.add(term)
        if inner not in self.depends:
            return table.zero if inner.value == 0 else None
        if inner.ndim < term.ndim:
            row = self.matrix(inner)
            return None if row is None else outer(table, exactly(table, table.one, term.shape), row)
        if inner is self.seed:
            return identity(table, self.length)
        if inner.kind == "sum":
            pairs, constant = items(inner)
            if constant:
                return None
            made: Items = []
            for part, coefficient in pairs:
                own = self.matrix(exactly(table, part, inner.shape))
                if own is None:
                    return None
                made.append((own, coefficient))
            return total(table, made)
        if inner.kind == "prod":
            return self._product(inner)
        if inner.kind == "chain":
            return self._chain(inner)
        if inner.kind == "reduce" and inner.args[0].ndim == 1:
            rows = self.matrix(inner.args[0])
            return None if rows is None else self._summed(rows, inner.args[0].shape)
        return None

    def _product(self, term: Term) -> Term | None:
        """One factor is linear in the seed, the others scale its rows."""
        table = self.table
        bases, coefficient = factors(term)
        inside = [(b, e) for b, e in bases if b in self.depends]
        if len(inside) != 1 or inside[0][1] != 1:
            return None
        found = self.matrix(inside[0][0])
        if found is None:
            return None
        scalars = [(b, e) for b, e in bases if b is not inside[0][0] and not b.shape]
        rows = [(b, e) for b, e in bases if b is not inside[0][0] and b.shape]
        if rows:
            row = exactly(table, product(table, rows), term.shape)
            found = outer(table, row, found) if found.ndim == 1 else scaled_rows(table, row, found)
        return product(table, [*scalars, (found, 1)], coefficient)

    def _chain(self, term: Term) -> Term | None:
        """A matrix product whose last or first factor is the vector that is linear in the seed."""
        inside = [a for a in term.args if a in self.depends]
        if len(inside) != 1:
            return None
        found = self.matrix(inside[0])
        if found is None or inside[0].ndim != 1:
            return None
        found = exactly(self.table, found, (*inside[0].shape, self.length))  # the identity of one row is a number
        parts = list(term.args)
        if parts[-1] is inside[0]:
            return chain(self.table, [*parts[:-1], found])
        if parts[0] is inside[0]:
            return chain(self.table, [*(flipped(self.table, a) for a in reversed(parts[1:])), found])
        return None

    def _summed(self, rows: Term, lengths: Shape) -> Term:
        """The sum of the rows of a matrix of so many rows; the matrix of one row may be a number."""
        table = self.table
        if rows is identity(table, self.length):
            return exactly(table, table.one, (self.length,))
        return reduced(table, rows, (*lengths, self.length), [0])


def scaled_rows(table: Table, row: Term, matrix: Term) -> Term:
    """``diag(row) @ matrix``, term by term where that is simple."""
    pairs, constant = items(matrix)
    if len(pairs) > 1 and not constant and any(map(_simple, matrix.args)):
        return total(table, [(scaled_rows(table, row, part), c) for part, c in pairs])
    return chain(table, [diagonal(table, row), matrix]) if pairs else table.zero


def _simple(term: Term) -> bool:
    """Whether a term is an outer product, an identity or a diagonal matrix, times scalars."""
    grids = [b for b, _ in factors(term)[0] if b.shape]
    return len(grids) == 1 and (
        grids[0].kind == "outer"
        or (grids[0].kind == "array" and grids[0].data.symmetric)
        or (grids[0].kind == "call" and grids[0].data is op.diag)
    )


def diagonal(table: Table, row: Term) -> Term:
    """A matrix with a vector on its diagonal; numbers and scalars stand before it."""
    scalars, inner = parted(table, loose(row))
    made = table.call(op.diag, [exactly(table, inner, row.shape)], dict(op.diag.bind([inner], {})[1]), row.shape * 2)
    return product(table, [*scalars, (made, 1)])


def _batched(table: Table, term: Term, v: Var, variable: Var, variables: Mapping[str, Var]) -> Term | None:
    """All rows at once: the term read for all unit vectors as a batch; it may be the same for all rows, and numbers."""
    expr = Printer(table, {}, {}).to_expr(exactly(table, term, variable.shape))
    count, full = math.prod(v.shape), v.shape + variable.shape
    eye: Expr = Const(np.eye(count), f"eye({count})")
    bound: dict[str, Any] = {
        part.data: variables.get(part.data, Var(part.data, part.shape)) for part in under([term]) if part.kind == "var"
    }
    bound[v.name] = Batched(eye if len(v.shape) == 1 else op.reshape(eye, shape=(count, *v.shape)), unit=True)
    try:
        made = evaluate([expr], bound)[expr]
        batched = type(made) is Batched
        data: Any = made.data if batched else made
        rows: Expr = data if isinstance(data, Expr) else Const(data)
        shape = (count, *variable.shape) if batched else full
        rows = rows if rows.shape == shape else op.broadcast_to(rows, shape=shape)
        whole: Expr = rows if shape == full else op.reshape(rows, shape=full)
        found = exactly(table, Converter(table, -1).convert([whole])[0], full)
    except (AutogradError, KeyError, TypeError, ValueError):
        return None
    picked = [each for part in under([found]) for each in part.params.get("key", ()) if isinstance(each, np.ndarray)]
    return None if any(each.size > SMALL for each in picked) else found
