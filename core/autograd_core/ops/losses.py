"""Losses of differences, of probabilities and of margins; similarity and distance of vectors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.errors import DomainError, ShapeError
from autograd_core.number_text import number_text
from autograd_core.ops.norms import norm_order
from autograd_core.ops.registry import Family, meant_with, op
from autograd_core.ops.signature import axes, axis_index, flag, number, optional_integer, within, word
from autograd_core.ops.spec import Kink, OpSpec, Param, Shape, broadcast_shapes, in_functional

LOSSES = Family("loss", operands=("input", "target"))
OF_PAIRS = Family("loss", operands=("input", "target"), exports=in_functional)

REDUCTION = Param("reduction", word("mean", "sum", "none"), "mean")


def reduced_by(values: Any, reduction: str) -> Any:
    """The mean or the sum of the entries, or the entries themselves, written in the operations."""
    if reduction == "none":
        return values
    return (op.sum if reduction == "sum" else op.mean)(values, axis=None, keepdims=False)


def shared(g: Any, size: int, reduction: str) -> Any:
    """The part of ``g`` that each of ``size`` entries passes on."""
    return g / max(size, 1) if reduction == "mean" else g


def broadcast_remark(input: Shape, target: Shape) -> str:
    """A warning, as PyTorch's, where a loss compares each entry with several others."""
    if () in (input, target) or input == target:
        return ""
    return (
        f"the loss compares an input of shape {input} with a target of shape {target}: they are broadcast to "
        f"{broadcast_shapes(input, target)}, so that entries are compared several times, which is seldom meant"
    )


def pairwise_loss(
    name: str,
    entries: Callable[..., Any],
    slopes: tuple[Any, Any],
    *,
    forward: Callable[..., Any] | None = None,
    params: tuple[Param, ...] = (),
    shapes: Callable[[Shape, Shape], Shape] = broadcast_shapes,
    samples: str = "",
    **fields: Any,
) -> OpSpec:
    """A loss of pairs of entries; ``slopes`` are its derivatives by either, entry by entry, or pairs as in ``vjps``.

    ``entries`` writes the loss of each pair in the operations; ``forward`` computes it where that is not exact enough.
    """

    def whole(of_pairs: Callable[..., Any]) -> Callable[..., Any]:
        def apply(x: Any, t: Any, reduction: str, **params: Any) -> Any:
            shapes(*(getattr(each, "shape", ()) for each in (x, t)))
            return reduced_by(of_pairs(x, t, **params), reduction)

        return apply

    def rule(slope: Any) -> Any:
        if isinstance(slope, tuple):
            return tuple([rule(each) for each in slope])
        return lambda g, _y, x, t, reduction, **params: (
            shared(g, math.prod(broadcast_shapes(x.shape, t.shape)), reduction) * slope(x, t, **params)
        )

    return OF_PAIRS.operation(
        name,
        params=(*params, REDUCTION),
        forward=whole(forward or entries),
        definition=whole(entries),
        vjps=(rule(slopes[0]), rule(slopes[1])),
        shape=lambda x, t, reduction, **_: shapes(x, t) if reduction == "none" else (shapes(x, t), ())[1],
        remark=broadcast_remark,
        samples="; ".join(f"2,3 2,3 reduction={each}" for each in ("mean", "sum", "none")) + samples,
        **fields,
    )


mse_loss = pairwise_loss(
    "mse_loss",
    lambda x, t: op.square(x - t),
    (lambda x, t: 2 * (x - t), lambda x, t: 2 * (t - x)),
    doc="Squared differences of input and target, averaged.",
    samples="; 2,3 3 reduction=none; 3 () reduction=mean",
)


def positive(value: Any) -> float:
    """A number greater than 0."""
    found = number(value)
    if not found > 0:
        raise TypeError(f"must be greater than 0, it is {number_text(found)}")
    return found


def _smooth_l1(x: Any, t: Any, beta: float) -> Any:
    far = op.abs(x - t)
    return far if beta == 0 else op.where(far < beta, far * far * (0.5 / beta), far - beta / 2)


def _smooth_l1_slope(a: Any, b: Any, beta: float) -> Any:
    if beta == 0:
        return op.sign(a - b)
    return op.where(op.abs(a - b) < beta, (a - b) / beta, op.sign(a - b))


smooth_l1_loss = pairwise_loss(
    "smooth_l1_loss",
    _smooth_l1,
    (_smooth_l1_slope, lambda x, t, beta: _smooth_l1_slope(t, x, beta)),
    doc="Squares of small differences divided by 2 beta, and absolute differences less beta/2 beyond, averaged.",
    params=(Param("beta", within(number, 0), 1.0),),
    samples="; 2,3 2,3 beta=0.5; 2,3 2,3 beta=0.0",
    kinks=(
        Kink(
            lambda x, t, beta, reduction: np.asarray(beta == 0) & (x == t),
            "0, as PyTorch",
            possible=lambda beta, reduction: beta == 0,
        ),
    ),
)


def _huber_slope(a: Any, b: Any, delta: float) -> Any:
    return op.where(op.abs(a - b) < delta, a - b, delta * op.sign(a - b))


huber_loss = pairwise_loss(
    "huber_loss",
    lambda x, t, delta: _smooth_l1(x, t, delta) * delta,
    (_huber_slope, lambda x, t, delta: _huber_slope(t, x, delta)),
    doc="Half the squares of differences up to delta, growing linearly beyond, averaged.",
    params=(Param("delta", positive, 1.0),),
    samples="; 2,3 2,3 delta=0.5",
)


LOSSES.composite(
    "l1_loss",
    "Absolute differences of input and target, averaged.",
    lambda input, target, reduction: reduced_by(op.abs(input - target), reduction),
    params=(REDUCTION,),
    remark=broadcast_remark,
    samples="2,3 2,3; 3 3 reduction=none",
)


def _equal_shapes(input: Shape, target: Shape) -> Shape:
    if input != target and () not in (input, target):
        raise ShapeError(
            "{0} and {1} must have the same shape, as in PyTorch",
            code="AG302",
            why="a loss that broadcast them would compare each entry with each other one",
            hint="reshape one of them",
        )
    return broadcast_shapes(input, target)


def _cross_entropy_of_bits(p: Any, t: Any) -> Any:
    outside = ~((p >= 0) & (p <= 1) | np.isnan(p))
    if outside.any():
        found = number_text(p[outside].flat[0])
        raise DomainError(
            f"binary_cross_entropy needs probabilities between 0 and 1 as its input; {found} is not one",
            hint="binary_cross_entropy_with_logits takes any number",
            pytorch="all elements of input should be between 0 and 1",
        )
    # PyTorch, too, keeps the logarithms above -100, so that a certain and wrong answer has a finite loss.
    return -(t * np.maximum(np.log(p), -100.0) + (1 - t) * np.maximum(np.log1p(-p), -100.0))


def _cross_entropy_in_numpy(reduction: str) -> str:
    entries = "(-({1:p}*np.maximum(np.log({0}), -100.0) + (1 - {1:p})*np.maximum(np.log1p(-{0:p}), -100.0)))"
    return entries if reduction == "none" else f"np.{reduction}{entries}"


binary_cross_entropy = pairwise_loss(
    "binary_cross_entropy",
    lambda p, t: -(t * op.log(p) + (1 - t) * op.log(1 - p)),
    (
        (lambda p, t: (p - t) / op.maximum(p * (1 - p), 1e-12), lambda p, t: (p - t) / (p * (1 - p))),
        (lambda p, _t: op.log1p(-p) - op.log(p), lambda p, _t: op.log(1 - p) - op.log(p)),
    ),
    forward=_cross_entropy_of_bits,
    exports={"numpy": _cross_entropy_in_numpy},
    doc="Loss -(t log(p) + (1 - t) log(1 - p)) of probabilities p for targets t between 0 and 1, averaged.",
    shapes=_equal_shapes,
    domain=((0.1, 0.9), (0.1, 0.9)),
    alternatives=meant_with("weighted_binary_cross_entropy", "weight", "pos_weight"),
)

binary_cross_entropy_with_logits = pairwise_loss(
    "binary_cross_entropy_with_logits",
    lambda x, t: (1 - t) * x - op.logsigmoid(x),
    (
        (lambda x, t: (1 - t) * op.sigmoid(x) - t * op.sigmoid(-x), lambda x, t: op.sigmoid(x) - t),
        lambda x, _t: -x,
    ),
    forward=lambda x, t: np.maximum(x, 0.0) - x * t + np.log1p(np.exp(-np.abs(x))),
    doc="binary_cross_entropy(sigmoid(x), t), safe for x of any size.",
    shapes=_equal_shapes,
    domain=((-2.0, 2.0), (0.0, 1.0)),
    alternatives=meant_with("weighted_binary_cross_entropy_with_logits", "weight", "pos_weight"),
)


LOSSES.composite(
    "weighted_binary_cross_entropy",
    "binary_cross_entropy with a weight for each entry.",
    lambda input, target, weight, reduction: reduced_by(
        binary_cross_entropy(input, target, reduction="none") * weight, reduction
    ),
    params=(REDUCTION,),
    domain=((0.1, 0.9), (0.1, 0.9), (0.5, 2.0)),
    samples="2,3 2,3 3; 3 3 () reduction=none as binary_cross_entropy(p, [0, 1, 1], weight=[1, 2, 1])",
)


@LOSSES.function(
    params=(REDUCTION,),
    domain=((-2.0, 2.0), (0.0, 1.0), (0.5, 2.0), (0.5, 2.0)),
    samples="2,3 2,3 3 3; 3 3 () () reduction=none as binary_cross_entropy_with_logits(x, [0, 1, 1], pos_weight=3)",
)
def weighted_binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, pos_weight: Any = None, *, reduction: str
) -> Any:
    """binary_cross_entropy_with_logits with a weight for each entry, or one of the positive answers (pos_weight)."""
    if pos_weight is None:
        entries = binary_cross_entropy_with_logits(input, target, reduction="none")
    else:
        entries = -(pos_weight * target * op.logsigmoid(input) + (1 - target) * op.logsigmoid(-input))
    return reduced_by(entries if weight is None else entries * weight, reduction)


@LOSSES.function(
    params=(Param("reduction", word("mean", "sum", "none", "batchmean"), "mean"), Param("log_target", flag, False)),
    domain=((-2.0, -0.1), (0.1, 0.9)),
    samples="2,3 2,3; 2,3 2,3 reduction=batchmean; 2,3 2,3 reduction=sum log_target=true",
)
def kl_div(input: Any, target: Any, reduction: str, log_target: bool) -> Any:
    """Kullback-Leibler divergence target * (log(target) - input) of log-probabilities input, averaged."""
    entries = op.exp(target) * (target - input) if log_target else op.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return reduced_by(entries, "sum") / (entries.shape[0] if entries.shape else 1)
    return reduced_by(entries, reduction)


LOSSES.composite(
    "hinge_loss",
    "Margin loss max(0, 1 - target * input) for targets 1 and -1, averaged.",
    lambda input, target, reduction: reduced_by(op.maximum(0.0, 1 - target * input), reduction),
    params=(REDUCTION,),
    samples="3 [1.0,-1.0,1.0]; 3 [1.0,-1.0,1.0] reduction=none",
)


@LOSSES.function(params=(Param("margin", number, 1.0), REDUCTION), samples="3 -1.0; 3 1.0 margin=0.5 reduction=sum")
def hinge_embedding_loss(input: Any, target: Any, margin: float, reduction: str) -> Any:
    """Distances of pairs that belong together (target 1), and max(0, margin - distance) of others (-1), averaged."""
    apart = op.where(op.equal(target, 1.0), 0.0, op.clamp_min(margin - input, 0.0))
    return reduced_by(apart + op.where(op.equal(target, -1.0), 0.0, input), reduction)


@LOSSES.function(
    params=(Param("axis", optional_integer, None, ("dim",)), Param("eps", number, 1e-8)),
    samples="3 3; 2,3 2,3; 2,3 3 axis=-1; 2,3 2,3 axis=0; 2 2,1",
)
def cosine_similarity(x1: Any, x2: Any, axis: int | None, eps: float) -> Any:
    """Cosine of the angle between vectors, along the second axis (the only one of a vector) or another."""
    shape = broadcast_shapes(*(getattr(x, "shape", ()) for x in (x1, x2)))
    if not shape:
        raise ShapeError("cosine_similarity compares vectors, not two numbers", code="AG306")
    along = min(len(shape) - 1, 1) if axis is None else axis_index(axis, len(shape))
    ones = []
    for x in (x1, x2):
        whole = x if getattr(x, "shape", ()) == shape else op.broadcast_to(x, shape=shape)
        ones.append(whole / op.clamp_min(op.vector_norm(whole, ord=2.0, axis=along, keepdims=True), eps))
    return op.sum(ones[0] * ones[1], axis=along, keepdims=False)


LOSSES.composite(
    "pairwise_distance",
    "Distance between vectors that lie in the last axis: norm(x1 - x2 + eps, p).",
    lambda x1, x2, p, eps, keepdims: op.vector_norm(x1 - x2 + eps, ord=p, axis=-1, keepdims=keepdims),
    params=(
        Param("p", norm_order, 2.0, ("ord",)),
        Param("eps", number, 1e-6),
        Param("keepdims", flag, False, ("keepdim",)),
    ),
    samples="2,3 2,3",
)


@LOSSES.function(
    params=(Param("margin", number, 0.0), REDUCTION),
    operands=("input1|x1", "input2|x2", "target"),
    samples="2,3 2,3 [1.0,-1.0]; 3 3 -1.0 margin=-0.9 reduction=sum",
)
def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float, reduction: str) -> Any:
    """1 - cosine of vectors that belong together (target 1), and max(0, cosine - margin) of others (-1), averaged."""
    lengths = [op.sqrt(op.sum(op.square(each), axis=-1, keepdims=False) + 1e-12) for each in (input1, input2)]
    cosine = op.sum(input1 * input2, axis=-1, keepdims=False) / (lengths[0] * lengths[1])
    apart = op.clamp_min(cosine - margin, 0.0) * op.equal(target, -1.0)
    return reduced_by(apart + (1.0 - cosine) * op.equal(target, 1.0), reduction)


@LOSSES.function(
    params=(Param("log_input", flag, True), Param("eps", positive, 1e-8), REDUCTION),
    domain=((0.2, 2.0), (1.5, 3.0)),
    samples="2,3 2,3; 3 3 log_input=false reduction=none",
)
def poisson_nll_loss(input: Any, target: Any, log_input: bool, eps: float, reduction: str) -> Any:
    """Loss exp(input) - target * input of counts whose logarithms of rates are the input, averaged."""
    loss = op.exp(input) - target * input if log_input else input - target * op.log(input + eps)
    return reduced_by(loss, reduction)


@LOSSES.function(
    params=(Param("full", flag, False), Param("eps", positive, 1e-6), REDUCTION),
    operands=("input", "target", "variance|var"),
    domain=((-2.0, 2.0), (-2.0, 2.0), (0.5, 2.0)),
    samples="2,3 2,3 2,3; 3 3 () full=true reduction=sum; 2,2 2,2 2,1 reduction=none",
)
def gaussian_nll_loss(input: Any, target: Any, variance: Any, full: bool, eps: float, reduction: str) -> Any:
    """Loss (log(variance) + (input - target)**2/variance)/2 of normal densities whose mean is the input, averaged."""
    spread = op.clamp_min(variance, eps)
    loss = 0.5 * (op.log(spread) + op.square(input - target) / spread)
    return reduced_by(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


@LOSSES.function(
    params=(Param("margin", number, 1.0), Param("p", norm_order, 2.0), Param("eps", number, 1e-6), REDUCTION),
    samples="2,3 2,3 2,3 margin=2.0; 2,3 2,3 2,3 margin=4.0 p=3.0 reduction=sum",
)
def triplet_margin_loss(
    anchor: Any, positive: Any, negative: Any, margin: float, p: float, eps: float, reduction: str
) -> Any:
    """max(0, margin + norm(anchor - positive, p) - norm(anchor - negative, p)) of vectors, averaged."""
    near, far = (op.vector_norm(anchor - each + eps, ord=p, axis=-1, keepdims=False) for each in (positive, negative))
    return reduced_by(op.clamp_min(near - far + margin, 0.0), reduction)


@LOSSES.function(params=(Param("p", norm_order, 2.0, ("ord",)),), samples="2,3 4,3; 2,2,3 1,3 p=1.0")
def cdist(x1: Any, x2: Any, p: float) -> Any:
    """Distances of each row of one matrix to each row of another, of any order p."""
    for x in (x1, x2):
        if len(getattr(x, "shape", ())) < 2:
            raise ShapeError("cdist compares the rows of two matrices", code="AG306", hint="cdist(x[None, :], y)")
    if x1.shape[-1] != x2.shape[-1]:
        raise ShapeError(
            f"cdist: the rows have {x1.shape[-1]} and {x2.shape[-1]} entries; they must have as many", code="AG302"
        )
    apart = op.expand_dims(x1, axis=-2) - op.expand_dims(x2, axis=-3)
    return op.vector_norm(apart, ord=p, axis=-1, keepdims=False)


@LOSSES.function(
    params=(Param("p", norm_order, 2.0, ("ord",)), Param("axis", axes, None, ("dim",)), Param("eps", number, 1e-12)),
    samples="3; 2,3 p=1.0 axis=0",
)
def normalize(x: Any, p: float, axis: Any, eps: float) -> Any:
    """Vectors divided by their length, at least eps, along the second axis (the only one of a vector) or others."""
    along = (1 if len(getattr(x, "shape", ())) > 1 else 0) if axis is None else axis
    return x / op.clamp_min(op.vector_norm(x, ord=p, axis=along, keepdims=True), eps)
