"""Operations of one's own: a forward and a backward written by hand (``torch.autograd.Function``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_core.engine.backprop import unbroadcast
from autograd_core.engine.grad_mode import mode, no_grad
from autograd_core.engine.inplace import replace_history
from autograd_core.engine.node import Custom, freed, version
from autograd_core.engine.tensor import Tensor
from autograd_core.engine.vmap import Batched
from autograd_core.errors import AutogradError, GradientError
from autograd_core.ops import registry
from autograd_core.ops.spec import Shape


class Context:
    """What ``forward`` leaves for ``backward``: saved tensors, and any attribute that is set."""

    def __init__(self) -> None:
        self._saved: tuple[Any, ...] = ()
        self._versions: list[int] = []
        self._freed = False
        self._without: set[int] = set()
        self._dirty: set[int] = set()
        self._fill = True
        self.needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for ``backward``; they are let go of with the graph."""
        self._saved = tensors
        self._versions = [version(t.array) if isinstance(t, Tensor) else 0 for t in tensors]

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors that were kept.

        Raises GradientError when the graph has been freed, or one was changed in place since.
        """
        if self._freed:
            raise freed()
        for tensor, before in zip(self._saved, self._versions, strict=True):
            if isinstance(tensor, Tensor) and version(tensor.array) != before:
                raise GradientError(
                    "a saved tensor was changed in place",
                    code="AG610",
                    pytorch="one of the variables needed for gradient computation has been modified by an inplace "
                    f"operation: it is at version {version(tensor.array)}; expected version {before} instead.",
                )
        return self._saved

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Results that no gradient flows through."""
        self._without = {id(t) for t in tensors}

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Arguments that ``forward`` changed in place, and returns."""
        self._dirty = {id(t) for t in tensors}

    def set_materialize_grads(self, value: bool) -> None:
        """Whether a result that no gradient reaches gets zeros, or None."""
        self._fill = value


class Received:
    """The gradients of several results, on their way to the one node that made them."""

    shape: tuple[int, ...] = ()

    def __init__(self, parts: dict[int, Any]) -> None:
        self.parts = parts

    def __add__(self, other: Received) -> Received:
        both = dict(self.parts)
        for i, g in other.parts.items():
            both[i] = both[i] + g if i in both else g
        return Received(both)


class Applied(Custom):
    """The node of a function written by hand."""

    __slots__ = ("ctx", "function", "like")
    ctx: Context
    function: type[Function]
    like: list[tuple[Shape, Any]]

    def pull(self, g: Any, _wrap: Callable[[Any, Any], Any] | None) -> list[tuple[Any, Any]]:
        """What the function's ``backward`` returns, checked."""
        if isinstance(g, Batched):
            return self._each(g)
        ctx, like = self.ctx, self.like
        given = [g.parts.get(i) for i in range(len(like))] if isinstance(g, Received) else [g]
        recorded = any(isinstance(part, Tensor) for part in given)
        tensors: list[Tensor | None] = []
        for part, (shape, dtype) in zip(given, like, strict=True):
            if part is None:
                tensors.append(Tensor.over(np.zeros(shape, dtype)) if ctx._fill else None)
            elif isinstance(part, Tensor):
                tensors.append(part)
            else:
                tensors.append(Tensor.over(np.array(np.broadcast_to(part, shape), dtype)))
        found = self.function.backward(ctx, *tensors)
        found = found if isinstance(found, tuple) else (found,)
        while len(found) > len(self.edges) and found[-1] is None:
            found = found[:-1]
        if len(found) != len(self.edges):
            raise GradientError(
                f"backward of {self.function.__name__} returns {len(found)} gradients for {len(self.edges)} arguments",
                code="AG202",
                hint="return one for each argument of forward, None where there is none",
                pytorch=f"function {self.name()} returned an incorrect number of gradients (expected "
                f"{len(self.edges)}, got {len(found)})",
            )
        passed = []
        for position, (edge, part) in enumerate(zip(self.edges, found, strict=True)):
            if edge is None or part is None:
                continue
            whole = part if isinstance(part, Tensor) else Tensor(part)
            if whole.shape != edge.shape:
                whole = self._fitted(whole, edge.shape, position)
            passed.append((edge, whole if recorded else whole.array.copy()))
        return passed

    def _each(self, batch: Batched) -> list[tuple[Any, Any]]:
        """What each of a batch of gradients passes on, in batches."""
        passed = [self.pull(batch.data[i], None) for i in range(len(batch.data))]
        return [
            (edge, Batched(np.stack([row[place][1] for row in passed]))) for place, (edge, _) in enumerate(passed[0])
        ]

    def _fitted(self, g: Tensor, shape: Sequence[int], position: int) -> Tensor:
        try:
            np.broadcast_shapes(g.array.shape, tuple(shape))
            fitted: Tensor = unbroadcast(g, tuple(shape), registry.op.add, position)
            return fitted
        except (AutogradError, ValueError):
            raise GradientError(
                f"backward of {self.function.__name__} gave argument {position + 1} a gradient of shape "
                f"{g.array.shape}, not {tuple(shape)}",
                code="AG202",
                pytorch=f"Function {self.name()} returned an invalid gradient at index {position} - got "
                f"{list(g.array.shape)} but expected shape compatible with {list(shape)}",
            ) from None

    def release(self) -> None:
        """Let go of the saved tensors."""
        if self.ctx._saved:
            self.ctx._saved, self.ctx._versions, self.ctx._freed = (), [], True

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{self.name()} object at {id(self):#x}>"


def one_of(node: Applied, position: int, shape: Shape) -> Custom:
    """The node of one of several results, which passes its gradient on under its number."""
    return Custom(node.name(), (node,), shape, lambda g, _wrap: [(node, Received({position: g}))])


class Function:
    """An operation of one's own: subclass it with static ``forward(ctx, *args)`` and ``backward(ctx, *gradients)``.

    ``apply(*args)`` runs it. Or ``forward(*args)`` with ``setup_context(ctx, inputs, output)``. ``backward`` returns a
    gradient for each argument, None where there is none.
    """

    forward: Any  # a static method of the subclass

    @staticmethod
    def backward(ctx: Context, *gradients: Any) -> Any:
        """The gradients of the arguments; raises NotImplementedError, as PyTorch, where a subclass has none."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD.\na Function needs a static method backward(ctx, *gradients)"
        )

    def __call__(self, *_args: Any) -> Any:
        """Refused: PyTorch no longer calls functions so."""
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)\ncall its apply(...)"
        )

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run ``forward``, and record it where an argument requires grad."""
        ctx = Context()
        ctx.needs_input_grad = tuple([isinstance(a, Tensor) and a.requires_grad for a in args])
        forward = cls.forward
        with no_grad():
            if hasattr(cls, "setup_context"):
                made = forward(*args)
                cls.setup_context(ctx, args, made)
            else:
                made = forward(ctx, *args)
        many = made if isinstance(made, tuple) else (made,)
        given = {id(a) for a in args} - ctx._dirty
        results = [Tensor.over(r.array) if id(r) in given else r for r in many]
        if mode.recording and any(ctx.needs_input_grad):
            edges = tuple(
                [(a._node or a) if wants else None for a, wants in zip(args, ctx.needs_input_grad, strict=True)]
            )
            like = [(r.array.shape, r.array.dtype) for r in results]
            shape = like[0][0] if len(results) == 1 else ()
            node = Applied(f"{cls.__name__}Backward", edges, shape)
            node.function, node.ctx, node.like = cls, ctx, like
            for position, result in enumerate(results):
                if id(many[position]) in ctx._without or result.array.dtype.kind != "f":
                    continue
                replace_history(result, node if len(results) == 1 else one_of(node, position, result.array.shape))
        return tuple(results) if isinstance(made, tuple) else results[0]
