"""The numbers of the error functions.

Sources:
W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969), 631-637;
M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988),
477-484.
"""

from __future__ import annotations

import math

import numpy as np

from autograd_core.ops.special_functions import Flat, ratio, vectorised

_ERF_0 = (
    (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
_ERFC_1 = (
    (
        2.15311535474403846e-8,
        5.64188496988670089e-1,
        8.88314979438837594,
        6.61191906371416295e1,
        2.98635138197400131e2,
        8.81952221241769090e2,
        1.71204761263407058e3,
        2.05107837782607147e3,
        1.23033935479799725e3,
    ),
    (
        1.0,
        1.57449261107098347e1,
        1.17693950891312499e2,
        5.37181101862009858e2,
        1.62138957456669019e3,
        3.29079923573345963e3,
        4.36261909014324716e3,
        3.43936767414372164e3,
        1.23033935480374942e3,
    ),
)
_ERFC_4 = (
    (
        1.63153871373020978e-2,
        3.05326634961232344e-1,
        3.60344899949804439e-1,
        1.25781726111229246e-1,
        1.60837851487422766e-2,
        6.58749161529837803e-4,
    ),
    (
        1.0,
        2.56852019228982242,
        1.87295284992346725,
        5.27905102951428412e-1,
        6.05183413124413191e-2,
        2.33520497626869185e-3,
    ),
)


def _erf_small(x: Flat) -> Flat:
    return x * ratio(x * x, *_ERF_0)


def _erfc_large(x: Flat) -> Flat:
    """Of x > 0.46: a rational function times exp(-x*x), whose exponent is split so that none of it is rounded away."""
    scaled = np.empty_like(x)
    middle = x <= 4
    scaled[middle] = ratio(x[middle], *_ERFC_1)
    tail = np.minimum(x[~middle], 1e8)
    z = 1 / (tail * tail)
    scaled[~middle] = (1 / math.sqrt(math.pi) - z * ratio(z, *_ERFC_4)) / tail
    whole = np.trunc(np.minimum(x, 40.0) * 16) / 16
    rest = (x - whole) * (x + whole)
    return np.where(x > 30, 0.0, np.exp(-whole * whole) * np.exp(-rest) * scaled)


@vectorised
def erf(x: Flat) -> Flat:
    """Error function."""
    result = np.empty_like(x)
    small = np.abs(x) <= 0.46875
    result[small] = _erf_small(x[small])
    large = x[~small]
    result[~small] = np.copysign(1 - _erfc_large(np.abs(large)), large)
    return result


@vectorised
def erfc(x: Flat) -> Flat:
    """Complementary error function 1 - erf(x), without cancellation."""
    result = np.empty_like(x)
    small = np.abs(x) <= 0.46875
    result[small] = 1 - _erf_small(x[small])
    large = x[~small]
    tail = _erfc_large(np.abs(large))
    result[~small] = np.where(large < 0, 2 - tail, tail)
    return result


_PROBIT_CENTRE = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
_PROBIT_MIDDLE = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258,
        3.64784832476320460504,
        5.76949722146069140550,
        4.63033784615654529590,
        1.42343711074968357734,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940,
        2.05319162663775882187,
        1.0,
    ),
)
_PROBIT_TAIL = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580,
        5.46378491116411436990,
        6.65790464350110377720,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)


@vectorised
def erfinv(x: Flat) -> Flat:
    """Inverse error function on -1 to 1: the normal quantile of (1 + x) / 2, divided by sqrt(2)."""
    result = np.empty_like(x)
    centre = np.abs(x) <= 0.85
    q = x[centre] / 2
    result[centre] = q * ratio(0.180625 - q * q, *_PROBIT_CENTRE)
    outer = x[~centre]
    r = np.sqrt(-np.log((1 - np.abs(outer)) / 2))
    quantile = np.where(r <= 5, ratio(r - 1.6, *_PROBIT_MIDDLE), ratio(np.minimum(r, 30.0) - 5, *_PROBIT_TAIL))
    quantile[np.isinf(r)] = np.inf
    result[~centre] = np.copysign(quantile, outer)
    return result / math.sqrt(2)
