"""From expressions to terms: one reader for each operation that has a normal form."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.formula.axes import exactly, inserted, loose, realign, reduced, times
from autograd_core.formula.elementwise import factors, power, product, scale, split, total
from autograd_core.formula.matrix import chain, flipped, outer_or_product
from autograd_core.formula.terms import Table, Term
from autograd_core.ops.arguments import axis_indices
from autograd_core.ops.registry import find
from autograd_core.ops.spec import Shape

Reader = Callable[[Table, Call, list[Term]], Term]

_SUMS = frozenset({"add", "sub", "neg"})
_PRODUCTS = frozenset({"mul", "div"})


class Constant:
    """An array that does not vary, by the expression it came from; equal when that is the same array."""

    def __init__(self, expr: Const, identity: tuple[int, int] | None) -> None:
        self.expr = expr
        self.identity = identity

    @property
    def symmetric(self) -> bool:
        """Whether it is its own transpose."""
        return self.identity is not None and self.identity[0] == self.identity[1]


class Converter:
    """Turns expressions into terms; what was turned once is not turned again.

    Expressions with a ``number`` up to ``boundary`` are the user's own; later ones come from the rules.
    """

    def __init__(self, table: Table, boundary: int) -> None:
        self.table = table
        self.boundary = boundary
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
            self.terms[id(node)] = self._term(node, delayed)
        return [self.terms[id(root)] for root in wanted]

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
            if len(used) == 1 and id(node) not in top and node.op is not None and used[0].op is not None:
                for group in (_SUMS, _PRODUCTS):
                    if node.op.name in group and used[0].op.name in group:
                        found.add(id(node))
            elif len(used) > 1 and node.op is not None and node.op.name in _SUMS and node.number <= self.boundary:
                found.add(-id(node))
        return found

    def _term(self, node: Expr, delayed: set[int]) -> Term:
        table = self.table
        if isinstance(node, Var):
            return table.var(node.name, node.shape)
        if isinstance(node, Const):
            return constant(table, node)
        assert isinstance(node, Call)
        name = node.op.name
        if name in _SUMS:
            made = self._sum(node, delayed)
            if -id(node) in delayed and (whole := split(made)[1]) is not None and whole.kind == "sum":
                table.whole.add(whole)
            return made
        if name in _PRODUCTS:
            return self._product(node, delayed)
        operands = [self.terms[id(o)] for o in node.operands]
        reader = READERS.get(name)
        made = None if reader is None else reader(table, node, operands)
        return plain(table, node, operands) if made is None else made

    def _sum(self, node: Call, delayed: set[int]) -> Term:
        """A sum of any length, read from left to right."""
        found: list[tuple[Term, float]] = []
        added = True
        stack: list[tuple[Expr, float]] = [(node, 1.0)]
        while stack:
            part, sign = stack.pop()
            if part is not node and id(part) not in delayed:
                found.append((loose(self.terms[id(part)]), sign))
                added = added and not isinstance(part, Const)
                continue
            assert part.op is not None
            if part.op.name == "neg":
                stack.append((part.operands[0], -sign))
            else:
                stack.append((part.operands[1], -sign if part.op.name == "sub" else sign))
                stack.append((part.operands[0], sign))
            added = added and part.op.name == "add"
        if added and not self.table.forward:
            found.reverse()  # the walk meets the last use first
        return total(self.table, found)

    def _product(self, node: Call, delayed: set[int]) -> Term:
        """A product of any length."""
        found: list[tuple[Term, float]] = []
        stack: list[tuple[Expr, float]] = [(node, 1.0)]
        while stack:
            part, exponent = stack.pop()
            if part is not node and id(part) not in delayed:
                found.append((loose(self.terms[id(part)]), exponent))
                continue
            assert part.op is not None
            stack.append((part.operands[1], -exponent if part.op.name == "div" else exponent))
            stack.append((part.operands[0], exponent))
        return times(self.table, found)


def constant(table: Table, node: Const) -> Term:
    """A constant: a number, also where an array repeats one; the identity matrix is told apart."""
    value = node.value
    if value.size and not (value.ndim and any(value.strides)) or value.size == 1:
        first = float(value.flat[0])
    else:
        first = float(value.flat[0]) if value.size and bool((value == value.flat[0]).all()) else math.nan
    if math.isfinite(first):
        return table.num(first)
    identity = None
    if value.ndim == 2 and min(value.shape) > 1 and np.array_equal(value, np.eye(*value.shape)):
        identity = (value.shape[0], value.shape[1])
    key = (identity or node.text or value.tobytes(), value.shape)
    size = 6 if identity or node.text else 6 * value.size + 2
    return table.make("array", data=Constant(node, identity), shape=value.shape, key=key, size=size)


def plain(table: Table, node: Call, operands: list[Term]) -> Term:
    """An operation without a normal form: of a linear one the numbers are taken out."""
    op, params = node.op, dict(node.params)
    if op.elementwise:
        args = [loose(o) for o in operands]
        return table.call(op, args, params, _joint(args) if args else node.shape)
    args = [exactly(table, o, e.shape) for o, e in zip(operands, node.operands, strict=True)]
    pulled: list[tuple[Term, float]] = []
    if (op.linear == "jointly" and len(args) == 1) or op.linear == "each":
        for position, (arg, loosened) in enumerate(zip(args, operands, strict=True)):
            pairs, coefficient = factors(loosened)
            if coefficient == 0:
                return table.zero
            scalars = [(b, e) for b, e in pairs if not b.shape]
            if arg.shape and (scalars or coefficient != 1):
                rest = product(table, [(b, e) for b, e in pairs if b.shape])
                args[position] = exactly(table, rest, arg.shape)
                pulled += [*scalars, (table.num(coefficient), 1.0)]
    shape = node.shape
    back: list[int | None] | None = None
    if "axis" in params and len(args) == 1 and args[0].ndim:
        ndim = args[0].ndim
        if "keepdims" in params:
            gone = axis_indices(params["axis"], ndim)
            params["axis"] = None if len(gone) == ndim else gone[0] if len(gone) == 1 else gone
            if params["keepdims"]:
                params["keepdims"] = False
                kept = [i for i in range(ndim) if i not in gone]
                back = [kept.index(i) if i in kept else None for i in range(ndim)]
                shape = tuple(shape[i] for i in kept)
        elif op.name in ("softmax", "log_softmax") and params["axis"] == ndim - 1:
            params["axis"] = -1
    made = table.call(op, args, params, shape)
    if back is not None:
        made = realign(table, made, len(shape), back)
    return product(table, [(made, 1.0), *pulled]) if pulled else made


def _joint(args: list[Term]) -> Shape:
    from autograd_core.formula.terms import joint

    return joint(args)


def _pow_scalar(table: Table, node: Call, operands: list[Term]) -> Term:
    return power(table, loose(operands[0]), node.params["exponent"])


def _fixed_power(exponent: float) -> Reader:
    return lambda table, node, operands: power(table, loose(operands[0]), exponent)


def _pow_tensor(table: Table, node: Call, operands: list[Term]) -> Term | None:
    exponent = loose(operands[1]).value
    return None if exponent is None else power(table, loose(operands[0]), exponent)


def _abs(table: Table, node: Call, operands: list[Term]) -> Term | None:
    coefficient, rest = split(loose(operands[0]))
    if rest is None:
        return table.num(abs(coefficient))
    if coefficient == 1:
        return None
    return scale(table, abs(coefficient), table.call(node.op, [rest], node.params, rest.shape))


def _matmul(table: Table, node: Call, operands: list[Term]) -> Term | None:
    if any(len(o.shape) > 2 for o in node.operands):
        return None
    args = [exactly(table, o, e.shape) for o, e in zip(operands, node.operands, strict=True)]
    if any(split(loose(a))[0] == 0 and split(loose(a))[1] is None for a in args):
        return table.zero
    return chain(table, args)


def _outer(table: Table, node: Call, operands: list[Term]) -> Term | None:
    if any(len(o.shape) != 1 for o in node.operands):
        return None
    a, b = (loose(o) for o in operands)
    if a.shape and not b.shape:
        return product(table, [(inserted(table, a, [-1]), 1.0), (b, 1.0)])
    return outer_or_product(table, a, b)


def _transpose(table: Table, node: Call, operands: list[Term]) -> Term | None:
    ndim = len(node.shape)
    axes = node.params.get("axes")
    if node.op.name == "transpose":
        order = tuple(range(ndim))[::-1] if axes is None else axis_indices(axes, ndim)
    else:
        swapped = list(range(ndim))
        a, b = node.params["axis1"] % ndim, node.params["axis2"] % ndim
        swapped[a], swapped[b] = b, a
        order = tuple(swapped)
    if order == tuple(range(ndim)) or not loose(operands[0]).shape:
        return operands[0]
    if ndim == 2:
        inner = loose(operands[0])
        return inserted(table, inner, [-1]) if inner.ndim == 1 else flipped(table, inner)
    return None


def _sum(table: Table, node: Call, operands: list[Term]) -> Term:
    shape = node.operands[0].shape
    gone = axis_indices(node.params["axis"], len(shape))
    made = reduced(table, operands[0], shape, gone)
    return _kept(table, made, len(shape), gone) if node.params["keepdims"] else made


def _mean(table: Table, node: Call, operands: list[Term]) -> Term | None:
    """A mean is kept as such; over entries that are all equal it is that entry."""
    shape = node.operands[0].shape
    return loose(operands[0]) if math.prod(shape) and not loose(operands[0]).shape else None


def _kept(table: Table, term: Term, ndim: int, gone: Iterable[int]) -> Term:
    """The axes that a reduction dropped, back with length 1."""
    left = [i for i in range(ndim) if i not in set(gone)]
    return realign(table, term, len(left), [left.index(i) if i in left else None for i in range(ndim)])


def _reshape(table: Table, node: Call, operands: list[Term]) -> Term | None:
    """A change of shape; where only axes of length 1 come or go, the others are followed."""
    before, after = node.operands[0].shape, node.shape
    inner = loose(operands[0])
    if not inner.shape or before == after:
        return inner
    long = [i for i, n in enumerate(before) if n != 1]
    if [before[i] for i in long] == [n for n in after if n != 1]:
        rest = iter(long)
        return realign(table, inner, len(before), [next(rest) if n != 1 else None for n in after])
    if inner.kind == "call" and inner.data.name == "reshape" and inner.shape == before:
        inner = inner.args[0]
        if inner.shape == after:
            return inner
    op = find("reshape")
    pairs, coefficient = factors(inner)
    scalars = [(b, e) for b, e in pairs if not b.shape]
    rest_term = product(table, [(b, e) for b, e in pairs if b.shape])
    shape = (-1,) if len(after) == 1 else after
    made = table.call(op, [exactly(table, rest_term, before)], {"shape": shape}, after)  # type: ignore[arg-type]
    return product(table, [(made, 1.0), *scalars], coefficient)


def _index(table: Table, node: Call, operands: list[Term]) -> Term | None:
    """``x[:, None]`` moves axes only; anything else picks entries."""
    key = node.params["key"]
    if not loose(operands[0]).shape:
        return loose(operands[0])
    if not all(part is None or part is Ellipsis or part == slice(None) for part in key):
        return None
    ndim = len(node.operands[0].shape)
    used = sum(part is not None and part is not Ellipsis for part in key)
    parts: list[Any] = []
    for part in key if Ellipsis in key else (*key, Ellipsis):
        parts += [slice(None)] * (ndim - used) if part is Ellipsis else [part]
    rest = iter(range(ndim))
    return realign(table, operands[0], ndim, [None if part is None else next(rest) for part in parts])


def _broadcast(table: Table, node: Call, operands: list[Term]) -> Term:
    return loose(operands[0])


_OPPOSITE = {
    "greater": "less_equal",
    "less_equal": "greater",
    "less": "greater_equal",
    "greater_equal": "less",
    "equal": "not_equal",
    "not_equal": "equal",
}


def indicator(term: Term) -> bool:
    """Whether a term is 1 where something holds and 0 elsewhere."""
    if term.kind == "prod":
        return all(indicator(a) for a in term.args) and all(e > 0 for e in term.data)
    return term.kind == "call" and term.data.group == "comparison"


def opposite(table: Table, term: Term) -> Term:
    """1 where the condition does not hold, else 0."""
    if term.kind == "call" and term.data.name in _OPPOSITE:
        return table.call(find(_OPPOSITE[term.data.name]), term.args, term.params, term.shape)  # type: ignore[arg-type]
    return total(table, [(term, -1.0)], 1.0)


def _where(table: Table, node: Call, operands: list[Term]) -> Term | None:
    condition, a, b = (loose(o) for o in operands)
    if not indicator(condition):
        return None
    if b.value == 0:
        return times(table, [(a, 1.0), (condition, 1.0)])
    if a.value == 0:
        return times(table, [(b, 1.0), (opposite(table, condition), 1.0)])
    return None


READERS: dict[str, Reader | Callable[[Table, Call, list[Term]], Term | None]] = {
    "pow_scalar": _pow_scalar,
    "pow_tensor": _pow_tensor,
    "square": _fixed_power(2.0),
    "sqrt": _fixed_power(0.5),
    "rsqrt": _fixed_power(-0.5),
    "reciprocal": _fixed_power(-1.0),
    "abs": _abs,
    "matmul": _matmul,
    "outer": _outer,
    "transpose": _transpose,
    "swapaxes": _transpose,
    "sum": _sum,
    "mean": _mean,
    "reshape": _reshape,
    "squeeze": _reshape,
    "expand_dims": _reshape,
    "index": _index,
    "broadcast_to": _broadcast,
    "where": _where,
}
"""How an operation is read; one that gives None is kept as it is."""
