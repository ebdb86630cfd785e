"""Softmax and its logarithms, safe for entries of any size."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_core.ops import batching
from autograd_core.ops.notation import reduction
from autograd_core.ops.reduce import AXIS_REDUCTIONS, along_merged, expand
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import Alternative, axis_index, axis_indices, axis_param, reduced
from autograd_core.ops.spec import Shape, sample


def _over_all(name: str) -> tuple[Alternative, ...]:
    note = f"{name} is along the last axis; SciPy's is over all entries"
    return (Alternative(lambda w: w.count == 1 and "axis" not in w.keywords, None, note, ("scipy",)),)


def _same(x: Shape, axis: int) -> Shape:
    axis_index(axis, len(x) or 1)  # as in PyTorch, a scalar counts as one entry
    return x


SOFTMAXES = Family(
    "softmax",
    method=True,
    params=(axis_param(-1),),
    shape=_same,
    batch=batching.along,
    samples=(sample((4,)), sample((2, 3)), sample((2, 3), axis=0), sample((2, 3, 2), axis=1), sample(())),
)


def _in_libraries(name: str) -> Mapping[str, Any]:
    return {
        "torch": f"torch.{name}({{0}}, dim={{axis}})",
        "jax": lambda shapes, axis: f"jax.nn.{name}({{0}}<, axis={{axis}}>)" if shapes[0] else None,
    }


def _of_slices(function: Callable[[Any, int], Any]) -> Callable[[Any, int], Any]:
    """A function along an axis that also takes a scalar, as a slice of one entry, and arrays without entries."""

    def apply(x: Any, axis: int) -> Any:
        if not x.ndim:
            return function(x.reshape(1), -1).reshape(())
        return function(x, axis) if x.size else np.zeros(x.shape, x.dtype)

    return apply


def _shifted(x: Any, axis: Any) -> tuple[Any, Any]:
    """Entries less the largest of their slice, of which exp does not overflow, and that largest one."""
    top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    return x - top, top


def _log_total(shifted: Any, axis: Any) -> Any:
    """log(sum(exp(shifted))) along axes, right also where one entry outweighs all others."""
    largest = shifted == 0
    rest = np.add.reduce(np.exp(shifted) - largest, axis=axis, keepdims=True)
    return np.log1p(rest + (np.add.reduce(largest, axis=axis, keepdims=True, dtype=rest.dtype) - 1))


@_of_slices
def _softmax(x: Any, axis: int) -> Any:
    raised = np.exp(_shifted(x, axis)[0])
    return raised / np.add.reduce(raised, axis=axis, keepdims=True)


@_of_slices
def _log_softmax(x: Any, axis: int) -> Any:
    shifted = _shifted(x, axis)[0]
    return shifted - _log_total(shifted, axis)


def _total(x: Any, axis: int) -> Any:
    """The sum along an axis, that axis kept."""
    return op.sum(x, axis=axis, keepdims=True) if x.shape else x


def _softmax_textbook(g: Any, y: Any, _x: Any, axis: int) -> Any:
    weighed = g * y
    return weighed - y * _total(weighed, axis)


def _softmax_vjp(g: Any, y: Any, x: Any, axis: int) -> Any:
    """What is added to all of ``g`` has no effect: without that of the largest entry, nothing outweighs the others."""
    if x.ndim and 0 not in x.shape:
        largest = op.equal(y, op.max(y, axis=axis, keepdims=True))
        g = g - _total(g * largest, axis) / _total(largest, axis)
    return _softmax_textbook(g, y, x, axis)


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


SOFTMAXES.operation(
    "softmax",
    "Softmax: exp(x) divided by its sum along an axis, so that the entries are positive and sum to 1.",
    alternatives=_over_all("softmax"),
    exports=_in_libraries("softmax"),
    forward=_softmax,
    definition=_softmax_in_parts,
    vjps=((_softmax_vjp, _softmax_textbook),),
)
SOFTMAXES.operation(
    "log_softmax",
    "Logarithm of softmax, x - log(sum(exp(x))) along an axis, exact where softmax underflows.",
    alternatives=_over_all("log_softmax"),
    exports=_in_libraries("log_softmax"),
    forward=_log_softmax,
    definition=_log_softmax_in_parts,
    vjps=(
        (
            lambda g, y, _x, axis: -g * op.expm1(y) - op.exp(y) * (_total(g, axis) - g),
            lambda g, _y, x, axis: g - op.softmax(x, axis=axis) * _total(g, axis),
        ),
    ),
)


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
