"""From expressions to terms: operations that have a normal form, constants, and all others as they are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from itertools import product as product_of
from typing import Any

import numpy as np

from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.formula.algebra import Items, items, parted, product, total
from autograd_core.formula.axes import exactly, indexed, inserted, loose, outer, realign, times
from autograd_core.formula.contraction import chain, flipped, reduced, summed_names
from autograd_core.formula.numbers import HALF, exact_exponent, nearest_float, recognised, written
from autograd_core.formula.terms import Table, Term, joint
from autograd_core.ops.products import axis_letters
from autograd_core.ops.registry import functions
from autograd_core.ops.registry import op as ops
from autograd_core.ops.signature import axis_indices
from autograd_core.ops.spec import OpSpec

_SUMS = frozenset({ops.add, ops.sub, ops.neg})


class Constant:
    """An array that does not vary, by the expression it came from; equal when that is the same array."""

    def __init__(self, expr: Const) -> None:
        self.expr = expr
        text = expr.text or ""
        self.place = int(expr.value.argmax()) if text.startswith("one_hot(") and expr.ndim == 1 else None
        self.symmetric = expr.ndim == 2 and text == f"eye({expr.shape[0]})"


class Converter:
    """Turns expressions into terms; what was turned once is not turned again.

    Expressions with a ``number`` up to ``boundary`` are the user's own; later ones come from the rules. Those that are
    ``named`` are written by their name.
    """

    def __init__(self, table: Table, boundary: int, named: Mapping[Expr, str] | None = None) -> None:
        self.table = table
        self.boundary = boundary
        self.named = named or {}
        self.terms: dict[Expr, Term] = {}
        self.parts: set[Expr] = set()

    def convert(self, roots: Iterable[Expr]) -> list[Term]:
        """The terms of ``roots``."""
        wanted = list(roots)
        nodes = topological(wanted)
        uses = Counter(operand for node in nodes for operand in node.operands)
        own = {*wanted, *self.named}
        # parts of longer sums that nothing else uses: the whole is read at once
        self.parts = {
            operand
            for node in nodes
            for operand in (node.operands if node.op in _SUMS and node not in self.named else ())
            if operand.op in _SUMS and uses[operand] == 1 and operand not in own
        }
        for node in nodes:
            if node not in self.terms and node not in self.parts:
                name = self.named.get(node)
                self.terms[node] = self._term(node) if name is None else self.table.var(name, node.shape)
        return [self.terms[root] for root in wanted]

    def definition(self, node: Expr) -> Term:
        """The term of an expression that has a name, in the names of others."""
        self.convert(node.operands)
        return self._term(node)

    def _term(self, node: Expr) -> Term:
        table = self.table
        table.forward = node.number <= self.boundary
        if isinstance(node, Var):
            return table.var(node.name, node.shape)
        if isinstance(node, Const):
            return constant(table, node)
        assert isinstance(node, Call)
        if node.op in _SUMS:
            return self._sum(node)
        if node.number > self.boundary and node.op is ops.magnitude:
            return exactly(table, table.one, node.shape)  # a rule divides by it and multiplies again, for the digits
        operands = [self.terms[o] for o in node.operands]
        exponents = exponents_of(node.op)
        if exponents is not None:
            return times(table, zip(map(loose, operands), exponents, strict=True))
        reader = READERS.get(node.op)
        read = None if reader is None else reader(table, node, operands)
        return plain(table, node, operands) if read is None else read

    def _sum(self, node: Call) -> Term:
        """A sum of any length, read from left to right; of gradients, the walk meets the last use first."""
        found: Items = []
        added = True
        stack: list[tuple[Expr, int]] = [(node, 1)]
        while stack:
            part, sign = stack.pop()
            if part is not node and part not in self.parts:
                found.append((loose(self.terms[part]), sign))
                added = added and not isinstance(part, Const)
            else:
                signs = (-sign,) if part.op is ops.neg else (sign, -sign if part.op is ops.sub else sign)
                stack += [*zip(part.operands, signs, strict=True)][::-1]
                added = added and part.op is ops.add
        return total(self.table, found if self.table.forward or not added else found[::-1])


def number(table: Table, value: float) -> Term:
    """A finite number, with the roots and constants that it stands for as factors."""
    coefficient, constants, root = recognised(value)
    if any(name.startswith(("pi", "e")) and name in table.hidden for name, _ in constants):
        return table.num(Fraction(repr(value)))
    pairs: Items = [(table.num(root), HALF)] if root != 1 else []
    for name, exponent in constants:
        inner = name.removeprefix("log(").removesuffix(")")
        made = table.const(name) if inner == name else table.call(ops.log, [table.num(int(inner))], {}, ())
        pairs.append((made, exponent))
    return product(table, pairs, coefficient) if pairs else table.num(coefficient)


def constant(table: Table, node: Const) -> Term:
    """A constant: a number, also where an array repeats one; the identity matrix is told apart."""
    value = node.value
    if node.text in ("pi", "e") and not value.shape:
        return table.const(node.text)
    if not value.size:
        return table.zero
    first = float(value.flat[0])
    if math.isfinite(first) and (not any(value.strides) or bool((value == first).all())):
        return number(table, first)
    node = _worded(node)
    key = (node.text or value.tobytes(), value.shape)
    size = 6 if node.text else 6 * value.size + 2
    return table.make("array", data=Constant(node), shape=value.shape, key=key, size=size)


def identity(table: Table, length: int) -> Term:
    """The identity matrix."""
    return constant(table, Const(np.eye(length), f"eye({length})"))


def _worded(node: Const) -> Const:
    """The constant with its text where it is an identity, has ones on one side of its diagonal, or one in each row."""
    value = node.value
    if value.ndim == 2 and min(value.shape) > 1 and np.array_equal(value, np.eye(*value.shape)):
        rows, columns = value.shape
        return Const(value, f"eye({rows})" if rows == columns else f"eye({rows}, {columns})")
    for triangle in (np.tril, np.triu) if node.text is None and value.ndim == 2 else ():
        if np.array_equal(value, triangle(np.ones_like(value))):
            return Const(value, f"{triangle.__name__}(ones({value.shape[0]}, {value.shape[1]}))")
    if node.text is not None or value.ndim not in (1, 2) or value.size < 3:
        return node
    places = value.argmax(-1)
    if not np.array_equal(value, np.arange(value.shape[-1]) == places[..., None]):
        return node
    return Const(value, f"one_hot({places.tolist()}, {value.shape[-1]})")


def of_equals(table: Table, node: Call, args: list[Term]) -> Term | None:
    """A comparison of a term with itself, and what two equal terms give, as their maximum, where it is that term."""
    if len(args) != 2 or args[0] is not args[1] or table.careful or node.params:
        return None
    if node.op.group == "comparison":
        return table.num(int(node.op.forward(0.0, 0.0)))
    with np.errstate(all="ignore"):
        return args[0] if all(node.op.forward(each, each) == each for each in (-2.0, 0.5, 3.0)) else None


def _truths(comparison: Any) -> list[bool]:
    """What a comparison says of a smaller, an equal and a larger number."""
    return [bool(comparison.forward(a, 0.0)) for a in (-1.0, 0.0, 1.0)]


def indicator(term: Term) -> bool:
    """Whether a term is 1 where something holds and 0 elsewhere."""
    if term.kind == "prod":
        return all(indicator(a) for a in term.args) and all(e > 0 for e in term.data)
    return term.kind == "call" and term.data.group == "comparison"


def opposite(table: Table, term: Term) -> Term:
    """1 where the condition does not hold, else 0."""
    if term.kind == "call" and term.data.group == "comparison":
        wanted = [not truth for truth in _truths(term.data)]
        other: Any = next(f for f in functions() if f.group == "comparison" and _truths(f) == wanted)
        return table.call(other, term.args, term.params, term.shape)
    return total(table, [(term, -1)], 1)


def where(table: Table, node: Call, operands: list[Term]) -> Term | None:
    """A choice between a term and 0 is a product with the condition, unless what is not finite may hide behind it."""
    condition, a, b = (loose(o) for o in operands)
    if condition.value is not None or a is b:
        return a if condition.value or a is b else b
    if not indicator(condition) or table.careful:
        return None
    if b.value == 0:
        return times(table, [(a, 1), (condition, 1)])
    if a.value == 0:
        return times(table, [(b, 1), (opposite(table, condition), 1)])
    return None


Reader = Callable[[Table, Call, list[Term]], Term | None]


@cache
def exponents_of(op: OpSpec) -> list[Fraction] | None:
    """The exponents of an operation that multiplies powers of its operands, as its numbers say; None for others."""
    if not op.elementwise or op.params or len(op.operands) > 2:
        return None
    points = np.array([*product_of((1.0, 4.0, 0.09, -1.0), repeat=len(op.operands))]).T
    with np.errstate(all="ignore"):
        exponents = np.log2([op.forward(*point) for point in 1 + 3 * np.eye(len(points))]) / 2
        made = np.prod(points ** exponents[:, None], axis=0)
        alike = np.allclose(op.forward(*points), made, 1e-12, 0, equal_nan=True)
    if not alike or any(e % 0.5 or e == 0 for e in exponents) or [*exponents] == [1]:
        return None
    return [Fraction(e) for e in exponents]


def degrees(node: Call) -> Iterable[int]:
    """The power with which a number before each operand comes out: 1 where the operation is linear in it."""
    if node.op.linear == "each" or (node.op.linear and len(node.operands) == 1):
        return (1,) * len(node.operands)
    if node.op.linear or node.op.group != ops.inv.group:
        return ()
    return _degrees(node.op, tuple([min(o.ndim, 2) for o in node.operands]), tuple(sorted(node.params.items())))


@cache
def _degrees(op: OpSpec, axes: tuple[int, ...], params: tuple[tuple[str, Any], ...]) -> list[int]:
    """The same for an operation on matrices, as two small ones say: 0 where nothing comes out."""
    found: list[set[int]] = [set() for _ in axes]
    for n in (2, 3):
        matrices = [np.sqrt(np.arange(n * n) + i).reshape(n, n) + 9 * np.eye(n) for i in range(1, len(axes) + 1)]
        given = [matrix[(0,) * (2 - each)] for matrix, each in zip(matrices, axes, strict=True)]
        for place, powers in enumerate(found):
            scaled = [-2 * each if i == place else each for i, each in enumerate(given)]
            try:
                with np.errstate(all="ignore"):
                    ratio = op.forward(*scaled, **dict(params)) / op.forward(*given, **dict(params))
                power = round(float(np.log2(np.abs(ratio).max())))
                powers.add(power if np.allclose(ratio, (-2.0) ** power) else 0)
            except (AutogradError, ArithmeticError, ValueError):
                powers.add(0)
    return [powers.pop() if len(powers) == 1 else 0 for powers in found]


def plain(table: Table, node: Call, operands: list[Term]) -> Term:
    """An operation without a normal form: of a linear one the numbers are taken out."""
    op, params = node.op, dict(node.params)
    if op.elementwise:
        args = [loose(o) for o in operands]
        folded = _folded(table, node, args) or of_equals(table, node, args)
        if folded is not None:
            return folded
        return table.call(op, args, params, joint(args) if args else node.shape)
    args = [exactly(table, o, e.shape) for o, e in zip(operands, node.operands, strict=True)]
    pulled: Items = []
    for position, degree in enumerate(degrees(node)):
        arg, loosened = args[position], loose(args[position])
        scalars, rest = parted(table, loosened)
        if loosened.value == 0 and degree > 0:
            return table.zero
        if degree and arg.shape and scalars and loosened.value is None:
            args[position] = exactly(table, rest, arg.shape)
            pulled += [(base, exponent * degree) for base, exponent in scalars]
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
        elif shape == args[0].shape and params["axis"] == ndim - 1 and (axis_param := op.param("axis")):
            params["axis"] = -1 if axis_param.default == -1 else ndim - 1
    made = table.call(op, args, params, shape)
    if back is not None:
        made = realign(table, made, len(shape), back)
    return product(table, [(made, 1), *pulled]) if pulled else made


def _folded(table: Table, node: Call, args: list[Term]) -> Term | None:
    """A function of numbers, where its value is a number of a few digits: sin(0), exp(0)."""
    values = [a.value for a in args]
    if None in values or not values:
        return None
    with np.errstate(all="ignore"):
        value = float(node.op.forward(*[np.float64(nearest_float(v)) for v in values if v is not None], **node.params))
    exact = written(value) if math.isfinite(value) else None
    return None if exact is None else table.num(exact)


def _pow_tensor(table: Table, node: Call, operands: list[Term]) -> Term | None:
    base, exponent = (loose(o) for o in operands)
    if base.kind == "const" and base.data == "e":
        return table.call(ops.exp, [exponent], {}, exponent.shape)
    pairs, constant = items(exponent)
    if not constant or constant.denominator != 1 or base.kind == "num":
        return None
    inner = total(table, pairs)
    raised = table.call(node.op, [base, inner], {}, joint([base, inner]))
    return product(table, [(raised, 1), (base, constant)])


def _matmul(table: Table, node: Call, operands: list[Term]) -> Term | None:
    if any(len(o.shape) > 2 for o in node.operands):
        return None
    args = [exactly(table, o, e.shape) for o, e in zip(operands, node.operands, strict=True)]
    if any(loose(a).value == 0 for a in args):
        return table.zero
    return chain(table, args)


def _outer(table: Table, node: Call, operands: list[Term]) -> Term | None:
    if any(len(o.shape) != 1 for o in node.operands):
        return None
    return outer(table, loose(operands[0]), loose(operands[1]))


def _transpose(table: Table, node: Call, operands: list[Term]) -> Term | None:
    ndim = len(node.shape)
    order = node.op.forward(np.broadcast_to(0.0, tuple(range(ndim))), **node.params).shape
    if order == tuple(range(ndim)) or not loose(operands[0]).shape:
        return operands[0]
    if ndim == 2:
        inner = loose(operands[0])
        return inserted(table, inner, [-1]) if inner.ndim == 1 else flipped(table, inner)
    return None


def _sum(table: Table, node: Call, operands: list[Term]) -> Term:
    shape = node.operands[0].shape
    gone = axis_indices(node.params["axis"], len(shape))
    return reduced(table, operands[0], shape, gone, keepdims=node.params["keepdims"])


def _einsum(table: Table, node: Call, operands: list[Term]) -> Term | None:
    letters, result = axis_letters(node.params["subscripts"], tuple(node.operand_shapes))
    named = list(zip(letters, node.operand_shapes, strict=True))
    lengths = {letter: n for own, shape in named for letter, n in zip(own, shape, strict=True)}
    fits = all(len({*own}) == len(own) < 3 and tuple(lengths[each] for each in own) == shape for own, shape in named)
    if not fits or len(result) > 2:
        return None
    return summed_names(table, [*zip(letters, map(loose, operands), strict=True)], result, lengths)


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
    scalars, rest_term = parted(table, inner)
    if rest_term.kind == "call" and rest_term.data is ops.reshape and rest_term.shape == before:
        rest_term = loose(rest_term.args[0])
        before = rest_term.shape
        if before == after:
            return product(table, [(rest_term, 1), *scalars])
    shape = (-1,) if len(after) == 1 else after
    made = table.call(ops.reshape, [exactly(table, rest_term, before)], {"shape": shape}, after)
    return product(table, [(made, 1), *scalars])


def _index(table: Table, node: Call, operands: list[Term]) -> Term | None:
    """``x[:, None]`` moves axes only; anything else picks entries."""
    key = node.params["key"]
    if not loose(operands[0]).shape:
        return loose(operands[0])
    if not moves_axes(key):
        return None
    ndim = len(node.operands[0].shape)
    lengths = np.broadcast_to(0.0, tuple(range(2, 2 + ndim)))[key].shape
    return realign(table, operands[0], ndim, [None if length == 1 else length - 2 for length in lengths])


def _scatter(table: Table, node: Call, operands: list[Term]) -> Term | None:
    """What fills a whole array is that array, also turned round; what fills one side of it has zeros around it."""
    key, lengths = node.params["key"], node.shape
    if moves_axes(key):
        return _reshape(table, node, operands)
    if len(key) > len(lengths) or not all(isinstance(part, slice) for part in key):
        return None
    ranges = [range(n)[part] for n, part in zip(lengths, [*key, *[slice(None)] * len(lengths)], strict=False)]
    scalars, rest = parted(table, loose(operands[0]))
    whole = exactly(table, rest, node.operands[0].shape)
    if whole.shape == lengths:
        made = indexed(table, whole, key, lengths)
    elif all(each.step == 1 for each in ranges):
        widths = tuple([(r.start, n - r.start - len(r)) for r, n in zip(ranges, lengths, strict=True)])
        pairs = widths if len(widths) > 1 else widths[0]
        made = table.call(ops.pad, [whole], ops.pad.bind([whole], {"pad_width": pairs})[1], lengths)
    else:
        return None
    return product(table, [(made, 1), *scalars])


def moves_axes(key: tuple[Any, ...]) -> bool:
    """Whether an index picks everything."""
    return all(part is None or part is Ellipsis or (isinstance(part, slice) and part == slice(None)) for part in key)


READERS: dict[Any, Reader] = {
    ops.pow_scalar: lambda table, node, operands: product(
        table, [(loose(operands[0]), exact_exponent(node.params["exponent"]))]
    ),
    ops.pow_tensor: _pow_tensor,
    ops.matmul: _matmul,
    ops.outer: _outer,
    **dict.fromkeys((ops.transpose, ops.swapaxes), _transpose),
    ops.sum: _sum,
    ops.einsum: _einsum,
    **dict.fromkeys((ops.reshape, ops.squeeze, ops.expand_dims), _reshape),
    ops.index: _index,
    ops.scatter: _scatter,
    ops.broadcast_to: lambda table, node, operands: loose(operands[0]),
    ops.where: where,
}
"""How an operation is read; one that gives None is kept as it is."""
