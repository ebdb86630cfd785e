"""What a user asks for, as frozen plain data."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.errors import GradientError, ShapeError
from autograd_core.limits import CHECK_BUDGET
from autograd_core.report import shape_text

Array = npt.NDArray[Any]

TOLERANCES = {"float64": (1e-9, 1e-12), "float32": (1e-4, 1e-6)}
"""Relative and absolute tolerance of the cross-check by dtype, unless the request says otherwise."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks of ``grad``, ``jacobian`` or ``hessian``.

    ``values`` gives the inputs by name; ``grad_tensors`` one backward pass each, None for a result with one element;
    ``requires_grad`` the inputs that require grad, all when None. ``zero_grad`` forgets gradients between passes.
    ``assume`` says in words what holds of the inputs, which formulas use.
    Of a matrix ``cotangent`` is the v of v.J, and ``tangents`` the u of J.u or H.u by input, zeros for the others: with
    one of them the product is found and not the matrix.
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
    check_budget: float = CHECK_BUDGET
    formula: bool = True
    graph: bool = True
    steps: bool = False
    jacobian: bool = False
    assume: Sequence[str] = ()
    cotangent: Array | None = None
    tangents: Mapping[str, Array] = field(default_factory=dict)

    def alone(self, **changed: Any) -> Request:
        """The same for the value and the gradients alone, with other changes."""
        return replace(self, **{"check": "none", "formula": False, "graph": False, "steps": False, **changed})


def tolerances(request: Request) -> tuple[float, float]:
    """The relative and the absolute tolerance of the cross-check."""
    rtol, atol = TOLERANCES[request.dtype]
    return rtol if request.rtol is None else request.rtol, atol if request.atol is None else request.atol


def weights_of(given: Any, shape: tuple[int, ...], expression: str, hint: str, example: str) -> Array:
    """The v of v.J in the shape of the result, 1 for a single number where none is given.

    Raises GradientError where several entries have no weights, with a ``hint`` and an ``example`` of some, and
    ShapeError for weights of another shape.
    """
    result = shape_text(shape)
    count = math.prod(shape)
    if given is None and count != 1:
        raise GradientError(
            f"the result has shape {result}: backward must be told how to weigh its {count} entries",
            code="AG201",
            why="the gradient is v.J, the vector-Jacobian product; v = 1 is meant only for a single number",
            hint=hint,
            span=(0, len(expression)),
            text=expression,
            retry={"grad-tensor": example},
        )
    weights = np.asarray(1.0 if given is None else given)
    if weights.shape not in (shape, ()):
        raise ShapeError(
            f"`grad-tensor` has shape {shape_text(weights.shape)}, the result has shape {result}",
            code="AG202",
            why="v needs one weight for each entry of the result; a single number stands for all of them",
            hint=f"`grad-tensor ones({','.join(map(str, shape))})`" if shape else "`grad-tensor 1`",
        )
    return weights if weights.shape == shape else np.broadcast_to(weights, shape)
