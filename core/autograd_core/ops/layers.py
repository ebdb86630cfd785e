"""Layers of neural networks: linear maps, attention and dropout."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import ExpressionError, ShapeError
from autograd_core.ops.arguments import flag, integer, number, optional_number
from autograd_core.ops.registry import composite, op, operation
from autograd_core.ops.spec import Param, Shape, sample


def _linear(x: Any, weight: Any, bias: Any = None) -> Any:
    shape = getattr(weight, "shape", ())
    if len(shape) not in (1, 2):
        raise ShapeError(
            f"linear needs a weight matrix (outputs, inputs); its shape is {shape}", code="AG306", hint="x @ W.T + b"
        )
    product = op.matmul(x, op.transpose(weight, axes=None))
    return product if bias is None else product + bias


linear = composite(
    "linear",
    _linear,
    doc="Linear layer x @ weight.T + bias; weight has a row for each output.",
    group="layer",
    operands=("x", "weight", "bias"),
    optional=1,
    samples=(sample((2, 3), (4, 3), (4,)), sample((3,), (4, 3), (4,)), sample((2, 2, 3), (4, 3), (4,))),
)


def _attention(query: Any, key: Any, value: Any, attn_mask: Any = None, *, is_causal: bool, scale: float | None) -> Any:
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


scaled_dot_product_attention = composite(
    "scaled_dot_product_attention",
    _attention,
    doc="Attention softmax(query @ key.mT / sqrt(features) + attn_mask) @ value; is_causal hides later positions.",
    group="layer",
    operands=("query", "key", "value", "attn_mask"),
    optional=1,
    aliases=("attention",),
    params=(Param("is_causal", flag, False), Param("scale", optional_number, None)),
    samples=(
        sample((2, 3), (4, 3), (4, 2), (2, 4), is_causal=False, scale=None),
        sample((3, 2), (3, 2), (3, 2), (), is_causal=True, scale=0.5),
        sample((2, 3, 2), (2, 3, 2), (2, 3, 2), (3, 3), is_causal=False, scale=None),
    ),
)


def _chance(value: Any) -> float:
    found = number(value)
    if not 0 <= found <= 1:
        raise TypeError(f"must be between 0 and 1, it is {found:g}")
    return found


def _seed(value: Any) -> int | None:
    if value is None:
        return None
    found = integer(value)
    if found < 0:
        raise TypeError(f"must not be negative, it is {found}")
    return found


def _check_seed(p: float, seed: int | None, training: bool) -> None:
    if seed is None and training and p > 0:
        raise ExpressionError(
            "dropout draws at random; it needs a seed, so that the answer can be repeated and checked",
            code="AG612",
            hint="dropout(x, 0.5, seed=0), or training=False for no dropout",
        )


def _dropout(x: Any, p: float, seed: int | None, training: bool) -> Any:
    _check_seed(p, seed, training)
    if not training or p == 0:
        return x * 1
    kept = np.random.default_rng(seed).random(np.shape(x)) >= p
    return np.where(kept, x * (1 / (1 - p) if p < 1 else 0), 0)


def _dropout_shape(x: Shape, p: float, seed: int | None, training: bool) -> Shape:
    _check_seed(p, seed, training)
    return x


dropout = operation(
    "dropout",
    doc="Each entry is 0 with probability p and divided by 1 - p otherwise; the seed decides which.",
    group="layer",
    params=(Param("p", _chance, 0.5), Param("seed", _seed, None), Param("training", flag, True)),
    forward=_dropout,
    vjps=(lambda g, _y, _x, p, seed, training: op.dropout(g, p=p, seed=seed, training=training),),
    shape=_dropout_shape,
    linear="jointly",
    node="MulBackward0",
    samples=(
        sample((2, 3), p=0.5, seed=0, training=True),
        sample((4,), p=0.2, seed=7, training=True),
        sample((3,), p=0.5, seed=None, training=False),
        sample((3,), p=1.0, seed=1, training=True),
    ),
)
