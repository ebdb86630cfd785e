"""What a user asks of ``jacobian`` and ``hessian``, as frozen plain data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field

import numpy as np
import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.limits import CHECK_BUDGET
from autograd_core.request import Writing

Array = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class MatrixRequest:
    """What a user asks.

    ``values`` gives the inputs by name, ``wanted`` those that derivatives are taken by, all when None. ``cotangent`` is
    the v of v.J, and ``tangents`` the u of J.u or H.u by input (zeros for the others): with one of them the product is
    found and not the matrix. ``assume`` says what holds of the inputs, for formulas. ``writing`` says what becomes of
    the answer, where that takes time.
    """

    expression: str
    values: Mapping[str, Array]
    wanted: Collection[str] | None = None
    cotangent: Array | None = None
    tangents: Mapping[str, Array] = field(default_factory=dict)
    formula: bool = False
    assume: Sequence[str] = ()
    dtype: str = "float64"
    check: str = "sympy"
    rtol: float | None = None
    atol: float | None = None
    check_budget: float = CHECK_BUDGET
    writing: Writing | None = None
