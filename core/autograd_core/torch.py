"""PyTorch's names over the engine, for lessons: ``from autograd_core import torch`` in place of ``import torch``.

Tensors are the engine's own. Importing this makes float32 the dtype of numbers with a point and of what integers
become, and turns NumPy's floating point warnings off, both as in PyTorch. Names are generated from the registry of
operations; what PyTorch means otherwise is in ``engine.methods``. ``nn.Module``, ``optim``, devices and complex numbers
are left out.
"""

from __future__ import annotations

import builtins
import contextlib
import math
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from autograd_core import functional as _derivatives
from autograd_core.engine import methods as _methods
from autograd_core.engine import random as _random
from autograd_core.engine.backward import run_backward as _run_backward
from autograd_core.engine.dtypes import Size as Size
from autograd_core.engine.dtypes import default as _default
from autograd_core.engine.dtypes import dtype_of, set_default_dtype
from autograd_core.engine.dtypes import get_default_dtype as get_default_dtype
from autograd_core.engine.function import Function as _Function
from autograd_core.engine.grad_mode import enable_grad, no_grad, set_grad_enabled
from autograd_core.engine.grad_mode import is_grad_enabled as is_grad_enabled
from autograd_core.engine.printing import set_printoptions as set_printoptions
from autograd_core.engine.random import Generator
from autograd_core.engine.tensor import Tensor as _Tensor
from autograd_core.errors import GradientError, ValueTextError
from autograd_core.ops import find as _find
from autograd_core.ops.registry import op as _op

__version__ = "2.13.0"
pi, e, inf, nan = math.pi, math.e, math.inf, math.nan
float64 = double = dtype_of(np.float64)
float32 = dtype_of(np.float32)
float16 = half = dtype_of(np.float16)
int64 = long = dtype_of(np.int64)
int32 = dtype_of(np.int32)
int16 = short = dtype_of(np.int16)
int8 = dtype_of(np.int8)
uint8 = dtype_of(np.uint8)
bool = dtype_of(np.bool_)
float = float32
int = int32
set_default_dtype(np.float32)
np.seterr(all="ignore")


def tensor(data: Any, *, dtype: Any = None, requires_grad: builtins.bool = False, device: Any = None) -> _Tensor:
    """A tensor of numbers, nested lists or an array, copied; numbers with a point take the default dtype."""
    plain = data.array if isinstance(data, _Tensor) else data
    if dtype is None and not isinstance(plain, (np.ndarray, np.generic)):
        found = _array(plain)
        dtype = _default.dtype if found.dtype.kind == "f" else None
        plain = found
    try:
        made = _Tensor(plain, dtype=dtype)
    except (TypeError, ValueTextError):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'") from None
    if requires_grad and made.array.dtype.kind != "f":
        raise GradientError(
            f"only floating point tensors can require grad; this one is {made.array.dtype}",
            code="AG206",
            hint="write 1.0 in place of 1, or dtype=torch.float",
            pytorch="Only Tensors of floating point and complex dtype can require gradients",
        )
    return made.requires_grad_(requires_grad)


def _array(data: Any) -> Any:
    """Nested lists as an array; tensors among them as their numbers."""
    if isinstance(data, (list, tuple)):
        parts = [_array(part) for part in data]
        if not parts:
            return np.zeros(0)
        for part in parts[1:]:
            if np.shape(part) != np.shape(parts[0]):
                raise ValueError(
                    f"expected sequence of length {(np.shape(parts[0]) or (0,))[0]} at dim 1 (got "
                    f"{(np.shape(part) or (0,))[0]})"
                )
        return np.array(parts)
    return np.asarray(data.array if isinstance(data, _Tensor) else data)


def as_tensor(data: Any, dtype: Any = None) -> _Tensor:
    """A tensor over the same numbers where that is possible."""
    if isinstance(data, _Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray) and dtype in (None, data.dtype):
        return _Tensor.over(data)
    return tensor(data, dtype=dtype)


def from_numpy(ndarray: Any) -> _Tensor:
    """A tensor over an array, whose numbers it shares."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    return _Tensor.over(ndarray)


class _Kind(type):
    """The old constructors: ``torch.Tensor([1, 2])`` takes the default dtype, ``torch.Tensor(2, 3)`` a shape."""

    scalar: Any

    def __call__(cls, *data: Any) -> Any:
        dtype = cls.scalar or _default.dtype
        if not data or builtins.all(isinstance(n, builtins.int) for n in data):
            return _Tensor.over(np.zeros(data if data else (0,), dtype))
        return _Tensor.over(np.array(_array(data[0])).astype(dtype))

    def __instancecheck__(cls, instance: Any) -> builtins.bool:
        return isinstance(instance, _Tensor) and cls.scalar in (None, instance.array.dtype.type)


def _kind(name: str, scalar: Any) -> Any:
    return _Kind(name, (), {"scalar": scalar, "__doc__": "A constructor of tensors of one dtype."})


Tensor = _kind("Tensor", None)
FloatTensor, DoubleTensor = _kind("FloatTensor", np.float32), _kind("DoubleTensor", np.float64)
LongTensor, IntTensor = _kind("LongTensor", np.int64), _kind("IntTensor", np.int32)
BoolTensor = _kind("BoolTensor", np.bool_)


def _creator(make: Callable[..., Any], integers: builtins.bool = False) -> Callable[..., _Tensor]:
    """A function that makes a tensor of a shape, given in one argument or in several."""

    def create(
        *size: Any, dtype: Any = None, requires_grad: builtins.bool = False, device: Any = None, **rest: Any
    ) -> _Tensor:
        rest.pop("device", None)
        size = size or (rest.pop("size"),)
        shape = tuple(size[0]) if len(size) == 1 and isinstance(size[0], (list, tuple)) else size
        kind = np.dtype(dtype) if dtype is not None else np.dtype(np.int64) if integers else _default.dtype
        return _Tensor.over(np.asarray(make(shape, kind, **rest), dtype=kind)).requires_grad_(requires_grad)

    return create


def _drawn(draw: str) -> Callable[..., Any]:
    def make(shape: Sequence[builtins.int], dtype: Any, generator: Generator | None = None) -> Any:
        return getattr(generator or _random.shared, draw)(math.prod(shape), dtype).reshape(shape)

    return make


zeros, ones = _creator(np.zeros), _creator(np.ones)
empty = zeros
rand, randn = _creator(_drawn("uniform")), _creator(_drawn("normal"))
eye = _creator(lambda shape, dtype: np.eye(*shape, dtype=dtype))
randperm = _creator(lambda n, _, generator=None: (generator or _random.shared).permutation(n[0]), integers=True)


def randint(
    *args: Any, generator: Generator | None = None, dtype: Any = np.int64, requires_grad: builtins.bool = False
) -> _Tensor:
    """Random integers: ``randint(high, size)`` or ``randint(low, high, size)``."""
    low, high, size = args if len(args) == 3 else (0, *args)
    return _Tensor.over(_random.integers(low, high, size, generator).astype(dtype))


def manual_seed(seed: builtins.int) -> Generator:
    """Start the random numbers again from a seed."""
    return _random.shared.manual_seed(seed)


def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: builtins.bool = False) -> _Tensor:
    """A tensor of one number."""
    made = tensor(fill_value, dtype=dtype)
    return _Tensor.over(np.full(size, made.array, made.array.dtype)).requires_grad_(requires_grad)


def arange(*args: Any, dtype: Any = None, requires_grad: builtins.bool = False, **named: Any) -> _Tensor:
    """The numbers from ``start`` up to ``end`` by ``step``: integers where all are."""
    given = [*args, *[named[n] for n in ("start", "end", "step") if n in named]]
    given = [a.item() if isinstance(a, _Tensor) else a for a in given]
    kind = dtype or (np.int64 if builtins.all(isinstance(a, builtins.int) for a in given) else _default.dtype)
    return _Tensor.over(np.arange(*given).astype(kind)).requires_grad_(requires_grad)


def linspace(
    start: Any, end: Any, steps: builtins.int, *, dtype: Any = None, requires_grad: builtins.bool = False
) -> _Tensor:
    """So many numbers from ``start`` to ``end``, at equal distances."""
    return _Tensor.over(np.linspace(start, end, steps, dtype=dtype or _default.dtype)).requires_grad_(requires_grad)


def _like(make: Callable[..., Any]) -> Callable[..., _Tensor]:
    def create(input: _Tensor, *, dtype: Any = None, requires_grad: builtins.bool = False, **rest: Any) -> _Tensor:
        kind = np.dtype(dtype or input.array.dtype)
        return _Tensor.over(np.asarray(make(input.array.shape, kind, **rest), dtype=kind)).requires_grad_(requires_grad)

    return create


zeros_like, ones_like, empty_like = _like(np.zeros), _like(np.ones), _like(np.zeros)
rand_like, randn_like = _like(_drawn("uniform")), _like(_drawn("normal"))


def full_like(input: _Tensor, fill_value: Any, *, requires_grad: builtins.bool = False) -> _Tensor:
    """A tensor of the same shape and dtype, of one number."""
    return _Tensor.over(np.full_like(input.array, fill_value)).requires_grad_(requires_grad)


def is_tensor(obj: Any) -> builtins.bool:
    """Whether something is a tensor."""
    return isinstance(obj, _Tensor)


def where(condition: _Tensor, input: Any = None, other: Any = None) -> Any:
    """Entries of ``input`` where the condition holds, else of ``other``; alone, the positions where it holds."""
    if input is None:
        return tuple([_Tensor.over(axis) for axis in condition.array.nonzero()])
    return _op.where(condition, input, other)


def numel(input: _Tensor) -> builtins.int:
    """The number of entries."""
    return input.array.size


def _function(name: str) -> Any:
    """The function of this name: what PyTorch means otherwise, comparisons as booleans, else that of the language."""
    if name in _methods.FUNCTIONS:
        return getattr(_Tensor, name)
    found = None if name.startswith("__") else _find(name)
    return getattr(_Tensor, f"__{found.aliases[0]}__") if found is not None and found.group == "comparison" else found


def __getattr__(name: str) -> Any:
    """A function of the language, made when it is first asked for."""
    found = _function(name)
    if found is None:
        raise AttributeError(f"module 'torch' has no attribute {name!r}")
    globals()[name] = found
    return found


def _space(name: str, doc: str, **names: Any) -> ModuleType:
    """A module within this one, as ``torch.nn.functional``."""
    made = ModuleType(f"{__name__}.{name}", doc)
    made.__dict__.update({"__getattr__": __getattr__, **names})
    sys.modules[made.__name__] = made
    return made


def one_hot(tensor: _Tensor, num_classes: builtins.int = -1) -> _Tensor:
    """A row of zeros with a one at each label, as integers."""
    count = builtins.int(tensor.array.max()) + 1 if num_classes == -1 else num_classes
    return _Tensor.over(np.eye(count, dtype=np.int64)[tensor.array])


def _backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: Any = None,
    create_graph: builtins.bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradients of several results to the ``grad`` of the leaves."""
    many = [tensors] if isinstance(tensors, _Tensor) else list(tensors)
    given = [grad_tensors] if isinstance(grad_tensors, _Tensor) else grad_tensors or [None] * len(many)
    wanted = [inputs] if isinstance(inputs, _Tensor) else inputs
    _run_backward(many, given, create_graph if retain_graph is None else retain_graph, create_graph, inputs=wanted)


def _whole(name: str) -> Callable[..., Any]:
    """A derivative of a function at inputs, ``jacobian(func, inputs)``: a tensor for one, tuples for several."""

    def at(func: Callable[..., Any], inputs: Any, create_graph: builtins.bool = False, **_: Any) -> Any:
        derive = getattr(_derivatives, name)
        if isinstance(inputs, _Tensor):
            return derive(func)(inputs if create_graph else inputs.detach())
        given = tuple(inputs) if create_graph else tuple([x.detach() for x in inputs])
        return derive(func, tuple(range(len(given))))(*given)

    return at


def _product(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    *,
    forward: builtins.bool = False,
    twice: builtins.bool = False,
) -> Any:
    """The value, and the product of its Jacobian (or Hessian) with ``v``."""
    given = [x.detach() for x in ([inputs] if isinstance(inputs, _Tensor) else inputs)]
    along = [v] if isinstance(v, _Tensor) else v
    if forward or twice:
        run = _derivatives.hvp if twice else _derivatives.jvp
        return run(func, given, along)
    value, pull = _derivatives.vjp(func, *given)
    return value, pull(ones_like(value) if v is None else v)


_functional = _space("nn.functional", "Functions of layers and losses.", one_hot=one_hot)
nn = _space("nn", "Functions of layers and losses; modules are left out.", functional=_functional)
linalg = _space("linalg", "Linear algebra.", norm=_methods.norm)
special = _space("special", "Special functions.")


def _late(name: str) -> Callable[..., Any]:
    """A derivative that is loaded when it is first asked for."""
    return lambda *args, **named: getattr(_derivatives, name)(*args, **named)


func = _space(
    "func", "Derivatives as functions.", grad=_late("grad"), grad_and_value=_late("grad_and_value"),
    jacrev=_late("jacobian"), jacfwd=_late("jacobian"), hessian=_late("hessian"), vjp=_late("vjp"), jvp=_late("jvp"),
)  # fmt: skip
autograd = _space(
    "autograd", "Gradients.", grad=_late("grad"), backward=_backward, Function=_Function,
    gradcheck=_late("gradcheck"),
    Variable=_Tensor.requires_grad_, no_grad=no_grad, enable_grad=enable_grad, set_grad_enabled=set_grad_enabled,
    set_detect_anomaly=lambda *_, **__: contextlib.nullcontext(), detect_anomaly=lambda **_: contextlib.nullcontext(),
    functional=_space(
        "autograd.functional", "Derivatives of functions at inputs.",
        jacobian=_whole("jacobian"), hessian=_whole("hessian"), vjp=_product,
        jvp=lambda func, inputs, v, **_: _product(func, inputs, v, forward=True),
        hvp=lambda func, inputs, v, **_: _product(func, inputs, v, twice=True),
    ),
)  # fmt: skip
