"""Correlation of arrays in any number of dimensions, and its two transposes.

``x`` is (batch, channels, positions...), the kernel (outputs, channels / groups, extents...). Each function takes
one matrix product for each entry of the kernel, and so works on numbers and on symbols alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError, counted
from autograd_core.ops.effort import PRODUCT
from autograd_core.ops.spec import ENTRY, Shape

_WINDOW = 7_000.0
"""Nanoseconds that the product for one entry of the kernel takes however small it is."""


def per_dimension(value: Any, dimensions: int, name: str) -> Shape:
    """One integer for each dimension.

    Raises ShapeError for another number of them.
    """
    found = value if isinstance(value, tuple) else (value,) * dimensions
    if len(found) == 1:
        found = found * dimensions
    if len(found) != dimensions:
        raise ShapeError(f"{name}={value} should be one integer or {dimensions}", code="AG304")
    return found


def _extent(x: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape) -> Shape:
    """The positions of the result: how often the kernel fits."""
    found = []
    for n, k, s, p, d in zip(x, kernel, stride, padding, dilation, strict=True):
        reach = d * (k - 1) + 1
        if n + 2 * p < reach or k < 1:
            raise ShapeError(
                f"the kernel of {{1}} reaches over {reach} entries; {{0}} has only {n + 2 * p} with padding",
                code="AG301",
                hint="padding makes room",
            )
        found.append((n + 2 * p - reach) // s + 1)
    return tuple(found)


def convolved(x: Shape, weight: Shape, bias: Shape, stride: Any, padding: Any, dilation: Any, groups: int) -> Shape:
    """The shape of a convolution.

    Raises ShapeError where input, kernel and bias do not fit.
    """
    if len(x) < 3 or len(weight) != len(x):
        raise ShapeError(
            "a convolution needs an input (batch, channels, positions...) and a kernel (outputs, channels, extents...) "
            "of as many dimensions, not {0} and {1}",
            code="AG306",
        )
    if x[1] != weight[1] * groups:
        each = f" for each of {groups} groups" if groups > 1 else ""
        raise ShapeError(
            f"{{0}} has {counted(x[1], 'channel')}, but the kernel {{1}} takes {weight[1]}{each}", code="AG301"
        )
    if weight[0] % groups:
        raise ShapeError(
            f"the {counted(weight[0], 'output')} of {{1}} cannot be shared by {groups} groups", code="AG301"
        )
    if bias not in ((), weight[:1]):
        raise ShapeError(f"the bias {{2}} must have shape {weight[:1]}, a number for each output", code="AG302")
    rest = len(x) - 2
    places = (per_dimension(stride, rest, "stride"), per_dimension(padding, rest, "padding"))
    spread = per_dimension(dilation, rest, "dilation")
    return (x[0], weight[0], *_extent(x[2:], weight[2:], *places, spread))


def correlating(x: Shape, weight: Shape, stride: Any, padding: Any, dilation: Any, groups: int) -> float:
    """The nanoseconds of a convolution, or of one of its transposes: a product for each entry of the kernel."""
    found = convolved(x, weight, (), stride, padding, dilation, groups)
    positions, extents = math.prod(found[2:]), math.prod(weight[2:])
    moved = x[0] * (x[1] + weight[0]) * positions
    return extents * (_WINDOW + 1.3 * ENTRY * moved + PRODUCT * x[0] * weight[0] * weight[1] * positions)


def _windows(kernel: Shape, out: Shape, stride: Any, dilation: Any) -> Iterator[tuple[Shape, tuple[Any, ...]]]:
    """Each entry of the kernel with the slices of the padded input that it meets."""
    stride, dilation = (per_dimension(v, len(kernel), "stride") for v in (stride, dilation))
    for offset in np.ndindex(kernel):
        starts = [o * d for o, d in zip(offset, dilation, strict=True)]
        yield (
            offset,
            tuple(slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(starts, stride, out, strict=True)),
        )


def _padded(x: Any, padding: Any) -> Any:
    around = per_dimension(padding, x.ndim - 2, "padding")
    made: Any = np.zeros((*x.shape[:2], *(n + 2 * p for n, p in zip(x.shape[2:], around, strict=True))), x.dtype)
    made[(slice(None), slice(None), *(slice(p, p + n) for n, p in zip(x.shape[2:], around, strict=True)))] = x
    return made


def _grouped(x: Any, groups: int) -> Any:
    """(batch, channels, positions...) as (batch, groups, channels of one group, all positions)."""
    size = math.prod(x.shape[2:])
    return x.reshape(x.shape[0], groups, x.shape[1] // groups, size)


def correlate(x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """The products of the kernel with what it covers at each position, plus the bias."""
    weight, bias = np.asarray(weight), np.asarray(bias, x.dtype)
    shape = convolved(x.shape, weight.shape, bias.shape, stride, padding, dilation, groups)
    padded, out = _padded(x, padding), np.zeros(shape, np.result_type(x, weight))
    lines = _grouped(out, groups)
    for offset, met in _windows(weight.shape[2:], shape[2:], stride, dilation):
        matrices = weight[(..., *offset)].reshape(groups, len(weight) // groups, weight.shape[1])
        lines += matrices @ _grouped(padded[(slice(None), slice(None), *met)], groups)
    return out + bias.reshape(-1, *(1,) * (x.ndim - 2)) if bias.ndim else out + bias


def to_input(g: Any, weight: Any, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """Each entry of ``g`` times the kernel, added where the kernel stood in an input with these positions."""
    around = per_dimension(padding, g.ndim - 2, "padding")
    channels = weight.shape[1] * groups
    made: Any = np.zeros((g.shape[0], channels, *(n + 2 * p for n, p in zip(shape, around, strict=True))), g.dtype)
    lines = _grouped(g, groups)
    for offset, met in _windows(weight.shape[2:], g.shape[2:], stride, dilation):
        matrices = weight[(..., *offset)].reshape(groups, len(weight) // groups, weight.shape[1]).swapaxes(1, 2)
        made[(slice(None), slice(None), *met)] += (matrices @ lines).reshape(g.shape[0], channels, *g.shape[2:])
    return made[(slice(None), slice(None), *(slice(p, p + n) for n, p in zip(shape, around, strict=True)))]


def to_weight(g: Any, x: Any, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """The sum of each entry of ``g`` times the input that a kernel of these extents covered."""
    padded, lines = _padded(x, padding), _grouped(g, groups)
    made: Any = np.zeros((g.shape[1], x.shape[1] // groups, *shape), g.dtype)
    for offset, met in _windows(shape, g.shape[2:], stride, dilation):
        seen = _grouped(padded[(slice(None), slice(None), *met)], groups).swapaxes(2, 3)
        made[(..., *offset)] = np.sum(lines @ seen, axis=0).reshape(made.shape[:2])
    return made
