"""Products of several shapes: tensordot, inner, kron, chains of matrices, and the cross product."""

from __future__ import annotations

from string import ascii_letters
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError, counted
from autograd_core.ops import batching
from autograd_core.ops.products import inner_sizes, rank
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import axis_index, axis_indices, axis_param, integers
from autograd_core.ops.spec import Param, Shape, broadcast_shapes, sample

PRODUCTS = Family("product", method=True, operands=("a", "b"))


def read_pairs(value: Any) -> Any:
    """How many axes are summed, or which: a number, or a pair of axes or of tuples of axes."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise TypeError("must be a number of axes, or a pair: the axes of a and the axes of b")
        first, second = (read if isinstance(read, tuple) else (read,) for read in map(integers, value))
        return (first, second)
    read = integers(value)
    if isinstance(read, int) and read < 0:
        raise TypeError("must not be negative")
    return read


@PRODUCTS.function(
    params=(Param("axes", read_pairs, 2, ("dims",)),),
    samples=(
        sample((2, 3), (3, 2), axes=1),
        sample((2, 3), (2, 3)),
        sample((2,), (3,), axes=0),
        sample((2, 3, 2), (2, 3), axes=((0, 1), (0, 1))),
        sample((2, 3), (4, 3), axes=((-1,), (-1,))),
    ),
    method=False,
)
def tensordot(a: Any, b: Any, axes: Any) -> Any:
    """Products summed over the last axes of a and the first of b, or over given pairs of axes."""
    left, right = rank(a), rank(b)
    if isinstance(axes, int):
        if axes > min(left, right):
            raise ShapeError(
                f"tensordot over {counted(axes, 'axis', 'axes')} needs that many in both; there are {left} and {right}",
                code="AG306",
            )
        axes = (tuple(range(left - axes, left)), tuple(range(axes)))
    first, second = axis_indices(axes[0], left), axis_indices(axes[1], right)
    if len(first) != len(second):
        raise ShapeError(f"tensordot needs as many axes of a as of b, not {len(first)} and {len(second)}", code="AG303")
    if first == (left - 1,) and second == (0,) and right <= 2:
        return op.matmul(a, b)
    letters = ascii_letters[:left]
    others = iter(ascii_letters[left : left + right])
    pairs = dict(zip(second, first, strict=True))
    of_b = "".join(letters[pairs[i]] if i in pairs else next(others) for i in range(right))
    result = "".join(letter for letter in letters + of_b if (letters + of_b).count(letter) == 1)
    return op.einsum(a, b, subscripts=f"{letters},{of_b}->{result}")


@PRODUCTS.function(samples=(sample((3,), (3,)), sample((2, 3), (4, 3)), sample((2, 3), (2, 2, 3)), sample((), (3,))))
def inner(a: Any, b: Any) -> Any:
    """Inner product over the last axes."""
    if not rank(a) or not rank(b):
        return op.mul(a, b)
    inner_sizes(a.shape, b.shape, -1)
    return op.matmul(a, b.T) if rank(b) == 2 else op.tensordot(a, b, axes=((-1,), (-1,)))


PRODUCTS.composite(
    "vdot",
    "Inner product of all entries of a with all entries of b.",
    lambda a, b: op.matmul(op.ravel(a), op.ravel(b)),
    samples=(sample((3,), (3,)), sample((2, 3), (3, 2))),
)


@PRODUCTS.function(samples=(sample((2, 2), (2, 3)), sample((2,), (3,)), sample((2,), (2, 2)), sample((), (2,))))
def kron(a: Any, b: Any) -> Any:
    """Kronecker product: a with every entry replaced by that entry times b."""
    ndim = max(rank(a), rank(b))
    if not ndim:
        return op.mul(a, b)
    left, right = ((1,) * (ndim - rank(x)) + getattr(x, "shape", ()) for x in (a, b))
    spread = [
        op.reshape(a, shape=tuple(n for length in left for n in (length, 1))),
        op.reshape(b, shape=tuple(n for length in right for n in (1, length))),
    ]
    return op.reshape(op.mul(*spread), shape=tuple(n * m for n, m in zip(left, right, strict=True)))


def _cheapest(lengths: list[int], first: int, last: int, known: dict[tuple[int, int], tuple[int, int]]) -> int:
    """The multiplications that the chain from ``first`` to ``last`` takes; where it is cut goes to ``known``."""
    if first == last:
        return 0
    if (first, last) not in known:
        known[first, last] = min(
            (
                _cheapest(lengths, first, cut, known)
                + _cheapest(lengths, cut + 1, last, known)
                + lengths[first] * lengths[cut + 1] * lengths[last + 1],
                cut,
            )
            for cut in range(first, last)
        )
    return known[first, last][0]


MAX_CHAIN = 50


@PRODUCTS.function(samples=(sample((2, 3), (3, 4), (4, 2)), sample((3,), (3, 4), (4,))), method=False)
def multi_dot(*arrays: Any) -> Any:
    """Product of several matrices, multiplied in the order that takes the fewest operations."""
    if len(arrays) < 2:
        raise ShapeError("multi_dot needs at least two arrays", code="AG307")
    if len(arrays) > MAX_CHAIN:
        raise ShapeError(f"multi_dot takes at most {MAX_CHAIN} arrays, not {len(arrays)}", code="AG306")
    for i, x in enumerate(arrays):
        if rank(x) != 2 and not (rank(x) == 1 and i in (0, len(arrays) - 1)):
            raise ShapeError("multi_dot takes matrices; the first and the last may be vectors", code="AG306")
    lengths = [1 if rank(arrays[0]) == 1 else arrays[0].shape[0], *(x.shape[0] for x in arrays[1:])]
    lengths.append(1 if rank(arrays[-1]) == 1 else arrays[-1].shape[-1])
    known: dict[tuple[int, int], tuple[int, int]] = {}
    _cheapest(lengths, 0, len(arrays) - 1, known)

    def product(first: int, last: int) -> Any:
        if first == last:
            return arrays[first]
        cut = known[first, last][1]
        return op.matmul(product(first, cut), product(cut + 1, last))

    return product(0, len(arrays) - 1)


def _cross_shape(a: Shape, b: Shape, axis: int) -> Shape:
    shape = broadcast_shapes(a, b)
    place = axis_index(axis, len(shape))
    if shape[place] != 3:
        raise ShapeError(
            f"cross needs vectors of 3 entries; axis {axis} of {{0}} and {{1}} is {shape[place]} long", code="AG301"
        )
    return shape


def _cross_in_torch(shapes: list[Shape], axis: int) -> str | None:
    return "torch.linalg.cross({0}, {1}, dim={axis})" if len(shapes[0]) == len(shapes[1]) else None


@PRODUCTS.computed(
    exports={"torch": _cross_in_torch, "numpy": "np.cross({0}, {1}, axis={axis})"},
    params=(axis_param(-1),),
    vjps=(
        lambda g, _y, _a, b, axis: op.cross(b, g, axis=axis),
        lambda g, _y, a, _b, axis: op.cross(g, a, axis=axis),
    ),
    shape=_cross_shape,
    batch=batching.along,
    node="LinalgCrossBackward0",
    linear="each",
    latex=r"{0} \times {1}",
    samples=(sample((3,), (3,)), sample((2, 3), (3,)), sample((3, 2), (3, 2), axis=0)),
)
def cross(a: Any, b: Any, axis: int) -> Any:
    """Cross product of vectors with 3 entries."""
    x, y = (np.moveaxis(v, axis, 0) for v in np.broadcast_arrays(a, b))
    turned = [x[i] * y[j] - x[j] * y[i] for i, j in ((1, 2), (2, 0), (0, 1))]
    return np.stack(turned, axis % len(np.broadcast_shapes(a.shape, b.shape)))
