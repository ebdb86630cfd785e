"""What PyTorch says of shapes and dtypes that do not fit: the words that its users search for, ours added below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autograd_core.engine.dtypes import short_name
from autograd_core.errors import AutogradError, GradientError, ShapeError
from autograd_core.ops.spec import OpSpec, broadcast_shapes


def refused(op: OpSpec, arrays: Sequence[Any], params: Mapping[str, Any], error: Exception) -> Exception:
    """The error to raise where an operation refused its operands, which it names by their shapes."""
    shapes = [np.shape(a) for a in arrays]
    if not isinstance(error, AutogradError):
        try:
            op.shape(*shapes, **params)
        except AutogradError as found:
            error = found
        else:
            words = str(error).replace("'float'", "'Tensor'", 1)
            return TypeError(words) if "unsupported operand type" in words else error
    if op.elementwise and error.pytorch is None:
        error.pytorch = mismatch(shapes)
    names = [f"operand {i + 1} {shape}" for i, shape in enumerate(shapes)]
    return error.naming(names, [chr(ord("a") + i) for i in range(len(names))])


def check_same_dtype(op: OpSpec, operands: Sequence[Any]) -> None:
    """Raise GradientError where the tensors of a product of matrices are of several dtypes."""
    given = [(o.array.dtype, o.array.ndim) for o in operands if hasattr(o, "array")]
    kinds = [kind for kind, _ in given]
    if len(set(kinds)) < 2:
        return
    old = [short_name(kind) for kind in kinds]
    plain = [{"Long": "long int", "Short": "short int"}.get(name, name.lower()) for name in old]
    ndims = [ndim for _, ndim in given]
    words = f"expected scalar type {old[0]} but found {old[1]}"
    if ndims == [1, 1]:
        words = f"dot : expected both vectors to have same dtype, but found {old[0]} and {old[1]}"
    elif ndims == [2, 1]:
        words = f"addmv input tensors must have the same dtype, but got {old[0]}, {old[1]}, and {old[0]}"
    elif max(ndims) == 2:
        words = f"expected m1 and m2 to have the same dtype, but got: {plain[0]} != {plain[1]}"
    raise GradientError(
        f"{op.name} takes tensors of one dtype, not {kinds[0]} and {kinds[1]}",
        code="AG206",
        hint="x.float(), or x.to(w.dtype)",
        pytorch=words,
    )


def mismatch(shapes: Sequence[tuple[int, ...]]) -> str | None:
    """What PyTorch says of two shapes that do not broadcast."""
    for first, second in pairwise(shapes):
        try:
            broadcast_shapes(first, second)
        except ShapeError:
            ndim = max(len(first), len(second))
            a, b = [(1,) * (ndim - len(s)) + tuple(s) for s in (first, second)]
            axis = max(i for i in range(ndim) if a[i] != b[i] and 1 not in (a[i], b[i]))
            return (
                f"The size of tensor a ({a[axis]}) must match the size of tensor b ({b[axis]}) at non-singleton "
                f"dimension {axis}"
            )
    return None


def cannot_expand(shape: tuple[int, ...], target: tuple[int, ...]) -> str:
    """What PyTorch says of a shape that does not broadcast to another."""
    if len(shape) > len(target):
        return (
            f"expand(torch.FloatTensor{{{list(shape)}}}, size={list(target)}): the number of sizes provided "
            f"({len(target)}) must be greater or equal to the number of dimensions in the tensor ({len(shape)})"
        )
    back = next(i for i in range(1, len(shape) + 1) if shape[-i] not in (1, target[-i]))
    return (
        f"The expanded size of the tensor ({target[-back]}) must match the existing size ({shape[-back]}) at "
        f"non-singleton dimension {len(target) - back}.  Target sizes: {list(target)}.  Tensor sizes: {list(shape)}"
    )
