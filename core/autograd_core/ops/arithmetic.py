"""Sums, products, quotients, powers, remainders, comparisons and mixtures, entry by entry."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import number
from autograd_core.ops.spec import (
    ADD,
    COMPARE,
    MULTIPLY,
    POWER,
    UNARY,
    Kink,
    Notation,
    OpSpec,
    Param,
    identity_vjp,
    infix,
    number_text,
)

ARITHMETICS = Family("arithmetic", elementwise=True)
COMPARISONS = Family("comparison", elementwise=True)

add = ARITHMETICS.operation(
    "add",
    "Sum, a + b.",
    identity_vjp,
    identity_vjp,
    operands=("a", "b"),
    symbolic=lambda sympy, a, b: a + b,
    text=infix(" + ", ADD),
    latex=infix(" + ", ADD),
)
sub = ARITHMETICS.operation(
    "sub|subtract",
    "Difference, a - b.",
    identity_vjp,
    lambda g, _y, _a, _b: -g,
    symbolic=lambda sympy, a, b: a - b,
    text=infix(" - ", ADD),
    latex=infix(" - ", ADD),
)
mul = ARITHMETICS.operation(
    "mul|multiply",
    "Elementwise product, a * b.",
    lambda g, _y, _a, b: g * b,
    lambda g, _y, a, _b: g * a,
    symbolic=lambda sympy, a, b: a * b,
    text=infix("*", MULTIPLY),
)
div = ARITHMETICS.operation(
    "div|divide|true_divide",
    "Elementwise quotient, a / b.",
    lambda g, _y, _a, b: g / b,
    lambda g, _y, a, b: -(g / b) * op.div(a, b),  # not of the result: loss = a/b; loss *= 2 is possible
    symbolic=lambda sympy, a, b: a / b,
    text=infix("/", MULTIPLY),
    domain=((-2.0, 2.0), (0.5, 2.0)),
)
neg = ARITHMETICS.operation(
    "neg|negative",
    "Negative, -x.",
    lambda g, _y, _x: -g,
    symbolic=lambda sympy, x: -x,
    text=lambda: (UNARY, ["-", (0, UNARY)]),
    latex=lambda: (UNARY, ["-", (0, UNARY)]),
)
detach = ARITHMETICS.operation(
    "detach|stop_gradient",
    "The same numbers as a constant: no gradient flows.",
    forward=np.positive,
    exports={"torch": "{0:p}.detach()", "jax": "jax.lax.stop_gradient({0})", "numpy": "{0:p}"},
    operands=("x",),
    symbolic=lambda sympy, x: x,
)


def _power_text(exponent: float) -> Notation:
    written = number_text(exponent)
    return POWER, [(0, POWER + 1), f"**({written})" if "/" in written else f"**{written}"]


def _power_vjp(g: Any, _y: Any, x: Any, exponent: float) -> Any:
    if exponent == 2:
        return g * exponent * x
    if exponent == 0:
        return 0.0
    return g if exponent == 1 else g * exponent * x ** (exponent - 1)


@ARITHMETICS.computed(
    vjps=(_power_vjp,),
    params=(Param("exponent", number),),
    symbolic=lambda sympy, x, exponent: x**exponent,
    node="PowBackward0",
    text=_power_text,
    domain=(0.5, 2.0),
    samples="; ".join(f"3 exponent={e}" for e in (2.0, 3.0, -1.0, 0.5, 1.0, 0.0, 2.5)),
    kinks=(
        Kink(
            lambda x, exponent: (x == 0) & (0 < exponent < 1),
            "inf: the slope is infinite",
            0,
            possible=lambda exponent: 0 < exponent < 1,
        ),
    ),
)
def pow_scalar(x: Any, exponent: float) -> Any:
    """Power with a constant exponent, x ** 2."""
    return np.square(x) if exponent == 2 else np.power(x, exponent)


def _for_operand(mask: Any, operand: Any) -> Any:
    """Marks of entries of a result as marks of an operand that was broadcast."""
    lead = np.ndim(mask) - np.ndim(operand)
    spread = tuple(i for i, n in enumerate(np.shape(operand), lead) if n == 1)
    return np.reshape(np.any(mask, axis=(*range(lead), *spread)), np.shape(operand))


def _base_vjp(g: Any, _y: Any, a: Any, b: Any) -> Any:
    """g * b * a ** (b - 1), and 0 where b is and the power is infinite."""
    power = a ** (b - 1)
    return g * op.where((b == 0) * (op.abs(power) == math.inf), 0.0, b * power)


pow_tensor = ARITHMETICS.operation(
    "pow_tensor",
    "Power with a variable exponent, a ** b.",
    (
        _base_vjp,
        lambda g, _y, a, b: g * b * a ** (b - 1),
    ),
    (
        lambda g, y, a, b: g * op.where((a == 0) * (b >= 0), 0.0, y * op.log(op.where((a == 0) * (b >= 0), 1.0, a))),
        lambda g, y, a, _b: g * y * op.log(a),
    ),
    forward=np.power,
    symbolic=lambda sympy, a, b: a**b,
    node="PowBackward1",
    text=lambda: (POWER, [(0, POWER + 1), "**", (1, UNARY)]),
    latex=lambda: (POWER, [(0, POWER + 1), "^{", (1, 0), "}"]),
    domain=((0.5, 2.0), (-2.0, 2.0)),
    kinks=(
        Kink(lambda a, b: _for_operand((a == 0) & (b > 0) & (b < 1), a), "inf: the slope is infinite", 0),
        Kink(lambda a, b: _for_operand((a == 0) & (b == 0), b), "0 with respect to the exponent, as PyTorch", 1),
    ),
)


def power(a: Any, b: Any) -> Any:
    """``a ** b`` for any two operands: the exponent is a parameter when it is a plain number."""
    if isinstance(b, (int, float)):
        return pow_scalar(a, exponent=float(b))
    return pow_tensor(a, b)


ARITHMETICS.composite("pow|power|float_power", "Power, a ** b.", power, domain=((0.5, 2.0), (-2.0, 2.0)), samples="3 3")
remainder = ARITHMETICS.operation(
    "remainder|mod",
    "Remainder with the sign of the divisor, a % b.",
    identity_vjp,
    lambda g, _y, a, b: -g * op.floor_divide(a, b),
    symbolic=lambda sympy, a, b: a - b * sympy.floor(a / b),
    text=infix(" % ", MULTIPLY),
    latex=infix(r" \bmod ", MULTIPLY),
    domain=((0.1, 2.0), (2.1, 4.0)),
    kinks=(Kink(lambda a, b: np.remainder(a, b) == 0, "the slope on the right"),),
)


def _whole_quotient(a: Any, b: Any) -> Any:
    """a / b rounded towards 0, as the remainder takes it: 1 / 0.1 has rounded up to 10, and 9 times 0.1 fits in 1."""
    quotient = op.floor_divide(op.abs(a), op.abs(b))
    return op.where((a < 0) == (b < 0), quotient, -quotient)


ARITHMETICS.operation(
    "fmod",
    "Remainder with the sign of the dividend.",
    identity_vjp,
    (lambda g, _y, a, b: -g * _whole_quotient(a, b), lambda g, _y, a, b: -g * op.trunc(a / b)),
    symbolic=lambda sympy, a, b: (
        a - b * sympy.Piecewise((sympy.floor(a / b), a / b >= 0), (sympy.ceiling(a / b), True))
    ),
    domain=((0.1, 2.0), (2.1, 4.0)),
    kinks=(Kink(lambda a, b: (np.fmod(a, b) == 0) & (a != 0), "the slope of the branch taken"),),
)
floor_divide = ARITHMETICS.operation(
    "floor_divide",
    "Quotient rounded down, a // b; its gradient is 0.",
    lambda _g, _y, _a, _b: 0.0,
    lambda _g, _y, _a, _b: 0.0,
    exports={"torch": 'torch.div({0}, {1}, rounding_mode="floor")'},
    symbolic=lambda sympy, a, b: sympy.floor(a / b),
    text=infix(" // ", MULTIPLY),
    latex=r"\left\lfloor \frac{{{0}}}{{{1}}} \right\rfloor",
    domain=((0.1, 2.0), (2.1, 4.0)),
    kinks=(Kink(lambda a, b: np.remainder(a, b) == 0, "0, as everywhere else"),),
)


def _comparison(name: str, symbol: str, relation: str, latex: str, doc: str, short: str) -> OpSpec:
    """A comparison gives 1 where it holds and 0 where it does not, and passes no gradient."""
    ufunc = getattr(np, name)

    def symbolic(sympy: Any, a: Any, b: Any) -> Any:
        return sympy.Piecewise((sympy.Integer(1), getattr(sympy, relation)(a, b)), (sympy.Integer(0), True))

    return COMPARISONS.operation(
        f"{name}|{short}",
        doc,
        forward=lambda a, b: ufunc(a, b).astype(np.result_type(a, b, np.float32)),
        operands=("a", "b"),
        symbolic=symbolic,
        text=infix(f" {symbol} ", COMPARE),
        latex=infix(f" {latex} ", COMPARE),
    )


greater = _comparison("greater", ">", "Gt", ">", "1 where a > b, else 0.", "gt")
greater_equal = _comparison("greater_equal", ">=", "Ge", r"\ge", "1 where a >= b, else 0.", "ge")
less = _comparison("less", "<", "Lt", "<", "1 where a < b, else 0.", "lt")
less_equal = _comparison("less_equal", "<=", "Le", r"\le", "1 where a <= b, else 0.", "le")
equal = _comparison("equal", "==", "Eq", "=", "1 where a == b, else 0.", "eq")
not_equal = _comparison("not_equal", "!=", "Ne", r"\ne", "1 where a != b, else 0.", "ne")


def _between(a: Any, b: Any, weight: Any) -> Any:
    """From the nearer end, so that weights 0 and 1 give a and b exactly."""
    return np.where(np.abs(weight) < 0.5, a + weight * (b - a), b - (b - a) * (1 - weight))


ARITHMETICS.operation(
    "lerp",
    "Between a and b: a + weight * (b - a).",
    lambda g, _y, _a, _b, weight: g * (1 - weight),
    lambda g, _y, _a, _b, weight: g * weight,
    lambda g, _y, a, b, _weight: g * (b - a),
    forward=_between,
    exports={"torch": "torch.lerp({0}, {1}, {2})"},
    symbolic=lambda sympy, a, b, weight: a + weight * (b - a),
    node=lambda _a, _b, weight: f"LerpBackward{1 if weight else 0}",
    samples="3 2,1 2,3; () () (); 0 () (); 3 2,1 [0.3]; 3 3 [1.5]",
)
