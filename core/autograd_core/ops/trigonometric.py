"""Trigonometric and hyperbolic functions and their inverses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.ops.effort import each
from autograd_core.ops.registry import elementwise, op
from autograd_core.ops.spec import Kink, OpSpec, sp

_INSIDE = (-0.9, 0.9)
_ENDS = (Kink(where=lambda x: abs(x) == 1, choice="inf or -inf: the slope is infinite", over=0),)

sin = elementwise(
    "sin",
    doc="Sine of an angle in radians.",
    group="trigonometric",
    forward=np.sin,
    work=each(9),
    vjps=(lambda g, _y, x: g * op.cos(x),),
    symbolic=lambda x: sp().sin(x),
    latex=r"\sin\left({0}\right)",
)

cos = elementwise(
    "cos",
    doc="Cosine of an angle in radians.",
    group="trigonometric",
    forward=np.cos,
    work=each(11),
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
    work=each(6),
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
