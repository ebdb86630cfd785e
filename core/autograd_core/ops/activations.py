"""Activation functions of neural networks, smooth ones and those with kinks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import Alternative, number, optional_number, word
from autograd_core.ops.spec import Kink, Param, in_functional

ACTIVATIONS = Family("activation", elementwise=True)
IN_TORCH = Family("activation", elementwise=True, exports=in_functional)

_SQRT_HALF = math.sqrt(0.5)
_SQRT_2_OVER_PI = math.sqrt(2 / math.pi)
_CUBIC = 0.044715
_WIDE = (-3.0, 3.0)


@ACTIVATIONS.computed(
    "expit",
    "logistic",
    vjps=((lambda g, _y, x: g * op.square(0.5 * op.sech(x * 0.5)), lambda g, y, _x: g * (y * (1 - y))),),
    exports={"torch": "torch.sigmoid({0})", "jax": "jax.nn.sigmoid({0})"},
    symbolic=lambda sympy, x: 1 / (1 + sympy.exp(-x)),
    letter="s",
    latex=r"\sigma",
)
def sigmoid(x: Any) -> Any:
    """Logistic function, 1 / (1 + exp(-x)).

    Without overflow and without cancellation.
    """
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, z) / (1 + z)


IN_TORCH.operation(
    "logsigmoid|log_sigmoid|log_expit",
    "log(sigmoid(x)), without underflow.",
    lambda g, _y, x: g * op.sigmoid(-x),
    forward=lambda x: np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x))),
    symbolic=lambda sympy, x: -sympy.log(1 + sympy.exp(-x)),
    exports={"jax": "jax.nn.log_sigmoid({0})"},
    node="LogSigmoidBackward0",
)


def _by_channel(weight: Any, x: Any) -> Any:
    """One number for each channel, along the second axis."""
    shape, several = getattr(x, "shape", ()), getattr(weight, "shape", ()) not in ((), (1,))
    return op.reshape(weight, shape=(-1, *(1,) * (len(shape) - 2))) if several and len(shape) > 1 else weight


def _times(x: Any, beta: float) -> Any:
    return x if beta == 1 else x * beta


def _softplus_vjp(g: Any, _y: Any, x: Any, beta: float, threshold: float | None) -> Any:
    slope = g * op.sigmoid(_times(x, beta))
    return slope if threshold is None else op.where(_times(x, beta) > threshold, g, slope)


def _softplus_symbolic(sympy: Any, x: Any, beta: float, threshold: float | None) -> Any:
    smooth = sympy.log(1 + sympy.exp(beta * x)) / beta
    return smooth if threshold is None else sympy.Piecewise((x, beta * x > threshold), (smooth, True))


def _at_jump(x: Any, beta: float, threshold: float | None) -> Any:
    """Where the value jumps to x, unless that is too little to see."""
    if threshold is None or math.exp(-threshold) <= 1e-8 * max(1.0, abs(threshold)):
        return np.zeros(x.shape, bool)
    return x * beta == threshold


def _softplus_in_jax(beta: float, threshold: float | None) -> str:
    smooth = "jax.nn.softplus({0})" if beta == 1 else f"jax.nn.softplus({{0:p}}*{beta})/{beta}"
    return smooth if threshold is None else f"jnp.where({{0:p}}*{beta} > {threshold}, {{0}}, {smooth})"


@IN_TORCH.computed(
    vjps=(_softplus_vjp,),
    exports={"jax": _softplus_in_jax},
    params=(Param("beta", number, 1.0), Param("threshold", optional_number, None)),
    symbolic=_softplus_symbolic,
    kinks=(Kink(_at_jump, "the slope below the threshold, as PyTorch", 0),),
    samples="2,3; 3 beta=2.0; [-1.0,1.0,5.0] threshold=3.0; ()",
)
def softplus(x: Any, beta: float, threshold: float | None) -> Any:
    """log(1 + exp(beta * x)) / beta, a smooth ReLU. PyTorch takes x itself where beta * x > 20, here threshold=20."""
    scaled = x * beta
    smooth = (np.maximum if beta > 0 else np.minimum)(x, 0) + np.log1p(np.exp(-np.abs(scaled))) / beta
    return smooth if threshold is None else np.where(scaled > threshold, x, smooth)


# One node here, three in PyTorch: through abs it would seem to have a kink at 0.
IN_TORCH.operation(
    "softsign",
    "x / (1 + |x|).",
    lambda g, _y, x: g / op.square(1 + op.abs(x)),
    definition=lambda x: x / (1 + op.abs(x)),
    node="DivBackward0",
)
IN_TORCH.operation(
    "silu|swish",
    "x * sigmoid(x), also called swish.",
    lambda g, _y, x: g * (op.sigmoid(x) * (1 + x * op.sigmoid(-x))),
    definition=lambda x: x * op.sigmoid(x),
    exports={"jax": "jax.nn.silu({0})"},
    domain=_WIDE,
)


def _mish_vjp(g: Any, _y: Any, x: Any) -> Any:
    s = softplus(x, beta=1.0, threshold=None)
    return g * (op.tanh(s) + x * (op.square(op.sech(s)) * op.sigmoid(x)))


IN_TORCH.operation(
    "mish", "x * tanh(softplus(x)).", _mish_vjp, definition=lambda x: x * op.tanh(softplus(x)), domain=_WIDE
)


def _bend(x: Any) -> Any:
    """Twice the argument of the hyperbolic tangent in the approximate gelu: 1 + tanh(u) is 2 * sigmoid(2 * u)."""
    return x * ((2 * _SQRT_2_OVER_PI) * (1 + _CUBIC * (x * x)))


def _gelu_vjp(g: Any, _y: Any, x: Any, approximate: str) -> Any:
    if approximate == "tanh":
        s = op.sigmoid(_bend(x))
        return g * (s + s * op.sigmoid(-_bend(x)) * (x * ((2 * _SQRT_2_OVER_PI) * (1 + (3 * _CUBIC) * (x * x)))))
    return g * (0.5 * op.erfc(x * -_SQRT_HALF) + x * op.exp(-0.5 * (x * x)) * (0.5 * _SQRT_2_OVER_PI))


def _gelu(x: Any, approximate: str) -> Any:
    return x * (op.sigmoid(_bend(x)) if approximate == "tanh" else 0.5 * op.erfc(x * -_SQRT_HALF))


IN_TORCH.operation(
    "gelu",
    "x times the normal distribution function of x, exact or with approximate='tanh'.",
    _gelu_vjp,
    definition=_gelu,
    alternatives=(
        Alternative(
            lambda written: written.count == 1 and "approximate" not in written.keywords,
            libraries=("jax",),
            name="jax_gelu",
        ),
    ),
    exports={"jax": lambda approximate: f"jax.nn.gelu({{0}}, approximate={approximate == 'tanh'})"},
    params=(Param("approximate", word("none", "tanh"), "none"),),
    domain=_WIDE,
    samples="2,3; 3 approximate=tanh; ()",
)
IN_TORCH.operation(
    "tanhshrink",
    "x - tanh(x).",
    lambda g, _y, x: g * op.square(op.tanh(x)),
    definition=lambda x: x - op.tanh(x),
    exports={"jax": "({0:p} - jnp.tanh({0}))"},
    node="SubBackward0",
)


def _logit_vjp(g: Any, _y: Any, x: Any, eps: float | None) -> Any:
    slope = g / (x * (1 - x))
    return slope if eps is None else op.where((x >= eps) * (x <= 1 - eps), slope, 0.0)


def _logit(x: Any, eps: float | None) -> Any:
    z = x if eps is None else op.clip_scalar(x, min=eps, max=1 - eps)
    return op.log(z / (1 - z))


ACTIVATIONS.operation(
    "logit",
    "log(x / (1 - x)), the inverse of sigmoid; with eps, x is first kept between eps and 1 - eps.",
    _logit_vjp,
    definition=_logit,
    exports={"torch": "torch.logit({0}<, eps={eps}>)"},
    params=(Param("eps", optional_number, None),),
    domain=(0.1, 0.9),
    kinks=(
        Kink(
            lambda x, eps: (x == (np.nan if eps is None else eps)) | (x == 1 - (np.nan if eps is None else eps)),
            "the slope inside, as PyTorch",
            0,
        ),
    ),
    samples="2,3; [0.05,0.5,0.97] eps=0.1; ()",
)


ACTIVATIONS.operation(
    "relu",
    "Rectified linear unit, max(x, 0).",
    (lambda g, y, _x: op.where(y > 0, g, 0.0), lambda g, _y, x: g * (x > 0)),
    definition=lambda x: op.maximum(x, 0.0),
    exports={"torch": "torch.relu({0})", "jax": "jax.nn.relu({0})", "numpy": "np.maximum({0}, 0)"},
    letter="h",
    latex=r"\operatorname{{ReLU}}\left({0}\right)",
    kinks=(Kink(lambda x: x == 0, "0, as PyTorch", 0),),
)
hardtanh = IN_TORCH.operation(
    "hardtanh",
    "x between min_val and max_val, those values outside.",
    lambda g, _y, x, min_val, max_val: op.where((x > min_val) * (x < max_val), g, 0.0),
    definition=lambda x, min_val, max_val: op.clip_scalar(x, min=min_val, max=max_val),
    params=(Param("min_val", number, -1.0), Param("max_val", number, 1.0)),
    kinks=(Kink(lambda x, min_val, max_val: (x == min_val) | (x == max_val), "0 at the ends, as PyTorch", 0),),
    samples="2,3; () min_val=-0.3 max_val=1.5",
)
ACTIVATIONS.composite(
    "relu6",
    "ReLU that stops growing at 6, min(max(x, 0), 6).",
    lambda x: hardtanh(x, min_val=0.0, max_val=6.0),
    domain=((-3.0, 9.0),),
    samples="2,3; [-1.0,3.0,7.0]",
)
IN_TORCH.operation(
    "leaky_relu",
    "x where positive, negative_slope * x elsewhere.",
    lambda g, _y, x, negative_slope: op.where(x > 0, g, g * negative_slope),
    definition=lambda x, negative_slope: op.where(x > 0, x, x * negative_slope),
    params=(Param("negative_slope", number, 0.01, ("alpha",)),),
    kinks=(Kink(lambda x, negative_slope: (x == 0) & (negative_slope != 1), "the negative slope, as PyTorch", 0),),
    samples="2,3; 3 negative_slope=0.2; ()",
)


def _negative(x: Any) -> Any:
    """x where it is negative, else 0: flat at 0, where the second derivative then is 0, as PyTorch."""
    return op.where(x >= 0, 0.0, x)


elu = IN_TORCH.operation(
    "elu",
    "Exponential linear unit: x where positive, alpha * (exp(x) - 1) elsewhere.",
    (
        lambda g, _y, x, alpha: op.where(x > 0, g, g * (alpha * op.exp(_negative(x)))),
        lambda g, _y, x, alpha: g * op.where(x > 0, 1.0, alpha * op.exp(x)),
    ),
    forward=lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    params=(Param("alpha", number, 1.0),),
    symbolic=lambda sympy, x, alpha: sympy.Piecewise((x, x > 0), (alpha * (sympy.exp(x) - 1), True)),
    exports={"jax": "jax.nn.elu({0}<, alpha={alpha}>)"},
    kinks=(Kink(lambda x, alpha: (x == 0) & (alpha != 1), "alpha, as PyTorch", 0),),
    samples="2,3; 3 alpha=0.5; ()",
)

_SCALE, _ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717

IN_TORCH.operation(
    "selu",
    "Scaled ELU with the constants that keep mean 0 and variance 1 (Klambauer and others, 2017).",
    lambda g, _y, x: g * op.where(x > 0, _SCALE, (_SCALE * _ALPHA) * op.exp(_negative(x))),
    definition=lambda x: elu(x, alpha=_ALPHA) * _SCALE,
    node="EluBackward0",
    kinks=(Kink(lambda x: x == 0, "the slope on the left, 1.758, as PyTorch", 0),),
)
IN_TORCH.operation(
    "celu",
    "Continuously differentiable ELU: x where positive, alpha * (exp(x / alpha) - 1) elsewhere.",
    (
        lambda g, _y, x, alpha: g * op.exp(_negative(x) / alpha),
        lambda g, _y, x, alpha: g * op.where(x > 0, 1.0, op.exp(x / alpha)),
    ),
    forward=lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha)),
    params=(Param("alpha", number, 1.0),),
    symbolic=lambda sympy, x, alpha: sympy.Piecewise((x, x > 0), (alpha * (sympy.exp(x / alpha) - 1), True)),
    exports={"jax": "jax.nn.celu({0}<, alpha={alpha}>)"},
    samples="2,3; 3 alpha=2.0; () alpha=0.5",
)
IN_TORCH.composite(
    "prelu",
    "x where positive, weight * x elsewhere; weight is a number, or has one for each channel (axis 1).",
    lambda x, weight: op.where(x > 0, x, _by_channel(weight, x) * x),
    samples="2,3 (); 2,3,2 3",
)
IN_TORCH.operation(
    "hardsigmoid",
    "x / 6 + 1/2, kept between 0 and 1.",
    lambda g, _y, x: op.where((x > -3) * (x < 3), g / 6, 0.0),
    definition=lambda x: op.clip_scalar(x + 3, min=0.0, max=6.0) / 6,
    domain=(-4.0, 4.0),
    kinks=(Kink(lambda x: abs(x) == 3, "0, as PyTorch", 0),),
)
IN_TORCH.operation(
    "hardswish",
    "x * hardsigmoid(x).",
    lambda g, _y, x: op.where(x >= 3, g, op.where(x <= -3, 0.0, g * (x / 3 + 0.5))),
    definition=lambda x: x * (op.clip_scalar(x + 3, min=0.0, max=6.0) / 6),
    domain=(-4.0, 4.0),
    kinks=(Kink(lambda x: abs(x) == 3, "0 at -3 and 1 at 3, as PyTorch", 0),),
)
IN_TORCH.operation(
    "softshrink",
    "x moved towards 0 by lambd, 0 within lambd of 0.",
    lambda g, _y, x, lambd: op.where(op.abs(x) > lambd, g, 0.0),
    definition=lambda x, lambd: x - op.clip_scalar(x, min=-lambd, max=lambd),
    params=(Param("lambd", number, 0.5),),
    kinks=(Kink(lambda x, lambd: abs(x) == lambd, "0, as PyTorch", 0),),
    samples="2,3; [-2.0,0.1,1.5] lambd=1.0",
)
IN_TORCH.operation(
    "hardshrink",
    "x, but 0 within lambd of 0.",
    lambda g, _y, x, lambd: op.where(op.abs(x) > lambd, g, 0.0),
    definition=lambda x, lambd: op.where(op.abs(x) <= lambd, 0.0, x),
    params=(Param("lambd", number, 0.5),),
    kinks=(Kink(lambda x, lambd: abs(x) == lambd, "0 at the jump, as PyTorch", 0),),
    samples="2,3; [-2.0,0.1,1.5] lambd=1.0",
)
threshold = IN_TORCH.operation(
    "threshold",
    "x where it is above the threshold, the given value elsewhere.",
    lambda g, _y, x, threshold, value: op.where(x > threshold, g, 0.0),
    definition=lambda x, threshold, value: op.where(x <= threshold, value, x),
    params=(Param("threshold", number), Param("value", number)),
    kinks=(Kink(lambda x, threshold, value: x == threshold, "0, as PyTorch", 0),),
    samples="2,3 threshold=0.1 value=20.0; [-1.0,0.5] threshold=0.0 value=0.0",
)
