"""Reductions: sums, means, products and extremes along axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.ops.arguments import AXES, KEEPDIMS, axis_indices, reduced
from autograd_core.ops.registry import op, operation
from autograd_core.ops.spec import Shape, sample

AXIS_SAMPLES = (
    sample((2, 3), axis=None, keepdims=False),
    sample((2, 3), axis=0, keepdims=False),
    sample((2, 3), axis=-1, keepdims=True),
    sample((2, 3, 2), axis=(0, 2), keepdims=False),
    sample((), axis=None, keepdims=False),
)
"""The samples every reduction has in common."""


def expand(g: Any, shape: Shape, axis: Any, keepdims: bool) -> Any:
    """``g``, the shape of a reduction over ``axis``, with the reduced axes back as length 1, so that it broadcasts."""
    if g.shape == () or keepdims:
        return g
    return op.reshape(g, shape=reduced(shape, axis, True))


def count(shape: Shape, axis: Any) -> int:
    """How many entries one result of a reduction is made of."""
    product = 1
    for i in axis_indices(axis, len(shape)):
        product *= shape[i]
    return product


def _numbered(base: str) -> Any:
    """PyTorch numbers the node by whether an axis is given."""
    return lambda *_shapes, axis, **_params: f"{base}Backward{0 if axis is None else 1}"


sum_ = operation(
    "sum",
    doc="Sum of the entries, over all axes or the given ones.",
    group="reduction",
    params=(AXES, KEEPDIMS),
    method=True,
    forward=lambda x, axis, keepdims: np.add.reduce(x, axis=axis, keepdims=keepdims),
    vjps=(lambda g, _y, _x, axis, keepdims: expand(g, _x.shape, axis, keepdims),),
    shape=reduced,
    node=_numbered("Sum"),
    linear="jointly",
    uniform=True,
    latex=r"\operatorname{{sum}}\left({0}\right)",
    samples=AXIS_SAMPLES,
)

mean = operation(
    "mean",
    doc="Arithmetic mean of the entries, over all axes or the given ones.",
    group="reduction",
    params=(AXES, KEEPDIMS),
    method=True,
    forward=lambda x, axis, keepdims: np.add.reduce(x, axis=axis, keepdims=keepdims) / count(x.shape, axis)
    if count(x.shape, axis)
    else np.full(reduced(x.shape, axis, keepdims), np.nan, x.dtype),
    vjps=(lambda g, _y, _x, axis, keepdims: expand(g, _x.shape, axis, keepdims) / max(count(_x.shape, axis), 1),),
    shape=reduced,
    node=_numbered("Mean"),
    linear="jointly",
    uniform=True,
    latex=r"\operatorname{{mean}}\left({0}\right)",
    samples=AXIS_SAMPLES,
)
