"""Interpolation between two arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.ops.arguments import number
from autograd_core.ops.arithmetic import exact
from autograd_core.ops.effort import each
from autograd_core.ops.notation import number_text
from autograd_core.ops.registry import composite, elementwise
from autograd_core.ops.spec import ATOM, Param, sample


def _between(a: Any, b: Any, weight: Any) -> Any:
    """From the nearer end, so that weights 0 and 1 give a and b exactly."""
    return np.where(np.abs(weight) < 0.5, a + weight * (b - a), b - (b - a) * (1 - weight))


lerp_scalar = elementwise(
    "lerp_scalar",
    doc="Between a and b by a constant weight.",
    group="arithmetic",
    exports={"torch": "torch.lerp({0}, {1}, {weight})"},
    params=(Param("weight", number),),
    forward=_between,
    work=each(14),
    vjps=(lambda g, _y, _a, _b, weight: g * (1 - weight), lambda g, _y, _a, _b, weight: g * weight),
    symbolic=lambda a, b, weight: a + exact(weight) * (b - a),
    linear="jointly",
    node="LerpBackward0",
    text=lambda weight: (ATOM, ["lerp(", (0, 0), ", ", (1, 0), f", {number_text(weight)})"]),
    method=False,
    samples=(sample((3,), (2, 1), weight=0.3), sample((), (), weight=0.8), sample((3,), (3,), weight=1.5)),
)

lerp_tensor = elementwise(
    "lerp_tensor",
    doc="Between a and b by weights.",
    group="arithmetic",
    exports={"torch": "torch.lerp({0}, {1}, {2})"},
    forward=_between,
    work=each(14),
    vjps=(
        lambda g, _y, _a, _b, weight: g * (1 - weight),
        lambda g, _y, _a, _b, weight: g * weight,
        lambda g, _y, a, b, _weight: g * (b - a),
    ),
    symbolic=lambda a, b, weight: a + weight * (b - a),
    node="LerpBackward1",
    text=lambda: (ATOM, ["lerp(", (0, 0), ", ", (1, 0), ", ", (2, 0), ")"]),
    method=False,
    samples=(sample((3,), (2, 1), (2, 3)), sample((), (), ()), sample((0,), (), ())),
)

lerp = composite(
    "lerp",
    lambda a, b, weight: (
        lerp_scalar(a, b, weight=float(weight)) if isinstance(weight, (int, float)) else lerp_tensor(a, b, weight)
    ),
    doc="Between a and b: a + weight * (b - a).",
    group="arithmetic",
    operands=("a", "b", "weight"),
    method=True,
    samples=(sample((3,), (3,), ()),),
)
