"""Section 2, broadcasting: a composite works on the shape its operands have together."""

from __future__ import annotations

import numpy as np

from autograd_core.engine.tensor import Tensor
from autograd_core.functional import grad
from autograd_core.ops.registry import op


def test_cosine_similarity_takes_norms_after_broadcasting() -> None:
    a, b = np.array([1.0, 2.0]), np.array([[1.0], [3.0]])

    def by_hand(a, b):  # type: ignore[no-untyped-def]
        a, b = np.broadcast_arrays(a, b)
        return np.array([np.dot(p, q) / np.sqrt(np.dot(p, p) * np.dot(q, q)) for p, q in zip(a, b, strict=True)])

    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    result = op.cosine_similarity(x, y)
    np.testing.assert_allclose(result.data, [0.9486832980505138] * 2, rtol=1e-15)
    found = grad(result, [x, y], Tensor([1.0, -0.5]))
    step = 1e-6
    for leaf, slope in zip((a, b), found, strict=True):
        for place in np.ndindex(leaf.shape):
            moved = [leaf.copy(), leaf.copy()]
            moved[0][place] += step
            moved[1][place] -= step
            values = [by_hand(m, b) if leaf is a else by_hand(a, m) for m in moved]
            assert abs(np.dot(values[0] - values[1], [1.0, -0.5]) / (2 * step) - slope.data[place]) < 1e-8
