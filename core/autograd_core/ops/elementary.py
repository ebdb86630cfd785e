"""Exponentials, logarithms, powers, roots, trigonometric and hyperbolic functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import Alternative
from autograd_core.ops.spec import POWER, Kink, KnownDifference, OpSpec

EXPONENTIALS = Family("exponential", elementwise=True)
POWERS = Family("power", elementwise=True)
TRIGONOMETRIC = Family("trigonometric", elementwise=True)
HYPERBOLIC = Family("hyperbolic", elementwise=True)

_LN2 = math.log(2)
_POSITIVE = (0.2, 3.0)

EXPONENTIALS.operation(
    "exp",
    "Exponential, e ** x.",
    lambda g, y, _x: g * y,
    latex=lambda: (POWER, ["e^{", (0, 0), "}"]),
)
exp2 = EXPONENTIALS.operation(
    "exp2",
    "Power of two, 2 ** x.",
    lambda g, y, _x: g * (y * _LN2),
    symbolic=lambda sympy, x: sympy.Integer(2) ** x,
    latex=lambda: (POWER, ["2^{", (0, 0), "}"]),
)
EXPONENTIALS.operation(
    "expm1",
    "e ** x - 1, accurate near 0.",
    lambda g, _y, x: g * op.exp(x),
    symbolic=lambda sympy, x: sympy.exp(x) - 1,
)
log = EXPONENTIALS.operation(
    "log|ln",
    "Natural logarithm.",
    lambda g, _y, x: g / x,
    alternatives=(Alternative(lambda written: written.count == 2 or "base" in written.keywords, lambda: op.log_base),),
    domain=_POSITIVE,
)


def _beside(value: Any, other: Any) -> Any:
    """A number beside an expression as a constant of it, which a formula names: ``log(3)`` and no 16 digits."""
    return other.constant(value) if isinstance(value, float) and hasattr(other, "constant") else value


EXPONENTIALS.composite(
    "log_base",
    "Logarithm to a base, log(x, base): log(x) / log(base).",
    lambda x, base: log(_beside(x, base)) / log(_beside(base, x)),
    domain=((0.2, 3.0), (1.5, 3.0)),
    samples="2,3 () as log(x, 2); 3 2,1",
)


def _log_to(base: int) -> None:
    EXPONENTIALS.operation(
        f"log{base}",
        f"Logarithm to base {base}.",
        lambda g, _y, x: g / (x * math.log(base)),
        symbolic=lambda sympy, x: sympy.log(x) / sympy.log(base),
        latex=rf"\log_{{{{{base}}}}}\left({{0}}\right)",
        domain=_POSITIVE,
    )


_log_to(2)
_log_to(10)
EXPONENTIALS.operation(
    "log1p",
    "Natural logarithm of 1 + x, accurate near 0.",
    lambda g, _y, x: g / (1 + x),
    symbolic=lambda sympy, x: sympy.log(1 + x),
    latex=r"\ln\left(1 + {0}\right)",
    domain=(-0.8, 2.0),
)
POWERS.composite("square", "Square, x * x.", lambda x: x**2, samples="2,3; ()")
POWERS.operation(
    "sqrt",
    "Square root.",
    lambda g, y, _x: g / (2 * y),
    letter="s",
    latex=r"\sqrt{{{0}}}",
    domain=_POSITIVE,
    kinks=(Kink(lambda x: x == 0, "inf: the slope is infinite", 0),),
)
POWERS.operation(
    "cbrt",
    "Cube root, of negative numbers too.",
    lambda g, y, _x: g / (3 * (y * y)),
    exports={"torch": "torch.sign({0})*torch.abs({0})**(1/3)"},
    symbolic=lambda sympy, x: sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3),
    latex=r"\sqrt[3]{{{0}}}",
    domain=_POSITIVE,
    kinks=(Kink(lambda x: x == 0, "inf: the slope is infinite", 0),),
    samples="[-2.0,0.5,3.0]; (); 2,3; 0",
)
POWERS.operation(
    "reciprocal",
    "1 / x.",
    lambda g, y, _x: -g * (y * y),
    definition=lambda x: 1 / x,
    latex=r"\frac{{1}}{{{0}}}",
    domain=(0.5, 2.0),
)
EXPONENTIALS.composite(
    "ldexp",
    "x * 2 ** exponent.",
    lambda x, exponent: x * exp2(exponent),
    operands=("x", "exponent|other"),
    samples="2,3 3; 3 ()",
)
POWERS.operation(
    "rsqrt",
    "1 / sqrt(x).",
    lambda g, y, _x: g * (-0.5 * (y * y * y)),
    definition=lambda x: 1 / op.sqrt(x),
    exports={"torch": "torch.rsqrt({0})", "jax": "jax.lax.rsqrt({0})"},
    latex=r"\frac{{1}}{{\sqrt{{{0}}}}}",
    domain=_POSITIVE,
)


EXPONENTIALS.operation(
    "logaddexp",
    "log(exp(a) + exp(b)), without overflow.",
    lambda g, _y, a, b: g * op.sigmoid(a - b),
    lambda g, _y, a, b: g * op.sigmoid(b - a),
    symbolic=lambda sympy, a, b: sympy.log(sympy.exp(a) + sympy.exp(b)),
)
EXPONENTIALS.operation(
    "logaddexp2",
    "log2(2**a + 2**b), without overflow.",
    lambda g, _y, a, b: g * op.sigmoid((a - b) * _LN2),
    lambda g, _y, a, b: g * op.sigmoid((b - a) * _LN2),
    symbolic=lambda sympy, a, b: sympy.log(2**a + 2**b) / sympy.log(2),
)


def _share(part: Any, length: Any, a: Any, b: Any) -> Any:
    """A part over the length of (a, b), with all digits where that length is subnormal or infinite."""
    unit = op.magnitude(length, axis=(), least=0.0)
    return part / unit / op.hypot(a / unit, b / unit)


POWERS.operation(
    "hypot",
    "Length of the hypotenuse, sqrt(a**2 + b**2), without overflow.",
    lambda g, y, a, b: g * _share(a, y, a, b),
    lambda g, y, a, b: g * _share(b, y, a, b),
    symbolic=lambda sympy, a, b: sympy.sqrt(a**2 + b**2),
    latex=r"\sqrt{{{0}^2 + {1}^2}}",
    domain=(0.3, 2.0),
    kinks=(Kink(lambda a, b: (a == 0) & (b == 0), "nan, as PyTorch"),),
)


@EXPONENTIALS.computed(
    vjps=(
        (
            lambda g, _y, a, b: op.where((a == 0) * (b <= 0), 0.0, g * op.log(op.where((a == 0) * (b <= 0), 1.0, b))),
            lambda g, _y, _a, b: g * op.log(b),
        ),
        lambda g, _y, a, b: g * (a / b),
    ),
    exports={
        "torch": "torch.xlogy({0}, {1})",
        "jax": KnownDifference(
            "jax.scipy.special.xlogy({0}, {1})",
            lambda a, b: (a == 0) & (b <= 0),
            "JAX's gradient by the first is nan or infinite there",
        ),
    },
    symbolic=lambda sympy, a, b: sympy.Piecewise(
        (sympy.Integer(0), sympy.Eq(a, 0) & (b <= 0)), (a * sympy.log(b), True)
    ),
    domain=((-2.0, 2.0), _POSITIVE),
    kinks=(Kink(lambda a, b: (a == 0) & (b == 0), "0 with respect to a and nan with respect to b, as PyTorch"),),
)
def xlogy(a: Any, b: Any) -> Any:
    """a * log(b), and 0 where a is 0."""
    return np.where((a == 0) & ~np.isnan(b), 0.0, a * np.log(b))


_INSIDE = (-0.9, 0.9)
_ENDS = (Kink(lambda x: abs(x) == 1, "inf or -inf: the slope is infinite", 0),)

TRIGONOMETRIC.operation("sin", "Sine of an angle in radians.", lambda g, _y, x: g * op.cos(x))
TRIGONOMETRIC.operation("cos", "Cosine of an angle in radians.", lambda g, _y, x: -g * op.sin(x))
TRIGONOMETRIC.operation(
    "tan",
    "Tangent of an angle in radians.",
    lambda g, y, _x: g * (1 + y * y),
    domain=(-1.2, 1.2),
)


def _one_less_square(x: Any) -> Any:
    """1 - x * x without cancellation near 1, where what is lost is added; the slope is -2 * x."""
    square = 1 - x * x
    return square + op.detach((1 - x) * (1 + x) - square)


TRIGONOMETRIC.operation(
    "asin|arcsin",
    "Inverse sine, in radians.",
    (lambda g, _y, x: g / op.sqrt(_one_less_square(x)), lambda g, _y, x: g / op.sqrt(1 - x**2)),
    domain=_INSIDE,
    kinks=_ENDS,
)
TRIGONOMETRIC.operation(
    "acos|arccos",
    "Inverse cosine, in radians.",
    (lambda g, _y, x: -g / op.sqrt(_one_less_square(x)), lambda g, _y, x: -g / op.sqrt(1 - x**2)),
    domain=_INSIDE,
    kinks=_ENDS,
)


def _atan_vjp(g: Any, _y: Any, x: Any) -> Any:
    """g / (1 + x**2); a power of two is divided by in between, so that the square of no float is infinite."""
    unit = op.magnitude(x, axis=(), least=1.0)
    return g / unit / (1 / unit + x * (x / unit))


TRIGONOMETRIC.operation("atan|arctan", "Inverse tangent, in radians.", _atan_vjp)


def _angle_slope(mine: Any, other: Any) -> Any:
    """other / (mine**2 + other**2) without overflow, 0 at the origin."""
    unit = op.magnitude(op.hypot(mine, other), axis=(), least=0.0)
    length = op.hypot(mine / unit, other / unit)
    length = op.where(length == 0, 1.0, length)
    return other / unit / length / length / unit


TRIGONOMETRIC.operation(
    "atan2|arctan2",
    "Angle of the point (b, a) in radians, from -pi to pi: atan(a / b) with the right quadrant.",
    (lambda g, _y, a, b: g * _angle_slope(a, b), lambda g, _y, a, b: g * b / (a**2 + b**2)),
    (lambda g, _y, a, b: -g * _angle_slope(b, a), lambda g, _y, a, b: -g * a / (a**2 + b**2)),
    domain=(0.3, 2.0),
    kinks=(
        Kink(lambda a, b: (a == 0) & (b == 0), "0, as PyTorch"),
        Kink(lambda a, b: (a == 0) & (b < 0), "the slope beside the jump from pi to -pi"),
    ),
)
HYPERBOLIC.operation("sinh", "Hyperbolic sine.", lambda g, _y, x: g * op.cosh(x))
HYPERBOLIC.operation("cosh", "Hyperbolic cosine.", lambda g, _y, x: g * op.sinh(x))
HYPERBOLIC.operation(
    "tanh",
    "Hyperbolic tangent.",
    (lambda g, _y, x: g * op.square(op.sech(x)), lambda g, y, _x: g * (1 - y * y)),
    letter="h",
)


@HYPERBOLIC.computed(
    vjps=(lambda g, y, x: g * (-y * op.tanh(x)),),
    exports={  # 1/cosh has the gradient nan where cosh is infinite
        at: f"(2*{lib}.exp(-{lib}.abs({{0}}))/(1 + {lib}.exp(-2*{lib}.abs({{0}}))))"
        for at, lib in (("torch", "torch"), ("numpy", "np"))
    },
    symbolic=lambda sympy, x: 1 / sympy.cosh(x),
)
def sech(x: Any) -> Any:
    """Hyperbolic secant, 1 / cosh(x)."""
    z = np.exp(-np.abs(x))
    return 2 * z / (1 + z * z)


HYPERBOLIC.operation(
    "asinh|arcsinh",
    "Inverse hyperbolic sine.",
    (lambda g, _y, x: g / op.hypot(x, 1.0), lambda g, _y, x: g / op.sqrt(x**2 + 1)),
    latex=r"\operatorname{{arsinh}}\left({0}\right)",
)
HYPERBOLIC.operation(
    "acosh|arccosh",
    "Inverse hyperbolic cosine.",
    (lambda g, _y, x: g / (op.sqrt(x - 1) * op.sqrt(x + 1)), lambda g, _y, x: g / op.sqrt(x**2 - 1)),
    latex=r"\operatorname{{arcosh}}\left({0}\right)",
    domain=(1.2, 3.0),
    kinks=(Kink(lambda x: x == 1, "inf: the slope is infinite", 0),),
)
HYPERBOLIC.operation(
    "atanh|arctanh",
    "Inverse hyperbolic tangent.",
    (lambda g, _y, x: g / _one_less_square(x), lambda g, _y, x: g / (1 - x**2)),
    latex=r"\operatorname{{artanh}}\left({0}\right)",
    domain=_INSIDE,
)


def _scale(name: str, factor: float, doc: str, alias: str) -> OpSpec:
    return TRIGONOMETRIC.operation(
        f"{name}|{alias}",
        doc,
        lambda g, _y, _x: g * factor,
        symbolic=lambda sympy, x: x * sympy.pi / 180 if factor < 1 else x * 180 / sympy.pi,
    )


deg2rad = _scale("deg2rad", math.pi / 180, "Degrees as radians, x * pi / 180.", "radians")
rad2deg = _scale("rad2deg", 180 / math.pi, "Radians as degrees, x * 180 / pi.", "degrees")
