"""Tensors with PyTorch's meaning: leaves, non-leaves, and the graph between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from weakref import ref

import numpy as np
import numpy.typing as npt
from numpy import asarray, ndarray

from autograd_core.engine.backward import run_backward
from autograd_core.engine.grad_mode import mode
from autograd_core.engine.lean import operator
from autograd_core.engine.node import ONE, Node, Single, numbers, recorded
from autograd_core.engine.operators import Operators
from autograd_core.engine.spend import keep_freed_memory
from autograd_core.errors import GradientError, ShapeError, ValueTextError
from autograd_core.ops import arithmetic
from autograd_core.ops.spec import OpSpec, Shape

Array = npt.NDArray[Any]
new = object.__new__
raised = arithmetic.pow_scalar
following = numbers.__next__


class Tensor(Operators):
    """An array that remembers how it was made.

    ``data`` is a NumPy array of the dtype NumPy gives it, or of ``dtype``: integers stay integers.
    Only floating point tensors can require grad. The meaning of every attribute is PyTorch's. Floating point warnings
    of NumPy are the caller's choice, as ever (``numpy.errstate``).

    Raises ValueTextError for data that is not numbers, GradientError when what is not floating should require grad.
    """

    __slots__ = ("data", "grad", "grad_fn", "_requires_grad", "__weakref__")

    op = None  # in the walk a tensor stands for a leaf
    data: Array
    grad: Tensor | None
    grad_fn: Node | None

    def __init__(self, data: Any, requires_grad: bool = False, dtype: npt.DTypeLike | None = None) -> None:
        if isinstance(data, Tensor):
            data = data.data
        array = np.array(data, dtype=dtype)
        if array.dtype.kind not in "fiub":
            raise ValueTextError(f"a tensor holds real numbers, not {array.dtype}")
        self.data = array
        self.grad = None
        self.grad_fn = None
        self._requires_grad = False
        if requires_grad:
            self.requires_grad = True

    @classmethod
    def over(cls, array: Array, requires_grad: bool = False) -> Tensor:
        """A leaf over an array that is not copied."""
        made: Tensor = new(cls)
        made.data = array
        made.grad = made.grad_fn = None
        made._requires_grad = False
        if requires_grad:
            made.requires_grad = True
        return made

    @classmethod
    def saved(cls, data: Array, edge: Node | Tensor) -> Tensor:
        """A tensor over ``data`` whose history is ``edge``."""
        if isinstance(edge, Tensor):
            return edge
        made = cls.__new__(cls)
        made.data, made.grad, made.grad_fn, made._requires_grad = data, None, edge, True
        return made

    @staticmethod
    def __apply_op__(op: OpSpec, operands: Sequence[Any], params: Mapping[str, Any]) -> Tensor:
        if op.single:
            return operands[0].__apply_one__(op, params)  # type: ignore[no-any-return]  # this type's, or of one above
        arrays: list[Any] = []
        edges: list[Any] = []
        wanted = constants = False
        for o in operands:
            if isinstance(o, Tensor):
                arrays.append(o.data)
                if o._requires_grad:
                    wanted = True
                    edges.append(o.grad_fn or o)
                else:
                    edges.append(None)
            elif hasattr(o, "__apply_op__"):  # a reading above this one: it applies the operation to tensors
                return o.__apply_op__(op, operands, params)  # type: ignore[no-any-return]  # of a kind not known here
            else:
                constants = True
                arrays.append(o)
                edges.append(None)
        data = op.forward(*arrays, **params)
        if type(data) is not ndarray:
            data = asarray(data)
        made: Tensor = new(Tensor)
        made.data = data
        made.grad = made.grad_fn = None
        made._requires_grad = False
        if wanted and mode.recording:
            if not op.passes:
                edges = [e if e is not None and op.rule(i) is not None else None for i, e in enumerate(edges)]
                wanted = any(e is not None for e in edges)
            if wanted:
                if constants:
                    arrays = [a if type(a) is ndarray else asarray(a, data.dtype) for a in arrays]
                made.grad_fn = recorded(op, params, tuple(edges), data, arrays)
                made._requires_grad = True
        return made

    def __apply_one__(self, op: OpSpec, params: Mapping[str, Any]) -> Tensor:
        return self._made(op, params, op.forward(self.data, **params))

    def _made(self, op: OpSpec, params: Mapping[str, Any], y: Any) -> Tensor:
        """The result ``y`` of an operation of this one operand, with its node."""
        a = self.data
        if type(y) is not ndarray:
            y = asarray(y)
        made: Tensor = new(Tensor)
        made.data = y
        made.grad = None
        if self._requires_grad and mode.recording:
            keep_y, (keep_a,) = op.saved.get(ONE) or op.keeps(ONE)
            node = Single()
            node.op = op
            node.number = following()
            node.shape = y.shape
            node.retained = None
            node.first = self.grad_fn or self
            node.params = params
            node.a = a if keep_a else None
            node.y = y if keep_y else None
            made.grad_fn = node
            made._requires_grad = True
        else:
            made.grad_fn = None
            made._requires_grad = False
        return made

    def constant(self, value: float) -> Tensor:
        """A scalar of the same dtype without history."""
        return Tensor(self.data.dtype.type(value))

    def __pow__(self, other: Any) -> Any:
        kind = type(other)
        if kind is int or kind is float:
            exponent = float(other)
            return self._made(raised, {"exponent": exponent}, raised.forward(self.data, exponent))
        return arithmetic.power(self, other)

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to or through this tensor; settable on leaves only."""
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
            )
        if value and self.data.dtype.kind != "f":
            raise GradientError(
                f"only floating point tensors can require grad; this one is {self.data.dtype}",
                code="AG206",
                hint="Tensor(data, requires_grad=True, dtype=float)",
            )
        if value:
            keep_freed_memory()
        self._requires_grad = bool(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set ``requires_grad`` and return the tensor itself."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this tensor."""
        return self.grad_fn is None

    @property
    def shape(self) -> Shape:
        """The shape of the data."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the data."""
        return self.data.dtype

    def detach(self) -> Tensor:
        """The same data without history; nothing flows through it."""
        return Tensor.over(self.data)

    def item(self) -> float:
        """The single number of a tensor with one element.

        Raises ShapeError for any other number of elements.
        """
        if self.data.size != 1:
            raise ShapeError(f"item() needs one element, the shape is {self.shape}", code="AG308")
        value: float = self.data.item()
        return value

    def numpy(self) -> Array:
        """The data as a NumPy array, not copied."""
        return self.data

    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf in ``grad`` during backward."""
        if not self._requires_grad:
            raise GradientError("retain_grad() needs a tensor that requires grad", code="AG203")
        if self.grad_fn is not None:
            self.grad_fn.retained = ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether a non-leaf keeps its gradient."""
        return self.grad_fn is not None and self.grad_fn.retained is not None

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradient, or with ``set_to_none=False`` fill it with zeros."""
        if set_to_none or self.grad is None:
            self.grad = None
        else:
            self.grad = Tensor(np.zeros_like(self.data))

    def zero_(self) -> Tensor:
        """Fill with zeros in place, also what shares the data, as ``x`` with ``x.detach()``; for ``x.grad.zero_()``."""
        if self._requires_grad and mode.recording:
            raise GradientError("an in-place operation would overwrite a tensor that requires grad", code="AG207")
        if self.data.flags.writeable:
            self.data.fill(0)
        else:
            self.data = np.zeros_like(self.data)
        return self

    def backward(self, gradient: Any = None, retain_graph: bool = False, create_graph: bool = False) -> None:
        """Add the vector-Jacobian product ``gradient @ J`` to the ``grad`` of every leaf.

        ``gradient`` is the v of v.J, in the shape of this tensor; a tensor with one element needs none.
        Raises GradientError where nothing requires grad, a needed gradient is missing, or the graph was freed, and
        ShapeError for a gradient of the wrong shape.
        """
        run_backward([self], [gradient], retain_graph or create_graph, create_graph)

    def __repr__(self) -> str:
        text = np.array2string(self.data, separator=", ", prefix="Tensor(")
        tail = f", grad_fn={self.grad_fn!r}" if self.grad_fn else ", requires_grad=True" if self._requires_grad else ""
        return f"Tensor({text}{tail})"


Tensor.__add__ = operator(arithmetic.add, Tensor)  # type: ignore[method-assign]  # shorter ways than the mixin's
Tensor.__sub__ = operator(arithmetic.sub, Tensor)  # type: ignore[method-assign]  # the same
Tensor.__mul__ = operator(arithmetic.mul, Tensor)  # type: ignore[method-assign]  # the same
Tensor.__truediv__ = operator(arithmetic.div, Tensor)  # type: ignore[method-assign]  # the same
