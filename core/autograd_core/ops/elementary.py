"""Exponentials, logarithms, powers, roots, trigonometric and hyperbolic functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.ops.registry import composite, elementwise, op
from autograd_core.ops.signature import Alternative
from autograd_core.ops.spec import POWER, Kink, OpSpec, sample, sp

_LN2 = math.log(2)
_LN10 = math.log(10)
_POSITIVE = (0.2, 3.0)

exp = elementwise(
    "exp",
    doc="Exponential, e ** x.",
    group="exponential",
    forward=np.exp,
    vjps=(lambda g, y, _x: g * y,),
    symbolic=lambda x: sp().exp(x),
    latex=lambda: (POWER, ["e^{", (0, 0), "}"]),
)

exp2 = elementwise(
    "exp2",
    doc="Power of two, 2 ** x.",
    group="exponential",
    forward=np.exp2,
    vjps=(lambda g, y, _x: g * (y * _LN2),),
    symbolic=lambda x: sp().Integer(2) ** x,
    latex=lambda: (POWER, ["2^{", (0, 0), "}"]),
)

expm1 = elementwise(
    "expm1",
    doc="e ** x - 1, accurate near 0.",
    group="exponential",
    forward=np.expm1,
    vjps=(lambda g, _y, x: g * op.exp(x),),
    symbolic=lambda x: sp().exp(x) - 1,
    latex=r"\operatorname{{expm1}}\left({0}\right)",
)

log = elementwise(
    "log",
    doc="Natural logarithm.",
    group="exponential",
    aliases=("ln",),
    alternatives=(Alternative(lambda written: written.count == 2 or "base" in written.keywords, lambda: op.log_base),),
    forward=np.log,
    vjps=(lambda g, _y, x: g / x,),
    symbolic=lambda x: sp().log(x),
    latex=r"\ln\left({0}\right)",
    domain=_POSITIVE,
)

log_base = composite(
    "log_base",
    lambda x, base: log(x) / log(base),
    doc="Logarithm to a base, log(x, base): log(x) / log(base).",
    group="exponential",
    operands=("x", "base"),
    domain=((0.2, 3.0), (1.5, 3.0)),
    samples=(sample((2, 3), ()), sample((3,), (2, 1))),
    example="log(x, 2)",
)

log2 = elementwise(
    "log2",
    doc="Logarithm to base 2.",
    group="exponential",
    forward=np.log2,
    vjps=(lambda g, _y, x: g / (x * _LN2),),
    symbolic=lambda x: sp().log(x) / sp().log(2),
    latex=r"\log_{{2}}\left({0}\right)",
    domain=_POSITIVE,
)

log10 = elementwise(
    "log10",
    doc="Logarithm to base 10.",
    group="exponential",
    forward=np.log10,
    vjps=(lambda g, _y, x: g / (x * _LN10),),
    symbolic=lambda x: sp().log(x) / sp().log(10),
    latex=r"\log_{{10}}\left({0}\right)",
    domain=_POSITIVE,
)

log1p = elementwise(
    "log1p",
    doc="Natural logarithm of 1 + x, accurate near 0.",
    group="exponential",
    forward=np.log1p,
    vjps=(lambda g, _y, x: g / (1 + x),),
    symbolic=lambda x: sp().log(1 + x),
    latex=r"\ln\left(1 + {0}\right)",
    domain=(-0.8, 2.0),
)

square = elementwise(
    "square",
    doc="Square, x * x.",
    group="power",
    forward=np.square,
    vjps=(lambda g, _y, x: g * (2 * x),),
    symbolic=lambda x: x**2,
    node="PowBackward0",
    text=lambda: (POWER, [(0, POWER + 1), "**2"]),
    latex=lambda: (POWER, [(0, POWER + 1), "^{2}"]),
)

sqrt = elementwise(
    "sqrt",
    doc="Square root.",
    group="power",
    forward=np.sqrt,
    vjps=(lambda g, y, _x: g / (2 * y),),
    symbolic=lambda x: sp().sqrt(x),
    latex=r"\sqrt{{{0}}}",
    domain=_POSITIVE,
    kinks=(Kink(where=lambda x: x == 0, choice="inf: the slope is infinite", over=0),),
)

cbrt = elementwise(
    "cbrt",
    doc="Cube root, of negative numbers too.",
    group="power",
    exports={"torch": "torch.sign({0})*torch.abs({0})**(1/3)"},
    forward=np.cbrt,
    vjps=(lambda g, y, _x: g / (3 * (y * y)),),
    symbolic=lambda x: sp().sign(x) * sp().Abs(x) ** sp().Rational(1, 3),
    latex=r"\sqrt[3]{{{0}}}",
    domain=_POSITIVE,
    kinks=(Kink(where=lambda x: x == 0, choice="inf: the slope is infinite", over=0),),
    samples=(sample([-2.0, 0.5, 3.0]), sample(()), sample((2, 3)), sample((0,))),
)

reciprocal = elementwise(
    "reciprocal",
    doc="1 / x.",
    group="power",
    forward=lambda x: np.true_divide(1, x),
    vjps=(lambda g, y, _x: -g * (y * y),),
    symbolic=lambda x: 1 / x,
    latex=r"\frac{{1}}{{{0}}}",
    domain=(0.5, 2.0),
)

ldexp = composite(
    "ldexp",
    lambda x, exponent: x * exp2(exponent),
    doc="x * 2 ** exponent.",
    group="exponential",
    operands=("x", "exponent"),
    spellings={"other": "exponent"},
    method=True,
    samples=(sample((2, 3), (3,)), sample((3,), ())),
)

rsqrt = elementwise(
    "rsqrt",
    doc="1 / sqrt(x).",
    group="power",
    exports={"torch": "torch.rsqrt({0})", "jax": "jax.lax.rsqrt({0})"},
    forward=lambda x: np.true_divide(1, np.sqrt(x)),
    vjps=(lambda g, y, _x: g * (-0.5 * (y * y * y)),),
    symbolic=lambda x: 1 / sp().sqrt(x),
    latex=r"\frac{{1}}{{\sqrt{{{0}}}}}",
    domain=_POSITIVE,
)


def _log_of_sum(name: str, forward: Any, base: int, doc: str) -> OpSpec:
    """The logarithm of a sum of powers, which does not overflow; the gradients are the shares of the sum."""
    ln = math.log(base) if base else 1.0

    def symbolic(a: Any, b: Any) -> Any:
        power = (lambda x: base**x) if base else sp().exp
        return sp().log(power(a) + power(b)) / (sp().log(base) if base else 1)

    return elementwise(
        name,
        doc=doc,
        group="exponential",
        forward=forward,
        vjps=(
            lambda g, _y, a, b: g * op.sigmoid((a - b) * ln if base else a - b),
            lambda g, _y, a, b: g * op.sigmoid((b - a) * ln if base else b - a),
        ),
        symbolic=symbolic,
    )


logaddexp = _log_of_sum("logaddexp", np.logaddexp, 0, "log(exp(a) + exp(b)), without overflow.")
logaddexp2 = _log_of_sum("logaddexp2", np.logaddexp2, 2, "log2(2**a + 2**b), without overflow.")

hypot = elementwise(
    "hypot",
    doc="Length of the hypotenuse, sqrt(a**2 + b**2), without overflow.",
    group="power",
    forward=np.hypot,
    vjps=(lambda g, y, a, _b: g * (a / y), lambda g, y, _a, b: g * (b / y)),
    symbolic=lambda a, b: sp().sqrt(a**2 + b**2),
    latex=r"\sqrt{{{0}^2 + {1}^2}}",
    domain=(0.3, 2.0),
    kinks=(Kink(where=lambda a, b: (a == 0) & (b == 0), choice="nan, as PyTorch"),),
)


def _xlogy(a: Any, b: Any) -> Any:
    return np.where((a == 0) & ~np.isnan(b), 0.0, a * np.log(b))


xlogy = elementwise(
    "xlogy",
    doc="a * log(b), and 0 where a is 0.",
    group="exponential",
    exports={"torch": "torch.xlogy({0}, {1})", "jax": "jax.scipy.special.xlogy({0}, {1})"},
    forward=_xlogy,
    vjps=(
        lambda g, _y, a, b: op.where((a == 0) * (b <= 0), 0.0, g * op.log(op.where((a == 0) * (b <= 0), 1.0, b))),
        lambda g, _y, a, b: g * (a / b),
    ),
    textbook=(lambda g, _y, _a, b: g * op.log(b), lambda g, _y, a, b: g * a / b),
    symbolic=lambda a, b: sp().Piecewise((sp().Integer(0), sp().Eq(a, 0) & (b <= 0)), (a * sp().log(b), True)),
    domain=((-2.0, 2.0), _POSITIVE),
    kinks=(
        Kink(
            where=lambda a, b: (a == 0) & (b == 0), choice="0 with respect to a and nan with respect to b, as PyTorch"
        ),
    ),
)


_INSIDE = (-0.9, 0.9)
_ENDS = (Kink(where=lambda x: abs(x) == 1, choice="inf or -inf: the slope is infinite", over=0),)

sin = elementwise(
    "sin",
    doc="Sine of an angle in radians.",
    group="trigonometric",
    forward=np.sin,
    vjps=(lambda g, _y, x: g * op.cos(x),),
    symbolic=lambda x: sp().sin(x),
    latex=r"\sin\left({0}\right)",
)

cos = elementwise(
    "cos",
    doc="Cosine of an angle in radians.",
    group="trigonometric",
    forward=np.cos,
    vjps=(lambda g, _y, x: -g * op.sin(x),),
    symbolic=lambda x: sp().cos(x),
    latex=r"\cos\left({0}\right)",
)

tan = elementwise(
    "tan",
    doc="Tangent of an angle in radians.",
    group="trigonometric",
    forward=np.tan,
    vjps=(lambda g, y, _x: g * (1 + y * y),),
    symbolic=lambda x: sp().tan(x),
    latex=r"\tan\left({0}\right)",
    domain=(-1.2, 1.2),
)


def _one_less_square(x: Any) -> Any:
    """1 - x * x without cancellation near 1, and with a slope without cancellation near 0."""
    return op.where(op.abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x))


asin = elementwise(
    "asin",
    doc="Inverse sine, in radians.",
    group="trigonometric",
    aliases=("arcsin",),
    forward=np.arcsin,
    vjps=(lambda g, _y, x: g / op.sqrt(_one_less_square(x)),),
    textbook=(lambda g, _y, x: g / op.sqrt(1 - x**2),),
    symbolic=lambda x: sp().asin(x),
    latex=r"\arcsin\left({0}\right)",
    domain=_INSIDE,
    kinks=_ENDS,
)

acos = elementwise(
    "acos",
    doc="Inverse cosine, in radians.",
    group="trigonometric",
    aliases=("arccos",),
    forward=np.arccos,
    vjps=(lambda g, _y, x: -g / op.sqrt(_one_less_square(x)),),
    textbook=(lambda g, _y, x: -g / op.sqrt(1 - x**2),),
    symbolic=lambda x: sp().acos(x),
    latex=r"\arccos\left({0}\right)",
    domain=_INSIDE,
    kinks=_ENDS,
)

atan = elementwise(
    "atan",
    doc="Inverse tangent, in radians.",
    group="trigonometric",
    aliases=("arctan",),
    forward=np.arctan,
    vjps=(lambda g, _y, x: g / (1 + x * x),),
    textbook=(lambda g, _y, x: g / (1 + x**2),),
    symbolic=lambda x: sp().atan(x),
    latex=r"\arctan\left({0}\right)",
)


def _angle_slope(mine: Any, other: Any) -> Any:
    """other / (mine**2 + other**2) without overflow, 0 at the origin."""
    length = op.hypot(mine, other)
    length = op.where(length == 0, 1.0, length)
    return other / length / length


atan2 = elementwise(
    "atan2",
    doc="Angle of the point (b, a) in radians, from -pi to pi: atan(a / b) with the right quadrant.",
    group="trigonometric",
    aliases=("arctan2",),
    forward=np.arctan2,
    vjps=(lambda g, _y, a, b: g * _angle_slope(a, b), lambda g, _y, a, b: -g * _angle_slope(b, a)),
    textbook=(lambda g, _y, a, b: g * b / (a**2 + b**2), lambda g, _y, a, b: -g * a / (a**2 + b**2)),
    symbolic=lambda a, b: sp().atan2(a, b),
    latex=r"\operatorname{{atan2}}\left({0}, {1}\right)",
    domain=(0.3, 2.0),
    kinks=(
        Kink(where=lambda a, b: (a == 0) & (b == 0), choice="0, as PyTorch"),
        Kink(where=lambda a, b: (a == 0) & (b < 0), choice="the slope beside the jump from pi to -pi"),
    ),
)

sinh = elementwise(
    "sinh",
    doc="Hyperbolic sine.",
    group="hyperbolic",
    forward=np.sinh,
    vjps=(lambda g, _y, x: g * op.cosh(x),),
    symbolic=lambda x: sp().sinh(x),
    latex=r"\sinh\left({0}\right)",
)

cosh = elementwise(
    "cosh",
    doc="Hyperbolic cosine.",
    group="hyperbolic",
    forward=np.cosh,
    vjps=(lambda g, _y, x: g * op.sinh(x),),
    symbolic=lambda x: sp().cosh(x),
    latex=r"\cosh\left({0}\right)",
)

tanh = elementwise(
    "tanh",
    doc="Hyperbolic tangent.",
    group="hyperbolic",
    forward=np.tanh,
    vjps=(lambda g, _y, x: g * op.square(op.sech(x)),),  # 1 - y * y is 0 where y rounds to 1
    textbook=(lambda g, y, _x: g * (1 - y * y),),
    symbolic=lambda x: sp().tanh(x),
    latex=r"\tanh\left({0}\right)",
)


def _sech(x: Any) -> Any:
    z = np.exp(-np.abs(x))
    return 2 * z / (1 + z * z)


sech = elementwise(
    "sech",
    doc="Hyperbolic secant, 1 / cosh(x).",
    group="hyperbolic",
    exports={"torch": "(1/torch.cosh({0}))", "jax": "(1/jnp.cosh({0}))", "numpy": "(1/np.cosh({0}))"},
    forward=_sech,
    vjps=(lambda g, y, x: g * (-y * op.tanh(x)),),
    symbolic=lambda x: 1 / sp().cosh(x),
    latex=r"\operatorname{{sech}}\left({0}\right)",
)

asinh = elementwise(
    "asinh",
    doc="Inverse hyperbolic sine.",
    group="hyperbolic",
    aliases=("arcsinh",),
    forward=np.arcsinh,
    vjps=(lambda g, _y, x: g / op.hypot(x, 1.0),),
    textbook=(lambda g, _y, x: g / op.sqrt(x**2 + 1),),
    symbolic=lambda x: sp().asinh(x),
    latex=r"\operatorname{{arsinh}}\left({0}\right)",
)

acosh = elementwise(
    "acosh",
    doc="Inverse hyperbolic cosine.",
    group="hyperbolic",
    aliases=("arccosh",),
    forward=np.arccosh,
    vjps=(lambda g, _y, x: g / (op.sqrt(x - 1) * op.sqrt(x + 1)),),
    textbook=(lambda g, _y, x: g / op.sqrt(x**2 - 1),),
    symbolic=lambda x: sp().acosh(x),
    latex=r"\operatorname{{arcosh}}\left({0}\right)",
    domain=(1.2, 3.0),
    kinks=(Kink(where=lambda x: x == 1, choice="inf: the slope is infinite", over=0),),
)

atanh = elementwise(
    "atanh",
    doc="Inverse hyperbolic tangent.",
    group="hyperbolic",
    aliases=("arctanh",),
    forward=np.arctanh,
    vjps=(lambda g, _y, x: g / _one_less_square(x),),
    textbook=(lambda g, _y, x: g / (1 - x**2),),
    symbolic=lambda x: sp().atanh(x),
    latex=r"\operatorname{{artanh}}\left({0}\right)",
    domain=_INSIDE,
)


def _scale(name: str, forward: Any, factor: float, doc: str, alias: str) -> OpSpec:
    return elementwise(
        name,
        doc=doc,
        group="trigonometric",
        aliases=(alias,),
        forward=forward,
        vjps=(lambda g, _y, _x: g * factor,),
        symbolic=lambda x: x * sp().pi / 180 if factor < 1 else x * 180 / sp().pi,
        linear="jointly",
    )


deg2rad = _scale("deg2rad", np.deg2rad, math.pi / 180, "Degrees as radians, x * pi / 180.", "radians")
rad2deg = _scale("rad2deg", np.rad2deg, 180 / math.pi, "Radians as degrees, x * 180 / pi.", "degrees")
