"""How single operations are read into terms: those that have a normal form, and all others as they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.expr.nodes import Call
from autograd_core.formula.algebra import Items, items, parted, power, product, split, total
from autograd_core.formula.axes import exactly, inserted, loose, outer, realign, times
from autograd_core.formula.contraction import chain, flipped, reduced
from autograd_core.formula.numbers import HALF, exact_exponent, nearest_float, written
from autograd_core.formula.terms import Number, Table, Term, joint
from autograd_core.ops.registry import functions
from autograd_core.ops.registry import op as ops
from autograd_core.ops.signature import axis_indices


def of_equals(table: Table, node: Call, args: list[Term]) -> Term | None:
    """A comparison of a term with itself, and the larger of two equal terms."""
    if len(args) != 2 or args[0] is not args[1] or table.careful:
        return None
    if node.op.group == "comparison":
        return table.num(int(node.op.forward(0.0, 0.0)))
    return args[0] if node.op in (ops.maximum, ops.minimum) else None


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
    if condition.value is not None:
        return a if condition.value else b
    if not indicator(condition) or table.careful:
        return None
    if b.value == 0:
        return times(table, [(a, 1), (condition, 1)])
    if a.value == 0:
        return times(table, [(b, 1), (opposite(table, condition), 1)])
    return None


DEGREES = {ops.inv: (-1,), ops.solve: (-1, 1)}
"""The power with which a number before each operand comes out, where that is not 1."""

POWERS: dict[Any, Number] = {ops.square: 2, ops.sqrt: HALF, ops.rsqrt: -HALF, ops.reciprocal: -1}
"""Operations that are a power."""

Reader = Callable[[Table, Call, list[Term]], Term | None]


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
    linear = op.linear == "each" or (op.linear == "jointly" and len(args) == 1)
    for position, degree in enumerate(DEGREES.get(op, (1,) * len(args) if linear else ())):
        arg, loosened = args[position], loose(args[position])
        scalars, rest = parted(table, loosened)
        if loosened.value == 0 and degree > 0:
            return table.zero
        if arg.shape and scalars and loosened.value is None:
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
        elif op in (ops.softmax, ops.log_softmax) and params["axis"] == ndim - 1:
            params["axis"] = -1
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


def _power(table: Table, node: Call, operands: list[Term]) -> Term:
    """A power with a constant exponent."""
    exponent = POWERS[node.op] if node.op in POWERS else exact_exponent(node.params["exponent"])
    return power(table, loose(operands[0]), exponent)


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
    if any(split(loose(a))[0] == 0 and split(loose(a))[1] is None for a in args):
        return table.zero
    return chain(table, args)


def _outer(table: Table, node: Call, operands: list[Term]) -> Term | None:
    if any(len(o.shape) != 1 for o in node.operands):
        return None
    return outer(table, loose(operands[0]), loose(operands[1]))


def _transpose(table: Table, node: Call, operands: list[Term]) -> Term | None:
    ndim = len(node.shape)
    axes = node.params.get("axes")
    if node.op is ops.transpose:
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
    return reduced(table, operands[0], shape, gone, keepdims=node.params["keepdims"])


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
    used = sum(part is not None and part is not Ellipsis for part in key)
    parts: list[Any] = []
    for part in key if Ellipsis in key else (*key, Ellipsis):
        parts += [slice(None)] * (ndim - used) if part is Ellipsis else [part]
    rest = iter(range(ndim))
    return realign(table, operands[0], ndim, [None if part is None else next(rest) for part in parts])


def moves_axes(key: tuple[Any, ...]) -> bool:
    """Whether an index picks everything."""
    return all(part is None or part is Ellipsis or part == slice(None) for part in key)


def _scatter(table: Table, node: Call, operands: list[Term]) -> Term | None:
    return _reshape(table, node, operands) if moves_axes(node.params["key"]) else None


READERS: dict[Any, Reader] = {
    **dict.fromkeys((ops.pow_scalar, *POWERS), _power),
    ops.pow_tensor: _pow_tensor,
    ops.matmul: _matmul,
    ops.outer: _outer,
    **dict.fromkeys((ops.transpose, ops.swapaxes), _transpose),
    ops.sum: _sum,
    **dict.fromkeys((ops.reshape, ops.squeeze, ops.expand_dims), _reshape),
    ops.index: _index,
    ops.scatter: _scatter,
    ops.broadcast_to: lambda table, node, operands: loose(operands[0]),
    ops.where: where,
}
"""How an operation is read; one that gives None is kept as it is."""
