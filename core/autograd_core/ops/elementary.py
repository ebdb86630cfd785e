"""Exponentials, logarithms, powers and roots."""

from __future__ import annotations

import math

import numpy as np

from autograd_core.ops.registry import elementwise, op
from autograd_core.ops.spec import POWER, Kink, sp

_LN2 = math.log(2)
_LN10 = math.log(10)

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
    textbook=(lambda g, y, _x: g * y * op.log(2.0),),
    symbolic=lambda x: sp().Integer(2) ** x,
    latex=lambda: (POWER, ["2^{", (0, 0), "}"]),
)

expm1 = elementwise(
    "expm1",
    doc="e ** x - 1, accurate near 0.",
    group="exponential",
    forward=np.expm1,
    vjps=(lambda g, y, _x: g * (y + 1),),
    textbook=(lambda g, _y, x: g * op.exp(x),),
    symbolic=lambda x: sp().exp(x) - 1,
    latex=r"\operatorname{{expm1}}\left({0}\right)",
)

log = elementwise(
    "log",
    doc="Natural logarithm.",
    group="exponential",
    aliases=("ln",),
    forward=np.log,
    vjps=(lambda g, _y, x: g / x,),
    symbolic=lambda x: sp().log(x),
    latex=r"\ln\left({0}\right)",
    domain=(0.2, 3.0),
)

sqrt = elementwise(
    "sqrt",
    doc="Square root.",
    group="power",
    forward=np.sqrt,
    vjps=(lambda g, y, _x: g / (2 * y),),
    symbolic=lambda x: sp().sqrt(x),
    latex=r"\sqrt{{{0}}}",
    domain=(0.2, 3.0),
    kinks=(Kink(where=lambda x: x == 0, choice="inf: the slope is infinite", over=0),),
)
