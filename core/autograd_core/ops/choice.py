"""Operations with a choice in them: absolute values, signs, rounding, comparisons' winners, selection.

Where the choice changes, the operation has a kink or a jump; the gradient taken there is PyTorch's and declared.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.ops.registry import elementwise, op
from autograd_core.ops.spec import Kink, OpSpec, sample, sp

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


def _extreme(name: str, forward: Any, wins: str, loses: str, relation: str, doc: str) -> OpSpec:
    """The winning operand gets the gradient and ties share it; where an operand is nan both get it, as in PyTorch."""

    def pull(g: Any, mine: Any, other: Any) -> Any:
        lost = getattr(op, loses)(mine, other)
        return op.where(mine == other, g / 2, op.where(lost, 0.0, g))

    def symbolic(a: Any, b: Any) -> Any:
        return sp().Piecewise((a, getattr(sp(), relation)(a, b)), (b, True))

    return elementwise(
        name,
        doc=doc,
        group="choice",
        forward=forward,
        vjps=(lambda g, _y, a, b: pull(g, a, b), lambda g, _y, a, b: pull(g, b, a)),
        textbook=(
            lambda g, _y, a, b: g * getattr(op, wins)(a, b),
            lambda g, _y, a, b: g * getattr(op, wins)(b, a),
        ),
        symbolic=symbolic,
        latex=rf"\{name[:3]}\left({{0}}, {{1}}\right)",
        kinks=(Kink(where=lambda a, b: a == b, choice="half to each, as PyTorch"),),
    )


maximum = _extreme("maximum", np.maximum, "greater", "less", "Gt", "The larger of a and b, entry by entry.")
minimum = _extreme("minimum", np.minimum, "less", "greater", "Lt", "The smaller of a and b, entry by entry.")


def _where(condition: Any, a: Any, b: Any) -> Any:
    if isinstance(a, (int, float)) and isinstance(b, (int, float)) and condition.dtype.kind == "f":
        return np.where(condition, a, b).astype(condition.dtype)
    return np.where(condition, a, b)


def _meant(condition: Any) -> Any:
    """A condition as SymPy's truth: comparisons arrive as 1 and 0."""
    return sp().Ne(condition, 0)


where = elementwise(
    "where",
    doc="Entries of a where the condition is not 0, else of b.",
    group="choice",
    operands=("condition", "a", "b"),
    forward=_where,
    vjps=(
        None,
        lambda g, _y, condition, _a, _b: op.where(condition, g, 0.0),
        lambda g, _y, condition, _a, _b: op.where(condition, 0.0, g),
    ),
    symbolic=lambda condition, a, b: sp().Piecewise((a, _meant(condition)), (b, True)),
    latex=r"\operatorname{{where}}\left({0}, {1}, {2}\right)",
    method=False,
    samples=(
        sample([1.0, 0.0, 1.0], (3,), (3,)),
        sample([[1.0], [0.0]], (3,), (2, 1)),
        sample([1.0, 0.0, 1.0], (), ()),
        sample((), (2, 3), ()),
        sample((0,), (0,), ()),
    ),
)
