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


def trailing(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For what acts on the last axes and takes stacks, as ``triu`` or ``inv``."""
    wide = widened(operands, lead)
    ndim = max(len(o.shape) for o in wide) - 1
    return op(*[raised(o, ndim) for o in wide], **params)


def along(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For what acts along ``axis``, on all axes where that is None, as ``sum``."""
    wide = widened(operands, lead)
    ndim = max(len(o.shape) for o in wide) - 1
    axis = params["axis"]
    if axis is not None and (ndim == 0 or (any(len(o.shape) - 1 < ndim for o in wide) and axis >= 0)):
        return None
    return op(*[raised(o, ndim) for o in wide], **{**params, "axis": later(axis, ndim)})


def along_row(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For what acts along ``axis``, on all entries in one row where that is None, as ``cumsum``."""
    if params["axis"] is not None:
        return along(op, operands, lead, params)
    return op(*[flat(o, True) for o in widened(operands, lead)], **{**params, "axis": 1})


def inserting(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For what makes the axis that ``axis`` names, as ``stack``."""
    return op(*widened(operands, lead), **{**params, "axis": later(params["axis"], 0)})


def removing(op: OpSpec, operands: Sequence[Any], _lead: Sequence[bool], params: Params) -> Any:
    """For ``squeeze``."""
    (x,) = operands
    lengths = x.shape[1:]
    gone = tuple(i + 1 for i, n in enumerate(lengths) if n == 1)
    return op(x, axis=gone if params["axis"] is None else later(params["axis"], len(lengths)))


def into_shape(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For ``reshape`` and ``broadcast_to``."""
    (x,) = operands
    shape = op.shape(x.shape[1:], **params)
    if op.name == "broadcast_to":
        x = raised(x, len(shape))
    return op(x, shape=(x.shape[0], *shape))


def transposing(op: OpSpec, operands: Sequence[Any], _lead: Sequence[bool], params: Params) -> Any:
    """For ``transpose``."""
    (x,) = operands
    ndim = len(x.shape) - 1
    order = params["axes"]
    turned = range(ndim, 0, -1) if order is None else [a % ndim + 1 for a in (order if ndim else ())]
    return op(x, axes=(0, *turned))


def exchanging(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For what names its axes ``axis1`` and ``axis2``, as ``swapaxes``; a ``shape`` gets the leading axis."""
    (x,) = operands
    changed = {**params, "axis1": later(params["axis1"], 0), "axis2": later(params["axis2"], 0)}
    if "shape" in params:
        changed["shape"] = (x.shape[0], *params["shape"])
    return op(x, **changed)


def indexing(op: OpSpec, operands: Sequence[Any], _lead: Sequence[bool], params: Params) -> Any:
    """For ``index`` and ``scatter``; NumPy moves axes when lists stand apart, which is left to repeating."""
    (x,) = operands
    key = params["key"]
    lists = [i for i, part in enumerate(key) if isinstance(part, (tuple, np.ndarray))]
    picked = [i for i, part in enumerate(key) if isinstance(part, (tuple, int, np.ndarray))]
    if lists and picked[-1] - picked[0] + 1 != len(picked):
        return None
    changed = {**params, "key": (ALL, *key)}
    if "shape" in params:
        changed["shape"] = (x.shape[0], *params["shape"])
    return op(x, **changed)


def picking(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For ``take_along_axis`` and its transpose."""
    changed = {**params, "axis": later(params["axis"], 0)}
    wide = widened(operands, lead)
    if "shape" in params:
        changed["shape"] = (wide[0].shape[0], *params["shape"])
    return op(*wide, **changed)


def multiplying(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], _params: Params) -> Any:
    """For ``matmul``: as few and as large products as possible."""
    a, b = operands
    left, right = len(a.shape) - lead[0], len(b.shape) - lead[1]
    if not lead[1]:
        if right > 2 and left == 1:
            return _dropped(op, raised(a[:, None], right), b, -2)
        if right == 2 and left == 2:
            length, rows = a.shape[:2]
            return op(a.reshape((length * rows, a.shape[-1])), b).reshape((length, rows, b.shape[-1]))
        return op(raised(a, right), b) if left > 1 else op(a, b)
    if not lead[0]:
        if right > 1:
            return op(a, raised(b, left))
        if left == 1:
            return op(b, a)
        return op(b, a.T) if left == 2 else _dropped(op, a, raised(b[:, :, None], left), -1)
    if left == 1 and right == 1:
        return ops.sum(a * b, axis=-1, keepdims=False)
    if right == 1:
        return _dropped(op, a, raised(b[:, :, None], left), -1)
    if left == 1:
        return _dropped(op, raised(a[:, None], right), b, -2)
    return op(raised(a, right), raised(b, left))


def _dropped(op: OpSpec, a: Any, b: Any, axis: int) -> Any:
    """The product with the axis of a vector that stood in for a matrix removed."""
    return ops.squeeze(op(a, b), axis=axis)


def crossing(_op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], _params: Params) -> Any:
    """For ``outer``: every entry by every entry."""
    a, b = [flat(o, leads) for o, leads in zip(operands, lead, strict=True)]
    return ops.expand_dims(a, axis=-1) * ops.expand_dims(b, axis=-2)


def tiling(op: OpSpec, operands: Sequence[Any], _lead: Sequence[bool], params: Params) -> Any:
    """For ``tile``."""
    (x,) = operands
    reps = params["reps"]
    ndim = max(len(x.shape) - 1, len(reps))
    return op(raised(x, ndim), reps=(1,) * (ndim + 1 - len(reps)) + reps)


def on_first_axes(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For what picks along the first axes by an array, and leaves the others as they are, as ``take_rows``."""
    if lead[1]:
        return None
    x = operands[0]
    changed = {**params, "shape": (*params["shape"], x.shape[0])} if "shape" in params else params
    made = op(ops.transpose(x, axes=(*range(1, len(x.shape)), 0)), operands[1], **changed)
    last = len(made.shape) - 1
    return ops.transpose(made, axes=(last, *range(last)))


def tracing(_op: OpSpec, operands: Sequence[Any], _lead: Sequence[bool], params: Params) -> Any:
    """For ``trace``."""
    return ops.sum(ops.diagonal(*operands, offset=params["offset"], axis1=1, axis2=2), axis=-1, keepdims=False)


def on_diagonal(op: OpSpec, operands: Sequence[Any], _lead: Sequence[bool], params: Params) -> Any:
    """For ``diag``, which builds from vectors and reads from matrices."""
    (x,) = operands
    place = {"offset": params["k"], "axis1": 1, "axis2": 2}
    if len(x.shape) == 3:
        return ops.diagonal(x, **place)
    return ops.diagonal_scatter(x, shape=(x.shape[0], *op.shape(x.shape[1:], **params)), **place)


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


def summing(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Params) -> Any:
    """For ``einsum``: one more letter."""
    text = params["subscripts"]
    if "." in text or "->" not in text:
        return None
    terms, output = text.split("->")
    letter = next(c for c in map(chr, (*range(97, 123), *range(65, 91))) if c not in text)
    named = [letter * leads + term for term, leads in zip(terms.split(","), lead, strict=True)]
    return op(*operands, subscripts=f"{','.join(named)}->{letter}{output}")
