"""Entries kept between bounds, which are numbers or arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.ops.arguments import optional_number
from autograd_core.ops.arithmetic import exact
from autograd_core.ops.notation import value_text
from autograd_core.ops.registry import composite, elementwise, op
from autograd_core.ops.spec import ATOM, Composite, Kink, Notation, OpSpec, Param, Shape, broadcast_shapes, sample, sp


def _bounds_text(min: float | None, max: float | None) -> Notation:
    return ATOM, ["clip(", (0, 0), f", {value_text(min)}, {value_text(max)})"]


def _inside(x: Any, min: Any, max: Any) -> Any:
    if min is None:
        return x <= max
    return x >= min if max is None else (x >= min) * (x <= max)


def _clip_symbolic(x: Any, min: float | None, max: float | None) -> Any:
    cases = [] if max is None else [(exact(max), x > exact(max))]
    cases += [] if min is None else [(exact(min), x < exact(min))]
    return sp().Piecewise(*cases, (x, True))


clip_scalar = elementwise(
    "clip_scalar",
    doc="Entries kept between two numbers.",
    group="choice",
    exports={"torch": "torch.clamp({0}<, min={min}><, max={max}>)", "numpy": "np.clip({0}, {min}, {max})"},
    params=(Param("min", optional_number), Param("max", optional_number)),
    forward=lambda x, min, max: np.clip(x, min, max),
    vjps=(lambda g, _y, x, min, max: op.where(_inside(x, min, max), g, 0.0),),
    textbook=(lambda g, _y, x, min, max: g * _inside(x, min, max),),
    symbolic=_clip_symbolic,
    node="ClampBackward1",
    text=_bounds_text,
    method=False,
    kinks=(
        Kink(
            where=lambda x, min, max: (x == (np.nan if min is None else min)) | (x == (np.nan if max is None else max)),
            choice="1 at the bounds, as PyTorch (JAX takes 1/2)",
            over=0,
        ),
    ),
    samples=(
        sample((3,), min=-0.5, max=0.7),
        sample((2, 3), min=None, max=0.5),
        sample((), min=0.25, max=None),
        sample((0,), min=0.0, max=1.0),
    ),
)


def _clip_in_torch(shapes: list[Shape]) -> str:
    """PyTorch's rule fails where the bounds make the entries more."""
    x = "{0}" if shapes[0] == broadcast_shapes(*shapes) else "{0:p}.expand({result})"
    return f"torch.clamp({x}, {{1}}, {{2}})"


clip_tensor = elementwise(
    "clip_tensor",
    doc="Entries kept between bounds that are arrays.",
    group="choice",
    exports={"torch": _clip_in_torch, "numpy": "np.clip({0}, {1}, {2})"},
    operands=("x", "min", "max"),
    forward=lambda x, min, max: np.minimum(np.maximum(x, min), max),
    vjps=(
        lambda g, _y, x, min, max: op.where((x >= min) * (x <= max), g, 0.0),
        lambda g, _y, x, min, max: op.where((x < min) * (min < max), g, 0.0),
        lambda g, _y, x, min, max: op.where((x > max) + (max < min), g, 0.0),
    ),
    symbolic=lambda x, min, max: sp().Piecewise((max, (x > max) | (min > max)), (min, x < min), (x, True)),
    node="ClampBackward0",
    text=lambda: (ATOM, ["clip(", (0, 0), ", ", (1, 0), ", ", (2, 0), ")"]),
    method=False,
    domain=((-2.0, 2.0), (-1.0, -0.2), (0.2, 1.0)),
    kinks=(
        Kink(
            where=lambda x, min, max: ((x == min) & (min < max)) | (x == max), choice="1 to x at the bounds, as PyTorch"
        ),
        Kink(where=lambda x, min, max: (x < min) & (min == max), choice="0 to both bounds where they meet, as PyTorch"),
    ),
    samples=(sample((3,), (3,), (3,)), sample((2, 3), (3,), ()), sample((), (2, 1), (3,)), sample((0,), (), ())),
)


def _one_bound(name: str, forward: Any, below: bool, doc: str) -> OpSpec:
    """A bound on one side: at the bound the gradient goes to x."""

    def kept(x: Any, bound: Any) -> Any:
        return x >= bound if below else x <= bound

    return elementwise(
        name,
        doc=doc,
        group="choice",
        operands=("x", "bound"),
        exports={
            "torch": f"torch.clamp({{0}}, {'min' if below else 'max'}={{1}})",
            "numpy": f"np.{'maximum' if below else 'minimum'}({{0}}, {{1}})",
        },
        forward=forward,
        vjps=(
            lambda g, _y, x, bound: op.where(kept(x, bound), g, 0.0),
            lambda g, _y, x, bound: op.where(kept(x, bound), 0.0, g),
        ),
        textbook=(
            lambda g, _y, x, bound: g * kept(x, bound),
            lambda g, _y, x, bound: g * (x < bound if below else x > bound),
        ),
        symbolic=lambda x, bound: sp().Piecewise((x, x >= bound if below else x <= bound), (bound, True)),
        node="ClampBackward0",
        text=lambda: (ATOM, ["clip(", (0, 0), ", ", *([(1, 0), ", None"] if below else ["None, ", (1, 0)]), ")"]),
        method=False,
        kinks=(Kink(where=lambda x, bound: x == bound, choice="1 to x and 0 to the bound, as PyTorch"),),
    )


clip_low = _one_bound("clip_low", np.maximum, True, "Entries kept at or above an array.")
clip_high = _one_bound("clip_high", np.minimum, False, "Entries kept at or below an array.")


def _clip(x: Any, min: Any = None, max: Any = None) -> Any:
    if min is None and max is None:
        raise clip.misuse("needs min, max or both")
    if all(bound is None or isinstance(bound, (int, float)) for bound in (min, max)):
        return clip_scalar(x, min=None if min is None else float(min), max=None if max is None else float(max))
    if min is None or max is None:
        return clip_low(x, min) if max is None else clip_high(x, max)
    return clip_tensor(x, min, max)


clip = composite(
    "clip",
    _clip,
    doc="Entries kept between two bounds, numbers or arrays; either may be None.",
    group="choice",
    operands=("x", "min", "max"),
    spellings={"a_min": "min", "a_max": "max"},
    optional=2,
    aliases=("clamp",),
    method=True,
    domain=((-2.0, 2.0), (-1.0, -0.2), (0.2, 1.0)),
    samples=(sample((3,), (), (3,)),),
)


def _clamp_one(name: str, side: str, doc: str) -> Composite:
    return composite(
        name,
        lambda x, bound: clip(x, bound) if side == "min" else clip(x, None, bound),
        doc=doc,
        group="choice",
        operands=("x", side),
        method=True,
        domain=((-2.0, -0.2), (0.2, 1.0)) if side == "max" else ((0.2, 2.0), (-1.0, 0.0)),
        samples=(sample((3,), (3,)),),
    )


clamp_min = _clamp_one("clamp_min", "min", "Entries kept at or above a bound.")
clamp_max = _clamp_one("clamp_max", "max", "Entries kept at or below a bound.")
