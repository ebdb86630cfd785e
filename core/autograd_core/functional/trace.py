"""What a function of tensors did: its graph between the inputs that are asked about and its results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_core.engine.backprop import backprop, between, expand_to
from autograd_core.engine.grad_mode import is_grad_enabled, set_grad_enabled
from autograd_core.engine.node import numbers
from autograd_core.engine.tensor import Tensor
from autograd_core.errors import GradientError
from autograd_core.expr.nodes import Expr, Var
from autograd_core.ops.registry import op as ops


class Trace:
    """One run of a function, recorded, on tensors or on expressions.

    ``inputs`` are the arguments asked about as the function saw them, ``outputs`` its results in a row, ``rebuild``
    puts values in their places back into the form of the result. ``recording`` tells whether what is derived from this
    run must itself have a history: whether anything outside depends on it. ``within`` holds the nodes between.
    """

    def __init__(self, inputs: Sequence[Any], outputs: Sequence[Any], form: Any = None, since: int = 0) -> None:
        self.inputs = list(inputs)
        self.edges = [node_of(x) for x in self.inputs]
        self.form = form
        self.outputs: list[Any] = [o if isinstance(o, (Tensor, Expr)) else Tensor(o) for o in outputs]
        self.roots = [node_of(o) for o in self.outputs]
        self.since = since
        self.within, foreign = between(self.roots, set(self.edges), since)
        self.symbolic = any(isinstance(x, Expr) for x in self.inputs)
        self.recording = is_grad_enabled() and foreign and not self.symbolic
        self.inner = {edge for edge in self.edges if edge.op is not None}

    @classmethod
    def of(cls, function: Callable[..., Any], arguments: Sequence[Any], asked: Sequence[int]) -> Trace:
        """Run a function and record what it does with the arguments at the positions ``asked``."""
        since = next(numbers)
        given = list(arguments)
        for i in asked:
            given[i] = entry(given[i], is_grad_enabled())
        with set_grad_enabled(True):
            result = function(*given)
        outputs: list[Any] = []
        form = flatten(result, outputs)
        return cls([given[i] for i in asked], outputs, form, since)

    def rebuild(self, values: Sequence[Any]) -> Any:
        """Values for the outputs in the form of the result."""
        return unflatten(self.form, iter(values))

    def values(self) -> list[Any]:
        """The results, without the history that served this trace alone."""
        return [o.detach() if isinstance(o, Tensor) and not self.recording else o for o in self.outputs]

    def pull(self, seeds: Sequence[Any]) -> list[Any]:
        """The gradients of the inputs for the cotangents of the outputs, None where nothing flows."""
        return self._pull(seeds, self.recording, Tensor.saved if self.recording else None)

    def gradient(self) -> Trace:
        """The gradient of a result with one entry, recorded like the function itself: the matrix of it is symmetric."""
        seed: Any = np.ones(self.outputs[0].shape, dtype_of(self.outputs[0]))
        if self.symbolic:
            return self._derived(self.inputs, self._pull([seed], False, None))
        return self._derived(self.inputs, self._pull([Tensor.over(seed)], True, Tensor.saved))

    def pushforward(self, tangents: Sequence[Any]) -> list[Any]:
        """The tangents of the outputs for those of the inputs, None for zero.

        Gradients are linear in the cotangents that they are pulled from; the transpose of that carries tangents on.
        """
        cotangents: list[Any] = [
            Var("", y.shape)
            if self.symbolic
            else Tensor.over(np.zeros(y.shape, dtype_of(y)), requires_grad=y.array.dtype.kind == "f")
            for y in self.outputs
        ]
        pulled = self._pull(cotangents, not self.symbolic, Tensor.saved if self.recording else None)
        back = self._derived(cotangents, pulled)
        return back.pull(tangents)

    def _derived(self, inputs: Sequence[Any], found: Sequence[Any]) -> Trace:
        """A trace from ``inputs`` to gradients of the inputs of this one."""
        made = Trace(inputs, [whole(g, x) for g, x in zip(found, self.inputs, strict=True)], since=self.since)
        made.recording = self.recording
        return made

    def _pull(self, seeds: Sequence[Any], recorded: bool, wrap: Callable[[Any, Any], Any] | None) -> list[Any]:
        starts = [(root, seed) for root, seed in zip(self.roots, seeds, strict=True) if seed is not None]
        with set_grad_enabled(recorded), np.errstate(all="ignore"):
            found = backprop(
                [root for root, _ in starts],
                [seed for _, seed in starts],
                wrap=wrap,
                within=self.within,
                inner=self.inner,
            )
        return [found.get(edge) for edge in self.edges]


def dtype_of(value: Any) -> np.dtype[Any]:
    """The dtype of an array or tensor; expressions are worked out in float64 unless they are told otherwise."""
    found: np.dtype[Any] = getattr(value, "dtype", np.dtype(np.float64))
    return found


def whole(found: Any, like: Any) -> Any:
    """A derivative in the shape of ``like``, zeros where there is none: a tensor, or an expression."""
    if found is None:
        found = np.zeros(like.shape, dtype_of(like))
    found = expand_to(found, like.shape)
    return found if isinstance(found, (Tensor, Expr)) else Tensor(found)


def node_of(value: Any) -> Any:
    """What stands for a tensor or expression in its graph."""
    return value if isinstance(value, Expr) or value.grad_fn is None else value.grad_fn


def entry(given: Any, outside: bool) -> Any:
    """An argument as the start of a graph of its own, joined to its history where it has one."""
    if isinstance(given, Expr) or (isinstance(given, Tensor) and given.requires_grad and outside):
        return ops.reshape(given, shape=given.shape)
    if isinstance(given, Tensor):
        return Tensor.over(given.array, requires_grad=True)
    array = np.asarray(given)
    return Tensor(array if array.dtype.kind == "f" else array.astype(np.float64), requires_grad=True)


def flatten(value: Any, found: list[Any]) -> Any:
    """Put the tensors of a result in a row; returns its form: nested lists and tuples, with None for each tensor."""
    if isinstance(value, (list, tuple)):
        return type(value)([flatten(part, found) for part in value])
    found.append(value)
    return None


def unflatten(form: Any, values: Iterator[Any]) -> Any:
    """The form with its places filled from an iterator."""
    return next(values) if form is None else type(form)([unflatten(part, values) for part in form])


def positions(argnums: int | Sequence[int], count: int) -> list[int]:
    """The positions that ``argnums`` means among ``count`` arguments.

    Raises GradientError for one that does not exist or is named twice.
    """
    given = [argnums] if isinstance(argnums, int) else list(argnums)
    for i in given:
        if not -count <= i < count:
            raise GradientError(f"argnums names argument {i}, the function got {count}", code="AG612")
    found = [i % count for i in given]
    if len(set(found)) != len(found):
        raise GradientError(f"argnums={argnums} names an argument twice", code="AG612")
    return found
