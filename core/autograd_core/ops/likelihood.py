"""Losses of probabilities: binary cross-entropy and the Kullback-Leibler divergence."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.errors import DomainError, ShapeError
from autograd_core.number_text import number_text
from autograd_core.ops.arguments import flag, word
from autograd_core.ops.losses import REDUCTION, pairs, pairwise_loss, reduced_by, shared
from autograd_core.ops.registry import composite, op
from autograd_core.ops.signature import Alternative
from autograd_core.ops.spec import Param, Shape, broadcast_shapes, sample, sp


def _equal_shapes(input: Shape, target: Shape) -> Shape:
    if input != target and () not in (input, target):
        raise ShapeError(
            "{0} and {1} must have the same shape, as in PyTorch",
            code="AG302",
            why="a loss that broadcast them would compare each entry with each other one",
            hint="reshape one of them",
        )
    return broadcast_shapes(input, target)


def _by_weight(name: str) -> tuple[Alternative, ...]:
    return (Alternative(lambda written: bool(written.keywords & {"weight", "pos_weight"}), lambda: getattr(op, name)),)


def _cross_entropy_of_bits(p: Any, t: Any) -> Any:
    outside = ~((p >= 0) & (p <= 1) | np.isnan(p))
    if outside.any():
        found = number_text(p[outside].flat[0])
        raise DomainError(
            f"binary_cross_entropy needs probabilities between 0 and 1 as its input; {found} is not one",
            hint="binary_cross_entropy_with_logits takes any number",
        )
    # PyTorch, too, keeps the logarithms above -100, so that a certain and wrong answer has a finite loss.
    return -(t * np.maximum(np.log(p), -100.0) + (1 - t) * np.maximum(np.log1p(-p), -100.0))


binary_cross_entropy = pairwise_loss(
    "binary_cross_entropy",
    "BinaryCrossEntropy",
    _cross_entropy_of_bits,
    (
        lambda p, t: (p - t) / op.maximum(p * (1 - p), 1e-12),
        lambda p, _t: op.log1p(-p) - op.log(p),
    ),
    lambda p, t: -(t * sp().log(p) + (1 - t) * sp().log(1 - p)),
    doc="Loss -(t log(p) + (1 - t) log(1 - p)) of probabilities p for targets t between 0 and 1, averaged.",
    shapes=_equal_shapes,
    domain=((0.1, 0.9), (0.1, 0.9)),
    alternatives=_by_weight("weighted_binary_cross_entropy"),
    textbook=(
        lambda g, _y, p, t, reduction: shared(g, pairs(p.shape, t.shape), reduction) * (p - t) / (p * (1 - p)),
        lambda g, _y, p, _t, reduction: shared(g, pairs(p.shape, _t.shape), reduction) * (op.log(1 - p) - op.log(p)),
    ),
)

binary_cross_entropy_with_logits = pairwise_loss(
    "binary_cross_entropy_with_logits",
    "BinaryCrossEntropyWithLogits",
    lambda x, t: np.maximum(x, 0.0) - x * t + np.log1p(np.exp(-np.abs(x))),
    (lambda x, t: (1 - t) * op.sigmoid(x) - t * op.sigmoid(-x), lambda x, _t: -x),
    lambda x, t: sp().log(1 + sp().exp(-x)) + (1 - t) * x,
    textbook=(
        lambda g, _y, x, t, reduction: shared(g, pairs(x.shape, t.shape), reduction) * (op.sigmoid(x) - t),
        lambda g, _y, x, _t, reduction: shared(g, pairs(x.shape, _t.shape), reduction) * -x,
    ),
    doc="binary_cross_entropy(sigmoid(x), t), safe for x of any size.",
    shapes=_equal_shapes,
    domain=((-2.0, 2.0), (0.0, 1.0)),
    alternatives=_by_weight("weighted_binary_cross_entropy_with_logits"),
)


def _of_bits_by_weight(entries: Any, weight: Any, reduction: str) -> Any:
    return reduced_by(entries if weight is None else entries * weight, reduction)


composite(
    "weighted_binary_cross_entropy",
    lambda input, target, weight, reduction: _of_bits_by_weight(
        binary_cross_entropy(input, target, reduction="none"), weight, reduction
    ),
    doc="binary_cross_entropy with a weight for each entry.",
    group="loss",
    operands=("input", "target", "weight"),
    params=(REDUCTION,),
    domain=((0.1, 0.9), (0.1, 0.9), (0.5, 2.0)),
    example="binary_cross_entropy(p, [0, 1, 1], weight=[1, 2, 1])",
    samples=(sample((2, 3), (2, 3), (3,), reduction="mean"), sample((3,), (3,), (), reduction="none")),
)


def _with_logits_by_weight(
    input: Any, target: Any, weight: Any = None, pos_weight: Any = None, *, reduction: str
) -> Any:
    if pos_weight is None:
        entries = binary_cross_entropy_with_logits(input, target, reduction="none")
    else:
        entries = -(pos_weight * target * op.logsigmoid(input) + (1 - target) * op.logsigmoid(-input))
    return _of_bits_by_weight(entries, weight, reduction)


composite(
    "weighted_binary_cross_entropy_with_logits",
    _with_logits_by_weight,
    doc="binary_cross_entropy_with_logits with a weight for each entry, or one of the positive answers (pos_weight).",
    group="loss",
    operands=("input", "target", "weight", "pos_weight"),
    optional=2,
    params=(REDUCTION,),
    domain=((-2.0, 2.0), (0.0, 1.0), (0.5, 2.0), (0.5, 2.0)),
    example="binary_cross_entropy_with_logits(x, [0, 1, 1], pos_weight=3)",
    samples=(sample((2, 3), (2, 3), (3,), (3,), reduction="mean"), sample((3,), (3,), (), (), reduction="none")),
)


def _kl_div(input: Any, target: Any, reduction: str, log_target: bool) -> Any:
    entries = op.exp(target) * (target - input) if log_target else op.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return reduced_by(entries, "sum") / (entries.shape[0] if entries.shape else 1)
    return reduced_by(entries, reduction)


kl_div = composite(
    "kl_div",
    _kl_div,
    doc="Kullback-Leibler divergence target * (log(target) - input) of log-probabilities input, averaged.",
    group="loss",
    operands=("input", "target"),
    params=(Param("reduction", word("mean", "sum", "none", "batchmean"), "mean"), Param("log_target", flag, False)),
    domain=((-2.0, -0.1), (0.1, 0.9)),
    samples=(
        sample((2, 3), (2, 3), reduction="mean", log_target=False),
        sample((2, 3), (2, 3), reduction="batchmean", log_target=False),
        sample((2, 3), (2, 3), reduction="sum", log_target=True),
    ),
)
