"""Windows of the last axes; correlation of arrays in any number of dimensions, and its two transposes.

``x`` is (batch, channels, positions...), the kernel (outputs, channels / groups, extents...). Each function takes
one matrix product for each entry of the kernel, and so works on numbers and on symbols alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError, counted
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import integer, integers, lengths, within
from autograd_core.ops.spec import Composite, Param, Sample, Shape, sample

LAYERS = Family("layer", operands=("x", "weight", "bias"))


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


def places(shape: Shape, misfit: str, extents: Shape, stride: Any, padding: Any, dilation: Any = 1) -> Shape:
    """How many windows fit along each of the last axes; they stand side by side where ``stride`` is None.

    Raises ShapeError, in the words of ``misfit``, where there is none.
    """
    laid = [per_dimension(v, len(extents), "stride") for v in (stride or extents, padding, dilation)]
    lead, found = len(shape) - len(extents), []
    for n, k, s, p, d in zip(shape[lead:], extents, *laid, strict=True):
        reach = d * (k - 1) + 1
        if k < 1 or n + 2 * p < reach:
            words = misfit.format(reach=reach, n=n, padded=n + 2 * p)
            raise ShapeError(words, code="AG301", hint="padding makes room" if "padding" in misfit else None)
        found.append((n + 2 * p - reach) // s + 1)
    return (*shape[:lead], *found)


def windows(extents: Shape, out: Shape, stride: Any, dilation: Any = 1) -> Iterator[tuple[Shape, tuple[Any, ...]]]:
    """Each entry of a window with the part of the padded array that all windows meet there."""
    stride, dilation = (per_dimension(v, len(extents), "stride") for v in (stride or extents, dilation))
    for offset in np.ndindex(extents):
        starts = [o * d for o, d in zip(offset, dilation, strict=True)]
        yield offset, (..., *(slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(starts, stride, out, strict=True)))


def inner(shape: Shape, padding: Any, count: int) -> tuple[Shape, tuple[Any, ...]]:
    """A shape with padding on the ``count`` last axes, and the part of such an array that is not padding."""
    around, lead = per_dimension(padding, count, "padding"), len(shape) - count
    last = list(zip(shape[lead:], around, strict=True))
    return (*shape[:lead], *(n + 2 * p for n, p in last)), (..., *(slice(p, p + n) for n, p in last))


def padded(x: Any, padding: Any, count: int, fill: Any = 0) -> Any:
    """An array with padding on the ``count`` last axes."""
    shape, kept = inner(x.shape, padding, count)
    made: Any = np.full(shape, fill, x.dtype)
    made[kept] = x
    return made


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
    return (x[0], weight[0], *places(x[2:], KERNEL_MISFIT, weight[2:], stride, padding, dilation))


KERNEL_MISFIT = "the kernel of {{1}} reaches over {reach} entries; {{0}} has only {padded} with padding"


def _grouped(x: Any, groups: int) -> Any:
    """(batch, channels, positions...) as (batch, groups, channels of one group, all positions)."""
    size = math.prod(x.shape[2:])
    return x.reshape(x.shape[0], groups, x.shape[1] // groups, size)


def to_input(g: Any, weight: Any, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """Each entry of ``g`` times the kernel, added where the kernel stood in an input with these positions."""
    lines, channels = _grouped(g, groups), weight.shape[1] * groups
    whole, kept = inner((g.shape[0], channels, *shape), padding, len(shape))
    made: Any = np.zeros(whole, g.dtype)
    for offset, met in windows(weight.shape[2:], g.shape[2:], stride, dilation):
        matrices = weight[(..., *offset)].reshape(groups, len(weight) // groups, weight.shape[1]).swapaxes(1, 2)
        made[met] += (matrices @ lines).reshape(g.shape[0], channels, *g.shape[2:])
    return made[kept]


def to_weight(g: Any, x: Any, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """The sum of each entry of ``g`` times the input that a kernel of these extents covered."""
    around, lines = padded(x, padding, len(shape)), _grouped(g, groups)
    made: Any = np.zeros((g.shape[1], x.shape[1] // groups, *shape), g.dtype)
    for offset, met in windows(shape, g.shape[2:], stride, dilation):
        made[(..., *offset)] = np.sum(lines @ _grouped(around[met], groups).swapaxes(2, 3), axis=0).reshape(
            made.shape[:2]
        )
    return made


def steps(least: int) -> Callable[[Any], Any]:
    """A reader of an integer, or one for each dimension, of at least ``least``."""

    def read(value: Any) -> Any:
        found = integers(value)
        for n in found if isinstance(found, tuple) else (found,):
            if n < least:
                raise TypeError(f"must be at least {least}, it is {n}")
        return found

    return read


STRIDE, DILATION = Param("stride", steps(1), 1), Param("dilation", steps(1), 1)
PADDING, GROUPS = Param("padding", steps(0), 0), Param("groups", within(integer, 1), 1)
PARAMS = (STRIDE, PADDING, DILATION, GROUPS)


def _bias_vjp(g: Any, _y: Any, _x: Any, _weight: Any, _bias: Any, **_params: Any) -> Any:
    return op.sum(g, axis=(0, *range(2, g.ndim)) if _bias.shape else None, keepdims=False)


def _in_torch(shapes: list[Shape], **_params: Any) -> str:
    given = "<, stride={stride}><, padding={padding}><, dilation={dilation}><, groups={groups}>"
    dimensions = len(shapes[1]) - 2
    if shapes[2]:
        return f"F.conv{dimensions}d({{0}}, {{1}}, {{2}}{given})"
    return f"(F.conv{dimensions}d({{0}}, {{1}}{given}) + {{2:p}})"


def _in_jax(shapes: list[Shape], stride: Any, padding: Any, dilation: Any, groups: int) -> str | None:
    dimensions = len(shapes[1]) - 2
    if len(shapes[0]) != len(shapes[1]) or isinstance(padding, str):
        return None

    def each(value: Any) -> tuple[int, ...]:
        return tuple(value) if isinstance(value, tuple) else (value,) * dimensions

    given = f"{each(stride)}, {[(n, n) for n in each(padding)]}, rhs_dilation={each(dilation)}"
    bias = f"{{2:p}}.reshape(-1{', 1' * dimensions})" if shapes[2] else "{2:p}"
    return f"(jax.lax.conv_general_dilated({{0}}, {{1}}, {given}, feature_group_count={groups}) + {bias})"


@LAYERS.computed(
    exports={"torch": _in_torch, "jax": _in_jax},
    params=PARAMS,
    vjps=(
        lambda g, _y, _x, weight, _bias, **params: op.convolution_input(g, weight, shape=_x.shape[2:], **params),
        lambda g, _y, x, _weight, _bias, **params: op.convolution_weight(g, x, shape=_weight.shape[2:], **params),
        _bias_vjp,
    ),
    shape=convolved,
    samples=(
        sample((1, 2, 5), (2, 2, 3), (2,)),
        sample((2, 2, 5), (2, 1, 2), (), stride=2, padding=1, dilation=2, groups=2),
        sample((1, 1, 4, 3), (2, 1, 2, 2), (2,), stride=(2, 1), padding=(1, 0)),
    ),
)
def convolution(x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """Correlation of an input (batch, channels, positions...) with a kernel (outputs, channels, extents...).

    The products of the kernel with what it covers at each position, plus the bias.
    """
    weight, bias = np.asarray(weight), np.asarray(bias, x.dtype)
    shape = convolved(x.shape, weight.shape, bias.shape, stride, padding, dilation, groups)
    around, out = padded(x, padding, x.ndim - 2), np.zeros(shape, np.result_type(x, weight))
    lines = _grouped(out, groups)
    for offset, met in windows(weight.shape[2:], shape[2:], stride, dilation):
        matrices = weight[(..., *offset)].reshape(groups, len(weight) // groups, weight.shape[1])
        lines += matrices @ _grouped(around[met], groups)
    return out + bias.reshape(-1, *(1,) * (x.ndim - 2)) if bias.ndim else out + bias


def _input_shape(g: Shape, weight: Shape, shape: Shape, groups: int, **params: Any) -> Shape:
    found = (*g[:1], *(n * groups for n in weight[1:2]), *shape)
    _is_result(g, convolved(found, weight, (), groups=groups, **params))
    return found


def _weight_shape(g: Shape, x: Shape, shape: Shape, groups: int, **params: Any) -> Shape:
    found = (*g[1:2], *(n // groups for n in x[1:2]), *shape)
    _is_result(g, convolved(x, found, (), groups=groups, **params))
    return found


def _is_result(g: Shape, shape: Shape) -> None:
    if g != shape:
        raise ShapeError(f"{{0}} does not have the shape of the convolution, {shape}", code="AG301")


def _transposed(name: str, doc: str, given: Sample, **fields: Any) -> None:
    LAYERS.operation(
        name,
        doc,
        params=(Param("shape", lengths), *PARAMS),
        linear="each",
        node="ConvolutionBackwardBackward0",
        samples=(replace(given, params={**given.params, "stride": 2, "padding": 1}),),
        **fields,
    )


_transposed(
    "convolution_input",
    "What a convolution passes back to its input, whose positions are given: its transpose.",
    sample((1, 2, 3), (2, 2, 2), shape=(4,)),
    operands=("g", "weight"),
    forward=to_input,
    vjps=(
        lambda g, _y, _g, weight, shape, **params: op.convolution(g, weight, 0.0, **params),
        lambda g, _y, g_, _weight, shape, **params: op.convolution_weight(g_, g, shape=_weight.shape[2:], **params),
    ),
    shape=_input_shape,
)
_transposed(
    "convolution_weight",
    "What a convolution passes back to its kernel, whose extents are given.",
    sample((1, 2, 3), (1, 2, 4), shape=(2,)),
    operands=("g", "x"),
    forward=to_weight,
    vjps=(
        lambda g, _y, _g, x, shape, **params: op.convolution(x, g, 0.0, **params),
        lambda g, _y, g_, _x, shape, **params: op.convolution_input(g_, g, shape=_x.shape[2:], **params),
    ),
    shape=_weight_shape,
)


def _padding(value: Any) -> Any:
    return value if value in ("same", "valid") and isinstance(value, str) else steps(0)(value)


def _convolver(dimensions: int) -> Composite:
    name = f"conv{dimensions}d"

    def build(x: Any, weight: Any, bias: Any = None, *, padding: Any, **params: Any) -> Any:
        if len(x.shape) not in (dimensions + 1, dimensions + 2) or len(weight.shape) != dimensions + 2:
            raise ShapeError(
                f"{name} needs an input of {dimensions + 1} or {dimensions + 2} dimensions and a kernel of "
                f"{dimensions + 2}; their shapes are {x.shape} and {weight.shape}",
                code="AG306",
                hint="the input is (batch, channels, positions...), the kernel (outputs, channels, extents...)",
            )
        if isinstance(padding, str):
            padding = _around(padding, weight.shape[2:], params["stride"], params["dilation"])
        single = len(x.shape) == dimensions + 1
        batch = op.expand_dims(x, axis=0) if single else x
        found = convolution(batch, weight, 0.0 if bias is None else bias, padding=padding, **params)
        return op.squeeze(found, axis=0) if single else found

    kernel = (2, 1, *(2,) * dimensions)
    return LAYERS.composite(
        name,
        f"Convolution over {dimensions} dimension{'s' * (dimensions > 1)}, PyTorch's: the kernel is not flipped.",
        build,
        params=(STRIDE, Param("padding", _padding, 0), DILATION, GROUPS),
        samples=(
            sample((1, 1, *(3,) * dimensions), kernel, (2,)),
            sample((1, *(3,) * dimensions), (2, 1, *(3,) * dimensions), (2,), padding="same"),
        ),
    )


def _around(padding: str, kernel: Shape, stride: Any, dilation: Any) -> Any:
    """The padding that is meant by "valid" or "same"."""
    if padding == "valid":
        return 0
    spread = per_dimension(dilation, len(kernel), "dilation")
    reach = [d * (k - 1) for k, d in zip(kernel, spread, strict=True)]
    if any(s != 1 for s in per_dimension(stride, len(kernel), "stride")) or any(r % 2 for r in reach):
        raise ShapeError(
            "padding='same' needs stride 1 and a kernel that reaches equally far to both sides",
            code="AG612",
            hint="pad(x, ...) first",
        )
    return tuple(r // 2 for r in reach)


conv1d = _convolver(1)
conv2d = _convolver(2)
