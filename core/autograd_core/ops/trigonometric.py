"""Trigonometric and hyperbolic functions and their inverses."""

from __future__ import annotations

import numpy as np

from autograd_core.ops.registry import elementwise
from autograd_core.ops.spec import sp

tanh = elementwise(
    "tanh",
    doc="Hyperbolic tangent.",
    group="hyperbolic",
    forward=np.tanh,
    vjps=(lambda g, y, _x: g * (1 - y * y),),
    symbolic=lambda x: sp().tanh(x),
    latex=r"\tanh\left({0}\right)",
)
