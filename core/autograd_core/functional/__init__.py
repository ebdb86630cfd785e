"""Derivatives as functions, with ``torch.func``'s meaning: products, Jacobians and Hessians of functions of tensors.

Every result is again something that can be differentiated: ``jacobian(hessian(f))`` is an array of third derivatives.
"""

from autograd_core.functional.compiled import compiled
from autograd_core.functional.differences import gradcheck
from autograd_core.functional.gradient import grad, grad_and_value, value_and_grad
from autograd_core.functional.matrices import hessian, jacobian
from autograd_core.functional.products import hvp, jvp, vjp

__all__ = [
    "compiled",
    "grad",
    "grad_and_value",
    "gradcheck",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "value_and_grad",
    "vjp",
]
