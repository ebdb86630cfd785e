"""Section 2, scale: standard deviations, normalizations and distances of very large and very small entries."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from autograd_core.engine.tensor import Tensor
from autograd_core.functional import grad
from autograd_core.ops.registry import op

BASE = np.array([[1.0, 2.0, 4.0], [0.5, -1.0, 3.0]])
HOMOGENEOUS = {
    "norm": (1, lambda x: op.norm(x, axis=1)),
    "norm of order 3": (1, lambda x: op.norm(x, ord=3, axis=1)),
    "std": (1, lambda x: op.std(x, axis=1)),
    "std with ddof": (1, lambda x: op.std(x, axis=1, ddof=1)),
    "pairwise_distance": (1, lambda x: op.pairwise_distance(x[0], x[1], eps=0.0)),
    "cosine_similarity": (0, lambda x: op.cosine_similarity(x[0], x[1], eps=0.0)),
}
OF_LARGE = {
    "layer_norm": lambda x: op.layer_norm(x, (3,)),
    "batch_norm": lambda x: op.batch_norm(x),
    "rms_norm": lambda x: op.rms_norm(x, (3,)),
}
SCALES = [(np.float32, 2.0**100), (np.float32, 2.0**-100), (np.float64, 2.0**-660), (np.float64, 2.0**500)]


def slopes(function, x, dtype):  # type: ignore[no-untyped-def]
    leaf = Tensor(x, requires_grad=True, dtype=dtype)
    y = function(leaf)
    weights = np.cos(np.arange(y.array.size)).reshape(y.shape)
    return y.array, grad(y, [leaf], Tensor(weights, dtype=dtype))[0].array


@pytest.mark.parametrize(("dtype", "scale"), SCALES)
@pytest.mark.parametrize("name", HOMOGENEOUS)
def test_a_length_scales_with_its_entries(name: str, dtype: type, scale: float) -> None:
    degree, function = HOMOGENEOUS[name]
    value, slope = slopes(function, BASE, np.float64)
    scaled, scaled_slope = slopes(function, BASE * scale, dtype)
    rtol = 1e-6 if dtype is np.float32 else 1e-13
    np.testing.assert_allclose(np.float64(scaled), value * scale**degree, rtol=rtol)
    expected = slope * scale ** (degree - 1)
    np.testing.assert_allclose(np.float64(scaled_slope), expected, rtol=0, atol=10 * rtol * np.max(np.abs(expected)))


@pytest.mark.parametrize(("dtype", "scale"), [s for s in SCALES if s[1] > 1])
@pytest.mark.parametrize("name", OF_LARGE)
def test_a_normalization_of_large_entries_is_that_without_eps(name: str, dtype: type, scale: float) -> None:
    value, slope = slopes(OF_LARGE[name], BASE * 2.0**40, np.float64)
    scaled, scaled_slope = slopes(OF_LARGE[name], BASE * scale, dtype)
    rtol = 1e-5 if dtype is np.float32 else 1e-12
    np.testing.assert_allclose(np.float64(scaled), value, rtol=rtol)
    size = np.max(np.abs(slope)) * 2.0**40
    np.testing.assert_allclose(np.float64(scaled_slope) * scale, slope * 2.0**40, rtol=rtol, atol=rtol * size)


def test_std_in_float32_at_1e30() -> None:
    value, slope = slopes(lambda x: op.std(x), [1e30, 2e30, 4e30], np.float32)
    assert value == pytest.approx(1.24722e30, rel=1e-5)
    np.testing.assert_allclose(slope, [-0.356348, -0.0890871, 0.445435], rtol=1e-5)


def test_cofactors_of_a_badly_scaled_matrix(cli: Any) -> None:
    """One entry of 1e16: the derivative of the squared cofactors by [0, 1] is -7.17809e32, to 50 digits."""
    rows = "-1.674,-0.65,1.532,-0.681;1.145,-1.517,0.717,1.747;1.471,-0.753,-1.002,1e16;-1.769,-1.101,-1.017,-1.815"
    found = cli("grad", "sum(cofactor(A)**2)", "--A", rows, "--json").json
    assert found["variables"]["A"]["grad"][0][:2] == pytest.approx([-2.4701015296e33, -7.17809e32], rel=1e-9)
    assert found["check"]["status"] != "disagree"


def _norm(x: list[Any], order: float) -> Any:
    sizes = [abs(each) for each in x]
    if math.isinf(order):
        return max(sizes) if order > 0 else min(sizes)
    return mpmath.fsum(each**order for each in sizes) ** (1 / mpmath.mpf(order))


def _std(x: list[Any], ddof: int) -> Any:
    mean = mpmath.fsum(x) / len(x)
    return mpmath.sqrt(mpmath.fsum((each - mean) ** 2 for each in x) / (len(x) - ddof))


def _singular(x: list[Any], sign: int) -> Any:
    """The sum of both singular values of a 2 by 2 matrix, or their difference."""
    a, b, c, d = x
    return mpmath.sqrt(a * a + b * b + c * c + d * d + sign * 2 * abs(a * d - b * c))


ORDERS = (1.0, 2.0, 3.0, 4.0, 0.5, 1.5, 7.0, -1.0, -2.0, -0.5, math.inf, -math.inf)
LENGTHS: dict[str, tuple[Callable[[Any], Any], Callable[[list[Any]], Any]]] = {
    **{f"norm of order {p}": (lambda x, p=p: op.norm(x, ord=p), lambda x, p=p: _norm(x, p)) for p in ORDERS},
    **{
        f"distance of order {p}": (
            lambda x, p=p: op.pairwise_distance(x[:2], x[2:], p=p, eps=0.0),
            lambda x, p=p: _norm([x[0] - x[2], x[1] - x[3]], p),
        )
        for p in (1.0, 2.0, 3.0, 0.5)
    },
    "nuclear norm": (lambda x: op.norm(op.reshape(x, shape=(2, 2)), ord="nuc", axis=(0, 1)), lambda x: _singular(x, 1)),
    "spectral norm": (
        lambda x: op.norm(op.reshape(x, shape=(2, 2)), ord=2.0, axis=(0, 1)),
        lambda x: (_singular(x, 1) + _singular(x, -1)) / 2,
    ),
    "std": (op.std, lambda x: _std(x, 0)),
    "std with ddof": (lambda x: op.std(x, ddof=1), lambda x: _std(x, 1)),
    "hypot": (lambda x: op.hypot(x[0], x[1]), lambda x: _norm(x[:2], 2.0)),
}
SIZES = {"subnormal": 2.0**-1060, "1e-300": 2.0**-997, "1e-150": 2.0**-498, "1e150": 2.0**498, "1e307": 2.0**1021}
SMALLEST, LARGEST = float(np.finfo(float).tiny), float(np.finfo(float).max)


def _near(found: float, expected: Any, size: Any) -> bool:
    """To 1e-12 of the largest entry, of those that are floats with all their digits."""
    if abs(expected) > LARGEST:
        return not math.isfinite(found)
    return bool(abs(found - expected) <= 1e-12 * min(size, mpmath.mpf(LARGEST)) + SMALLEST)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", LENGTHS)
def test_slopes_and_second_derivatives_of_lengths_against_400_digits(name: str, size: str) -> None:
    ours, true = LENGTHS[name]
    point = np.array([1.25, -2.5, 0.625, 3.125]) * SIZES[size]
    x = Tensor(point, requires_grad=True)
    with np.errstate(all="ignore"):
        slope = grad(ours(x), [x], create_graph=True)[0]
        second = [
            grad(slope[i], [x], retain_graph=True)[0].data if slope.requires_grad else np.zeros(4) for i in range(4)
        ]
    with mpmath.workdps(400):
        at = [mpmath.mpf(float(each)) for each in point]
        step = mpmath.mpf(10) ** -100 * max(map(abs, at))

        def moved(*places: tuple[int, int]) -> Any:
            return true([a + step * sum(k for i, k in places if i == j) for j, a in enumerate(at)])

        slopes = [(moved((i, 1)) - moved((i, -1))) / (2 * step) for i in range(4)]
        for i in range(4):
            assert _near(float(slope.data[i]), slopes[i], max(map(abs, slopes))), (i, slope.data[i], slopes[i])
            row = [
                mpmath.fsum(moved((i, a), (j, b)) * a * b for a in (1, -1) for b in (1, -1)) / (4 * step**2)
                for j in range(4)
            ]
            for j in range(4):
                assert _near(float(second[i][j]), row[j], max(map(abs, row))), (i, j, second[i][j], row[j])
