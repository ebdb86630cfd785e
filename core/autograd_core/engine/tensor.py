"""Tensors with PyTorch's meaning: leaves, results of operations, and the graph between them."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any
from weakref import ref

import numpy as np
from numpy import asarray, ndarray

from autograd_core.engine.backward import backward
from autograd_core.engine.dtypes import DType, Size, check_same_dtype, dtype_of, promoted, refused, short_name
from autograd_core.engine.grad_mode import mode
from autograd_core.engine.inplace import InPlace, identity
from autograd_core.engine.methods import Methods
from autograd_core.engine.node import Handle, Hooks, Node, recorded, version
from autograd_core.engine.operators import Operators
from autograd_core.engine.overloads import Overloads
from autograd_core.engine.positions import axis_of
from autograd_core.engine.printing import text
from autograd_core.errors import AutogradError, GradientError, ShapeError, ValueTextError
from autograd_core.ops import registry
from autograd_core.ops.spec import OpSpec

Array = np.ndarray[Any, np.dtype[Any]]
new = object.__new__
ops = registry.op


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
NOT_A_LEAF = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
    "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, "
    "use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the "
    "leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more informations."
)


class Tensor(Methods, InPlace, Overloads, Operators):
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
        wanted: list[bool] = []
        dtype: Any = None
        number = False
        for o in operands:
            if type(o) is Tensor or isinstance(o, Tensor):
                if o._view is not None:
                    o._refresh()
                array = o.array
                arrays.append(array)
                if dtype is None:
                    dtype, number = array.dtype, not array.ndim
                elif number and array.ndim:  # a number gives way to the dtype of arrays
                    dtype = array.dtype
                wants = o._requires_grad
                edges.append((o._node or o) if wants else None)
                wanted.append(wants)
            elif hasattr(o, "__apply_op__"):  # a value that stands above tensors: it applies the operation to them
                return o.__apply_op__(op, operands, params)  # type: ignore[no-any-return]  # of a kind not known here
            else:
                arrays.append(asarray(o) if isinstance(o, (list, tuple)) else o)
                edges.append(None)
                wanted.append(False)
        try:
            if not op.elementwise:
                op.shape(*[np.shape(a) for a in arrays], **params)
                if op.linear == "each":
                    check_same_dtype(op, operands)
            y = op.forward(*arrays, **params)
        except (ValueError, TypeError, AutogradError) as error:
            raise refused(op, arrays, params, error) from None
        if type(y) is not ndarray:
            y = asarray(y)
        if y.dtype is not dtype:
            kept = promoted(arrays, y.dtype)
            y = y if kept == y.dtype else y.astype(kept)
        made: Tensor = new(Tensor)
        made.array = y
        made._grad = made._node = made._view = made._hooks = None
        made._requires_grad = False
        if True in wanted and mode.recording:
            if not op.passes:
                wanted = [w and op.rule(i) is not None for i, w in enumerate(wanted)]
                edges = [e if w else None for e, w in zip(edges, wanted, strict=True)]
            if True in wanted:
                made._node = recorded(op, params, tuple(edges), tuple(wanted), y, arrays)
                made._requires_grad = True
        if len(arrays) == 1 and (y is (x := arrays[0]) or (y.base is not None and (y.base is x or y.base is x.base))):
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
        if view.node is not view.base._node is not None:
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
        if requires_grad and self.array.dtype.kind != "f":
            words = "only Tensors of floating point dtype can require gradients"
            raise GradientError("an integer has no gradient", code="AG206", hint="x.float()", pytorch=words)
        self.requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Any:
        """The gradient that backward passes have added up, None before the first; that of a result is not kept."""
        if self._grad is None and self._node is not None and not self.retains_grad:
            warnings.warn(NOT_A_LEAF, stacklevel=2)
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
                words = [short_name(t.array.dtype) for t in (value, self)]
                raise GradientError(
                    f"a gradient of {value.array.dtype} for a tensor of {self.array.dtype}",
                    code="AG206",
                    pytorch=f"attempting to assign a gradient with dtype '{words[0].lower()}' to a tensor with "
                    f"grad_dtype '{words[1]}'. The gradient must match the tensor's grad_dtype (defaults to the "
                    "tensor's dtype). You can set the tensor's grad_dtype attribute with a specific dtype, or None to "
                    "allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and its gradient "
                    "may break downstream systems that assume they match.",
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
    def _base(self) -> Tensor | None:
        """The tensor that owns the numbers of a view, None for one that is no view."""
        base = self._view.base if self._view is not None else None
        return base if base is None or base._base is None else base._base

    @property
    def _version(self) -> int:
        """How often the numbers were changed in place."""
        return version(self.array)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one axis."""
        return self.shape if dim is None else self.array.shape[axis_of(self, dim)]

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

    __hash__ = object.__hash__

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradient, or with ``set_to_none=False`` fill it with zeros."""
        if set_to_none or self._grad is None:
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
        backward([self], [gradient], retain_graph, create_graph, inputs)

    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf in ``grad`` during backward."""
        if not self.requires_grad:
            raise GradientError(
                "retain_grad() needs a tensor that requires grad",
                code="AG203",
                pytorch="can't retain_grad on Tensor that has requires_grad=False",
            )
        if self._node is not None:
            self._node.own_hooks().retained = ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether a non-leaf keeps its gradient."""
        node = self.grad_fn
        return node is not None and node.hooks is not None and node.hooks.retained is not None

    def register_hook(self, hook: Callable[[Any], Any]) -> Handle:
        """Call ``hook(gradient)`` when the gradient is known; a tensor it returns takes its place.

        The hook is taken away by the result's ``remove()``.
        """
        return Handle(self._own_hooks().before, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Any], Any]) -> Handle:
        """Call ``hook(tensor)`` when ``grad`` of this leaf has been added to."""
        if self.grad_fn is not None:
            raise GradientError("post accumulate grad hooks cannot be registered on non-leaf tensors", code="AG210")
        return Handle(self._own_hooks().after, hook)

    def _own_hooks(self) -> Hooks:
        if not self.requires_grad:
            raise GradientError(
                "to register a hook a tensor must require grad",
                code="AG203",
                pytorch="cannot register a hook on a tensor that doesn't require gradient",
            )
        if self._node is None:
            self._hooks = self._hooks or Hooks()
            return self._hooks
        return self._node.own_hooks()

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise GradientError(
                "a result of an operation has a history, which is not copied",
                code="AG210",
                hint="copy.deepcopy(t.detach())",
                pytorch="Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at "
                "the moment.  If you were attempting to deepcopy a module, this may be because of a "
                "torch.nn.utils.weight_norm usage, see https://github.com/pytorch/pytorch/pull/103001",
            )
        made = Tensor.over(self.array.copy(), requires_grad=self._requires_grad)
        memo[id(self)] = made
        made._grad = copy.deepcopy(self._grad, memo)
        return made

    def __reduce__(self) -> Any:
        return _unpickled, (self.array, self.requires_grad)  # the class may be called torch.Tensor, which pickle seeks

    def __repr__(self) -> str:
        return text(self)

    def __format__(self, spec: str) -> str:
        return format(self.array.item(), spec) if not self.array.ndim else object.__format__(self, spec)


def _unpickled(array: Array, requires_grad: bool) -> Tensor:
    return Tensor.over(array, requires_grad=requires_grad)


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


Node.tensor = Tensor
