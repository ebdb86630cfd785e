"""Batches: operations read as acting on many arrays at once, along one leading axis that they do not see."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from autograd_core.engine.operators import Operators
from autograd_core.ops.batching import flat, raised
from autograd_core.ops.registry import op as ops
from autograd_core.ops.signature import axis_indices
from autograd_core.ops.spec import OpSpec, Shape, broadcast_shapes


class Batched(Operators):
    """Many values of one shape along the first axis of ``base``, times a ``scale`` that is the same for all.

    Operations act on each value (``torch.vmap``); operands that are not batched are the same for all. The two factors
    are kept apart as long as that saves work: a chain of elementwise operations changes ``scale`` alone, the small one.
    ``base`` is an array, a tensor or an expression, ``shape`` that of one value. ``unit`` tells that ``base`` holds all
    unit directions of that shape in their order.
    """

    __slots__ = ("_data", "base", "scale", "shape", "unit")

    def __init__(self, base: Any, scale: Any = None, shape: Shape | None = None, unit: bool = False) -> None:
        self.base = base
        self.scale = scale
        self.shape: Shape = base.shape[1:] if shape is None else shape
        self.unit = unit
        self._data = base if scale is None else None

    @property
    def data(self) -> Any:
        """The values along the first axis; of unit vectors an infinite factor leaves the zeros alone."""
        if self._data is None:
            if self.unit and getattr(self.scale, "shape", None) == self.shape:
                self._data = ops.diag(ops.reshape(self.scale, shape=(-1,)), k=0)
                self._data = ops.reshape(self._data, shape=(self._data.shape[0], *self.shape))
            else:
                self._data = self.scale * self.base
        return self._data

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the values."""
        found: np.dtype[Any] = getattr(self.base, "dtype", np.dtype(np.float64))
        return found

    def constant(self, value: float) -> Any:
        """The number in the same dtype, the same for all."""
        return self.dtype.type(value)

    @staticmethod
    def __apply_op__(op: OpSpec, operands: Sequence[Any], params: Mapping[str, Any]) -> Batched:
        kept = factored().get(op)
        made = None if kept is None else kept(*operands, **params)
        if made is not None:
            return made
        if op.elementwise:
            ndim = max([len(getattr(o, "shape", ())) for o in operands])
            return Batched(op(*[raised(o.data, ndim) if type(o) is Batched else o for o in operands], **params))
        lead = [type(o) is Batched for o in operands]
        physical = [o.data if type(o) is Batched else o for o in operands]
        found = None if op.batch is None else op.batch(op, physical, lead, params)
        return Batched(repeated(op, physical, lead, params) if found is None else found)


def repeated(op: OpSpec, operands: Sequence[Any], lead: Sequence[bool], params: Mapping[str, Any]) -> Any:
    """The operation applied to one value after the other, for operations that declare no rule for batches."""
    first = next(o for o, leads in zip(operands, lead, strict=True) if leads)
    length = first.shape[0]
    if not length:
        shapes = [getattr(o, "shape", ())[leads:] for o, leads in zip(operands, lead, strict=True)]
        return np.zeros((0, *op.shape(*shapes, **params)))
    made = [
        op(*[o[i] if leads else o for o, leads in zip(operands, lead, strict=True)], **params) for i in range(length)
    ]
    return ops.stack(*made, axis=0)


def scaled(batch: Batched, factor: Any) -> Batched:
    """Each value times a factor that is the same for all."""
    shape = getattr(factor, "shape", ())
    scale = batch.scale
    scale = factor if scale is None else -factor if type(scale) is float and scale == -1 else scale * factor
    if shape == batch.shape or shape == ():
        return Batched(batch.base, scale, batch.shape, batch.unit)
    wide = broadcast_shapes(shape, batch.shape)
    return Batched(raised(batch.base, len(wide)), scale, wide, batch.unit and wide == batch.shape)


def _mul(a: Any, b: Any) -> Batched | None:
    if type(a) is not Batched:
        return scaled(b, a)
    return None if type(b) is Batched else scaled(a, b)


def _div(a: Any, b: Any) -> Batched | None:
    return None if type(b) is Batched else scaled(a, 1 / b)


def _neg(a: Batched) -> Batched:
    return Batched(a.base, -1.0 if a.scale is None else -a.scale, a.shape, a.unit)


def _add(a: Any, b: Any) -> Batched | None:
    if type(a) is not Batched or type(b) is not Batched or a.base is not b.base or a.shape != b.shape:
        return None
    return Batched(
        a.base, (1.0 if a.scale is None else a.scale) + (1.0 if b.scale is None else b.scale), a.shape, a.unit
    )


def _sub(a: Any, b: Any) -> Batched | None:
    return _add(a, _neg(b)) if type(b) is Batched else None


def _where(condition: Any, a: Any, b: Any) -> Batched | None:
    """A choice between multiples of one batch, or of unit vectors and 0, as ``relu`` pulls back."""
    if type(condition) is Batched:  # another choice for each value
        return None
    batch = a if type(a) is Batched else b
    scales: list[Any] = []
    for each in (a, b):
        if type(each) is Batched and each.base is batch.base and each.shape == batch.shape:
            scales.append(1.0 if each.scale is None else each.scale)
        elif batch.unit and type(each) is float and each == 0:
            scales.append(0.0)
    if len(scales) < 2 or getattr(condition, "shape", ()) != batch.shape:
        return None
    return Batched(batch.base, ops.where(condition, *scales), batch.shape, batch.unit)


def _sum(x: Batched, axis: Any, keepdims: bool) -> Batched | None:
    if getattr(x.scale, "shape", None) != x.shape or x.base.shape[1:] != x.shape:
        return None
    if len(axis_indices(axis, len(x.shape))) < len(x.shape):
        return None
    row = flat(x.scale, False)
    found = row if x.unit else flat(x.base, True) @ row
    return Batched(found.reshape((math.prod(found.shape),) + (1,) * len(x.shape)) if keepdims else found)


def _matmul(a: Any, b: Any) -> Batched | None:
    """A matrix times every unit vector is its transpose."""
    if type(b) is Batched and b.unit and len(b.shape) == 1 and type(a) is not Batched and len(a.shape) <= 2:
        columns = a if b.scale is None else a * b.scale
        return Batched(columns.T if len(a.shape) == 2 else columns)
    if type(a) is Batched and a.unit and len(a.shape) == 1 and type(b) is not Batched and len(b.shape) <= 2:
        if a.scale is None:
            return Batched(b)
        return Batched((ops.expand_dims(a.scale, axis=-1) if len(b.shape) == 2 else a.scale) * b)
    return None


@cache
def factored() -> Mapping[OpSpec, Callable[..., Batched | None]]:
    """Operations that can leave the factors of a batch apart; None where they cannot."""
    return {
        ops.mul: _mul,
        ops.div: _div,
        ops.neg: _neg,
        ops.add: _add,
        ops.sub: _sub,
        ops.where: _where,
        ops.sum: _sum,
        ops.matmul: _matmul,
    }


def rows(value: Any, length: int, shape: Shape) -> Any:
    """The values of a batch as the rows of one matrix; a value that is not batched is repeated."""
    if type(value) is not Batched:
        value = ops.broadcast_to(value, shape=(length, *shape))
    else:
        with np.errstate(all="ignore"):
            value = value.data
        if value.shape[1:] != shape:
            value = ops.broadcast_to(raised(value, len(shape)), shape=(length, *shape))
    return value if len(shape) == 1 else value.reshape((length, math.prod(shape)))
