"""Pooling: the mean or the largest entry of each window of the last axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError
from autograd_core.ops.arguments import lengths, optional
from autograd_core.ops.conv import per_dimension, steps
from autograd_core.ops.notation import functional
from autograd_core.ops.reduce import chosen
from autograd_core.ops.registry import Family, op
from autograd_core.ops.spec import Kink, OpSpec, Param, Shape, sample, sp

LAYERS = Family("layer")


def _extents(value: Any) -> Shape:
    """The lengths of a window, one for each axis."""
    found = steps(1)(value)
    return found if isinstance(found, tuple) else (found,)


EXTENTS = Param("kernel_size", _extents)
STRIDE = Param("stride", optional(steps(1)), None)
PADDING = Param("padding", steps(0), 0)


class Window:
    """Where the windows of a pooling lie: extents, strides and padding for each of the last axes."""

    def __init__(self, kernel_size: Shape, stride: Any, padding: Any) -> None:
        self.extents = kernel_size
        self.count = len(kernel_size)
        self.strides = kernel_size if stride is None else per_dimension(stride, self.count, "stride")
        self.padding = per_dimension(padding, self.count, "padding")
        if any(2 * p > k for p, k in zip(self.padding, self.extents, strict=True)):
            raise ShapeError("the padding of a pooling is at most half of its window", code="AG612")

    def places(self, shape: Shape) -> Shape:
        """How many windows fit along each of the last axes."""
        if len(shape) < self.count:
            raise ShapeError(f"pooling needs at least {self.count} axes; {{0}} has {len(shape)}", code="AG306")
        found = []
        for n, k, s, p in zip(shape[-self.count :], self.extents, self.strides, self.padding, strict=True):
            if n + 2 * p < k:
                raise ShapeError(f"a window of {k} does not fit into {{0}}, which has {n} there", code="AG301")
            found.append((n + 2 * p - k) // s + 1)
        return (*shape[: -self.count], *found)

    def inner(self, shape: Shape) -> tuple[Any, ...]:
        """The part of the padded array that is not padding."""
        return (..., *(slice(p, p + n) for n, p in zip(shape[-self.count :], self.padding, strict=True)))

    def padded(self, shape: Shape) -> Shape:
        """The shape with padding."""
        last = tuple(n + 2 * p for n, p in zip(shape[-self.count :], self.padding, strict=True))
        return (*shape[: -self.count], *last)

    def cut(self, x: Any, fill: Any) -> Any:
        """The windows, the entries of each in a new last axis."""
        made = np.full(self.padded(x.shape), fill, x.dtype)
        made[self.inner(x.shape)] = x
        axes = tuple(range(-self.count, 0))
        views: Any = np.lib.stride_tricks.sliding_window_view(made, self.extents, axis=axes)
        views = views[(..., *(slice(None, None, s) for s in self.strides), *(slice(None),) * self.count)]
        return views.reshape(*self.places(x.shape), math.prod(self.extents))

    def gather(self, windows: Any, shape: Shape) -> Any:
        """The sum of what all windows hold for each entry of an array of this shape."""
        made: Any = np.zeros(self.padded(shape), windows.dtype)
        places = windows.shape[-1 - self.count : -1]
        for number, offset in enumerate(np.ndindex(self.extents)):
            met = tuple(slice(o, o + s * (n - 1) + 1, s) for o, s, n in zip(offset, self.strides, places, strict=True))
            made[(..., *met)] += windows[..., number]
        return made[self.inner(shape)]


def _windows_shape(x: Shape, kernel_size: Shape, stride: Any, padding: Any) -> Shape:
    return (*Window(kernel_size, stride, padding).places(x), math.prod(kernel_size))


def _gathered_shape(x: Shape, shape: Shape, kernel_size: Shape, stride: Any, padding: Any) -> Shape:
    if _windows_shape(shape, kernel_size, stride, padding) != x:
        raise ShapeError(f"{{0}} does not hold the windows of an array of shape {shape}", code="AG301")
    return shape


windows = LAYERS.operation(
    "windows",
    "The windows that a pooling sees, the entries of each in a new last axis, with zeros for padding.",
    params=(EXTENTS, STRIDE, PADDING),
    forward=lambda x, kernel_size, stride, padding: Window(kernel_size, stride, padding).cut(x, 0),
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
    forward=lambda x, shape, kernel_size, stride, padding: Window(kernel_size, stride, padding).gather(x, shape),
    vjps=(lambda g, _y, _x, shape, **params: op.windows(g, **params),),
    shape=_gathered_shape,
    linear="jointly",
    node="FoldBackward0",
    samples=(sample((5, 3), shape=(5,), kernel_size=(3,), stride=1, padding=1),),
)


def _largest(x: Any, kernel_size: Shape, stride: Any, padding: Any) -> Any:
    """A mark at the first of the largest entries of each window."""
    cut = Window(kernel_size, stride, padding).cut(x, -np.inf)
    return (np.arange(cut.shape[-1]) == np.argmax(cut, axis=-1)[..., None]).astype(x.dtype)


def _largest_symbolic(x: Any, kernel_size: Shape, stride: Any, padding: Any) -> Any:
    sympy = sp()
    cut = Window(kernel_size, stride, padding).cut(x, None).copy()
    for place in np.ndindex(cut.shape[:-1]):
        entries = list(cut[place])
        for k, entry in enumerate(entries):
            beats = [sympy.Gt(entry, e) for e in entries[:k] if e is not None and entry is not None]
            beats += [sympy.Ge(entry, e) for e in entries[k + 1 :] if e is not None and entry is not None]
            mark = entry is not None and (not beats or sympy.And(*beats))
            cut[(*place, k)] = sympy.Piecewise((sympy.Integer(1), mark), (sympy.Integer(0), True))
    return cut


LAYERS.operation(
    "window_argmax",
    "1 at the first of the largest entries of each window and 0 elsewhere, windows as windows(x) gives them.",
    params=(EXTENTS, STRIDE, PADDING),
    forward=_largest,
    vjps=(None,),
    shape=_windows_shape,
    symbolic=_largest_symbolic,
    samples=(sample((5,), kernel_size=(3,), stride=1, padding=1),),
)


def _pool_shape(x: Shape, kernel_size: Shape, stride: Any, padding: Any) -> Shape:
    return Window(kernel_size, stride, padding).places(x)


def _kernel(dimensions: int) -> Param:
    def read(value: Any) -> Shape:
        found = steps(1)(value)
        found = found if isinstance(found, tuple) else (found,) * dimensions
        found = found * dimensions if len(found) == 1 else found
        if len(found) != dimensions:
            raise TypeError(f"should be one integer or {dimensions}, not {value!r}")
        return found

    return Param("kernel_size", read)


def _max_symbolic(x: Any, kernel_size: Shape, stride: Any, padding: Any) -> Any:
    cut = Window(kernel_size, stride, padding).cut(x, None)
    found = np.empty(cut.shape[:-1], dtype=object)
    for position in np.ndindex(found.shape):
        found[position] = chosen([entry for entry in cut[position] if entry is not None], True)
    return found


def _max_ties(x: Any, **params: Any) -> Any:
    cut = Window(**params).cut(x, -np.inf)
    return np.count_nonzero(cut == np.max(cut, axis=-1, keepdims=True), axis=-1) > 1


def _pool(kind: str, dimensions: int, doc: str, **fields: Any) -> OpSpec:
    size = (2,) * dimensions
    return LAYERS.operation(
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


def _max_pool(dimensions: int) -> OpSpec:
    return _pool(
        "max",
        dimensions,
        "Largest entry of each window {}; stride is the window unless given.",
        forward=lambda x, **params: np.max(Window(**params).cut(x, -np.inf), axis=-1),
        vjps=(
            lambda g, _y, x, **params: op.gather_windows(
                op.window_argmax(x, **params) * op.expand_dims(g, axis=-1), shape=x.shape, **params
            ),
        ),
        symbolic=_max_symbolic,
        node="MaxPool2DWithIndicesBackward0",
        kinks=(Kink(_max_ties, "all to the first of equal entries in a window, as PyTorch"),),
    )


def _average_vjp(g: Any, _y: Any, _x: Any, kernel_size: Shape, stride: Any, padding: Any) -> Any:
    size = math.prod(kernel_size)
    spread = op.broadcast_to(op.expand_dims(g / size, axis=-1), shape=(*g.shape, size))
    return op.gather_windows(spread, shape=_x.shape, kernel_size=kernel_size, stride=stride, padding=padding)


def _avg_pool(dimensions: int) -> OpSpec:
    return _pool(
        "avg",
        dimensions,
        "Mean of each window {}, padding counted as zeros.",
        forward=lambda x, **params: np.sum(Window(**params).cut(x, 0), axis=-1) / math.prod(params["kernel_size"]),
        vjps=(_average_vjp,),
        linear="jointly",
        node="AvgPool2DBackward0",
    )


max_pool1d, max_pool2d = _max_pool(1), _max_pool(2)
avg_pool1d, avg_pool2d = _avg_pool(1), _avg_pool(2)
