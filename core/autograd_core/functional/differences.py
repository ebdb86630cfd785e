"""Gradients compared with differences (``torch.autograd.gradcheck``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.engine.tensor import Tensor
from autograd_core.errors import GradientError
from autograd_core.functional.gradient import grad
from autograd_core.functional.matrices import jacobian


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compare gradients with central differences.

    Raises GradientError, with both Jacobians, where they differ, unless ``raise_exception`` is off.
    """
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if not any(x.requires_grad for x in given):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    for position, x in enumerate(given):
        if not x.requires_grad:
            continue
        by_rules = jacobian(func, position)(*[g.detach() for g in given]).array
        columns = []
        for place in np.ndindex(*x.array.shape):
            ends = []
            for step in (eps, -eps):
                moved = x.array.copy()
                moved[place] += step
                ends.append(
                    func(*[Tensor.over(moved) if k == position else g.detach() for k, g in enumerate(given)]).array
                )
            columns.append((ends[0] - ends[1]) / (2 * eps))
        measured = np.moveaxis(np.array(columns), 0, -1).reshape(by_rules.shape)
        if not np.allclose(by_rules, measured, rtol, atol):
            if not raise_exception:
                return False
            raise GradientError(
                f"the gradient by input {position + 1} is not that of the function",
                code="AG001",
                pytorch=f"Jacobian mismatch for output 0 with respect to input {position},\n"
                f"numerical:{Tensor.over(measured)}\nanalytical:{Tensor.over(by_rules)}",
            )
    return True


def gradgradcheck(func: Callable[..., Any], inputs: Any, **options: Any) -> bool:
    """Compare second derivatives with differences of gradients: those of the sum of the results, by each input."""
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)

    def slope(position: int) -> Callable[..., Any]:
        return lambda *at: grad(lambda *x: func(*x).sum(), position)(*at)

    return all(gradcheck(slope(i), given, **options) for i, x in enumerate(given) if x.requires_grad)
