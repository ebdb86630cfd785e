"""Absolute value, sign, and functions that are constant between jumps: rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.ops.arguments import integer
from autograd_core.ops.effort import each
from autograd_core.ops.registry import elementwise, op
from autograd_core.ops.spec import Kink, OpSpec, Param, sample, sp

abs_ = elementwise(
    "abs",
    doc="Absolute value.",
    group="choice",
    aliases=("absolute", "fabs"),
    forward=np.abs,
    vjps=(lambda g, _y, x: g * op.sign(x),),
    symbolic=lambda x: sp().Abs(x),
    latex=r"\left|{0}\right|",
    kinks=(Kink(where=lambda x: x == 0, choice="0, as PyTorch (JAX takes 1)", over=0),),
)


def _step(name: str, forward: Any, jumps: Any, doc: str, **fields: Any) -> OpSpec:
    """A function that is constant between jumps: its gradient is 0 everywhere, at the jumps too."""
    return elementwise(
        name,
        doc=doc,
        group="choice",
        forward=forward,
        vjps=(lambda _g, _y, _x: 0.0,),
        kinks=(Kink(where=jumps, choice="0, as everywhere else", over=0),),
        **fields,
    )


def _whole(x: Any) -> Any:
    return x == np.floor(x)


sign = _step(
    "sign",
    np.sign,
    lambda x: x == 0,
    "Sign of each entry: -1, 0 or 1; its gradient is 0.",
    aliases=("sgn",),
    symbolic=lambda x: sp().sign(x),
    latex=r"\operatorname{{sign}}\left({0}\right)",
)

floor = _step(
    "floor",
    np.floor,
    _whole,
    "Rounded down; its gradient is 0.",
    symbolic=lambda x: sp().floor(x),
    latex=r"\left\lfloor {0} \right\rfloor",
    domain=(0.1, 0.9),
)

ceil = _step(
    "ceil",
    np.ceil,
    _whole,
    "Rounded up; its gradient is 0.",
    symbolic=lambda x: sp().ceiling(x),
    latex=r"\left\lceil {0} \right\rceil",
    domain=(0.1, 0.9),
)

trunc = _step(
    "trunc",
    np.trunc,
    lambda x: (x == np.trunc(x)) & (x != 0),
    "Rounded towards 0; its gradient is 0.",
    aliases=("fix",),
    symbolic=lambda x: sp().Piecewise((sp().floor(x), x >= 0), (sp().ceiling(x), True)),
    latex=r"\operatorname{{trunc}}\left({0}\right)",
    domain=(0.1, 0.9),
)


def _half_even(x: Any, decimals: int) -> Any:
    """Rounding to the nearest multiple of 10**-decimals; the two terms part evenly what lies halfway."""
    sympy = sp()
    scale = sympy.Integer(10) ** decimals
    quarter = sympy.Rational(1, 4)
    return (sympy.ceiling(x * scale / 2 - quarter) + sympy.floor(x * scale / 2 + quarter)) / scale


def _halfway(x: Any, decimals: int) -> Any:
    scaled = x * 10.0**decimals
    return scaled - np.floor(scaled) == 0.5


round_ = elementwise(
    "round",
    doc="Rounded to a number of decimals, halves to the even neighbour; its gradient is 0.",
    group="choice",
    exports={"torch": "torch.round({0}<, decimals={decimals}>)"},
    aliases=("around",),
    params=(Param("decimals", integer, 0),),
    forward=lambda x, decimals: np.round(x, decimals),
    vjps=(lambda _g, _y, _x, decimals: 0.0,),
    symbolic=_half_even,
    node=lambda *_shapes, decimals: f"RoundBackward{1 if decimals else 0}",
    domain=(0.51, 1.49),
    kinks=(Kink(where=_halfway, choice="0, as everywhere else", over=0),),
    samples=(
        sample((3,), decimals=0),
        sample([0.123, -4.567], decimals=1),
        sample([123.0], decimals=-1),
        sample((0,), decimals=2),
    ),
)

heaviside = elementwise(
    "heaviside",
    doc="Step: 0 where x < 0, 1 where x > 0, the given value where x is 0.",
    group="choice",
    exports={"torch": "torch.where({0:p} == 0, {1}, torch.clamp(torch.ceil({0}), 0, 1))"},
    forward=np.heaviside,
    work=each(6),
    vjps=(lambda _g, _y, _x, _value: 0.0, lambda g, _y, x, _value: op.where(x == 0, g, 0.0)),
    symbolic=lambda x, value: sp().Piecewise((sp().Integer(0), x < 0), (sp().Integer(1), x > 0), (value, True)),
    kinks=(Kink(where=lambda x, value: x == 0, choice="0, as everywhere else", over=0),),
)
