"""Activation functions with kinks: ReLU and its relatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.ops.arguments import number
from autograd_core.ops.arithmetic import exact
from autograd_core.ops.effort import each
from autograd_core.ops.registry import composite, elementwise, op
from autograd_core.ops.spec import Kink, Param, sample, sp


def _cases(*cases: tuple[Any, Any]) -> Any:
    """SymPy's cases: pairs (value, condition), the last one for everything else."""
    return sp().Piecewise(*cases[:-1], (cases[-1][0], True))


relu = elementwise(
    "relu",
    doc="Rectified linear unit, max(x, 0).",
    group="activation",
    exports={"torch": "torch.relu({0})", "jax": "jax.nn.relu({0})", "numpy": "np.maximum({0}, 0)"},
    forward=lambda x: np.maximum(x, 0),
    vjps=(lambda g, y, _x: op.where(y > 0, g, 0.0),),
    textbook=(lambda g, _y, x: g * (x > 0),),
    symbolic=lambda x: _cases((x, x > 0), (sp().Integer(0), True)),
    latex=r"\operatorname{{ReLU}}\left({0}\right)",
    kinks=(Kink(where=lambda x: x == 0, choice="0, as PyTorch", over=0),),
)

hardtanh = elementwise(
    "hardtanh",
    doc="x between min_val and max_val, those values outside.",
    group="activation",
    exports={"torch": "F.hardtanh({*}<, min_val={min_val}><, max_val={max_val}>)"},
    params=(Param("min_val", number, -1.0), Param("max_val", number, 1.0)),
    forward=lambda x, min_val, max_val: np.clip(x, min_val, max_val),
    vjps=(lambda g, _y, x, min_val, max_val: op.where((x > min_val) * (x < max_val), g, 0.0),),
    textbook=(lambda g, _y, x, min_val, max_val: g * (x > min_val) * (x < max_val),),
    symbolic=lambda x, min_val, max_val: _cases(
        (exact(max_val), x > exact(max_val)), (exact(min_val), x < exact(min_val)), (x, True)
    ),
    kinks=(
        Kink(
            where=lambda x, min_val, max_val: (x == min_val) | (x == max_val),
            choice="0 at the ends, as PyTorch",
            over=0,
        ),
    ),
    samples=(sample((2, 3), min_val=-1.0, max_val=1.0), sample((), min_val=-0.3, max_val=1.5)),
)

relu6 = composite(
    "relu6",
    lambda x: hardtanh(x, min_val=0.0, max_val=6.0),
    doc="ReLU that stops growing at 6, min(max(x, 0), 6).",
    group="activation",
    method=True,
    domain=((-3.0, 9.0),),
    samples=(sample((2, 3)), sample([-1.0, 3.0, 7.0])),
)

leaky_relu = elementwise(
    "leaky_relu",
    doc="x where positive, negative_slope * x elsewhere.",
    group="activation",
    exports={
        "torch": "F.leaky_relu({*}<, negative_slope={negative_slope}>)",
        "jax": "jax.nn.leaky_relu({0}<, negative_slope={negative_slope}>)",
    },
    params=(Param("negative_slope", number, 0.01),),
    forward=lambda x, negative_slope: np.where(x > 0, x, x * negative_slope),
    work=each(3),
    vjps=(lambda g, _y, x, negative_slope: op.where(x > 0, g, g * negative_slope),),
    symbolic=lambda x, negative_slope: _cases((x, x > 0), (exact(negative_slope) * x, True)),
    kinks=(
        Kink(
            where=lambda x, negative_slope: (x == 0) & (negative_slope != 1),
            choice="the negative slope, as PyTorch",
            over=0,
        ),
    ),
    samples=(sample((2, 3), negative_slope=0.01), sample((3,), negative_slope=0.2), sample((), negative_slope=0.01)),
)


def _negative(x: Any) -> Any:
    """x where it is negative, else 0: flat at 0, where the second derivative then is 0, as PyTorch."""
    return op.where(x >= 0, 0.0, x)


elu = elementwise(
    "elu",
    doc="Exponential linear unit: x where positive, alpha * (exp(x) - 1) elsewhere.",
    group="activation",
    exports={"torch": "F.elu({*}<, alpha={alpha}>)", "jax": "jax.nn.elu({0}<, alpha={alpha}>)"},
    params=(Param("alpha", number, 1.0),),
    forward=lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    work=each(6),
    vjps=(lambda g, _y, x, alpha: op.where(x > 0, g, g * (alpha * op.exp(_negative(x)))),),
    textbook=(lambda g, _y, x, alpha: g * op.where(x > 0, 1.0, alpha * op.exp(x)),),
    symbolic=lambda x, alpha: _cases((x, x > 0), (exact(alpha) * (sp().exp(x) - 1), True)),
    kinks=(Kink(where=lambda x, alpha: (x == 0) & (alpha != 1), choice="alpha, as PyTorch", over=0),),
    samples=(sample((2, 3), alpha=1.0), sample((3,), alpha=0.5), sample((), alpha=1.0)),
)

_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_ALPHA = 1.6732632423543772848170429916717

selu = elementwise(
    "selu",
    doc="Scaled ELU with the constants that keep mean 0 and variance 1 (Klambauer and others, 2017).",
    group="activation",
    exports={"torch": "F.selu({0})", "jax": "jax.nn.selu({0})"},
    forward=lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    work=each(6),
    vjps=(lambda g, _y, x: g * op.where(x > 0, _SELU_SCALE, (_SELU_SCALE * _SELU_ALPHA) * op.exp(_negative(x))),),
    textbook=(lambda g, _y, x: g * op.where(x > 0, _SELU_SCALE, (_SELU_SCALE * _SELU_ALPHA) * op.exp(x)),),
    symbolic=lambda x: exact(_SELU_SCALE) * _cases((x, x > 0), (exact(_SELU_ALPHA) * (sp().exp(x) - 1), True)),
    node="EluBackward0",
    kinks=(Kink(where=lambda x: x == 0, choice="the slope on the left, 1.758, as PyTorch", over=0),),
)

celu = elementwise(
    "celu",
    doc="Continuously differentiable ELU: x where positive, alpha * (exp(x / alpha) - 1) elsewhere.",
    group="activation",
    exports={"torch": "F.celu({*}<, alpha={alpha}>)", "jax": "jax.nn.celu({0}<, alpha={alpha}>)"},
    params=(Param("alpha", number, 1.0),),
    forward=lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha)),
    work=each(7),
    vjps=(lambda g, _y, x, alpha: g * op.exp(_negative(x) / alpha),),
    textbook=(lambda g, _y, x, alpha: g * op.where(x > 0, 1.0, op.exp(x / alpha)),),
    symbolic=lambda x, alpha: _cases((x, x > 0), (exact(alpha) * (sp().exp(x / exact(alpha)) - 1), True)),
    samples=(sample((2, 3), alpha=1.0), sample((3,), alpha=2.0), sample((), alpha=0.5)),
)

hardsigmoid = elementwise(
    "hardsigmoid",
    doc="x / 6 + 1/2, kept between 0 and 1.",
    group="activation",
    exports={"torch": "F.hardsigmoid({0})"},
    forward=lambda x: np.clip(x + 3, 0, 6) / 6,
    vjps=(lambda g, _y, x: op.where((x > -3) * (x < 3), g / 6, 0.0),),
    textbook=(lambda g, _y, x: g * (x > -3) * (x < 3) / 6,),
    symbolic=lambda x: _cases((sp().Integer(1), x > 3), (sp().Integer(0), x < -3), (x / 6 + sp().Rational(1, 2), True)),
    domain=(-4.0, 4.0),
    kinks=(Kink(where=lambda x: abs(x) == 3, choice="0, as PyTorch", over=0),),
)

hardswish = elementwise(
    "hardswish",
    doc="x * hardsigmoid(x).",
    group="activation",
    exports={"torch": "F.hardswish({0})"},
    forward=lambda x: x * (np.clip(x + 3, 0, 6) / 6),
    vjps=(lambda g, _y, x: op.where(x >= 3, g, op.where(x <= -3, 0.0, g * (x / 3 + 0.5))),),
    symbolic=lambda x: _cases((x, x > 3), (sp().Integer(0), x < -3), (x * (x + 3) / 6, True)),
    domain=(-4.0, 4.0),
    kinks=(Kink(where=lambda x: abs(x) == 3, choice="0 at -3 and 1 at 3, as PyTorch", over=0),),
)


def _far(x: Any, lambd: float) -> Any:
    return (x > lambd) + (x < -lambd)


softshrink = elementwise(
    "softshrink",
    doc="x moved towards 0 by lambd, 0 within lambd of 0.",
    group="activation",
    exports={"torch": "F.softshrink({*}<, lambd={lambd}>)"},
    params=(Param("lambd", number, 0.5),),
    forward=lambda x, lambd: np.where(x > lambd, x - lambd, np.where(x < -lambd, x + lambd, x * 0)),
    work=each(9),
    vjps=(lambda g, _y, x, lambd: op.where(_far(x, lambd), g, 0.0),),
    textbook=(lambda g, _y, x, lambd: g * (abs(x) > lambd),),
    symbolic=lambda x, lambd: _cases(
        (x - exact(lambd), x > exact(lambd)), (x + exact(lambd), x < -exact(lambd)), (sp().Integer(0), True)
    ),
    kinks=(Kink(where=lambda x, lambd: abs(x) == lambd, choice="0, as PyTorch", over=0),),
    samples=(sample((2, 3), lambd=0.5), sample([-2.0, 0.1, 1.5], lambd=1.0)),
)

hardshrink = elementwise(
    "hardshrink",
    doc="x, but 0 within lambd of 0.",
    group="activation",
    exports={"torch": "F.hardshrink({*}<, lambd={lambd}>)"},
    params=(Param("lambd", number, 0.5),),
    forward=lambda x, lambd: np.where(abs(x) <= lambd, 0.0, x),
    work=each(3),
    vjps=(lambda g, _y, x, lambd: op.where(_far(x, lambd), g, 0.0),),
    textbook=(lambda g, _y, x, lambd: g * (abs(x) > lambd),),
    symbolic=lambda x, lambd: _cases((x, (x > exact(lambd)) | (x < -exact(lambd))), (sp().Integer(0), True)),
    kinks=(Kink(where=lambda x, lambd: abs(x) == lambd, choice="0 at the jump, as PyTorch", over=0),),
    samples=(sample((2, 3), lambd=0.5), sample([-2.0, 0.1, 1.5], lambd=1.0)),
)

threshold = elementwise(
    "threshold",
    doc="x where it is above the threshold, the given value elsewhere.",
    group="activation",
    exports={"torch": "F.threshold({0}, {threshold}, {value})"},
    params=(Param("threshold", number), Param("value", number)),
    forward=lambda x, threshold, value: np.where(x <= threshold, value, x),
    work=each(3),
    vjps=(lambda g, _y, x, threshold, value: op.where(x > threshold, g, 0.0),),
    textbook=(lambda g, _y, x, threshold, value: g * (x > threshold),),
    symbolic=lambda x, threshold, value: _cases((x, x > exact(threshold)), (exact(value), True)),
    kinks=(Kink(where=lambda x, threshold, value: x == threshold, choice="0, as PyTorch", over=0),),
    samples=(sample((2, 3), threshold=0.1, value=20.0), sample([-1.0, 0.5], threshold=0.0, value=0.0)),
)
