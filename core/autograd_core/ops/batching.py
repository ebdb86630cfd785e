"""How operations that are not elementwise act under one more leading axis: the values of ``OpSpec.batch``.

A batch rule is called as ``batch(op, operands, lead, params)``: the operands whose ``lead`` is true have one more axis
in front, all of one length, and the result must have it too, each of its entries being what the operation gives for the
entries of the operands. It returns None where it has no answer; then the operation is repeated entry by entry. The
rules are written in the operations, so that a batch may hold arrays or tensors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import OpSpec

Params = Mapping[str, Any]
ALL = slice(None)


def raised(x: Any, ndim: int) -> Any:
    """A batch of arrays with axes of length 1 after the first, so that each has ``ndim`` axes."""
    missing = ndim + 1 - len(x.shape)
    return x if missing <= 0 else x.reshape((x.shape[0],) + (1,) * missing + x.shape[1:])


def widened(operands: Sequence[Any], lead: Sequence[bool]) -> list[Any]:
    """The operands all with the leading axis: one that has it not is repeated along it."""
    length = next(o.shape[0] for o, leads in zip(operands, lead, strict=True) if leads)
    return [
        o if leads else ops.broadcast_to(o, shape=(length, *getattr(o, "shape", ())))
        for o, leads in zip(operands, lead, strict=True)
    ]


def flat(x: Any, leads: bool) -> Any:
    """All entries in one row, or each entry of a batch in one row."""
    return x if len(x.shape) == leads + 1 else ops.reshape(x, shape=(*x.shape[:leads], math.prod(x.shape[leads:])))


def later(axis: Any, ndim: int) -> Any:
    """Axes of an array as axes of a batch of it, all of them for None."""
    if axis is None:
        return tuple(range(1, ndim + 1))
    if isinstance(axis, tuple):
        return tuple([a if a < 0 else a + 1 for a in axis])
    return axis if axis < 0 else axis + 1


def along(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For what acts along ``axis``, on all axes where that is None, as ``sum``; or on the last axes, as ``inv``."""
    wide = widened(operands, lead)
    ndim = max(len(o.shape) for o in wide) - 1
    if "axis" in params:
        axis = params["axis"]
        if axis is not None and (ndim == 0 or (any(len(o.shape) - 1 < ndim for o in wide) and axis >= 0)):
            return None
        params = {**params, "axis": later(axis, ndim)}
    return op(*[raised(o, ndim) for o in wide], **params)


def along_row(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For what acts along ``axis``, on all entries in one row where that is None, as ``cumsum``."""
    if params["axis"] is not None:
        return along(op, operands, lead, params)
    return op(*[flat(o, True) for o in widened(operands, lead)], **{**params, "axis": 1})


def into_shape(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For ``reshape`` and ``broadcast_to``, and ``squeeze`` without an axis."""
    (x,) = operands
    shape = (x.shape[0], *op.shape(x.shape[1:], **params))
    if math.prod(shape) == math.prod(x.shape):
        return ops.reshape(x, shape=shape)
    return ops.broadcast_to(raised(x, len(shape) - 1), shape=shape)


def moving(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For what moves entries of its first operand, or puts zeros between them, as ``tile``, ``diag`` or ``take_rows``.

    Where each entry goes is found out by moving their numbers, where the positions to pick are numbers too.
    """
    x, *others = operands
    if any(lead[1:]) or any(hasattr(each, "__apply_op__") for each in others):
        return None
    length, *shape = x.shape
    numbers = np.arange(1, math.prod(shape) + 1)
    places = op.forward(numbers.reshape(shape), *others, **params)
    if np.array_equal(places.ravel(), numbers):
        return ops.reshape(x, shape=(length, *places.shape))
    rows = flat(x, True)
    if places.all():
        places = places - 1
    else:
        rows = ops.pad(rows, pad_width=((0, 0), (1, 0)), constant_values=0.0)
    return ops.index(rows, key=(ALL, places))


def shifted(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For what names its axes, its shape or its positions, as ``stack``, ``transpose``, ``scatter``, ``squeeze``.

    NumPy moves axes when lists of positions stand apart, which is left to repeating.
    """
    wide = widened(operands, lead)
    changed = {**params}
    for name, value in params.items():
        if name.startswith("axis"):
            if value is None:
                return into_shape(op, operands, lead, params)
            changed[name] = later(value, 0)
        elif name == "axes":
            ndim = len(wide[0].shape) - 1
            changed[name] = (0, *[a % ndim + 1 for a in (range(ndim)[::-1] if value is None else value)])
        elif name == "shape":
            changed[name] = (wide[0].shape[0], *value)
        elif name == "key":
            lists = [i for i, part in enumerate(value) if isinstance(part, (tuple, np.ndarray))]
            picked = [i for i, part in enumerate(value) if isinstance(part, (tuple, int, np.ndarray))]
            if lists and picked[-1] - picked[0] + 1 != len(picked):
                return None
            changed[name] = (ALL, *value)
    return op(*wide, **changed)


def multiplying(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], _params: Params) -> Any:
    """For ``matmul``: as few and as large products as possible, vectors as matrices of one row or column."""
    a, b = operands
    left, right = len(a.shape) - lead[0], len(b.shape) - lead[1]
    if not lead[1] and (right == 1 or (left == 1 and right == 2)):
        return op(a, b)
    if not lead[1] and left == right == 2:
        length, rows = a.shape[:2]
        return op(a.reshape((length * rows, a.shape[-1])), b).reshape((length, rows, b.shape[-1]))
    if not lead[0] and (right > 1 or left <= 2):
        return op(a, raised(b, left)) if right > 1 else op(b, a.T)
    if left == right == 1:
        return ops.sum(a * b, axis=-1, keepdims=False)
    if left == 1:
        a = ops.expand_dims(a, axis=-2)
    if right == 1:
        b = ops.expand_dims(b, axis=-1)
    ndim = max(left, right, 2)
    made = op(raised(a, ndim) if lead[0] else a, raised(b, ndim) if lead[1] else b)
    gone = (-2,) * (left == 1) + (-1,) * (right == 1)
    return ops.squeeze(made, axis=gone) if gone else made


def crossing(_op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], _params: Params) -> Any:
    """For ``outer``: every entry by every entry."""
    a, b = [flat(o, leads) for o, leads in zip(operands, lead, strict=True)]
    return ops.expand_dims(a, axis=-1) * ops.expand_dims(b, axis=-2)


def solving(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], _params: Params) -> Any:
    """For ``solve``: many right-hand sides of one matrix are the columns of one."""
    a, b = operands
    vectors = len(b.shape) - lead[1] == 1
    if vectors and not lead[0] and len(a.shape) == 2:
        return op(a, b.T).T
    if vectors:
        b = ops.expand_dims(b, axis=-1)
    ndim = max(len(a.shape) - lead[0], len(b.shape) - lead[1])
    found = op(*[raised(o, ndim) if leads else o for o, leads in zip((a, b), lead, strict=True)])
    return ops.squeeze(found, axis=-1) if vectors else found
