"""Classes: softmax and its logarithms, one-hot vectors, embeddings, and losses of class numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_core.errors import DomainError, ShapeError, counted
from autograd_core.number_text import number_text
from autograd_core.ops import batching
from autograd_core.ops.losses import REDUCTION, reduced_by, shared
from autograd_core.ops.reduce import AXIS_REDUCTIONS, along_merged, expand, reduction
from autograd_core.ops.registry import Family, meant_with, op
from autograd_core.ops.signature import (
    Alternative,
    axis_index,
    axis_indices,
    axis_param,
    integer,
    number,
    optional_integer,
    reduced,
    within,
)
from autograd_core.ops.spec import Param, Shape


def _over_all(name: str) -> tuple[Alternative, ...]:
    note = f"{name} is along the last axis; SciPy's is over all entries"
    return (Alternative(lambda w: w.count == 1 and "axis" not in w.keywords, None, note, ("scipy",)),)


def _same(x: Shape, axis: int) -> Shape:
    axis_index(axis, len(x) or 1)  # as in PyTorch, a scalar counts as one entry
    return x


SOFTMAXES = Family(
    "softmax",
    params=(axis_param(-1),),
    shape=_same,
    batch=batching.along,
    samples="4; 2,3; 2,3 axis=0; 2,3,2 axis=1; ()",
)


def _in_libraries(name: str) -> Mapping[str, Any]:
    return {
        "torch": f"torch.{name}({{0}}, dim={{axis}})",
        "jax": lambda shapes, axis: f"jax.nn.{name}({{0}}<, axis={{axis}}>)" if shapes[0] else None,
    }


def _shifted(x: Any, axis: Any) -> tuple[Any, Any]:
    """Entries less the largest of their slice, of which exp does not overflow, and that largest one."""
    top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    return x - top, top


def _log_total(shifted: Any, axis: Any) -> Any:
    """log(sum(exp(shifted))) along axes, right also where one entry outweighs all others."""
    largest = shifted == 0
    rest = np.add.reduce(np.exp(shifted) - largest, axis=axis, keepdims=True)
    return np.log1p(rest + np.maximum(np.add.reduce(largest, axis=axis, keepdims=True, dtype=rest.dtype) - 1, 0))


def _total(x: Any, axis: int) -> Any:
    """The sum along an axis, that axis kept."""
    return op.sum(x, axis=axis, keepdims=True) if x.shape else x


def _softmax_textbook(g: Any, y: Any, _x: Any, axis: int) -> Any:
    weighed = g * y
    return weighed - y * _total(weighed, axis)


def _softmax_vjp(g: Any, y: Any, _x: Any, axis: int) -> Any:
    """What is added to all of ``g`` has no effect: without that of the largest entry, nothing outweighs the others."""
    if type(g) is type(y) is np.ndarray and y.ndim and y.size:  # no mask: 2 % of an attention layer of 256 by 64
        g = g - np.take_along_axis(g, y.argmax(axis=axis, keepdims=True), axis)
    else:
        g = g - _total(g * op.argmax_mask(y, axis=axis), axis)
    return y * (g - _total(g * y, axis))


def _in_range(x: Any, axis: Any) -> tuple[Any, Any]:
    """Entries less the largest of their slice, which is held constant, and that largest one; symbols need no range."""
    if getattr(x, "exact", False) or 0 in x.shape:
        return x, 0.0
    top = op.detach(x)
    if x.shape:
        top = op.max(top, axis=axis, keepdims=True)
    return x - top, top


def _softmax_in_parts(x: Any, axis: int) -> Any:
    raised = op.exp(_in_range(x, axis)[0])
    return raised / _total(raised, axis)


def _log_softmax_in_parts(x: Any, axis: int) -> Any:
    moved = _in_range(x, axis)[0]
    return moved - op.log(_total(op.exp(moved), axis))


def _logsumexp_in_parts(x: Any, axis: Any, keepdims: bool) -> Any:
    moved, top = _in_range(x, axis)
    total = op.log(op.sum(op.exp(moved), axis=axis, keepdims=True)) + top
    return op.reshape(total, shape=reduced(x.shape, axis, keepdims))


@SOFTMAXES.computed(
    alternatives=_over_all("softmax"),
    exports=_in_libraries("softmax"),
    definition=_softmax_in_parts,
    vjps=((_softmax_vjp, _softmax_textbook),),
    letter="p",
)
def softmax(x: Any, axis: int) -> Any:
    """Softmax: exp(x) divided by its sum along an axis, so that the entries are positive and sum to 1."""
    raised = np.exp(_shifted(x, axis)[0])
    return raised / np.add.reduce(raised, axis=axis, keepdims=True)


@SOFTMAXES.computed(symbolic=lambda sympy, x, axis: None)  # a choice of an entry, through which nothing passes
def argmax_mask(x: Any, axis: int) -> Any:
    """1 at the first of the largest entries along an axis and 0 elsewhere, by which softmax pulls back."""
    if not (x.ndim and x.size):
        return np.ones_like(x)
    along = np.arange(x.shape[axis]).reshape(-1, *(1,) * (x.ndim - 1 - axis % x.ndim))
    return (along == x.argmax(axis=axis, keepdims=True)).astype(x.dtype)


@SOFTMAXES.computed(
    alternatives=_over_all("log_softmax"),
    exports=_in_libraries("log_softmax"),
    definition=_log_softmax_in_parts,
    letter="q",
    vjps=(
        (
            lambda g, y, _x, axis: -g * op.expm1(y) - op.exp(y) * (_total(g, axis) - g),
            lambda g, _y, x, axis: g - op.softmax(x, axis=axis) * _total(g, axis),
        ),
    ),
)
def log_softmax(x: Any, axis: int) -> Any:
    """Logarithm of softmax, x - log(sum(exp(x))) along an axis, exact where softmax underflows."""
    shifted = _shifted(x, axis)[0]
    return shifted - _log_total(shifted, axis)


def _logsumexp_vjp(g: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    y = expand(y, x.shape, axis, keepdims)
    share = along_merged(lambda lined: op.softmax(lined, axis=-1), x, axis)
    return expand(g, x.shape, axis, keepdims) * op.where(op.equal(x - y, -math.inf), 0.0, share)


def _logsumexp_textbook(g: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    gone = axis_indices(axis, x.ndim)
    share = op.softmax(x, axis=gone[0]) if len(gone) == 1 else op.exp(x - expand(y, x.shape, axis, keepdims))
    return expand(g, x.shape, axis, keepdims) * share


@AXIS_REDUCTIONS.computed(
    group="softmax",
    exports={
        **reduction("logsumexp", whole=True),
        "jax": "jax.scipy.special.logsumexp({0}<, axis={axis}><, keepdims={keepdims}>)",
    },
    definition=_logsumexp_in_parts,
    vjps=((_logsumexp_vjp, _logsumexp_textbook),),
)
def logsumexp(x: Any, axis: Any, keepdims: Any) -> Any:
    """Logarithm of the sum of exp(x), over all axes or the given ones, without overflow."""
    with np.errstate(divide="ignore", invalid="ignore"):  # the sum of nothing is 0, and its logarithm -inf
        shifted, top = _shifted(x, axis)
        found = np.where(np.isinf(top), top, top + _log_total(shifted, axis))
    return found.reshape(reduced(x.shape, axis, keepdims))


LABELS = Family("label")
LOSSES = Family("loss", operands=("input", "target", "weight"))

IGNORED = -100
"""PyTorch's label of entries that are left out."""


def whole_labels(labels: Any, classes: int) -> Any:
    """Class numbers as integers.

    Raises DomainError that names the first entry that is not one.
    """
    values = np.asarray(labels)
    wrong = ~((values >= 0) & (values < classes) & (values == np.floor(values)))
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        entry = f"entry [{', '.join(map(str, place))}] of the labels" if place else "the label"
        raise DomainError(
            f"{entry} is {number_text(values[place])}; a label is a whole number from 0 to {classes - 1}",
            why=f"the number of classes is {classes}",
            hint=f"ignore_index={IGNORED} leaves out the entries of that label" if values[place] == IGNORED else None,
            pytorch=f"Target {number_text(values[place])} is out of bounds.",
        )
    return values.astype(np.intp)


def _among(labels: Any, num_classes: int, axis: int) -> Any:
    """All class numbers along a new axis of the labels."""
    ndim = len(labels.shape) + 1
    return np.arange(num_classes).reshape(-1, *(1,) * (ndim - 1 - axis_index(axis, ndim)))


def _one_hot_shape(labels: Shape, num_classes: int, axis: int) -> Shape:
    place = axis_index(axis, len(labels) + 1)
    return (*labels[:place], num_classes, *labels[place:])


@LABELS.computed(
    exports={
        "torch": lambda num_classes, axis: (
            f"F.one_hot({{0:p}}.long(), {num_classes}).to(torch.get_default_dtype())" if axis == -1 else None
        ),
    },
    operands=("labels",),
    params=(Param("num_classes", within(integer, 1), counts=True), axis_param(-1)),
    shape=_one_hot_shape,
    definition=lambda labels, num_classes, axis: op.equal(
        op.expand_dims(labels, axis=axis), _among(labels, num_classes, axis)
    ),
    samples="[0.0,2.0] num_classes=3; [[0.0,2.0],[1.0,1.0]] num_classes=3 axis=1",
)
def one_hot(labels: Any, num_classes: int, axis: int) -> Any:
    """For each class number a vector with 1 at that place and 0 elsewhere; no gradient flows to class numbers."""
    chosen = np.expand_dims(whole_labels(labels, num_classes), axis)
    return (chosen == _among(labels, num_classes, axis)).astype(labels.dtype)


def _embedded(labels: Shape, weight: Shape) -> Shape:
    if len(weight) != 2:
        raise ShapeError("an embedding needs a matrix with a row for each label; {1} is not one", code="AG306")
    return (*labels, weight[1])


def _rows(g: Any, labels: Any, weight: Any) -> Any:
    count, (rows, columns) = math.prod(labels.shape), weight.shape
    picked = op.reshape(op.one_hot(labels, num_classes=rows, axis=-1), shape=(count, rows))
    return op.matmul(op.transpose(picked, axes=None), op.reshape(g, shape=(count, columns)))


LABELS.operation(
    "embedding",
    "For each label the row of that number in a matrix of weights.",
    exports={"torch": "F.embedding({0:p}.long(), {1})"},
    operands=("labels", "weight"),
    forward=lambda labels, weight: weight[whole_labels(labels, weight.shape[0])],
    vjps=(None, lambda g, _y, labels, _weight: _rows(g, labels, _weight)),
    shape=_embedded,
    definition=lambda labels, weight: op.one_hot(labels, num_classes=weight.shape[0], axis=-1) @ weight,
    samples="[0.0,2.0,0.0] 3,2; [[1.0,0.0]] 3,2",
)


def class_axis(shape: Shape) -> int:
    """The axis of the classes: the second as in PyTorch, the only one of a vector; -1 where that is the last."""
    return -1 if len(shape) <= 2 else 1


def _without(shape: Shape, axis: int) -> Shape:
    place = axis % len(shape)
    return shape[:place] + shape[place + 1 :]


def _nll_shape(input: Shape, target: Shape, reduction: str) -> Shape:
    if not input:
        raise ShapeError("{0} has no axis, so no classes", code="AG306")
    wanted = _without(input, class_axis(input))
    if target != wanted:
        classes = counted(input[class_axis(input)], "class", "classes")
        raise ShapeError(
            f"{{0}} has {classes}, so the labels must have shape {wanted}, not that of {{1}}",
            code="AG302",
            hint="one class number for each row",
        )
    return target if reduction == "none" else ()


def _nll_vjp(g: Any, _y: Any, _input: Any, target: Any, reduction: str) -> Any:
    axis = class_axis(_input.shape)
    picked = op.one_hot(target, num_classes=_input.shape[axis], axis=axis)
    if g.shape != ():
        g = op.expand_dims(g, axis=axis)
    return -shared(g, math.prod(target.shape), reduction) * picked


def _nll_in_parts(input: Any, target: Any, reduction: str) -> Any:
    axis = class_axis(input.shape)
    picked = input * op.one_hot(target, num_classes=input.shape[axis], axis=axis)
    return reduced_by(-op.sum(picked, axis=axis, keepdims=False), reduction)


@LOSSES.computed(
    alternatives=meant_with("nll_loss_of_some", "weight", "ignore_index"),
    exports={"torch": "F.nll_loss({0}, {1:p}.long()<, reduction={reduction}>)"},
    operands=("input", "target"),
    params=(REDUCTION,),
    vjps=(_nll_vjp, None),
    shape=_nll_shape,
    definition=_nll_in_parts,
    node=lambda input, _target, reduction: "NllLossBackward0" if len(input) <= 2 else "NllLoss2DBackward0",
    samples=(
        "2,3 [0.0,2.0]; 2,3 [1.0,2.0] reduction=none; 3 1.0 reduction=sum; "
        "2,3,2 [[0.0,2.0],[1.0,1.0]] reduction=none; 2,3,2 [[0.0,2.0],[1.0,1.0]]"
    ),
)
def nll_loss(input: Any, target: Any, reduction: str) -> Any:
    """Negative log-likelihood: minus the log-probability of the class that the label names, averaged."""
    target = np.asarray(target)
    _nll_shape(input.shape, target.shape, reduction)
    axis = class_axis(input.shape)
    places = np.expand_dims(whole_labels(target, input.shape[axis]), axis)
    losses = -np.take_along_axis(input, places, axis).reshape(target.shape)
    return (
        losses if reduction == "none" else np.mean(losses) if reduction == "mean" else np.add.reduce(losses, axis=None)
    )


def _weights(target: Any, weight: Any, ignore_index: int) -> tuple[Any, Any]:
    """The labels with those left out as 0, and how much each entry counts."""
    counts = op.not_equal(target, float(ignore_index))
    labels = op.where(counts, target, 0.0)
    if weight is None:
        return labels, counts
    column = op.reshape(op.embedding(labels, op.expand_dims(weight, axis=-1)), shape=getattr(labels, "shape", ()))
    return labels, column * counts


def _averaged(losses: Any, counts: Any, reduction: str) -> Any:
    """Losses that were weighted, reduced; the mean is by the sum of the weights."""
    total = reduced_by(losses, "none" if reduction == "none" else "sum")
    return total / op.sum(counts, axis=None, keepdims=False) if reduction == "mean" else total


@LOSSES.function(
    params=(Param("ignore_index", integer, IGNORED), REDUCTION),
    domain=((-2.0, 2.0), (0.0, 1.0), (0.5, 2.0)),
    samples=(
        "2,3 [0.0,2.0] 3; 2,3 [0.0,2.0] 3 ignore_index=2; 2,3,2 [[0.0,2.0],[1.0,1.0]] 3 ignore_index=1 reduction=none"
    ),
)
def nll_loss_of_some(input: Any, target: Any, weight: Any = None, *, ignore_index: int, reduction: str) -> Any:
    """nll_loss with a weight for each class, or without the entries of one label (ignore_index)."""
    labels, counts = _weights(target, weight, ignore_index)
    return _averaged(op.nll_loss(input, labels, reduction="none") * counts, counts, reduction)


@LOSSES.function(
    params=(
        replace(REDUCTION, before="weight"),
        Param("label_smoothing", within(number, 0, 1), 0.0, before="weight"),
        Param("ignore_index", optional_integer, None),
    ),
    domain=((-2.0, 2.0), (0.1, 1.0), (0.5, 2.0)),
    samples=(
        "2,3 2,3 3 ignore_index=-100; 3 2.0 3 ignore_index=-100 as cross_entropy(x, 2, weight=[1, 2, 0.5]); "
        "2,3 2,3 3 reduction=none label_smoothing=0.1 ignore_index=-100; "
        "3 1.0 3 reduction=sum label_smoothing=0.1 ignore_index=-100; "
        "2,3,2 [[0.0,2.0],[1.0,1.0]] 3 label_smoothing=0.2 ignore_index=1"
    ),
)
def cross_entropy(
    input: Any, target: Any, weight: Any = None, *, ignore_index: int | None, reduction: str, label_smoothing: float
) -> Any:
    """Loss of a classification: -log(softmax(input)) at the class the target names, or weighted by probabilities."""
    shape, labels = getattr(input, "shape", ()), getattr(target, "shape", ())
    if not shape:
        raise ShapeError("cross_entropy needs an input with classes, not a scalar", code="AG306")
    axis = class_axis(shape)
    classes = shape[axis]
    if labels not in (shape, _without(shape, axis)):
        raise ShapeError(
            f"cross_entropy: the input has shape {shape}, so the target must have shape {_without(shape, axis)} "
            f"(class numbers) or {shape} (probabilities), not {labels}",
            code="AG302",
        )
    logs = op.log_softmax(input, axis=axis)
    rows = max(math.prod(_without(shape, axis)), 1)
    each = logs if weight is None else logs * op.reshape(weight, shape=(-1, *(1,) * (-axis % len(shape) - 1)))
    if labels == shape:
        if label_smoothing:
            target = target * (1 - label_smoothing) + label_smoothing / classes
        if reduction == "none":
            return -op.sum(each * target, axis=axis, keepdims=False)
        total = -op.sum(each * target, axis=None, keepdims=False)
        return total / rows if reduction == "mean" else total
    if weight is None and ignore_index is None:
        loss = op.nll_loss(logs, target, reduction=reduction)
        if not label_smoothing:
            return loss
        even = reduced_by(-op.sum(logs, axis=axis, keepdims=False), reduction)
    else:
        ignore_index = IGNORED if ignore_index is None else ignore_index
        loss = nll_loss_of_some(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
        if not label_smoothing:
            return loss
        counts = op.not_equal(target, float(ignore_index))
        even = -op.sum(each, axis=axis, keepdims=False) * counts
        even = _averaged(even, _weights(target, weight, ignore_index)[1], reduction)
    return loss * (1 - label_smoothing) + even * (label_smoothing / classes)
