"""Windows of the last axes: convolutions in any number of dimensions with their transposes, and pooling.

``x`` is (batch, channels, positions...), the kernel (outputs, channels / groups, extents...). Each function takes
one matrix product for each entry of the kernel, and so works on numbers and on symbols alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograd_core.errors import ShapeError, counted
from autograd_core.ops.indexing import put_back
from autograd_core.ops.reduce import chosen
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import in_tuple, integer, integers, lengths, optional, within
from autograd_core.ops.spec import Composite, Kink, Param, Shape, in_functional

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


def laid(extents: Shape, stride: Any, padding: Any, dilation: Any) -> list[Shape]:
    """Stride, padding and dilation for each dimension; windows stand side by side where ``stride`` is None."""
    given = {"stride": stride or extents, "padding": padding, "dilation": dilation}
    return [per_dimension(value, len(extents), name) for name, value in given.items()]


def places(shape: Shape, misfit: str, extents: Shape, stride: Any, padding: Any, dilation: Any = 1) -> Shape:
    """How many windows fit along each of the last axes.

    Raises ShapeError, in the words of ``misfit``, where there is none.
    """
    lead, found = len(shape) - len(extents), []
    if lead < 0:
        raise ShapeError(f"windows need at least {len(extents)} axes; {{0}} has {len(shape)}", code="AG306")
    for n, k, s, p, d in zip(shape[lead:], extents, *laid(extents, stride, padding, dilation), strict=True):
        reach = d * (k - 1) + 1
        if k < 1 or n + 2 * p < reach:
            words = misfit.format(reach=reach, n=n, padded=n + 2 * p)
            raise ShapeError(words, code="AG301", hint="padding makes room" if "padding" in misfit else None)
        found.append((n + 2 * p - reach) // s + 1)
    return (*shape[:lead], *found)


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


STRIDE, DILATION = (Param(name, within(integers, 1), 1) for name in ("stride", "dilation"))
PADDING, GROUPS = Param("padding", within(integers, 0), 0), Param("groups", within(integer, 1), 1)


def _in_torch(shapes: list[Shape], **_params: Any) -> str:
    given = "<, stride={stride}><, padding={padding}><, dilation={dilation}><, groups={groups}>"
    dimensions = len(shapes[1]) - 2
    if shapes[2]:
        return f"F.conv{dimensions}d({{0}}, {{1}}, {{2}}{given})"
    return f"(F.conv{dimensions}d({{0}}, {{1}}{given}) + {{2:p}})"


def _in_jax(shapes: list[Shape], stride: Any, padding: Any, dilation: Any, groups: int) -> str | None:
    dimensions = len(shapes[1]) - 2
    strides, around, spread = (per_dimension(value, dimensions, "") for value in (stride, padding, dilation))
    given = f"{strides}, {[(n, n) for n in around]}, rhs_dilation={spread}, feature_group_count={groups}"
    bias = f"{{2:p}}.reshape(-1{', 1' * dimensions})" if shapes[2] else "{2:p}"
    return f"(jax.lax.conv_general_dilated({{0}}, {{1}}, {given}) + {bias})"


def _met(extents: Shape, out: Shape, stride: Any, dilation: Any) -> Iterator[tuple[Any, Any]]:
    """The place of each entry of the kernel in it, and the part of the padded input that it meets at all positions."""
    stride, _, dilation = laid(extents, stride, 0, dilation)
    for offset in np.ndindex(extents):
        starts = [o * d for o, d in zip(offset, dilation, strict=True)]
        met = [slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(starts, stride, out, strict=True)]
        yield (..., *offset), (..., *met)


def _padded(x: Any, dimensions: int, padding: Any, fill: Any = 0) -> Any:
    """With a border around the last axes."""
    around = per_dimension(padding, dimensions, "padding")
    return np.pad(x, [(0, 0)] * (x.ndim - dimensions) + [(p, p) for p in around], constant_values=fill)


def _added(lead: Shape, shape: Shape, padding: Any, parts: Iterable[tuple[Any, Any]], dtype: Any) -> Any:
    """Each of ``parts``, pairs of a place in a padded array and what is added there; the border is cut off."""
    ends = [(p, n + p) for n, p in zip(shape, per_dimension(padding, len(shape), "padding"), strict=True)]
    made: Any = np.zeros((*lead, *(p + end for p, end in ends)), dtype)
    for met, part in parts:
        made[met] += part
    return made[..., *(slice(*each) for each in ends)]


def _grouped(x: Any, groups: int) -> Any:
    """(batch, channels, positions...) as (batch, groups, channels of one group, all positions)."""
    return x.reshape(x.shape[0], groups, x.shape[1] // groups, math.prod(x.shape[2:]))


def _matrices(entries: Any, groups: int) -> Any:
    """An entry of each kernel, (outputs, channels), as (groups, outputs of one group, channels)."""
    return entries.reshape(groups, len(entries) // groups, entries.shape[1])


def _to_input(g: Any, weight: Any, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """Each entry of ``g`` times the kernel, added where the kernel stood in an input with these positions."""
    lines, lead = _grouped(g, groups), (g.shape[0], weight.shape[1] * groups)
    parts = (
        (met, (_matrices(weight[entry], groups).swapaxes(1, 2) @ lines).reshape(*lead, *g.shape[2:]))
        for entry, met in _met(weight.shape[2:], g.shape[2:], stride, dilation)
    )
    return _added(lead, shape, padding, parts, g.dtype)


def _to_weight(g: Any, x: Any, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """The sum of each entry of ``g`` times the input that a kernel of these extents covered."""
    around, lines = _padded(x, len(shape), padding), _grouped(g, groups)
    made: Any = np.zeros((g.shape[1], x.shape[1] // groups, *shape), g.dtype)
    for entry, met in _met(shape, g.shape[2:], stride, dilation):
        covered = lines @ _grouped(around[met], groups).swapaxes(2, 3)
        made[entry] = np.sum(covered, axis=0).reshape(made.shape[:2])
    return made


PARAMS = (STRIDE, PADDING, DILATION, GROUPS)


@LAYERS.computed(
    exports={"torch": _in_torch, "jax": _in_jax},
    params=PARAMS,
    vjps=(
        lambda g, _y, _x, weight, _bias, **params: op.convolution_input(g, weight, shape=_x.shape[2:], **params),
        lambda g, _y, x, _weight, _bias, **params: op.convolution_weight(g, x, shape=_weight.shape[2:], **params),
        lambda g, _y, _x, _weight, _bias, **_: op.sum(
            g, axis=(0, *range(2, g.ndim)) if _bias.shape else None, keepdims=False
        ),
    ),
    shape=convolved,
    samples=(
        "1,2,5 2,2,3 2; 2,2,5 2,1,2 () stride=2 padding=1 dilation=2 groups=2; "
        "1,1,4,3 2,1,2,2 2 stride=[2,1] padding=[1,0]"
    ),
)
def convolution(x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """Correlation of an input (batch, channels, positions...) with a kernel (outputs, channels, extents...).

    One product of matrices for each entry of the kernel: it takes no more memory than input and result.
    """
    weight, bias = np.asarray(weight), np.asarray(bias, x.dtype)
    shape = convolved(x.shape, weight.shape, bias.shape, stride, padding, dilation, groups)
    around, out = _padded(x, x.ndim - 2, padding), np.zeros(shape, np.result_type(x, weight))
    lines = _grouped(out, groups)
    for entry, met in _met(weight.shape[2:], shape[2:], stride, dilation):
        lines += _matrices(weight[entry], groups) @ _grouped(around[met], groups)
    return out + bias.reshape(-1, *(1,) * (x.ndim - 2)) if bias.ndim else out + bias


def _transpose(position: int, doc: str, forward: Any, given: str) -> None:
    """What a convolution passes back to its input (position 0) or to its kernel (1), whose last lengths are given."""
    names = ("convolution_input", "convolution_weight")

    def in_order(mine: Any, other: Any) -> tuple[Any, Any]:
        return (mine, other) if position == 0 else (other, mine)

    def shape(g: Shape, other: Shape, shape: Shape, groups: int, **params: Any) -> Shape:
        channels = [n * groups if position == 0 else n // groups for n in other[1:2]]
        found = (*g[position : position + 1], *channels, *shape)
        made = convolved(*in_order(found, other), (), groups=groups, **params)
        if g != made:
            raise ShapeError(f"{{0}} does not have the shape of the convolution, {made}", code="AG301")
        return found

    def to_other(g: Any, _y: Any, g_: Any, _other: Any, shape: Shape, **params: Any) -> Any:
        return getattr(op, names[1 - position])(g_, g, shape=_other.shape[2:], **params)

    LAYERS.operation(
        names[position],
        doc,
        operands=("g", ("weight", "x")[position]),
        params=(Param("shape", lengths), *PARAMS),
        forward=forward,
        vjps=(lambda g, _y, _g, other, shape, **params: op.convolution(*in_order(g, other), 0.0, **params), to_other),
        shape=shape,
        node="ConvolutionBackwardBackward0",
        samples=f"{given} stride=2 padding=1",
    )


_transpose(
    0,
    "What a convolution passes back to its input, whose positions are given: its transpose.",
    _to_input,
    "1,2,3 2,2,2 shape=[4]",
)
_transpose(
    1,
    "What a convolution passes back to its kernel, whose extents are given.",
    _to_weight,
    "1,2,3 1,2,4 shape=[2]",
)


def _convolver(dimensions: int) -> Composite:
    name = f"conv{dimensions}d"

    def build(x: Any, weight: Any, bias: Any = None, *, padding: Any, **params: Any) -> Any:
        if len(x.shape) not in (dimensions + 1, dimensions + 2) or len(weight.shape) != dimensions + 2:
            error = ShapeError(
                f"{name} needs an input of {dimensions + 1} or {dimensions + 2} dimensions and a kernel of "
                f"{dimensions + 2}; their shapes are {x.shape} and {weight.shape}",
                code="AG306",
                hint="the input is (batch, channels, positions...), the kernel (outputs, channels, extents...)",
            )
            if len(weight.shape) == dimensions <= len(x.shape):  # one kernel, without axes for channels
                axes = "[None, None]" if len(x.shape) == dimensions else ""
                error.instead = "{0}, {1}", [f"{{0}}{axes}, {{1}}[None, None]"]
            raise error
        if isinstance(padding, str):
            padding = _around(padding, weight.shape[2:], params["stride"], params["dilation"])
        single = len(x.shape) == dimensions + 1
        batch = op.expand_dims(x, axis=0) if single else x
        found = convolution(batch, weight, 0.0 if bias is None else bias, padding=padding, **params)
        return op.squeeze(found, axis=0) if single else found

    two, three = (f",{n}" * dimensions for n in (2, 3))
    return LAYERS.composite(
        name,
        f"Convolution over {dimensions} dimension{'s' * (dimensions > 1)}, PyTorch's: the kernel is not flipped.",
        build,
        params=(
            STRIDE,
            Param("padding", lambda given: given if given in ("same", "valid") else PADDING.read(given), 0),
            DILATION,
            GROUPS,
        ),
        samples=f"1,1{three} 2,1{two} 2; 1{three} 2,1{three} 2 padding=same",
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


POOLINGS, POOLED = Family("layer"), Family("layer", exports=in_functional)


WINDOW = Param("kernel_size", in_tuple(within(integers, 1)))
WINDOW_STRIDE = Param("stride", optional(within(integers, 1)), None)


WINDOW_MISFIT = "a window of {reach} does not fit into {{0}}, which has {n} there"


def _pool_shape(x: Shape, kernel_size: Shape, stride: Any, padding: Any) -> Shape:
    around = per_dimension(padding, len(kernel_size), "padding")
    if any(2 * p > k for p, k in zip(around, kernel_size, strict=True)):
        raise ShapeError("the padding of a pooling is at most half of its window", code="AG612")
    return places(x, WINDOW_MISFIT, kernel_size, stride, padding)


def _cut(x: Any, fill: Any, kernel_size: Shape, stride: Any, padding: Any, dilation: Any = 1) -> Any:
    """The windows, the entries of each in a new last axis."""
    places(x.shape, WINDOW_MISFIT, kernel_size, stride, padding, dilation)
    stride, padding, dilation = laid(kernel_size, stride, padding, dilation)
    lead = x.ndim - len(kernel_size)
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel_size, dilation, strict=True))
    found = sliding_window_view(_padded(x, len(kernel_size), padding, fill), reach, tuple(range(lead, x.ndim)))
    found = found[(slice(None),) * lead + tuple(slice(None, None, step) for step in (*stride, *dilation))]
    return found.reshape(*found.shape[: x.ndim], math.prod(kernel_size))


def _windows_shape(x: Shape, kernel_size: Shape, **laid: Any) -> Shape:
    return (*places(x, WINDOW_MISFIT, kernel_size, **laid), math.prod(kernel_size))


windows = POOLINGS.operation(
    "windows",
    "The windows that a kernel or a pooling sees, the entries of each in a new last axis, with zeros for padding.",
    params=(WINDOW, WINDOW_STRIDE, PADDING, DILATION),
    forward=lambda x, **params: _cut(x, 0, **params),
    vjps=(lambda g, _y, _x, **params: op.gather_windows(g, shape=_x.shape, **params),),
    shape=_windows_shape,
    node="UnfoldBackward0",
    samples="5 kernel_size=[3] stride=1 padding=1; 1,3,4 kernel_size=[2,2]; 5 kernel_size=[2] dilation=2",
)


def _gathered(x: Any, shape: Shape, kernel_size: Shape, stride: Any, padding: Any, dilation: Any) -> Any:
    lead = len(shape) - len(kernel_size)
    places = enumerate(_met(kernel_size, x.shape[lead:-1], stride, dilation))
    return _added(shape[:lead], shape[lead:], padding, ((met, x[..., at]) for at, (_, met) in places), x.dtype)


put_back(
    POOLINGS,
    "gather_windows",
    windows,
    "The sum of what windows hold for each entry of an array of the given shape: what windows(x) pulls back.",
    forward=_gathered,
    node="FoldBackward0",
    samples="5,3 shape=[5] kernel_size=[3] stride=1 padding=1",
)


@POOLINGS.computed(
    params=(WINDOW, WINDOW_STRIDE, PADDING),
    shape=_windows_shape,
    symbolic=lambda sympy, x, **params: None,
    samples="5 kernel_size=[3] stride=1 padding=1",
)
def window_argmax(x: Any, **params: Any) -> Any:
    """1 at the first of the largest entries of each window and 0 elsewhere, windows as windows(x) gives them."""
    cut = _cut(x, -np.inf, **params)
    return (np.arange(cut.shape[-1]) == np.argmax(cut, axis=-1)[..., None]).astype(x.dtype)


def _kernel(dimensions: int) -> Param:
    def read(value: Any) -> Shape:
        found: Shape = WINDOW.read(value)
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
    two, three, four, five = (",".join([n] * dimensions) for n in "2345")
    POOLED.operation(
        f"{kind}_pool{dimensions}d",
        doc.format(f"over the last {dimensions} axes" if dimensions > 1 else "along the last axis"),
        params=(_kernel(dimensions), WINDOW_STRIDE, PADDING),
        shape=_pool_shape,
        samples=f"1,{four} kernel_size=[{two}]; 2,{three} kernel_size=[{two}] stride=1 padding=1; "
        f"1,{five} kernel_size=[{three}] stride=2",
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
        node="AvgPool2DBackward0",
    )
