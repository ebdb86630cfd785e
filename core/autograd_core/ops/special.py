"""Special functions: error functions, gamma functions, sinc."""

from __future__ import annotations

import math
from typing import Any

from autograd_core.limits import MAX_REPEATED
from autograd_core.ops.arguments import integer
from autograd_core.ops.effort import each
from autograd_core.ops.error_functions import erf as erf_numbers
from autograd_core.ops.error_functions import erfc as erfc_numbers
from autograd_core.ops.error_functions import erfinv as erfinv_numbers
from autograd_core.ops.gamma_functions import digamma as digamma_numbers
from autograd_core.ops.gamma_functions import gammaln, polygamma
from autograd_core.ops.registry import composite, elementwise, op
from autograd_core.ops.spec import ATOM, Notation, Param, sample, sp
from autograd_core.ops.special_functions import sinc_derivative as sinc_numbers

_TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)

erf = elementwise(
    "erf",
    doc="Error function, 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to x.",
    group="special",
    exports={
        "torch": "torch.erf({0})",
        "jax": "jax.scipy.special.erf({0})",
        "numpy": "np.vectorize(math.erf, otypes=[float])({0})",
    },
    forward=erf_numbers,
    work=each(40),
    vjps=(lambda g, _y, x: g * (_TWO_OVER_SQRT_PI * op.exp(-(x * x))),),
    symbolic=lambda x: sp().erf(x),
    latex=r"\operatorname{{erf}}\left({0}\right)",
)

erfc = elementwise(
    "erfc",
    doc="Complementary error function 1 - erf(x), exact in the tail too.",
    group="special",
    exports={
        "torch": "torch.erfc({0})",
        "jax": "jax.scipy.special.erfc({0})",
        "numpy": "np.vectorize(math.erfc, otypes=[float])({0})",
    },
    forward=erfc_numbers,
    work=each(45),
    vjps=(lambda g, _y, x: g * (-_TWO_OVER_SQRT_PI * op.exp(-(x * x))),),
    symbolic=lambda x: sp().erfc(x),
    latex=r"\operatorname{{erfc}}\left({0}\right)",
)

erfinv = elementwise(
    "erfinv",
    doc="Inverse of erf, for x between -1 and 1.",
    group="special",
    exports={"torch": "torch.erfinv({0})", "jax": "jax.scipy.special.erfinv({0})"},
    forward=erfinv_numbers,
    work=each(20),
    vjps=(lambda g, y, _x: g * (op.exp(y * y) / _TWO_OVER_SQRT_PI),),
    symbolic=lambda x: sp().erfinv(x),
    latex=r"\operatorname{{erf}}^{{-1}}\left({0}\right)",
    domain=(-0.9, 0.9),
)


def _log_gamma(x: Any) -> Any:
    """Euler's reflection for negative x, where SymPy's loggamma is complex."""
    sympy = sp()
    sine = sympy.sin(sympy.pi * x)
    reflected = sympy.log(sympy.pi) - sympy.log(sine**2) / 2 - sympy.loggamma(1 - x)
    return sympy.Piecewise((sympy.loggamma(x), x > 0), (reflected, True))


lgamma = elementwise(
    "lgamma",
    doc="Natural logarithm of the absolute value of the gamma function.",
    group="special",
    exports={
        "torch": "torch.lgamma({0})",
        "jax": "jax.scipy.special.gammaln({0})",
        "numpy": "np.vectorize(math.lgamma, otypes=[float])({0})",
    },
    aliases=("gammaln", "loggamma"),
    forward=gammaln,
    work=each(65),
    vjps=(lambda g, _y, x: g * op.digamma(x),),
    symbolic=_log_gamma,
    latex=r"\ln\left|\Gamma\left({0}\right)\right|",
    domain=(0.3, 4.0),
)

digamma = elementwise(
    "digamma",
    doc="Derivative of lgamma.",
    group="special",
    exports={"torch": "torch.digamma({0})", "jax": "jax.scipy.special.digamma({0})"},
    aliases=("psi",),
    forward=digamma_numbers,
    work=each(45),
    vjps=(lambda g, _y, x: g * op.polygamma(1, x),),
    symbolic=lambda x: sp().digamma(x),
    latex=r"\psi\left({0}\right)",
    domain=(0.3, 4.0),
)


def _order(value: Any) -> int:
    if not isinstance(value, (int, float)):
        raise TypeError("must be a whole number that is written out")
    n = integer(int(value) if float(value).is_integer() else float(value))
    if not 0 <= n <= MAX_REPEATED:
        raise TypeError(f"must be between 0 and {MAX_REPEATED}, not {n}")
    return n


polygamma_order = elementwise(
    "polygamma_order",
    doc="Derivative of digamma of a given order, 1 or more.",
    group="special",
    exports={"torch": "torch.polygamma({n}, {0})", "jax": "jax.scipy.special.polygamma({n}, {0})"},
    params=(Param("n", _order),),
    forward=lambda x, n: polygamma(x, n),
    work=each(180),
    vjps=(lambda g, _y, x, n: g * op.polygamma_order(x, n=n + 1),),
    symbolic=lambda x, n: sp().polygamma(n, x),
    node="PolygammaBackward0",
    text=lambda n: (ATOM, [f"polygamma({n}, ", (0, 0), ")"]),
    latex=lambda n: (ATOM, [rf"\psi^{{({n})}}\left(", (0, 0), r"\right)"]),
    method=False,
    domain=(0.5, 4.0),
    samples=(sample((3,), n=1), sample((2, 3), n=2), sample((), n=3), sample([-0.4, 0.3], n=2)),
)


def _polygamma(n: Any, x: Any) -> Any:
    try:
        order = _order(n)
    except TypeError as error:
        raise op.polygamma.misuse(f"n {error}") from None
    return polygamma_order(x, n=order) if order else digamma(x)


composite(
    "polygamma",
    _polygamma,
    doc="Derivative of digamma of order n, a whole number.",
    group="special",
    operands=("n", "x"),
    example="polygamma(1, x)",
    domain=((0.5, 4.0),),
    samples=(sample(1, (3,)), sample(2, (2, 3)), sample(0, ())),
)

composite(
    "trigamma",
    lambda x: polygamma_order(x, n=1),
    doc="Derivative of digamma.",
    group="special",
    domain=((0.3, 4.0),),
    samples=(sample((2, 3)),),
)


def _sinc_meaning(x: Any) -> Any:
    """The quotient, and at 0 the first terms of its series, so that SymPy finds the derivatives there too."""
    sympy = sp()
    t = sympy.pi * x
    return sympy.Piecewise((1 - t**2 / 6 + t**4 / 120, sympy.Eq(x, 0)), (sympy.sin(t) / t, True))


sinc = elementwise(
    "sinc",
    doc="sin(pi * x) / (pi * x), and 1 at 0.",
    group="special",
    forward=lambda x: sinc_numbers(x, 0),
    work=each(70),
    vjps=(lambda g, _y, x: g * op.sinc_derivative(x, order=1),),
    textbook=(lambda g, _y, x: g * ((op.cos(x * math.pi) - op.sinc(x)) / x),),
    symbolic=_sinc_meaning,
    latex=r"\operatorname{{sinc}}\left({0}\right)",
)


def _sinc_slope(x: Any, order: int) -> Any:
    """The derivative of the quotient, and at 0 the first terms of its series, as for sinc."""
    sympy = sp()
    t = sympy.Symbol("t", real=True)
    quotient = sympy.diff(sympy.sin(sympy.pi * t) / (sympy.pi * t), t, order).subs(t, x)
    series = [
        sympy.Rational((-1) ** ((order + j) // 2), math.factorial(j) * (order + j + 1)) * sympy.pi ** (order + j) * x**j
        for j in range(order % 2, 5, 2)
    ]
    return sympy.Piecewise((sympy.Add(*series), sympy.Eq(x, 0)), (quotient, True))


def _sinc_latex(order: int) -> Notation:
    return ATOM, [rf"\operatorname{{sinc}}^{{({order})}}\left(", (0, 0), r"\right)"]


sinc_derivative = elementwise(
    "sinc_derivative",
    doc="Derivative of sinc of a given order, right at 0 too.",
    group="special",
    params=(Param("order", integer, 1),),
    forward=lambda x, order: sinc_numbers(x, order),
    work=each(70),
    vjps=(lambda g, _y, x, order: g * op.sinc_derivative(x, order=order + 1),),
    symbolic=_sinc_slope,
    node="SincBackward0",
    latex=_sinc_latex,
    method=False,
    domain=(0.2, 2.0),
    samples=(
        sample((2, 3), order=1),
        sample((3,), order=2),
        sample((), order=3),
        sample([0.0, 0.5, -1.5], order=1),
        sample([0.0, 0.5], order=2),
    ),
)
