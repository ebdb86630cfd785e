"""Operations in pieces: rounding, absolute values, the larger and the smaller, conditions, bounds.

Where the choice changes, the operation has a kink; the gradient taken there is PyTorch's and declared.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import integer, optional_number
from autograd_core.ops.spec import ADD, ATOM, Kink, OpSpec, Param, Shape, broadcast_shapes, value_text

CHOICES = Family("choice", elementwise=True)

CHOICES.operation(
    "abs|absolute|fabs",
    "Absolute value.",
    lambda g, _y, x: g * op.sign(x),
    symbolic=lambda sympy, x: sympy.Abs(x),
    latex=r"\left|{0}\right|",
    kinks=(Kink(lambda x: x == 0, "0, as PyTorch (JAX takes 1)", 0),),
)


def _step(name: str, jumps: Any, doc: str, **fields: Any) -> OpSpec:
    """A function that is constant between jumps: its gradient is 0 everywhere, at the jumps too."""
    return CHOICES.operation(
        name, doc, lambda _g, _y, _x: 0.0, kinks=(Kink(jumps, "0, as everywhere else", 0),), **fields
    )


def _whole(x: Any) -> Any:
    return x == np.floor(x)


sign = _step("sign|sgn", lambda x: x == 0, "Sign of each entry: -1, 0 or 1; its gradient is 0.")

floor = _step(
    "floor", _whole, "Rounded down; its gradient is 0.", latex=r"\left\lfloor {0} \right\rfloor", domain=(0.1, 0.9)
)

ceil = _step(
    "ceil",
    _whole,
    "Rounded up; its gradient is 0.",
    symbolic=lambda sympy, x: sympy.ceiling(x),
    latex=r"\left\lceil {0} \right\rceil",
    domain=(0.1, 0.9),
)

trunc = _step(
    "trunc|fix",
    lambda x: (x == np.trunc(x)) & (x != 0),
    "Rounded towards 0; its gradient is 0.",
    symbolic=lambda sympy, x: sympy.Piecewise((sympy.floor(x), x >= 0), (sympy.ceiling(x), True)),
    domain=(0.1, 0.9),
)


def _half_even(sympy: Any, x: Any, decimals: int) -> Any:
    """Rounding to the nearest multiple of 10**-decimals; the two terms part evenly what lies halfway."""
    scale = sympy.Integer(10) ** decimals
    quarter = sympy.Rational(1, 4)
    return (sympy.ceiling(x * scale / 2 - quarter) + sympy.floor(x * scale / 2 + quarter)) / scale


CHOICES.operation(
    "round|around",
    "Rounded to a number of decimals, halves to the even neighbour; its gradient is 0.",
    lambda _g, _y, _x, decimals: 0.0,
    exports={"torch": "torch.round({0}<, decimals={decimals}>)"},
    params=(Param("decimals", integer, 0),),
    symbolic=_half_even,
    node=lambda *_shapes, decimals: f"RoundBackward{1 if decimals else 0}",
    domain=(0.51, 1.49),
    kinks=(Kink(lambda x, decimals: x * 10.0**decimals % 1 == 0.5, "0, as everywhere else", 0),),
    samples="3; [0.123,-4.567] decimals=1; [123.0] decimals=-1; 0 decimals=2",
)
CHOICES.operation(
    "heaviside",
    "Step: 0 where x < 0, 1 where x > 0, the given value where x is 0.",
    lambda _g, _y, _x, _value: 0.0,
    lambda g, _y, x, _value: op.where(x == 0, g, 0.0),
    exports={"torch": "torch.where({0:p} == 0, {1}, torch.clamp(torch.ceil({0}), 0, 1))"},
    symbolic=lambda sympy, x, value: sympy.Piecewise(
        (sympy.Integer(0), x < 0), (sympy.Integer(1), x > 0), (value, True)
    ),
    kinks=(Kink(lambda x, value: x == 0, "0, as everywhere else", 0),),
)


def _extreme(name: str, wins: str, loses: str, relation: str, doc: str) -> OpSpec:
    """The winning operand gets the gradient and ties share it; where an operand is nan both get it, as in PyTorch."""

    def pull(g: Any, mine: Any, other: Any) -> Any:
        lost = getattr(op, loses)(mine, other)
        return op.where(mine == other, g / 2, op.where(lost, 0.0, g))

    def symbolic(sympy: Any, a: Any, b: Any) -> Any:
        return sympy.Piecewise((a, getattr(sympy, relation)(a, b)), (b, True))

    return CHOICES.operation(
        name,
        doc,
        (lambda g, _y, a, b: pull(g, a, b), lambda g, _y, a, b: g * getattr(op, wins)(a, b)),
        (lambda g, _y, a, b: pull(g, b, a), lambda g, _y, a, b: g * getattr(op, wins)(b, a)),
        symbolic=symbolic,
        latex=rf"\{name[:3]}\left({{0}}, {{1}}\right)",
        kinks=(Kink(lambda a, b: a == b, "half to each, as PyTorch"),),
    )


maximum = _extreme("maximum", "greater", "less", "Gt", "The larger of a and b, entry by entry.")
minimum = _extreme("minimum", "less", "greater", "Lt", "The smaller of a and b, entry by entry.")


_OTHERWISE = r" & \text{otherwise} \end{cases}"


@CHOICES.computed(
    vjps=(
        None,
        lambda g, _y, condition, _a, _b: op.where(condition, g, 0.0),
        lambda g, _y, condition, _a, _b: op.where(condition, 0.0, g),
    ),
    exports={name: f"{at}.where({{0:?}}, {{1}}, {{2}})" for name, at in (("torch", "torch"), ("numpy", "np"))},
    symbolic=lambda sympy, condition, a, b: sympy.Piecewise((a, sympy.Ne(condition, 0)), (b, True)),
    latex=lambda: (ADD, [r"\begin{cases} ", (1, 0), r" & \text{if} \; ", (0, 0, "bare"), r" \\ ", (2, 0), _OTHERWISE]),
    samples="[1.0,0.0,1.0] 3 3; [[1.0],[0.0]] 3 2,1; [1.0,0.0,1.0] () (); () 2,3 (); 0 0 ()",
)
def where(condition: Any, a: Any, b: Any) -> Any:
    """Entries of a where the condition is not 0, else of b."""
    if {type(a), type(b)} <= {int, float} and condition.dtype.kind == "f":
        return np.where(condition, a, b).astype(condition.dtype)
    return np.where(condition, a, b)


def _first_wins(name: str, above: bool, doc: str, choice: str, **fields: Any) -> OpSpec:
    """The larger or the smaller of two: in a tie the first operand gets the whole gradient, as in PyTorch."""
    wins, relation = ("greater_equal", "Ge") if above else ("less_equal", "Le")

    def first(a: Any, b: Any) -> Any:
        won = getattr(op, wins)(a, b)
        return won + (b != b) if name in ("fmax", "fmin") else won  # which take a number for nan

    return CHOICES.operation(
        name,
        doc,
        lambda g, _y, a, b: op.where(first(a, b), g, 0.0),
        lambda g, _y, a, b: op.where(first(a, b), 0.0, g),
        symbolic=lambda sympy, a, b: sympy.Piecewise((a, getattr(sympy, relation)(a, b)), (b, True)),
        kinks=(Kink(lambda a, b: a == b, choice),),
        **fields,
    )


_TO_FIRST = "all to the first operand, as PyTorch"
fmax = _first_wins("fmax", True, "The larger of a and b; nan only where both are nan.", _TO_FIRST)
fmin = _first_wins("fmin", False, "The smaller of a and b; nan only where both are nan.", _TO_FIRST)


def _inside(x: Any, min: Any, max: Any) -> Any:
    if min is None:
        return x <= max
    return x >= min if max is None else (x >= min) * (x <= max)


def _clip_symbolic(sympy: Any, x: Any, min: float | None, max: float | None) -> Any:
    cases = [] if max is None else [(max, x > max)]
    cases += [] if min is None else [(min, x < min)]
    return sympy.Piecewise(*cases, (x, True))


clip_scalar = CHOICES.operation(
    "clip_scalar",
    "Entries kept between two numbers.",
    lambda g, _y, x, min, max: op.where(_inside(x, min, max), g, 0.0),
    forward=lambda x, min, max: np.clip(x, min, max),
    exports={"torch": "torch.clamp({0}<, min={min}><, max={max}>)", "numpy": "np.clip({0}, {min}, {max})"},
    params=(Param("min", optional_number), Param("max", optional_number)),
    symbolic=_clip_symbolic,
    node="ClampBackward1",
    text=lambda min, max: (ATOM, ["clip(", (0, 0), f", {value_text(min)}, {value_text(max)})"]),
    kinks=(
        Kink(
            lambda x, min, max: (x == (np.nan if min is None else min)) | (x == (np.nan if max is None else max)),
            "1 at the bounds, as PyTorch (JAX takes 1/2)",
            0,
        ),
    ),
    samples="3 min=-0.5 max=0.7; 2,3 min=null max=0.5; () min=0.25 max=null; 0 min=0.0 max=1.0",
)


def _clip_in_torch(shapes: list[Shape]) -> str:
    """PyTorch's rule fails where the bounds make the entries more."""
    x = "{0}" if shapes[0] == broadcast_shapes(*shapes) else "{0:p}.expand({result})"
    return f"torch.clamp({x}, {{1}}, {{2}})"


clip_tensor = CHOICES.operation(
    "clip_tensor",
    "Entries kept between bounds that are arrays.",
    lambda g, _y, x, min, max: op.where((x >= min) * (x <= max), g, 0.0),
    lambda g, _y, x, min, max: op.where((x < min) * (min < max), g, 0.0),
    lambda g, _y, x, min, max: op.where((x > max) + (max < min), g, 0.0),
    forward=lambda x, min, max: np.minimum(np.maximum(x, min), max),
    exports={"torch": _clip_in_torch, "numpy": "np.clip({0}, {1}, {2})"},
    symbolic=lambda sympy, x, min, max: sympy.Piecewise((max, (x > max) | (min > max)), (min, x < min), (x, True)),
    node="ClampBackward0",
    text=lambda: (ATOM, ["clip(", (0, 0), ", ", (1, 0), ", ", (2, 0), ")"]),
    domain=((-2.0, 2.0), (-1.0, -0.2), (0.2, 1.0)),
    kinks=(
        Kink(lambda x, min, max: ((x == min) & (min < max)) | (x == max), "1 to x at the bounds, as PyTorch"),
        Kink(lambda x, min, max: (x < min) & (min == max), "0 to both bounds where they meet, as PyTorch"),
    ),
    samples="3 3 3; 2,3 3 (); () 2,1 3; 0 () ()",
)


def _one_bound(name: str, below: bool, doc: str) -> OpSpec:
    """A bound on one side."""
    return _first_wins(
        name,
        below,
        doc,
        "1 to x and 0 to the bound, as PyTorch",
        forward=np.maximum if below else np.minimum,
        operands=("x", "bound"),
        exports={
            "torch": f"torch.clamp({{0}}, {'min' if below else 'max'}={{1}})",
            "numpy": f"np.{'maximum' if below else 'minimum'}({{0}}, {{1}})",
        },
        node="ClampBackward0",
        text=lambda: (ATOM, ["clip(", (0, 0), ", ", *([(1, 0), ", None"] if below else ["None, ", (1, 0)]), ")"]),
    )


clip_low = _one_bound("clip_low", True, "Entries kept at or above an array.")
clip_high = _one_bound("clip_high", False, "Entries kept at or below an array.")


@CHOICES.function(
    "clamp", operands=("x", "min|a_min", "max|a_max"), domain=((-2.0, 2.0), (-1.0, -0.2), (0.2, 1.0)), samples="3 () 3"
)
def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """Entries kept between two bounds, numbers or arrays; either may be None."""
    if min is None and max is None:
        raise clip.misuse("needs min, max or both")
    if all(bound is None or isinstance(bound, (int, float)) for bound in (min, max)):
        return clip_scalar(x, min=None if min is None else float(min), max=None if max is None else float(max))
    if min is None or max is None:
        return clip_low(x, min) if max is None else clip_high(x, max)
    return clip_tensor(x, min, max)


CHOICES.composite("clamp_min", "Entries kept at or above a bound.", lambda x, min: clip(x, min), samples="3 3")
CHOICES.composite("clamp_max", "Entries kept at or below a bound.", lambda x, max: clip(x, None, max), samples="3 3")
