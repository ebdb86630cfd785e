"""Smooth activation functions of neural networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.ops.registry import elementwise
from autograd_core.ops.spec import sp


def logistic(x: Any) -> Any:
    """1 / (1 + exp(-x)) without overflow and without cancellation."""
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, z) / (1 + z)


sigmoid = elementwise(
    "sigmoid",
    doc="Logistic function, 1 / (1 + exp(-x)).",
    group="activation",
    aliases=("expit", "logistic"),
    forward=logistic,
    vjps=(lambda g, y, _x: g * y * (1 - y),),
    symbolic=lambda x: 1 / (1 + sp().exp(-x)),
    latex=r"\sigma\left({0}\right)",
)
