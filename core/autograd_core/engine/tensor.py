"""Tensors with PyTorch's meaning: leaves, results of operations, and the graph between them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any
from weakref import ref

import numpy as np
from numpy import asarray, ndarray

from autograd_core.engine import versions
from autograd_core.engine.backward import run_backward
from autograd_core.engine.conversions import Conversions, kind_name
from autograd_core.engine.dtypes import DType, Size, dtype_of, promoted
from autograd_core.engine.grad_mode import mode
from autograd_core.engine.inplace import InPlace, identity
from autograd_core.engine.methods import Methods
from autograd_core.engine.node import Handle, Hooks, Node, recorded
from autograd_core.engine.operators import Operators
from autograd_core.engine.printing import text
from autograd_core.errors import AutogradError, AxisError, GradientError, ShapeError, ValueTextError
from autograd_core.ops import arithmetic, registry
from autograd_core.ops.indexing import index
from autograd_core.ops.spec import OpSpec, broadcast_shapes

Array = np.ndarray[Any, np.dtype[Any]]
new = object.__new__
ops = registry.op
REVERSED_SUB = replace(
    arithmetic.sub, forward=lambda a, b: np.subtract(b, a), vjps=arithmetic.sub.vjps[::-1], node="RsubBackward1"
)
"""``number - tensor``, which PyTorch records with the tensor first."""
SELECT = replace(
    index,
    forward=lambda x, key: index.forward(x, key=key if any(part is Ellipsis for part in key) else (*key, ...)),
)
"""``x[i]``, which shares its numbers with ``x`` also where it is a single one."""
UNBIND = replace(SELECT, node="UnbindBackward0")
"""What iteration over a tensor takes."""
POWER_OF_NUMBER = replace(arithmetic.pow_tensor, node="PowBackward2")


class View:
    """How a tensor that shares numbers was taken from another: ``op(base, **params)``.

    ``node`` is what had made the base then; where the base has been changed in place since, the history of the view is
    taken from it again. ``base`` is None for ``data``, whose changes are nobody's concern.
    """

    __slots__ = ("base", "node", "op", "params")

    def __init__(self, base: Tensor | None, op: OpSpec | None, params: Mapping[str, Any]) -> None:
        self.base = base
        self.op = op
        self.params = params
        self.node = None if base is None else base._node


DATA = View(None, None, {})


class Tensor(Methods, InPlace, Conversions, Operators):
    """An array that remembers how it was made; every attribute means what it means in PyTorch.

    ``array`` is the NumPy array that holds the numbers, of the dtype NumPy gives it, or of ``dtype``: integers stay
    integers. Only floating point tensors can require grad. Floating point warnings of NumPy are the caller's choice, as
    ever (``numpy.errstate``). Raises ValueTextError for data that is not numbers, GradientError when what is not
    floating should require grad.
    """

    __slots__ = ("__weakref__", "_grad", "_hooks", "_node", "_requires_grad", "_view", "array")

    op = None  # in the backward pass a tensor stands for a leaf
    array: Array
    _grad: Tensor | None
    _node: Node | None
    _view: View | None
    _hooks: Hooks | None
    _requires_grad: bool

    def __init__(self, data: Any, requires_grad: bool = False, dtype: Any = None) -> None:
        if isinstance(data, Tensor):
            data = data.array
        array = np.array(data, dtype=dtype)
        if array.dtype.kind not in "fiub":
            raise ValueTextError(f"a tensor holds real numbers, not {array.dtype}")
        self.array = array
        self._grad = self._node = self._view = self._hooks = None
        self._requires_grad = False
        if requires_grad:
            self.requires_grad = True

    @classmethod
    def over(cls, array: Array, requires_grad: bool = False) -> Tensor:
        """A leaf over an array that is not copied."""
        made: Tensor = new(cls)
        made.array = array
        made._grad = made._node = made._view = made._hooks = None
        made._requires_grad = False
        if requires_grad:
            made.requires_grad = True
        return made

    @classmethod
    def saved(cls, array: Array, edge: Node | Tensor) -> Tensor:
        """A tensor over ``array`` whose history is ``edge``."""
        if isinstance(edge, Tensor):
            return edge
        made = cls.over(array)
        made._node, made._requires_grad = edge, True
        return made

    @staticmethod
    def __apply_op__(op: OpSpec, operands: Sequence[Any], params: Mapping[str, Any]) -> Tensor:
        arrays: list[Any] = []
        edges: list[Any] = []
        wanted = False
        dtype: Any = None
        for o in operands:
            if isinstance(o, Tensor):
                if o._view is not None:
                    o._refresh()
                array = o.array
                arrays.append(array)
                dtype = dtype or array.dtype
                if o._requires_grad:
                    wanted = True
                    edges.append(o._node or o)
                else:
                    edges.append(None)
            elif hasattr(o, "__apply_op__"):  # a value that stands above tensors: it applies the operation to them
                return o.__apply_op__(op, operands, params)  # type: ignore[no-any-return]  # of a kind not known here
            else:
                arrays.append(asarray(o) if isinstance(o, (list, tuple)) else o)
                edges.append(None)
        if op.elementwise:
            try:
                y = op.forward(*arrays, **params)
            except (ValueError, TypeError):
                check_shapes(op, arrays, params)
                raise
        else:
            check_shapes(op, arrays, params)
            y = op.forward(*arrays, **params)
        if type(y) is not ndarray:
            y = asarray(y)
        if y.dtype is not dtype:
            kept = promoted(arrays, y.dtype)
            y = y if kept == y.dtype else y.astype(kept)
        made: Tensor = new(Tensor)
        made.array = y
        made._grad = made._node = made._view = made._hooks = None
        made._requires_grad = False
        if wanted and mode.recording:
            if not op.passes:
                edges = [e if e is not None and op.rule(i) is not None else None for i, e in enumerate(edges)]
                wanted = any(e is not None for e in edges)
            if wanted:
                made._node = recorded(op, params, tuple(edges), y, arrays)
                made._requires_grad = True
        if y.base is not None and len(arrays) == 1 and (y.base is arrays[0] or y.base is arrays[0].base):
            made._view = View(operands[0], op, params)
        return made

    def constant(self, value: float) -> Tensor:
        """A scalar of the same dtype without history."""
        return Tensor.over(asarray(value, self.array.dtype))

    def _refresh(self) -> None:
        """Take the history of a view again from a base that was changed in place."""
        view = self._view
        if view is None or view.base is None or view.op is None:
            return
        if view.base._view is not None:
            view.base._refresh()
        if view.node is not view.base._node:
            again = Tensor.__apply_op__(view.op, (view.base,), view.params)
            self._node, self._requires_grad = again._node, again._requires_grad
            view.node = view.base._node

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to or through this tensor; settable on leaves only."""
        if self._view is not None:
            self._refresh()
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if self.grad_fn is not None:
            if value:
                return
            raise GradientError(
                "requires_grad can be changed on leaves only; this tensor is the result of an operation",
                code="AG210",
                hint="use detach() for a copy without history",
                pytorch="you can only change requires_grad flags of leaf variables. If you want to use a computed "
                "variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().",
            )
        if value and self.array.dtype.kind != "f":
            raise GradientError(
                f"only floating point tensors can require grad; this one is {self.array.dtype}",
                code="AG206",
                hint="Tensor(data, requires_grad=True, dtype=float)",
                pytorch="only Tensors of floating point and complex dtype can require gradients",
            )
        if value:
            keep_freed_memory()
        self._requires_grad = bool(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set ``requires_grad`` and return the tensor itself."""
        self.requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Any:
        """The gradient that backward passes have added up, None before the first."""
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(
                    f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
                )
            if value.array.shape != self.array.shape:
                raise ShapeError(
                    f"a gradient of shape {value.array.shape} for a tensor of shape {self.array.shape}",
                    code="AG202",
                    pytorch=f"attempting to assign a gradient of size '{list(value.array.shape)}' to a tensor of size "
                    f"'{list(self.array.shape)}'. Please ensure that the gradient and the tensor are the same size",
                )
            if value.array.dtype != self.array.dtype:
                words = [kind_name(t.array.dtype)[6:-6] for t in (value, self)]
                raise GradientError(
                    f"a gradient of {value.array.dtype} for a tensor of {self.array.dtype}",
                    code="AG206",
                    pytorch=f"attempting to assign a gradient with dtype '{words[0].lower()}' to a tensor with "
                    f"grad_dtype '{words[1]}'. The gradient must match the tensor's grad_dtype (defaults to the "
                    "tensor's dtype).",
                )
        self._grad = value

    @property
    def grad_fn(self) -> Any:
        """The node of the operation that made the tensor, None for a leaf."""
        if self._view is not None:
            self._refresh()
        return self._node

    @property
    def is_leaf(self) -> bool:
        """Whether the tensor was not made by a recorded operation."""
        return self.grad_fn is None

    @property
    def data(self) -> Tensor:
        """The same numbers without history, in a tensor of its own; changes in place are seen in both."""
        made = Tensor.over(self.array)
        made._view = DATA
        return made

    @data.setter
    def data(self, value: Any) -> None:
        self.array = value.array if isinstance(value, Tensor) else asarray(value)

    @property
    def shape(self) -> Size:
        """The lengths of the axes."""
        return Size(self.array.shape)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim

    @property
    def dtype(self) -> DType:
        """The kind of numbers."""
        return dtype_of(self.array.dtype)

    @property
    def _version(self) -> int:
        """How often the numbers were changed in place."""
        return versions.version(self.array)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one axis."""
        return self.shape if dim is None else self.array.shape[dim]

    def dim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim

    def numel(self) -> int:
        """The number of entries."""
        return self.array.size

    nelement = numel

    def detach(self) -> Tensor:
        """The same numbers without history; nothing flows through it."""
        return Tensor.over(self.array)

    def clone(self) -> Tensor:
        """A copy through which gradients flow."""
        return identity("CloneBackward0", self, self.array.copy())  # type: ignore[no-any-return]  # of this type

    def __len__(self) -> int:
        if not self.array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self.array)

    def __iter__(self) -> Any:
        if not self.array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter([Tensor.__apply_op__(UNBIND, (self,), {"key": (i,)}) for i in range(len(self.array))])

    def __contains__(self, value: Any) -> bool:
        return bool((self.array == (value.array if isinstance(value, Tensor) else value)).any())

    def __getitem__(self, key: Any) -> Any:
        return Tensor.__apply_op__(SELECT, (self,), {"key": index_of(key)})

    _index_of = staticmethod(lambda key: index_of(key))

    def __radd__(self, other: Any) -> Any:
        return Tensor.__apply_op__(arithmetic.add, (self, other), {})

    def __rmul__(self, other: Any) -> Any:
        return Tensor.__apply_op__(arithmetic.mul, (self, other), {})

    def __rsub__(self, other: Any) -> Any:
        return Tensor.__apply_op__(REVERSED_SUB, (self, other), {})

    def __rpow__(self, other: Any) -> Any:
        return Tensor.__apply_op__(POWER_OF_NUMBER, (other, self), {})

    def __rtruediv__(self, other: Any) -> Any:
        return ops.reciprocal(self) * other

    def __lt__(self, other: Any) -> Any:
        return compared(np.less, self, other)

    def __le__(self, other: Any) -> Any:
        return compared(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Any:
        return compared(np.greater, self, other)

    def __ge__(self, other: Any) -> Any:
        return compared(np.greater_equal, self, other)

    def __eq__(self, other: Any) -> Any:
        return compared(np.equal, self, other)

    def __ne__(self, other: Any) -> Any:
        return compared(np.not_equal, self, other)

    def __invert__(self) -> Tensor:
        return Tensor.over(~self.array)

    def __and__(self, other: Any) -> Tensor:
        return Tensor.over(self.array & getattr(other, "array", other))

    def __or__(self, other: Any) -> Tensor:
        return Tensor.over(self.array | getattr(other, "array", other))

    def __xor__(self, other: Any) -> Tensor:
        return Tensor.over(self.array ^ getattr(other, "array", other))

    __hash__ = object.__hash__

    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf in ``grad`` during backward."""
        if not self.requires_grad:
            raise GradientError(
                "retain_grad() needs a tensor that requires grad",
                code="AG203",
                pytorch="can't retain_grad on Tensor that has requires_grad=False",
            )
        if self._node is not None:
            self._node.hooks = self._node.hooks or Hooks()
            self._node.hooks.retained = ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether a non-leaf keeps its gradient."""
        node = self.grad_fn
        return node is not None and node.hooks is not None and node.hooks.retained is not None

    def register_hook(self, hook: Callable[[Any], Any]) -> Handle:
        """Call ``hook(gradient)`` when the gradient is known; a tensor it returns takes its place.

        The hook is taken away by the result's ``remove()``.
        """
        return self._hooks_for("register a hook").add(hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Any], Any]) -> Handle:
        """Call ``hook(tensor)`` when ``grad`` of this leaf has been added to."""
        if self.grad_fn is not None:
            raise GradientError("post accumulate grad hooks cannot be registered on non-leaf tensors", code="AG210")
        return self._hooks_for("register a hook").add(hook, after=True)

    def _hooks_for(self, what: str) -> Hooks:
        if not self.requires_grad:
            raise GradientError(
                f"to {what} a tensor must require grad",
                code="AG203",
                pytorch=f"cannot {what} on a tensor that doesn't require gradient",
            )
        if self._node is None:
            self._hooks = self._hooks or Hooks()
            return self._hooks
        self._node.hooks = self._node.hooks or Hooks()
        return self._node.hooks

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradient, or with ``set_to_none=False`` fill it with zeros."""
        if set_to_none or self.grad is None:
            self.grad = None
        else:
            self.grad = Tensor(np.zeros_like(self.array))

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the vector-Jacobian product ``gradient @ J`` to the ``grad`` of every leaf, or of ``inputs`` alone.

        ``gradient`` is the v of v.J, in the shape of this tensor; a tensor with one element needs none.
        Raises GradientError where nothing requires grad, a needed gradient is missing, or the graph was freed, and
        ShapeError for a gradient of the wrong shape.
        """
        if inputs is not None:
            inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
            if not inputs:
                raise GradientError(
                    "inputs is empty", code="AG203", pytorch="'inputs' argument to backward() cannot be empty."
                )
        keep = create_graph if retain_graph is None else retain_graph
        run_backward([self], [gradient], keep, create_graph, inputs=inputs)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise GradientError(
                "a result of an operation has a history, which is not copied",
                code="AG210",
                hint="copy.deepcopy(t.detach())",
                pytorch="Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at "
                "the moment.",
            )
        made = Tensor.over(self.array.copy(), requires_grad=self._requires_grad)
        memo[id(self)] = made
        made._grad = copy.deepcopy(self._grad, memo)
        return made

    def __reduce__(self) -> Any:
        return _unpickled, (self.array, self._requires_grad and self.is_leaf)

    def __repr__(self) -> str:
        return text(self)

    def __format__(self, spec: str) -> str:
        return format(self.array.item(), spec) if not self.array.ndim else object.__format__(self, spec)


def _unpickled(array: Array, requires_grad: bool) -> Tensor:
    return Tensor.over(array, requires_grad=requires_grad)


def compared(compare: Any, a: Tensor, b: Any) -> Any:
    """Booleans, entry by entry; what compares with a tensor is a tensor, an array or a number."""
    if not isinstance(b, (Tensor, ndarray, np.generic, int, float, list, tuple)):
        return NotImplemented
    other = b.array if isinstance(b, Tensor) else b
    try:
        return Tensor.over(asarray(compare(a.array, other)))
    except ValueError:
        shapes = [a.array.shape, np.shape(other)]
        raise ShapeError(
            f"the shapes {shapes[0]} and {shapes[1]} do not fit", code="AG302", pytorch=mismatch(shapes)
        ) from None


def check_shapes(op: OpSpec, arrays: Sequence[Any], params: Mapping[str, Any]) -> None:
    """Raise ShapeError where an operation does not take operands of these shapes."""
    shapes = [np.shape(a) for a in arrays]
    try:
        op.shape(*shapes, **params)
    except AutogradError as error:
        names = [f"operand {i + 1} {shape}" for i, shape in enumerate(shapes)]
        if op.elementwise and error.pytorch is None:
            error.pytorch = mismatch(shapes)
        raise error.naming(names, [chr(ord("a") + i) for i in range(len(names))]) from None


def mismatch(shapes: Sequence[tuple[int, ...]]) -> str | None:
    """What PyTorch says of two shapes that do not broadcast."""
    for first, second in pairwise(shapes):
        try:
            broadcast_shapes(first, second)
        except ShapeError:
            ndim = max(len(first), len(second))
            a, b = [(1,) * (ndim - len(s)) + tuple(s) for s in (first, second)]
            axis = max(i for i in range(ndim) if a[i] != b[i] and 1 not in (a[i], b[i]))
            return (
                f"The size of tensor a ({a[axis]}) must match the size of tensor b ({b[axis]}) at non-singleton "
                f"dimension {axis}"
            )
    return None


def index_of(key: Any) -> tuple[Any, ...]:
    """What stands between the brackets, with arrays in the place of tensors and lists, and positions of masks."""
    parts: list[Any] = []
    for part in key if isinstance(key, tuple) else (key,):
        array = part.array if isinstance(part, Tensor) else asarray(part) if isinstance(part, list) else part
        if not isinstance(array, ndarray):
            parts += index.params[0].read(array)
        elif array.dtype.kind == "b" and array.ndim:
            parts += array.nonzero()
        elif array.ndim == 0 and array.dtype.kind in "iu":
            parts.append(int(array))
        elif array.dtype.kind in "iu" or array.size == 0:
            parts.append(array.astype(np.intp))
        else:
            raise AxisError(
                f"positions are integers or a mask, not {array.dtype}",
                code="AG305",
                pytorch="tensors used as indices must be long, int, byte or bool tensors",
            )
    return tuple(parts)


@cache
def keep_freed_memory() -> None:
    """Let the C library keep what arrays leave for the next ones, once in a process.

    glibc returns freed blocks above a threshold to the system, which clears every page again when it is next touched.
    The threshold rises to the size of the largest such block that was freed, up to 32 MiB, and what is kept at most to
    twice that (mallopt(3), M_MMAP_THRESHOLD). So a block of that size is made and freed, untouched. Elsewhere it costs
    a system call.
    """
    with suppress(MemoryError):
        np.empty((32 << 20) - 8192, np.uint8)
