"""Section 2, scale: standard deviations, normalizations and distances of very large and very small entries."""

from __future__ import annotations

from typing import Any

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
