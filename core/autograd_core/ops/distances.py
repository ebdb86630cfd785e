"""Similarity and distance of vectors, and the margin losses that are built on them."""

from __future__ import annotations

from typing import Any

from autograd_core.errors import ShapeError
from autograd_core.ops.arguments import axes, axis_index, flag, integer, number
from autograd_core.ops.losses import REDUCTION, reduced_by
from autograd_core.ops.norms import norm_order
from autograd_core.ops.registry import composite, op
from autograd_core.ops.spec import Param, broadcast_shapes, sample

hinge_loss = composite(
    "hinge_loss",
    lambda input, target, reduction: reduced_by(op.maximum(0.0, 1 - target * input), reduction),
    doc="Margin loss max(0, 1 - target * input) for targets 1 and -1, averaged.",
    group="loss",
    operands=("input", "target"),
    params=(REDUCTION,),
    samples=(sample((3,), [1.0, -1.0, 1.0], reduction="mean"), sample((3,), [1.0, -1.0, 1.0], reduction="none")),
)


def _hinge_embedding(input: Any, target: Any, margin: float, reduction: str) -> Any:
    apart = op.where(op.equal(target, -1.0), op.clamp_min(margin - input, 0.0), 0.0)
    return reduced_by(apart + op.where(op.equal(target, 1.0), input, 0.0), reduction)


hinge_embedding_loss = composite(
    "hinge_embedding_loss",
    _hinge_embedding,
    doc="Distances of pairs that belong together (target 1), and max(0, margin - distance) of others (-1), averaged.",
    group="loss",
    operands=("input", "target"),
    params=(Param("margin", number, 1.0), REDUCTION),
    samples=(sample((3,), -1.0, margin=1.0, reduction="mean"), sample((3,), 1.0, margin=0.5, reduction="sum")),
)


def _axis(value: Any) -> int | None:
    return None if value is None else integer(value)


def _cosine_similarity(x1: Any, x2: Any, axis: int | None, eps: float) -> Any:
    shape = broadcast_shapes(*(getattr(x, "shape", ()) for x in (x1, x2)))
    if not shape:
        raise ShapeError("cosine_similarity compares vectors, not two numbers", code="AG306")
    along = min(len(shape) - 1, 1) if axis is None else axis_index(axis, len(shape))
    ones = []
    for x in (x1, x2):
        whole = x if getattr(x, "shape", ()) == shape else op.broadcast_to(x, shape=shape)
        ones.append(whole / op.clamp_min(op.vector_norm(whole, ord=2.0, axis=along, keepdims=True), eps))
    return op.sum(ones[0] * ones[1], axis=along, keepdims=False)


cosine_similarity = composite(
    "cosine_similarity",
    _cosine_similarity,
    doc="Cosine of the angle between vectors, along the second axis (the only one of a vector) or another.",
    group="loss",
    operands=("x1", "x2"),
    params=(Param("axis", _axis, None, ("dim",)), Param("eps", number, 1e-8)),
    samples=(
        sample((3,), (3,), axis=None, eps=1e-8),
        sample((2, 3), (2, 3), axis=None, eps=1e-8),
        sample((2, 3), (3,), axis=-1, eps=1e-8),
        sample((2, 3), (2, 3), axis=0, eps=1e-8),
        sample((2,), (2, 1), axis=None, eps=1e-8),
    ),
)

pairwise_distance = composite(
    "pairwise_distance",
    lambda x1, x2, p, eps, keepdims: op.vector_norm(x1 - x2 + eps, ord=p, axis=-1, keepdims=keepdims),
    doc="Distance between vectors that lie in the last axis: norm(x1 - x2 + eps, p).",
    group="loss",
    operands=("x1", "x2"),
    params=(
        Param("p", norm_order, 2.0, ("ord",)),
        Param("eps", number, 1e-6),
        Param("keepdims", flag, False, ("keepdim",)),
    ),
    samples=(sample((2, 3), (2, 3), p=2.0, eps=1e-6, keepdims=False),),
)


def _cdist(x1: Any, x2: Any, p: float) -> Any:
    for x in (x1, x2):
        if len(getattr(x, "shape", ())) < 2:
            raise ShapeError("cdist compares the rows of two matrices", code="AG306", hint="cdist(x[None, :], y)")
    if x1.shape[-1] != x2.shape[-1]:
        raise ShapeError(
            f"cdist: the rows have {x1.shape[-1]} and {x2.shape[-1]} entries; they must have as many", code="AG302"
        )
    apart = op.expand_dims(x1, axis=-2) - op.expand_dims(x2, axis=-3)
    return op.vector_norm(apart, ord=p, axis=-1, keepdims=False)


cdist = composite(
    "cdist",
    _cdist,
    doc="Distances of each row of one matrix to each row of another, of any order p.",
    group="loss",
    operands=("x1", "x2"),
    params=(Param("p", norm_order, 2.0, ("ord",)),),
    samples=(sample((2, 3), (4, 3), p=2.0), sample((2, 2, 3), (1, 3), p=1.0)),
)


def _normalize(x: Any, p: float, axis: Any, eps: float) -> Any:
    if not getattr(x, "shape", ()):
        raise ShapeError("normalize needs an array, not a single number", code="AG306")
    along = (1 if len(x.shape) > 1 else 0) if axis is None else axis
    return x / op.clamp_min(op.vector_norm(x, ord=p, axis=along, keepdims=True), eps)


normalize = composite(
    "normalize",
    _normalize,
    doc="Vectors divided by their length, at least eps, along the second axis (the only one of a vector) or others.",
    group="loss",
    params=(Param("p", norm_order, 2.0, ("ord",)), Param("axis", axes, None, ("dim",)), Param("eps", number, 1e-12)),
    samples=(sample((3,), p=2.0, axis=None, eps=1e-12), sample((2, 3), p=1.0, axis=0, eps=1e-12)),
)
