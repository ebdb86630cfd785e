"""Operations that choose between operands: the larger, the smaller, one or the other on a condition.

Where the choice changes, the operation has a kink; the gradient taken there is PyTorch's and declared.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.ops.registry import elementwise, op
from autograd_core.ops.spec import Kink, OpSpec, sample, sp


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
    exports={name: f"{at}.where({{0:?}}, {{1}}, {{2}})" for name, at in (("torch", "torch"), ("numpy", "np"))},
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


def _nan_ignoring(name: str, forward: Any, beats: str, relation: str, doc: str) -> OpSpec:
    """fmax or fmin: a number beats nan, and in a tie the first operand gets the whole gradient, as in PyTorch."""

    def first(a: Any, b: Any) -> Any:
        return getattr(op, beats)(a, b) + (b != b)

    return elementwise(
        name,
        doc=doc,
        group="choice",
        forward=forward,
        vjps=(
            lambda g, _y, a, b: op.where(first(a, b), g, 0.0),
            lambda g, _y, a, b: op.where(first(a, b), 0.0, g),
        ),
        symbolic=lambda a, b: sp().Piecewise((a, getattr(sp(), relation)(a, b)), (b, True)),
        kinks=(Kink(where=lambda a, b: a == b, choice="all to the first operand, as PyTorch"),),
    )


fmax = _nan_ignoring("fmax", np.fmax, "greater_equal", "Ge", "The larger of a and b; nan only where both are nan.")
fmin = _nan_ignoring("fmin", np.fmin, "less_equal", "Le", "The smaller of a and b; nan only where both are nan.")
