"""Layers of neural networks: linear maps, attention, dropout, and those that standardize."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_core.errors import ExpressionError, ShapeError
from autograd_core.ops.losses import positive
from autograd_core.ops.reduce import as_float64, as_given_dtype, largest_power
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import flag, integer, lengths, number, optional, optional_number, within
from autograd_core.ops.spec import ATOM, Notation, OpSpec, Param, Shape, number_text, value_text

LAYERS = Family("layer")


@LAYERS.function(samples="2,3 4,3 4; 3 4,3 4; 2,2,3 4,3 4")
def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """Linear layer x @ weight.T + bias; weight has a row for each output."""
    shape = getattr(weight, "shape", ())
    if len(shape) not in (1, 2):
        raise ShapeError(
            f"linear needs a weight matrix (outputs, inputs); its shape is {shape}", code="AG306", hint="x @ W.T + b"
        )
    product = op.matmul(x, op.transpose(weight, axes=None))
    return product if bias is None else product + bias


@LAYERS.function(
    "attention",
    params=(Param("is_causal", flag, False), Param("scale", optional_number, None)),
    samples="2,3 4,3 4,2 2,4; 3,2 3,2 3,2 () is_causal=true scale=0.5; 2,3,2 2,3,2 2,3,2 3,3",
)
def scaled_dot_product_attention(
    query: Any, key: Any, value: Any, attn_mask: Any = None, *, is_causal: bool, scale: float | None
) -> Any:
    """Attention softmax(query @ key.mT / sqrt(features) + attn_mask) @ value; is_causal hides later positions."""
    for name, array in (("query", query), ("key", key), ("value", value)):
        if len(getattr(array, "shape", ())) < 2:
            raise ShapeError(f"attention: {name} needs at least 2 dimensions (positions, features)", code="AG306")
    factor = 1 / math.sqrt(query.shape[-1] or 1) if scale is None else scale
    scores = op.matmul(query, op.swapaxes(key, axis1=-2, axis2=-1)) * factor
    if is_causal:
        seen = np.tri(*scores.shape[-2:])
        scores = op.where(op.equal(seen, 1.0), scores, -math.inf)
    if attn_mask is not None:
        scores = scores + attn_mask
    return op.matmul(op.softmax(scores, axis=-1), value)


def _seeded(x: Any, p: float, seed: int | None, training: bool) -> Any:
    if seed is None and training and p > 0:
        raise ExpressionError(
            "dropout draws at random; it needs a seed, so that the answer can be repeated and checked",
            code="AG612",
            hint="dropout(x, 0.5, seed=0), or training=False for no dropout",
        )
    return x


@LAYERS.computed(
    params=(
        Param("p", within(number, 0, 1), 0.5),
        Param("seed", optional(within(integer, 0)), None),
        Param("training", flag, True),
    ),
    vjps=(lambda g, _y, _x, **params: op.dropout(g, **params),),
    shape=_seeded,
    node="MulBackward0",
    samples="2,3 seed=0; 4 p=0.2 seed=7; 3 training=false; 3 p=1.0 seed=1",
)
def dropout(x: Any, p: float, seed: int | None, training: bool) -> Any:
    """Each entry is 0 with probability p and divided by 1 - p otherwise; the seed decides which."""
    if not training or p == 0:
        return x * 1
    _seeded(x, p, seed, training)
    kept = np.random.default_rng(seed).random(np.shape(x)) >= p
    return np.where(kept, x * (1 / (1 - p) if p < 1 else 0), 0)


NORMALIZED_SHAPE = Param("normalized_shape", lengths)
EPS = Param("eps", positive, 1e-5)
SCALED = ("x", "weight", "bias")

Axes = Callable[..., tuple[int, ...]]


def _last(ndim: int, normalized_shape: Shape) -> tuple[int, ...]:
    return tuple(range(ndim - len(normalized_shape), ndim))


def _text(name: str, eps: float, words: str = "") -> Notation:
    last = "" if eps == EPS.default else f", eps={number_text(eps)}"
    return ATOM, [f"{name}(", (0, 0), f"{words}, ", (1, 0), ", ", (2, 0), f"{last})"]


def _fitting(axes_of: Axes, by_channel: bool) -> Callable[..., Shape]:
    """The shape of a normalization, whose weight and bias are of the shape that is normalized or of the channels."""

    def shape(x: Shape, weight: Shape, *bias: Shape, eps: float, **group: Any) -> Shape:
        least = 2 if by_channel else len(group["normalized_shape"])
        if len(x) < least:
            raise ShapeError(f"normalizing needs at least {least} axes; {{0}} has {len(x)}", code="AG306")
        over = axes_of(len(x), **group)
        wanted = (x[1],) if by_channel else tuple(x[i] for i in over)
        if not by_channel and (not wanted or wanted != group["normalized_shape"]):
            raise ShapeError(
                f"{{0}} does not end in the normalized_shape {group['normalized_shape']}",
                code="AG302",
                hint=f"a normalized_shape of {x[-1:] or (1,)} normalizes the last axis",
            )
        for position, found in enumerate((weight, *bias), 1):
            if found not in ((), wanted):
                raise ShapeError(f"{{{position}}} must have shape {wanted}, to fit {{0}}", code="AG302")
        return x

    return shape


def _normalization(
    name: str, axes_of: Axes, by_channel: bool, params: tuple[Param, ...] = (), centring: bool = True, **fields: Any
) -> OpSpec:
    """An operation (x - mean) / sqrt(var + eps) * weight + bias, with mean and variance over ``axes_of`` the operand.

    ``weight`` and ``bias`` broadcast from the right, or stand for the channels in axis 1; a number stands for all.
    Without ``centring`` it is x / sqrt(mean(x * x) + eps) * weight. All of it is found of the operand divided by its
    size, a constant, so that no square overflows.
    """

    def placed(w: Any, ndim: int) -> Any:
        """``weight`` or ``bias`` in a shape that broadcasts to the operand."""
        return op.reshape(w, shape=(*w.shape, *(1,) * (ndim - 2))) if by_channel and w.shape else w

    def gathered(g: Any, axes: tuple[int, ...]) -> Any:
        return op.sum(g, axis=axes, keepdims=False) if by_channel else g

    def centred(y: Any, axes: tuple[int, ...]) -> Any:
        return y - op.mean(y, axis=axes, keepdims=True) if centring else y

    def standard(x: Any, axes: tuple[int, ...], eps: float, size: Any = None) -> tuple[Any, Any]:
        """The operand standardized, and what it was divided by."""
        size = op.magnitude(x, axis=axes, least=1.0) if size is None else size
        y = centred(x / size, axes)
        root = op.sqrt(op.mean(op.square(y), axis=axes, keepdims=True) + eps / size / size)
        return y / root, root * size

    def to_x(g: Any, _y: Any, x: Any, weight: Any, *_bias: Any, eps: float, **group: Any) -> Any:
        """The derivative of the standardized operand applied to ``g * weight``; the map is its own transpose."""
        over, t = axes_of(x.ndim, **group), g * placed(weight, x.ndim)
        unit, root = standard(x, over, eps)
        return (centred(t, over) - unit * op.mean(t * unit, axis=over, keepdims=True)) / root

    def to_weight(g: Any, _y: Any, x: Any, _weight: Any, *_bias: Any, eps: float, **group: Any) -> Any:
        return gathered(g * standard(x, axes_of(x.ndim, **group), eps)[0], axes_of(x.ndim, **group))

    def definition(x: Any, weight: Any, *bias: Any, eps: float, size: Any = 1.0, **group: Any) -> Any:
        made = standard(x, axes_of(x.ndim, **group), eps, size)[0] * placed(weight, x.ndim)
        return made + placed(bias[0], x.ndim) if centring else made

    def forward(x: Any, *scaling: Any, eps: float, **group: Any) -> Any:
        wide = as_float64(x)
        size = largest_power(wide, axes_of(x.ndim, **group), 1.0)
        return as_given_dtype(definition(wide, *map(np.asarray, scaling), eps=eps, size=size, **group), x)

    return LAYERS.operation(
        name,
        operands=SCALED if centring else SCALED[:2],
        params=(*params, EPS),
        forward=forward,
        vjps=(
            to_x,
            to_weight,
            lambda g, _y, _x, _weight, _bias, eps, **group: gathered(g, axes_of(_x.ndim, **group)),
        )[: 3 if centring else 2],
        shape=_fitting(axes_of, by_channel),
        definition=definition,
        domain=((-2.0, 2.0), (0.5, 2.0), (-2.0, 2.0))[: 3 if centring else 2],
        **fields,
    )


native_layer_norm = _normalization(
    "native_layer_norm",
    _last,
    False,
    (NORMALIZED_SHAPE,),
    doc="Layer normalization with a weight and a bias.",
    exports={"torch": "(F.layer_norm({0}, {normalized_shape}, eps={eps})*{1:p} + {2:p})"},
    text=lambda normalized_shape, eps: _text("layer_norm", eps, f", {value_text(normalized_shape)}"),
    samples=(
        "2,3 3 3 normalized_shape=[3] eps=1e-05; 2,3,2 3,2 3,2 normalized_shape=[3,2] eps=0.1; "
        "4 () () normalized_shape=[4] eps=1e-05"
    ),
)


def _batch_norm_in_torch(shapes: list[Shape], eps: float) -> str:
    spread = f".reshape(-1{', 1' * (len(shapes[0]) - 2)})"
    weight, bias = (f"{{{i}:p}}{spread if shapes[i] else ''}" for i in (1, 2))
    return f"(F.batch_norm({{0}}, None, None, training=True, eps={{eps}})*{weight} + {bias})"


native_batch_norm = _normalization(
    "native_batch_norm",
    lambda ndim: (0, *range(2, ndim)),
    True,
    doc="Batch normalization of the channels in axis 1, with a weight and a bias.",
    exports={"torch": _batch_norm_in_torch},
    text=lambda eps: _text("batch_norm", eps),
    samples="4,2 2 2 eps=1e-05; 2,2,3 2 2 eps=0.1; 4,2 () () eps=1e-05",
)


@LAYERS.function(
    params=(replace(NORMALIZED_SHAPE, before="weight"), EPS),
    samples="2,3 3 3 normalized_shape=[3] as layer_norm(x, (3,))",
)
def layer_norm(x: Any, weight: Any = None, bias: Any = None, *, normalized_shape: Shape, eps: float) -> Any:
    """Standardize over the last axes, those of normalized_shape, then scale by weight and shift by bias."""
    scale, shift = 1.0 if weight is None else weight, 0.0 if bias is None else bias
    return native_layer_norm(x, scale, shift, normalized_shape=normalized_shape, eps=eps)


@LAYERS.function(params=(EPS,), samples="4,2 2 2")
def batch_norm(x: Any, weight: Any = None, bias: Any = None, *, eps: float) -> Any:
    """Standardize each channel (axis 1) over the batch as in training, then scale by weight and shift by bias."""
    return native_batch_norm(x, 1.0 if weight is None else weight, 0.0 if bias is None else bias, eps=eps)


@LAYERS.function(
    params=(Param("num_groups", within(integer, 1), before="weight"), EPS),
    samples="2,4,2 4 4 num_groups=2; 2,3 3 3 num_groups=1",
)
def group_norm(x: Any, weight: Any = None, bias: Any = None, *, num_groups: int, eps: float) -> Any:
    """Standardize groups of channels (axis 1) of each entry of a batch, then scale by weight and shift by bias."""
    if len(x.shape) < 2 or x.shape[1] % num_groups:
        raise ShapeError(
            f"group_norm: {num_groups} groups do not divide the channels (axis 1) of {x.shape}", code="AG301"
        )
    rest = x.shape[1:]
    grouped = op.reshape(x, shape=(x.shape[0], num_groups, math.prod(rest) // num_groups))
    found = op.reshape(layer_norm(grouped, normalized_shape=grouped.shape[2:], eps=eps), shape=x.shape)
    for each, combine in ((weight, op.mul), (bias, op.add)):
        spread = (1,) * (len(rest) - 1)
        found = found if each is None else combine(found, op.reshape(each, shape=(-1, *spread)))
    return found


@LAYERS.function(params=(EPS,), samples="2,3,2 3 3; 2,2,2,2 2 2")
def instance_norm(x: Any, weight: Any = None, bias: Any = None, *, eps: float) -> Any:
    """Standardize each channel (axis 1) of each entry of a batch, then scale by weight and shift by bias."""
    if len(x.shape) < 3:
        raise ShapeError("instance_norm: {0} has no axes behind the channels (axis 1)", code="AG301")
    return group_norm(x, weight, bias, num_groups=x.shape[1], eps=eps)


native_rms_norm = _normalization(
    "native_rms_norm",
    _last,
    False,
    (NORMALIZED_SHAPE,),
    centring=False,
    doc="Root-mean-square normalization with a weight.",
    exports={"torch": "(F.rms_norm({0}, {normalized_shape}, eps={eps})*{1:p})"},
    text=lambda normalized_shape, eps: (
        ATOM,
        ["rms_norm(", (0, 0), f", {value_text(normalized_shape)}, ", (1, 0), f", eps={number_text(eps)})"],
    ),
    node="FusedRmsNormBackward0",
    samples=(
        "2,3 3 normalized_shape=[3] eps=1e-05; 2,3,2 3,2 normalized_shape=[3,2] eps=0.1; "
        "4 () normalized_shape=[4] eps=1e-05"
    ),
)


@LAYERS.function(
    params=(replace(NORMALIZED_SHAPE, before="weight"), Param("eps", optional(positive), None)),
    samples="2,3 3 normalized_shape=[3] eps=1e-05; 2,3 3 normalized_shape=[3]",
)
def rms_norm(x: Any, weight: Any = None, *, normalized_shape: Shape, eps: float | None) -> Any:
    """Divide by the root of the mean square over the last axes, those of normalized_shape, then scale by weight."""
    small = float(np.finfo(getattr(x, "dtype", np.float64)).eps) if eps is None else eps
    return native_rms_norm(x, 1.0 if weight is None else weight, normalized_shape=normalized_shape, eps=small)
