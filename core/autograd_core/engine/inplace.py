"""Changes in place: ``x += y``, ``x[i] = v``, ``x.mul_(y)``, and what they mean for the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.engine.backprop import expand_to, unbroadcast
from autograd_core.engine.dtypes import CATEGORY, short_name
from autograd_core.engine.grad_mode import mode
from autograd_core.engine.node import Custom, Node, change, made_by, numbers
from autograd_core.errors import GradientError, ShapeError
from autograd_core.ops import registry
from autograd_core.ops.spec import OpSpec

ops = registry.op


def identity(name: str, source: Any, array: Any) -> Any:
    """A tensor over ``array`` that passes its gradient on to ``source`` as it is."""
    made = type(source).over(array)
    if source.requires_grad and mode.recording and array.dtype.kind == "f":
        edge = source._node or source
        made._node = Custom(name, (edge,), array.shape, lambda g, _wrap: [(edge, g)])
        made._requires_grad = True
    return made


def copy_slices(
    name: str, before: Any, written: Any, shape: tuple[int, ...], take: OpSpec, params: Any, part: tuple[int, ...]
) -> Custom:
    """The node of a tensor of this shape of which a part was written over: ``t[key] = value``.

    ``before`` and ``written`` are where the tensor came from and what was written, of shape ``part``; ``take`` is the
    operation that takes the part, with its parameters.
    """

    def pull(g: Any, _wrap: Any) -> list[tuple[Any, Any]]:
        g = expand_to(g, shape)
        found = []
        if before is not None:
            outside = np.ones(shape, bool)
            if take is ops.index:
                outside[take.params[0].read(params["key"])] = 0
            else:
                take.forward(outside, **params)[...] = 0
            found.append((before, ops.where(outside, g, 0.0)))  # not a product: g may be infinite there
        if written is not None:
            found.append((written, unbroadcast(take(g, **params), part, take, 0)))
        return found

    return Custom(name, (before, written), shape, pull)


def write(target: Any, compute: Callable[[Any], Any], node: str = "ZeroBackward0") -> Any:
    """Replace the numbers of a tensor by those of ``compute(tensor)``, and its history by that of the result.

    Raises what ``has_history`` raises, and ShapeError for a result of another shape.
    """
    recording, requires_grad = mode.recording, has_history(target)
    before = target
    if recording:
        before = type(target).over(target.array.copy())
        before._node, before._requires_grad = target._node, requires_grad
    announce(target)
    made = compute(before)
    array = made.array if isinstance(made, type(target)) else np.asarray(made)
    store(target, Ellipsis, array)
    if recording and isinstance(made, type(target)) and made._requires_grad:
        replace_history(target, made._node)
    elif requires_grad:
        edge, shape = before._node, target.array.shape
        zeros = Custom(node, (edge,), shape, lambda g, _wrap: [(edge, ops.where(np.zeros(shape, bool), g, 0.0))])
        replace_history(target, zeros)
    return target


def has_history(target: Any, *, view: bool = False) -> bool:
    """Whether a tensor that is about to be changed requires grad, and this is recorded.

    Raises GradientError where it is then a leaf, or shares the numbers of one (which is said of a ``view``), and where
    several of its entries share one number, or the array cannot be written to.
    """
    recorded: bool = mode.recording and target.requires_grad
    root = target
    while root._node is not None and root._view is not None and root._view.base is not None:
        root = root._view.base
    if recorded and root._node is None and root._requires_grad:
        of = "a view of " if view or target._view is not None else ""
        raise GradientError(
            "an in-place operation would overwrite a tensor that requires grad",
            code="AG207",
            why="the numbers that the gradient is taken at would be gone",
            hint="with no_grad(): w -= 0.1 * w.grad",
            pytorch=f"{of}a leaf Variable that requires grad is being used in an in-place operation.",
        )
    if not target.array.flags.writeable:
        raise GradientError(
            "the numbers cannot be changed in place: several entries share one, or the array is read-only",
            code="AG207",
            hint="t.clone() first",
            pytorch="unsupported operation: more than one element of the written-to tensor refers to a single memory "
            "location. Please clone() the tensor before performing the operation.",
        )
    return recorded


def announce(target: Any) -> None:
    """Note that saved values over this array are about to change; what is written to ``.data`` is not noted."""
    view = target._view
    if view is None or view.base is not None:
        change(target.array, next(numbers))


def store(target: Any, key: Any, array: Any) -> None:
    """Write an array into that of a tensor.

    Raises ShapeError and TypeError for what does not fit.
    """
    held = target.array
    if CATEGORY[array.dtype.kind] > CATEGORY[held.dtype.kind] and not (held.dtype.kind != "b" and key is not Ellipsis):
        raise GradientError(
            f"{array.dtype} does not fit into {held.dtype} in place",
            code="AG206",
            pytorch=f"result type {short_name(array.dtype)} can't be cast to the desired output type "
            f"{short_name(held.dtype)}",
        )
    if key is Ellipsis and array.shape != held.shape and np.broadcast_shapes(array.shape, held.shape) != held.shape:
        raise ShapeError(
            f"the result has shape {array.shape}, the tensor {held.shape}",
            code="AG302",
            pytorch=f"output with shape {list(held.shape)} doesn't match the broadcast shape {list(array.shape)}",
        )
    held[key] = array


def replace_history(target: Any, node: Node | None) -> None:
    """Let a tensor, and what it is a view of, come from ``node``."""
    target._node, target._requires_grad = node, node is not None
    if node is not None:
        made_by(target.array, node.name())
    view = target._view
    if view is not None and view.base is not None:
        base = view.base
        before = (base._node or base) if base._requires_grad else None
        shapes = base.array.shape, target.array.shape
        replace_history(base, copy_slices("CopySlices", before, node, shapes[0], view.op, view.params, shapes[1]))
        view.node = base._node


def in_place(name: str, words: str = "") -> Callable[..., Any]:
    """A method that changes its tensor, as that of this name makes another: ``x.mul_(2)``, ``x *= 2``."""

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return write(self, lambda x: getattr(x, name)(*args, **kwargs))

    call.__doc__ = f"{words} Changes the tensor in place.".lstrip()
    return call


class InPlace:
    """Operators and methods that change a tensor in place, with PyTorch's errors."""

    __slots__ = ()

    __iadd__, __isub__, __imul__ = in_place("__add__"), in_place("__sub__"), in_place("__mul__")
    __itruediv__, __ipow__ = in_place("__truediv__"), in_place("__pow__")
    __ifloordiv__, __imod__ = in_place("__floordiv__"), in_place("__mod__")

    def zero_(self) -> Any:
        """Fill with zeros in place, as ``x.grad.zero_()``."""
        return write(self, lambda x: type(x).over(np.zeros_like(x.array)))

    def fill_(self, value: Any) -> Any:
        """Fill with one number in place."""
        number = getattr(value, "array", value)
        return write(self, lambda x: type(x).over(np.full(x.array.shape, number, x.array.dtype)), "FillBackward2")

    def copy_(self, source: Any) -> Any:
        """Take over the numbers of another tensor in place; gradients flow to it."""

        def copied(x: Any) -> Any:
            found = source if isinstance(source, type(x)) else type(x)(source)
            return identity("CopyBackwards", expand_to(found, x.array.shape), found.array.astype(x.array.dtype))

        return write(self, copied)

    def __getattr__(self, name: str) -> Any:
        """A method that changes its tensor as that of the same name makes another, ``x.mul_(2)``: made on first use."""
        other = getattr(self, name[:-1], None) if name.endswith("_") and not name.startswith("_") else None
        if not callable(other):
            return super().__getattr__(name)  # type: ignore[misc]  # of the operators, which stand behind
        setattr(InPlace, name, in_place(name[:-1], other.__doc__ or ""))
        return getattr(self, name)
