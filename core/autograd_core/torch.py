"""PyTorch's names over the engine, for lessons: ``from autograd_core import torch`` in place of ``import torch``.

Tensors are the engine's own. Importing this makes float32 the dtype of numbers with a point and of what integers
become, and turns NumPy's floating point warnings off, both as in PyTorch. Functions come from the registry of
operations, when they are first asked for; what PyTorch means otherwise is in ``engine.methods``. ``nn.Module`` and
``optim``, other devices than the processor and complex numbers are left out, and say so.
"""

from __future__ import annotations

import builtins
import math
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from autograd_core.engine import creation as _creation
from autograd_core.engine import grad_mode as _grad_mode
from autograd_core.engine import methods as _methods
from autograd_core.engine.backward import backward as _backward
from autograd_core.engine.creation import *  # noqa: F403 - every name there is one of PyTorch's
from autograd_core.engine.dtypes import Device as _Device
from autograd_core.engine.dtypes import Size as Size
from autograd_core.engine.dtypes import dtype_of, set_default_dtype
from autograd_core.engine.dtypes import get_default_dtype as get_default_dtype
from autograd_core.engine.dtypes import short_name as _short_name
from autograd_core.engine.function import Function as _Function
from autograd_core.engine.grad_mode import enable_grad, no_grad, set_detect_anomaly, set_grad_enabled
from autograd_core.engine.grad_mode import is_grad_enabled as is_grad_enabled
from autograd_core.engine.printing import set_printoptions as set_printoptions
from autograd_core.engine.random import Generator as Generator
from autograd_core.engine.tensor import Tensor as _Tensor
from autograd_core.errors import GradientError
from autograd_core.ops import find as _find
from autograd_core.ops.registry import op as _op

__version__ = "2.13.0"
pi, e, inf, nan = math.pi, math.e, math.inf, math.nan
float64 = double = dtype_of(np.float64)
float32 = float = dtype_of(np.float32)
float16 = half = dtype_of(np.float16)
int64 = long = dtype_of(np.int64)
int32 = int = dtype_of(np.int32)
int16 = short = dtype_of(np.int16)
int8, uint8, bool = dtype_of(np.int8), dtype_of(np.uint8), dtype_of(np.bool_)
set_default_dtype(np.float32)
np.seterr(all="ignore")
_Tensor.__module__ = "torch"  # type(x) prints <class 'torch.Tensor'>

Tensor, FloatTensor = _creation.constructor("Tensor", None), _creation.constructor("FloatTensor", np.float32)
DoubleTensor, LongTensor = (
    _creation.constructor("DoubleTensor", np.float64),
    _creation.constructor("LongTensor", np.int64),
)
IntTensor, BoolTensor = _creation.constructor("IntTensor", np.int32), _creation.constructor("BoolTensor", np.bool_)
device = _Device
finfo = iinfo = _creation.limits_of
inference_mode = no_grad

_LEFT_OUT = {
    "autograd_core.torch.nn": "nn.Module and layers that are objects are left out here: write functions of "
    "torch.nn.functional, with tensors with requires_grad=True as parameters",
    "autograd_core.torch.optim": "optim is left out here: write the step, with torch.no_grad(): w -= 0.1 * w.grad",
}


def _lookup(module: str) -> Callable[[str], Any]:
    """What a module of this name answers for a name that is not in it: a function of the language."""

    def look(name: str) -> Any:
        if name in _methods.FUNCTIONS:
            return _with_out(getattr(_Tensor, name))
        found = None if name.startswith("_") else _find(name.removesuffix("_"))
        if found is None:
            words = f"module {module.removeprefix('autograd_core.')!r} has no attribute {name!r}"
            raise AttributeError(f"{words}\n{_LEFT_OUT[module]}" if module in _LEFT_OUT else words)
        if name.endswith("_"):
            return lambda input, *args, **named: getattr(input, name)(*args, **named)
        if found.group == "comparison":
            return getattr(_Tensor, f"__{found.aliases[0]}__")

        @_with_out
        def call(*args: Any, **named: Any) -> Any:
            if (
                args
                and isinstance(args[0], _NUMBERS if found.variadic else (*_NUMBERS, list))
                and not builtins.any(isinstance(a, _Tensor) for a in (*args, *named.values()))
            ):
                kind = type(args[0]).__name__
                raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {kind}")
            made = found(*args, **named)
            if found.remark is not None and found.remark(*[a.array.shape for a in args[:2]]):
                sizes = [Size(a.array.shape) for a in args[:2]]
                warnings.warn(
                    f"Using a target size ({sizes[1]}) that is different to the input size ({sizes[0]}). This will "
                    "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
                    stacklevel=3,
                )
            return made

        call.__name__, call.__doc__ = name, found.doc
        sys.modules[module].__dict__[name] = call
        return call

    return look


def _with_out(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with an argument ``out``, a tensor that its result is written into."""

    def call(*args: Any, out: _Tensor | None = None, **named: Any) -> Any:
        made = function(*args, **named)
        return made if out is None else out.copy_(made.detach())

    return call


_NUMBERS = (builtins.int, builtins.float, np.ndarray)
__getattr__ = _lookup(__name__)


def where(condition: _Tensor, input: Any = None, other: Any = None) -> Any:
    """Entries of ``input`` where the condition holds, else of ``other``; alone, the positions where it holds."""
    if input is None:
        return tuple([_Tensor.over(axis) for axis in condition.array.nonzero()])
    if isinstance(condition, _Tensor) and condition.array.dtype != np.bool_:
        short = _short_name(condition.array.dtype)
        words = f"where expected condition to be a boolean tensor, but got a tensor with dtype {short}"
        raise GradientError("a condition holds or does not", code="AG206", hint="x > 0", pytorch=words)
    return _op.where(condition, input, other)


def is_tensor(obj: Any) -> builtins.bool:
    """Whether something is a tensor."""
    return isinstance(obj, _Tensor)


def numel(input: _Tensor) -> builtins.int:
    """The number of entries."""
    return input.array.size


def _space(name: str, doc: str, **names: Any) -> ModuleType:
    """A module within this one, as ``torch.nn.functional``."""
    made = ModuleType(f"{__name__}.{name}", doc)
    made.__dict__.update({"__getattr__": _lookup(made.__name__), **names})
    sys.modules[made.__name__] = made
    return made


def _late(name: str, module: str = "functional") -> Callable[..., Any]:
    """A derivative that is loaded when it is first asked for."""
    return lambda *args, **named: getattr(import_module(f"autograd_core.{module}"), name)(*args, **named)


def _batch_norm(
    input: _Tensor, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None, training: Any = False,
    momentum: Any = 0.1, eps: Any = 1e-5,
) -> Any:  # fmt: skip
    """Each channel to mean 0 and variance 1, by the averages of the batch or by those that are given."""
    if training and running_mean is not None:
        raise GradientError("running averages are not kept here: give None, None in their places")
    if training:
        return _op.batch_norm(input, weight, bias, eps=eps)
    shape = (1, -1, *[1] * (input.array.ndim - 2))
    mean, var, weight, bias = [t if t is None else t.view(shape) for t in (running_mean, running_var, weight, bias)]
    found = (input - mean) * (var + eps).rsqrt()
    found = found if weight is None else found * weight
    return found if bias is None else found + bias


def _of_classes(name: str) -> Callable[..., Any]:
    """``cross_entropy`` and ``nll_loss``, whose classes are integers, and -100 stands for none."""

    def call(input: _Tensor, target: _Tensor, *args: Any, **named: Any) -> Any:
        if target.array.ndim < input.array.ndim:
            if target.array.dtype.kind == "f":
                words = f"expected target dtype to be Long or Byte, but got {_short_name(target.array.dtype)}"
                raise GradientError("classes are whole numbers", code="AG206", hint="target.long()", pytorch=words)
            if (target.array == -100).any():
                named.setdefault("ignore_index", -100)
        return getattr(_op, name)(input, target, *args, **named)

    return call


_AT = "functional.at_inputs"
vmap = _late("vmap", _AT)
nn = _space(
    "nn", "Functions of layers and losses; modules are left out.",
    functional=_space(
        "nn.functional", "Functions of layers and losses.", one_hot=_creation.one_hot, batch_norm=_batch_norm,
        cross_entropy=_of_classes("cross_entropy"), nll_loss=_of_classes("nll_loss"),
        pad=lambda *args, **named: __getattr__("pad_last")(*args, **named),
    ),
)  # fmt: skip
optim = _space("optim", "Left out.")


def _linalg_norm(A: _Tensor, ord: Any = None, dim: Any = None, keepdim: builtins.bool = False) -> Any:
    """The norm of a vector, or with an order that of a matrix; without one that of all entries."""
    axis = (0, 1) if dim is None and ord is not None and A.array.ndim == 2 else dim
    order = builtins.float(ord) if isinstance(ord, _NUMBERS) else ord
    return _op.norm(A, ord=order, axis=axis, keepdims=keepdim)


linalg = _space("linalg", "Linear algebra.", norm=_linalg_norm)
special = _space("special", "Special functions.")
cuda = _space("cuda", "There is none.", is_available=lambda: False, device_count=lambda: 0)
func = _space(
    "func", "Derivatives as functions.", grad=_late("func_grad", _AT), grad_and_value=_late("grad_and_value"),
    jacrev=_late("jacobian"), jacfwd=_late("jacobian"), hessian=_late("hessian"), vjp=_late("func_vjp", _AT),
    jvp=_late("jvp"), vmap=vmap,
)  # fmt: skip
autograd = _space(
    "autograd", "Gradients.", grad=_late("grad"), backward=_backward, Function=_Function,
    gradcheck=_late("gradcheck"), gradgradcheck=_late("gradgradcheck"),
    Variable=_Tensor.requires_grad_, grad_mode=_grad_mode, no_grad=no_grad, enable_grad=enable_grad,
    set_grad_enabled=set_grad_enabled,
    set_detect_anomaly=set_detect_anomaly, detect_anomaly=set_detect_anomaly,
    function=_space("autograd.function", "", Function=_Function, once_differentiable=no_grad),
    functional=_space(
        "autograd.functional", "Derivatives of functions at inputs.",
        **{name: _late(name, _AT) for name in ("jacobian", "hessian", "vjp", "jvp", "hvp", "vhp")},
    ),
)  # fmt: skip
