"""Products of vectors, matrices and stacks of matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError, counted
from autograd_core.ops import batching
from autograd_core.ops.effort import MATRIX, PRODUCT
from autograd_core.ops.notation import infix
from autograd_core.ops.registry import composite, op, operation
from autograd_core.ops.spec import MULTIPLY, Shape, broadcast_shapes, sample


def rank(x: Any) -> int:
    """The number of dimensions; a plain number has none."""
    return len(getattr(x, "shape", ()))


def flipped(x: Any) -> Any:
    """The transpose of a matrix or of each matrix of a stack, written ``.T`` where it can be."""
    return x.T if x.ndim == 2 else x.mT


def row(g: Any) -> Any:
    """A new axis of length 1 before the last."""
    return op.expand_dims(g, axis=(-2,))


def column(g: Any) -> Any:
    """A new last axis of length 1."""
    return op.expand_dims(g, axis=(-1,))


def inner_sizes(a: Shape, b: Shape, axis: int) -> None:
    """Raise ShapeError unless the last axis of ``a`` is as long as ``axis`` of ``b``, the last of a vector."""
    left, right = a[-1], b[axis] if len(b) > 1 else b[-1]
    if left == right:
        return
    hint = None
    if len(a) == len(b) == 2:
        fits = {(a[-1], b[-1]): "{0} @ {1}.T", (a[-2], b[-2]): "{0}.T @ {1}"}
        hint = next((f"{words} fits" for sizes, words in fits.items() if sizes[0] == sizes[1] and axis == -2), None)
    if len(a) == 2 and len(b) == 1 and axis == -2 and a[0] == right:
        hint = f"{{0}}.T @ {{1}} fits, or give {{1}} {counted(left, 'entry', 'entries')}"
    if len(a) == len(b) == 2:
        words = f"mat1 and mat2 shapes cannot be multiplied ({a[0]}x{a[1]} and {b[0]}x{b[1]})"
    elif len(a) == 2 and len(b) == 1:
        words = f"size mismatch, got input ({a[0]}), mat ({a[0]}x{a[1]}), vec ({b[0]})"
    else:
        words = f"inconsistent tensor size, expected tensor [{left}] and src [{right}] to have the same number of "
        words += f"elements, but got {left} and {right} elements respectively"
    say_left = "entries" if len(a) == 1 else "columns"
    say_right = "entries" if len(b) == 1 else "rows" if axis == -2 else "columns"
    raise ShapeError(
        f"the inner sizes of the shapes do not match: {{0}} has {left} {say_left}, {{1}} has {right} {say_right}",
        code="AG301",
        why="each row of the first meets a column of the second, so they must be equally long" if axis == -2 else None,
        hint=hint or f"give the second {left} {say_right}, or the first {right} {say_left}",
        pytorch=words,
    )


def _matmul_shape(a: Shape, b: Shape) -> Shape:
    for position, shape in enumerate((a, b)):
        if not shape:
            raise ShapeError(f"@ needs vectors or matrices; {{{position}}} has no axes", code="AG306", hint="{0} * {1}")
    inner_sizes(a, b, -2)
    try:
        batch = broadcast_shapes(a[:-2], b[:-2])
    except ShapeError as error:
        error.message = "the stacks of matrices do not fit: " + error.message
        raise error from None
    return batch + a[-2:-1] + (b[-1:] if len(b) > 1 else ())


def _matmul_node(a: Shape, b: Shape) -> str:
    if len(a) == len(b) == 1:
        return "DotBackward0"
    if len(b) == 1 or (len(a) == 1 and len(b) > 2):
        return "MvBackward0"
    return "BmmBackward0" if len(a) > 2 and len(b) > 2 else "MmBackward0"


def _matmul_left(g: Any, _y: Any, _a: Any, b: Any) -> Any:
    if _a.ndim == 1:
        return g * b if b.ndim == 1 else b @ g if b.ndim == 2 else row(g) @ b.mT
    if b.ndim == 1:
        return op.outer(g, b) if _a.ndim == 2 else column(g) * b
    return g @ flipped(b)


def _matmul_right(g: Any, _y: Any, a: Any, _b: Any) -> Any:
    if _b.ndim == 1:
        return g * a if a.ndim == 1 else a.T @ g if a.ndim == 2 else row(g) @ a
    if a.ndim == 1:
        return op.outer(a, g) if _b.ndim == 2 else column(a) * row(g)
    if _b.ndim == 2 and a.ndim > 2:  # one product over all matrices, in place of one each and a sum
        rows = math.prod(a.shape[:-1])
        return op.reshape(a, shape=(rows, a.shape[-1])).T @ op.reshape(g, shape=(rows, g.shape[-1]))
    return flipped(a) @ g


def _matmul_work(a: Shape, b: Shape) -> float:
    found = _matmul_shape(a, b)
    stack = math.prod(broadcast_shapes(a[:-2], b[:-2]))
    return stack * MATRIX + PRODUCT * math.prod(found) * a[-1]


matmul = operation(
    "matmul",
    doc="Matrix product a @ b; with vectors the inner product or matrix times vector, with stacks one product each.",
    group="product",
    operands=("a", "b"),
    aliases=("mm", "bmm", "mv"),
    method=True,
    forward=np.matmul,
    work=_matmul_work,
    vjps=(_matmul_left, _matmul_right),
    shape=_matmul_shape,
    batch=batching.multiplying,
    node=_matmul_node,
    linear="each",
    text=infix(" @ ", MULTIPLY),
    latex=infix(" ", MULTIPLY),
    domain=((-2.0, 2.0), (-2.0, 2.0)),
    samples=(
        sample((2, 3), (3, 4)),
        sample((3,), (3,)),
        sample((2, 3), (3,)),
        sample((3,), (3, 2)),
        sample((2, 2, 3), (2, 3, 2)),
        sample((2, 1, 2, 3), (3, 3, 2)),
        sample((2, 2, 3), (3, 2)),
        sample((2, 3), (2, 3, 2)),
        sample((2, 2, 3), (3,)),
        sample((3,), (2, 3, 2)),
        sample((2, 0), (0, 3)),
    ),
)

outer = operation(
    "outer",
    doc="Outer product: every entry of a times every entry of b.",
    group="product",
    exports={"torch": "torch.outer(torch.ravel({0}), torch.ravel({1}))"},
    operands=("a", "b"),
    aliases=("ger",),
    method=True,
    forward=lambda a, b: np.ravel(a)[:, None] * np.ravel(b),
    vjps=(
        lambda g, _y, _a, b: _shaped(g @ _flat(b), _a.shape),
        lambda g, _y, a, _b: _shaped(g.T @ _flat(a), _b.shape),
    ),
    shape=lambda a, b: (math.prod(a), math.prod(b)),
    batch=batching.crossing,
    node="MulBackward0",
    linear="each",
    latex=r"{0} \otimes {1}",
    domain=((-2.0, 2.0), (-2.0, 2.0)),
    samples=(sample((3,), (2,)), sample((2, 2), (3,)), sample((), (2,))),
)


def _flat(x: Any) -> Any:
    return x if x.ndim == 1 else op.reshape(x, shape=(math.prod(x.shape),))


def _shaped(x: Any, shape: Shape) -> Any:
    return x if len(shape) == 1 else op.reshape(x, shape=shape)


def _dot(a: Any, b: Any) -> Any:
    if not rank(a) or not rank(b):
        return op.mul(a, b)
    if rank(b) <= 2:
        return op.matmul(a, b)
    inner_sizes(a.shape, b.shape, -2)
    return op.tensordot(a, b, axes=((-1,), (-2,)))


dot = composite(
    "dot",
    _dot,
    doc="NumPy's dot: inner product of vectors, product of matrices, a plain product with a scalar.",
    group="product",
    operands=("a", "b"),
    method=True,
    domain=((-2.0, 2.0), (-2.0, 2.0)),
    samples=(sample((3,), (3,)), sample((2, 3), (3, 2)), sample((), (3,)), sample((2, 3), (2, 3, 2))),
)
