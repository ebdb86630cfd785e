"""Losses of differences between input and target: squared, absolute, and between the two."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.ops.arguments import number, word
from autograd_core.ops.elsewhere import functional
from autograd_core.ops.registry import composite, op, operation
from autograd_core.ops.spec import Kink, OpSpec, Param, Sample, Shape, broadcast_shapes, sample, sp

REDUCTION = Param("reduction", word("mean", "sum", "none"), "mean")


def reduced_by(values: Any, reduction: str) -> Any:
    """The mean or the sum of the entries, or the entries themselves, written in the operations."""
    if reduction == "none":
        return values
    return (op.sum if reduction == "sum" else op.mean)(values, axis=None, keepdims=False)


def shared(g: Any, size: int, reduction: str) -> Any:
    """The part of ``g`` that each of ``size`` entries passes on."""
    return g / max(size, 1) if reduction == "mean" else g


def _numbers(values: Any, reduction: str) -> Any:
    if reduction == "none":
        return values
    total = np.add.reduce(values, axis=None)
    return (
        total / values.size if reduction == "mean" and values.size else total * (np.nan if reduction == "mean" else 1)
    )


def pairs(*shapes: Shape) -> int:
    """How many pairs of entries there are."""
    return math.prod(broadcast_shapes(*shapes))


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
    node: str,
    forward: Callable[..., Any],
    slopes: tuple[Callable[..., Any], Callable[..., Any]],
    symbolic: Callable[..., Any],
    *,
    params: tuple[Param, ...] = (),
    shapes: Callable[[Shape, Shape], Shape] = broadcast_shapes,
    settings: tuple[dict[str, Any], ...] = ({},),
    samples: tuple[Sample, ...] = (),
    **fields: Any,
) -> OpSpec:
    """A loss of pairs of entries; ``slopes`` are its derivatives by either, entry by entry."""

    def whole(x: Any, t: Any, reduction: str, **params: Any) -> Any:
        shapes(np.shape(x), np.shape(t))
        return _numbers(forward(x, t, **params), reduction)

    def meaning(x: Any, t: Any, reduction: str, **params: Any) -> Any:
        entries = np.frompyfunc(lambda a, b: symbolic(a, b, **params), 2, 1)(x, t)
        entries = np.asarray(entries, dtype=object)
        return entries if reduction == "none" else entries.sum() / (entries.size if reduction == "mean" else 1)

    def rule(slope: Callable[..., Any]) -> Callable[..., Any]:
        return lambda g, _y, x, t, reduction, **params: (
            shared(g, pairs(x.shape, t.shape), reduction) * slope(x, t, **params)
        )

    def jvp(tangents: Any, _y: Any, x: Any, t: Any, reduction: str, **params: Any) -> Any:
        parts = [dot * slope(x, t, **params) for dot, slope in zip(tangents, slopes, strict=True) if dot is not None]
        return reduced_by(sum(parts[1:], parts[0]), reduction)

    return operation(
        name,
        group="loss",
        exports={"torch": functional(name, *(each.name for each in params), "reduction")},
        operands=("input", "target"),
        params=(*params, REDUCTION),
        forward=whole,
        vjps=(rule(slopes[0]), rule(slopes[1])),
        jvp=jvp,
        shape=lambda x, t, reduction, **params: shapes(x, t) if reduction == "none" else (shapes(x, t), ())[1],
        symbolic=meaning,
        node=node + "Backward0",
        uniform=True,
        remark=broadcast_remark,
        samples=(
            *(sample((2, 3), (2, 3), reduction=r, **setting) for r in ("mean", "sum", "none") for setting in settings),
            *samples,
        ),
        **fields,
    )


mse_loss = pairwise_loss(
    "mse_loss",
    "MseLoss",
    lambda x, t: np.square(x - t),
    (lambda x, t: 2 * (x - t), lambda x, t: 2 * (t - x)),
    lambda x, t: (x - t) ** 2,
    doc="Squared differences of input and target, averaged.",
    samples=(sample((2, 3), (3,), reduction="none"), sample((3,), (), reduction="mean")),
)


def _smooth_l1(x: Any, t: Any, beta: float) -> Any:
    far = np.abs(x - t)
    if beta == 0:
        return far
    return np.where(far < beta, far * far * (0.5 / beta), far - beta / 2)


def _smooth_l1_slope(a: Any, b: Any, beta: float) -> Any:
    if beta == 0:
        return op.sign(a - b)
    return op.where(op.abs(a - b) < beta, (a - b) / beta, op.sign(a - b))


def not_negative(value: Any) -> float:
    """A number that is 0 or more."""
    found = number(value)
    if not found >= 0:
        raise TypeError(f"must not be negative, it is {found:g}")
    return found


def positive(value: Any) -> float:
    """A number greater than 0."""
    found = number(value)
    if not found > 0:
        raise TypeError(f"must be greater than 0, it is {found:g}")
    return found


def _piecewise(near: Callable[..., Any], far: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the difference that has one form up to ``bound`` and another beyond, for SymPy."""

    def symbolic(x: Any, t: Any, **params: float) -> Any:
        (bound,) = (sp().nsimplify(value) for value in params.values())
        d = x - t
        if not any(params.values()):
            return sp().Abs(d)
        return sp().Piecewise(
            (near(d, bound), (d < bound) & (d > -bound)), (far(d, bound), d > 0), (far(-d, bound), True)
        )

    return symbolic


smooth_l1_loss = pairwise_loss(
    "smooth_l1_loss",
    "SmoothL1Loss",
    _smooth_l1,
    (lambda x, t, beta: _smooth_l1_slope(x, t, beta), lambda x, t, beta: _smooth_l1_slope(t, x, beta)),
    _piecewise(lambda d, beta: d**2 / (2 * beta), lambda d, beta: d - beta / 2),
    doc="Squares of small differences divided by 2 beta, and absolute differences less beta/2 beyond, averaged.",
    params=(Param("beta", not_negative, 1.0),),
    settings=({"beta": 1.0}, {"beta": 0.5}, {"beta": 0.0}),
    kinks=(
        Kink(
            where=lambda x, t, beta, reduction: np.asarray(beta == 0) & (x == t),
            choice="0, as PyTorch",
            possible=lambda beta, reduction: beta == 0,
        ),
    ),
)


def _huber(x: Any, t: Any, delta: float) -> Any:
    far = np.abs(x - t)
    return np.where(far < delta, far * far * 0.5, delta * (far - delta / 2))


def _huber_slope(a: Any, b: Any, delta: float) -> Any:
    return op.where(op.abs(a - b) < delta, a - b, delta * op.sign(a - b))


huber_loss = pairwise_loss(
    "huber_loss",
    "HuberLoss",
    _huber,
    (lambda x, t, delta: _huber_slope(x, t, delta), lambda x, t, delta: _huber_slope(t, x, delta)),
    _piecewise(lambda d, delta: d**2 / 2, lambda d, delta: delta * (d - delta / 2)),
    doc="Half the squares of differences up to delta, growing linearly beyond, averaged.",
    params=(Param("delta", positive, 1.0),),
    settings=({"delta": 1.0}, {"delta": 0.5}),
)


l1_loss = composite(
    "l1_loss",
    lambda input, target, reduction: reduced_by(op.abs(input - target), reduction),
    doc="Absolute differences of input and target, averaged.",
    group="loss",
    operands=("input", "target"),
    params=(REDUCTION,),
    remark=broadcast_remark,
    samples=(sample((2, 3), (2, 3), reduction="mean"), sample((3,), (3,), reduction="none")),
)
