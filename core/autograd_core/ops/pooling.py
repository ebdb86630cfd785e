"""Pooling: the mean or the largest entry of each window of the last axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError
from autograd_core.ops.conv import PADDING, inner, padded, per_dimension, places, steps, windows
from autograd_core.ops.notation import functional
from autograd_core.ops.reduce import chosen
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import in_tuple, lengths, optional
from autograd_core.ops.spec import Kink, Param, Shape, sample

LAYERS = Family("layer")


EXTENTS = Param("kernel_size", in_tuple(steps(1)))
STRIDE = Param("stride", optional(steps(1)), None)


MISFIT = "a window of {reach} does not fit into {{0}}, which has {n} there"


def _pool_shape(x: Shape, kernel_size: Shape, stride: Any, padding: Any) -> Shape:
    count = len(kernel_size)
    if any(2 * p > k for p, k in zip(per_dimension(padding, count, "padding"), kernel_size, strict=True)):
        raise ShapeError("the padding of a pooling is at most half of its window", code="AG612")
    if len(x) < count:
        raise ShapeError(f"pooling needs at least {count} axes; {{0}} has {len(x)}", code="AG306")
    return places(x, MISFIT, kernel_size, stride, padding)


def _cut(x: Any, fill: Any, kernel_size: Shape, stride: Any, padding: Any) -> Any:
    """The windows, the entries of each in a new last axis."""
    count = len(kernel_size)
    out = _pool_shape(x.shape, kernel_size, stride, padding)[x.ndim - count :]
    around = padded(x, padding, count, fill)
    return np.stack([around[met] for _, met in windows(kernel_size, out, stride)], axis=-1)


def _gather(x: Any, shape: Shape, kernel_size: Shape, stride: Any, padding: Any) -> Any:
    """The sum of what all windows hold for each entry of an array of this shape."""
    count = len(kernel_size)
    whole, kept = inner(shape, padding, count)
    made: Any = np.zeros(whole, x.dtype)
    for number, (_, met) in enumerate(windows(kernel_size, x.shape[-1 - count : -1], stride)):
        made[met] += x[..., number]
    return made[kept]


def _windows_shape(x: Shape, **params: Any) -> Shape:
    return (*_pool_shape(x, **params), math.prod(params["kernel_size"]))


def _gathered_shape(x: Shape, shape: Shape, **params: Any) -> Shape:
    if _windows_shape(shape, **params) != x:
        raise ShapeError(f"{{0}} does not hold the windows of an array of shape {shape}", code="AG301")
    return shape


LAYERS.operation(
    "windows",
    "The windows that a pooling sees, the entries of each in a new last axis, with zeros for padding.",
    params=(EXTENTS, STRIDE, PADDING),
    forward=lambda x, **params: _cut(x, 0, **params),
    vjps=(lambda g, _y, _x, **params: op.gather_windows(g, shape=_x.shape, **params),),
    shape=_windows_shape,
    linear="jointly",
    node="UnfoldBackward0",
    samples=(sample((5,), kernel_size=(3,), stride=1, padding=1), sample((1, 3, 4), kernel_size=(2, 2))),
)
LAYERS.operation(
    "gather_windows",
    "The sum of what windows hold for each entry of an array of the given shape: what windows(x) pulls back.",
    params=(Param("shape", lengths), EXTENTS, STRIDE, PADDING),
    forward=_gather,
    vjps=(lambda g, _y, _x, shape, **params: op.windows(g, **params),),
    shape=_gathered_shape,
    linear="jointly",
    node="FoldBackward0",
    samples=(sample((5, 3), shape=(5,), kernel_size=(3,), stride=1, padding=1),),
)


@LAYERS.computed(
    params=(EXTENTS, STRIDE, PADDING),
    vjps=(None,),
    shape=_windows_shape,
    symbolic=lambda sympy, x, **params: None,
    samples=(sample((5,), kernel_size=(3,), stride=1, padding=1),),
)
def window_argmax(x: Any, **params: Any) -> Any:
    """1 at the first of the largest entries of each window and 0 elsewhere, windows as windows(x) gives them."""
    cut = _cut(x, -np.inf, **params)
    return (np.arange(cut.shape[-1]) == np.argmax(cut, axis=-1)[..., None]).astype(x.dtype)


def _kernel(dimensions: int) -> Param:
    def read(value: Any) -> Shape:
        found: Shape = EXTENTS.read(value)
        found = found * dimensions if len(found) == 1 else found
        if len(found) != dimensions:
            raise TypeError(f"should be one integer or {dimensions}, not {value!r}")
        return found

    return Param("kernel_size", read)


def _max_symbolic(sympy: Any, x: Any, **params: Any) -> Any:
    cut = _cut(x, None, **params)
    found = np.empty(cut.shape[:-1], dtype=object)
    for position in np.ndindex(found.shape):
        found[position] = chosen(sympy, [entry for entry in cut[position] if entry is not None], True)
    return found


def _max_ties(x: Any, **params: Any) -> Any:
    cut = _cut(x, -np.inf, **params)
    return np.count_nonzero(cut == np.max(cut, axis=-1, keepdims=True), axis=-1) > 1


def _pool(kind: str, dimensions: int, doc: str, **fields: Any) -> None:
    size = (2,) * dimensions
    LAYERS.operation(
        f"{kind}_pool{dimensions}d",
        doc.format(f"over the last {dimensions} axes" if dimensions > 1 else "along the last axis"),
        exports={"torch": functional(f"{kind}_pool{dimensions}d", "kernel_size", "stride", "padding")},
        params=(_kernel(dimensions), STRIDE, PADDING),
        shape=_pool_shape,
        samples=(
            sample((1, *(4,) * dimensions), kernel_size=size, stride=None, padding=0),
            sample((2, *(3,) * dimensions), kernel_size=size, stride=1, padding=1),
            sample((1, *(5,) * dimensions), kernel_size=(3,) * dimensions, stride=2, padding=0),
        ),
        **fields,
    )


def _max_vjp(g: Any, _y: Any, x: Any, **params: Any) -> Any:
    largest = op.window_argmax(x, **params)
    return op.gather_windows(largest * op.expand_dims(g, axis=-1), shape=x.shape, **params)


def _average_vjp(g: Any, _y: Any, _x: Any, **params: Any) -> Any:
    size = math.prod(params["kernel_size"])
    spread = op.broadcast_to(op.expand_dims(g / size, axis=-1), shape=(*g.shape, size))
    return op.gather_windows(spread, shape=_x.shape, **params)


for _dimensions in (1, 2):
    _pool(
        "max",
        _dimensions,
        "Largest entry of each window {}; stride is the window unless given.",
        forward=lambda x, **params: np.max(_cut(x, -np.inf, **params), axis=-1),
        vjps=(_max_vjp,),
        symbolic=_max_symbolic,
        node="MaxPool2DWithIndicesBackward0",
        kinks=(Kink(_max_ties, "all to the first of equal entries in a window, as PyTorch"),),
    )
    _pool(
        "avg",
        _dimensions,
        "Mean of each window {}, padding counted as zeros.",
        forward=lambda x, **params: np.sum(_cut(x, 0, **params), axis=-1) / math.prod(params["kernel_size"]),
        vjps=(_average_vjp,),
        linear="jointly",
        node="AvgPool2DBackward0",
    )
