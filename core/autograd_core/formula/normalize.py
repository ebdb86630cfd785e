"""From expressions to terms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np

from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.formula.algebra import Items, product, total
from autograd_core.formula.axes import exactly, loose, times
from autograd_core.formula.normalizers import READERS, plain
from autograd_core.formula.numbers import HALF, recognised
from autograd_core.formula.terms import Table, Term
from autograd_core.ops.registry import op

_SUMS = frozenset({op.add, op.sub, op.neg})
_PRODUCTS = frozenset({op.mul, op.div})


class Constant:
    """An array that does not vary, by the expression it came from; equal when that is the same array."""

    def __init__(self, expr: Const, identity: tuple[int, int] | None) -> None:
        self.expr = expr
        self.identity = identity
        single = expr.value.ndim == 1 and (expr.text or "").startswith("one_hot(")
        self.place = int(expr.value.argmax()) if single else None

    @property
    def symmetric(self) -> bool:
        """Whether it is its own transpose."""
        return self.identity is not None and self.identity[0] == self.identity[1]


class Converter:
    """Turns expressions into terms; what was turned once is not turned again.

    Expressions with a ``number`` up to ``boundary`` are the user's own; later ones come from the rules. Those that are
    ``named`` are written by their name.
    """

    def __init__(self, table: Table, boundary: int, named: Mapping[Expr, str] | None = None) -> None:
        self.table = table
        self.boundary = boundary
        self.named = named or {}
        self.terms: dict[int, Term] = {}
        self.kept: list[Expr] = []  # so that no identity is used twice

    def convert(self, roots: Iterable[Expr]) -> list[Term]:
        """The terms of ``roots``."""
        wanted = list(roots)
        self.kept += wanted
        nodes = topological(wanted)
        delayed = self._delayed(nodes, wanted)
        for node in nodes:
            if id(node) in self.terms or id(node) in delayed:
                continue
            self.table.forward = node.number <= self.boundary
            name = self.named.get(node)
            self.terms[id(node)] = self._term(node, delayed) if name is None else self.table.var(name, node.shape)
        return [self.terms[id(root)] for root in wanted]

    def definition(self, node: Expr) -> Term:
        """The term of an expression that has a name, in the names of others."""
        self.convert(node.operands)
        self.table.forward = True
        return self._term(node, set())

    def _delayed(self, nodes: list[Expr], roots: list[Expr]) -> set[int]:
        """Parts of longer sums and products that nothing else uses: the whole is read at once."""
        users: dict[int, list[Expr]] = {}
        for node in nodes:
            for operand in node.operands:
                users.setdefault(id(operand), []).append(node)
        top = {id(root) for root in roots}
        found = set()
        for node in nodes:
            used = users.get(id(node), [])
            if node in self.named or any(user in self.named for user in used):
                continue
            alike = any(node.op in group and used[0].op in group for group in (_SUMS, _PRODUCTS)) if used else False
            if len(used) == 1 and id(node) not in top and alike:
                found.add(id(node))
        return found

    def _term(self, node: Expr, delayed: set[int]) -> Term:
        table = self.table
        if isinstance(node, Var):
            return table.var(node.name, node.shape)
        if isinstance(node, Const):
            return constant(table, node)
        assert isinstance(node, Call)
        if node.op in _SUMS:
            return self._sum(node, delayed)
        if node.op in _PRODUCTS:
            return self._product(node, delayed)
        if node.number > self.boundary and node.op is op.magnitude:
            return exactly(table, table.one, node.shape)  # a rule divides by it and multiplies again, for the digits
        operands = [self.terms[id(o)] for o in node.operands]
        reader = READERS.get(node.op)
        read = None if reader is None else reader(table, node, operands)
        return plain(table, node, operands) if read is None else read

    def _sum(self, node: Call, delayed: set[int]) -> Term:
        """A sum of any length, read from left to right."""
        found: Items = []
        added = True
        stack: list[tuple[Expr, int]] = [(node, 1)]
        while stack:
            part, sign = stack.pop()
            if part is not node and id(part) not in delayed:
                found.append((loose(self.terms[id(part)]), sign))
                added = added and not isinstance(part, Const)
                continue
            assert part.op is not None
            if part.op is op.neg:
                stack.append((part.operands[0], -sign))
            else:
                stack.append((part.operands[1], -sign if part.op is op.sub else sign))
                stack.append((part.operands[0], sign))
            added = added and part.op is op.add
        if added and not self.table.forward:
            found.reverse()  # the walk meets the last use first
        return total(self.table, found)

    def _product(self, node: Call, delayed: set[int]) -> Term:
        """A product of any length."""
        found: Items = []
        stack: list[tuple[Expr, int]] = [(node, 1)]
        while stack:
            part, exponent = stack.pop()
            if part is not node and id(part) not in delayed:
                found.append((loose(self.terms[id(part)]), exponent))
                continue
            assert part.op is not None
            stack.append((part.operands[1], -exponent if part.op is op.div else exponent))
            stack.append((part.operands[0], exponent))
        return times(self.table, found)


def number(table: Table, value: float) -> Term:
    """A finite number, with the roots and constants that it stands for as factors."""
    coefficient, constants, root = recognised(value)
    if any(name.startswith(("pi", "e")) and name in table.hidden for name, _ in constants):
        return table.num(Fraction(repr(value)))
    pairs: Items = [(table.num(root), HALF)] if root != 1 else []
    for name, exponent in constants:
        inner = name.removeprefix("log(").removesuffix(")")
        made = table.const(name) if inner == name else table.call(op.log, [table.num(int(inner))], {}, ())
        pairs.append((made, exponent))
    return product(table, pairs, coefficient) if pairs else table.num(coefficient)


def constant(table: Table, node: Const) -> Term:
    """A constant: a number, also where an array repeats one; the identity matrix is told apart."""
    value = node.value
    if node.text in ("pi", "e") and not value.shape:
        return table.const(node.text)
    if not value.size:
        return table.zero
    if value.size == 1 or not any(value.strides):
        first = float(value.flat[0])
    else:
        first = float(value.flat[0]) if value.size and bool((value == value.flat[0]).all()) else math.nan
    if math.isfinite(first):
        return number(table, first)
    identity = None
    if value.ndim == 2 and min(value.shape) > 1 and np.array_equal(value, np.eye(*value.shape)):
        identity = (value.shape[0], value.shape[1])
    node = _one_hot(node) if node.text is None and identity is None else node
    key = (identity or node.text or value.tobytes(), value.shape)
    size = 6 if identity or node.text else 6 * value.size + 2
    return table.make("array", data=Constant(node, identity), shape=value.shape, key=key, size=size)


def identity(table: Table, length: int) -> Term:
    """The identity matrix."""
    return constant(table, Const(np.eye(length), f"eye({length})"))


def _one_hot(node: Const) -> Const:
    """The constant with its text where each row has a single 1 among zeros, or ones on one side of its diagonal."""
    value = node.value
    places = value.argmax(-1) if value.ndim in (1, 2) and value.size > 2 else None
    for triangle in (np.tril, np.triu) if value.ndim == 2 and value.size > 1 else ():
        if np.array_equal(value, triangle(np.ones_like(value))):
            return Const(value, f"{triangle.__name__}(ones({value.shape[0]}, {value.shape[1]}))")
    if places is None or not np.array_equal(value, np.arange(value.shape[-1]) == places[..., None]):
        return node
    return Const(value, f"one_hot({places.tolist()}, {value.shape[-1]})")
