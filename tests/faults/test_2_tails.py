"""Section 2, tails: slopes and second derivatives against 1,000 digits of mpmath, wherever they are floats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from autograd_core.engine.tensor import Tensor
from autograd_core.functional import grad
from autograd_core.ops import find
from autograd_core.ops.registry import op

RTOL = 1e-12
DIGITS = 1000
SMALLEST = 1e-300
PLACES = (1e-150, 1e-20, 1e-9, 1e-4, 0.01, 0.3, 0.5, 0.9, 1 - 1e-12, 1.0, 1.5, 4.1, 7.7, 15.0, 19.9)
FAR = (25.0, 30.0, 37.43, 40.0, 88.0, 120.0, 300.0, 354.0, 370.0, 690.0, 740.0, 1e3, 1e8)
POINTS = sorted({sign * p for p in (0.0, *PLACES, *FAR) for sign in (1, -1)})


def _logistic(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


def _softplus(x: Any) -> Any:
    return mpmath.log(1 + mpmath.exp(x))


TRUE: dict[str, tuple[Callable[[Any], Any], float, float]] = {
    "exp": (mpmath.exp, -1e9, 1e9),
    "expm1": (lambda x: mpmath.exp(x) - 1, -1e9, 1e9),
    "log1p": (lambda x: mpmath.log(1 + x), -0.95, 1e9),
    "sigmoid": (_logistic, -1e9, 1e9),
    "logsigmoid": (lambda x: -_softplus(-x), -1e9, 1e9),
    "softplus": (_softplus, -1e9, 1e9),
    "silu": (lambda x: x * _logistic(x), -1e9, 1e9),
    "mish": (lambda x: x * mpmath.tanh(_softplus(x)), -1e9, 1e9),
    "gelu": (lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2, -30, 35),
    "tanh": (mpmath.tanh, -1e9, 1e9),
    "sech": (lambda x: 1 / mpmath.cosh(x), -1e9, 1e9),
    "sinh": (mpmath.sinh, -1e9, 1e9),
    "asinh": (mpmath.asinh, -1e9, 1e9),
    "atan": (mpmath.atan, -1e9, 1e9),
    "asin": (mpmath.asin, -0.95, 0.95),
    "atanh": (mpmath.atanh, -0.95, 0.95),
    "erf": (mpmath.erf, -26, 26),
    "erfc": (mpmath.erfc, -26, 26),
    "elu": (lambda x: mpmath.exp(x) - 1, -1e9, -1e-151),
    "celu": (lambda x: mpmath.exp(x) - 1, -1e9, -1e-151),
}


def _true(function: Callable[[Any], Any], x: float) -> list[Any]:
    with mpmath.workdps(DIGITS):
        here, step = mpmath.mpf(x), mpmath.mpf(10) ** -200
        low, middle, high = (function(here + k * step) for k in (-1, 0, 1))
        return [middle, (high - low) / (2 * step), (high - 2 * middle + low) / step**2]


def _agrees(found: float, expected: Any) -> bool:
    if abs(expected) < SMALLEST:
        return abs(found) < 2 * SMALLEST
    if abs(expected) > np.finfo(float).max:
        return abs(found) == np.inf
    return bool(abs(found - expected) <= RTOL * abs(expected))


@pytest.mark.parametrize("name", TRUE)
def test_value_slope_and_second_derivative_in_the_tails(name: str) -> None:
    function: Any = find(name)
    true, low, high = TRUE[name]
    for point in POINTS:
        if not low <= point <= high:
            continue
        x = Tensor(point, requires_grad=True)
        with np.errstate(all="ignore"):
            y = function(x)
            first = grad(y, [x], create_graph=True)[0]
            second = grad(first, [x])[0]
        for order, (found, expected) in enumerate(zip((y, first, second), _true(true, point), strict=True)):
            assert _agrees(float(found.data), expected), (name, point, order, float(found.data), mpmath.nstr(expected))


SHARES: dict[str, tuple[Callable[[Any], Any], Callable[[list[Any]], Any]]] = {
    "the first of softmax": (lambda x: op.softmax(x)[0], lambda e: e[0] / sum(e)),
    "the second of softmax": (lambda x: op.softmax(x)[1], lambda e: e[1] / sum(e)),
    "log_softmax": (lambda x: op.log_softmax(x)[0], lambda e: mpmath.log(e[0] / sum(e))),
    "logsumexp": (lambda x: op.logsumexp(x), lambda e: mpmath.log(sum(e))),
    "cross_entropy": (lambda x: op.cross_entropy(x, np.array(0.0)), lambda e: -mpmath.log(e[0] / sum(e))),
    "cross entropy of bits": (
        lambda x: op.binary_cross_entropy_with_logits(x, np.array([1.0, 0.0, 1.0]), reduction="sum"),
        lambda e: mpmath.log((1 + 1 / e[0]) * (1 + e[1]) * (1 + 1 / e[2])),
    ),
}
LOGITS = [(50.0, 0.0, -3.0), (0.0, -60.0, -61.0), (-7.0, 200.0, -300.0), (0.1, 0.2, 0.3), (40.0, 39.0, -2.0)]


@pytest.mark.parametrize("logits", LOGITS)
@pytest.mark.parametrize("name", SHARES)
def test_shares_of_which_one_is_nearly_all(name: str, logits: tuple[float, ...]) -> None:
    ours, true = SHARES[name]

    def function(*x: Any) -> Any:
        return true([mpmath.exp(each) for each in x])

    x = Tensor(np.array(logits), requires_grad=True)
    y = ours(x)
    first = grad(y, [x], create_graph=True)[0]
    with mpmath.workdps(DIGITS):
        step = mpmath.mpf(10) ** -200
        at = [mpmath.mpf(each) for each in logits]

        def moved(*places: tuple[int, int]) -> Any:
            return function(*[a + step * sum(k for i, k in places if i == j) for j, a in enumerate(at)])

        middle = moved()
        assert name == "logsumexp" or _agrees(float(y.data), middle)
        for i in range(3):
            slope = (moved((i, 1)) - moved((i, -1))) / (2 * step)
            assert _agrees(float(first.data[i]), slope), (i, float(first.data[i]), mpmath.nstr(slope))
            row = grad(first[i], [x], retain_graph=True)[0].data
            for j in range(3):
                corners = [moved((i, a), (j, b)) * a * b for a in (1, -1) for b in (1, -1)]
                bend = sum(corners) / (4 * step**2)
                assert _agrees(float(row[j]), bend), (i, j, float(row[j]), mpmath.nstr(bend))


@pytest.mark.parametrize(
    ("text", "x", "dtype", "expected"),
    [
        ("1/(1+exp(x))", "400", "float64", -1.9151695967140057e-174),
        ("1/(1+exp(x))", "700", "float64", -9.85967654375977e-305),
        ("1/(1+exp(x))", "60", "float32", -8.756510762696521e-27),
        ("atan(x)*1e308", "1e160", "float64", 1e-12),
        ("(x*1e-200)**2*1e300", "1", "float64", 2e-100),
        ("(x*1e-200)*(1e-150*1e-60)*1e250", "3", "float64", 1e-160),
        ("digamma(x)", "1e300", "float64", 1e-300),
        ("tanhshrink(x)", "1e-8", "float64", 1e-16),
        ("x**b", "1e-320", "float64", 0.0),
    ],
)
def test_what_vanishes_on_the_way_back_is_found(cli: Any, text: str, x: str, dtype: str, expected: float) -> None:
    report = cli("grad", text, "--x", x, *(["--b", "0"] if "b" in text else []), "--dtype", dtype, "--json").json
    assert report["variables"]["x"]["grad"] == pytest.approx(expected, rel=1e-6 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize(
    ("text", "x", "row"),
    [
        ("logsumexp(x)", "50,0", [1.9287498479639178e-22, -1.9287498479639178e-22]),
        ("logsumexp(x)", "0,-60", [8.75651076269652e-27, -8.75651076269652e-27]),
        ("cross_entropy(x, 0)", "50,0", [1.9287498479639178e-22, -1.9287498479639178e-22]),
        ("-log_softmax(x)[1]", "50,0", [1.9287498479639178e-22, -1.9287498479639178e-22]),
        ("softmax(x)[0]", "50,0", [-1.9287498479639178e-22, 1.9287498479639178e-22]),
    ],
)
def test_a_matrix_and_a_product_keep_the_tails(cli: Any, text: str, x: str, row: list[float]) -> None:
    found = cli("hessian", text, "--x", x, "--json").json
    assert found["hessian"]["x"]["x"]["data"][0] == pytest.approx(row, rel=1e-12)
    along = cli("hessian", text, "--x", x, "--product", "1,0", "--json").json
    assert along["product"]["found"]["x"]["data"] == pytest.approx(row, rel=1e-12)


@pytest.mark.parametrize("x", ["40", "190", "350"])
def test_the_check_follows_a_slope_that_is_nearly_nothing(cli: Any, x: str) -> None:
    assert cli("grad", "tanh(x)", "--x", x, "--json").json["variables"]["x"]["check"]["status"] == "agree"


@pytest.mark.parametrize(
    ("text", "a", "b", "slope"),
    [
        ("a % b", 1, 0.1, -9.0),
        ("fmod(a, b)", 1, 0.1, -9.0),
        ("fmod(a, b)", -1, 0.1, 9.0),
        ("a % b", -1, 0.1, 10.0),
        ("fmod(a, b)", -7, -2, -3.0),
    ],
)
def test_a_remainder_falls_by_the_quotient_that_was_taken(cli: Any, text: str, a: int, b: float, slope: float) -> None:
    """1/0.1 has rounded up to 10, and the remainder is that of 9: as PyTorch."""
    report = cli("grad", text, f"--a={a}", f"--b={b}", "--json").json
    assert (report["variables"]["b"]["grad"], report["check"]["status"]) == (slope, "agree")


@pytest.mark.parametrize("text", ["a % b", "fmod(a, b)"])
def test_a_remainder_does_not_bend_where_there_is_none(cli: Any, text: str) -> None:
    """As PyTorch, of a value that is not a number."""
    blocks = cli("hessian", text, "--a", "3", "--b", "0", "--json").json["hessian"]
    assert [block["data"] for row in blocks.values() for block in row.values()] == [0, 0, 0, 0]


def test_rounding_of_inputs_is_that_of_their_dtype(cli: Any) -> None:
    """In float32 it explains an entry of 2e-7 where exact numbers give 8e-8."""
    words = ("hessian", "sum((x - mean(x))**3)", "--x", "1.1,2.2,3.3", "--dtype", "float32", "--json")
    assert cli(*words).json["check"]["status"] == "agree"
