"""``x[i]``, by integers, slices, arrays and masks, and ``x[i] = v``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy import asarray, ndarray

from autograd_core.engine.grad_mode import mode
from autograd_core.engine.inplace import (
    announce,
    check_writeable,
    copy_slices,
    refuse_leaves,
    replace_history,
    store,
)
from autograd_core.engine.messages import cannot_expand
from autograd_core.errors import AxisError, ShapeError
from autograd_core.ops.indexing import index

SELECT = replace(
    index,
    forward=lambda x, key: index.forward(x, key=key if any(part is Ellipsis for part in key) else (*key, ...)),
)
"""``x[i]``, which shares its numbers with ``x`` also where it is a single one."""
UNBIND = replace(SELECT, node="UnbindBackward0")
"""What iteration over a tensor takes."""


def index_of(key: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """What stands between the brackets, with arrays in the place of tensors and lists, and positions of masks.

    Raises AxisError for what is no position, for a mask of another shape, and for a number, which has no entries.
    """
    parts: list[Any] = []
    axis: int | None = 0
    given = key if isinstance(key, tuple) else (key,)
    for part in given:
        array = getattr(part, "array", asarray(part) if isinstance(part, list) else part)
        if not isinstance(array, ndarray):
            check_position(part, shape)
            parts += index.params[0].read(array)
        elif array.dtype.kind == "b" and array.ndim:
            if axis is not None and array.shape != shape[axis : axis + array.ndim]:
                raise AxisError(
                    f"a mask of shape {array.shape} for a tensor of shape {shape}",
                    code="AG305",
                    pytorch=f"The shape of the mask {list(array.shape)} at index 0 does not match the shape of the "
                    f"indexed tensor {list(shape)} at index {axis}",
                )
            parts += array.nonzero()
        elif array.ndim == 0 and array.dtype.kind in "iu":
            check_position(int(array), shape)
            parts.append(int(array))
        elif array.dtype.kind in "iu" or array.size == 0:
            parts.append(array.astype(np.intp))
        else:
            raise AxisError(
                f"positions are integers or a mask, not {array.dtype}",
                code="AG305",
                pytorch="tensors used as indices must be long, int, byte or bool tensors",
            )
        if part is Ellipsis:
            axis = None
        elif axis is not None and part is not None:
            axis += array.ndim if isinstance(array, ndarray) and array.dtype.kind == "b" else 1
    return tuple(parts)


def check_position(part: Any, shape: tuple[int, ...]) -> None:
    """Raise AxisError or TypeError, in PyTorch's words, for what stands in brackets and is no position."""
    if isinstance(part, str):
        raise TypeError(f"new(): invalid data type {type(part).__name__!r}")
    if isinstance(part, float):
        raise AxisError(
            f"a position is an integer, not {part}",
            code="AG305",
            pytorch="only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
            f"(got {type(part).__name__})",
        )
    if isinstance(part, int) and not isinstance(part, bool) and not shape:
        raise AxisError(
            "a single number has no positions",
            code="AG305",
            hint="x.item()",
            pytorch="invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
            "convert a 0-dim tensor to a number",
        )


def assign(target: Any, key: Any, value: Any) -> None:
    """``target[key] = value``, where ``key`` is that of the operation ``index``; errors are those of ``write``."""
    recording = mode.recording
    requires_grad = target.requires_grad
    if recording and requires_grad:
        refuse_leaves(target, view=not any(isinstance(part, (tuple, np.ndarray)) for part in key))
    check_writeable(target)
    given = value if isinstance(value, type(target)) else None
    array = np.asarray(value) if given is None else given.array
    numpy_key = tuple([np.asarray(part) if isinstance(part, tuple) else part for part in key])
    part = shape_of_part(target.array.shape, key)
    extra = array.ndim - len(part)
    if extra > 0 and array.shape[:extra] == (1,) * extra:
        array = array.reshape(array.shape[extra:])
    try:
        np.broadcast_to(array, part)
    except ValueError:
        raise ShapeError(
            f"what is assigned has shape {array.shape}, the place for it {part}",
            code="AG302",
            pytorch=cannot_expand(array.shape, part),
        ) from None
    announce(target)
    store(target, numpy_key, array)
    written = given is not None and given.requires_grad
    if recording and (requires_grad or written):
        masks = any(isinstance(part, (tuple, np.ndarray)) for part in key)
        edges = (
            (target._node or target) if requires_grad else None,
            (given._node or given) if given is not None and written else None,
        )
        name = "IndexPutBackward0" if masks else "CopySlices"
        part = array.shape if given is None else given.array.shape
        node = copy_slices(name, *edges, target.array.shape, index, {"key": key}, part)
        replace_history(target, node)


def shape_of_part(shape: tuple[int, ...], key: Any) -> tuple[int, ...]:
    """The shape of ``x[key]``.

    Raises AxisError for positions that do not exist.
    """
    try:
        found: tuple[int, ...] = index.shape(shape, key=key)
    except ShapeError as error:
        raise error.naming([f"the tensor {shape}"], ["x"]) from None
    return found
