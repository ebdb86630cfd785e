"""What a user asks for, as frozen plain data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks of ``grad``.

    ``values`` gives the inputs by name; ``grad_tensors`` one backward pass each, None for a result with one element;
    ``requires_grad`` the inputs that require grad, all when None. ``zero_grad`` forgets gradients between passes.
    """

    expression: str
    values: Mapping[str, Array]
    grad_tensors: tuple[Array | None, ...] = (None,)
    requires_grad: Collection[str] | None = None
    zero_grad: bool = False
    dtype: str = "float64"
    check: str = "sympy"
    rtol: float | None = None
    atol: float | None = None
    check_budget: float = 2.0
    formula: bool = True
    graph: bool = True
    steps: bool = False
    jacobian: bool = False
