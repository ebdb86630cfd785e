"""Activation functions with kinks: ReLU and its relatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.ops.registry import elementwise, op
from autograd_core.ops.spec import Kink, sp


def _cases(*cases: tuple[Any, Any]) -> Any:
    """SymPy's cases: (value, condition) pairs, the last one for everything else."""
    return sp().Piecewise(*cases[:-1], (cases[-1][0], True))


relu = elementwise(
    "relu",
    doc="Rectified linear unit, max(x, 0).",
    group="activation",
    forward=lambda x: np.maximum(x, 0),
    vjps=(lambda g, y, _x: op.where(y > 0, g, 0.0),),
    textbook=(lambda g, _y, x: g * (x > 0),),
    symbolic=lambda x: _cases((x, x > 0), (sp().Integer(0), True)),
    latex=r"\operatorname{{ReLU}}\left({0}\right)",
    kinks=(Kink(where=lambda x: x == 0, choice="0, as PyTorch", over=0),),
)
